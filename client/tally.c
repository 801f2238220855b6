#include "config.h"
#include "client/tally.h"

#include "client/history.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS (TALLY_ROWS * 2)

static struct tally_row *make_row(struct tally *tally, struct arena *arena, const char *name, uint32_t *slot)
{
	struct tally_row *row;

	if (tally->n == TALLY_ROWS)
		return NULL;
	row = &tally->rows[tally->n];
	*row = (struct tally_row){ .name = arena_dup(arena, name, strlen(name)) };
	if (!row->name)
		return NULL;
	*slot = ++tally->n;
	return row;
}

struct tally_row *tally_add(struct tally *tally, struct arena *arena, const char *name, enum policy_verdict verdict)
{
	uint64_t at = history_key(name) % SLOTS;
	struct tally_row *row;

	while (tally->slots[at] && strcmp(tally->rows[tally->slots[at] - 1].name, name) != 0)
		at = (at + 1) % SLOTS;
	row = tally->slots[at] ? &tally->rows[tally->slots[at] - 1] : make_row(tally, arena, name, &tally->slots[at]);
	if (!row) {
		tally->others++;
		return NULL;
	}
	row->counts[verdict]++;
	row->count++;
	return row;
}

static int compare(const void *left, const void *right)
{
	const struct tally_row *a = left, *b = right;

	if (a->count != b->count)
		return a->count < b->count ? 1 : -1;
	return strcmp(a->name, b->name);
}

void tally_sort(struct tally *tally)
{
	qsort(tally->rows, tally->n, sizeof(*tally->rows), compare);
}
