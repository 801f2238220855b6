#include "config.h"

#include "daemon/stats.h"

static const char *const reason_names[CONN_REASON_COUNT] = {
#define CONN_REASON(ID, name, help) [CONN_REASON_##ID] = name,
#include "daemon/reasons.def"
};

static const char *const reason_helps[CONN_REASON_COUNT] = {
#define CONN_REASON(ID, name, help) [CONN_REASON_##ID] = help,
#include "daemon/reasons.def"
};

const char *conn_reason_name(enum conn_reason reason)
{
	return reason_names[reason];
}

const char *conn_reason_help(enum conn_reason reason)
{
	return reason_helps[reason];
}

/* Values below 2 * HISTOGRAM_STEPS have a bucket each; above, the highest bits behind the first one choose the step. */
static unsigned bucket_of(uint64_t value)
{
	unsigned shift;

	if (value < 2 * HISTOGRAM_STEPS)
		return (unsigned)value;
	shift = 63 - (unsigned)__builtin_clzll(value) - 3;
	return shift * HISTOGRAM_STEPS + (unsigned)(value >> shift);
}

static uint64_t bucket_end(unsigned bucket)
{
	unsigned shift;

	if (bucket < 2 * HISTOGRAM_STEPS)
		return bucket;
	shift = bucket / HISTOGRAM_STEPS - 1;
	return ((uint64_t)(bucket - shift * HISTOGRAM_STEPS + 1) << shift) - 1;
}

void histogram_add(struct histogram *histogram, uint64_t value)
{
	histogram->count++;
	histogram->buckets[bucket_of(value)]++;
}

uint64_t histogram_quantile(const struct histogram *histogram, double share)
{
	uint64_t wanted = (uint64_t)(share * (double)histogram->count), seen = 0;

	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
		seen += histogram->buckets[i];
		if (histogram->buckets[i] && seen >= wanted)
			return bucket_end(i);
	}
	return 0;
}
