#ifndef TCPBEHAV_TABLE_H
#define TCPBEHAV_TABLE_H

/* The image: everything that is known about tools, compiled from etc/tools.d by knowledge.h. Position independent,
 * little endian, checksummed; perfect-hash index over whole keys, one cache line an entry. Every function here is
 * const, lock free and allocation free. DESIGN.md, "The table image", has the layout. */

#include "common/caps.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TABLE_MAGIC "TCPTABLE"
#define TABLE_VERSION 1
#define TABLE_NONE UINT32_MAX

/* OPERAND_KIND(ID, "json name", "what it means"): what an operand, an option value or a typed argument is. */
enum operand_kind {
#define OPERAND_KIND(ID, name, help) OPERAND_##ID,
#include "common/operands.def"
#undef OPERAND_KIND
	OPERAND_COUNT
};

const char *operand_kind_name(enum operand_kind kind);
int operand_kind_from_name(const char *name); /* or -1 */

/* What a command writes on its standard output, and what it makes of its standard input. */
enum stream_role {
#define STREAM_ROLE(ID, name, help) STREAM_##ID,
#include "common/streams.def"
#undef STREAM_ROLE
	STREAM_ROLE_COUNT
};

const char *stream_role_name(enum stream_role role);
int stream_role_from_name(const char *name); /* or -1 */

enum table_depth { DEPTH_FULL, DEPTH_BRIEF, DEPTH_INFERRED };
enum table_style { STYLE_GNU, STYLE_SINGLE, STYLE_TAR, STYLE_NONE }; /* how options are written; see DESIGN.md */

/* String references are byte offsets into the string pool; 0 is the empty string. All strings end with a NUL. */

struct table_operand {
	uint8_t kind;    /* enum operand_kind */
	uint8_t repeats; /* "kind...": zero or more */
	uint16_t reserved;
};

/* What an option, a when clause or a subcommand adds. */
struct table_effect {
	uint32_t flags;    /* capabilities to add; the risk bit (if any) is the least risk of the command from then on */
	uint32_t why;      /* string */
	uint32_t safer;    /* string: a safer form, may hold {operands} */
	uint32_t rule;     /* string: rule id; empty: made of tool, subcommand and option */
};

enum { OPTION_OPTIONAL = 1, OPTION_ONCE = 2, OPTION_ENDS = 4, OPTION_LOWERS = 8, OPTION_HAS_OPERANDS = 16,
       OPTION_TAKES_FIRST = 32 };

struct table_option {
	struct table_effect effect;
	uint8_t value;        /* enum operand_kind; OPERAND_NOTHING: takes no value */
	uint8_t arity;        /* how many arguments the value takes when it is not attached (1 unless said) */
	uint8_t flags;        /* OPTION_* */
	uint8_t lowers_to;    /* enum risk, with OPTION_LOWERS */
	uint8_t bit;          /* its bit in the set of options seen, 0..63; 255: no when asks for it */
	uint8_t output;       /* enum stream_role + 1 that replaces the command's; 0: as it is */
	uint8_t input;        /* the same for standard input */
	uint8_t n_until;      /* words that end a value of kind command */
	uint32_t until;       /* first of them in strings[] */
	uint32_t operands;    /* OPTION_HAS_OPERANDS: these replace the command's operands */
	uint32_t n_operands;
	uint32_t turns;       /* pairs in strings[]: index (into options[]) of another option of this node, enum operand_kind of its value */
	uint32_t n_turns;     /* pairs */
	uint32_t name;        /* string: first name, for explain */
};

/* One spelling of an option. A node's are sorted by strcmp, so that abbreviations are a range. */
struct table_option_name {
	uint32_t name;   /* string, with its dashes; "if=" for key=value operands */
	uint32_t option; /* index into options[] */
};

struct table_when {
	struct table_effect effect;
	uint64_t all;         /* options (bits) that must all be there */
	uint64_t any;         /* at least one of these, unless 0 */
	uint64_t none;        /* and none of these */
	uint32_t operands;    /* globs in strings[]; one of them must match some operand; n_operands 0: not asked */
	uint16_t n_operands;
	uint8_t operand_at;   /* 255: any operand, else the n-th only */
	uint8_t lowers_to;    /* enum risk + 1; 0: does not lower */
	uint32_t min_operands; /* at least this many operands */
	uint32_t max_operands; /* at most this many; TABLE_NONE: no bound */
};

/* TYPED: options are named arguments of a structured tool. SUBCOMMANDS: the first operand names one; with SUB_OPTIONAL an
 * unlisted word there is an ordinary operand, else it is something unknown. UNKNOWN_TEXT: unlisted options are operands. */
enum { NODE_PERMUTE = 1, NODE_BUNDLE = 2, NODE_ABBREVIATE = 4, NODE_TYPED = 8, NODE_SUBCOMMANDS = 16, NODE_SUB_OPTIONAL = 32,
       NODE_UNKNOWN_TEXT = 64 };

/* A tool or one of its subcommands. */
struct table_node {
	struct table_effect effect; /* flags: base capabilities and base risk */
	uint32_t name;       /* string: whole key, "git push" */
	uint32_t about;      /* string */
	uint32_t parent;     /* node, or TABLE_NONE */
	uint32_t options;
	uint32_t option_names;
	uint32_t operands;
	uint32_t whens;
	uint16_t n_options;
	uint16_t n_option_names;
	uint16_t n_operands;
	uint16_t n_whens;
	uint8_t depth;       /* enum table_depth */
	uint8_t style;       /* enum table_style */
	uint8_t flags;       /* NODE_* */
	uint8_t output;      /* enum stream_role */
	uint8_t input;       /* enum stream_role */
	uint8_t reserved[3];
};

/* One key of the index: a cache line. Aliases have entries of their own. */
struct table_entry {
	uint8_t descriptor[24];
	uint32_t node;
	uint8_t len;         /* of the key; 255: key holds u32 offset, u32 length of a string in the pool */
	char key[35];
};

struct table_header {
	char magic[8];
	uint32_t version;
	uint32_t header_bytes;
	uint64_t size_bytes;
	uint32_t checksum;    /* CRC-32 of everything behind the header */
	uint32_t generation;  /* set by who publishes it; not part of the checksum */
	uint64_t hash_seed;
	uint64_t built_ms;    /* 0 in reproducible builds */
	uint32_t n_keys;
	uint32_t n_slots;     /* power of two */
	uint32_t n_pilots;    /* power of two */
	uint32_t n_nodes;
	uint32_t n_options;
	uint32_t n_option_names;
	uint32_t n_operands;
	uint32_t n_whens;
	uint32_t n_strings;   /* string references */
	uint32_t pool_bytes;
	/* byte offsets from the start of the image, each section 64-byte aligned */
	uint32_t pilots;      /* u16 each */
	uint32_t entries;     /* struct table_entry by slot */
	uint32_t nodes;
	uint32_t options;
	uint32_t option_names;
	uint32_t operands;
	uint32_t whens;
	uint32_t strings;     /* u32 each */
	uint32_t pool;
	uint32_t reserved[5];
};

/* A view of an image in memory; holds pointers into it, owns nothing. */
struct table {
	const struct table_header *header;
	const uint16_t *pilots;
	const struct table_entry *entries;
	const struct table_node *nodes;
	const struct table_option *options;
	const struct table_option_name *option_names;
	const struct table_operand *operands;
	const struct table_when *whens;
	const uint32_t *strings;
	const char *pool;
};

enum table_check { TABLE_CHECK_HEADER, TABLE_CHECK_ALL };

/* Opens the image in size bytes at data (64-byte aligned). CHECK_ALL also verifies the checksum and every offset and
 * index inside it. Returns 0; -EINVAL with a sentence in why (what is wrong, at which byte, what to do). The memory
 * must stay as it is while the view is used. Thread safe. */
int table_open(struct table *table, const void *data, size_t size, enum table_check check, char *why, size_t why_size);

/* The entry of a whole key, or NULL. Two cache misses at most. */
const struct table_entry *table_lookup(const struct table *table, const char *key, size_t len);

/* The node of a whole key, or TABLE_NONE. */
uint32_t table_find(const struct table *table, const char *key, size_t len);

/* The option of a node spelt like name (len bytes, dashes included), TABLE_NONE when there is none. With
 * NODE_ABBREVIATE an unambiguous prefix of a --long name is found too. */
uint32_t table_find_option(const struct table *table, const struct table_node *node, const char *name, size_t len);

/* The string of a reference; the empty string for one outside the pool. */
static inline const char *table_string(const struct table *table, uint32_t ref)
{
	return ref < table->header->pool_bytes ? table->pool + ref : "";
}

#endif
