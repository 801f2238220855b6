#include "config.h"
#include "client/platform.h"

#include <errno.h>
#include <fcntl.h>
#include <mach-o/dyld.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int platform_user_uid(const char *name, uid_t *uid_out)
{
	struct passwd *found, row;
	char buffer[4096];

	if (getpwnam_r(name, &row, buffer, sizeof(buffer), &found) != 0 || !found)
		return -ENOENT;
	*uid_out = row.pw_uid;
	return 0;
}

int platform_program_path(char *path, size_t path_bytes)
{
	uint32_t size = (uint32_t)path_bytes;

	return _NSGetExecutablePath(path, &size) == 0 ? 0 : -ENAMETOOLONG;
}

int platform_memory_file(const void *data, size_t len)
{
	const char *at = data, *end = at + len;
	char name[] = "/tmp/tcpctl.XXXXXX";
	int fd = mkstemp(name);

	if (fd < 0)
		return -errno;
	unlink(name);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	while (at < end) {
		ssize_t n = write(fd, at, (size_t)(end - at));
		if (n < 0 && errno != EINTR) {
			int error = errno;
			close(fd);
			return -error;
		}
		if (n > 0)
			at += n;
	}
	lseek(fd, 0, SEEK_SET);
	return fd;
}
