#include "config.h"

#include "daemon/conn_internal.h"

#include "daemon/clock.h"

#include <stdlib.h>
#include <string.h>

#define JOB_WORK_LIMIT_BYTES ((size_t)512 << 20)

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

static void begin_request(struct conn *conn, struct request *request, const char *line, size_t len)
{
	memset(request, 0, sizeof(*request));
	request->daemon = conn->conns->daemon;
	request->bundle = conn->conns->daemon->bundle;
	request->peer = &conn->peer;
	request->user = conn->peer.account->user[0] ? conn->peer.account->user : NULL;
	request->rules = conn->peer.account->n_rules > 0 || request->bundle->policy.n_rules > 0;
	request->session = conn->peer.session;
	request->line = line;
	request->len = len;
	request->take_place = conn_take_place;
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
	request.on_loop = true;
	request.work = &conns->work;
	request.scratch = &conns->scratch;
	request_prepare(&request);
	if (request_finish(&request) == REQUEST_ANSWERED)
		conn_put(conn, request.out.data, request.out.len);
}

/* --- beside the loop --- */

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
	else if (conn_have_spare_slot(conn->conns) && request_finish(request) == REQUEST_ANSWERED)
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
	if (arena_init(&job->work, CONN_WORK_BYTES, JOB_WORK_LIMIT_BYTES) == 0 && arena_init(&job->scratch, CONN_SCRATCH_BYTES, 0) == 0) {
		/* hello may change it meanwhile */
		job->request.session = arena_dup(&job->scratch, conn->peer.session, strlen(conn->peer.session));
		if (job->request.session)
			return job;
	}
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

/* --- which of the two --- */

static bool is_blank(const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (line[i] != ' ' && line[i] != '\t' && line[i] != '\r')
			return false;
	return true;
}

void conn_answer_line(struct conn *conn, const char *line, size_t len)
{
	const struct conf *conf = conn_conf(conn);

	if (is_blank(line, len))
		return;
	if (conn->peer.account->inflight_bytes - conn->charged_bytes > conf->inflight_bytes)
		conn_put_error(conn, ERROR_LIMIT, CONN_TOO_MUCH_INFLIGHT);
	else if (len > conf->line_bytes)
		conn_put_error(conn, ERROR_TOO_LARGE, CONN_LINE_TOO_LONG);
	else if (len > conf->inline_bytes)
		answer_beside_loop(conn, line, len);
	else
		answer_inline(conn, line, len);
}
