#include "config.h"
#include "common/host.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Any bytes as a hook's payload. What is written is one JSON value on one line, and only a payload of another event than a call may get none. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct check_answer answer = { .verdict = VERDICT_ASK, .request = 7 };
	struct json_document document;
	struct json_error error;
	struct host_call call;
	struct hook_answer out;
	struct arena arena;

	if (arena_init(&arena, 65536, (size_t)1 << 26) < 0)
		return 0;
	for (int host = 0; host < HOST_ID_COUNT; host++) {
		int rc = host_read(&arena, (enum host_id)host, (const char *)data, size, &call, &error);
		if (rc < 0)
			host_write_broken(&arena, (enum host_id)host, &error, &out);
		else
			host_write(&arena, &call, &answer, &out);
		if (out.stdout_len == 0 && (rc < 0 || call.event == HOST_EVENT_CALL))
			abort();
		if ((call.event == HOST_EVENT_PROMPT || call.event == HOST_EVENT_OUTPUT) && (!call.said || !call.request.session))
			abort();
		if (out.stdout_len && json_parse(&arena, out.stdout_text, out.stdout_len, &document, &error) < 0)
			abort();
	}
	arena_deinit(&arena);
	return 0;
}
