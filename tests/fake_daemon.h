#ifndef TCPBEHAV_TESTS_FAKE_DAEMON_H
#define TCPBEHAV_TESTS_FAKE_DAEMON_H

/* Something that listens where a daemon should, in a process of its own, and behaves as told. For tests only. */

#include <sys/types.h>

enum fake_manner {
	FAKE_ANSWERS,   /* answers each line with the given text */
	FAKE_HANGS,     /* accepts, reads, never answers */
	FAKE_IS_FULL,   /* listens and never accepts */
	FAKE_CLOSES,    /* reads a line and closes */
	FAKE_TRICKLES,  /* one byte of the answer every 100 ms */
};

struct fake_daemon {
	char folder[64];
	char path[96];
	char seen[128]; /* file with the lines that it got */
	pid_t pid;
};

/* Starts it in a folder of its own; answer: text with its newline. uid 0: as the caller. Fails the test when that fails. */
void fake_daemon_start(struct fake_daemon *fake, enum fake_manner manner, const char *answer, uid_t uid);

/* Ends it and removes its folder. */
void fake_daemon_stop(struct fake_daemon *fake);

#endif
