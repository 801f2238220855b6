#include "config.h"

#include "daemon/account_session.h"
#include "daemon/clock.h"
#include "daemon/handlers.h"

#include <stdio.h>

static enum request_result fail_as_read(struct request *request)
{
	request_fail(request, request->error.code, "%s", request->error.text);
	return REQUEST_ANSWERED;
}

/* Whose memory: the session that the request names, else the one of hello. */
static const char *name_of(const struct request *request, const char *session)
{
	return session ? session : request->session;
}

static enum request_result fail_without_session(struct request *request)
{
	request_fail(request, ERROR_BAD_REQUEST, "\"session\" is missing: name it here or in hello");
	return REQUEST_ANSWERED;
}

static void scan_note(struct request *request)
{
	const struct note_request *note = &request->note;

	request->targets = arena_alloc(request->work, sizeof(*request->targets));
	if (request->targets)
		session_scan(request->daemon->session_seed, note->text, note->text_len, request->targets);
}

int prepare_note(struct request *request)
{
	int rc = message_read_note(&request->message, &request->note, &request->error);

	if (rc == 0)
		scan_note(request);
	return rc;
}

/* Takes the note into the session of that name, with a number of its own; false without memory. */
static bool take_note(struct request *request, const char *name, uint64_t *number)
{
	struct daemon *daemon = request->daemon;

	*number = daemon->next_request++;
	return request->targets && account_session_note(request->peer->account, name, daemon->session_seed, request->note.origin,
	                                                request->targets, *number, clock_wall_ms());
}

enum request_result handle_note(struct request *request)
{
	const char *name = name_of(request, request->note.session);
	struct json_writer writer;
	uint64_t number;

	if (!*name)
		return fail_without_session(request);
	if (!account_may_note(request->peer->account, request->note.text_len, clock_wall_ms())) {
		request_fail(request, ERROR_LIMIT, "more than %zu MiB of notes within a minute", ACCOUNT_NOTES_BYTES_A_MINUTE >> 20);
		return REQUEST_ANSWERED;
	}
	if (!take_note(request, name, &number)) {
		request_fail(request, ERROR_LIMIT, "no memory for another session");
		return REQUEST_ANSWERED;
	}
	message_begin_ok(&writer, &request->out, &request->message);
	json_member_u64(&writer, "request", number);
	json_member_u64(&writer, "targets", request->targets->n);
	message_end(&writer);
	return REQUEST_ANSWERED;
}

int prepare_heard(struct request *request)
{
	const struct host_call *call = &request->call;

	if (!call->said)
		return 0;
	request->note = (struct note_request){
		.origin = call->event == HOST_EVENT_PROMPT ? SESSION_ORIGIN_USER : SESSION_ORIGIN_TOOL_OUTPUT,
		.session = call->request.session,
		.text = call->said,
		.text_len = call->said_len,
	};
	scan_note(request);
	return 0;
}

void take_heard(struct request *request)
{
	struct account *account = request->peer->account;
	const struct host_call *call = &request->call;
	int64_t now_ms = clock_wall_ms();
	uint64_t number;

	number = call->name ? account_session_called(account, call->request.session, call->name, now_ms) : 0;
	if (number)
		agents_settle(&request->daemon->agents, account, number, call->event != HOST_EVENT_NOT_RUN);
	if (call->event == HOST_EVENT_NOT_RUN && number)
		account_session_forget(account, call->request.session, number, now_ms);
	else if (call->said && account_may_note(account, call->said_len, now_ms))
		take_note(request, call->request.session, &number);
}

enum request_result handle_observe(struct request *request)
{
	struct outcome_request outcome;
	struct json_writer writer;
	struct json_error json;
	const char *name;
	bool forgotten;

	if (json_get_string(request->message.root, "tool", &name, &json) != JSON_ABSENT)
		return observe_event(request);
	if (message_read_outcome(&request->message, &outcome, &request->error) < 0)
		return fail_as_read(request);
	agents_settle(&request->daemon->agents, request->peer->account, outcome.event, !outcome.not_run);
	name = name_of(request, outcome.session);
	if (!*name)
		return fail_without_session(request);
	/* what failed may have done a part of its work before */
	forgotten = outcome.not_run && account_session_forget(request->peer->account, name, outcome.event, clock_wall_ms());
	message_begin_ok(&writer, &request->out, &request->message);
	json_member_bool(&writer, "forgotten", forgotten);
	message_end(&writer);
	return REQUEST_ANSWERED;
}

static const struct {
	const char *name;
	enum mark_kind kind;
	uint16_t flags;
} counted[] = {
	{ "files_written", MARK_FILE, MARK_WRITTEN },
	{ "files_downloaded", MARK_FILE, MARK_DOWNLOADED },
	{ "files_decoded", MARK_FILE, MARK_DECODED },
	{ "files_with_secrets", MARK_FILE, MARK_HOLDS_SECRET },
	{ "folders_downloaded", MARK_FOLDER, MARK_DOWNLOADED },
	{ "remotes_added", MARK_REMOTE, MARK_WRITTEN },
	{ "hosts_named_by_user", MARK_HOST, MARK_USER },
	{ "hosts_named_by_tools", MARK_HOST, MARK_TOOL_OUTPUT },
	{ "names_from_outside", MARK_NAME, MARK_TOOL_OUTPUT },
};

static void write_memory(struct json_writer *writer, const struct session *session)
{
	json_member_u64(writer, "calls", session->calls);
	json_member_u64(writer, "notes", session->notes);
	for (size_t i = 0; i < sizeof(counted) / sizeof(*counted); i++)
		json_member_u64(writer, counted[i].name, session_count(session, counted[i].kind, counted[i].flags));
	if (session->secret_request)
		json_member_u64(writer, "secret_read_in", session->secret_request);
	json_key(writer, "risky_code_written_in");
	json_begin_array(writer);
	for (uint32_t i = 0; i < ANALYSIS_LOADERS_MAX; i++)
		if (session->loaders >> i & 1)
			json_u64(writer, session->loaded[i].request);
	json_end_array(writer);
	json_member_u64(writer, "marks_forgotten", session->forgotten);
}

enum request_result handle_session(struct request *request)
{
	const struct session *session;
	struct json_writer writer;
	const char *name = NULL;

	if (message_read_session(&request->message, &name, &request->error) < 0)
		return fail_as_read(request);
	name = name_of(request, name);
	if (!*name)
		return fail_without_session(request);
	session = account_find_session(request->peer->account, name, clock_wall_ms());
	if (!session) {
		request_fail(request, ERROR_NOT_FOUND, "nothing is remembered of the session %s; tcpctl log shows its calls", name);
		return REQUEST_ANSWERED;
	}
	message_begin_ok(&writer, &request->out, &request->message);
	json_member_string(&writer, "session", name);
	write_memory(&writer, session);
	message_end(&writer);
	return REQUEST_ANSWERED;
}
