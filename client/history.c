#include "config.h"
#include "client/history_internal.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct history_row history_rows[HISTORY_FORMATS] = {
#define HISTORY(ID, name, asks, assumed) [HISTORY_##ID] = { name, HISTORY_ASKS_##asks, assumed },
#include "client/history.def"
};

bool history_is_named(const char *name)
{
	enum { TAKE, LEAVE };
	static const struct {
		const char *pattern;
		int what;
	} rows[] = {
#define NAMED(pattern, what) { pattern, what },
#include "client/history.def"
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (fnmatch(rows[i].pattern, name, 0) == 0)
			return rows[i].what == TAKE;
	return false;
}

/* --- what a host asks --- */

#define ONLY_READS ((uint32_t)(CAP_FILE_READ | CAP_SECRET_READ | CAP_BULK | CAP_WRAPPER))

static bool asks_first(const char *tool)
{
	static const char *const rows[] = {
#define ASKS_FIRST(tool) tool,
#include "client/history.def"
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (fnmatch(rows[i], tool, 0) == 0)
			return true;
	return false;
}

bool history_host_asks(enum history_format format, const struct history_event *call, const struct analysis *analysis)
{
	switch (history_rows[format].asks) {
	case HISTORY_ASKS_ESCALATED:
		return call->escalated;
	case HISTORY_ASKS_CHANGES:
		if (!call->request.command)
			return asks_first(call->request.tool);
		return analysis->incomplete || analysis->too_complex || analysis->n_unknown || (analysis->caps & ~(CAPS_RISK_MASK | ONLY_READS));
	case HISTORY_ASKS_NOTHING:
		break;
	}
	return false;
}

/* --- state --- */

void history_init(struct history *history, bool json)
{
	*history = (struct history){ .json = json, .began = json, .format = json ? HISTORY_CLAUDE : HISTORY_SHELL };
}

void history_deinit(struct history *history)
{
	free(history->session);
	free(history->cwd);
	free(history->entry);
	*history = (struct history){ 0 };
}

void history_skip(struct history *history)
{
	history->line++;
}

uint64_t history_key(const char *name)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *name; name++)
		hash = (hash ^ (uint8_t)*name) * UINT64_C(0x100000001b3);
	return hash ? hash : 1;
}

const struct history_call *history_called(const struct history *history, const char *name)
{
	uint64_t key = name ? history_key(name) : 0;

	for (size_t i = 0; key && i < HISTORY_CALLS && i < history->n_calls; i++)
		if (history->calls[i].key == key)
			return &history->calls[i];
	return NULL;
}

static bool echoes(enum host_id host, const char *tool)
{
	static const struct {
		enum host_id host;
		const char *tool;
	} rows[] = {
#define ECHOES(host, tool) { HOST_ID_##host, tool },
#include "common/host.def"
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (rows[i].host == host && strcmp(rows[i].tool, tool) == 0)
			return true;
	return false;
}

static void note_call(struct history *history, struct history_event *event, const char *name, bool echo)
{
	if (!name)
		return;
	event->call_key = history_key(name);
	history->calls[history->n_calls++ % HISTORY_CALLS] = (struct history_call){ event->call_key, event->line, echo };
}

/* --- JSON --- */

const struct cJSON *history_member(const struct cJSON *object, const char *key)
{
	if (!json_is_object(object))
		return NULL;
	for (const struct cJSON *item = json_first(object); item; item = json_next(item))
		if (strcmp(json_key_of(item), key) == 0)
			return item;
	return NULL;
}

const char *history_string(const struct cJSON *object, const char *key)
{
	return json_as_string(history_member(object, key));
}

static void put_text(struct text *out, const struct cJSON *value)
{
	const char *string = json_as_string(value);

	if (!string)
		string = history_string(value, "text");
	if (string) {
		text_puts(out, string);
		text_putc(out, '\n');
		return;
	}
	if (json_is_array(value))
		for (const struct cJSON *item = json_first(value); item; item = json_next(item))
			put_text(out, item);
}

const char *history_text(struct arena *arena, const struct cJSON *value)
{
	struct text text;

	if (json_as_string(value))
		return json_as_string(value);
	text_init(&text, arena, 256);
	put_text(&text, value);
	return text.len ? text_end(&text) : NULL;
}

/* --- events --- */

struct history_event *history_add(struct history_reader *reader, enum history_kind kind)
{
	struct history_event *event = arena_new(reader->arena, struct history_event);

	if (!event)
		return NULL;
	event->kind = kind;
	event->line = reader->history->line;
	event->session = reader->session;
	event->request.cwd = reader->cwd && *reader->cwd == '/' && strlen(reader->cwd) < MESSAGE_PATH_MAX ? reader->cwd : NULL;
	event->request.profile = PROFILE_PERMISSIVE;
	*reader->last = event;
	reader->last = &event->next;
	return event;
}

int history_add_command(struct history_reader *reader, const char *name, const char *command, const char *cwd)
{
	struct history_event *event = history_add(reader, HISTORY_CALL);

	if (!event)
		return -ENOMEM;
	event->request.command = command;
	event->request.command_len = strlen(command);
	event->request.too_long = event->request.command_len > ANALYSIS_LENGTH_MAX;
	if (cwd && *cwd) {
		uint32_t len;

		event->request.cwd = place_join(reader->arena, event->request.cwd, cwd, strlen(cwd), &len);
		if (!event->request.cwd)
			return -ENOMEM;
		if (*event->request.cwd != '/' || len >= MESSAGE_PATH_MAX)
			event->request.cwd = NULL;
	}
	note_call(reader->history, event, name, false);
	return 0;
}

int history_add_tool(struct history_reader *reader, enum host_id host, const char *name, const char *tool, const struct cJSON *arguments)
{
	const struct analysis_argument *list = NULL;
	struct history_event *event;
	size_t n = 0;
	int rc;

	if (!tool || !message_name_valid(tool))
		return json_fail(reader->error, "a call's \"name\" is missing or not a name");
	rc = arguments && json_is_object(arguments) ? message_flatten(reader->arena, arguments, &list, &n, reader->error) : 0;
	if (rc < 0)
		return rc;
	event = history_add(reader, HISTORY_CALL);
	if (!event)
		return -ENOMEM;
	event->request.tool = tool;
	event->request.arguments = list;
	event->request.n_arguments = n;
	note_call(reader->history, event, name, echoes(host, tool));
	return 0;
}

int history_add_said(struct history_reader *reader, enum history_kind kind, const struct cJSON *value)
{
	const char *text = history_text(reader->arena, value);
	struct history_event *event = text && *text ? history_add(reader, kind) : NULL;

	if (!event)
		return reader->arena->exhausted ? -ENOMEM : 0;
	event->text = text;
	event->text_len = strlen(text);
	return 0;
}

/* --- lines --- */

enum line_reader { READ_UNKNOWN, READ_NOTHING, READ_CLAUDE, READ_CONTEXT, READ_ITEM, READ_BARE };

static enum line_reader reader_of(const char *type)
{
	static const struct {
		const char *type;
		enum line_reader reader;
	} rows[] = {
#define LINE(type, reader) { type, READ_##reader },
#include "client/history.def"
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (strcmp(rows[i].type, type) == 0)
			return rows[i].reader;
	return READ_UNKNOWN;
}

int history_unknown(struct history *history, const char *type)
{
	snprintf(history->unknown_type, sizeof(history->unknown_type), "%s", type && *type ? type : "without type");
	text_make_printable(history->unknown_type);
	return HISTORY_UNKNOWN;
}

/* Hosts also keep what was typed, without calls: {"display":..}, {"session_id":..,"text":..}. Old rollouts begin with a line
 * without type, too. */
static int read_untyped(struct history *history, const struct cJSON *root)
{
	if (history_string(root, "display") || history_string(root, "text") || history_string(root, "record_type") ||
	    (history_string(root, "id") && history_string(root, "timestamp")))
		return 0;
	return history_unknown(history, NULL);
}

static int read_json(struct history_reader *reader, const struct cJSON *root)
{
	struct history *history = reader->history;
	const char *type = history_string(root, "type");

	if (!json_is_object(root))
		return json_fail(reader->error, "it is not an object");
	if (!type)
		return read_untyped(history, root);
	switch (reader_of(type)) {
	case READ_UNKNOWN:
		break;
	case READ_NOTHING:
		return 0;
	case READ_CLAUDE:
		history->format = HISTORY_CLAUDE;
		return history_read_claude(reader, root);
	case READ_CONTEXT:
		history->format = HISTORY_CODEX;
		return history_read_context(reader, history_member(root, "payload"));
	case READ_ITEM:
		history->format = HISTORY_CODEX;
		return history_read_item(reader, history_member(root, "payload"));
	case READ_BARE:
		history->format = HISTORY_CODEX;
		return history_read_item(reader, root);
	}
	return history_unknown(history, type);
}

/* { and " with nothing but blanks between: a shell's "{ echo; }" has more. */
static bool looks_like_json(const char *line, size_t len)
{
	size_t at = 0;

	while (at < len && strchr(" \t\r", line[at]))
		at++;
	if (at == len || line[at++] != '{')
		return false;
	while (at < len && strchr(" \t\r", line[at]))
		at++;
	return at < len && line[at] == '"';
}

static bool is_blank(const char *line, size_t len)
{
	while (len && strchr(" \t\r", line[len - 1]) && line[len - 1])
		len--;
	return len == 0;
}

int history_read(struct history *history, struct arena *arena, const char *line, size_t len, struct history_event **events,
                 struct json_error *error)
{
	struct history_reader reader = { history, arena, error, NULL, NULL, NULL, NULL };
	struct json_document document;
	int rc;

	reader.last = &reader.first;
	*events = NULL;
	*error = (struct json_error){ .byte = JSON_NOWHERE };
	history->line++;
	if (!history->began && is_blank(line, len))
		return 0;
	if (!history->began) {
		history->began = true;
		history->json = looks_like_json(line, len);
	}
	if (!history->json) {
		rc = history_read_shell(&reader, line, len);
	} else if (is_blank(line, len)) {
		rc = 0;
	} else {
		rc = json_parse(arena, line, len, &document, error);
		if (rc == 0)
			rc = read_json(&reader, document.root);
	}
	*events = reader.first;
	return rc;
}

int history_end(struct history *history, struct arena *arena, struct history_event **events)
{
	struct history_reader reader = { history, arena, NULL, NULL, NULL, NULL, NULL };
	int rc;

	reader.last = &reader.first;
	rc = history_end_entry(&reader);
	*events = reader.first;
	return rc;
}
