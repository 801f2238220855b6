#ifndef TCPBEHAV_ARENA_H
#define TCPBEHAV_ARENA_H

/* A bump allocator: everything that one request needs, released at once by arena_reset().
 * The first block is kept between requests, so that an ordinary request does not touch the heap. Not thread safe. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena_block;

struct arena {
	struct arena_block *first; /* kept by arena_reset */
	struct arena_block *current;
	uint8_t *next;
	uint8_t *end;
	size_t used_bytes;  /* handed out since the last reset */
	size_t limit_bytes; /* 0: none */
	bool exhausted;     /* the limit was reached or memory ran out: what was built is not complete */
};

/* first_bytes: size of the block that is kept; limit_bytes: most that one request may take (0: no limit).
 * Returns 0, or -ENOMEM. */
int arena_init(struct arena *arena, size_t first_bytes, size_t limit_bytes);

/* Frees every block; safe on a zeroed arena and when called twice. */
void arena_deinit(struct arena *arena);

/* Forgets everything handed out, keeps the first block. */
void arena_reset(struct arena *arena);

/* size bytes, 8-byte aligned, not cleared; valid until reset. NULL (and exhausted set) past the limit. */
void *arena_alloc_slow(struct arena *arena, size_t size);

static inline void *arena_alloc(struct arena *arena, size_t size)
{
	size_t rounded = (size + 7) & ~(size_t)7;

	if (rounded < size || rounded > (size_t)(arena->end - arena->next))
		return arena_alloc_slow(arena, size);
	void *p = arena->next;
	arena->next += rounded;
	arena->used_bytes += rounded;
	return p;
}

/* The same, cleared. */
void *arena_zalloc(struct arena *arena, size_t size);

/* A copy of len bytes with a NUL behind it; NULL past the limit. */
char *arena_dup(struct arena *arena, const char *s, size_t len);

#define arena_new(arena, type) ((type *)arena_zalloc((arena), sizeof(type)))

#endif
