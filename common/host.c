#include "config.h"
#include "common/host_internal.h"

#include <errno.h>
#include <string.h>

enum ask_is { ASK_IS_ASK, ASK_IS_DENY };
enum allow_is { ALLOW_IS_SAY, ALLOW_IS_SILENT };

static const struct host_row {
	const char *name;
	const char *event;
	enum ask_is ask;
	enum allow_is allow;
} hosts[HOST_ID_COUNT] = {
#define HOST(ID, name, event, ask, allow, program) [HOST_ID_##ID] = { name, event, ASK_IS_##ask, ALLOW_IS_##allow },
#include "common/host.def"
};

const char *host_name(enum host_id host)
{
	return hosts[host].name;
}

int host_from_name(const char *name)
{
	for (int host = 0; host < HOST_ID_COUNT; host++)
		if (strcmp(hosts[host].name, name) == 0)
			return host;
	return -1;
}

const char *host_names(void)
{
#define HOST(ID, name, event, ask, allow, program) ", " name
	static const char names[] =
#include "common/host.def"
		;

	return names + 2;
}

/* --- reading --- */

static const char *name_or_null(const char *name)
{
	return name && message_name_valid(name) ? name : NULL;
}

/* "claude", or "claude/reviewer" for a sub-agent of that kind. */
static const char *agent_name(struct arena *arena, enum host_id host, const char *type)
{
	struct text text;

	text_init(&text, arena, 64);
	text_puts(&text, hosts[host].name);
	if (name_or_null(type) && strlen(type) + text.len < MESSAGE_NAME_MAX) {
		text_putc(&text, '/');
		text_puts(&text, type);
	}
	return text_end(&text);
}

static int read_session(struct arena *arena, const struct cJSON *root, struct host_call *call, struct json_error *error)
{
	const char *cwd = NULL;
	const char *session = NULL;
	const char *type = NULL;
	const char *mode = "default";
	const char *name = NULL;

	if (json_get_string(root, "cwd", &cwd, error) < 0 || json_get_string(root, "session_id", &session, error) < 0 ||
	    json_get_string(root, "agent_type", &type, error) < 0 || json_get_string(root, "permission_mode", &mode, error) < 0)
		return -EINVAL;
	if (cwd && (cwd[0] != '/' || strlen(cwd) > MESSAGE_PATH_MAX))
		return json_fail(error, "\"cwd\" must be an absolute path of at most %d bytes", MESSAGE_PATH_MAX);
	call->request.cwd = cwd;
	call->request.session = name_or_null(session);
	if (json_get_string(root, "tool_use_id", &name, error) == 0)
		call->name = name_or_null(name);
	call->request.agent = agent_name(arena, call->host, type);
	call->bypass = strcmp(mode, "bypassPermissions") == 0;
	call->reserved = strcmp(mode, "plan") == 0 || strcmp(mode, "dontAsk") == 0;
	return call->request.agent ? 0 : -ENOMEM;
}

static int read_tool(struct arena *arena, const struct cJSON *root, struct check_request *request, struct json_error *error)
{
	const struct cJSON *input = NULL;
	const char *tool = NULL;
	int rc = json_get_string(root, "tool_name", &tool, error);

	if (rc == JSON_ABSENT || (rc == 0 && !message_name_valid(tool)))
		return json_fail(error, "\"tool_name\" is missing or not a name");
	if (rc < 0 || json_get_object(root, "tool_input", &input, error) < 0)
		return -EINVAL;
	if (strcmp(tool, "Bash") != 0) {
		request->tool = tool;
		return input ? message_flatten(arena, input, &request->arguments, &request->n_arguments, error) : 0;
	}
	rc = input ? json_get_string(input, "command", &request->command, error) : JSON_ABSENT;
	if (rc == JSON_ABSENT)
		return json_fail(error, "\"tool_input\" has no \"command\"");
	if (rc < 0)
		return rc;
	request->command_len = strlen(request->command);
	request->too_long = request->command_len > ANALYSIS_LENGTH_MAX;
	return 0;
}

int host_read(struct arena *arena, enum host_id host, const char *payload, size_t len, struct host_call *call,
              struct json_error *error)
{
	struct json_document document;
	const char *event = NULL;
	int rc;

	memset(call, 0, sizeof(*call));
	call->host = host;
	call->event = host_event(host, payload, len);
	if (call->event != HOST_EVENT_CALL) {
		host_hear(arena, payload, len, call);
		return 0;
	}
	rc = json_parse(arena, payload, len, &document, error);
	if (rc < 0)
		return rc;
	if (!json_is_object(document.root))
		return json_fail(error, "it is not an object");
	rc = json_get_string(document.root, "hook_event_name", &event, error);
	if (rc == JSON_ABSENT)
		return json_fail(error, "\"hook_event_name\" is missing");
	if (rc < 0)
		return rc;
	if (strcmp(event, hosts[host].event) != 0) {
		call->event = HOST_EVENT_OTHER;
		return 0;
	}
	rc = read_session(arena, document.root, call, error);
	return rc < 0 ? rc : read_tool(arena, document.root, &call->request, error);
}

/* --- reasons --- */

#define SEGMENT_MAX 120

static void put_segment(struct text *out, const struct check_request *request, const struct span *span)
{
	if (!request->command) {
		text_put_quoted(out, request->tool, strlen(request->tool), SEGMENT_MAX);
	} else if (span->start < span->end && span->end <= request->command_len) {
		text_put_quoted(out, request->command + span->start, span->end - span->start, SEGMENT_MAX);
	} else {
		text_put_quoted(out, request->command, request->command_len, SEGMENT_MAX);
	}
}

static void put_sentence(struct text *out, const char *sentence)
{
	size_t len = strlen(sentence);

	while (len > 0 && (sentence[len - 1] == '.' || sentence[len - 1] == ' '))
		len--;
	text_put_printable(out, sentence, len, 400);
	text_putc(out, '.');
}

static void put_unknown(struct text *out, const struct check_answer *answer)
{
	text_puts(out, "nothing is known about ");
	text_put_quoted(out, answer->unknown[0], strlen(answer->unknown[0]), 64);
	if (answer->n_unknown > 1)
		text_puts(out, " and others");
	text_putc(out, '.');
}

void host_reason(struct text *out, const struct check_request *request, const struct check_answer *answer)
{
	const struct span whole = { 0, 0 };
	const struct finding *finding = answer->decided;

	put_segment(out, request, finding ? &finding->span : &whole);
	text_puts(out, ": ");
	if (finding) {
		put_sentence(out, finding->why ? finding->why : policy_decider_name(answer->decided_by));
		text_puts(out, " Rule ");
		put_sentence(out, finding->rule);
		if (finding->safer) {
			text_puts(out, " Safer: ");
			put_sentence(out, finding->safer);
		}
		if (answer->why) {
			text_putc(out, ' ');
			put_sentence(out, answer->why);
		}
	} else if (answer->n_unknown && answer->decided_by == DECIDED_BY_BOUND) {
		put_unknown(out, answer);
	} else if (answer->why) {
		put_sentence(out, answer->why);
	} else {
		text_puts(out, "its risk is ");
		text_puts(out, risk_name(answer->risk));
		text_puts(out, ", decided by ");
		put_sentence(out, policy_decider_name(answer->decided_by));
	}
}

/* The way forward. The model gets a number and no command that would open the gate for it. */
static void put_way_forward(struct text *out, const struct check_answer *answer, bool ask_denied)
{
	if (answer->verdict == VERDICT_DENY) {
		text_puts(out, " Do not try it another way; tell the user, who can run it in a shell of their own.");
	} else if (!ask_denied) {
		return;
	} else if (answer->request) {
		text_puts(out, " This needs a person: ask the user to approve this request (tcpctl approvals, in a terminal of their own),"
		               " then try again.");
	} else {
		text_puts(out, " This needs a person, and without the daemon nobody can approve it: ask the user to start tcpbehavd, or to run"
		               " it in a shell of their own.");
	}
}

/* --- writing --- */

static void write_decision(struct arena *arena, enum host_id host, const char *decision, const char *reason,
                           struct hook_answer *out)
{
	struct json_writer writer;
	struct text text;

	text_init(&text, arena, 512);
	json_writer_init(&writer, &text);
	json_begin_object(&writer);
	json_key(&writer, "hookSpecificOutput");
	json_begin_object(&writer);
	json_member_string(&writer, "hookEventName", hosts[host].event);
	json_member_string(&writer, "permissionDecision", decision);
	json_member_string(&writer, "permissionDecisionReason", reason);
	json_end_object(&writer);
	message_end(&writer);
	memset(out, 0, sizeof(*out));
	out->stdout_text = text.data;
	out->stdout_len = text.len;
	if (!text.failed && reason)
		return;
	/* no memory for an answer: the blocking exit code says it without one */
	out->stdout_text = "";
	out->stdout_len = 0;
	out->stderr_text = "tcpbehavd: out of memory; the call is blocked\n";
	out->exit_code = 2;
}

static void write_nothing(struct hook_answer *out)
{
	memset(out, 0, sizeof(*out));
	out->stdout_text = "";
}

static void write_allow(struct arena *arena, const struct host_call *call, const struct check_answer *answer,
                        struct hook_answer *out)
{
	struct text reason;

	if (hosts[call->host].allow == ALLOW_IS_SILENT || call->reserved) {
		write_nothing(out);
		return;
	}
	text_init(&reason, arena, 64);
	text_puts(&reason, "tcpbehavd: risk ");
	text_puts(&reason, risk_name(answer->risk));
	text_puts(&reason, ", allowed");
	write_decision(arena, call->host, "allow", text_end(&reason), out);
}

void host_write(struct arena *arena, const struct host_call *call, const struct check_answer *answer, struct hook_answer *out)
{
	bool ask_denied = call->bypass || hosts[call->host].ask == ASK_IS_DENY;
	struct text reason;

	if (call->event != HOST_EVENT_CALL || answer->verdict == VERDICT_NONE) {
		write_nothing(out);
		return;
	}
	if (answer->verdict == VERDICT_ALLOW) {
		write_allow(arena, call, answer, out);
		return;
	}
	text_init(&reason, arena, 512);
	text_puts(&reason, "tcpbehavd");
	if (answer->request) {
		text_puts(&reason, ", request ");
		text_put_u64(&reason, answer->request);
	}
	text_puts(&reason, ": ");
	host_reason(&reason, &call->request, answer);
	put_way_forward(&reason, answer, ask_denied);
	write_decision(arena, call->host, answer->verdict == VERDICT_ASK && !ask_denied ? "ask" : "deny", text_end(&reason), out);
}

void host_write_failure(struct arena *arena, enum host_id host, const char *problem, struct hook_answer *out)
{
	struct text reason;

	text_init(&reason, arena, 256);
	text_puts(&reason, "tcpbehavd could not judge this call: ");
	put_sentence(&reason, problem);
	write_decision(arena, host, hosts[host].ask == ASK_IS_DENY ? "deny" : "ask", text_end(&reason), out);
}

void host_write_broken(struct arena *arena, enum host_id host, const struct json_error *error, struct hook_answer *out)
{
	struct text problem;
	const char *sentence;

	text_init(&problem, arena, 256);
	if (error->byte == JSON_NOWHERE) {
		text_puts(&problem, "the hook's payload: ");
	} else {
		text_puts(&problem, "the hook's payload, byte ");
		text_put_u64(&problem, error->byte);
		text_puts(&problem, ": ");
	}
	text_puts(&problem, error->what);
	sentence = text_end(&problem);
	host_write_failure(arena, host, sentence ? sentence : "the hook's payload is broken", out);
}
