#ifndef TCPBEHAV_RING_H
#define TCPBEHAV_RING_H

/* A ring of records between one thread that writes and one that reads, without a lock: how the loop hands recorded requests
 * to the store's thread. A record that does not fit is refused, never cut. */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ring {
	uint8_t *data;
	size_t size; /* a power of two */
	_Atomic size_t head; /* bytes ever written; only the writer changes it */
	_Atomic size_t tail; /* bytes ever released; only the reader changes it */
	size_t cursor;       /* reader: next record to peek at */
};

/* size: a power of two. 0 or -ENOMEM. */
int ring_init(struct ring *ring, size_t size);
void ring_deinit(struct ring *ring);

/* Writer: room for a record of len bytes, 8-byte aligned, to be filled in and then published; NULL when it does not fit now. */
void *ring_reserve(struct ring *ring, size_t len);
void ring_publish(struct ring *ring);

/* Reader: the next record behind those already peeked at (its length in *len_out), or NULL. */
const void *ring_peek(struct ring *ring, size_t *len_out);

/* Reader: gives back all records that were peeked at; or looks at them again, from the oldest on. */
void ring_release(struct ring *ring);
void ring_rewind(struct ring *ring);

/* Any thread: nothing to read; more than half of the room is taken. */
bool ring_empty(struct ring *ring);
bool ring_half_full(struct ring *ring);

#endif
