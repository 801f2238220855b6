#ifndef TCPBEHAV_LOGGER_H
#define TCPBEHAV_LOGGER_H

/* Log lines written by a thread of their own: a journal or terminal that does not take them never stops the daemon. Lines
 * that find no room are dropped and counted; how many is said with the next line that gets through. */

/* From now on log lines go through the thread to standard error. 0 or -errno: then they go there directly, as before. */
int logger_start(void);

/* From now on lines go to the system's log instead: for a daemon that has left its terminal. They must be of
 * LOG_FORMAT_JOURNAL. Any thread. */
void logger_use_syslog(void);

/* Writes what is there and ends the thread; lines go to standard error directly again. Does nothing when not started. */
void logger_stop(void);

#endif
