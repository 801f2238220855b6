#include "config.h"

#include "daemon/ring.h"

#include <errno.h>
#include <stdlib.h>

/* Before each record; a record never wraps around the end: a filler (len WRAP) takes what is left there. */
struct record_head {
	uint32_t len;
	uint32_t step; /* bytes to the next head */
};

#define WRAP UINT32_MAX

static size_t round_up(size_t len)
{
	return (len + 7) & ~(size_t)7;
}

int ring_init(struct ring *ring, size_t size)
{
	ring->data = malloc(size);
	ring->size = size;
	ring->cursor = 0;
	atomic_init(&ring->head, 0);
	atomic_init(&ring->tail, 0);
	return ring->data ? 0 : -ENOMEM;
}

void ring_deinit(struct ring *ring)
{
	free(ring->data);
	ring->data = NULL;
}

static struct record_head *head_at(const struct ring *ring, size_t position)
{
	return (struct record_head *)(void *)(ring->data + (position & (ring->size - 1)));
}

void *ring_reserve(struct ring *ring, size_t len)
{
	size_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
	size_t room = ring->size - (head - atomic_load_explicit(&ring->tail, memory_order_acquire));
	size_t to_end = ring->size - (head & (ring->size - 1));
	size_t step = round_up(len) + sizeof(struct record_head);
	struct record_head *record;

	if (step > ring->size / 2 || step + (step > to_end ? to_end : 0) > room)
		return NULL;
	if (step > to_end) {
		*head_at(ring, head) = (struct record_head){ WRAP, (uint32_t)to_end };
		head += to_end;
		atomic_store_explicit(&ring->head, head, memory_order_release);
	}
	record = head_at(ring, head);
	*record = (struct record_head){ (uint32_t)len, (uint32_t)step };
	return record + 1;
}

void ring_publish(struct ring *ring)
{
	size_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);

	atomic_store_explicit(&ring->head, head + head_at(ring, head)->step, memory_order_release);
}

const void *ring_peek(struct ring *ring, size_t *len_out)
{
	size_t head = atomic_load_explicit(&ring->head, memory_order_acquire);

	while (ring->cursor != head) {
		const struct record_head *record = head_at(ring, ring->cursor);

		ring->cursor += record->step;
		if (record->len == WRAP)
			continue;
		*len_out = record->len;
		return record + 1;
	}
	return NULL;
}

void ring_release(struct ring *ring)
{
	atomic_store_explicit(&ring->tail, ring->cursor, memory_order_release);
}

void ring_rewind(struct ring *ring)
{
	ring->cursor = atomic_load_explicit(&ring->tail, memory_order_relaxed);
}

bool ring_empty(struct ring *ring)
{
	return atomic_load_explicit(&ring->head, memory_order_acquire) == atomic_load_explicit(&ring->tail, memory_order_relaxed);
}

bool ring_half_full(struct ring *ring)
{
	return atomic_load_explicit(&ring->head, memory_order_relaxed) - atomic_load_explicit(&ring->tail, memory_order_relaxed) >
	       ring->size / 2;
}
