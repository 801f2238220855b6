#include "config.h"

#include "daemon/conn.h"

#include "common/log.h"
#include "common/sock.h"
#include "daemon/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TAG "conn"
#define WORK_BYTES ((size_t)1 << 20)         /* first block of an arena: an ordinary request needs no more */
#define WORK_LIMIT_BYTES ((size_t)64 << 20)
#define JOB_WORK_LIMIT_BYTES ((size_t)512 << 20)
#define SCRATCH_BYTES ((size_t)1 << 18)
#define ERROR_LINE_MAX 512
#define RETRY_MS 50
#define TICK_MS 100

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

/* A long request on its way through a worker. */
struct job {
	struct worker_job job;
	struct conn *conn;
	struct request request;
	struct arena work;
	struct arena scratch;
	size_t len;
	char line[];
};

static const struct conf *conf_of(const struct conn *conn)
{
	return &conn->conns->daemon->bundle->conf;
}

/* --- the end --- */

static void conn_free_when_done(struct conn *conn)
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

static void set_writing(struct conn *conn, bool writing)
{
	struct conns *conns = conn->conns;

	if (conn->writing == writing)
		return;
	conn->writing = writing;
	conns->writing += writing ? 1 : (unsigned)-1;
	if (conns->writing == 0)
		uv_timer_stop(&conns->tick);
}

static void conn_close(struct conn *conn, enum conn_reason reason)
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

/* No more requests; closed once what was asked is answered and sent. */
static void conn_end(struct conn *conn, enum conn_reason reason)
{
	if (conn->ending)
		return;
	conn->ending = true;
	conn->reason = reason;
	buffer_release(&conn->conns->pool, &conn->in);
	conn->scanned = 0;
}

/* --- answers --- */

static void conn_charge(struct conn *conn)
{
	size_t now = buffer_charge(&conn->in) + buffer_charge(&conn->out) + buffer_charge(&conn->sending) + conn->slot_bytes +
	             conn->job_bytes;

	conn->peer.account->inflight_bytes += now - conn->charged_bytes;
	conn->charged_bytes = now;
}

static struct slot *append_slot(struct conn *conn)
{
	struct slot *slot = conn->conns->spare;

	conn->conns->spare = NULL;
	slot->conn = conn;
	*conn->slots_tail = slot;
	conn->slots_tail = &slot->next;
	conn->n_slots++;
	return slot;
}

static bool have_spare_slot(struct conns *conns)
{
	if (!conns->spare)
		conns->spare = calloc(1, sizeof(*conns->spare));
	return conns->spare != NULL;
}

static bool fill_slot(struct slot *slot, const char *line, size_t len)
{
	slot->data = malloc(len ? len : 1);
	if (!slot->data)
		return false;
	memcpy(slot->data, line, len);
	slot->len = len;
	slot->ready = true;
	slot->conn->slot_bytes += len;
	return true;
}

/* Adds an answer behind those that wait. */
static void conn_put(struct conn *conn, const char *line, size_t len)
{
	bool ok;

	if (!conn->slots)
		ok = buffer_put(&conn->conns->pool, &conn->out, line, len);
	else
		ok = have_spare_slot(conn->conns) && fill_slot(append_slot(conn), line, len);
	if (!ok)
		conn_close(conn, CONN_REASON_NO_MEMORY);
}

static void conn_put_error(struct conn *conn, enum protocol_error code, const char *what)
{
	char line[ERROR_LINE_MAX];
	size_t len = request_error_line(code, code == ERROR_LIMIT ? RETRY_MS : 0, what, line, sizeof(line));

	conn->conns->daemon->stats.errors[code]++;
	conn_put(conn, line, len);
}

static struct slot *take_first_slot(struct conn *conn)
{
	struct slot *slot = conn->slots;

	conn->slots = slot->next;
	if (!conn->slots)
		conn->slots_tail = &conn->slots;
	conn->n_slots--;
	return slot;
}

/* Moves the answers that nothing is in front of any more to the out-buffer. */
static void release_slots(struct conn *conn)
{
	while (conn->slots && conn->slots->ready) {
		struct slot *slot = take_first_slot(conn);

		conn->slot_bytes -= slot->len;
		if (!conn->closing && !buffer_put(&conn->conns->pool, &conn->out, slot->data, slot->len))
			conn_close(conn, CONN_REASON_NO_MEMORY);
		free(slot->data);
		free(slot);
	}
}

static void conn_step(struct conn *conn);

/* struct reply's send(): fills the place, also when the client is gone. */
static void slot_send(struct reply *reply, const char *line, size_t len)
{
	struct slot *slot = (struct slot *)reply;
	struct conn *conn = slot->conn;

	if (!fill_slot(slot, line, len)) {
		slot->ready = true;
		conn_close(conn, CONN_REASON_NO_MEMORY);
	}
	release_slots(conn);
	if (conn->closing)
		conn_free_when_done(conn);
	else
		conn_step(conn);
}

static struct reply *take_place(struct request *request)
{
	struct slot *slot = append_slot(request->place);

	slot->reply.send = slot_send;
	return &slot->reply;
}

/* --- requests --- */

static void begin_request(struct conn *conn, struct request *request, const char *line, size_t len)
{
	memset(request, 0, sizeof(*request));
	request->daemon = conn->conns->daemon;
	request->bundle = conn->conns->daemon->bundle;
	request->peer = &conn->peer;
	request->user = conn->peer.account->user[0] ? conn->peer.account->user : NULL;
	request->rules = conn->peer.account->n_rules > 0 || request->bundle->policy.n_rules > 0;
	request->line = line;
	request->len = len;
	request->take_place = take_place;
	request->place = conn;
	request->began_ns = clock_ns();
}

static void answer_inline(struct conn *conn, const char *line, size_t len)
{
	struct conns *conns = conn->conns;
	struct request request;

	arena_reset(&conns->work);
	arena_reset(&conns->scratch);
	begin_request(conn, &request, line, len);
	request.work = &conns->work;
	request.scratch = &conns->scratch;
	request_prepare(&request);
	if (request_finish(&request) == REQUEST_ANSWERED)
		conn_put(conn, request.out.data, request.out.len);
}

static void run_job(struct worker_job *worker_job)
{
	struct job *job = (struct job *)worker_job;

	request_prepare(&job->request);
}

static void free_job(struct job *job)
{
	bundle_unref(job->request.bundle);
	arena_deinit(&job->work);
	arena_deinit(&job->scratch);
	free(job);
}

static void job_done(struct worker_job *worker_job)
{
	struct job *job = (struct job *)worker_job;
	struct request *request = &job->request;
	struct conn *conn = job->conn;

	conn->job_bytes -= job->len;
	if (conn->closing)
		request->reply->send(request->reply, "", 0);
	else if (have_spare_slot(conn->conns) && request_finish(request) == REQUEST_ANSWERED)
		request->reply->send(request->reply, request->out.data, request->out.len);
	free_job(job);
}

static struct job *new_job(struct conn *conn, const char *line, size_t len)
{
	struct job *job = calloc(1, sizeof(*job) + len);

	if (!job)
		return NULL;
	job->conn = conn;
	job->len = len;
	memcpy(job->line, line, len);
	begin_request(conn, &job->request, job->line, len);
	bundle_ref(job->request.bundle);
	job->request.work = &job->work;
	job->request.scratch = &job->scratch;
	job->job.run = run_job;
	job->job.done = job_done;
	if (arena_init(&job->work, WORK_BYTES, JOB_WORK_LIMIT_BYTES) == 0 && arena_init(&job->scratch, SCRATCH_BYTES, 0) == 0)
		return job;
	free_job(job);
	return NULL;
}

static void answer_beside_loop(struct conn *conn, const char *line, size_t len)
{
	struct job *job = new_job(conn, line, len);

	if (!job) {
		conn_close(conn, CONN_REASON_NO_MEMORY);
		return;
	}
	if (!worker_submit(conn->conns->worker, conn->peer.account, &job->job)) {
		free_job(job);
		conn_put_error(conn, ERROR_LIMIT, "too many long requests of this user wait (limits.worker_queue)");
		return;
	}
	conn->conns->daemon->stats.deferred++;
	conn->job_bytes += len;
	request_defer(&job->request);
}

static bool is_blank(const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (line[i] != ' ' && line[i] != '\t' && line[i] != '\r')
			return false;
	return true;
}

static void handle_line(struct conn *conn, const char *line, size_t len)
{
	const struct conf *conf = conf_of(conn);

	if (is_blank(line, len))
		return;
	if (conn->peer.account->inflight_bytes - conn->charged_bytes > conf->inflight_bytes)
		conn_put_error(conn, ERROR_LIMIT, "this user's requests and answers under way take too much memory (limits.inflight_bytes)");
	else if (len > conf->line_bytes)
		conn_put_error(conn, ERROR_TOO_LARGE, "the line is longer than limits.line_bytes");
	else if (len > conf->inline_bytes)
		answer_beside_loop(conn, line, len);
	else
		answer_inline(conn, line, len);
}

/* --- the line loop --- */

enum progress { PROGRESS_NEED_BYTES, PROGRESS_MORE_LINES, PROGRESS_BLOCKED };

/* The client must take answers, or deferred ones must come, before more is asked. */
static bool is_blocked(const struct conn *conn)
{
	return conn->out.len + conn->sending.len > conf_of(conn)->unsent_bytes || conn->n_slots >= conf_of(conn)->deferred;
}

/* Looks at the first byte of the connection: binary frames will start otherwise. */
static bool is_json_lines(struct conn *conn)
{
	if (conn->first_seen || conn->in.len == 0)
		return true;
	conn->first_seen = true;
	if (memchr("{ \t\r\n", conn->in.data[0], 5))
		return true;
	conn_put_error(conn, ERROR_BAD_JSON, "byte 0: a request starts with {");
	conn_end(conn, CONN_REASON_BAD_FRAME);
	return false;
}

/* A line without end: too long, or more than this user may have under way. */
static void check_partial_line(struct conn *conn)
{
	const struct conf *conf = conf_of(conn);
	size_t others = conn->peer.account->inflight_bytes - conn->charged_bytes;

	if (conn->in.len > conf->line_bytes) {
		conn_put_error(conn, ERROR_TOO_LARGE, "the line is longer than limits.line_bytes");
		conn_end(conn, CONN_REASON_LINE_TOO_LONG);
	} else if (conn->in.len >= BUFFER_BASE_BYTES && others > 0 && others + conn->in.len > conf->inflight_bytes) {
		conn_put_error(conn, ERROR_LIMIT, "this user's requests and answers under way take too much memory (limits.inflight_bytes)");
		buffer_release(&conn->conns->pool, &conn->in);
		conn->scanned = 0;
		conn->skipping = true;
	}
}

/* The end of the first line at or behind `from`, or NULL. */
static const char *find_newline(struct conn *conn, size_t from)
{
	size_t start = from > conn->scanned ? from : conn->scanned;

	return conn->in.len > start ? memchr(conn->in.data + start, '\n', conn->in.len - start) : NULL;
}

static enum progress answer_lines(struct conn *conn, size_t *used_out)
{
	size_t at = 0;
	int n = 0;

	for (;; n++) {
		const char *end = find_newline(conn, at);

		*used_out = at;
		if (!end)
			return PROGRESS_NEED_BYTES;
		if (is_blocked(conn))
			return PROGRESS_BLOCKED;
		if (n == CONN_LINES_PER_WAKE)
			return PROGRESS_MORE_LINES;
		if (!have_spare_slot(conn->conns)) {
			conn_close(conn, CONN_REASON_NO_MEMORY);
			return PROGRESS_BLOCKED;
		}
		size_t len = (size_t)(end - conn->in.data) - at;
		if (!conn->skipping)
			handle_line(conn, conn->in.data + at, len);
		conn->skipping = false;
		if (conn->closing)
			return PROGRESS_BLOCKED;
		at += len + 1;
	}
}

/* What follows the last newline when the client has closed its side is a request as well. */
static void answer_rest(struct conn *conn)
{
	if (conn->eof_reason == CONN_REASON_PEER_CLOSED && conn->in.len > 0 && !conn->skipping && have_spare_slot(conn->conns))
		handle_line(conn, conn->in.data, conn->in.len);
	if (!conn->closing)
		conn_end(conn, conn->eof_reason);
}

static enum progress conn_process(struct conn *conn)
{
	enum progress progress;
	size_t used;

	if (conn->ending || !is_json_lines(conn))
		return PROGRESS_BLOCKED;
	progress = answer_lines(conn, &used);
	if (conn->closing)
		return progress;
	buffer_drop(&conn->conns->pool, &conn->in, used);
	conn->scanned = progress == PROGRESS_NEED_BYTES ? conn->in.len : 0;
	if (progress != PROGRESS_NEED_BYTES)
		return progress;
	if (conn->eof)
		answer_rest(conn);
	else
		check_partial_line(conn);
	return PROGRESS_NEED_BYTES;
}

/* --- bytes in and out --- */

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
		} else if (now_ns - conn->moved_ns > conf_of(conn)->write_timeout_ms * 1000000) {
			conn_close(conn, CONN_REASON_SLOW_READER);
		}
	}
}

/* Does all that can be done now: answers what is buffered, sends, and settles what to wait for. */
static void conn_step(struct conn *conn)
{
	enum progress progress;

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
	if (conn->writing && !uv_is_active((uv_handle_t *)&conn->conns->tick))
		uv_timer_start(&conn->conns->tick, on_tick, TICK_MS, TICK_MS);
	if (progress == PROGRESS_MORE_LINES || (progress == PROGRESS_BLOCKED && !conn->ending && !is_blocked(conn)))
		enter_ready(conn);
	set_reading(conn, progress == PROGRESS_NEED_BYTES && !conn->ending && !conn->eof);
}

/* --- opening --- */

int conns_init(struct conns *conns, uv_loop_t *loop, struct daemon *daemon, struct worker *worker)
{
	memset(conns, 0, sizeof(*conns));
	conns->daemon = daemon;
	conns->worker = worker;
	conns->loop = loop;
	if (arena_init(&conns->work, WORK_BYTES, WORK_LIMIT_BYTES) < 0 || arena_init(&conns->scratch, SCRATCH_BYTES, 0) < 0) {
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
	char line[ERROR_LINE_MAX];
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
