#include "config.h"

#include "daemon/platform.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#ifdef SANITIZED
#define DUMPABLE 1 /* the leak sanitizer traces its own process */
#else
#define DUMPABLE 0
#endif

#define FIRST_INHERITED_FD 3
#define FIRST_USER_UID 1000

/* Reads a small file of /proc whole; bytes read or -errno. */
static ssize_t read_proc(pid_t pid, const char *file, char *text, size_t size)
{
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	n = read(fd, text, size - 1);
	if (n < 0)
		n = -errno;
	else
		text[n] = '\0';
	close(fd);
	return n;
}

/* The name is in parentheses and may hold anything, also parentheses: the last one ends it. */
static int parse_stat(char *text, struct platform_process *process)
{
	char *open = strchr(text, '('), *end = strrchr(text, ')');
	long long terminal, parent;
	unsigned long long start;

	if (!open || !end || end < open)
		return -EIO;
	if (sscanf(end + 1, " %*c %lld %*d %*d %lld %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu", &parent,
	           &terminal, &start) != 3)
		return -EIO;
	*end = '\0';
	snprintf(process->name, sizeof(process->name), "%s", open + 1);
	for (char *p = process->name; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	process->parent = (pid_t)parent;
	process->terminal = (uint64_t)terminal;
	process->start = start;
	return 0;
}

int platform_process(pid_t pid, struct platform_process *process)
{
	char text[1024];
	ssize_t n = read_proc(pid, "stat", text, sizeof(text));

	process->pid = pid;
	return n < 0 ? (int)n : parse_stat(text, process);
}

/* $LISTEN_PID is this process and $LISTEN_FDS a number: that many descriptors from 3 on are ours. */
int platform_inherited_sockets(int *fds, int max)
{
	const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");
	int n;

	if (!pid || !count || strtol(pid, NULL, 10) != (long)getpid())
		return 0;
	n = (int)strtol(count, NULL, 10);
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	if (n > max)
		return -E2BIG;
	for (int i = 0; i < n; i++) {
		fds[i] = FIRST_INHERITED_FD + i;
		if (fcntl(fds[i], F_SETFD, FD_CLOEXEC) < 0)
			return -errno;
	}
	return n > 0 ? n : 0;
}

void platform_notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t len = path ? strlen(path) : 0;
	int fd;

	if (len < 2 || len >= sizeof(address.sun_path) || (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(address.sun_path, path, len);
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	(void)!sendto(fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT, (struct sockaddr *)&address, size);
	close(fd);
}

int platform_watchdog_ms(void)
{
	const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");

	if (!usec || (pid && strtol(pid, NULL, 10) != (long)getpid()))
		return 0;
	return (int)(strtoll(usec, NULL, 10) / 2000);
}

static int write_all(int fd, const void *data, size_t size)
{
	const char *p = data;

	while (size > 0) {
		ssize_t n = write(fd, p, size);

		if (n < 0)
			return -errno;
		p += n;
		size -= (size_t)n;
	}
	return 0;
}

/* Kernels before 6.7 refuse a shared mapping of a write-sealed file even when it is read-only. */
static const void *map_read_only(int fd, size_t size)
{
	void *map = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);

	return map != MAP_FAILED ? map : mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
}

int platform_sealed_memory(const char *name, const void *data, size_t size, const void **map_out, int *fd_out)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING), rc;
	const void *map;

	if (fd < 0)
		return -errno;
	rc = write_all(fd, data, size);
	if (rc == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
		rc = -errno;
	if (rc < 0)
		goto fail;
	map = map_read_only(fd, size);
	if (map == MAP_FAILED) {
		rc = -errno;
		goto fail;
	}
	*map_out = map;
	*fd_out = fd;
	return 0;
fail:
	close(fd);
	return rc;
}

int platform_forbid_core_dumps(void)
{
	struct rlimit none = { 0, 0 };

	if (setrlimit(RLIMIT_CORE, &none) < 0 || prctl(PR_SET_DUMPABLE, DUMPABLE) < 0)
		return -errno;
	return 0;
}

uid_t platform_first_user_uid(void)
{
	return FIRST_USER_UID;
}
