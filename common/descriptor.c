#include "config.h"
#include "common/descriptor.h"

#include <md5.h>
#include <stdbool.h>
#include <string.h>
#include <zlib.h>

static const uint8_t head[6] = { 'T', 'C', 'P', 2, 0, 2 }; /* magic, version */

enum { AT_HASH = 6, AT_FLAGS = 10, AT_EXEC = 14, AT_MEM = 18, AT_OUT = 20, AT_CHECK = 22 };
enum { A_AT_EXEC = 14, A_AT_MEM = 16, A_AT_OUT = 18, A_AT_NAME_LEN = 20, A_NAME_LEN_MAX = 64 };

#define ORIGIN_FLAGS UINT32_C(0xffff) /* bits that the published TCP v2 defines */

/* Knowledge-base bits that differ from ours. */
static const struct {
	uint32_t theirs;
	uint32_t ours;
} knowledge_base_flags[] = {
	{ UINT32_C(0x0100), CAP_FILE_WRITE }, { UINT32_C(0x0200), CAP_NETWORK }, { UINT32_C(0x0400), CAP_SUDO },
	{ UINT32_C(0x0800), CAP_DESTRUCTIVE }, { UINT32_C(0x1000), CAP_SYSTEM }, { UINT32_C(0x2000), CAP_PROCESS },
};

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static void put16(uint8_t *p, uint16_t value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

static void put32(uint8_t *p, uint32_t value)
{
	put16(p, (uint16_t)(value >> 16));
	put16(p + 2, (uint16_t)value);
}

uint32_t descriptor_hash(const char *name, size_t len)
{
	uint8_t digest[MD5_DIGEST_LENGTH];
	MD5_CTX context;

	MD5Init(&context);
	MD5Update(&context, (const uint8_t *)name, len);
	MD5Final(digest, &context);
	return get32(digest);
}

static uint16_t check_crc(const uint8_t *bytes)
{
	return (uint16_t)crc32(crc32(0, NULL, 0), bytes, AT_CHECK);
}

static uint16_t check_sum(const uint8_t *bytes)
{
	unsigned sum = 0;

	for (size_t i = 0; i < AT_CHECK; i++)
		sum += bytes[i];
	return (uint16_t)sum;
}

void descriptor_encode(const struct descriptor *descriptor, uint8_t bytes[DESCRIPTOR_BYTES])
{
	memcpy(bytes, head, sizeof(head));
	put32(bytes + AT_HASH, descriptor->hash);
	put32(bytes + AT_FLAGS, descriptor->flags);
	put32(bytes + AT_EXEC, descriptor->exec_ms);
	put16(bytes + AT_MEM, descriptor->mem_mb);
	put16(bytes + AT_OUT, descriptor->out_kb);
	put16(bytes + AT_CHECK, check_crc(bytes));
}

/* A and our layout differ only in what stands behind the flags. A's run time is in the two bytes that are zero in ours below
 * 65,536 ms, and never below 50 ms in any file seen; its last field is the length of the name. */
static bool is_layout_a(const uint8_t *bytes, size_t name_len)
{
	uint16_t stored_len = get16(bytes + A_AT_NAME_LEN);

	if (get32(bytes + AT_EXEC) <= DESCRIPTOR_EXEC_MS_MAX)
		return false;
	return name_len ? stored_len == name_len : stored_len > 0 && stored_len <= A_NAME_LEN_MAX;
}

static enum descriptor_layout find_layout(const uint8_t *bytes, size_t name_len)
{
	uint16_t check = get16(bytes + AT_CHECK);

	if (memcmp(bytes, head, sizeof(head)) != 0)
		return DESCRIPTOR_INVALID;
	if (check == check_crc(bytes))
		return is_layout_a(bytes, name_len) ? DESCRIPTOR_A : DESCRIPTOR_OURS;
	return check == check_sum(bytes) ? DESCRIPTOR_KNOWLEDGE_BASE : DESCRIPTOR_INVALID;
}

static uint32_t flags_from_knowledge_base(uint32_t theirs)
{
	uint32_t flags = theirs & CAPS_RISK_MASK;
	uint32_t rest = theirs & ~CAPS_RISK_MASK;

	for (size_t i = 0; i < sizeof(knowledge_base_flags) / sizeof(knowledge_base_flags[0]); i++) {
		if (rest & knowledge_base_flags[i].theirs)
			flags |= knowledge_base_flags[i].ours;
		rest &= ~knowledge_base_flags[i].theirs;
	}
	return rest ? flags | CAP_UNKNOWN : flags;
}

static uint32_t flags_as_ours(uint32_t theirs, enum descriptor_layout layout)
{
	uint32_t flags = theirs;

	if (layout == DESCRIPTOR_KNOWLEDGE_BASE)
		flags = flags_from_knowledge_base(theirs);
	else if (layout == DESCRIPTOR_A && theirs & ~ORIGIN_FLAGS)
		flags = (theirs & ORIGIN_FLAGS) | CAP_UNKNOWN;
	if (!(flags & CAPS_RISK_MASK))
		flags |= CAP_UNKNOWN;
	return caps_with_risk(flags, caps_risk(flags));
}

enum descriptor_layout descriptor_decode(const uint8_t bytes[DESCRIPTOR_BYTES], size_t name_len, struct descriptor *descriptor)
{
	enum descriptor_layout layout = find_layout(bytes, name_len);

	memset(descriptor, 0, sizeof(*descriptor));
	descriptor->flags = CAP_RISK_HIGH | CAP_UNKNOWN;
	if (layout == DESCRIPTOR_INVALID)
		return layout;
	descriptor->hash = get32(bytes + AT_HASH);
	descriptor->flags = flags_as_ours(get32(bytes + AT_FLAGS), layout);
	if (layout == DESCRIPTOR_A) {
		descriptor->exec_ms = get16(bytes + A_AT_EXEC);
		descriptor->mem_mb = get16(bytes + A_AT_MEM);
		descriptor->out_kb = get16(bytes + A_AT_OUT);
	} else {
		descriptor->exec_ms = get32(bytes + AT_EXEC);
		descriptor->mem_mb = get16(bytes + AT_MEM);
		descriptor->out_kb = get16(bytes + AT_OUT);
	}
	return layout;
}

const char *descriptor_layout_name(enum descriptor_layout layout)
{
	static const char *const names[] = { "tcp2", "tcp2-a", "knowledge-base", "invalid" };

	return names[layout <= DESCRIPTOR_INVALID ? layout : DESCRIPTOR_INVALID];
}
