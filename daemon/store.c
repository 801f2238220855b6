#include "config.h"

#include "daemon/store.h"

#include "common/arena.h"
#include "common/log.h"
#include "common/redact.h"
#include "daemon/clock.h"
#include "daemon/record.h"
#include "daemon/store_sql.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TAG "store"
#define FILE_NAME "state.db"
#define RING_BYTES ((size_t)1 << 23)
#define REDACT_BYTES ((size_t)1 << 16)
#define RETRY_MS 1000            /* after a failed commit */
#define EXPIRE_EVERY_MS 3600000

struct store {
	struct sql *sql;     /* the store's thread only, once it runs */
	struct arena redact; /* the same */
	struct ring ring;
	pthread_t thread;
	pthread_mutex_t mutex; /* guards what is below, up to state */
	pthread_cond_t wake;
	struct store_op *todo;
	struct store_op **todo_tail;
	struct store_op *done;
	struct store_op **done_tail;
	struct store_settings settings;
	struct store_state state;
	bool stopping;
	_Atomic bool sleeping;
	_Atomic uint64_t lost;
	void (*notify)(void *context);
	void *notify_context;
	int64_t expire_at_ms;
};

/* --- the store's thread --- */

/* Secrets go here and not on the loop: they never reach the disk, and no answer waits for the search. */
static int write_record(struct store *store, const void *data)
{
	struct store_row row;
	size_t len;

	record_read(data, &row);
	arena_reset(&store->redact);
	if (row.command)
		row.command = redact(&store->redact, row.command, strlen(row.command), STORE_COMMAND_MAX, &len);
	return sql_add_request(store->sql, &row);
}

static int write_records(struct store *store, uint64_t *n_out)
{
	const void *data;
	size_t len;
	int rc = 0;

	while (rc == 0 && (data = ring_peek(&store->ring, &len))) {
		rc = write_record(store, data);
		++*n_out;
	}
	return rc;
}

static int write_op(struct store *store, const struct store_op *op)
{
	switch (op->kind) {
	case STORE_RULE_ADD:
		return sql_add_rule(store->sql, &op->rule);
	case STORE_APPROVAL_ADD:
		return sql_add_approval(store->sql, &op->approval);
	case STORE_APPROVAL_USED:
		return sql_use_approval(store->sql, op->approval.number);
	case STORE_PROFILE_PUT:
		return sql_put_profile(store->sql, op->profile);
	case STORE_PROFILE_GET:
	case STORE_LOG:
		break;
	}
	return 0;
}

static bool any_urgent(const struct store_op *ops)
{
	while (ops && ops->lazy)
		ops = ops->next;
	return ops != NULL;
}

static int write_all(struct store *store, const struct store_op *ops, uint64_t *n_out)
{
	int rc = sql_begin(store->sql, any_urgent(ops));

	if (rc == 0)
		rc = write_records(store, n_out);
	for (; rc == 0 && ops; ops = ops->next)
		rc = write_op(store, ops);
	return rc == 0 ? sql_commit(store->sql) : rc;
}

/* Says once that the disk fails, and once that it works again. */
static void note_result(struct store *store, int rc, uint64_t n)
{
	bool was_failing;

	pthread_mutex_lock(&store->mutex);
	was_failing = store->state.failing;
	store->state.failing = rc < 0;
	if (rc < 0) {
		store->state.failures++;
		snprintf(store->state.problem, sizeof(store->state.problem), "%s", sql_problem(store->sql));
	} else {
		store->state.commits++;
		store->state.rows += n;
	}
	pthread_mutex_unlock(&store->mutex);
	if (rc < 0 && !was_failing)
		log_error(TAG, "cannot record requests: %s; answers go on, make room on the disk of the state folder",
		          sql_problem(store->sql));
	else if (rc == 0 && was_failing)
		log_notice(TAG, "requests are recorded again");
}

static void commit_batch(struct store *store, struct store_op *ops)
{
	uint64_t n = 0;
	int rc = write_all(store, ops, &n);

	if (rc < 0) {
		sql_rollback(store->sql);
		ring_rewind(&store->ring);
	} else {
		ring_release(&store->ring);
	}
	note_result(store, rc, n);
	for (struct store_op *op = ops; op; op = op->next) {
		op->result = op->kind == STORE_LOG ? sql_log(store->sql, op) : op->kind == STORE_PROFILE_GET ? sql_get_profile(store->sql, op) : rc;
		if (op->result < 0)
			op->result = -EIO;
	}
}

static void expire(struct store *store)
{
	struct store_settings settings;
	int64_t now_ms = clock_wall_ms();
	int rc;

	if (now_ms < store->expire_at_ms)
		return;
	store->expire_at_ms = now_ms + EXPIRE_EVERY_MS;
	pthread_mutex_lock(&store->mutex);
	settings = store->settings;
	pthread_mutex_unlock(&store->mutex);
	rc = sql_begin(store->sql, false);
	if (rc == 0)
		rc = sql_expire(store->sql, &settings, now_ms);
	if (rc == 0)
		rc = sql_commit(store->sql);
	if (rc < 0) {
		log_warn(TAG, "cannot remove what is too old: %s", sql_problem(store->sql));
		sql_rollback(store->sql);
	}
}

static void wait_ms(struct store *store, int64_t ms)
{
	struct timespec until;
	int64_t ns = clock_read_ns(CLOCK_REALTIME) + ms * 1000000;

	until.tv_sec = (time_t)(ns / 1000000000);
	until.tv_nsec = (long)(ns % 1000000000);
	pthread_cond_timedwait(&store->wake, &store->mutex, &until);
}

/* Sleeps until there is something to write, then as long as a group may take; an op ends both. Mutex held. */
static void wait_for_work(struct store *store)
{
	int64_t deadline_ns;

	while (!store->todo && !store->stopping) {
		atomic_store(&store->sleeping, true);
		if (!ring_empty(&store->ring))
			break;
		pthread_cond_wait(&store->wake, &store->mutex);
	}
	atomic_store(&store->sleeping, false);
	deadline_ns = clock_ns() + (store->state.failing ? RETRY_MS : store->settings.commit_ms) * 1000000;
	while (!store->todo && !store->stopping && clock_ns() < deadline_ns &&
	       (store->state.failing || !ring_half_full(&store->ring)))
		wait_ms(store, (deadline_ns - clock_ns()) / 1000000 + 1);
}

static struct store_op *take_todo(struct store *store)
{
	struct store_op *ops = store->todo;

	store->todo = NULL;
	store->todo_tail = &store->todo;
	return ops;
}

/* Mutex held. */
static void give_done(struct store *store, struct store_op *ops)
{
	*store->done_tail = ops;
	while (*store->done_tail)
		store->done_tail = &(*store->done_tail)->next;
}

static void *store_main(void *context)
{
	struct store *store = context;
	bool stopping = false;

	while (!stopping) {
		struct store_op *ops;

		pthread_mutex_lock(&store->mutex);
		wait_for_work(store);
		ops = take_todo(store);
		stopping = store->stopping;
		pthread_mutex_unlock(&store->mutex);
		if (ops || !ring_empty(&store->ring))
			commit_batch(store, ops);
		expire(store);
		if (!ops)
			continue;
		pthread_mutex_lock(&store->mutex);
		give_done(store, ops);
		pthread_mutex_unlock(&store->mutex);
		store->notify(store->notify_context);
	}
	return NULL;
}

/* --- opening --- */

/* The folders above, as far as they are missing. What cannot be made is found out by whoever makes the last one. */
static void make_parents(const char *folder)
{
	char path[1024];

	for (const char *slash = strchr(folder + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		size_t len = (size_t)(slash - folder);

		if (len >= sizeof(path))
			return;
		memcpy(path, folder, len);
		path[len] = '\0';
		mkdir(path, 0755);
	}
}

static int make_folder(const char *folder, char *why, size_t why_size)
{
	make_parents(folder);
	if ((mkdir(folder, 0700) == 0 || errno == EEXIST) && chmod(folder, 0700) == 0)
		return 0;
	int rc = -errno;
	snprintf(why, why_size, "%s: cannot make the state folder private: %s; give another one with --state", folder,
	         strerror(-rc));
	return rc;
}

/* Renames a corrupt database with its helpers; what was in it is for people to look at. */
static int set_aside(const char *path, char *problem, size_t problem_size)
{
	static const char *const suffixes[] = { "", "-wal", "-shm" };
	char stamp[32], from[1200], to[1300];
	time_t now = time(NULL);
	struct tm tm;

	strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", gmtime_r(&now, &tm));
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		snprintf(from, sizeof(from), "%s%s", path, suffixes[i]);
		snprintf(to, sizeof(to), "%s.corrupt-%s%s", path, stamp, suffixes[i]);
		if (rename(from, to) < 0 && errno != ENOENT)
			return -errno;
	}
	snprintf(problem, problem_size, "the database was corrupt and was set aside as " FILE_NAME ".corrupt-%s; recording starts anew",
	         stamp);
	return 0;
}

static int open_database(struct store *store, const char *folder, char *why, size_t why_size)
{
	char path[1100], reason[STORE_WHY_MAX];
	int rc;

	snprintf(path, sizeof(path), "%s/" FILE_NAME, folder);
	rc = sql_open(path, &store->sql, reason, sizeof(reason));
	if (rc == -EBADMSG) {
		log_error(TAG, "%s: %s", path, reason);
		rc = set_aside(path, store->state.problem, sizeof(store->state.problem));
		if (rc == 0) {
			log_error(TAG, "%s", store->state.problem);
			rc = sql_open(path, &store->sql, reason, sizeof(reason));
		}
	}
	if (rc < 0)
		snprintf(why, why_size, "%s: %s", path, reason);
	return rc;
}

static int start_thread(struct store *store)
{
	sigset_t all, old;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &old);
	rc = pthread_create(&store->thread, NULL, store_main, store);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return -rc;
}

static struct store *store_new(const struct store_settings *settings, void (*notify)(void *context), void *notify_context)
{
	struct store *store = calloc(1, sizeof(*store));

	if (!store)
		return NULL;
	pthread_mutex_init(&store->mutex, NULL);
	pthread_cond_init(&store->wake, NULL);
	store->todo_tail = &store->todo;
	store->done_tail = &store->done;
	store->settings = *settings;
	store->notify = notify;
	store->notify_context = notify_context;
	return store;
}

static void store_free(struct store *store)
{
	sql_close(store->sql);
	ring_deinit(&store->ring);
	arena_deinit(&store->redact);
	pthread_cond_destroy(&store->wake);
	pthread_mutex_destroy(&store->mutex);
	free(store);
}

int store_open(const char *folder, const struct store_settings *settings, struct store_loader *loader,
               void (*notify)(void *context), void *notify_context, struct store **store_out, char *why, size_t why_size)
{
	struct store *store;
	int rc = make_folder(folder, why, why_size);

	if (rc < 0)
		return rc;
	store = store_new(settings, notify, notify_context);
	if (!store)
		return -ENOMEM;
	rc = ring_init(&store->ring, RING_BYTES);
	if (rc == 0)
		rc = arena_init(&store->redact, REDACT_BYTES, 0);
	if (rc == 0)
		rc = open_database(store, folder, why, why_size);
	if (rc == 0) {
		rc = sql_load(store->sql, loader, clock_wall_ms());
		if (rc < 0)
			snprintf(why, why_size, "%s/" FILE_NAME ": %s", folder, sql_problem(store->sql));
	}
	if (rc == 0)
		rc = start_thread(store);
	if (rc < 0)
		store_free(store);
	else
		*store_out = store;
	return rc;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	pthread_mutex_lock(&store->mutex);
	store->stopping = true;
	pthread_cond_signal(&store->wake);
	pthread_mutex_unlock(&store->mutex);
	pthread_join(store->thread, NULL);
	for (struct store_op *op = store->todo; op; op = op->next)
		op->result = -EIO;
	give_done(store, take_todo(store));
	store_dispatch_done(store);
	store_free(store);
}

bool store_record(struct store *store, const struct store_row *row)
{
	if (record_add(&store->ring, row))
		return true;
	atomic_fetch_add_explicit(&store->lost, 1, memory_order_relaxed);
	return false;
}

void store_kick(struct store *store)
{
	atomic_thread_fence(memory_order_seq_cst); /* the ring's head is visible before we look whether anybody waits for it */
	if (!(atomic_load(&store->sleeping) && !ring_empty(&store->ring)) && !ring_half_full(&store->ring))
		return;
	pthread_mutex_lock(&store->mutex);
	pthread_cond_signal(&store->wake);
	pthread_mutex_unlock(&store->mutex);
}

void store_submit(struct store *store, struct store_op *op)
{
	op->next = NULL;
	pthread_mutex_lock(&store->mutex);
	*store->todo_tail = op;
	store->todo_tail = &op->next;
	pthread_cond_signal(&store->wake);
	pthread_mutex_unlock(&store->mutex);
}

void store_dispatch_done(struct store *store)
{
	struct store_op *ops;

	pthread_mutex_lock(&store->mutex);
	ops = store->done;
	store->done = NULL;
	store->done_tail = &store->done;
	pthread_mutex_unlock(&store->mutex);
	while (ops) {
		struct store_op *op = ops;

		ops = op->next;
		op->done(op);
	}
}

void store_set(struct store *store, const struct store_settings *settings)
{
	pthread_mutex_lock(&store->mutex);
	store->settings = *settings;
	pthread_mutex_unlock(&store->mutex);
}

void store_status(struct store *store, struct store_state *state)
{
	pthread_mutex_lock(&store->mutex);
	*state = store->state;
	pthread_mutex_unlock(&store->mutex);
	state->lost = atomic_load_explicit(&store->lost, memory_order_relaxed);
}
