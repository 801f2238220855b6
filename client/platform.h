#ifndef TCPBEHAV_CLIENT_PLATFORM_H
#define TCPBEHAV_CLIENT_PLATFORM_H

/* What each operating system does differently for a client; one file a system. Thread safe unless said otherwise. */

#include <stddef.h>
#include <sys/types.h>

/* The uid of a local user account. 0, or -ENOENT when there is none. Looks only where system accounts are. */
int platform_user_uid(const char *name, uid_t *uid_out);

/* The absolute path of the running program. 0 or -errno. */
int platform_program_path(char *path, size_t path_bytes);

#endif
