#ifndef TCPBEHAV_CONN_INTERNAL_H
#define TCPBEHAV_CONN_INTERNAL_H

/* Between the files of a connection; nobody else includes this. All on the loop's thread.
 *
 *   conn.c          opening, bytes in, one step, bytes out, the end
 *   conn_lines.c    lines cut from what was read, and when not to go on
 *   conn_job.c      one request, answered at once or through a worker
 *   conn_answers.c  answers in the order of their requests, and what a connection is charged for */

#include "daemon/conn.h"

#define CONN_WORK_BYTES ((size_t)1 << 20) /* first block of an arena: an ordinary request needs no more */
#define CONN_SCRATCH_BYTES ((size_t)1 << 18)
#define CONN_ERROR_LINE_MAX 512

#define CONN_LINE_TOO_LONG "the line is longer than limits.line_bytes"
#define CONN_TOO_MUCH_INFLIGHT "this user's requests and answers under way take too much memory (limits.inflight_bytes)"

/* The place of an answer that does not come at once, or that waits behind one. */
struct slot {
	struct reply reply;
	struct slot *next;
	struct conn *conn;
	bool ready;
	char *data;
	size_t len;
};

struct conn {
	uv_pipe_t pipe;
	uv_write_t write;
	struct conns *conns;
	struct conn *next;
	struct conn *previous;
	struct conn *next_ready;
	struct peer peer;
	struct buffer in;
	size_t scanned;        /* bytes of in that hold no newline */
	struct buffer out;     /* answers not yet given to the system */
	struct buffer sending; /* what the write under way holds */
	struct slot *slots;
	struct slot **slots_tail;
	int64_t n_slots;
	size_t slot_bytes;
	size_t job_bytes;
	size_t charged_bytes;  /* of this connection in its account */
	size_t queue_bytes;    /* of the write when it last moved */
	int64_t moved_ns;
	enum conn_reason reason;
	bool first_seen;       /* the first byte was looked at */
	bool is_ready;         /* in the list of ready ones */
	bool skipping;         /* until the next newline */
	bool reading;
	bool writing;
	bool eof;              /* nothing more is read: what is buffered is answered, then the connection ends */
	enum conn_reason eof_reason;
	bool ending;           /* reads no more; closed once everything is sent */
	bool closing;
	bool closed;
};

/* What a connection's lines are waiting for. */
enum conn_progress { CONN_NEED_BYTES, CONN_MORE_LINES, CONN_BLOCKED };

static inline const struct conf *conn_conf(const struct conn *conn)
{
	return &conn->conns->daemon->bundle->conf;
}

/* --- conn.c --- */

/* Does all that can be done now: answers what is buffered, sends, and settles what to wait for. */
void conn_step(struct conn *conn);

/* No more requests; closed once what was asked is answered and sent. */
void conn_end(struct conn *conn, enum conn_reason reason);

/* Closes at once: answers that were not sent are lost. The connection stays until its last deferred answer has come. */
void conn_close(struct conn *conn, enum conn_reason reason);

/* Frees a closed connection that no deferred answer is owed any more. */
void conn_free_when_done(struct conn *conn);

/* --- conn_lines.c --- */

/* Answers the lines that were read, at most CONN_LINES_PER_WAKE of them. The connection may be closed or ending behind it. */
enum conn_progress conn_process(struct conn *conn);

/* The client must take answers, or deferred ones must come, before more is asked. */
bool conn_is_blocked(const struct conn *conn);

/* --- conn_job.c --- */

/* Answers one request, or hands it to a worker. There must be a spare slot. */
void conn_answer_line(struct conn *conn, const char *line, size_t len);

/* --- conn_answers.c --- */

/* Makes sure that the next place in the order of answers can be taken. False: no memory. */
bool conn_have_spare_slot(struct conns *conns);

/* struct request's take_place(): the next place, which must be spare. */
struct reply *conn_take_place(struct request *request);

/* Adds an answer behind those that wait. Without memory the connection is closed. */
void conn_put(struct conn *conn, const char *line, size_t len);
void conn_put_error(struct conn *conn, enum protocol_error code, const char *what);

/* Counts what the connection holds now in its account. */
void conn_charge(struct conn *conn);

#endif
