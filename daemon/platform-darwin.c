#include "config.h"

#include "daemon/platform.h"

#include <errno.h>
#include <fcntl.h>
#include <launch.h>
#include <libproc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/proc_info.h>
#include <sys/ptrace.h>
#include <sys/resource.h>

#define LAUNCHD_SOCKET_NAME "Listener" /* the key below Sockets in the property list */
#define FIRST_USER_UID 500
#define NO_TERMINAL UINT32_MAX

int platform_process(pid_t pid, struct platform_process *process)
{
	struct proc_bsdinfo info;

	if (proc_pidinfo(pid, PROC_PIDTBSDINFO, 0, &info, sizeof(info)) != (int)sizeof(info))
		return -ESRCH;
	process->pid = pid;
	process->parent = (pid_t)info.pbi_ppid;
	process->start = info.pbi_start_tvsec * 1000000 + info.pbi_start_tvusec;
	process->terminal = info.e_tdev == NO_TERMINAL ? 0 : info.e_tdev;
	strlcpy(process->name, info.pbi_name[0] ? info.pbi_name : info.pbi_comm, sizeof(process->name));
	return 0;
}

int platform_inherited_sockets(int *fds, int max)
{
	size_t n;
	int *list, rc = launch_activate_socket(LAUNCHD_SOCKET_NAME, &list, &n);

	if (rc == ESRCH || rc == ENOENT) /* not started by launchd, or without a socket */
		return 0;
	if (rc != 0)
		return -rc;
	rc = n > (size_t)max ? -E2BIG : (int)n;
	for (int i = 0; i < rc; i++) {
		fds[i] = list[i];
		fcntl(fds[i], F_SETFD, FD_CLOEXEC);
	}
	free(list);
	return rc;
}

/* launchd starts what somebody connects to and waits for no word. */
void platform_notify(const char *state)
{
	(void)state;
}

int platform_watchdog_ms(void)
{
	return 0;
}

/* There are no seals here: anonymous memory that is then made read-only. */
int platform_sealed_memory(const char *name, const void *data, size_t size, const void **map_out, int *fd_out)
{
	void *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);

	(void)name;
	if (map == MAP_FAILED)
		return -errno;
	memcpy(map, data, size);
	if (mprotect(map, size, PROT_READ) < 0) {
		int rc = -errno;

		munmap(map, size);
		return rc;
	}
	*map_out = map;
	*fd_out = -1;
	return 0;
}

int platform_forbid_core_dumps(void)
{
	struct rlimit none = { 0, 0 };

	if (setrlimit(RLIMIT_CORE, &none) < 0 || ptrace(PT_DENY_ATTACH, 0, NULL, 0) < 0)
		return -errno;
	return 0;
}

uid_t platform_first_user_uid(void)
{
	return FIRST_USER_UID;
}
