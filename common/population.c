#include "config.h"

#include "common/population.h"

#include "common/behavior_internal.h"

#include <stdlib.h>
#include <string.h>

#define MAP_SIZE_FIRST 1024

uint64_t population_key(enum population_kind kind, uint32_t a, uint32_t b, uint32_t c)
{
	uint64_t key = behavior_mix(((uint64_t)a << 32 | b) + ((uint64_t)kind + 1) * 0x9E3779B97F4A7C15u);

	key = behavior_mix(key ^ c);
	return key + (key == 0);
}

const struct population_count *population_map_find(const struct population_map *map, uint64_t key)
{
	if (map->size == 0)
		return NULL;
	for (size_t at = key & (map->size - 1);; at = (at + 1) & (map->size - 1)) {
		if (map->slots[at].key == key)
			return &map->slots[at];
		if (map->slots[at].key == 0)
			return NULL;
	}
}

/* The slot of key, or the free one that it would take. */
static struct population_count *place_of(struct population_count *slots, size_t size, uint64_t key)
{
	size_t at = key & (size - 1);

	while (slots[at].key != 0 && slots[at].key != key)
		at = (at + 1) & (size - 1);
	return &slots[at];
}

static bool grow(struct population_map *map)
{
	size_t size = map->size == 0 ? MAP_SIZE_FIRST : 2 * map->size;
	struct population_count *slots = calloc(size, sizeof *slots);

	if (slots == NULL)
		return false;
	for (size_t i = 0; i < map->size; i++)
		if (map->slots[i].key != 0)
			*place_of(slots, size, map->slots[i].key) = map->slots[i];
	free(map->slots);
	map->slots = slots;
	map->size = size;
	return true;
}

struct population_count *population_map_put(struct population_map *map, uint64_t key)
{
	struct population_count *slot;

	if (2 * (map->used + 1) > map->size && !grow(map))
		return NULL;
	slot = place_of(map->slots, map->size, key);
	if (slot->key == 0) {
		slot->key = key;
		map->used++;
	}
	return slot;
}

void population_map_free(struct population_map *map)
{
	free(map->slots);
	memset(map, 0, sizeof *map);
}

void population_init(struct population *population)
{
	memset(population, 0, sizeof *population);
	for (unsigned i = 0; i < POPULATION_SCORES; i++) {
		unsigned score = (unsigned)((double)i * 25 * POPULATION_STEP / FIXED(2.30258509));

		population->scores[CHANNEL_COUNT][i] = score < UINT8_MAX ? (uint8_t)score : UINT8_MAX;
	}
	population_add_up(population);
}

void population_add_up(struct population *population)
{
	for (unsigned i = 0; i < CHANNEL_COUNT; i++) {
		unsigned first = behavior_classes[i].first, end = behavior_classes[i].end;
		uint64_t total = 0;

		for (unsigned class = first; class < end; class++)
			total += population->classes[class];
		for (unsigned class = first; class < end; class++)
			population->class_shares[class] = (((uint64_t)population->classes[class] << 32) + ((uint64_t)1 << 30)) / (total + end - first);
	}
}

/* Both numbers of a key, less the share's. */
static struct population_count count_of(const struct population *population, const struct population_share *share, uint64_t key)
{
	const struct population_count *found = population_map_find(&population->map, key);
	struct population_count count = {0, 0, 0};

	if (found != NULL)
		count = *found;
	found = share != NULL && count.count != 0 ? population_map_find(&share->map, key) : NULL;
	if (found != NULL) {
		count.count -= found->count < count.count ? found->count : count.count;
		count.distinct -= found->distinct < count.distinct ? found->distinct : count.distinct;
	}
	return count;
}

static void totals_of(const struct population *population, const struct population_share *share, struct behavior_prior *out)
{
	static const struct population_share nobody;

	if (share == NULL)
		share = &nobody;
	out->events = population->events - share->events;
	out->vocabulary = population->vocabulary - share->vocabulary;
	out->new_targets = population->new_targets - share->new_targets;
	out->met_targets = population->met_targets - share->met_targets;
	out->class_shares = population->class_shares;
}

static void targets_of(const struct population *population, const struct population_share *share, uint32_t role,
                       const struct behavior_event *event, struct behavior_prior *out)
{
	struct population_count acts = count_of(population, share, population_key(COUNT_ROLE_ACTS, role, event->tool, 0));

	out->acts = acts.count;
	out->distinct = acts.distinct;
	out->act = count_of(population, share, population_key(COUNT_ROLE_ACT, role, event->tool, event->target)).count;
	out->target = count_of(population, share, population_key(COUNT_ROLE_TARGET, role, event->target, 0)).count;
	acts = count_of(population, share, population_key(COUNT_ROLE_TARGETS, role, 0, 0));
	out->target_events = acts.count;
	out->targets = acts.distinct;
}

void population_prior(const struct population *population, const struct population_share *share, uint32_t previous,
                      const struct behavior_event *event, struct behavior_prior *out)
{
	uint32_t role = event->role;

	memset(out, 0, sizeof *out);
	totals_of(population, share, out);
	out->tool = count_of(population, share, population_key(COUNT_TOOL, event->tool, 0, 0)).count;
	if (previous != 0)
		out->pair = count_of(population, share, population_key(COUNT_PAIR, previous, event->tool, 0)).count;
	if (role != 0) {
		out->role_events = count_of(population, share, population_key(COUNT_ROLE, role, 0, 0)).count;
		out->role_tool = count_of(population, share, population_key(COUNT_ROLE_TOOL, role, event->tool, 0)).count;
	}
	if (event->target != 0)
		targets_of(population, share, out->role_events != 0 ? role : 0, event, out);
}
