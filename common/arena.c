#include "config.h"
#include "common/arena.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define HUGE_BYTES ((size_t)2 << 20) /* blocks are multiples of this from here on: one page fault instead of 512 */
#define GROWTH_MAX (2 * HUGE_BYTES)

struct arena_block {
	struct arena_block *next;
	size_t size;
	_Alignas(16) uint8_t bytes[];
};

static struct arena_block *allocate(size_t bytes)
{
	void *block;

	if (bytes < HUGE_BYTES)
		return malloc(bytes);
	block = aligned_alloc(HUGE_BYTES, bytes);
#ifdef MADV_HUGEPAGE
	if (block)
		madvise(block, bytes, MADV_HUGEPAGE); /* a system that has none goes on with small pages */
#endif
	return block;
}

/* Room for size bytes at least. */
static struct arena_block *block_new(size_t size)
{
	size_t bytes = sizeof(struct arena_block) + size;
	struct arena_block *block;

	if (bytes >= HUGE_BYTES)
		bytes = (bytes + HUGE_BYTES - 1) & ~(HUGE_BYTES - 1);
	block = bytes > size ? allocate(bytes) : NULL;
	if (block) {
		block->next = NULL;
		block->size = bytes - sizeof(*block);
	}
	return block;
}

static void block_enter(struct arena *arena, struct arena_block *block)
{
	arena->current = block;
	arena->next = block->bytes;
	arena->end = block->bytes + block->size;
}

int arena_init(struct arena *arena, size_t first_bytes, size_t limit_bytes)
{
	memset(arena, 0, sizeof(*arena));
	arena->first = block_new(first_bytes);
	if (!arena->first)
		return -ENOMEM;
	arena->limit_bytes = limit_bytes;
	block_enter(arena, arena->first);
	return 0;
}

static void free_from(struct arena_block *block)
{
	while (block) {
		struct arena_block *next = block->next;
		free(block);
		block = next;
	}
}

void arena_deinit(struct arena *arena)
{
	free_from(arena->first);
	memset(arena, 0, sizeof(*arena));
}

void arena_reset(struct arena *arena)
{
	free_from(arena->first->next);
	arena->first->next = NULL;
	arena->used_bytes = 0;
	arena->exhausted = false;
	block_enter(arena, arena->first);
}

void *arena_alloc_slow(struct arena *arena, size_t size)
{
	size_t block_bytes = arena->current->size * 2;
	size_t rounded = (size + 7) & ~(size_t)7;
	struct arena_block *block;

	if (rounded < size || arena->exhausted ||
	    (arena->limit_bytes && arena->used_bytes + rounded > arena->limit_bytes))
		goto exhausted;
	if (block_bytes > GROWTH_MAX - sizeof(*block))
		block_bytes = GROWTH_MAX - sizeof(*block);
	if (block_bytes < rounded)
		block_bytes = rounded;
	block = block_new(block_bytes);
	if (!block)
		goto exhausted;
	arena->current->next = block;
	block_enter(arena, block);
	arena->next += rounded;
	arena->used_bytes += rounded;
	return block->bytes;

exhausted:
	arena->exhausted = true;
	return NULL;
}

void *arena_zalloc(struct arena *arena, size_t size)
{
	void *p = arena_alloc(arena, size);

	if (p)
		memset(p, 0, size);
	return p;
}

char *arena_dup(struct arena *arena, const char *s, size_t len)
{
	char *copy = len < SIZE_MAX ? arena_alloc(arena, len + 1) : NULL;

	if (copy) {
		if (len)
			memcpy(copy, s, len);
		copy[len] = '\0';
	}
	return copy;
}
