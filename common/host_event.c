#include "config.h"
#include "common/host_internal.h"

#include <string.h>

/* What hosts say beside the calls that are judged. A payload is read loosely here: an output may hold anything, may have been cut
 * because it was too long, and a note that is lost because of one byte in it would be a way to keep something from the session. */

static const struct event_row {
	enum host_id host;
	enum host_event event;
	const char *name;
	const char *member;
} events[] = {
#define EVENT(HOST, name, KIND, member) { HOST_ID_##HOST, HOST_EVENT_##KIND, name, member },
#include "common/host.def"
};

static const struct echo_row {
	enum host_id host;
	const char *tool;
} echoes[] = {
#define ECHOES(HOST, tool) { HOST_ID_##HOST, tool },
#include "common/host.def"
};

static const char *const call_events[] = {
#define HOST(ID, name, event, ask, allow, program) [HOST_ID_##ID] = event,
#include "common/host.def"
};

struct slice {
	const char *text;
	size_t len;
};

/* A string's inside; empty when the member is none, or is cut. */
static struct slice string_of(const char *payload, size_t len, const char *key)
{
	struct slice found;

	if (!json_loose_member(payload, len, key, &found.text, &found.len) || found.len < 2 || found.text[0] != '"')
		return (struct slice){ "", 0 };
	while (found.text[found.len - 1] != '"') /* blanks behind it */
		found.len--;
	return found.len < 2 ? (struct slice){ "", 0 } : (struct slice){ found.text + 1, found.len - 2 };
}

static bool is(const struct slice *slice, const char *word)
{
	return strlen(word) == slice->len && memcmp(word, slice->text, slice->len) == 0;
}

static const struct event_row *find_row(enum host_id host, const struct slice *name)
{
	for (size_t i = 0; i < sizeof(events) / sizeof(*events); i++)
		if (events[i].host == host && is(name, events[i].name))
			return &events[i];
	return NULL;
}

enum host_event host_event(enum host_id host, const char *payload, size_t len)
{
	struct slice name = string_of(payload, len, "hook_event_name");
	const struct event_row *row;

	if (name.len == 0 || memchr(name.text, '\\', name.len) || is(&name, call_events[host]))
		return HOST_EVENT_CALL;
	row = find_row(host, &name);
	return row ? row->event : HOST_EVENT_OTHER;
}

static bool is_echo(enum host_id host, const struct slice *tool)
{
	for (size_t i = 0; i < sizeof(echoes) / sizeof(*echoes); i++)
		if (echoes[i].host == host && is(tool, echoes[i].tool))
			return true;
	return false;
}

/* A name as message_name_valid() takes it, or NULL. */
static const char *name_of(struct arena *arena, const struct slice *slice)
{
	const char *name = slice->len <= MESSAGE_NAME_MAX ? arena_dup(arena, slice->text, slice->len) : NULL;

	return name && message_name_valid(name) ? name : NULL;
}

static bool hear_text(struct arena *arena, const char *payload, size_t len, const char *member, struct host_call *call)
{
	struct slice value;
	char *text;

	if (!json_loose_member(payload, len, member, &value.text, &value.len))
		return false;
	text = arena_alloc(arena, value.len + 1);
	if (!text)
		return false;
	call->said_len = json_loose_text(value.text, value.len, text);
	call->said = text;
	return true;
}

void host_hear(struct arena *arena, const char *payload, size_t len, struct host_call *call)
{
	struct slice name = string_of(payload, len, "hook_event_name"), session = string_of(payload, len, "session_id");
	struct slice tool = string_of(payload, len, "tool_name"), call_name;
	const struct event_row *row = find_row(call->host, &name);
	bool heard = false;

	call->request.session = name_of(arena, &session);
	if (row && call->request.session && row->event == HOST_EVENT_NOT_RUN) {
		call_name = string_of(payload, len, row->member);
		call->name = name_of(arena, &call_name);
		heard = call->name != NULL;
	} else if (row && call->request.session && !(row->event == HOST_EVENT_OUTPUT && is_echo(call->host, &tool))) {
		heard = hear_text(arena, payload, len, row->member, call);
	}
	if (!heard)
		call->event = HOST_EVENT_OTHER;
}
