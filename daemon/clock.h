#ifndef TCPBEHAV_CLOCK_H
#define TCPBEHAV_CLOCK_H

/* The clocks. Thread safe, no system call on the usual systems. */

#include <stdint.h>
#include <time.h>

static inline int64_t clock_read_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Since the epoch, in ms: for what people read and what outlives the process. */
static inline int64_t clock_wall_ms(void)
{
	return clock_read_ns(CLOCK_REALTIME) / 1000000;
}

/* For durations. */
static inline int64_t clock_ns(void)
{
	return clock_read_ns(CLOCK_MONOTONIC);
}

#endif
