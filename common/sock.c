#include "config.h"

#include "common/sock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LOCK_SUFFIX ".lock"

static int sock_fail(int error, char *why, size_t why_size, const char *path, const char *what, const char *remedy)
{
	snprintf(why, why_size, "%s: %s: %s%s%s", path, what, strerror(error), *remedy ? "; " : "", remedy);
	return -error;
}

int sock_address(struct sockaddr_un *address, const char *path, char *why, size_t why_size)
{
	size_t len = strlen(path);

	if (path[0] != '/') {
		snprintf(why, why_size, "socket path \"%s\" is not absolute; start it with /", path);
		return -EINVAL;
	}
	if (len >= sizeof(address->sun_path)) {
		snprintf(why, why_size, "socket path of %zu bytes is too long, %zu are possible; use a shorter folder: %s",
		         len, sizeof(address->sun_path) - 1, path);
		return -ENAMETOOLONG;
	}
	memset(address, 0, sizeof(*address));
	address->sun_family = AF_UNIX;
	memcpy(address->sun_path, path, len + 1);
	return 0;
}

/* A close-on-exec Unix stream socket, or -errno. */
static int sock_new(void)
{
#ifdef SOCK_CLOEXEC
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? -errno : fd;
#else
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (fd < 0)
		return -errno;
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	return fd;
#endif
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* connect() until there is room in the listener's queue: a Unix socket says EAGAIN at once when it is full and raises
 * no event when that changes, so this asks again each millisecond. */
static int sock_connect_until(int fd, const struct sockaddr_un *address, int64_t deadline_ms)
{
	for (;;) {
		if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0)
			return 0;
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
		if (now_ms() >= deadline_ms)
			return -ETIMEDOUT;
		poll(NULL, 0, 1);
	}
}

int sock_connect(const char *path, int timeout_ms, int *fd_out, char *why, size_t why_size)
{
	struct sockaddr_un address;
	int fd, rc = sock_address(&address, path, why, why_size);

	if (rc < 0)
		return rc;
	fd = sock_new();
	if (fd < 0)
		return sock_fail(-fd, why, why_size, path, "cannot make a socket", "");
	fcntl(fd, F_SETFL, O_NONBLOCK);
	rc = sock_connect_until(fd, &address, now_ms() + timeout_ms);
	if (rc < 0) {
		close(fd);
		return sock_fail(-rc, why, why_size, path, "cannot connect",
		                 rc == -ENOENT || rc == -ECONNREFUSED ? "is tcpbehavd running?" : "");
	}
	fcntl(fd, F_SETFL, 0);
	*fd_out = fd;
	return 0;
}

#ifdef SO_PEERCRED

int sock_peer(int fd, struct sock_peer *peer)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		return -errno;
	*peer = (struct sock_peer){ .uid = cred.uid, .gid = cred.gid, .pid = cred.pid };
	return 0;
}

#else

int sock_peer(int fd, struct sock_peer *peer)
{
	socklen_t len = sizeof(peer->pid);

	if (getpeereid(fd, &peer->uid, &peer->gid) < 0)
		return -errno;
	if (getsockopt(fd, SOL_LOCAL, LOCAL_PEERPID, &peer->pid, &len) < 0)
		peer->pid = 0;
	return 0;
}

#endif

/* The folder that holds the socket: made when missing, with its mode whatever the umask says. */
static int sock_make_folder(const char *path, mode_t mode, char *why, size_t why_size)
{
	char folder[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
	const char *slash = strrchr(path, '/');
	size_t len = (size_t)(slash - path);

	if (len == 0)
		return 0;
	memcpy(folder, path, len);
	folder[len] = '\0';
	if (mkdir(folder, mode) == 0)
		return chmod(folder, mode) == 0 ? 0 : sock_fail(errno, why, why_size, folder, "cannot set the mode", "");
	if (errno == EEXIST)
		return 0;
	return sock_fail(errno, why, why_size, folder, "cannot make the socket's folder",
	                 "make it, or give another path with --socket");
}

static int sock_take_lock(const struct sockaddr_un *address, int *fd_out, char *why, size_t why_size)
{
	char path[sizeof(address->sun_path) + sizeof(LOCK_SUFFIX)];
	int fd, error;

	snprintf(path, sizeof(path), "%s" LOCK_SUFFIX, address->sun_path);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return sock_fail(errno, why, why_size, path, "cannot open the lock", "give another path with --socket");
	if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
		*fd_out = fd;
		return 0;
	}
	error = errno;
	close(fd);
	if (error != EWOULDBLOCK)
		return sock_fail(error, why, why_size, path, "cannot lock", "");
	snprintf(why, why_size, "%s: another tcpbehavd serves this socket; stop it first, or give another path with --socket",
	         address->sun_path);
	return -EADDRINUSE;
}

/* Removes a socket that nobody serves. The lock is held: no other tcpbehavd comes in between. */
static int sock_remove_stale(const struct sockaddr_un *address, char *why, size_t why_size)
{
	const char *path = address->sun_path;
	struct stat st;
	int fd, rc;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : sock_fail(errno, why, why_size, path, "cannot look at", "");
	if (!S_ISSOCK(st.st_mode)) {
		snprintf(why, why_size, "%s: exists and is not a socket; remove it, or give another path with --socket", path);
		return -EADDRINUSE;
	}
	rc = sock_connect(path, 0, &fd, why, why_size);
	if (rc == 0)
		close(fd);
	if (rc == 0 || rc == -ETIMEDOUT) {
		snprintf(why, why_size, "%s: another process serves this socket; stop it first, or give another path with --socket",
		         path);
		return -EADDRINUSE;
	}
	if (unlink(path) < 0)
		return sock_fail(errno, why, why_size, path, "cannot remove the stale socket", "");
	return 0;
}

static int sock_bind(struct sock_listener *listener, mode_t mode, int backlog)
{
	int fd = sock_new(), rc = 0;
	mode_t old;

	if (fd < 0)
		return fd;
	old = umask(0777 & ~mode);
	if (bind(fd, (struct sockaddr *)&listener->address, sizeof(listener->address)) < 0 || listen(fd, backlog) < 0)
		rc = -errno;
	umask(old);
	if (rc < 0)
		close(fd);
	else
		listener->fd = fd;
	return rc;
}

int sock_listen(const char *path, mode_t folder_mode, mode_t socket_mode, int backlog, struct sock_listener *listener,
                char *why, size_t why_size)
{
	int rc = sock_address(&listener->address, path, why, why_size);

	listener->fd = -1;
	listener->lock_fd = -1;
	if (rc < 0)
		return rc;
	rc = sock_make_folder(path, folder_mode, why, why_size);
	if (rc < 0)
		return rc;
	rc = sock_take_lock(&listener->address, &listener->lock_fd, why, why_size);
	if (rc < 0)
		return rc;
	rc = sock_remove_stale(&listener->address, why, why_size);
	if (rc == 0) {
		rc = sock_bind(listener, socket_mode, backlog);
		if (rc < 0)
			sock_fail(-rc, why, why_size, path, "cannot listen", "");
	}
	if (rc < 0) {
		close(listener->lock_fd);
		listener->lock_fd = -1;
	}
	return rc;
}

void sock_listener_close(struct sock_listener *listener)
{
	if (listener->lock_fd < 0)
		return;
	unlink(listener->address.sun_path);
	if (listener->fd >= 0)
		close(listener->fd);
	close(listener->lock_fd);
	listener->fd = -1;
	listener->lock_fd = -1;
}
