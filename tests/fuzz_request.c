#include "config.h"
#include "common/message.h"
#include "common/project.h"

#include <stdlib.h>
#include <string.h>

/* Any bytes as a request line and as an answer; what is answered must itself be JSON. */
static void must_be_json(struct arena *arena, const struct text *out)
{
	struct json_document document;
	struct json_error error;

	if (!out->failed && json_parse(arena, out->data, out->len, &document, &error) < 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *line = (const char *)data;
	struct arena arena;
	struct message message;
	struct message_error error;
	struct check_request request;
	struct check_answer answer;
	struct hook_request hook;
	struct hook_answer hook_answer;
	struct project project;
	uint8_t hash[POLICY_HASH_BYTES];
	struct text out;
	size_t len;
	int rc;

	if (arena_init(&arena, 65536, (size_t)1 << 26) < 0)
		return 0;
	text_init(&out, &arena, 1024);
	rc = message_open(&arena, line, size, OP_CHECK, &message, &error);
	if (rc == 0)
		rc = message_read_check(&arena, &message, &request, &error);
	if (rc < 0) {
		message_write_error(&out, message.id, message.id_len, &error);
		must_be_json(&arena, &out);
	} else {
		check_request_hash(&request, hash);
		check_request_text(&request, &arena, 200, &len);
		project_read(request.project_files, request.n_project_files, &arena, &project);
	}
	if (message.root)
		message_read_hook(&arena, &message, &hook, &error);
	out.len = 0;
	if (message_read_answer(&arena, line, size, &answer, &error) == 0) {
		message_write_check(&out, &answer);
		must_be_json(&arena, &out);
	}
	message_read_hook_answer(&arena, line, size, &hook_answer, &error);
	arena_deinit(&arena);
	return 0;
}
