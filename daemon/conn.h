#ifndef TCPBEHAV_CONN_H
#define TCPBEHAV_CONN_H

/* Connections: bytes in, lines cut, answers out in the order of their requests. All on the loop's thread.
 *
 * A connection reads until it has answered CONN_LINES_PER_WAKE requests, sends all their answers with one write, and lets the
 * others have their turn; what is still in its buffer raises no event, so an idle handle brings it back. An answer that is
 * deferred holds its place: later ones wait behind it. A client that does not take its answers is not read from, and closed
 * when that lasts too long. */

#include "daemon/buffer.h"
#include "daemon/busypoll.h"
#include "daemon/request.h"
#include "daemon/worker.h"

#define CONN_LINES_PER_WAKE 128

struct conn;
struct slot;

struct conns {
	struct daemon *daemon;
	struct worker *worker;
	struct buffer_pool pool;
	struct arena work; /* of the request that is answered on the loop; one at a time */
	struct arena scratch;
	struct conn *first;
	struct conn *ready; /* have complete lines in their buffers */
	struct slot *spare; /* so that taking a place never fails */
	unsigned writing;   /* connections that wait for their clients to read */
	uv_loop_t *loop;
	uv_idle_t idle;     /* runs while there are ready ones */
	uv_timer_t tick;    /* runs while some are writing */
	struct busypoll busypoll;
	void (*on_empty)(struct conns *conns); /* the last connection is gone; or NULL */
};

/* 0 or -errno. */
int conns_init(struct conns *conns, uv_loop_t *loop, struct daemon *daemon, struct worker *worker);

/* Takes over a connected stream socket. A connection that exceeds a limit gets one error line and is closed. -errno: the
 * descriptor could not be taken and is closed. */
int conns_open(struct conns *conns, int fd);

/* Reads no more from anybody; each connection is closed when its answers are sent. */
void conns_end_all(struct conns *conns);

/* Closes all at once. */
void conns_close_all(struct conns *conns);

/* Once the loop has ended: its handles (idle, tick, busypoll) are closed by whoever ends it. */
void conns_deinit(struct conns *conns);

#endif
