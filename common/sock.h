#ifndef TCPBEHAV_SOCK_H
#define TCPBEHAV_SOCK_H

/* Unix stream sockets, the same for both ends. All descriptors are close-on-exec. Errors are -errno with one sentence
 * (what, why, what to do) in why; the functions are thread safe except sock_listen (it sets the umask for a moment). */

#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

#define SOCK_WHY_MAX 512

/* Fills in the address of path. -ENAMETOOLONG or -EINVAL (empty, not absolute) with a reason. */
int sock_address(struct sockaddr_un *address, const char *path, char *why, size_t why_size);

/* Connects to path, waiting at most timeout_ms for room in the listener's queue; 0: not at all. The descriptor is
 * blocking. -ETIMEDOUT: somebody listens, but does not accept; -ECONNREFUSED, -ENOENT: nobody listens. */
int sock_connect(const char *path, int timeout_ms, int *fd_out, char *why, size_t why_size);

/* Who is at the other end of a connected socket. pid 0: not known. */
struct sock_peer {
	uid_t uid;
	gid_t gid;
	pid_t pid;
};

/* 0 or -errno. */
int sock_peer(int fd, struct sock_peer *peer);

/* A listening socket that this process made, with the lock that keeps a second one away. */
struct sock_listener {
	int fd;      /* -1: none */
	int lock_fd; /* holds an flock on PATH.lock as long as the listener lives */
	struct sockaddr_un address;
};

/* Creates the folder of path when it is missing (folder_mode; only the last component), takes the lock, replaces a stale
 * socket, binds with exactly socket_mode and listens. -EADDRINUSE when another process serves the path or when what lies
 * there is not a socket. */
int sock_listen(const char *path, mode_t folder_mode, mode_t socket_mode, int backlog, struct sock_listener *listener,
                char *why, size_t why_size);

/* Removes the socket file, releases the lock; does not close fd when the caller gave it away (fd -1). */
void sock_listener_close(struct sock_listener *listener);

#endif
