#include "config.h"

/* What only the daemon can answer: status, ping, reload, log, approvals, rules. */

#include "client/cli.h"
#include "client/endpoint.h"
#include "client/output.h"
#include "client/project_rules.h"
#include "common/json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TIMEOUT_MS 1000
#define TIMEOUT_MAX_MS 3600000

static int daemon_exit(int rc)
{
	switch (rc) {
	case -ENOENT:
	case -ECONNREFUSED:
	case -ETIMEDOUT:
		return EXIT_UNAVAILABLE;
	case -EACCES:
		return EXIT_NOT_PERMITTED;
	case -EINVAL:
	case -ENAMETOOLONG:
		return EXIT_USAGE;
	default:
		return EXIT_IO;
	}
}

/* One question. 0 with the answer when it is ok; else an exit code after an error was told. */
static int ask(struct link *link, const struct cli *cli, const char *line, struct arena *arena, char **answer, size_t *len)
{
	struct message_error error;
	struct json_error json;
	struct message opened;
	bool ok = false;
	int rc = link_request(link, line, strlen(line), answer, len);

	if (rc < 0) {
		cli_error("%s: %s%s", cli->command->name, link->why,
		          rc == -ENOENT || rc == -ECONNREFUSED ? " Start it: systemctl start tcpbehavd, or: tcpbehavd" : "");
		return daemon_exit(rc);
	}
	rc = message_open_answer(arena, *answer, *len, &opened, &error);
	if (rc == 0 && json_get_bool(opened.root, "ok", &ok, &json) == 0 && ok)
		return 0;
	if (rc == 0) {
		cli_error("%s: what listens there does not answer as tcpbehavd does; see which program has the socket", cli->command->name);
		return EXIT_SOFTWARE;
	}
	cli_error("%s: %s: %s", cli->command->name, protocol_errors[error.code].name, error.text);
	return protocol_errors[error.code].sysexit;
}

typedef void show_function(struct text *out, const struct cli *cli, const char *answer, size_t len);

/* Asks line of the daemon and prints the answer: as it is with --json, else by show. */
static int ask_and_show(const struct cli *cli, const char *line, show_function *show)
{
	int64_t timeout_ms = cli_number(cli, CLI_TIMEOUT, TIMEOUT_MS, 1, TIMEOUT_MAX_MS);
	struct arena arena;
	struct link link;
	struct text text;
	size_t len;
	char *answer;
	int rc;

	if (timeout_ms < 0)
		return EXIT_USAGE;
	if (arena_init(&arena, 65536, 0) < 0 || link_init(&link, cli->values[CLI_SOCKET], (uint32_t)timeout_ms) < 0) {
		cli_error("%s: out of memory", cli->command->name);
		return EXIT_OS;
	}
	rc = ask(&link, cli, line, &arena, &answer, &len);
	if (rc == 0) {
		text_init(&text, &arena, 4096);
		if (cli->json) {
			text_put(&text, answer, len);
			text_putc(&text, '\n');
		} else {
			show(&text, cli, answer, len);
		}
		rc = cli_print(&text);
	}
	link_deinit(&link);
	arena_deinit(&arena);
	return rc;
}

static void show_object(struct text *out, const struct cli *cli, const char *answer, size_t len)
{
	(void)cli;
	output_object(out, answer, len);
}

int command_status(const struct cli *cli)
{
	return ask_and_show(cli, "{\"op\":\"status\"}\n", show_object);
}

int command_reload(const struct cli *cli)
{
	return ask_and_show(cli, "{\"op\":\"reload\"}\n", show_object);
}

static void show_log(struct text *out, const struct cli *cli, const char *answer, size_t len)
{
	output_log(out, answer, len, cli->color);
}

int command_log(const struct cli *cli)
{
	int64_t limit = cli_number(cli, CLI_LIMIT, 20, 1, 1000);
	char line[64];

	if (limit < 0)
		return EXIT_USAGE;
	snprintf(line, sizeof(line), "{\"op\":\"log\",\"limit\":%d}\n", (int)limit);
	return ask_and_show(cli, line, show_log);
}

/* The daemon decides who may decide: a person at a terminal of their own, never the agent. */
static int decide(const struct cli *cli)
{
	const char *decision = cli->operands[1], *id = cli->operands[0];
	char line[96];

	if (strcmp(decision, "approve") != 0 && strcmp(decision, "refuse") != 0) {
		cli_error("approvals: \"%s\" is neither approve nor refuse", decision);
		return EXIT_USAGE;
	}
	if (!*id || strspn(id, "0123456789") != strlen(id) || strlen(id) > 18) {
		cli_error("approvals: \"%s\" is no request number; tcpctl approvals lists those that wait", id);
		return EXIT_USAGE;
	}
	snprintf(line, sizeof(line), "{\"op\":\"%s\",\"request\":%s}\n", decision, id);
	return ask_and_show(cli, line, show_object);
}

int command_approvals(const struct cli *cli)
{
	if (cli->n_operands == 1) {
		cli_error("approvals: say what is decided: tcpctl approvals %s approve, or refuse", cli->operands[0]);
		return EXIT_USAGE;
	}
	return cli->n_operands ? decide(cli) : ask_and_show(cli, "{\"op\":\"approvals\"}\n", show_log);
}

/* --- sessions --- */

struct member {
	const char *key;
	const char *value; /* NULL: left out */
};

/* Asks with an object of an op and these members (a key of NULL ends them), and shows the answer. */
static int ask_members(const struct cli *cli, const char *op, const struct member *members, show_function *show)
{
	struct arena arena = { 0 };
	struct json_writer writer;
	struct text line;
	int rc;

	if (arena_init(&arena, 4096, 0) < 0) {
		cli_error("%s: out of memory", cli->command->name);
		return EXIT_OS;
	}
	text_init(&line, &arena, 256);
	json_writer_init(&writer, &line);
	json_begin_object(&writer);
	json_member_string(&writer, "op", op);
	for (; members->key; members++)
		if (members->value)
			json_member_string(&writer, members->key, members->value);
	json_end_object(&writer);
	text_putc(&line, '\n');
	text_putc(&line, '\0');
	rc = line.failed ? EXIT_OS : ask_and_show(cli, line.data, show);
	arena_deinit(&arena);
	return rc;
}

int command_session(const struct cli *cli)
{
	return ask_members(cli, "session", (const struct member[]){ { "session", cli->operands[0] }, { NULL, NULL } }, show_object);
}

static void show_behavior(struct text *out, const struct cli *cli, const char *answer, size_t len)
{
	(void)cli;
	output_behavior(out, answer, len);
}

int command_behavior(const struct cli *cli)
{
	return ask_members(cli, "behavior", (const struct member[]){ { "agent", cli->operands[0] }, { NULL, NULL } }, show_behavior);
}

int command_note(const struct cli *cli)
{
	if (!cli->values[CLI_SESSION] || !cli->values[CLI_ORIGIN]) {
		cli_error("note: needs --session NAME and --origin user or tool-output");
		return EXIT_USAGE;
	}
	return ask_members(cli, "note", (const struct member[]){ { "session", cli->values[CLI_SESSION] }, { "origin", cli->values[CLI_ORIGIN] },
	                                                         { "text", cli->operands[0] }, { NULL, NULL } }, show_object);
}

/* --- rules --- */

/* The repository that encloses the current folder. */
static bool find_project(const struct cli *cli, char *project, size_t bytes)
{
	char here[MESSAGE_PATH_MAX];

	if (getcwd(here, sizeof(here)) && endpoint_repository(here, project, bytes))
		return true;
	cli_error("%s: no repository encloses this folder; run it inside the project, or leave --project out", cli->command->name);
	return false;
}

/* Asks for a rule of the user's: the daemon decides who may loosen. */
static int add_rule(const struct cli *cli, const char *op, const char *project)
{
	return ask_members(cli, op, (const struct member[]){ { "pattern", cli->operands[0] }, { "project", project }, { NULL, NULL } }, show_object);
}

int command_allow(const struct cli *cli)
{
	char project[MESSAGE_PATH_MAX];

	if (cli->values[CLI_PROJECT] && !find_project(cli, project, sizeof(project)))
		return EXIT_USAGE;
	return add_rule(cli, "allow", cli->values[CLI_PROJECT] ? project : NULL);
}

/* The repository's file, which holds for everybody who works there and needs no daemon. */
static int forbid_in_project(const struct cli *cli)
{
	char project[MESSAGE_PATH_MAX], why[MESSAGE_PATH_MAX + 256];
	struct arena arena = { 0 };
	size_t n_rules = 0;
	bool added = false;
	int rc;

	if (!find_project(cli, project, sizeof(project)))
		return EXIT_USAGE;
	if (arena_init(&arena, 65536, 0) < 0) {
		cli_error("%s: out of memory", cli->command->name);
		return EXIT_OS;
	}
	rc = project_rules_deny(project, cli->operands[0], &arena, &n_rules, &added, why, sizeof(why));
	arena_deinit(&arena);
	if (rc < 0) {
		cli_error("%s: %s", cli->command->name, why);
		return rc == -EINVAL ? EXIT_DATA : rc == -ENOMEM ? EXIT_OS : EXIT_IO;
	}
	if (cli->json)
		printf("{\"ok\":true,\"added\":%s,\"rules\":%zu}\n", added ? "true" : "false", n_rules);
	else
		printf("%s/" POLICY_PROJECT_FILE ": %s, %zu in all\n", project, added ? "rule added" : "had that rule already", n_rules);
	return cli_flush();
}

int command_forbid(const struct cli *cli)
{
	return cli->values[CLI_PROJECT] ? forbid_in_project(cli) : add_rule(cli, "forbid", NULL);
}

/* --- ping --- */

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void print_times(const struct cli *cli, int64_t *times_ns, size_t n)
{
	double shortest, middle, longest;

	qsort(times_ns, n, sizeof(*times_ns), compare);
	shortest = (double)times_ns[0] / 1000;
	middle = (double)times_ns[n / 2] / 1000;
	longest = (double)times_ns[n - 1] / 1000;
	if (cli->json)
		printf("{\"ok\":true,\"count\":%zu,\"min_us\":%.1f,\"median_us\":%.1f,\"max_us\":%.1f}\n", n, shortest, middle, longest);
	else
		printf("%zu answered; round trip %.1f us shortest, %.1f us median, %.1f us longest\n", n, shortest, middle, longest);
}

int command_ping(const struct cli *cli)
{
	int64_t timeout_ms = cli_number(cli, CLI_TIMEOUT, TIMEOUT_MS, 1, TIMEOUT_MAX_MS);
	int64_t count = cli_number(cli, CLI_COUNT, 1, 1, 1000000);
	struct arena arena = { 0 };
	int64_t *times_ns;
	struct link link;
	int rc;

	if (timeout_ms < 0 || count < 0)
		return EXIT_USAGE;
	times_ns = calloc((size_t)count, sizeof(*times_ns));
	if (!times_ns || arena_init(&arena, 4096, 0) < 0 ||
	    link_init(&link, cli->values[CLI_SOCKET], (uint32_t)timeout_ms) < 0) {
		cli_error("ping: out of memory");
		free(times_ns);
		arena_deinit(&arena);
		return EXIT_OS;
	}
	link_connect(&link); /* not part of a round trip; when it fails the question says so */
	rc = 0;
	for (int64_t i = 0; rc == 0 && i < count; i++) {
		int64_t start = now_ns();
		size_t len;
		char *answer;

		arena_reset(&arena);
		rc = ask(&link, cli, "{\"op\":\"ping\"}\n", &arena, &answer, &len);
		times_ns[i] = now_ns() - start;
	}
	if (rc == 0)
		print_times(cli, times_ns, (size_t)count);
	link_deinit(&link);
	arena_deinit(&arena);
	free(times_ns);
	return rc;
}
