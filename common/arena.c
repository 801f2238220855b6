#include "config.h"
#include "common/arena.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct arena_block {
	struct arena_block *next;
	size_t size;
	_Alignas(16) uint8_t bytes[];
};

static struct arena_block *block_new(size_t size)
{
	struct arena_block *block = malloc(sizeof(*block) + size);

	if (block) {
		block->next = NULL;
		block->size = size;
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
	if (block_bytes > (size_t)1 << 22)
		block_bytes = (size_t)1 << 22;
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
