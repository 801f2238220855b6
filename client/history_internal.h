#ifndef TCPBEHAV_CLIENT_HISTORY_INTERNAL_H
#define TCPBEHAV_CLIENT_HISTORY_INTERNAL_H

#include "client/history.h"

#include "common/host.h"

/* One line at work. */
struct history_reader {
	struct history *history;
	struct arena *arena;
	struct json_error *error;
	struct history_event *first;
	struct history_event **last;
	const char *session;
	const char *cwd;
};

/* A new event at the end of the list, or NULL without memory. */
struct history_event *history_add(struct history_reader *reader, enum history_kind kind);

/* Adds a call of a structured tool: arguments are those of object, or none. name: the host's own for the call, or NULL. 0; -EINVAL; -ENOMEM. */
int history_add_tool(struct history_reader *reader, enum host_id host, const char *name, const char *tool, const struct cJSON *arguments);

/* Adds a shell command. */
int history_add_command(struct history_reader *reader, const char *name, const char *command, const char *cwd);

/* Adds what somebody said, all text in value: a string, or content blocks. Nothing when there is none. */
int history_add_said(struct history_reader *reader, enum history_kind kind, const struct cJSON *value);

/* The text in value (a string, {"text":..}, or a list of such), in the arena; NULL: there is none, or no memory. */
const char *history_text(struct arena *arena, const struct cJSON *value);

/* A recent call by the host's name for it, or NULL. */
const struct history_call *history_called(const struct history *history, const char *name);

/* One member of an object, whatever it is; NULL: none. */
const struct cJSON *history_member(const struct cJSON *object, const char *key);

/* The string at key; NULL: there is none. */
const char *history_string(const struct cJSON *object, const char *key);

/* Notes the type of a line that nobody knows (NULL: it has none); HISTORY_UNKNOWN. */
int history_unknown(struct history *history, const char *type);

/* The readers of a line. 0; HISTORY_UNKNOWN; -EINVAL with reader->error; -ENOMEM. */
int history_read_claude(struct history_reader *reader, const struct cJSON *root);
int history_read_context(struct history_reader *reader, const struct cJSON *payload);
int history_read_item(struct history_reader *reader, const struct cJSON *item);
int history_read_shell(struct history_reader *reader, const char *line, size_t len);

/* Ends the entry that is open, if one is. */
int history_end_entry(struct history_reader *reader);

#endif
