#include "config.h"

#include "daemon/logger.h"

#include "common/log.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#define LOGGER_BYTES ((size_t)1 << 16)

static struct {
	pthread_t thread;
	pthread_mutex_t mutex; /* never held while writing */
	pthread_cond_t wake;
	char waiting[LOGGER_BYTES];
	char writing[LOGGER_BYTES]; /* the thread's own */
	size_t len;
	unsigned long dropped;
	bool syslog;
	bool running;
	bool stopping;
} logger = { .mutex = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER };

static void logger_sink(void *context, const char *line, size_t len)
{
	(void)context;
	pthread_mutex_lock(&logger.mutex);
	if (logger.len + len > sizeof(logger.waiting)) {
		logger.dropped++;
	} else {
		memcpy(logger.waiting + logger.len, line, len);
		logger.len += len;
		pthread_cond_signal(&logger.wake);
	}
	pthread_mutex_unlock(&logger.mutex);
}

static void write_stderr(const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(STDERR_FILENO, text, len);

		if (n <= 0)
			return;
		text += n;
		len -= (size_t)n;
	}
}

/* Line by line: "<4>tag: text\n" is of priority 4. */
static void write_syslog(const char *text, size_t len)
{
	while (len > 0) {
		const char *end = memchr(text, '\n', len);
		size_t n = end ? (size_t)(end - text) : len;

		if (n > 3 && text[0] == '<')
			syslog(text[1] - '0', "%.*s", (int)(n - 3), text + 3);
		else
			syslog(LOG_WARNING, "%.*s", (int)n, text);
		text += n + (end != NULL);
		len -= n + (end != NULL);
	}
}

static void *logger_main(void *context)
{
	bool stopping = false;

	(void)context;
	while (!stopping) {
		void (*write_text)(const char *text, size_t len);
		unsigned long dropped;
		char note[80];
		size_t len;

		pthread_mutex_lock(&logger.mutex);
		while (logger.len == 0 && !logger.stopping)
			pthread_cond_wait(&logger.wake, &logger.mutex);
		len = logger.len;
		dropped = logger.dropped;
		stopping = logger.stopping;
		write_text = logger.syslog ? write_syslog : write_stderr;
		memcpy(logger.writing, logger.waiting, len);
		logger.len = 0;
		logger.dropped = 0;
		pthread_mutex_unlock(&logger.mutex);
		write_text(logger.writing, len);
		if (dropped) {
			snprintf(note, sizeof(note), "tcpbehavd: %lu log lines were dropped here\n", dropped);
			write_text(note, strlen(note));
		}
	}
	return NULL;
}

int logger_start(void)
{
	sigset_t all, old;
	int rc;

	logger.stopping = false;
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &old);
	rc = pthread_create(&logger.thread, NULL, logger_main, NULL);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (rc != 0)
		return -rc;
	logger.running = true;
	log_set_sink(logger_sink, NULL);
	return 0;
}

void logger_use_syslog(void)
{
	pthread_mutex_lock(&logger.mutex);
	openlog("tcpbehavd", LOG_PID, LOG_DAEMON);
	logger.syslog = true;
	pthread_mutex_unlock(&logger.mutex);
}

void logger_stop(void)
{
	if (!logger.running)
		return;
	log_set_sink(NULL, NULL);
	pthread_mutex_lock(&logger.mutex);
	logger.stopping = true;
	pthread_cond_signal(&logger.wake);
	pthread_mutex_unlock(&logger.mutex);
	pthread_join(logger.thread, NULL);
	logger.running = false;
}
