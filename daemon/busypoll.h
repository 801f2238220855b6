#ifndef TCPBEHAV_BUSYPOLL_H
#define TCPBEHAV_BUSYPOLL_H

/* Keeps the loop awake for a moment while a client asks one request after the other: falling asleep and being woken costs
 * several times what a request does. Only after BUSYPOLL_QUICK requests in a row that each came within BUSYPOLL_NS of an answer,
 * and never longer than BUSYPOLL_NS behind one: a single call, or calls with pauses, never make it spin. */

#include <stdint.h>
#include <uv.h>

#define BUSYPOLL_NS 50000
#define BUSYPOLL_QUICK 8

struct busypoll {
	uv_idle_t idle; /* closed by whoever ends the loop */
	int64_t answered_ns;
	unsigned quick; /* requests in a row that came soon after an answer */
};

void busypoll_init(struct busypoll *busypoll, uv_loop_t *loop);

/* Something was read; something was answered. */
void busypoll_asked(struct busypoll *busypoll);
void busypoll_answered(struct busypoll *busypoll);

#endif
