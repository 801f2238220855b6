#ifndef TCPBEHAV_HEAP_H
#define TCPBEHAV_HEAP_H

/* What the allocator says of itself; the only file that knows which allocator it is. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct heap_state {
	const char *allocator;
	size_t allocated_bytes;
	size_t resident_bytes;
};

/* False when the allocator does not say. */
bool heap_state(struct heap_state *state);

/* Bytes that the calling thread ever allocated: two calls around a piece of code show whether it used the heap.
 * 0 when the allocator does not say. */
uint64_t heap_thread_allocated(void);

#endif
