#ifndef TCPBEHAV_WORKER_H
#define TCPBEHAV_WORKER_H

/* Work beside the loop, on libuv's threads: at most limits.worker_jobs at a time for each user, users taking turns, so
 * that one who asks for much does not make the others wait. Loop thread only. */

#include "daemon/account.h"
#include "daemon/conf.h"

#include <uv.h>

#define WORKER_THREADS 4 /* jobs of all users at the same time */

struct worker {
	uv_loop_t *loop;
	unsigned running;
	struct account *first; /* users with jobs that wait, in the order of their turns */
	struct account *last;
	int64_t jobs_per_account;
	int64_t queue_per_account;
};

struct worker_job {
	struct worker_job *next;
	struct worker *worker;
	struct account *account;
	void (*run)(struct worker_job *job);  /* a worker's thread */
	void (*done)(struct worker_job *job); /* the loop's thread; the job is the caller's again */
	uv_work_t work;
};

void worker_init(struct worker *worker, uv_loop_t *loop);

/* Takes the limits of the settings from now on. */
void worker_set_limits(struct worker *worker, const struct conf *conf);

/* Queues a job of an account. False when too many of its jobs wait. */
bool worker_submit(struct worker *worker, struct account *account, struct worker_job *job);

/* Starts a job of the daemon itself at once. 0 or -errno. */
int worker_start(struct worker *worker, struct worker_job *job);

#endif
