#ifndef TCPBEHAV_CLIENT_ENDPOINT_H
#define TCPBEHAV_CLIENT_ENDPOINT_H

/* Where the daemon is, and whether who answers there may be believed. Without any library, so that the fast path of
 * hooks uses the same rules as everybody else. Thread safe as far as the environment is left alone. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define ENDPOINT_CONF TCPBEHAV_SYSCONFDIR "/client.conf"
#define ENDPOINT_SYSTEM_SOCKET TCPBEHAV_RUNDIR "/tcpbehavd.sock"
#define ENDPOINT_SERVICE_USER "tcpbehavd"
#define ENDPOINT_WHY_MAX 512

/* What the administrator says in client.conf. */
struct endpoint_settings {
	bool require_system; /* only the system's daemon counts; paths from the caller's environment and options do not */
};

/* Reads client.conf: lines "key: value", "#" starts a comment. A file that is missing, or that others than owner
 * could write, says nothing (then why is set, 1 is returned). A file that cannot be understood counts as "require: system",
 * so that a slip of the pen does not open the gate; -EINVAL and why with file and line. owner: the uid that must own it. */
int endpoint_read_settings(const char *path, uid_t owner, struct endpoint_settings *settings, char *why, size_t why_size);

/* Connects to the daemon: explicit_path (NULL: none), $TCPBEHAVD_SOCKET, $XDG_RUNTIME_DIR/tcpbehavd/tcpbehavd.sock, the system's
 * path; with require_system only the last. A path that somebody named is the only one tried. Checks who listens: root, the
 * service's user, or (not with require_system) the caller's own uid. Waits at most timeout_ms.
 * 0 with a blocking descriptor; -EACCES: somebody else listens there; else the -errno of connecting; always with why. */
int endpoint_connect(const struct endpoint_settings *settings, const char *explicit_path, int timeout_ms, int *fd_out,
                     char *why, size_t why_size);

/* Milliseconds of the monotonic clock, for deadlines. */
int64_t endpoint_now_ms(void);

/* Sends one line (it ends in '\n') and receives one into buffer, which grows by realloc(); its length without the newline goes
 * to len_out. Bytes behind the newline are an error: there was one question. 0; -ETIMEDOUT; -EPROTO: closed early, or above
 * max_bytes, or more than a line; -ENOMEM; -errno. */
int endpoint_exchange(int fd, const char *line, size_t len, int64_t deadline_ms, size_t max_bytes, char **buffer,
                      size_t *buffer_bytes, size_t *len_out);

/* The folder that holds .git and encloses dir (absolute). False when there is none. path_bytes: at least strlen(dir) + 1. */
bool endpoint_repository(const char *dir, char *path, size_t path_bytes);

#endif
