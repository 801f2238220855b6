#ifndef TCPBEHAV_HOST_H
#define TCPBEHAV_HOST_H

/* Agent hosts' hooks: payload in, exact bytes out. Pure translation, no file, no socket: the daemon, tcpctl without a daemon
 * and the tests all use this. Whatever goes wrong with a call fails towards asking: a host that gets nothing or nonsense runs the
 * command. Text that reaches the model names a request number and never a command with which it could approve itself. */

#include "common/message.h"

enum host_id {
#define HOST(ID, name, event, ask, allow, program) HOST_ID_##ID,
#include "common/host.def"
	HOST_ID_COUNT
};

/* "claude", ...; static. The reverse: -1. host_names(): "claude, codex" for messages. */
const char *host_name(enum host_id host);
int host_from_name(const char *name);
const char *host_names(void);

/* What a payload is about. */
enum host_event {
	HOST_EVENT_CALL,    /* a call that is about to run: judged. Also when that cannot be seen */
	HOST_EVENT_PROMPT,  /* the user said something */
	HOST_EVENT_OUTPUT,  /* a tool did */
	HOST_EVENT_NOT_RUN, /* a call that was judged never began */
	HOST_EVENT_OTHER,   /* nothing that matters here */
};

/* By the payload's name for it; the payload may be broken or go on elsewhere. Linear, thread safe. */
enum host_event host_event(enum host_id host, const char *payload, size_t len);

/* A hook's payload, read. */
struct host_call {
	enum host_id host;
	struct check_request request; /* home and workspaces are the caller's to fill in, the workspace falls back to nothing */
	bool bypass;                  /* the host would answer our question itself (bypassPermissions): ask becomes deny */
	bool reserved;                /* its user chose that less than usual runs (plan, dontAsk): our allow stays silent */
	enum host_event event;        /* but for HOST_EVENT_CALL: no opinion, empty output */
	const char *name;             /* the host's own for the call (HOST_EVENT_CALL, HOST_EVENT_NOT_RUN), or NULL */
	const char *said;             /* HOST_EVENT_PROMPT, HOST_EVENT_OUTPUT: text, without its NUL */
	size_t said_len;
};

/* Reads the payload. 0; -EINVAL with error->what and error->byte; -ENOMEM. Events that are no call are read as far as they go: 0. */
int host_read(struct arena *arena, enum host_id host, const char *payload, size_t len, struct host_call *call,
              struct json_error *error);

/* What the host must get for this answer. VERDICT_NONE and other events: empty output. All in the arena. */
void host_write(struct arena *arena, const struct host_call *call, const struct check_answer *answer, struct hook_answer *out);

/* What the host must get when there is no answer. problem: one sentence ("no table of tools is installed"). */
void host_write_failure(struct arena *arena, enum host_id host, const char *problem, struct hook_answer *out);

/* The same for a payload that host_read() refused. */
void host_write_broken(struct arena *arena, enum host_id host, const struct json_error *error, struct hook_answer *out);

/* The reason for the model, as host_write puts it: rule, segment (quoted, bounded), why, safer form, and that a person may
 * approve request N. For tcpctl check as well. command may be NULL. */
void host_reason(struct text *out, const struct check_request *request, const struct check_answer *answer);

#endif
