#ifndef TCPBEHAV_FAKE_RUN_H
#define TCPBEHAV_FAKE_RUN_H

/* Stands in for eval.c, command.c and effect.c in tests of code*.c and content*.c: what they are told is written down as
 * "delete /x; sh rm y", with "$" for TEXT_UNKNOWN. home is /home/dev, cwd /home/dev/p. */

#include "common/run.h"

extern struct arena fake_arena; /* the test inits and deinits it */
extern struct run fake_run;
extern char fake_log[8192];

/* A fresh run and an empty log. */
void fake_begin(void);

#endif
