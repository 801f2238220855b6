#include "config.h"
#include "common/knowledge_read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SECTION_BYTES_MAX = 1 << 28, SECTION_ITEMS_MIN = 64 };

void section_init(struct knowledge_section *section, size_t item_bytes)
{
	memset(section, 0, sizeof(*section));
	section->item_bytes = (uint32_t)item_bytes;
}

void section_free(struct knowledge_section *section)
{
	free(section->items);
	section->items = NULL;
	section->n = section->room = 0;
}

/* Makes room for more items. */
static bool section_grow(struct reader *reader, struct knowledge_section *section, size_t more)
{
	size_t room = section->room ? section->room : SECTION_ITEMS_MIN;
	void *items;

	if (section->room - section->n >= more)
		return true;
	while (room < section->n + more)
		room *= 2;
	items = room * section->item_bytes <= SECTION_BYTES_MAX ? realloc(section->items, room * section->item_bytes) : NULL;
	if (!items) {
		reader->error = -ENOMEM;
		return false;
	}
	section->items = items;
	section->room = (uint32_t)room;
	return true;
}

uint32_t section_append(struct reader *reader, struct knowledge_section *section, const void *items, size_t n)
{
	uint32_t first = section->n;

	if (reader->error || !section_grow(reader, section, n))
		return 0;
	memcpy((char *)section->items + (size_t)first * section->item_bytes, items, n * section->item_bytes);
	section->n += (uint32_t)n;
	return first;
}

uint32_t section_add(struct reader *reader, struct knowledge_section *section, const void *item)
{
	return section_append(reader, section, item, 1);
}

static uint32_t string_hash(const char *string)
{
	uint32_t hash = UINT32_C(2166136261);

	for (; *string; string++)
		hash = (hash ^ (unsigned char)*string) * UINT32_C(16777619);
	return hash;
}

/* Where string is in the hash table, or the free place (0) where it belongs. */
static uint32_t *find_interned(const struct knowledge *knowledge, const char *string)
{
	uint32_t mask = knowledge->interned.n - 1;
	uint32_t *table = knowledge->interned.items;
	uint32_t i = string_hash(string) & mask;

	while (table[i] && strcmp(stored_string(knowledge, table[i]), string) != 0)
		i = (i + 1) & mask;
	return &table[i];
}

/* Keeps the hash table at most half full. */
static bool rehash(struct reader *reader)
{
	struct knowledge *knowledge = reader->knowledge;
	struct knowledge_section old = knowledge->interned;
	uint32_t n = old.n ? old.n * 2 : 1024;

	if (knowledge->n_interned * 2 < old.n)
		return true;
	section_init(&knowledge->interned, sizeof(uint32_t));
	if (!section_grow(reader, &knowledge->interned, n)) {
		knowledge->interned = old;
		return false;
	}
	memset(knowledge->interned.items, 0, n * sizeof(uint32_t));
	knowledge->interned.n = n;
	for (uint32_t i = 0; i < old.n; i++) {
		uint32_t ref = *SECTION_AT(&old, uint32_t, i);
		if (ref)
			*find_interned(knowledge, stored_string(knowledge, ref)) = ref;
	}
	section_free(&old);
	return true;
}

uint32_t store_string(struct reader *reader, const char *string)
{
	struct knowledge *knowledge = reader->knowledge;
	size_t size = strlen(string) + 1;
	uint32_t *place;

	if (size == 1 || reader->error || !rehash(reader))
		return 0;
	place = find_interned(knowledge, string);
	if (*place)
		return *place;
	*place = section_append(reader, &knowledge->pool, string, size);
	knowledge->n_interned += *place != 0;
	return *place;
}
