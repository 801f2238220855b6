#include "config.h"
#include "common/caps.h"

#include <string.h>

static const struct {
	const char *name;
	const char *lower;
	const char *help;
} rows[32] = {
#define RISK(bit, NAME, lower, help) [bit] = { #NAME, lower, help },
#define CAP(bit, NAME, help) [bit] = { #NAME, NULL, help },
#include "common/caps.def"
#undef RISK
#undef CAP
};

enum risk caps_risk(uint32_t flags)
{
	for (int bit = RISK_CRITICAL; bit >= RISK_SAFE; bit--)
		if (flags & (UINT32_C(1) << bit))
			return (enum risk)bit;
	return RISK_HIGH;
}

uint32_t caps_with_risk(uint32_t flags, enum risk risk)
{
	return (flags & ~CAPS_RISK_MASK) | (UINT32_C(1) << risk);
}

const char *risk_name(enum risk risk)
{
	return risk < RISK_COUNT ? rows[risk].lower : "critical";
}

int risk_from_name(const char *name)
{
	for (int risk = 0; risk < RISK_COUNT; risk++)
		if (strcmp(rows[risk].lower, name) == 0)
			return risk;
	return -1;
}

const char *caps_bit_name(unsigned bit)
{
	return bit < 32 ? rows[bit].name : NULL;
}

const char *caps_bit_help(unsigned bit)
{
	return bit < 32 ? rows[bit].help : NULL;
}

int caps_bit_from_name(const char *name)
{
	for (int bit = RISK_COUNT; bit < 32; bit++)
		if (strcmp(rows[bit].name, name) == 0)
			return bit;
	return -1;
}
