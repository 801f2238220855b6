#ifndef TCPBEHAV_MESSAGE_H
#define TCPBEHAV_MESSAGE_H

/* Requests and answers as JSON lines: the only decoder and the only encoder, used by the daemon, tcpctl and the library.
 * Pure and thread safe. Strings of what is read live in the arena or in the line. Everything that is reflected into an
 * answer is escaped, bounded and free of control characters. */

#include "common/json.h"
#include "common/policy.h"
#include "common/protocol.h"
#include "common/session.h"

#define MESSAGE_NAME_MAX 128       /* bytes of an agent's, session's or tool's name */
#define MESSAGE_PATH_MAX 4096      /* bytes of cwd, home, a workspace */
#define MESSAGE_WORKSPACES_MAX 16
#define MESSAGE_ARGUMENTS_MAX 1024 /* of one tool call, nested ones counted */
#define MESSAGE_LOOKUP_MAX 1000    /* names in one lookup */
#define MESSAGE_FINDINGS_MAX 64    /* findings that one answer shows: the worst ones, and the one that decided ("decides":true) */

struct message_error {
	enum protocol_error code;
	uint32_t retry_after_ms; /* 0: does not help */
	char text[240];          /* "byte 14: ...": what and what to do */
};

/* One line, opened. */
struct message {
	enum protocol_op op;
	const struct cJSON *root;
	const char *id; /* as it was written; NULL: none. Echoed by every answer */
	size_t id_len;
};

/* Opens a line: JSON, an object, a known op (default_op where the line names none; OP_COUNT: then "op" is required).
 * 0; -EINVAL with *error, and message->id where that could be read; -ENOMEM becomes ERROR_LIMIT. */
int message_open(struct arena *arena, const char *line, size_t len, enum protocol_op default_op, struct message *message,
                 struct message_error *error);

/* What check, analyze and explain are asked, from whatever source: line, hook, command line of tcpctl. */
struct check_request {
	const char *command;    /* NULL: a tool call */
	size_t command_len;
	const char *tool;       /* NULL: a command */
	const struct analysis_argument *arguments;
	size_t n_arguments;
	const char *cwd;        /* absolute, or NULL: not known */
	const char *home;       /* absolute, or NULL */
	const char *const *workspaces; /* absolute */
	size_t n_workspaces;
	const char *agent;      /* NULL: the one of hello */
	const char *session;    /* NULL: the one of hello */
	enum policy_profile profile; /* PROFILE_PERMISSIVE: no wish; policy takes the stricter one */
	enum shell_dialect dialect;
	bool detailed;          /* commands, targets and flows are wanted too: for explain, and wherever there are rules */
	bool too_long;          /* the command is above ANALYSIS_LENGTH_MAX: not analysed, asks */
	const struct observation *observed; /* what the asker saw of links; at most ANALYSIS_LOOK_MAX */
	size_t n_observed;
	const struct script *scripts; /* what the asker read; at most ANALYSIS_SCRIPTS_MAX */
	size_t n_scripts;
	const struct script *project_files; /* what the workspaces' own files say (common/project.h); at most MESSAGE_WORKSPACES_MAX */
	size_t n_project_files;
	bool remembers;               /* a session takes in what the call leaves */
	const struct session *memory; /* what the session remembers; NULL: nothing, or nobody does */
};

/* Reads the fields of check, analyze and explain. 0, or -EINVAL with *error. */
int message_read_check(struct arena *arena, const struct message *message, struct check_request *request,
                       struct message_error *error);

/* The arguments of a tool call: object's members flattened ("edits.0.new_string"), scalars as text. Used by hosts as well.
 * 0, -EINVAL (too many, too deep) or -ENOMEM. */
int message_flatten(struct arena *arena, const struct cJSON *object, const struct analysis_argument **out, size_t *n_out,
                    struct json_error *error);

/* Runs the analysis that a request asks for: command, tool call, or too long. Never fails. */
void check_request_analyze(const struct check_request *request, const struct table *table, const char *user,
                           struct arena *arena, struct analysis *out);

/* SHA-256 of what an approval is bound to: cwd, the exact command, or tool and arguments, what was observed and read, each with its length. */
void check_request_hash(const struct check_request *request, uint8_t hash[POLICY_HASH_BYTES]);

/* The call as one line of text for people and for the log, before redaction: the command, or tool and arguments. In the arena. */
const char *check_request_text(const struct check_request *request, struct arena *arena, size_t max_bytes, size_t *len_out);

/* An answer to check or analyze; what the encoder writes and the decoder reads. */
struct check_answer {
	const char *id;            /* raw JSON, or NULL: null */
	size_t id_len;
	enum policy_verdict verdict;
	enum risk risk;
	uint32_t caps;
	const struct finding *findings;
	const char *const *unknown;
	uint32_t n_unknown;
	const char *const *look;   /* of an allow: paths that the asker may look at, and ask again with what it observed */
	uint32_t n_look;
	const char *const *read;   /* of an allow: files that would run, that the asker may read and send along */
	uint32_t n_read;
	enum policy_decider decided_by;
	const struct finding *decided; /* in findings, or NULL: nothing but the cell, a rule or a bound */
	const char *why;           /* a sentence where no finding says it; or NULL */
	uint64_t request;          /* 0: not recorded */
	uint64_t event;            /* 0: none */
	enum policy_tier standing;
	enum policy_level level;
	bool embedded;             /* mode */
	bool pure;                 /* analyze: no verdict, request, event, standing, level */
};

/* Joins analysis and verdict (NULL: analyze). request, event, embedded and id are the caller's to fill in afterwards. */
void check_answer_fill(struct check_answer *answer, const struct analysis *analysis, const struct verdict *verdict);

/* One line, with its newline. Look at out->failed. */
void message_write_check(struct text *out, const struct check_answer *answer);

/* The members of the answer but id and mode, and a list of capabilities: for answers that hold more (explain). */
void message_write_check_members(struct json_writer *writer, const struct check_answer *answer);
void message_write_capabilities(struct json_writer *writer, uint32_t caps);

/* {"id":..,"error":{"code":..,"message":..}} plus "ok":false, as one line. message: NULL when the line could not be opened. */
void message_write_error(struct text *out, const char *id, size_t id_len, const struct message_error *error);

/* {"id":..,"ok":true  ... }\n around members that the caller writes. */
void message_begin_ok(struct json_writer *writer, struct text *out, const struct message *message);
void message_end(struct json_writer *writer);

enum { MESSAGE_REFUSED = 1 };
/* Opens any answer, for clients that then read its members: answer->root. 0; MESSAGE_REFUSED when it is an error answer: *error
 * is the peer's; -EINVAL when it is no answer: *error says why. */
int message_open_answer(struct arena *arena, const char *line, size_t len, struct message *answer, struct message_error *error);

/* Reads an answer to check or analyze; findings and strings in the arena. Results as above. */
int message_read_answer(struct arena *arena, const char *line, size_t len, struct check_answer *answer,
                        struct message_error *error);

/* --- requests of the other ops --- */

struct hello_request {
	const char *agent; /* names may be NULL; all are at most MESSAGE_NAME_MAX bytes of printable ASCII without blanks */
	const char *role;
	const char *parent;
	const char *host;
	const char *session;
	const char *token;
	const char *project; /* absolute path, or NULL */
};
int message_read_hello(const struct message *message, struct hello_request *request, struct message_error *error);

/* "host": "claude", "payload": the hook's standard input as a string, or "payload_b64" (bytes of any kind), and where it runs.
 * answer: {"ok":true,"stdout":"...","stderr":"...","exit":0} */
struct hook_request {
	const char *host;
	const char *payload;
	size_t payload_len;
	const char *home;
	const char *const *workspaces;
	size_t n_workspaces;
	const struct observation *observed;
	size_t n_observed;
	const struct script *scripts;
	size_t n_scripts;
	const struct script *project_files;
	size_t n_project_files;
};
int message_read_hook(struct arena *arena, const struct message *message, struct hook_request *request,
                      struct message_error *error);

struct hook_answer {
	const char *stdout_text;
	size_t stdout_len;
	const char *stderr_text; /* or NULL */
	int exit_code;
	const char *const *look; /* as in struct check_answer */
	uint32_t n_look;
	const char *const *read;
	uint32_t n_read;
};
void message_write_hook(struct text *out, const struct message *message, const struct hook_answer *answer);
int message_read_hook_answer(struct arena *arena, const char *line, size_t len, struct hook_answer *answer,
                             struct message_error *error);

/* "name": a string or an array of tool names. */
int message_read_lookup(struct arena *arena, const struct message *message, const char *const **names, size_t *n_names,
                        struct message_error *error);

/* note: "origin" (user, tool-output), "text", and whose session it is. */
struct note_request {
	enum session_origin origin;
	const char *session; /* or NULL */
	const char *text;
	size_t text_len;
};
int message_read_note(const struct message *message, struct note_request *request, struct message_error *error);

/* observe: "event" (of an answer to check), "outcome" (ok, failed, not-run), "session". */
struct outcome_request {
	uint64_t event;
	const char *session; /* or NULL */
	bool not_run;        /* it never began */
};
int message_read_outcome(const struct message *message, struct outcome_request *request, struct message_error *error);

/* session: "session", or NULL. */
int message_read_session(const struct message *message, const char **session, struct message_error *error);

/* allow, forbid: "pattern", "project" (absolute, optional). */
struct rule_request {
	const char *pattern;
	const char *project;
};
int message_read_rule(const struct message *message, struct rule_request *request, struct message_error *error);

/* approve, refuse: "request": its number. */
int message_read_request_number(const struct message *message, uint64_t *number, struct message_error *error);

/* log: "limit" (default 20, at most 1000), "before" (request number; 0: newest). */
struct log_request {
	uint32_t limit;
	uint64_t before;
};
int message_read_log(const struct message *message, struct log_request *request, struct message_error *error);

/* release, trust: "agent" (required), "reason" (optional). */
int message_read_agent(const struct message *message, const char **agent, const char **reason, struct message_error *error);

/* True for a name that may stand for an agent, session, role or host: 1..MESSAGE_NAME_MAX of [A-Za-z0-9._:@/+-]. */
bool message_name_valid(const char *name);

#endif
