#include "config.h"

/* hook HOST without the daemon: the static program (launch.c) asks it first and comes here only when it does not answer. Whatever
 * goes wrong, the host is told not to run the command unasked. */

#include "client/judge.h"
#include "common/host.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXIT_BLOCK 2
#define PAYLOAD_MAX ((size_t)8 << 20)

/* All of standard input, in the arena. 0 or -errno. */
static int read_payload(struct arena *arena, char **payload, size_t *len)
{
	struct text text;

	*payload = NULL;
	*len = 0;
	text_init(&text, arena, 16384);
	for (;;) {
		char *room = text_reserve(&text, 65536);
		ssize_t n = room ? read(STDIN_FILENO, room, 65536) : -1;

		if (!room || text.len > PAYLOAD_MAX)
			return -EFBIG;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0)
			text.len += (size_t)n;
		if (n == 0)
			break;
	}
	*payload = text.data;
	*len = text.len;
	return 0;
}

static int answer(const struct hook_answer *out)
{
	if (out->stderr_text)
		fputs(out->stderr_text, stderr);
	if (fwrite(out->stdout_text, 1, out->stdout_len, stdout) == out->stdout_len && fflush(stdout) == 0)
		return out->exit_code;
	return EXIT_BLOCK;
}

static void fill_context(const struct judge *judge, struct check_request *request)
{
	static const char *workspaces[1];
	static char repository[MESSAGE_PATH_MAX];
	const char *project = getenv("CLAUDE_PROJECT_DIR");

	request->home = judge->context.home;
	if (!request->cwd)
		request->cwd = judge->context.cwd;
	if (project && *project == '/')
		workspaces[0] = project;
	else if (request->cwd && endpoint_repository(request->cwd, repository, sizeof(repository)))
		workspaces[0] = repository;
	if (workspaces[0]) {
		request->workspaces = workspaces;
		request->n_workspaces = 1;
	}
}

/* What the host gets; in the judge's arena. */
static void respond(struct judge *judge, enum host_id host, struct hook_answer *out)
{
	struct json_error error = { 0 };
	struct check_answer checked;
	struct analysis analysis;
	struct verdict verdict;
	struct host_call call;
	char *payload;
	size_t len;
	int rc = read_payload(&judge->arena, &payload, &len);

	if (rc < 0) {
		host_write_failure(&judge->arena, host, rc == -EFBIG ? "the payload is too large" : "the payload cannot be read", out);
		return;
	}
	if (host_read(&judge->arena, host, payload, len, &call, &error) < 0) {
		host_write_broken(&judge->arena, host, &error, out);
		return;
	}
	if (judge_need_engine(judge)) {
		host_write_failure(&judge->arena, host, "there is neither a daemon nor a table of tools", out);
		return;
	}
	fill_context(judge, &call.request);
	judge->engine.daemon_missing = judge->link.settings.require_system;
	engine_check(&judge->engine, &call.request, &judge->arena, &analysis, &verdict, &checked);
	host_write(&judge->arena, &call, &checked, out);
}

int command_hook(const struct cli *cli)
{
	struct hook_answer out = { .exit_code = EXIT_BLOCK, .stdout_text = "" };
	int host = host_from_name(cli->operands[0]);
	struct judge judge;
	int rc;

	if (host < 0) {
		cli_error("hook: \"%s\" is not a host; hosts: %s", cli->operands[0], host_names());
		return EXIT_BLOCK;
	}
	if (judge_init(&judge, cli, false) == 0)
		respond(&judge, (enum host_id)host, &out);
	rc = answer(&out);
	judge_deinit(&judge);
	return rc;
}
