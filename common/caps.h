#ifndef TCPBEHAV_CAPS_H
#define TCPBEHAV_CAPS_H

/* Risk levels and capability flags, all expanded from caps.def. */

#include <stdint.h>
#include <stddef.h>

enum risk {
#define RISK(bit, NAME, name, help) RISK_##NAME = (bit),
#define CAP(bit, NAME, help)
#include "common/caps.def"
#undef RISK
#undef CAP
	RISK_COUNT
};

/* As bits of the flags word; bit 31 makes the whole enumeration unsigned (gnu11). */
enum capability {
#define RISK(bit, NAME, name, help) CAP_RISK_##NAME = UINT32_C(1) << (bit),
#define CAP(bit, NAME, help) CAP_##NAME = UINT32_C(1) << (bit),
#include "common/caps.def"
#undef RISK
#undef CAP
};

#define CAPS_RISK_MASK UINT32_C(0x1f)

/* The highest risk bit in flags; no risk bit at all reads as HIGH, never as safe. */
enum risk caps_risk(uint32_t flags);

/* flags with its risk bits replaced by risk. */
uint32_t caps_with_risk(uint32_t flags, enum risk risk);

/* "safe" .. "critical"; a static string. */
const char *risk_name(enum risk risk);

/* The risk of that name, or -1. */
int risk_from_name(const char *name);

/* "SUDO" .. "UNKNOWN" for a bit 5..31, "SAFE" .. for 0..4; NULL for others; a static string. */
const char *caps_bit_name(unsigned bit);

/* What a bit means, for help and manual; NULL for bits above 31. */
const char *caps_bit_help(unsigned bit);

/* The bit of a capability name (not a risk name), or -1. */
int caps_bit_from_name(const char *name);

#endif
