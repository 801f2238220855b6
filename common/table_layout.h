#ifndef TCPBEHAV_TABLE_LAYOUT_H
#define TCPBEHAV_TABLE_LAYOUT_H

/* What the writer (build.c) and the readers (table.c, table_check.c) of an image must agree on: the order of its sections and
 * how a key finds its slot. Internal to common/. */

#include "common/table.h"

#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "images are little endian and read in place"
#endif

_Static_assert(sizeof(struct table_header) == 144, "the header is part of the format");
_Static_assert(sizeof(struct table_entry) == 64, "an entry is a cache line");
_Static_assert(sizeof(struct table_option) == 48, "options are part of the format");
_Static_assert(sizeof(struct table_when) == 56, "whens are part of the format");
_Static_assert(sizeof(struct table_node) == 60, "nodes are part of the format");

#define TABLE_ALIGN 64
#define TABLE_SIZE_MAX (UINT32_C(1) << 30) /* bytes of an image */
#define TABLE_KEYS_MAX (UINT32_C(1) << 22)
#define TABLE_KEY_INLINE 35                /* bytes of a key that an entry holds */
#define TABLE_KEY_LONG 255                 /* len of an entry whose key is in the pool */
#define TABLE_KEY_MAX 1024                 /* bytes of any key */

/* SECTION(offset in the header and pointer of the view, count in the header, type): in the order of the file. */
#define TABLE_SECTIONS(SECTION)                                    \
	SECTION(pilots, n_pilots, uint16_t)                        \
	SECTION(entries, n_slots, struct table_entry)              \
	SECTION(nodes, n_nodes, struct table_node)                 \
	SECTION(options, n_options, struct table_option)           \
	SECTION(option_names, n_option_names, struct table_option_name) \
	SECTION(operands, n_operands, struct table_operand)        \
	SECTION(whens, n_whens, struct table_when)                 \
	SECTION(strings, n_strings, uint32_t)                      \
	SECTION(pool, pool_bytes, char)

static inline uint64_t table_align(uint64_t offset)
{
	return (offset + TABLE_ALIGN - 1) & ~(uint64_t)(TABLE_ALIGN - 1);
}

/* Fills in the section offsets of a header from its counts; returns the size of the image. Offsets of an image over
 * TABLE_SIZE_MAX mean nothing. */
static inline uint64_t table_place_sections(struct table_header *header)
{
	uint64_t at = sizeof(*header);

#define SECTION(offset, count, type)                 \
	at = table_align(at);                        \
	header->offset = (uint32_t)at;               \
	at += (uint64_t)header->count * sizeof(type);
	TABLE_SECTIONS(SECTION)
#undef SECTION
	return at;
}

/* A key of 1..TABLE_KEY_INLINE bytes as zero-padded words; the last holds 3 bytes. */
struct table_words {
	uint64_t word[5];
};

static inline uint64_t table_load(const void *p, size_t size)
{
	uint64_t value = 0;

	memcpy(&value, p, size);
	return value;
}

/* a or b without a branch, which the lengths of keys would make a gamble. */
static inline const char *table_pick(bool first, const char *a, const char *b)
{
	return __builtin_expect_with_probability(first, 1, 0.5) ? a : b;
}

/* Word i of a key that has full whole words and then the bytes in tail. */
static inline __attribute__((always_inline)) uint64_t table_word(const char *key, size_t i, size_t full, uint64_t tail,
                                                                 const char *zeros)
{
	return table_load(table_pick(i < full, key + 8 * i, zeros), 8) | (i == full ? tail : 0);
}

/* Loads a key without a branch on its length and without reading a byte beyond it: what is not there is loaded from zeros.
 * The compiler must not know that they are zeros: it would branch around the load. */
static inline __attribute__((always_inline)) struct table_words table_key_words(const char *key, size_t len)
{
	static const char eight_zeros[8];
	const char *zeros = eight_zeros;
	size_t full = len >> 3;
	const char *rest = key + (full << 3);
	uint64_t four, two, one, tail;

	__asm__("" : "+r"(zeros));
	four = table_load(table_pick(len & 4, rest, zeros), 4);
	two = table_load(table_pick(len & 2, rest + (len & 4), zeros), 2);
	one = table_load(table_pick(len & 1, rest + (len & 6), zeros), 1);
	tail = four | two << ((len & 4) * 8) | one << ((len & 6) * 8);
	return (struct table_words){ {
		table_word(key, 0, full, tail, zeros),
		table_word(key, 1, full, tail, zeros),
		table_word(key, 2, full, tail, zeros),
		table_word(key, 3, full, tail, zeros),
		full == 4 ? tail : 0,
	} };
}

static inline uint64_t table_mix(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)(product >> 64) ^ (uint64_t)product;
}

#define TABLE_HASH_1 UINT64_C(0x9e3779b97f4a7c15)
#define TABLE_HASH_2 UINT64_C(0xd6e8feb86659fd93)
#define TABLE_HASH_3 UINT64_C(0xa0761d6478bd642f)

static inline uint64_t table_hash_words(const struct table_words *words, size_t len, uint64_t seed)
{
	const uint64_t *w = words->word;

	return table_mix(w[0] ^ seed, w[1] ^ TABLE_HASH_1) ^
	       table_mix(w[2] ^ (seed >> 32 | seed << 32) ^ w[4] * TABLE_HASH_3, w[3] ^ TABLE_HASH_2 ^ len);
}

/* The hash of a key of 1..TABLE_KEY_MAX bytes; the one way from a key to its slot. */
static inline uint64_t table_hash(const char *key, size_t len, uint64_t seed)
{
	while (len > TABLE_KEY_INLINE) {
		struct table_words words = table_key_words(key, 32);
		seed = table_hash_words(&words, len, seed);
		key += 32;
		len -= 32;
	}
	struct table_words words = table_key_words(key, len);
	return table_hash_words(&words, len, seed);
}

static inline uint32_t table_bucket(uint64_t hash, uint32_t n_pilots)
{
	return (uint32_t)(hash >> 40) & (n_pilots - 1);
}

static inline uint32_t table_slot(uint64_t hash, uint16_t pilot, uint32_t n_slots)
{
	return ((uint32_t)hash ^ pilot) & (n_slots - 1);
}

/* CRC-32 of everything behind the header. */
uint32_t table_checksum(const struct table_header *header);

/* CHECK_ALL of table_open(): everything behind the header. The header was checked before. */
int table_check_all(const struct table *table, char *why, size_t why_size);

#endif
