#ifndef TCPBEHAV_FLEET_H
#define TCPBEHAV_FLEET_H

/* Who did the same just now: agents of one uid that do the same thing to the same target within minutes, which is like none of them,
 * are led by one hand, however small each one's part. Fixed size; an old act makes room for a new one. After the shared layer of MIDAS
 * (Bhatia et al., AAAI 2020), with exact keys instead of a sketch. Not thread safe. */

#include <stdbool.h>
#include <stdint.h>

#define FLEET_ACTS 16384
#define FLEET_TOGETHER_S 120
#define FLEET_AGE_LEAST_S 3600 /* a fleet that was watched for less counts as watched for that long */
#define FLEET_TOGETHER 4       /* classes of chance: not together, or to be expected; below 1/16; 1/64; 1/256 */

struct fleet {
	struct fleet_act {
		uint64_t key; /* of tool and target; 0: free */
		uint32_t agents[2]; /* the latest two that did it, newest first */
		uint32_t times_s[2];
		uint32_t bursts; /* times that somebody did it again after FLEET_TOGETHER_S without anybody */
	} acts[FLEET_ACTS];
	uint32_t since_s; /* of the first act */
};

/* The agent did tool to target (hashes, not 0) at time_s (seconds since 1970; 0: not known, then nothing is together). How
 * unlikely it is by chance, going by how often it is done at all, that another agent did the same within FLEET_TOGETHER_S before:
 * 0 (none did, or it is likely) .. FLEET_TOGETHER - 1. */
unsigned fleet_act(struct fleet *fleet, uint32_t agent, uint32_t tool, uint32_t target, uint64_t time_s);

#endif
