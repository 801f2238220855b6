#ifndef TCPBEHAV_DESCRIPTOR_H
#define TCPBEHAV_DESCRIPTOR_H

/* The 24 bytes of TCP v2, big-endian: magic "TCP\x02"@0, version u16 = 2 @4, first 4 bytes of MD5(name) @6, flags u32 @10,
 * exec_ms u32 @14, mem_mb u16 @18, out_kb u16 @20, low 16 bits of CRC-32/IEEE over bytes 0..21 @22. Pure; thread safe. */

#include "common/caps.h"

#include <stddef.h>
#include <stdint.h>

#define DESCRIPTOR_BYTES 24

/* The longest exec_ms that a reader without the name can never take for layout A (about 54 minutes). */
#define DESCRIPTOR_EXEC_MS_MAX UINT32_C(3276799)

enum descriptor_layout {
	DESCRIPTOR_OURS,           /* as above */
	DESCRIPTOR_A,              /* exec u16@14, mem u16@16, out u16@18, length of the name u16@20, same CRC */
	DESCRIPTOR_KNOWLEDGE_BASE, /* as above, but the check is the sum of the bytes, and other flag bits */
	DESCRIPTOR_INVALID,        /* wrong magic or version, or no known check holds */
};

struct descriptor {
	uint32_t hash;   /* first 4 bytes of MD5(name), as a big-endian number */
	uint32_t flags;  /* caps.h; after decoding always with exactly one risk bit */
	uint32_t exec_ms;
	uint16_t mem_mb;
	uint16_t out_kb;
};

/* First 4 bytes of MD5 over len bytes of name, as a big-endian number. */
uint32_t descriptor_hash(const char *name, size_t len);

/* Writes descriptor in our layout, with magic, version and check. */
void descriptor_encode(const struct descriptor *descriptor, uint8_t bytes[DESCRIPTOR_BYTES]);

/* Reads 24 bytes of any of the layouts; flags come out in our bits, with one risk bit, the highest found. What is not
 * known never reads as safe: without a risk bit HIGH and UNKNOWN are added, bits without a meaning here add UNKNOWN,
 * and when no check holds flags are HIGH | UNKNOWN and all else is zero. name_len: length of the tool's name when the caller
 * knows it, else 0; it decides between our layout and A, whose check is the same; without it a run time over
 * DESCRIPTOR_EXEC_MS_MAX beside a plausible name length reads as A. */
enum descriptor_layout descriptor_decode(const uint8_t bytes[DESCRIPTOR_BYTES], size_t name_len, struct descriptor *descriptor);

/* "tcp2", "tcp2-a", "knowledge-base", "invalid"; a static string. */
const char *descriptor_layout_name(enum descriptor_layout layout);

#endif
