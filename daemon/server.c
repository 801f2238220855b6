#include "config.h"

#include "daemon/server.h"

#include "common/log.h"
#include "common/sock.h"
#include "daemon/clock.h"
#include "daemon/conn.h"
#include "daemon/platform.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TAG "server"
#define BACKLOG 511
#define ACCEPTS_PER_WAKE 16
#define STOP_MS 5000 /* clients that take their answers slower than this are closed when the daemon stops */
#define WHY_MAX 512

struct server {
	struct daemon daemon; /* first: a struct daemon is a struct server */
	struct worker worker;
	struct conns conns;
	uv_loop_t loop;
	struct sock_listener listener; /* made here, or inherited: then there is no lock, and the file is not ours */
	int reserve_fd;                /* given up for a moment when there are no descriptors left */
	uv_poll_t accepting;
	uv_signal_t terminate;
	uv_signal_t interrupt;
	uv_signal_t hangup;
	uv_async_t store_done;
	pthread_mutex_t store_mutex; /* guards store_deaf against the store's thread */
	bool store_deaf;             /* the loop's handles are gone: what is finished is fetched when the store closes */
	uv_check_t after_poll;
	uv_timer_t watchdog;
	uv_timer_t stop_limit;
	uv_timer_t tend; /* runs while something waits for time */
	bool reloading;
	bool stopping;
};

/* --- listening --- */

/* Without a free descriptor the connection would stay in the queue and wake the loop for ever: it is taken and closed. */
static void turn_away(struct server *server)
{
	int fd;

	close(server->reserve_fd);
	fd = accept(server->listener.fd, NULL, NULL);
	if (fd >= 0)
		close(fd);
	server->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	log_warn(TAG, "no file descriptors left: a connection was turned away; raise LimitNOFILE= or ulimit -n");
}

static void on_connection(uv_poll_t *poll, int status, int events)
{
	struct server *server = poll->data;

	(void)events;
	if (status < 0)
		return;
	for (int i = 0; i < ACCEPTS_PER_WAKE; i++) {
		int fd = accept(server->listener.fd, NULL, NULL);

		if (fd < 0 && (errno == EMFILE || errno == ENFILE)) {
			turn_away(server);
			continue;
		}
		if (fd < 0)
			return;
		fcntl(fd, F_SETFD, FD_CLOEXEC);
		conns_open(&server->conns, fd);
	}
}

static int check_inherited(int fd, char *why, size_t why_size)
{
	struct sockaddr_un address;
	socklen_t len = sizeof(address), type_len = sizeof(int);
	int type = 0;

	if (getsockname(fd, (struct sockaddr *)&address, &len) == 0 && address.sun_family == AF_UNIX &&
	    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_len) == 0 && type == SOCK_STREAM)
		return 0;
	snprintf(why, why_size, "the service manager handed over something that is not a Unix stream socket; see ListenStream=");
	return -EINVAL;
}

static int listen_on(struct server *server, char *why, size_t why_size)
{
	const struct conf *conf = &server->daemon.bundle->conf;
	int fds[2], n = platform_inherited_sockets(fds, 2);

	if (n > 1 || n < 0) {
		snprintf(why, why_size, "exactly one socket can be inherited from the service manager, not %s", n > 1 ? "more" : "broken ones");
		return -EINVAL;
	}
	if (n == 1) {
		server->listener.fd = fds[0];
		return check_inherited(fds[0], why, why_size);
	}
	return sock_listen(conf->socket, conf->folder_mode, conf->socket_mode, BACKLOG, &server->listener, why, why_size);
}

static void close_listener(struct server *server)
{
	if (server->listener.lock_fd >= 0)
		sock_listener_close(&server->listener);
	else if (server->listener.fd >= 0)
		close(server->listener.fd);
	server->listener.fd = -1;
}

/* --- the store's thread has finished ops; the loop goes to sleep --- */

static void notify_store_done(void *context)
{
	struct server *server = context;

	pthread_mutex_lock(&server->store_mutex);
	if (!server->store_deaf)
		uv_async_send(&server->store_done);
	pthread_mutex_unlock(&server->store_mutex);
}

static void on_store_done(uv_async_t *async)
{
	struct server *server = async->data;

	store_dispatch_done(server->daemon.store);
}

static void on_tend(uv_timer_t *timer);

static void tend_in_time(struct server *server)
{
	int64_t ms = daemon_tend(&server->daemon, false);
	uv_timer_t *timer = &server->tend;

	if (ms < 0 || uv_is_closing((uv_handle_t *)timer))
		return;
	if (!uv_is_active((uv_handle_t *)timer) || uv_timer_get_due_in(timer) > (uint64_t)ms)
		uv_timer_start(timer, on_tend, (uint64_t)ms, 0);
}

static void on_tend(uv_timer_t *timer)
{
	tend_in_time(timer->data);
}

static void on_after_poll(uv_check_t *check)
{
	struct server *server = check->data;

	store_kick(server->daemon.store);
	tend_in_time(server);
}

static void on_watchdog(uv_timer_t *timer)
{
	(void)timer;
	platform_notify("WATCHDOG=1");
}

/* --- reload --- */

struct reload_job {
	struct worker_job job;
	struct server *server;
	struct bundle *bundle;
	int rc;
	void (*done)(void *context, int rc, const char *why);
	void *context;
	char why[WHY_MAX];
};

static void reload_run(struct worker_job *job)
{
	struct reload_job *reload = (struct reload_job *)job;

	reload->rc = bundle_load(&reload->server->daemon.bundle_source, &reload->bundle, reload->why, sizeof(reload->why));
}

static void reload_finish(struct worker_job *job)
{
	struct reload_job *reload = (struct reload_job *)job;
	struct server *server = reload->server;
	struct daemon *daemon = &server->daemon;

	server->reloading = false;
	if (reload->rc == 0) {
		daemon_take_bundle(daemon, reload->bundle);
		worker_set_limits(&server->worker, &daemon->bundle->conf);
		daemon->stats.reloads++;
		log_notice(TAG, "reloaded: table of %u keys, generation %llu", daemon->bundle->image.table.header->n_keys,
		           (unsigned long long)daemon->bundle->generation);
	} else {
		daemon->stats.reloads_failed++;
		log_error(TAG, "reload failed, everything stays as it was: %s", reload->why);
	}
	platform_notify("READY=1");
	if (reload->done)
		reload->done(reload->context, reload->rc, reload->why);
	free(reload);
}

static bool server_reload(struct daemon *daemon, void (*done)(void *context, int rc, const char *why), void *context)
{
	struct server *server = (struct server *)daemon;
	struct reload_job *reload;
	char state[64];

	if (server->reloading || server->stopping)
		return false;
	reload = calloc(1, sizeof(*reload));
	if (!reload)
		return false;
	*reload = (struct reload_job){ .job.run = reload_run, .job.done = reload_finish, .server = server, .done = done,
		                       .context = context };
	if (worker_start(&server->worker, &reload->job) < 0) {
		free(reload);
		return false;
	}
	server->reloading = true;
	snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)(clock_ns() / 1000));
	platform_notify(state);
	return true;
}

/* --- signals and the end --- */

static void close_handle(uv_handle_t *handle, void *context)
{
	(void)context;
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

/* There are no connections: what is left are the server's own handles, and nothing else keeps the loop alive. */
static void close_handles(struct server *server)
{
	pthread_mutex_lock(&server->store_mutex);
	server->store_deaf = true;
	pthread_mutex_unlock(&server->store_mutex);
	uv_walk(&server->loop, close_handle, NULL);
}

static void on_all_gone(struct conns *conns)
{
	struct server *server = (struct server *)conns->daemon;

	if (server->stopping)
		close_handles(server);
}

static void on_stop_limit(uv_timer_t *timer)
{
	struct server *server = timer->data;

	conns_close_all(&server->conns);
}

static void server_stop(struct server *server)
{
	if (server->stopping)
		return;
	server->stopping = true;
	log_notice(TAG, "stopping");
	platform_notify("STOPPING=1");
	close_handle((uv_handle_t *)&server->accepting, NULL);
	close_listener(server);
	uv_timer_start(&server->stop_limit, on_stop_limit, STOP_MS, 0);
	if (server->conns.first)
		conns_end_all(&server->conns);
	else
		close_handles(server);
}

static void on_signal(uv_signal_t *handle, int number)
{
	struct server *server = handle->data;

	if (number != SIGHUP)
		server_stop(server);
	else if (!server_reload(&server->daemon, NULL, NULL))
		log_warn(TAG, "a reload is under way already");
}

/* --- the start --- */

static int start_signals(struct server *server)
{
	struct {
		uv_signal_t *handle;
		int number;
	} const rows[] = { { &server->terminate, SIGTERM }, { &server->interrupt, SIGINT }, { &server->hangup, SIGHUP } };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(rows) / sizeof(rows[0]); i++) {
		uv_signal_init(&server->loop, rows[i].handle);
		rows[i].handle->data = server;
		rc = uv_signal_start(rows[i].handle, on_signal, rows[i].number);
	}
	signal(SIGPIPE, SIG_IGN); /* a client that is gone is an error of its write */
	signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error of the store */
	return rc;
}

static void start_watchdog(struct server *server)
{
	int ms = platform_watchdog_ms();

	uv_timer_init(&server->loop, &server->watchdog);
	if (ms > 0)
		uv_timer_start(&server->watchdog, on_watchdog, (uint64_t)ms, (uint64_t)ms);
}

static int start_handles(struct server *server)
{
	int rc = uv_async_init(&server->loop, &server->store_done, on_store_done);

	uv_check_init(&server->loop, &server->after_poll);
	uv_timer_init(&server->loop, &server->stop_limit);
	uv_timer_init(&server->loop, &server->tend);
	server->tend.data = server;
	server->store_done.data = server;
	server->after_poll.data = server;
	server->stop_limit.data = server;
	uv_check_start(&server->after_poll, on_after_poll);
	start_watchdog(server);
	return rc < 0 ? rc : start_signals(server);
}

static int start_accepting(struct server *server)
{
	int rc = uv_poll_init(&server->loop, &server->accepting, server->listener.fd); /* makes it non-blocking */

	if (rc < 0)
		return rc;
	server->accepting.data = server;
	return uv_poll_start(&server->accepting, UV_READABLE, on_connection);
}

/* Everything but the loop itself; the order matters: who connects finds a daemon that is complete. */
static int server_start(struct server *server, char *why, size_t why_size)
{
	int rc = listen_on(server, why, why_size);

	if (rc < 0)
		return rc;
	rc = daemon_open_store(&server->daemon, notify_store_done, server, why, why_size);
	if (rc < 0)
		return rc;
	rc = start_handles(server);
	if (rc == 0)
		rc = start_accepting(server);
	if (rc < 0)
		snprintf(why, why_size, "cannot start the loop: %s", uv_strerror(rc));
	return rc;
}

static void announce(const struct server *server)
{
	const struct bundle *bundle = server->daemon.bundle;

	log_notice(TAG, "tcpbehavd " VERSION " answers on %s (%s mode, table of %u keys)", bundle->conf.socket,
	           server->daemon.trust.guarding ? "guarding" : "advisory", bundle->image.table.header->n_keys);
	platform_notify("READY=1");
}

static int server_init(struct server *server, struct bundle *bundle, const struct bundle_source *source)
{
	int rc;

	memset(server, 0, sizeof(*server));
	server->listener.fd = -1;
	server->listener.lock_fd = -1;
	server->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	server->daemon.bundle = bundle;
	server->daemon.bundle_source = *source;
	server->daemon.reload = server_reload;
	server->daemon.started_ms = clock_wall_ms();
	pthread_mutex_init(&server->store_mutex, NULL);
	trust_init(&server->daemon.trust, &bundle->conf, geteuid());
	rc = uv_loop_init(&server->loop);
	if (rc < 0)
		return rc;
	worker_init(&server->worker, &server->loop);
	worker_set_limits(&server->worker, &bundle->conf);
	rc = conns_init(&server->conns, &server->loop, &server->daemon, &server->worker);
	server->conns.on_empty = on_all_gone;
	return rc;
}

static void server_deinit(struct server *server)
{
	close_listener(server);
	daemon_deinit(&server->daemon);
	pthread_mutex_destroy(&server->store_mutex);
	conns_deinit(&server->conns);
	if (server->reserve_fd >= 0)
		close(server->reserve_fd);
}

int server_run(struct bundle *bundle, const struct bundle_source *source, void (*ready)(void *context), void *context, char *why,
               size_t why_size)
{
	struct server *server = malloc(sizeof(*server));
	int rc = server ? server_init(server, bundle, source) : -ENOMEM;

	if (rc < 0) {
		snprintf(why, why_size, "cannot start: %s", uv_strerror(rc));
		free(server);
		return rc;
	}
	rc = server_start(server, why, why_size);
	if (rc == 0) {
		announce(server);
		if (ready)
			ready(context);
	} else {
		close_handles(server);
	}
	uv_run(&server->loop, UV_RUN_DEFAULT);
	uv_loop_close(&server->loop);
	server_deinit(server);
	free(server);
	return rc;
}
