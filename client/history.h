#ifndef TCPBEHAV_CLIENT_HISTORY_H
#define TCPBEHAV_CLIENT_HISTORY_H

/* What histories hold, line by line: calls, what the user said, what tools said. Pure but for the state between lines; linear; not
 * thread safe. history.def has the formats. */

#include "common/message.h"

enum history_format {
#define HISTORY(ID, name, asks, assumed) HISTORY_##ID,
#include "client/history.def"
	HISTORY_FORMATS
};

enum history_asks { HISTORY_ASKS_NOTHING, HISTORY_ASKS_ESCALATED, HISTORY_ASKS_CHANGES };

struct history_row {
	const char *name;
	enum history_asks asks;
	const char *assumed; /* what its host asks by default, for people */
};

extern const struct history_row history_rows[HISTORY_FORMATS];

/* Does a file of this name, found in a folder, look like a history? */
bool history_is_named(const char *name);

enum history_kind {
	HISTORY_CALL,
	HISTORY_PROMPT, /* the user said something */
	HISTORY_OUTPUT, /* a tool did */
	HISTORY_NOT_RUN /* an earlier call: its user refused it */
};

struct history_event {
	struct history_event *next;
	enum history_kind kind;
	uint64_t line;                /* where it begins; HISTORY_NOT_RUN: line of the call */
	const char *session;          /* or NULL */
	struct check_request request; /* HISTORY_CALL: command or tool, cwd */
	uint64_t call_key;            /* of the host's own name for the call; 0: it has none */
	bool escalated;               /* it wants out of the host's sandbox */
	const char *text;             /* HISTORY_PROMPT, HISTORY_OUTPUT */
	size_t text_len;
};

#define HISTORY_CALLS 128 /* recent ones whose results are waited for */
#define HISTORY_TYPE_MAX 40

struct history {
	enum history_format format; /* of the last line that told */
	bool json;
	bool began;
	bool timed;               /* shell: "#1700000000" stands before each entry */
	uint64_t line;            /* the current one, from 1 */
	char *session;            /* codex: of the file */
	char *cwd;
	struct history_call {
		uint64_t key;
		uint64_t line;
		bool echoes; /* its output only repeats what the agent said */
	} calls[HISTORY_CALLS];
	uint32_t n_calls;         /* ever */
	char *entry;              /* shell: lines of an entry that may go on */
	size_t entry_len;
	uint64_t entry_line;
	bool entry_open;
	char unknown_type[HISTORY_TYPE_MAX]; /* of the line that was HISTORY_UNKNOWN */
};

/* A number for a name, never 0: FNV-1a. */
uint64_t history_key(const char *name);

/* json: the file's name says that its lines are JSON; else its first line tells. */
void history_init(struct history *history, bool json);
void history_deinit(struct history *history);

enum { HISTORY_UNKNOWN = 1 };

/* Reads the next line; what it holds is a list in the arena, which may point into line. 0; HISTORY_UNKNOWN: JSON, but of a kind that
 * nobody knows here; -EINVAL with *error (its byte: in the line); -ENOMEM. */
int history_read(struct history *history, struct arena *arena, const char *line, size_t len, struct history_event **events,
                 struct json_error *error);

/* A line that could not be read is counted. */
void history_skip(struct history *history);

/* The end of the file: what was still open. 0 or -ENOMEM. */
int history_end(struct history *history, struct arena *arena, struct history_event **events);

/* Would the host have asked its user by default? analysis: of the call. */
bool history_host_asks(enum history_format format, const struct history_event *call, const struct analysis *analysis);

#endif
