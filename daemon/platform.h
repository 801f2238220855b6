#ifndef TCPBEHAV_PLATFORM_H
#define TCPBEHAV_PLATFORM_H

/* What the operating systems do differently; one platform-*.c each. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PLATFORM_NAME_MAX 64

/* One process as it is now. (pid, start) tells it apart from a later one with the same pid. */
struct platform_process {
	pid_t pid;
	pid_t parent;
	uint64_t start;                /* when it started, in the system's own unit */
	uint64_t terminal;             /* its controlling terminal; 0: none */
	char name[PLATFORM_NAME_MAX];  /* of its program, printable */
};

/* 0; -ESRCH when there is no such process, -errno otherwise. */
int platform_process(pid_t pid, struct platform_process *process);

/* True when uid is of the group, as its first or a further one. Asks the user database: not between read and flush of a
 * lookup or check. */
bool platform_in_group(uid_t uid, const char *group);

/* Descriptors that the service manager opened for this process (socket activation), close-on-exec from now on. Returns
 * how many were stored in fds (at most max), 0 when there are none, -errno. Call once. */
int platform_inherited_sockets(int *fds, int max);

/* Tells the service manager ("READY=1", "STOPPING=1", ...); does nothing without one. */
void platform_notify(const char *state);

/* How often the service manager wants to hear WATCHDOG=1, in ms (half of its limit); 0: not at all. */
int platform_watchdog_ms(void);

/* Anonymous memory that holds size bytes of data and that nobody can change any more. On Linux *fd_out is a memfd with all
 * four seals, elsewhere -1. The mapping is for munmap(). 0 or -errno. */
int platform_sealed_memory(const char *name, const void *data, size_t size, const void **map_out, int *fd_out);

/* No core dumps, no reading of this process's memory by others of the same uid. 0 or -errno. */
int platform_forbid_core_dumps(void);

/* The lowest uid of ordinary users: accounts below it belong to the system. */
uid_t platform_first_user_uid(void);

#endif
