#include "config.h"
#include "common/table.h"
#include "common/table_layout.h"

#include <errno.h>
#include <stdio.h>

#define REBUILD "run tcpctl table build"

static bool is_power_of_two(uint32_t n)
{
	return n && !(n & (n - 1));
}

/* What an image says of itself before any of its offsets is used. */
static int check_identity(const struct table_header *header, size_t size, char *why, size_t why_size)
{
	if (memcmp(header->magic, TABLE_MAGIC, sizeof(header->magic)) != 0)
		snprintf(why, why_size, "byte 0: not a table image (no \"" TABLE_MAGIC "\"); give a file made by tcpctl table build");
	else if (header->version < TABLE_VERSION)
		snprintf(why, why_size, "byte %zu: version %u, this program reads %u: built by an older tcpctl: " REBUILD,
		         offsetof(struct table_header, version), header->version, TABLE_VERSION);
	else if (header->version > TABLE_VERSION)
		snprintf(why, why_size, "byte %zu: version %u, this program reads %u: built by a newer tcpctl: "
		         "update this program or " REBUILD " with its own tcpctl",
		         offsetof(struct table_header, version), header->version, TABLE_VERSION);
	else if (header->header_bytes != sizeof(*header))
		snprintf(why, why_size, "byte %zu: header of %u bytes instead of %zu: damaged; " REBUILD,
		         offsetof(struct table_header, header_bytes), header->header_bytes, sizeof(*header));
	else if (header->size_bytes != size)
		snprintf(why, why_size, "byte %zu: the image says it has %llu bytes, there are %zu: truncated or damaged; " REBUILD,
		         offsetof(struct table_header, size_bytes), (unsigned long long)header->size_bytes, size);
	else
		return 0;
	return -EINVAL;
}

/* Offsets follow from the counts, so that nothing overlaps, leaves the image or is out of alignment. */
static int check_sections(const struct table_header *header, size_t size, char *why, size_t why_size)
{
	struct table_header placed = *header;
	uint64_t end = table_place_sections(&placed);
	const char *name = NULL;
	size_t at = 0;

	if (end != size || end > TABLE_SIZE_MAX) {
		snprintf(why, why_size, "byte %zu: the counts ask for %llu bytes, the image has %zu: damaged; " REBUILD,
		         offsetof(struct table_header, n_keys), (unsigned long long)end, size);
		return -EINVAL;
	}
#define SECTION(offset, count, type)                               \
	if (!name && header->offset != placed.offset) {            \
		name = #offset;                                    \
		at = offsetof(struct table_header, offset);        \
	}
	TABLE_SECTIONS(SECTION)
#undef SECTION
	if (!name)
		return 0;
	snprintf(why, why_size, "byte %zu: section %s is not where its place is: damaged; " REBUILD, at, name);
	return -EINVAL;
}

static int check_counts(const struct table_header *header, const char *bytes, char *why, size_t why_size)
{
	static const uint32_t zeros[sizeof(header->reserved) / sizeof(header->reserved[0])];
	size_t at;
	const char *what;

	if (!is_power_of_two(header->n_slots) || !is_power_of_two(header->n_pilots)) {
		at = offsetof(struct table_header, n_slots);
		what = "the numbers of slots and pilots are not powers of two";
	} else if (header->n_keys > header->n_slots || header->n_keys > TABLE_KEYS_MAX) {
		at = offsetof(struct table_header, n_keys);
		what = "more keys than slots";
	} else if (memcmp(header->reserved, zeros, sizeof(zeros)) != 0) {
		at = offsetof(struct table_header, reserved);
		what = "reserved bytes are not zero";
	} else if (!header->pool_bytes || bytes[header->pool] || bytes[header->pool + header->pool_bytes - 1]) {
		at = offsetof(struct table_header, pool_bytes);
		what = "the string pool does not begin and end with a NUL";
	} else {
		return 0;
	}
	snprintf(why, why_size, "byte %zu: %s: damaged; " REBUILD, at, what);
	return -EINVAL;
}

int table_open(struct table *table, const void *data, size_t size, enum table_check check, char *why, size_t why_size)
{
	const struct table_header *header = data;
	const char *bytes = data;

	if (size < sizeof(*header)) {
		snprintf(why, why_size, "byte %zu: the file ends inside the header (%zu bytes): truncated; " REBUILD, size,
		         sizeof(*header));
		return -EINVAL;
	}
	if ((uintptr_t)data % TABLE_ALIGN) {
		snprintf(why, why_size, "byte 0: the image is not at a multiple of %d in memory; map it or use aligned memory",
		         TABLE_ALIGN);
		return -EINVAL;
	}
	if (check_identity(header, size, why, why_size) || check_sections(header, size, why, why_size) ||
	    check_counts(header, bytes, why, why_size))
		return -EINVAL;
	table->header = header;
#define SECTION(offset, count, type) table->offset = (const void *)(bytes + header->offset);
	TABLE_SECTIONS(SECTION)
#undef SECTION
	return check == TABLE_CHECK_ALL ? table_check_all(table, why, why_size) : 0;
}

static const struct table_entry *entry_at(const struct table *table, uint64_t hash)
{
	uint16_t pilot = table->pilots[table_bucket(hash, table->header->n_pilots)];

	return &table->entries[table_slot(hash, pilot, table->header->n_slots)];
}

/* Apart, so that the short way needs few registers. */
static __attribute__((noinline)) const struct table_entry *lookup_long(const struct table *table, const char *key, size_t len)
{
	const struct table_entry *entry;
	uint32_t offset, length;

	if (len == 0 || len > TABLE_KEY_MAX)
		return NULL;
	entry = entry_at(table, table_hash(key, len, table->header->hash_seed));
	memcpy(&offset, entry->key, sizeof(offset));
	memcpy(&length, entry->key + sizeof(offset), sizeof(length));
	if (entry->len != TABLE_KEY_LONG || length != len || (uint64_t)offset + len > table->header->pool_bytes)
		return NULL;
	return memcmp(table->pool + offset, key, len) == 0 ? entry : NULL;
}

const struct table_entry *table_lookup(const struct table *table, const char *key, size_t len)
{
	const struct table_entry *entry;
	struct table_words words;
	uint64_t differs;

	if (__builtin_expect(len - 1 >= TABLE_KEY_INLINE, 0))
		return lookup_long(table, key, len);
	words = table_key_words(key, len);
	entry = entry_at(table, table_hash_words(&words, len, table->header->hash_seed));
	differs = (table_load(entry->key, 8) ^ words.word[0]) | (table_load(entry->key + 8, 8) ^ words.word[1]) |
	          (table_load(entry->key + 16, 8) ^ words.word[2]) | (table_load(entry->key + 24, 8) ^ words.word[3]) |
	          (table_load(entry->key + 31, 4) >> 8 ^ words.word[4]) | (entry->len ^ len);
	return differs ? NULL : entry;
}

uint32_t table_find(const struct table *table, const char *key, size_t len)
{
	const struct table_entry *entry = table_lookup(table, key, len);

	return entry && entry->node < table->header->n_nodes ? entry->node : TABLE_NONE;
}

/* strcmp(string, name) for a name of len bytes; 0 also when the string only begins with name and prefix is asked for. */
static int compare_name(const char *string, const char *name, size_t len, bool prefix)
{
	for (size_t i = 0; i < len; i++) {
		int difference = (unsigned char)string[i] - (unsigned char)name[i];
		if (difference)
			return difference;
		if (!string[i])
			return -1; /* a NUL inside name: no string goes on behind it */
	}
	return string[len] && !prefix;
}

/* The first of n names that is not before name. */
static uint32_t lower_bound(const struct table *table, const struct table_option_name *names, uint32_t n, const char *name,
                            size_t len)
{
	uint32_t low = 0;

	while (n > 0) {
		uint32_t half = n / 2;
		if (compare_name(table_string(table, names[low + half].name), name, len, false) < 0) {
			low += half + 1;
			n -= half + 1;
		} else {
			n = half;
		}
	}
	return low;
}

/* --help and --version are understood everywhere and listed nowhere: an abbreviation means the tool's own option first. */
static bool only_shows(const struct table *table, uint32_t option)
{
	const struct table_option *row = &table->options[option];
	const char *name = table_string(table, row->name);

	return (row->flags & OPTION_LOWERS) && (strcmp(name, "--help") == 0 || strcmp(name, "--version") == 0);
}

uint32_t table_find_option(const struct table *table, const struct table_node *node, const char *name, size_t len)
{
	const struct table_option_name *names = table->option_names + node->option_names;
	uint32_t n = node->n_option_names;
	uint32_t found = TABLE_NONE;

	if ((uint64_t)node->option_names + n > table->header->n_option_names)
		return TABLE_NONE;
	for (uint32_t i = lower_bound(table, names, n, name, len); i < n; i++) {
		const char *string = table_string(table, names[i].name);
		if (names[i].option >= table->header->n_options || compare_name(string, name, len, true) != 0)
			break;
		if (string[len] == '\0')
			return names[i].option;
		if (!(node->flags & NODE_ABBREVIATE) || len <= 2 || memcmp(name, "--", 2) != 0)
			break;
		if (found == TABLE_NONE || only_shows(table, found))
			found = names[i].option;
		else if (found != names[i].option && !only_shows(table, names[i].option))
			return TABLE_NONE;
	}
	return found;
}
