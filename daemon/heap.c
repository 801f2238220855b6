#include "config.h"

#include "daemon/heap.h"

#ifdef HAVE_JEMALLOC

#include <jemalloc/jemalloc.h>

static size_t read_size(const char *name)
{
	size_t value = 0, len = sizeof(value);

	return mallctl(name, &value, &len, NULL, 0) == 0 ? value : 0;
}

bool heap_state(struct heap_state *state)
{
	uint64_t epoch = 1;
	size_t len = sizeof(epoch);

	mallctl("epoch", &epoch, &len, &epoch, len); /* statistics are as of the last change of the epoch */
	state->allocator = "jemalloc";
	state->allocated_bytes = read_size("stats.allocated");
	state->resident_bytes = read_size("stats.resident");
	return true;
}

uint64_t heap_thread_allocated(void)
{
	uint64_t value = 0;
	size_t len = sizeof(value);

	return mallctl("thread.allocated", &value, &len, NULL, 0) == 0 ? value : 0;
}

#else

bool heap_state(struct heap_state *state)
{
	state->allocator = "libc";
	return false;
}

uint64_t heap_thread_allocated(void)
{
	return 0;
}

#endif
