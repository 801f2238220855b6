#include "config.h"
#include "tests/fake_daemon.h"

#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static void answer_line(int fd, enum fake_manner manner, const char *answer)
{
	size_t len = strlen(answer);

	if (manner == FAKE_HANGS)
		pause();
	if (manner == FAKE_ANSWERS)
		send(fd, answer, len, MSG_NOSIGNAL);
	for (size_t i = 0; manner == FAKE_TRICKLES && i < len; i++) {
		usleep(100000);
		send(fd, answer + i, 1, MSG_NOSIGNAL);
	}
}

static void serve(int listener, int seen, enum fake_manner manner, const char *answer)
{
	for (;;) {
		int fd = accept(listener, NULL, NULL);
		char data[65536];
		ssize_t n;

		while ((n = recv(fd, data, sizeof(data), 0)) > 0) {
			if (write(seen, data, (size_t)n) != n)
				_exit(1);
			if (memchr(data, '\n', (size_t)n)) {
				answer_line(fd, manner, answer);
				if (manner == FAKE_CLOSES)
					break;
			}
		}
		close(fd);
	}
}

static int listen_as(const struct fake_daemon *fake, enum fake_manner manner, uid_t uid)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (uid && (setresgid(uid, uid, uid) < 0 || setresuid(uid, uid, uid) < 0))
		return -1;
	strcpy(address.sun_path, fake->path);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, manner == FAKE_IS_FULL ? 0 : 8) < 0)
		return -1;
	if (manner == FAKE_IS_FULL) { /* the queue holds one; fill it */
		int filler = socket(AF_UNIX, SOCK_STREAM, 0);
		connect(filler, (struct sockaddr *)&address, sizeof(address));
	}
	return fd;
}

void fake_daemon_start(struct fake_daemon *fake, enum fake_manner manner, const char *answer, uid_t uid)
{
	int ready[2];
	char byte;

	strcpy(fake->folder, "/tmp/tcpbehav-fake.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(fake->folder));
	ck_assert_int_eq(chmod(fake->folder, 0777), 0);
	snprintf(fake->path, sizeof(fake->path), "%s/socket", fake->folder);
	snprintf(fake->seen, sizeof(fake->seen), "%s/seen", fake->folder);
	ck_assert_int_eq(pipe(ready), 0);
	fake->pid = fork();
	ck_assert_int_ge(fake->pid, 0);
	if (fake->pid == 0) {
		int listener = listen_as(fake, manner, uid);
		int seen = open(fake->seen, O_WRONLY | O_CREAT | O_APPEND, 0600);
		alarm(60);
		if (listener < 0 || seen < 0 || write(ready[1], "", 1) != 1)
			_exit(1);
		close(ready[0]);
		close(ready[1]);
		if (manner == FAKE_IS_FULL)
			pause();
		serve(listener, seen, manner, answer);
	}
	close(ready[1]);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	close(ready[0]);
}

void fake_daemon_stop(struct fake_daemon *fake)
{
	kill(fake->pid, SIGKILL);
	waitpid(fake->pid, NULL, 0);
	unlink(fake->path);
	unlink(fake->seen);
	rmdir(fake->folder);
}
