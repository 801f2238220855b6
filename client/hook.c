#include "config.h"

#include "client/hook.h"
#include "client/put_all.h"

#include "client/endpoint.h"
#include "client/engine.h"
#include "client/observe.h"
#include "client/projectfile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Up to size bytes behind the len that are there. 0, also at the end of the input; -errno. */
static int fill(char *payload, size_t size, size_t *len)
{
	while (*len < size) {
		ssize_t n = read(STDIN_FILENO, payload + *len, size - *len);

		if (n == 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0)
			*len += (size_t)n;
	}
	return 0;
}

/* Keeps the beginning and the end, a blank between them. */
static void shorten(char *payload, size_t *len)
{
	const size_t half = HOOK_HEARD_MAX / 2;

	if (*len <= HOOK_HEARD_MAX)
		return;
	payload[half] = ' ';
	memmove(payload + half + 1, payload + *len - (half - 1), half - 1);
	*len = HOOK_HEARD_MAX;
}

/* What did not fit: read to its end, so that the host can write it. */
static int read_on(char *payload, size_t size, size_t *len)
{
	int rc;

	do {
		shorten(payload, len);
		rc = fill(payload, size, len);
	} while (rc == 0 && *len == size);
	return rc;
}

int hook_read(enum host_id host, char **payload, size_t *len)
{
	size_t size = 16384;
	int rc;

	*len = 0;
	*payload = malloc(size);
	if (!*payload)
		return -ENOMEM;
	while ((rc = fill(*payload, size, len)) == 0 && *len == size) {
		char *bigger;

		if (size == HOOK_PAYLOAD_MAX)
			break;
		bigger = realloc(*payload, size *= 2);
		if (!bigger)
			return -ENOMEM;
		*payload = bigger;
	}
	if (rc < 0 || *len <= HOOK_HEARD_MAX)
		return rc;
	if (host_event(host, *payload, *len) == HOST_EVENT_CALL)
		return *len < HOOK_PAYLOAD_MAX ? 0 : -EFBIG;
	if (*len == size)
		rc = read_on(*payload, size, len);
	shorten(*payload, len);
	return rc;
}

/* What the payload does not say: home, folder and project of this process. */
static void fill_request(const struct hook_context *context, struct check_request *request)
{
	static const char *workspaces[1];
	static char repository[MESSAGE_PATH_MAX];

	request->home = context->home;
	if (!request->cwd)
		request->cwd = context->cwd;
	if (context->project && context->project[0] == '/')
		workspaces[0] = context->project;
	else if (request->cwd && endpoint_repository(request->cwd, repository, sizeof(repository)))
		workspaces[0] = repository;
	if (workspaces[0]) {
		request->workspaces = workspaces;
		request->n_workspaces = 1;
	}
}

static void judge_call(const struct hook_context *context, enum host_id host, struct host_call *call, struct arena *arena,
                       struct hook_answer *out)
{
	char why[ENGINE_WHY_MAX];
	struct check_answer answer;
	struct analysis analysis;
	struct verdict verdict;
	struct engine engine;

	if (engine_open(&engine, context->table, why, sizeof(why)) < 0) {
		host_write_failure(arena, host, "there is neither a daemon nor a table of tools", out);
		return;
	}
	fill_request(context, &call->request);
	projectfile_find(&call->request, arena);
	engine.daemon_missing = context->daemon_missing;
	engine_check(&engine, &call->request, arena, &analysis, &verdict, &answer);
	for (int round = 0; round < OBSERVE_ROUNDS && observe_request(&call->request, &answer, arena); round++)
		engine_check(&engine, &call->request, arena, &analysis, &verdict, &answer);
	host_write(arena, call, &answer, out);
	engine_close(&engine);
}

void hook_judge(const struct hook_context *context, enum host_id host, const char *payload, size_t len, int read_error,
                struct arena *arena, struct hook_answer *out)
{
	struct json_error error = { JSON_NOWHERE, "it is too large" }; /* when there is no memory to say better */
	struct host_call call;

	if (len && host_event(host, payload, len) != HOST_EVENT_CALL) /* only heard: that is for a daemon's memory */
		*out = (struct hook_answer){ .stdout_text = "" };
	else if (read_error < 0)
		host_write_failure(arena, host, read_error == -EFBIG ? "the payload is too large" : "the payload cannot be read", out);
	else if (host_read(arena, host, payload, len, &call, &error) < 0)
		host_write_broken(arena, host, &error, out);
	else
		judge_call(context, host, &call, arena, out);
}

int hook_put(const struct hook_answer *answer)
{
	if (answer->stderr_text)
		put_all(STDERR_FILENO, answer->stderr_text, strlen(answer->stderr_text));
	return put_all(STDOUT_FILENO, answer->stdout_text, answer->stdout_len) ? answer->exit_code : HOOK_EXIT_BLOCK;
}
