#include "config.h"

#include "daemon/busypoll.h"

#include "daemon/clock.h"

void busypoll_init(struct busypoll *busypoll, uv_loop_t *loop)
{
	uv_idle_init(loop, &busypoll->idle);
	busypoll->idle.data = busypoll;
	busypoll->answered_ns = 0;
	busypoll->quick = 0;
}

/* Runs on every turn of the loop; while it is active the loop polls instead of sleeping. */
static void on_turn(uv_idle_t *idle)
{
	struct busypoll *busypoll = idle->data;

	if (clock_ns() - busypoll->answered_ns <= BUSYPOLL_NS)
		return;
	busypoll->quick = 0;
	uv_idle_stop(idle);
}

void busypoll_asked(struct busypoll *busypoll)
{
	if (clock_ns() - busypoll->answered_ns > BUSYPOLL_NS)
		busypoll->quick = 0;
	else if (busypoll->quick < BUSYPOLL_QUICK)
		busypoll->quick++;
}

void busypoll_answered(struct busypoll *busypoll)
{
	busypoll->answered_ns = clock_ns();
	if (busypoll->quick == BUSYPOLL_QUICK)
		uv_idle_start(&busypoll->idle, on_turn);
}
