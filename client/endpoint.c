#include "config.h"
#include "client/endpoint.h"

#include "client/platform.h"
#include "common/sock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define CONF_MAX 4096

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0 /* SO_NOSIGPIPE does it there */
#endif

/* One line of client.conf, without its newline. */
static int settings_line(char *line, struct endpoint_settings *settings)
{
	char *comment = strchr(line, '#'), *value;
	size_t len;

	if (comment)
		*comment = '\0';
	line += strspn(line, " \t\r");
	for (len = strlen(line); len && strchr(" \t\r", line[len - 1]); len--)
		line[len - 1] = '\0';
	if (!*line)
		return 0;
	value = strchr(line, ':');
	if (!value)
		return -EINVAL;
	*value++ = '\0';
	value += strspn(value, " \t");
	if (strcmp(line, "require") != 0 || (strcmp(value, "system") != 0 && strcmp(value, "any") != 0))
		return -EINVAL;
	settings->require_system = strcmp(value, "system") == 0;
	return 0;
}

static int settings_text(const char *path, char *text, struct endpoint_settings *settings, char *why, size_t why_size)
{
	unsigned number = 1;

	for (char *line = text, *next; line; line = next, number++) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		if (settings_line(line, settings) < 0) {
			settings->require_system = true;
			snprintf(why, why_size, "%s: line %u: not understood; write \"require: system\" or \"require: any\"",
			         path, number);
			return -EINVAL;
		}
	}
	return 0;
}

int endpoint_read_settings(const char *path, uid_t owner, struct endpoint_settings *settings, char *why, size_t why_size)
{
	char text[CONF_MAX + 1];
	struct stat st;
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	*settings = (struct endpoint_settings){ .require_system = fd < 0 && errno != ENOENT && errno != ENOTDIR };
	*why = '\0';
	if (fd < 0 && settings->require_system) {
		snprintf(why, why_size, "%s: cannot read: %s", path, strerror(errno));
		return -EINVAL;
	}
	if (fd < 0)
		return 0;
	n = fstat(fd, &st) == 0 ? read(fd, text, sizeof(text)) : -1;
	close(fd);
	if (n >= 0 && (st.st_uid != owner || (st.st_mode & (S_IWGRP | S_IWOTH)))) {
		snprintf(why, why_size, "%s: ignored: it must belong to root and be writable by nobody else", path);
		return 1;
	}
	if (n < 0 || n > CONF_MAX) {
		settings->require_system = true;
		snprintf(why, why_size, "%s: cannot be read, or longer than %d bytes", path, CONF_MAX);
		return -EINVAL;
	}
	text[n] = '\0';
	return settings_text(path, text, settings, why, why_size);
}

/* 0 when the peer may speak as the daemon. */
static int endpoint_trust(int fd, const char *path, bool require_system, char *why, size_t why_size)
{
	struct sock_peer peer;
	uid_t service;
	int rc = sock_peer(fd, &peer);

	if (rc < 0) {
		snprintf(why, why_size, "%s: cannot tell who listens: %s", path, strerror(-rc));
		return rc;
	}
	if (peer.uid == 0 || (!require_system && peer.uid == geteuid()))
		return 0;
	if (platform_user_uid(ENDPOINT_SERVICE_USER, &service) == 0 && peer.uid == service)
		return 0;
	snprintf(why, why_size, "%s: user %lu listens there, not root or " ENDPOINT_SERVICE_USER "; its answers are not trusted",
	         path, (unsigned long)peer.uid);
	return -EACCES;
}

static int connect_path(const char *path, bool require_system, int timeout_ms, int *fd_out, char *why, size_t why_size)
{
	int rc = sock_connect(path, timeout_ms, fd_out, why, why_size);

	if (rc < 0)
		return rc;
#ifdef SO_NOSIGPIPE
	setsockopt(*fd_out, SOL_SOCKET, SO_NOSIGPIPE, &(int){ 1 }, sizeof(int));
#endif
	rc = endpoint_trust(*fd_out, path, require_system, why, why_size);
	if (rc < 0)
		close(*fd_out);
	return rc;
}

int endpoint_connect(const struct endpoint_settings *settings, const char *explicit_path, int timeout_ms, int *fd_out,
                     char *why, size_t why_size)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	char path[4096];
	int rc;

	if (settings->require_system)
		return connect_path(ENDPOINT_SYSTEM_SOCKET, true, timeout_ms, fd_out, why, why_size);
	if (!explicit_path)
		explicit_path = getenv("TCPBEHAVD_SOCKET");
	if (explicit_path && *explicit_path)
		return connect_path(explicit_path, false, timeout_ms, fd_out, why, why_size);
	if (runtime && *runtime == '/' &&
	    (size_t)snprintf(path, sizeof(path), "%s/tcpbehavd/tcpbehavd.sock", runtime) < sizeof(path)) {
		rc = connect_path(path, false, timeout_ms, fd_out, why, why_size);
		if (rc != -ENOENT && rc != -ECONNREFUSED)
			return rc;
	}
	return connect_path(ENDPOINT_SYSTEM_SOCKET, false, timeout_ms, fd_out, why, why_size);
}

int64_t endpoint_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Waits until fd is ready for events. 0, -ETIMEDOUT or -errno. */
static int wait_for(int fd, short events, int64_t deadline_ms)
{
	for (;;) {
		struct pollfd item = { .fd = fd, .events = events };
		int64_t left = deadline_ms - endpoint_now_ms();
		int rc = left > 0 ? poll(&item, 1, left < INT32_MAX ? (int)left : INT32_MAX) : 0;

		if (rc > 0)
			return 0;
		if (rc == 0)
			return -ETIMEDOUT;
		if (errno != EINTR)
			return -errno;
	}
}

static int send_all(int fd, const char *data, size_t len, int64_t deadline_ms)
{
	while (len) {
		ssize_t n = send(fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);
		int rc;

		if (n >= 0) {
			data += n;
			len -= (size_t)n;
			continue;
		}
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
		rc = wait_for(fd, POLLOUT, deadline_ms);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int grow(char **buffer, size_t *buffer_bytes, size_t max_bytes)
{
	size_t bytes = *buffer_bytes ? *buffer_bytes * 2 : 4096;
	char *bigger;

	if (*buffer_bytes >= max_bytes)
		return -EPROTO;
	bigger = realloc(*buffer, bytes);
	if (!bigger)
		return -ENOMEM;
	*buffer = bigger;
	*buffer_bytes = bytes;
	return 0;
}

static int receive_line(int fd, int64_t deadline_ms, size_t max_bytes, char **buffer, size_t *buffer_bytes, size_t *len_out)
{
	size_t used = 0;

	for (;;) {
		char *newline;
		ssize_t n;
		int rc = used == *buffer_bytes ? grow(buffer, buffer_bytes, max_bytes) : 0;

		if (rc == 0)
			rc = wait_for(fd, POLLIN, deadline_ms);
		if (rc < 0)
			return rc;
		n = recv(fd, *buffer + used, *buffer_bytes - used, MSG_DONTWAIT);
		if (n == 0)
			return -EPROTO;
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		if (n < 0)
			continue;
		newline = memchr(*buffer + used, '\n', (size_t)n);
		used += (size_t)n;
		if (newline) {
			*len_out = (size_t)(newline - *buffer);
			return *len_out + 1 == used ? 0 : -EPROTO;
		}
	}
}

int endpoint_exchange(int fd, const char *line, size_t len, int64_t deadline_ms, size_t max_bytes, char **buffer,
                      size_t *buffer_bytes, size_t *len_out)
{
	int rc = send_all(fd, line, len, deadline_ms);

	return rc < 0 ? rc : receive_line(fd, deadline_ms, max_bytes, buffer, buffer_bytes, len_out);
}

bool endpoint_repository(const char *dir, char *path, size_t path_bytes)
{
	size_t len = strlen(dir);
	char probe[4096 + sizeof("/.git")];
	struct stat st;

	if (*dir != '/' || len >= path_bytes || len > 4095)
		return false;
	memcpy(probe, dir, len);
	while (len > 1) {
		memcpy(probe + len, "/.git", sizeof("/.git"));
		if (stat(probe, &st) == 0) {
			memcpy(path, probe, len);
			path[len] = '\0';
			return true;
		}
		while (len > 1 && probe[len - 1] != '/')
			len--;
		while (len > 1 && probe[len - 1] == '/')
			len--;
	}
	return false;
}
