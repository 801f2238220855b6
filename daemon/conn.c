#include "config.h"

#include "daemon/conn_internal.h"

#include "common/log.h"
#include "common/sock.h"
#include "daemon/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TAG "conn"
#define WORK_LIMIT_BYTES ((size_t)64 << 20)
#define TICK_MS 100

/* In the order of what happens: a connection is opened, bytes are read, a step answers them, the answers are written, the end. */
static void set_reading(struct conn *conn, bool reading);
static void conn_flush(struct conn *conn);

/* --- opening --- */

int conns_init(struct conns *conns, uv_loop_t *loop, struct daemon *daemon, struct worker *worker)
{
	memset(conns, 0, sizeof(*conns));
	conns->daemon = daemon;
	conns->worker = worker;
	conns->loop = loop;
	if (arena_init(&conns->work, CONN_WORK_BYTES, WORK_LIMIT_BYTES) < 0 || arena_init(&conns->scratch, CONN_SCRATCH_BYTES, 0) < 0) {
		arena_deinit(&conns->work);
		return -ENOMEM;
	}
	uv_idle_init(loop, &conns->idle);
	uv_timer_init(loop, &conns->tick);
	busypoll_init(&conns->busypoll, loop);
	conns->idle.data = conns;
	conns->tick.data = conns;
	return 0;
}

static int refuse(struct conns *conns, int fd, enum conn_reason reason)
{
	char line[CONN_ERROR_LINE_MAX];
	size_t len = request_error_line(ERROR_LIMIT, 1000, conn_reason_help(reason), line, sizeof(line));

	conns->daemon->stats.closes[reason]++;
	(void)!send(fd, line, len, MSG_DONTWAIT);
	close(fd);
	return 0;
}

static enum conn_reason over_limit(const struct conns *conns, const struct account *account)
{
	const struct conf *conf = &conns->daemon->bundle->conf;

	if (!account || conns->daemon->connections >= conf->connections_total)
		return CONN_REASON_TOTAL_LIMIT;
	return account->connections >= conf->connections ? CONN_REASON_UID_LIMIT : CONN_REASON_COUNT;
}

static void link_conn(struct conns *conns, struct conn *conn)
{
	conn->next = conns->first;
	if (conn->next)
		conn->next->previous = conn;
	conns->first = conn;
	conn->peer.account->connections++;
	conns->daemon->connections++;
}

int conns_open(struct conns *conns, int fd)
{
	struct sock_peer peer;
	struct account *account;
	enum conn_reason reason;
	struct conn *conn;
	int rc;

	conns->daemon->stats.accepted++;
	if (sock_peer(fd, &peer) < 0)
		return refuse(conns, fd, CONN_REASON_NO_CREDENTIALS);
	account = account_get(&conns->daemon->accounts, peer.uid);
	reason = over_limit(conns, account);
	if (reason != CONN_REASON_COUNT)
		return refuse(conns, fd, reason);
	conn = calloc(1, sizeof(*conn));
	if (!conn)
		return refuse(conns, fd, CONN_REASON_NO_MEMORY);
	conn->conns = conns;
	conn->slots_tail = &conn->slots;
	conn->peer = (struct peer){ .uid = peer.uid, .gid = peer.gid, .pid = peer.pid, .account = account };
	uv_pipe_init(conns->loop, &conn->pipe, 0);
	conn->pipe.data = conn;
	link_conn(conns, conn);
	rc = uv_pipe_open(&conn->pipe, fd);
	if (rc < 0) {
		close(fd);
		conn_close(conn, CONN_REASON_PEER_ERROR);
		return rc;
	}
	set_reading(conn, true);
	return 0;
}

/* --- bytes in --- */

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct conn *conn = handle->data;

	(void)suggested;
	if (!buffer_reserve(&conn->conns->pool, &conn->in, 1)) {
		*buf = uv_buf_init(NULL, 0); /* on_read gets UV_ENOBUFS */
		return;
	}
	*buf = uv_buf_init(conn->in.data + conn->in.len, (unsigned)(conn->in.size - conn->in.len));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct conn *conn = stream->data;

	(void)buf;
	if (n > 0) {
		busypoll_asked(&conn->conns->busypoll);
		conn->in.len += (size_t)n;
	} else {
		buffer_drop(&conn->conns->pool, &conn->in, 0); /* nothing came: an empty buffer goes back */
	}
	if (n == UV_EOF)
		conn->eof = true;
	else if (n < 0)
		conn_close(conn, n == UV_ENOBUFS ? CONN_REASON_NO_MEMORY : CONN_REASON_PEER_ERROR);
	if (n != 0 && !conn->closing)
		conn_step(conn);
}

static void set_reading(struct conn *conn, bool reading)
{
	if (conn->reading == reading)
		return;
	conn->reading = reading;
	if (!reading)
		uv_read_stop((uv_stream_t *)&conn->pipe);
	else if (uv_read_start((uv_stream_t *)&conn->pipe, on_alloc, on_read) < 0)
		conn_close(conn, CONN_REASON_PEER_ERROR);
}

/* --- one step, and whose turn it is --- */

static void on_idle(uv_idle_t *idle)
{
	struct conns *conns = idle->data;
	struct conn *list = conns->ready;

	conns->ready = NULL;
	for (struct conn *conn = list; conn; conn = conn->next_ready)
		conn->is_ready = false;
	while (list) {
		struct conn *conn = list;

		list = conn->next_ready;
		conn_step(conn);
	}
	if (!conns->ready)
		uv_idle_stop(&conns->idle);
}

static void enter_ready(struct conn *conn)
{
	struct conns *conns = conn->conns;

	if (conn->is_ready)
		return;
	conn->is_ready = true;
	conn->next_ready = conns->ready;
	conns->ready = conn;
	uv_idle_start(&conns->idle, on_idle);
}

static void leave_ready(struct conn *conn)
{
	struct conn **at = &conn->conns->ready;

	if (!conn->is_ready)
		return;
	while (*at != conn)
		at = &(*at)->next_ready;
	*at = conn->next_ready;
	conn->is_ready = false;
}

void conn_step(struct conn *conn)
{
	enum conn_progress progress;

	if (conn->closing)
		return;
	progress = conn_process(conn);
	if (!conn->closing)
		conn_flush(conn);
	if (conn->closing)
		return;
	conn_charge(conn);
	if (conn->ending && !conn->slots && !conn->writing && conn->out.len == 0) {
		conn_close(conn, conn->reason);
		return;
	}
	if (progress == CONN_MORE_LINES || (progress == CONN_BLOCKED && !conn->ending && !conn_is_blocked(conn)))
		enter_ready(conn);
	set_reading(conn, progress == CONN_NEED_BYTES && !conn->ending && !conn->eof);
}

/* --- bytes out --- */

static void on_tick(uv_timer_t *tick)
{
	struct conns *conns = tick->data;
	int64_t now_ns = clock_ns();

	for (struct conn *conn = conns->first; conn; conn = conn->next) {
		size_t left = uv_stream_get_write_queue_size((uv_stream_t *)&conn->pipe);

		if (!conn->writing || conn->closing)
			continue;
		if (left != conn->queue_bytes) {
			conn->queue_bytes = left;
			conn->moved_ns = now_ns;
		} else if (now_ns - conn->moved_ns > conn_conf(conn)->write_timeout_ms * 1000000) {
			conn_close(conn, CONN_REASON_SLOW_READER);
		}
	}
}

static void set_writing(struct conn *conn, bool writing)
{
	struct conns *conns = conn->conns;

	if (conn->writing == writing)
		return;
	conn->writing = writing;
	conns->writing += writing ? 1 : (unsigned)-1;
	if (conns->writing == 0)
		uv_timer_stop(&conns->tick);
	else if (!uv_is_active((uv_handle_t *)&conns->tick))
		uv_timer_start(&conns->tick, on_tick, TICK_MS, TICK_MS);
}

static void on_written(uv_write_t *write, int status)
{
	struct conn *conn = write->data;

	if (conn->closing)
		return;
	set_writing(conn, false);
	buffer_release(&conn->conns->pool, &conn->sending);
	if (status < 0)
		conn_close(conn, CONN_REASON_PEER_ERROR);
	else
		conn_step(conn);
}

/* One write for all answers that are there; what the client does not take at once is sent as it reads. */
static void conn_flush(struct conn *conn)
{
	uv_stream_t *stream = (uv_stream_t *)&conn->pipe;
	uv_buf_t buf;
	int n;

	if (conn->writing || conn->out.len == 0)
		return;
	buf = uv_buf_init(conn->out.data, (unsigned)conn->out.len);
	n = uv_try_write(stream, &buf, 1);
	if (n < 0 && n != UV_EAGAIN) {
		conn_close(conn, CONN_REASON_PEER_ERROR);
		return;
	}
	busypoll_answered(&conn->conns->busypoll);
	buffer_drop(&conn->conns->pool, &conn->out, n > 0 ? (size_t)n : 0);
	if (conn->out.len == 0)
		return;
	conn->sending = conn->out;
	conn->out = (struct buffer){ NULL, 0, 0 };
	buf = uv_buf_init(conn->sending.data, (unsigned)conn->sending.len);
	conn->write.data = conn;
	if (uv_write(&conn->write, stream, &buf, 1, on_written) < 0) {
		conn_close(conn, CONN_REASON_PEER_ERROR);
		return;
	}
	set_writing(conn, true);
	conn->queue_bytes = conn->sending.len;
	conn->moved_ns = clock_ns();
}

/* --- the end --- */

void conn_end(struct conn *conn, enum conn_reason reason)
{
	if (conn->ending)
		return;
	conn->ending = true;
	conn->reason = reason;
	buffer_release(&conn->conns->pool, &conn->in);
	conn->scanned = 0;
}

void conn_free_when_done(struct conn *conn)
{
	struct conns *conns = conn->conns;

	if (!conn->closed || conn->slots)
		return;
	if (conn->previous)
		conn->previous->next = conn->next;
	else
		conns->first = conn->next;
	if (conn->next)
		conn->next->previous = conn->previous;
	conn->peer.account->connections--;
	conn->peer.account->inflight_bytes -= conn->charged_bytes;
	conns->daemon->connections--;
	free(conn);
	if (!conns->first && conns->on_empty)
		conns->on_empty(conns);
}

static void on_closed(uv_handle_t *handle)
{
	struct conn *conn = handle->data;

	buffer_release(&conn->conns->pool, &conn->in);
	buffer_release(&conn->conns->pool, &conn->out);
	buffer_release(&conn->conns->pool, &conn->sending);
	conn->closed = true;
	conn_free_when_done(conn);
}

void conn_close(struct conn *conn, enum conn_reason reason)
{
	if (conn->closing)
		return;
	if (!conn->ending)
		conn->reason = reason;
	conn->closing = true;
	leave_ready(conn);
	set_writing(conn, false);
	conn->conns->daemon->stats.closes[conn->reason]++;
	log_debug(TAG, "uid %u, pid %d: %s", conn->peer.uid, (int)conn->peer.pid, conn_reason_help(conn->reason));
	uv_close((uv_handle_t *)&conn->pipe, on_closed);
}

void conns_end_all(struct conns *conns)
{
	struct conn *next;

	for (struct conn *conn = conns->first; conn; conn = next) {
		next = conn->next;
		conn->eof = true;
		conn->eof_reason = CONN_REASON_STOPPING;
		conn_step(conn);
	}
}

void conns_close_all(struct conns *conns)
{
	for (struct conn *conn = conns->first; conn; conn = conn->next)
		conn_close(conn, CONN_REASON_STOPPING);
}

void conns_deinit(struct conns *conns)
{
	arena_deinit(&conns->work);
	arena_deinit(&conns->scratch);
	buffer_pool_deinit(&conns->pool);
	free(conns->spare);
	conns->spare = NULL;
}
