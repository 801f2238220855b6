#ifndef TCPBEHAV_FIXED_H
#define TCPBEHAV_FIXED_H

/* Natural logarithms in integers: every machine and compiler computes the same score. Values have 16 fractional bits
 * (65536 is 1.0) and are called nats. Pure, thread safe, constant time. */

#include <stdint.h>

#define FIXED_ONE 65536

/* A constant in nats. */
#define FIXED(x) ((int32_t)((x) * FIXED_ONE + ((x) < 0 ? -0.5 : 0.5)))

/* ln x for x >= 1 (0 counts as 1), off by at most 2 units. */
int32_t fixed_ln(uint64_t x);

/* ln(e^a + e^b), off by at most 40 units. */
int32_t fixed_ln_add(int32_t a, int32_t b);

static inline int32_t fixed_clamp(int32_t x, int32_t low, int32_t high)
{
	return x < low ? low : x > high ? high : x;
}

#endif
