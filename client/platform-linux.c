#include "config.h"
#include "client/platform.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

/* The uid in a line "name:password:uid:...", or -1. */
static int64_t passwd_line_uid(const char *line, const char *end, const char *name, size_t name_len)
{
	const char *at = line + name_len + 1;
	int64_t uid = 0;

	if ((size_t)(end - line) <= name_len || memcmp(line, name, name_len) != 0 || line[name_len] != ':')
		return -1;
	at = memchr(at, ':', (size_t)(end - at));
	if (!at || ++at == end || *at == ':')
		return -1;
	for (; at < end && *at != ':'; at++) {
		if (*at < '0' || *at > '9' || uid > UINT32_MAX / 10)
			return -1;
		uid = uid * 10 + (*at - '0');
	}
	return uid;
}

/* /etc/passwd by hand: a static program has no name service switch, and the service's account is a local one. */
int platform_user_uid(const char *name, uid_t *uid_out)
{
	int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
	size_t name_len = strlen(name), kept = 0;
	char buffer[8192];
	ssize_t n;

	if (fd < 0)
		return -ENOENT;
	while ((n = read(fd, buffer + kept, sizeof(buffer) - kept)) > 0) {
		char *line = buffer, *end = buffer + kept + (size_t)n, *newline;

		while ((newline = memchr(line, '\n', (size_t)(end - line)))) {
			int64_t uid = passwd_line_uid(line, newline, name, name_len);
			if (uid >= 0) {
				close(fd);
				*uid_out = (uid_t)uid;
				return 0;
			}
			line = newline + 1;
		}
		kept = (size_t)(end - line);
		if (kept == sizeof(buffer))
			break; /* no account has such a line */
		memmove(buffer, line, kept);
	}
	close(fd);
	return -ENOENT;
}

int platform_program_path(char *path, size_t path_bytes)
{
	ssize_t len = readlink("/proc/self/exe", path, path_bytes);

	if (len < 0)
		return -errno;
	if ((size_t)len >= path_bytes)
		return -ENAMETOOLONG;
	path[len] = '\0';
	return 0;
}
