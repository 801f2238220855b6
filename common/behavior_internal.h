#ifndef TCPBEHAV_BEHAVIOR_INTERNAL_H
#define TCPBEHAV_BEHAVIOR_INTERNAL_H

/* Between behavior.c (scores), behavior_learn.c (commits) and behavior_slots.c (counts). */

#include "common/behavior.h"

#define COUNT_MAX 4095u
#define SHORT_SESSION_START 0x8000 /* in behavior.tools: the first of a session */

/* The agent's short form of a tool's or target's hash, 1..0x7FFF. */
static inline uint16_t behavior_short(uint32_t hash)
{
	uint32_t folded = (hash ^ hash >> 15) & 0x7FFF;

	return (uint16_t)(folded + (folded == 0));
}

static inline uint64_t behavior_mix(uint64_t x)
{
	x ^= x >> 32;
	x *= 0xD6E8FEB86659FD93u;
	x ^= x >> 32;
	x *= 0xD6E8FEB86659FD93u;
	return x ^ x >> 32;
}

/* The key of a tool, of a tool behind another, of a target of a tool (all in short form). */
static inline uint64_t slot_key_tool(uint16_t tool)
{
	return behavior_mix(tool);
}

static inline uint64_t slot_key_pair(uint16_t previous, uint16_t tool)
{
	return behavior_mix((uint64_t)1 << 32 | (uint64_t)previous << 16 | tool);
}

static inline uint64_t slot_key_act(uint16_t tool, uint16_t target)
{
	return behavior_mix((uint64_t)2 << 32 | (uint64_t)tool << 16 | target);
}

struct slot {
	uint32_t count;
	uint32_t day0; /* about how often on day 0 */
};

/* What the counters hold for key; nothing: zeroes. */
struct slot slot_find(const struct behavior_line *lines, uint64_t n_lines, uint64_t key);

/* One more of key. A full line gives up its smallest count, of those that day 0 did not see four times. True when everything must be halved now. */
bool slot_add(struct behavior_line *lines, uint64_t n_lines, uint64_t key);

/* Halves all counts, or keeps them as those of day 0. */
void slots_halve(struct behavior_line *lines, size_t n_lines);
void slots_keep_day0(struct behavior_line *lines, size_t n_lines);

#endif
