#ifndef TCPBEHAV_REQUEST_H
#define TCPBEHAV_REQUEST_H

/* One request on its way through the daemon, in two steps: request_prepare() is pure and runs wherever there is time (the loop, or
 * a worker when the request is long); request_finish() decides, records and writes the answer, on the loop's thread. */

#include "common/host.h"
#include "common/project.h"
#include "daemon/daemon.h"
#include "daemon/peer.h"

/* Where an answer goes that does not come at once. send() must be called exactly once, on the loop's thread, with one line
 * and its newline; reply is gone then. The connection may have been closed meanwhile. */
struct reply {
	void (*send)(struct reply *reply, const char *line, size_t len);
};

struct request {
	struct daemon *daemon;
	struct bundle *bundle; /* what it is judged by, from start to end */
	struct peer *peer;     /* loop thread only */
	const char *user;      /* name of the peer's account, or NULL */
	const char *session;   /* that hello named, or "" */
	bool on_loop;          /* prepared there, too */
	bool rules; /* there are rules to hold against it */
	const char *line;
	size_t len;
	struct arena *work;    /* takes what decoding and analysis need; bounded */
	struct arena *scratch; /* takes the answer and what is needed to write it */
	struct text out;       /* the answer: one line */
	enum protocol_error failed_with; /* of the error in out; ERROR_COUNT: it is none */
	int64_t began_ns;
	/* The place of this answer in the connection's order. request_defer() takes it. */
	struct reply *reply;
	struct reply *(*take_place)(struct request *request);
	void *place;
	/* filled in by request_prepare() */
	int opened; /* result of decoding: 0, or -EINVAL with error */
	struct message message;
	struct message_error error;
	struct check_request check; /* check, analyze, explain, hook */
	struct analysis analysis;
	struct project project;
	struct hook_request hook;
	struct note_request note;
	struct session_targets *targets; /* of note */
	struct host_call call;
	int host;                  /* enum host_id */
	const struct json_error *host_error; /* why the payload could not be read; NULL: it could */
};

enum request_result { REQUEST_ANSWERED, REQUEST_DEFERRED };

void request_prepare(struct request *request);
enum request_result request_finish(struct request *request);

/* For handlers whose answer waits for the disk: from now on request->reply is theirs. Never NULL. */
struct reply *request_defer(struct request *request);

/* Writes an error as the answer. */
void request_fail(struct request *request, enum protocol_error code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The error line for a request that could not even be looked at (limits); len bytes in line, with newline. */
size_t request_error_line(enum protocol_error code, uint32_t retry_after_ms, const char *what, char *line, size_t size);

#endif
