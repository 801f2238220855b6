#include "config.h"

/* Tagged counters in cache lines of 16: a line is chosen by the key, the tag tells who a counter belongs to. Untagged counters would
 * look familiar wherever keys collide. */

#include "common/behavior_internal.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define COUNT_BITS 12

static uint32_t tag_matches(const struct behavior_line *line, uint16_t tag)
{
#ifdef __SSE2__
	__m128i wanted = _mm_set1_epi16((short)tag);
	__m128i low = _mm_cmpeq_epi16(_mm_loadu_si128((const __m128i *)line->tags), wanted);
	__m128i high = _mm_cmpeq_epi16(_mm_loadu_si128((const __m128i *)(line->tags + 8)), wanted);

	return (uint32_t)_mm_movemask_epi8(_mm_packs_epi16(low, high));
#else
	uint32_t matches = 0;

	for (unsigned i = 0; i < 16; i++)
		matches |= (uint32_t)(line->tags[i] == tag) << i;
	return matches;
#endif
}

static size_t line_of(uint64_t key, uint64_t n_lines)
{
	return (size_t)((key >> 32) * n_lines >> 32);
}

static uint16_t tag_of(uint64_t key)
{
	uint16_t tag = (uint16_t)key;

	return (uint16_t)(tag + (tag == 0));
}

/* A count of day 0 is kept as its number of bits; about means the middle of what has that many. */
static uint32_t day0_about(uint16_t count)
{
	unsigned bits = count >> COUNT_BITS;

	return bits < 2 ? bits : 3u << (bits - 2);
}

struct slot slot_find(const struct behavior_line *lines, uint64_t n_lines, uint64_t key)
{
	const struct behavior_line *line = &lines[line_of(key, n_lines)];
	uint32_t matches = tag_matches(line, tag_of(key));
	struct slot found = {0, 0};

	if (matches != 0) {
		uint16_t count = line->counts[__builtin_ctz(matches)];

		found.count = count & COUNT_MAX;
		found.day0 = day0_about(count);
	}
	return found;
}

/* The counter that a new key takes: a free one, else the smallest that day 0 saw less than four times, else the smallest. Equals are
 * looked at from a place on that the key chooses: always taking the first would take the newest, again and again. */
static unsigned slot_to_give(const struct behavior_line *line, unsigned from)
{
	unsigned best = 0;
	uint32_t best_cost = UINT32_MAX;

	for (unsigned n = 0; n < 16; n++) {
		unsigned i = (from + n) & 15;
		uint32_t cost = (line->counts[i] & COUNT_MAX) + (line->counts[i] >> COUNT_BITS >= 3 ? COUNT_MAX + 1 : 0) + 1;

		if (line->tags[i] == 0)
			cost = 0;
		if (cost < best_cost) {
			best_cost = cost;
			best = i;
		}
	}
	return best;
}

bool slot_add(struct behavior_line *lines, uint64_t n_lines, uint64_t key)
{
	struct behavior_line *line = &lines[line_of(key, n_lines)];
	uint32_t matches = tag_matches(line, tag_of(key));
	unsigned at;

	if (matches == 0) {
		at = slot_to_give(line, (unsigned)(key >> 16) & 15);
		line->tags[at] = tag_of(key);
		line->counts[at] = 1;
		return false;
	}
	at = (unsigned)__builtin_ctz(matches);
	if ((line->counts[at] & COUNT_MAX) == COUNT_MAX)
		return true;
	line->counts[at]++;
	return (line->counts[at] & COUNT_MAX) == COUNT_MAX;
}

void slots_halve(struct behavior_line *lines, size_t n_lines)
{
	for (size_t i = 0; i < n_lines; i++)
		for (unsigned j = 0; j < 16; j++) {
			uint16_t count = lines[i].counts[j] & COUNT_MAX;

			lines[i].counts[j] = (uint16_t)((lines[i].counts[j] & ~COUNT_MAX) | (unsigned)(count + 1) >> 1);
		}
}

void slots_keep_day0(struct behavior_line *lines, size_t n_lines)
{
	for (size_t i = 0; i < n_lines; i++)
		for (unsigned j = 0; j < 16; j++) {
			unsigned count = lines[i].counts[j] & COUNT_MAX;
			unsigned bits = count == 0 ? 0 : 32u - (unsigned)__builtin_clz(count);

			lines[i].counts[j] = (uint16_t)(bits << COUNT_BITS | count);
		}
}
