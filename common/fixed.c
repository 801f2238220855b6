#include "config.h"

#include "common/fixed.h"

#include <stddef.h>

#define LN_2_Q24 11629080 /* ln 2, 24 fractional bits */

static const int32_t ln_table[257] = {
#define FIXED_LN
#include "common/fixed_tables.def"
#undef FIXED_LN
};

static const int32_t ln_add_table[193] = {
#define FIXED_LN_ADD
#include "common/fixed_tables.def"
#undef FIXED_LN_ADD
};

int32_t fixed_ln(uint64_t x)
{
	unsigned exponent, index;
	uint64_t mantissa;
	int64_t low, step, nats_q24;

	x |= x == 0;
	exponent = 63u - (unsigned)__builtin_clzll(x);
	mantissa = x << (63 - exponent) << 1; /* behind the leading one */
	index = (unsigned)(mantissa >> 56);
	low = ln_table[index];
	step = ln_table[index + 1] - low;
	nats_q24 = (int64_t)exponent * LN_2_Q24 + low + ((step * (int64_t)(mantissa >> 40 & 0xFFFF)) >> 16);
	return (int32_t)((nats_q24 + 128) >> 8);
}

int32_t fixed_ln_add(int32_t a, int32_t b)
{
	int32_t high = a > b ? a : b;
	int64_t distance = a > b ? (int64_t)a - b : (int64_t)b - a;
	int32_t low, step;
	size_t index = (size_t)(distance >> 12);

	if (index >= 192)
		return high;
	low = ln_add_table[index];
	step = ln_add_table[index + 1] - low;
	return high + low + (int32_t)((step * (distance & 0xFFF)) >> 12);
}
