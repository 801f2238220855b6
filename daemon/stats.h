#ifndef TCPBEHAV_STATS_H
#define TCPBEHAV_STATS_H

/* Counters and a latency histogram. Loop thread only; no allocation. */

#include "common/policy.h"
#include "common/protocol.h"

#include <stdint.h>

enum conn_reason {
#define CONN_REASON(ID, name, help) CONN_REASON_##ID,
#include "daemon/reasons.def"
	CONN_REASON_COUNT
};

const char *conn_reason_name(enum conn_reason reason);
const char *conn_reason_help(enum conn_reason reason);

#define HISTOGRAM_STEPS 8 /* buckets for each power of two: a quantile is at most 1/8 too high */
#define HISTOGRAM_BUCKETS (64 * HISTOGRAM_STEPS)

struct histogram {
	uint64_t count;
	uint64_t buckets[HISTOGRAM_BUCKETS];
};

void histogram_add(struct histogram *histogram, uint64_t value);

/* The value that a share of all values (0..1) does not exceed: the upper end of its bucket; 0 when there are none. */
uint64_t histogram_quantile(const struct histogram *histogram, double share);

struct stats {
	uint64_t ops[OP_COUNT];
	uint64_t errors[ERROR_COUNT];
	uint64_t closes[CONN_REASON_COUNT];
	uint64_t verdicts[VERDICT_DENY + 1];
	uint64_t accepted;  /* connections */
	uint64_t deferred;  /* requests analysed beside the loop */
	uint64_t sessions_lost; /* calls that could not be remembered: no memory */
	uint64_t reloads;
	uint64_t reloads_failed;
	struct histogram check_ns; /* check and hook answered on the loop: from the line to its answer */
};

#endif
