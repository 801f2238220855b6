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
