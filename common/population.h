#ifndef TCPBEHAV_POPULATION_H
#define TCPBEHAV_POPULATION_H

/* What many agents did: the model that one agent is held against. Made offline from replay lines (population_build.h), kept in a
 * file (population_file.h), then constant: lookups take no lock and allocate nothing. */

#include "common/behavior.h"
#include "common/fixed.h"

#define POPULATION_SCORES 256 /* values of a channel for which the score is kept, POPULATION_STEP apart */
#define POPULATION_STEP (FIXED_ONE / 8)
#define POPULATION_BINS 64    /* of a block's value */
#define POPULATION_ROLES_MAX 4096

/* A count by key: tools, pairs of tools, roles, targets. The key is 64 bits of a hash over kind and parts. */
struct population_count {
	uint64_t key; /* 0: free */
	uint32_t count;
	uint32_t distinct;
};

/* Open addressing, linear probing; size a power of two, at most half full. */
struct population_map {
	struct population_count *slots;
	size_t size; /* 0: empty map */
	size_t used;
};

struct population_channel {
	int32_t low, step;                /* nats: bin b is what lies from low + b step on */
	int32_t evalue[POPULATION_BINS];  /* ln e of a block in the bin */
};

struct population {
	struct population_map map;
	uint32_t events, vocabulary;
	uint32_t new_targets, met_targets;
	uint32_t classes[CLASS_COUNT];
	uint64_t class_shares[CLASS_COUNT]; /* made of them by population_add_up() */
	struct population_channel channels[CHANNEL_COUNT];
	uint8_t scores[CHANNEL_COUNT + 1][POPULATION_SCORES]; /* of evidence, last: of the intent; values below 0 score 0 */
	char version[64]; /* what it was made from, for people */
};

/* What one source put into a population: its share of the same counts. */
struct population_share {
	struct population_map map;
	uint32_t events, vocabulary; /* vocabulary: tools that nobody else used */
	uint32_t new_targets, met_targets;
};

/* The counts of event, behind the tool previous (0: none), less those of share (NULL: nothing is taken out). */
void population_prior(const struct population *population, const struct population_share *share, uint32_t previous,
                      const struct behavior_event *event, struct behavior_prior *out);

/* A population of nobody. Blocks are no evidence then, and an intent scores as if it were exactly as rare as it says. */
void population_init(struct population *population);

/* The shares of the classes, once they are counted. */
void population_add_up(struct population *population);

/* What the map counts. */
enum population_kind {
	COUNT_TOOL,        /* tool */
	COUNT_PAIR,        /* previous, tool */
	COUNT_ROLE,        /* role; distinct: different targets */
	COUNT_ROLE_TOOL,   /* role, tool */
	COUNT_ROLE_ACTS,   /* role, tool: with a target; distinct: different ones */
	COUNT_ROLE_ACT,    /* role, tool, target */
	COUNT_ROLE_TARGET, /* role, target */
	COUNT_ROLE_TARGETS /* role: events with a target */
};

uint64_t population_key(enum population_kind kind, uint32_t a, uint32_t b, uint32_t c);

/* The entry of key, or NULL. */
const struct population_count *population_map_find(const struct population_map *map, uint64_t key);

/* The entry of key, made if need be; NULL without memory. Pointers into the map become stale. */
struct population_count *population_map_put(struct population_map *map, uint64_t key);

void population_map_free(struct population_map *map);

/* The bin of a block's value. */
static inline unsigned population_bin(const struct population_channel *channel, int32_t value)
{
	int64_t above = (int64_t)value - channel->low;

	if (above < 0 || channel->step <= 0)
		return 0;
	return above / channel->step >= POPULATION_BINS ? POPULATION_BINS - 1 : (unsigned)(above / channel->step);
}

/* Score of a channel's value. */
static inline uint8_t population_score(const struct population *population, unsigned channel, int32_t value)
{
	uint32_t at = value <= 0 ? 0 : (uint32_t)value / POPULATION_STEP;

	return population->scores[channel][at < POPULATION_SCORES ? at : POPULATION_SCORES - 1];
}

#endif
