#include "config.h"
#include "client/audit.h"

#include "client/lines.h"
#include "common/redact.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LINE_FIRST_BYTES ((size_t)256 << 10)
#define LINE_LIMIT_BYTES ((size_t)128 << 20)
#define KEPT_FIRST_BYTES ((size_t)64 << 10)
#define KEPT_LIMIT_BYTES ((size_t)32 << 20)
#define WHY_MAX 400
#define PROGRESS_LINES 1024

/* No secret: nothing of these memories leaves the process, and the same histories must give the same report. */
static const uint64_t seed[2] = { UINT64_C(0x243f6a8885a308d3), UINT64_C(0x13198a2e03707344) };

struct audit *audit_new(struct judge *judge)
{
	struct audit *audit = calloc(1, sizeof(*audit));

	if (!audit)
		return NULL;
	audit->judge = judge;
	if (arena_init(&audit->kept, KEPT_FIRST_BYTES, KEPT_LIMIT_BYTES) == 0 && arena_init(&audit->line, LINE_FIRST_BYTES, LINE_LIMIT_BYTES) == 0)
		return audit;
	audit_free(audit);
	return NULL;
}

void audit_free(struct audit *audit)
{
	if (!audit)
		return;
	for (size_t i = 0; i < AUDIT_SESSIONS; i++)
		free(audit->sessions[i].memory);
	history_deinit(&audit->history);
	arena_deinit(&audit->line);
	arena_deinit(&audit->kept);
	free(audit);
}

/* --- what is kept for the report --- */

/* Somebody else's text, printable, without secrets, in the arena. NULL past its memory. */
static const char *clean(struct audit *audit, struct arena *arena, const char *text, size_t len, size_t max_bytes)
{
	size_t redacted_len = 0;
	const char *redacted = redact(&audit->judge->arena, text, len, max_bytes * 4, &redacted_len);
	struct text out;

	if (!redacted)
		return NULL;
	text_init(&out, arena, redacted_len < max_bytes ? redacted_len + 1 : max_bytes + 4);
	text_put_printable(&out, redacted, redacted_len, max_bytes);
	return text_end(&out);
}

static const char *keep(struct audit *audit, const char *text, size_t len, size_t max_bytes)
{
	return clean(audit, &audit->kept, text, len, max_bytes);
}

static const char *keep_call(struct audit *audit, const struct check_request *request)
{
	size_t len;
	const char *text = check_request_text(request, &audit->judge->arena, AUDIT_EXAMPLE_MAX * 4, &len);

	return keep(audit, text, len, AUDIT_EXAMPLE_MAX);
}

/* What a verdict that no finding explains is counted as. */
static const char *reason_of(const struct verdict *verdict, struct text *out)
{
	if (verdict->decided_by != DECIDED_BY_POLICY) {
		text_puts(out, policy_decider_name(verdict->decided_by));
	} else {
		text_puts(out, risk_name(verdict->risk));
		text_putc(out, '.');
		text_puts(out, place_name(verdict->place));
	}
	return text_end(out);
}

static void count_reason(struct audit *audit, const struct history_event *event, const struct verdict *verdict)
{
	char buffer[64];
	struct text name;
	const char *why = verdict->finding ? verdict->finding->why : verdict->why;
	struct tally_row *row;

	text_init_fixed(&name, buffer, sizeof(buffer));
	row = tally_add(&audit->rules, &audit->kept, verdict->finding ? verdict->finding->rule : reason_of(verdict, &name),
	                verdict->verdict);
	if (!row || row->count > 1)
		return;
	row->why = why ? keep(audit, why, strlen(why), WHY_MAX) : NULL;
	row->example = keep_call(audit, &event->request);
	row->file = audit->file;
	row->line = event->line;
}

static void count_unknown(struct audit *audit, const struct history_event *event, const struct analysis *analysis,
                          enum policy_verdict verdict)
{
	for (uint32_t i = 0; i < analysis->n_unknown; i++) {
		const char *name = clean(audit, &audit->judge->arena, analysis->unknown[i], strlen(analysis->unknown[i]), AUDIT_EXAMPLE_MAX);
		struct tally_row *row = name ? tally_add(&audit->unknown, &audit->kept, name, verdict) : NULL;

		if (row && row->count == 1) {
			row->file = audit->file;
			row->line = event->line;
		}
	}
}

/* What an earlier call is part of: the finding that decided, or else the first such. NULL: there is none. */
static const struct finding *flow_of(const struct analysis *analysis, const struct verdict *verdict)
{
	const struct finding *finding = verdict->finding;

	if (finding && finding->earlier)
		return finding;
	for (finding = analysis->findings; finding && !finding->earlier; finding = finding->next)
		;
	return finding;
}

static void note_flow(struct audit *audit, const struct history_event *event, const struct finding *finding, const struct verdict *verdict)
{
	struct audit_flow *flow = &audit->flows[audit->n_flows];

	audit->now.flows++;
	if (audit->n_flows == AUDIT_FLOWS)
		return;
	*flow = (struct audit_flow){ audit->file, keep(audit, finding->rule, strlen(finding->rule), WHY_MAX),
		                     keep(audit, finding->why, strlen(finding->why), WHY_MAX), keep_call(audit, &event->request),
		                     event->line, finding->earlier, verdict->verdict };
	if (flow->rule && flow->why && flow->example)
		audit->n_flows++;
}

/* --- sessions --- */

/* The one of that name in this file; a new one takes an empty place, or that of the one that was silent longest. */
static struct audit_session *session_of(struct audit *audit, const struct history_event *event)
{
	struct audit_session *place = &audit->sessions[0];
	uint64_t key = event->session ? history_key(event->session) : 0;

	for (size_t i = 0; i < AUDIT_SESSIONS; i++) {
		struct audit_session *at = &audit->sessions[i];

		if (at->used && at->key == key) {
			at->used = audit->history.line;
			return at;
		}
		if (at->used < place->used)
			place = at;
	}
	if (!place->memory)
		place->memory = malloc(sizeof(*place->memory));
	if (!place->memory)
		return NULL;
	session_init(place->memory, seed);
	place->key = key;
	place->used = audit->history.line;
	place->workspace[0] = '\0';
	audit->now.sessions++;
	return place;
}

/* Where the call would run: what the history says, else what the command line does. A session's workspace is the repository around its
 * first folder, or that folder. */
static void place_call(const struct audit *audit, struct audit_session *session, struct check_request *request, const char **workspace)
{
	const struct call *given = &audit->judge->context;

	request->home = given->home;
	request->profile = audit->profile;
	if (!request->cwd || audit->workspaces_given) {
		request->workspaces = given->workspaces;
		request->n_workspaces = given->n_workspaces;
	}
	if (!request->cwd) {
		request->cwd = given->cwd;
		return;
	}
	if (!session->workspace[0] && !endpoint_repository(request->cwd, session->workspace, sizeof(session->workspace)))
		snprintf(session->workspace, sizeof(session->workspace), "%s", request->cwd);
	if (audit->workspaces_given)
		return;
	*workspace = session->workspace;
	request->workspaces = workspace;
	request->n_workspaces = 1;
}

/* --- events --- */

/* The call's name and what it calls: a name alone would let a history hide one call behind another. */
static uint64_t copy_key(const struct history_event *event)
{
	const struct check_request *request = &event->request;
	uint64_t key = event->call_key ^ history_key(request->command ? request->command : request->tool);

	for (size_t i = 0; i < request->n_arguments; i++)
		key = key * UINT64_C(0x9e3779b97f4a7c15) ^ history_key(request->arguments[i].value);
	return key ? key : 1;
}

/* Seen before, the same under the same name: a session that was resumed or forked holds its beginning again. */
static bool is_copy(struct audit *audit, const struct history_event *event)
{
	uint64_t key = event->call_key ? copy_key(event) : 0;
	uint64_t *seen = &audit->seen[key % AUDIT_SEEN];
	bool copy = key && *seen == key;

	if (key)
		*seen = key;
	audit->now.repeated += copy;
	return copy;
}

static void count_call(struct audit *audit, const struct history_event *event, const struct analysis *analysis,
                       const struct verdict *verdict)
{
	const struct finding *flow = flow_of(analysis, verdict);

	audit->now.calls++;
	audit->now.verdicts[verdict->verdict]++;
	audit->now.host_asks += history_host_asks(audit->history.format, event, analysis);
	audit->now.hosted_asks += verdict->verdict == VERDICT_ASK && history_rows[audit->history.format].asks != HISTORY_ASKS_NOTHING;
	audit->formats[audit->history.format] = true;
	count_unknown(audit, event, analysis, verdict->verdict);
	if (verdict->verdict == VERDICT_ALLOW)
		return;
	count_reason(audit, event, verdict);
	if (flow)
		note_flow(audit, event, flow, verdict);
}

static int take_call(struct audit *audit, struct audit_session *session, struct history_event *event)
{
	struct check_answer answer;
	struct analysis analysis;
	struct verdict verdict;
	const char *workspace;

	place_call(audit, session, &event->request, &workspace);
	event->request.memory = session->memory;
	event->request.remembers = true;
	engine_check(&audit->judge->engine, &event->request, &audit->judge->arena, &analysis, &verdict, &answer);
	if (verdict.verdict == VERDICT_NONE)
		return 0;
	if (!is_copy(audit, event))
		count_call(audit, event, &analysis, &verdict);
	if (verdict.verdict != VERDICT_DENY)
		session_event(session->memory, &analysis, event->line);
	return 0;
}

static int take_note(struct audit *audit, struct audit_session *session, const struct history_event *event)
{
	struct session_targets *targets = arena_alloc(&audit->judge->arena, sizeof(*targets));

	if (!targets)
		return -ENOMEM;
	session_scan(seed, event->text, event->text_len, targets);
	session_note(session->memory, event->kind == HISTORY_PROMPT ? SESSION_ORIGIN_USER : SESSION_ORIGIN_TOOL_OUTPUT, targets, event->line);
	return 0;
}

static int take_event(struct audit *audit, struct history_event *event)
{
	struct audit_session *session = session_of(audit, event);

	if (!session)
		return -ENOMEM;
	switch (event->kind) {
	case HISTORY_CALL:
		return take_call(audit, session, event);
	case HISTORY_PROMPT:
	case HISTORY_OUTPUT:
		return take_note(audit, session, event);
	case HISTORY_NOT_RUN:
		audit->now.refused++;
		session_forget(session->memory, event->line);
		break;
	}
	return 0;
}

static int take_events(struct audit *audit, struct history_event *events)
{
	int rc = 0;

	for (; rc == 0 && events; events = events->next) {
		judge_next(audit->judge);
		rc = take_event(audit, events);
	}
	return rc;
}

/* --- a file --- */

static void hide_progress(const struct audit *audit)
{
	if (audit->progress)
		audit->progress(NULL);
}

static void tell(struct audit *audit, const char *what)
{
	hide_progress(audit);
	if (audit->now.skipped++ < AUDIT_TOLD)
		cli_error("%s:%llu: %s; skipped", audit->file, (unsigned long long)audit->history.line, what);
}

static void tell_broken(struct audit *audit, const struct json_error *error)
{
	char what[sizeof(error->what) + 48];

	if (error->byte == JSON_NOWHERE)
		snprintf(what, sizeof(what), "%s", error->what);
	else
		snprintf(what, sizeof(what), "not JSON at byte %zu: %s", error->byte, error->what);
	text_make_printable(what);
	tell(audit, what);
}

static void tell_unknown(struct audit *audit)
{
	hide_progress(audit);
	if (audit->now.unknown++ == 0)
		cli_error("%s:%llu: a line of a kind that is not known here (%s), perhaps of a newer version; all such lines are passed over",
		          audit->file, (unsigned long long)audit->history.line, audit->history.unknown_type);
}

/* What a line holds is judged as far as it could be read. */
static int take_line(struct audit *audit, const char *line, size_t len)
{
	struct history_event *events;
	struct json_error error;
	int rc;

	arena_reset(&audit->line);
	rc = history_read(&audit->history, &audit->line, line, len, &events, &error);
	if (rc == 0)
		return take_events(audit, events);
	if (rc == HISTORY_UNKNOWN)
		tell_unknown(audit);
	else if (rc == -EINVAL)
		tell_broken(audit, &error);
	else
		tell(audit, "it needs too much memory");
	return take_events(audit, events);
}

static int take_lines(struct audit *audit, struct lines *lines)
{
	struct history_event *events;
	const char *line;
	size_t len;
	int rc = 0;

	while (rc == 0) {
		rc = lines_next(lines, &line, &len);
		if (rc == LINES_TOO_LONG) {
			history_skip(&audit->history);
			tell(audit, "longer than 16 MiB");
			rc = 0;
		} else if (rc == 0) {
			rc = take_line(audit, line, len);
		}
		audit->now.bytes = lines->bytes;
		if (audit->progress && lines->number % PROGRESS_LINES == 0)
			audit->progress(audit);
	}
	if (rc != LINES_END)
		return rc;
	arena_reset(&audit->line);
	rc = history_end(&audit->history, &audit->line, &events);
	return rc < 0 ? rc : take_events(audit, events);
}

static void add(struct audit_counts *to, const struct audit_counts *counts)
{
	const uint64_t *from = (const uint64_t *)counts;

	for (size_t i = 0; i < sizeof(*to) / sizeof(uint64_t); i++)
		((uint64_t *)to)[i] += from[i];
}

int audit_file(struct audit *audit, int fd, const char *path)
{
	size_t len = strlen(path);
	struct lines lines;
	struct text shown;
	int rc;

	text_init(&shown, &audit->kept, len + 1);
	text_put_printable(&shown, path, len, MESSAGE_PATH_MAX);
	audit->file = text_end(&shown);
	if (!audit->file)
		audit->file = "(another file)";
	audit->now = (struct audit_counts){ .files = 1 };
	for (size_t i = 0; i < AUDIT_SESSIONS; i++)
		audit->sessions[i].used = 0;
	history_deinit(&audit->history);
	history_init(&audit->history, len > 6 && strcmp(path + len - 6, ".jsonl") == 0);
	lines_init(&lines, fd);
	rc = take_lines(audit, &lines);
	lines_deinit(&lines);
	audit->now.lines = audit->history.line;
	hide_progress(audit);
	if (audit->now.skipped > AUDIT_TOLD)
		cli_error("%s: %llu more lines could not be read", audit->file, (unsigned long long)(audit->now.skipped - AUDIT_TOLD));
	if (rc < 0)
		cli_error("%s:%llu: %s; the rest is not read", audit->file, (unsigned long long)audit->history.line, strerror(-rc));
	add(&audit->total, &audit->now);
	return rc;
}
