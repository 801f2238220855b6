#ifndef TCPBEHAV_CLIENT_TALLY_H
#define TCPBEHAV_CLIENT_TALLY_H

/* How often was what: names with counts and one example each, in bounded memory. Not thread safe. */

#include "common/arena.h"
#include "common/policy.h"

#define TALLY_ROWS 4096

struct tally_row {
	const char *name;
	const char *why;     /* of the example; or NULL */
	const char *example; /* what was said, without secrets */
	const char *file;
	uint64_t line;
	uint64_t counts[VERDICT_DENY + 1];
	uint64_t count;
};

struct tally {
	struct tally_row rows[TALLY_ROWS];
	uint32_t slots[TALLY_ROWS * 2]; /* row + 1 by hash of its name; 0: none */
	uint32_t n;
	uint64_t others; /* counted, but there was no room for the name */
};

/* The row of a name, made when it is new (then its name is copied into the arena and the rest is zero), with one more of verdict. NULL
 * when there is no room: counted in others. */
struct tally_row *tally_add(struct tally *tally, struct arena *arena, const char *name, enum policy_verdict verdict);

/* Most frequent first, then by name. Slots no longer fit afterwards: nothing may be added. */
void tally_sort(struct tally *tally);

#endif
