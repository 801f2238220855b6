#ifndef TCPBEHAV_DETACH_H
#define TCPBEHAV_DETACH_H

/* Into the background: the caller's command ends when the daemon answers, or with the daemon's exit status when it fails. */

/* Returns in the child only, with the descriptor for detach_ready(); -errno when that failed. The parent waits and exits. Call before
 * there are threads or locked memory. */
int detach_begin(void);

/* context: int *, what detach_begin() returned. Lets the parent go; standard input, output and error lead nowhere from now
 * on. */
void detach_ready(void *context);

#endif
