#include "config.h"

#include "daemon/worker.h"

#include <errno.h>

void worker_init(struct worker *worker, uv_loop_t *loop)
{
	*worker = (struct worker){ .loop = loop, .jobs_per_account = 1, .queue_per_account = 1 };
}

void worker_set_limits(struct worker *worker, const struct conf *conf)
{
	worker->jobs_per_account = conf->worker_jobs;
	worker->queue_per_account = conf->worker_queue;
}

static void append_account(struct worker *worker, struct account *account)
{
	account->next_waiting = NULL;
	if (worker->last)
		worker->last->next_waiting = account;
	else
		worker->first = account;
	worker->last = account;
}

static struct account *take_first_account(struct worker *worker)
{
	struct account *account = worker->first;

	worker->first = account->next_waiting;
	if (!worker->first)
		worker->last = NULL;
	return account;
}

static struct worker_job *take_job(struct account *account)
{
	struct worker_job *job = account->jobs;

	account->jobs = job->next;
	if (!account->jobs)
		account->jobs_tail = &account->jobs;
	account->jobs_waiting--;
	return job;
}

static void on_work(uv_work_t *work)
{
	struct worker_job *job = work->data;

	job->run(job);
}

static void start_waiting(struct worker *worker);

static void on_done(uv_work_t *work, int status)
{
	struct worker_job *job = work->data;
	struct worker *worker = job->worker;

	(void)status; /* nothing cancels jobs */
	if (job->account) {
		job->account->jobs_running--;
		worker->running--;
	}
	job->done(job);
	start_waiting(worker);
}

int worker_start(struct worker *worker, struct worker_job *job)
{
	job->worker = worker;
	job->work.data = job;
	return uv_queue_work(worker->loop, &job->work, on_work, on_done);
}

static void start_one(struct worker *worker, struct account *account)
{
	struct worker_job *job = take_job(account);

	account->jobs_running++;
	worker->running++;
	worker_start(worker, job);
}

/* One job of each user in turn. A user whose share runs already goes to the end; when all have, nothing starts. */
static void start_waiting(struct worker *worker)
{
	struct account *stop = NULL;

	while (worker->first && worker->first != stop && worker->running < WORKER_THREADS) {
		struct account *account = take_first_account(worker);

		if (account->jobs_running < worker->jobs_per_account) {
			start_one(worker, account);
			stop = NULL;
		} else if (!stop) {
			stop = account;
		}
		if (account->jobs)
			append_account(worker, account);
	}
}

bool worker_submit(struct worker *worker, struct account *account, struct worker_job *job)
{
	if (account->jobs_waiting >= worker->queue_per_account)
		return false;
	job->account = account;
	job->next = NULL;
	if (!account->jobs)
		append_account(worker, account);
	*account->jobs_tail = job;
	account->jobs_tail = &job->next;
	account->jobs_waiting++;
	start_waiting(worker);
	return true;
}
