#include "config.h"
#include "client/tcpbehav.h"

#include "client/call.h"
#include "client/engine.h"
#include "client/link.h"
#include "client/observe.h"
#include "client/projectfile.h"
#include "common/host.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TIMEOUT_MS 1000
#define ARENA_FIRST_BYTES ((size_t)64 << 10)
#define ARENA_LIMIT_BYTES ((size_t)256 << 20)

_Static_assert((int)TCPBEHAV_DENY == (int)VERDICT_DENY && (int)TCPBEHAV_ALLOW == (int)VERDICT_ALLOW, "same numbers");
_Static_assert((int)TCPBEHAV_CRITICAL == (int)RISK_CRITICAL, "same numbers");

struct tcpbehav_client {
	enum tcpbehav_mode mode;
	struct link link;
	struct engine engine;
	bool engine_open;
	char *table;         /* path, or NULL: the installed one */
	struct arena arena;  /* of the last answer */
	struct tcpbehav_answer answer;
	char error[ENGINE_WHY_MAX];
};

const char *tcpbehav_strerror(int status)
{
	static const char *const texts[] = {
		[-TCPBEHAV_OK] = "done",
		[-TCPBEHAV_ERROR_ARGUMENT] = "an argument is missing or makes no sense",
		[-TCPBEHAV_ERROR_MEMORY] = "out of memory",
		[-TCPBEHAV_ERROR_NO_DAEMON] = "tcpbehavd is not running",
		[-TCPBEHAV_ERROR_UNTRUSTED] = "who listens on the socket is not tcpbehavd's user",
		[-TCPBEHAV_ERROR_TIMEOUT] = "tcpbehavd gave no answer in time",
		[-TCPBEHAV_ERROR_PROTOCOL] = "what answered does not speak tcpbehavd's protocol",
		[-TCPBEHAV_ERROR_REFUSED] = "tcpbehavd refused the request",
		[-TCPBEHAV_ERROR_NO_TABLE] = "the table of tools is missing or broken",
		[-TCPBEHAV_ERROR_NOT_FOUND] = "no tool of that name is known",
		[-TCPBEHAV_ERROR_SYSTEM] = "the operating system refused",
	};

	if (status > 0 || status < TCPBEHAV_ERROR_SYSTEM)
		return "unknown status";
	return texts[-status];
}

const char *tcpbehav_version(void)
{
	return VERSION;
}

const char *tcpbehav_flag_name(unsigned bit)
{
	return bit < RISK_COUNT ? risk_name((enum risk)bit) : caps_bit_name(bit);
}

const char *tcpbehav_error(const struct tcpbehav_client *client)
{
	return client->error;
}

static int fail(struct tcpbehav_client *client, int status, const char *why)
{
	snprintf(client->error, sizeof(client->error), "%s", why && *why ? why : tcpbehav_strerror(status));
	return status;
}

/* What -errno of the link means to the caller. */
static int link_status(int rc)
{
	static const struct {
		int error;
		enum tcpbehav_status status;
	} rows[] = {
		{ ENOENT, TCPBEHAV_ERROR_NO_DAEMON },   { ECONNREFUSED, TCPBEHAV_ERROR_NO_DAEMON },
		{ EACCES, TCPBEHAV_ERROR_UNTRUSTED },   { ETIMEDOUT, TCPBEHAV_ERROR_TIMEOUT },
		{ EPROTO, TCPBEHAV_ERROR_PROTOCOL },    { EPIPE, TCPBEHAV_ERROR_PROTOCOL },
		{ ECONNRESET, TCPBEHAV_ERROR_PROTOCOL }, { ENOMEM, TCPBEHAV_ERROR_MEMORY },
		{ EINVAL, TCPBEHAV_ERROR_ARGUMENT },    { ENAMETOOLONG, TCPBEHAV_ERROR_ARGUMENT },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].error == -rc)
			return rows[i].status;
	return TCPBEHAV_ERROR_SYSTEM;
}

static int client_init(struct tcpbehav_client *client, const struct tcpbehav_options *options)
{
	int rc = arena_init(&client->arena, ARENA_FIRST_BYTES, ARENA_LIMIT_BYTES);

	if (rc < 0)
		return TCPBEHAV_ERROR_MEMORY;
	client->mode = options->mode;
	if (link_init(&client->link, options->socket, options->timeout_ms ? options->timeout_ms : TIMEOUT_MS) < 0)
		return TCPBEHAV_ERROR_MEMORY;
	if (options->table && !client->link.settings.require_system) {
		client->table = strdup(options->table);
		if (!client->table)
			return TCPBEHAV_ERROR_MEMORY;
	}
	if (client->mode != TCPBEHAV_SOCKET)
		return TCPBEHAV_OK;
	rc = link_connect(&client->link);
	return rc < 0 ? link_status(rc) : TCPBEHAV_OK;
}

int tcpbehav_open(const struct tcpbehav_options *options, struct tcpbehav_client **client_out)
{
	static const struct tcpbehav_options defaults = { .size = sizeof(defaults) };
	struct tcpbehav_client *client;
	int status;

	if (!client_out)
		return TCPBEHAV_ERROR_ARGUMENT;
	*client_out = NULL;
	if (!options)
		options = &defaults;
	if (options->size != sizeof(*options) || (unsigned)options->mode > TCPBEHAV_EMBEDDED || options->timeout_ms > INT32_MAX)
		return TCPBEHAV_ERROR_ARGUMENT;
	client = calloc(1, sizeof(*client));
	if (!client)
		return TCPBEHAV_ERROR_MEMORY;
	client->link.fd = -1;
	status = client_init(client, options);
	if (status < 0)
		tcpbehav_close(client);
	else
		*client_out = client;
	return status;
}

void tcpbehav_close(struct tcpbehav_client *client)
{
	if (!client)
		return;
	link_deinit(&client->link);
	engine_close(&client->engine);
	arena_deinit(&client->arena);
	free(client->table);
	free(client);
}

/* --- in this process --- */

static int need_engine(struct tcpbehav_client *client)
{
	char why[ENGINE_WHY_MAX];

	if (client->engine_open)
		return TCPBEHAV_OK;
	if (engine_open(&client->engine, client->table, why, sizeof(why)) < 0)
		return fail(client, TCPBEHAV_ERROR_NO_TABLE, why);
	client->engine_open = true;
	return TCPBEHAV_OK;
}

int tcpbehav_lookup(struct tcpbehav_client *client, const char *name, struct tcpbehav_tool *tool_out)
{
	const struct table_entry *entry;
	int status;

	if (!client || !name || !tool_out)
		return TCPBEHAV_ERROR_ARGUMENT;
	status = need_engine(client);
	if (status < 0)
		return status;
	entry = table_lookup(&client->engine.table, name, strlen(name));
	if (!entry)
		return fail(client, TCPBEHAV_ERROR_NOT_FOUND, NULL);
	memcpy(tool_out->descriptor, entry->descriptor, sizeof(tool_out->descriptor));
	tool_out->flags = (uint32_t)entry->descriptor[10] << 24 | (uint32_t)entry->descriptor[11] << 16 |
	                  (uint32_t)entry->descriptor[12] << 8 | entry->descriptor[13];
	return TCPBEHAV_OK;
}

/* --- answers --- */

static size_t count_findings(const struct finding *finding)
{
	size_t n = 0;

	for (; finding; finding = finding->next)
		n++;
	return n;
}

static const char *reason(struct arena *arena, const struct check_request *request, const struct check_answer *answer)
{
	struct text text;
	const char *end;

	text_init(&text, arena, 512);
	if (answer->verdict > VERDICT_ALLOW)
		host_reason(&text, request, answer);
	end = text_end(&text);
	return end ? end : "";
}

/* The answer in the form of the public header, in the client's arena. */
static int publish(struct tcpbehav_client *client, const struct check_request *request, const struct check_answer *answer,
                   const struct tcpbehav_answer **answer_out)
{
	size_t n = count_findings(answer->findings);
	struct tcpbehav_finding *findings = arena_alloc(&client->arena, n * sizeof(*findings) + 1);

	if (!findings)
		return fail(client, TCPBEHAV_ERROR_MEMORY, NULL);
	n = 0;
	for (const struct finding *finding = answer->findings; finding; finding = finding->next)
		findings[n++] = (struct tcpbehav_finding){
			.rule = finding->rule,
			.why = finding->why,
			.safer = finding->safer,
			.start = finding->span.start,
			.end = finding->span.end,
		};
	client->answer = (struct tcpbehav_answer){
		.verdict = answer->pure ? TCPBEHAV_NONE : (enum tcpbehav_verdict)answer->verdict,
		.risk = (enum tcpbehav_risk)answer->risk,
		.capabilities = answer->caps & ~CAPS_RISK_MASK,
		.findings = findings,
		.n_findings = n,
		.unknown = answer->unknown,
		.n_unknown = answer->n_unknown,
		.decided_by = answer->pure ? "" : policy_decider_name(answer->decided_by),
		.reason = answer->pure ? "" : reason(&client->arena, request, answer),
		.request = answer->request,
		.embedded = answer->embedded,
	};
	*answer_out = &client->answer;
	return TCPBEHAV_OK;
}

/* The call as a line and read back: what the daemon would see is what is judged here. */
static int prepare(struct tcpbehav_client *client, enum protocol_op op, const struct tcpbehav_call *call, struct text *line,
                   struct check_request *request)
{
	struct message_error error;
	struct message message;
	struct call plain;

	if (!client || !call || call->size != sizeof(*call) || !call->command == !call->tool)
		return TCPBEHAV_ERROR_ARGUMENT;
	if (call->arguments_json && (!call->tool || strchr(call->arguments_json, '\n')))
		return fail(client, TCPBEHAV_ERROR_ARGUMENT, "arguments_json goes with tool and must be one line");
	plain = (struct call){
		.command = call->command,
		.command_len = call->command && !call->command_len ? strlen(call->command) : call->command_len,
		.tool = call->tool,
		.arguments_json = call->arguments_json,
		.arguments_len = call->arguments_json ? strlen(call->arguments_json) : 0,
		.cwd = call->cwd,
		.home = call->home,
		.workspaces = call->workspaces,
		.n_workspaces = call->n_workspaces,
		.agent = call->agent,
		.session = call->session,
		.profile = call->profile,
	};
	arena_reset(&client->arena);
	text_init(line, &client->arena, plain.command_len + 512);
	call_write(line, op, &plain);
	if (line->failed)
		return fail(client, TCPBEHAV_ERROR_MEMORY, NULL);
	if (message_open(&client->arena, line->data, line->len, OP_COUNT, &message, &error) < 0 ||
	    message_read_check(&client->arena, &message, request, &error) < 0)
		return fail(client, TCPBEHAV_ERROR_ARGUMENT, error.text);
	return TCPBEHAV_OK;
}

int tcpbehav_analyze(struct tcpbehav_client *client, const struct tcpbehav_call *call,
                     const struct tcpbehav_answer **answer_out)
{
	struct check_request request;
	struct check_answer answer;
	struct analysis analysis;
	struct text line;
	int status;

	if (!answer_out)
		return TCPBEHAV_ERROR_ARGUMENT;
	status = prepare(client, OP_ANALYZE, call, &line, &request);
	if (status == TCPBEHAV_OK)
		status = need_engine(client);
	if (status < 0)
		return status;
	engine_analyze(&client->engine, &request, &client->arena, &analysis, &answer);
	return publish(client, &request, &answer, answer_out);
}

static int check_embedded(struct tcpbehav_client *client, struct check_request *request,
                          const struct tcpbehav_answer **answer_out)
{
	struct check_answer answer;
	struct analysis analysis;
	struct verdict verdict;
	int status = need_engine(client);

	if (status < 0)
		return status;
	client->engine.daemon_missing = client->link.settings.require_system;
	engine_check(&client->engine, request, &client->arena, &analysis, &verdict, &answer);
	for (int round = 0; round < OBSERVE_ROUNDS && observe_request(request, &answer, &client->arena); round++)
		engine_check(&client->engine, request, &client->arena, &analysis, &verdict, &answer);
	return publish(client, request, &answer, answer_out);
}

static int ask(struct tcpbehav_client *client, const struct text *line, struct check_answer *answer)
{
	struct message_error error;
	size_t len;
	char *text;
	int rc = link_request(&client->link, line->data, line->len, &text, &len);

	if (rc < 0)
		return fail(client, link_status(rc), client->link.why);
	rc = message_read_answer(&client->arena, text, len, answer, &error);
	if (rc != 0)
		return fail(client, rc == MESSAGE_REFUSED ? TCPBEHAV_ERROR_REFUSED : TCPBEHAV_ERROR_PROTOCOL, error.text);
	return TCPBEHAV_OK;
}

static int check_socket(struct tcpbehav_client *client, const struct text *line, struct check_request *request,
                        const struct tcpbehav_answer **answer_out)
{
	struct check_answer answer;
	struct text again;
	int status = ask(client, line, &answer);

	for (int round = 0; status == TCPBEHAV_OK && round < OBSERVE_ROUNDS && observe_request(request, &answer, &client->arena); round++) {
		text_init(&again, &client->arena, line->len + 1024);
		call_again(&again, line->data, line->len, request);
		status = again.failed ? fail(client, TCPBEHAV_ERROR_MEMORY, NULL) : ask(client, &again, &answer);
	}
	if (status < 0)
		return status;
	return publish(client, request, &answer, answer_out);
}

/* The line again, with what the project's own files say. */
static int add_project(struct tcpbehav_client *client, struct text *line, struct check_request *request)
{
	struct text full;

	if (!projectfile_find(request, &client->arena))
		return TCPBEHAV_OK;
	text_init(&full, &client->arena, line->len + 1024);
	call_with_project(&full, line->data, line->len, request);
	*line = full;
	return full.failed ? fail(client, TCPBEHAV_ERROR_MEMORY, NULL) : TCPBEHAV_OK;
}

int tcpbehav_check(struct tcpbehav_client *client, const struct tcpbehav_call *call, const struct tcpbehav_answer **answer_out)
{
	struct check_request request;
	struct text line;
	int status;

	if (!answer_out)
		return TCPBEHAV_ERROR_ARGUMENT;
	status = prepare(client, OP_CHECK, call, &line, &request);
	if (status == TCPBEHAV_OK)
		status = add_project(client, &line, &request);
	if (status < 0)
		return status;
	if (client->mode != TCPBEHAV_EMBEDDED) {
		status = check_socket(client, &line, &request, answer_out);
		if (status == TCPBEHAV_OK || client->mode == TCPBEHAV_SOCKET)
			return status;
	}
	return check_embedded(client, &request, answer_out);
}

/* --- the daemon --- */

int tcpbehav_request(struct tcpbehav_client *client, const char *line, size_t len, const char **answer_out,
                     size_t *answer_len_out)
{
	struct text with_newline;
	char *answer;
	int rc;

	if (!client || !line || !answer_out || !answer_len_out || memchr(line, '\n', len))
		return TCPBEHAV_ERROR_ARGUMENT;
	arena_reset(&client->arena);
	text_init(&with_newline, &client->arena, len + 1);
	text_put(&with_newline, line, len);
	text_putc(&with_newline, '\n');
	if (with_newline.failed)
		return fail(client, TCPBEHAV_ERROR_MEMORY, NULL);
	rc = link_request(&client->link, with_newline.data, with_newline.len, &answer, answer_len_out);
	if (rc < 0)
		return fail(client, link_status(rc), client->link.why);
	*answer_out = answer;
	return TCPBEHAV_OK;
}

int tcpbehav_ping(struct tcpbehav_client *client, uint64_t *round_trip_ns_out)
{
	static const char ping[] = "{\"op\":\"ping\"}\n";
	struct timespec start, end;
	size_t len;
	char *answer;
	int rc;

	if (!client)
		return TCPBEHAV_ERROR_ARGUMENT;
	rc = link_connect(&client->link);
	clock_gettime(CLOCK_MONOTONIC, &start);
	if (rc == 0)
		rc = link_request(&client->link, ping, sizeof(ping) - 1, &answer, &len);
	clock_gettime(CLOCK_MONOTONIC, &end);
	if (rc < 0)
		return fail(client, link_status(rc), client->link.why);
	if (!strstr(answer, "\"ok\":true"))
		return fail(client, TCPBEHAV_ERROR_PROTOCOL, NULL);
	if (round_trip_ns_out)
		*round_trip_ns_out = (uint64_t)(end.tv_sec - start.tv_sec) * 1000000000u + (uint64_t)(end.tv_nsec - start.tv_nsec);
	return TCPBEHAV_OK;
}
