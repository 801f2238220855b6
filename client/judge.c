#include "config.h"
#include "client/judge.h"

#include "client/observe.h"
#include "client/projectfile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TIMEOUT_MS 1000
#define TIMEOUT_MAX_MS 3600000

/* dir as an absolute path in buffer: as given, or behind the current folder. */
static const char *absolute(const char *dir, char *buffer, size_t bytes)
{
	char here[MESSAGE_PATH_MAX];

	if (dir && *dir == '/')
		return dir;
	if (!getcwd(here, sizeof(here)))
		return NULL;
	if (!dir)
		return (size_t)snprintf(buffer, bytes, "%s", here) < bytes ? buffer : NULL;
	return (size_t)snprintf(buffer, bytes, "%s/%s", strcmp(here, "/") == 0 ? "" : here, dir) < bytes ? buffer : NULL;
}

static int fill_workspaces(struct judge *judge, const struct cli *cli)
{
	for (size_t i = 0; i < cli->n_workspaces; i++) {
		char buffer[MESSAGE_PATH_MAX];
		const char *path = absolute(cli->workspaces[i], buffer, sizeof(buffer));

		judge->workspaces[i] = path ? strdup(path) : NULL;
		if (!judge->workspaces[i]) {
			cli_error("--workspace %s: too long; give an absolute path", cli->workspaces[i]);
			return EXIT_USAGE;
		}
		judge->context.n_workspaces++;
	}
	if (!cli->n_workspaces && judge->context.cwd &&
	    endpoint_repository(judge->context.cwd, judge->workspace, sizeof(judge->workspace))) {
		judge->workspaces[0] = strdup(judge->workspace);
		judge->context.n_workspaces = judge->workspaces[0] != NULL;
	}
	judge->context.workspaces = judge->workspaces;
	return 0;
}

static int fill_context(struct judge *judge, const struct cli *cli)
{
	const char *home = cli->values[CLI_HOME] ? cli->values[CLI_HOME] : getenv("HOME");

	judge->context.cwd = absolute(cli->values[CLI_CWD], judge->cwd, sizeof(judge->cwd));
	judge->context.home = home && *home == '/' ? home : NULL;
	judge->context.agent = cli->values[CLI_AGENT];
	judge->context.session = cli->values[CLI_SESSION];
	judge->context.profile = cli->values[CLI_PROFILE];
	return fill_workspaces(judge, cli);
}

int judge_init(struct judge *judge, const struct cli *cli, bool daemon)
{
	int64_t timeout_ms = cli_number(cli, CLI_TIMEOUT, TIMEOUT_MS, 1, TIMEOUT_MAX_MS);

	*judge = (struct judge){ .link = { .fd = -1 } };
	if (timeout_ms < 0)
		return EXIT_USAGE;
	if (arena_init(&judge->arena, JUDGE_ARENA_FIRST_BYTES, JUDGE_ARENA_LIMIT_BYTES) < 0 ||
	    link_init(&judge->link, cli->values[CLI_SOCKET], (uint32_t)timeout_ms) < 0) {
		cli_error("start: out of memory");
		return EXIT_OS;
	}
	if (*judge->link.why)
		cli_error("%s", judge->link.why);
	if (!judge->link.settings.require_system)
		judge->table = cli->values[CLI_TABLE];
	judge->daemon_possible = daemon && !judge->table;
	judge->observe = !cli->values[CLI_NO_OBSERVE];
	return fill_context(judge, cli);
}

void judge_deinit(struct judge *judge)
{
	for (size_t i = 0; i < judge->context.n_workspaces; i++)
		free((char *)judge->workspaces[i]);
	link_deinit(&judge->link);
	engine_close(&judge->engine);
	arena_deinit(&judge->arena);
}

void judge_next(struct judge *judge)
{
	arena_reset(&judge->arena);
}

int judge_need_engine(struct judge *judge)
{
	char why[ENGINE_WHY_MAX];

	if (judge->engine_open)
		return 0;
	if (engine_open(&judge->engine, judge->table, why, sizeof(why)) < 0) {
		cli_error("table: %s; build one: tcpctl table build FOLDER --output FILE, and name it with --table", why);
		return EXIT_UNAVAILABLE;
	}
	judge->engine_open = true;
	return 0;
}

static int no_memory(void)
{
	cli_error("output: out of memory");
	return EXIT_OS;
}

/* Judged in this process. */
static int judge_here(struct judge *judge, const struct message *message, struct judgement *out)
{
	struct text text;
	int rc = judge_need_engine(judge);

	if (rc)
		return rc;
	judge->engine.daemon_missing = judge->link.settings.require_system;
	out->request.detailed = message->op == OP_EXPLAIN;
	if (message->op == OP_ANALYZE)
		engine_analyze(&judge->engine, &out->request, &judge->arena, &out->analysis, &out->answer);
	else
		engine_check(&judge->engine, &out->request, &judge->arena, &out->analysis, &out->verdict, &out->answer);
	out->answer.id = message->id;
	out->answer.id_len = message->id_len;
	text_init(&text, &judge->arena, 1024);
	message_write_check(&text, &out->answer);
	if (text.failed)
		return no_memory();
	out->line = text.data;
	out->line_len = text.len;
	return 0;
}

/* From now on this process judges alone: who did not answer once must not be waited for at every line of a batch. */
static int judge_alone(struct judge *judge, bool tell, const char *why)
{
	judge->daemon_possible = false;
	if (tell)
		cli_error("daemon: %s; answered in this process, without a memory", why);
	return -1;
}

/* Asks the daemon. 0; -1: it gave no answer that can be used, and that was told if it matters; an exit code with *error. */
static int judge_daemon(struct judge *judge, const char *line, size_t len, struct judgement *out, struct message_error *error)
{
	size_t answer_len;
	char *answer;
	struct text text;
	int rc = link_request(&judge->link, line, len, &answer, &answer_len);

	if (rc < 0)
		return judge_alone(judge, (rc != -ENOENT && rc != -ECONNREFUSED) || judge->link.socket, judge->link.why);
	text_init(&text, &judge->arena, answer_len + 2);
	text_put(&text, answer, answer_len);
	text_putc(&text, '\n');
	out->line = text.data;
	out->line_len = text.len;
	if (text.failed)
		return judge_alone(judge, true, "no memory for its answer");
	rc = message_read_answer(&judge->arena, text.data, answer_len, &out->answer, error);
	if (rc == MESSAGE_REFUSED)
		return protocol_errors[error->code].sysexit;
	return rc < 0 ? judge_alone(judge, true, error->text) : 0;
}

/* Asks once. */
static int judge_once(struct judge *judge, const struct message *message, const char *line, size_t len, struct judgement *out,
                      struct message_error *error)
{
	int rc;

	if (judge->daemon_possible && message->op == OP_CHECK) {
		rc = judge_daemon(judge, line, len, out, error);
		if (rc >= 0)
			return rc;
		*error = (struct message_error){ 0 };
	}
	return judge_here(judge, message, out);
}

int judge_line(struct judge *judge, const char *line, size_t len, struct judgement *out, struct message_error *error)
{
	struct message message;
	struct text full, again;
	bool observe;
	int rc;

	*out = (struct judgement){ 0 };
	*error = (struct message_error){ 0 };
	if (message_open(&judge->arena, line, len, OP_COUNT, &message, error) < 0 ||
	    message_read_check(&judge->arena, &message, &out->request, error) < 0)
		return protocol_errors[error->code].sysexit;
	observe = judge->observe && !out->request.n_observed && !out->request.n_scripts;
	if (message.op != OP_ANALYZE && projectfile_find(&out->request, &judge->arena)) {
		text_init(&full, &judge->arena, len + 1024);
		call_with_project(&full, line, len, &out->request);
		if (full.failed)
			return no_memory();
		line = full.data;
		len = full.len;
	}
	rc = judge_once(judge, &message, line, len, out, error);
	for (int round = 0; rc == 0 && observe && round < OBSERVE_ROUNDS && observe_request(&out->request, &out->answer, &judge->arena); round++) {
		text_init(&again, &judge->arena, len + 1024);
		call_again(&again, line, len, &out->request);
		if (again.failed)
			return no_memory();
		rc = judge_once(judge, &message, again.data, again.len, out, error);
	}
	return rc;
}
