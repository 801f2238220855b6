#include "config.h"

/* bin/tcpctl: a static program that starts fast. `tcpctl hook HOST` asks the daemon and, when that does not end in a clean
 * answer within the deadline, judges by itself; for everything else the full program takes over. */

#include "client/endpoint.h"
#include "client/hook.h"
#include "client/hookline.h"
#include "client/observe.h"
#include "client/platform.h"
#include "client/projectfile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEADLINE_MS 1000
#define ANSWER_MAX ((size_t)1 << 20)
#define ARENA_FIRST_BYTES ((size_t)256 << 10)
#define ARENA_LIMIT_BYTES ((size_t)256 << 20)

static void say(const char *text)
{
	(void)!write(STDERR_FILENO, text, strlen(text));
}

struct caller {
	char cwd[4096];
	char repository[4096];
	struct hook_context context;
	struct endpoint_settings settings;
};

static void find_caller(struct caller *caller)
{
	struct hook_context *context = &caller->context;
	char why[ENDPOINT_WHY_MAX];
	const char *home = getenv("HOME");

	*context = (struct hook_context){ .home = home && *home == '/' ? home : NULL, .project = getenv("CLAUDE_PROJECT_DIR") };
	if (getcwd(caller->cwd, sizeof(caller->cwd)))
		context->cwd = caller->cwd;
	if (endpoint_read_settings(ENDPOINT_CONF, 0, &caller->settings, why, sizeof(why)) != 0) {
		say("tcpctl: ");
		say(why);
		say("\n");
	}
	context->daemon_missing = caller->settings.require_system;
}

/* One question to the daemon, and what it answers. */
static int exchange(int fd, const struct hookline_request *request, int64_t deadline_ms, char **buffer, struct hookline_answer *answer)
{
	size_t line_len, buffer_bytes = 0, len;
	char *line = hookline_write(request, &line_len);
	int rc;

	if (!line)
		return -ENOMEM;
	free(*buffer);
	*buffer = NULL;
	rc = endpoint_exchange(fd, line, line_len, deadline_ms, ANSWER_MAX, buffer, &buffer_bytes, &len);
	free(line);
	return rc < 0 ? rc : hookline_read(*buffer, len, answer);
}

/* Asks, looks at and reads what the daemon wants, and asks again when there was something. */
static int ask_until_seen(int fd, struct hookline_request *request, int64_t deadline_ms, struct arena *arena, char **buffer,
                          struct hookline_answer *answer)
{
	struct check_request call = { .home = request->home, .workspaces = &request->workspace, .n_workspaces = request->workspace != NULL };
	struct check_answer wanted;
	int rc;

	if (projectfile_find(&call, arena)) {
		request->project_files = call.project_files;
		request->n_project_files = call.n_project_files;
	}
	rc = arena->exhausted ? -ENOMEM : exchange(fd, request, deadline_ms, buffer, answer);
	for (int round = 0; rc == 0 && round < OBSERVE_ROUNDS; round++) {
		wanted = (struct check_answer){ .look = answer->look, .n_look = answer->n_look, .read = answer->read, .n_read = answer->n_read };
		if (!observe_request(&call, &wanted, arena))
			break;
		request->observed = call.observed;
		request->n_observed = call.n_observed;
		request->scripts = call.scripts;
		request->n_scripts = call.n_scripts;
		rc = exchange(fd, request, deadline_ms, buffer, answer);
	}
	return rc;
}

/* Asks the daemon; 0 with the answer, which points into *buffer. The caller frees *buffer in any case. */
static int ask_daemon(struct caller *caller, const char *host, const char *payload, size_t payload_len, char **buffer,
                      struct hookline_answer *answer)
{
	struct hookline_request request = { .host = host, .home = caller->context.home, .payload = payload, .payload_len = payload_len };
	int64_t deadline_ms = endpoint_now_ms() + DEADLINE_MS;
	char why[ENDPOINT_WHY_MAX];
	struct arena arena;
	int fd, rc = endpoint_connect(&caller->settings, NULL, DEADLINE_MS, &fd, why, sizeof(why));

	if (rc < 0)
		return rc;
	request.workspace = caller->context.project;
	if (!request.workspace && caller->context.cwd &&
	    endpoint_repository(caller->cwd, caller->repository, sizeof(caller->repository)))
		request.workspace = caller->repository;
	rc = arena_init(&arena, 4096, ARENA_LIMIT_BYTES);
	if (rc == 0)
		rc = ask_until_seen(fd, &request, deadline_ms, &arena, buffer, answer);
	arena_deinit(&arena);
	return rc;
}

static int judge_here(const struct caller *caller, enum host_id host, const char *payload, size_t len, int read_error)
{
	struct hook_answer out = { .exit_code = HOOK_EXIT_BLOCK, .stdout_text = "" };
	struct arena arena;
	int code;

	if (arena_init(&arena, ARENA_FIRST_BYTES, ARENA_LIMIT_BYTES) < 0) {
		say("tcpctl: hook: out of memory; the call is blocked\n");
		return HOOK_EXIT_BLOCK;
	}
	hook_judge(&caller->context, host, payload, len, read_error, &arena, &out);
	code = hook_put(&out);
	arena_deinit(&arena);
	return code;
}

static int hook(enum host_id host, const char *name)
{
	struct hookline_answer answer;
	struct caller caller;
	char *payload = NULL, *buffer = NULL;
	size_t len;
	int code, rc = hook_read(host, &payload, &len);

	find_caller(&caller);
	if (rc == 0 && ask_daemon(&caller, name, payload, len, &buffer, &answer) == 0) {
		struct hook_answer out = {
			.stdout_text = answer.stdout_text,
			.stdout_len = answer.stdout_len,
			.stderr_text = answer.stderr_text,
			.exit_code = answer.exit_code,
		};

		code = hook_put(&out);
	} else {
		code = judge_here(&caller, host, payload, len, rc);
	}
	free(buffer);
	free(payload);
	return code;
}

/* Becomes the full program: beside this one, else where it was installed. Comes back only when there is none. */
static void become_full_program(char **argv)
{
	static const char beside[] = "/../libexec/tcpbehavd/tcpctl";
	char path[4096 + sizeof(beside)];
	char *slash;

	if (platform_program_path(path, 4096) == 0 && (slash = strrchr(path, '/'))) {
		memcpy(slash, beside, sizeof(beside));
		execv(path, argv);
	}
	execv(TCPBEHAV_LIBEXECDIR "/tcpctl", argv);
	say("tcpctl: cannot start " TCPBEHAV_LIBEXECDIR "/tcpctl: ");
	say(strerror(errno));
	say("; install tcpbehavd again\n");
}

int main(int argc, char **argv)
{
	int host = argc == 3 && strcmp(argv[1], "hook") == 0 ? host_from_name(argv[2]) : -1;

	if (host >= 0)
		return hook((enum host_id)host, argv[2]);
	become_full_program(argv);
	return argc > 1 && strcmp(argv[1], "hook") == 0 ? HOOK_EXIT_BLOCK : 127;
}
