#ifndef TCPBEHAV_KNOWLEDGE_H
#define TCPBEHAV_KNOWLEDGE_H

/* The knowledge about tools: JSON (DESIGN.md section 3, etc/tools.schema.json) -> the sections of an image in memory, from
 * which build.h makes the image. Strict: what is not understood is a problem with file, line and remedy, never skipped.
 * Not thread safe; two threads may load at the same time. */

#include "common/table.h"

#define KNOWLEDGE_PROBLEMS_MAX 100                  /* then reading stops */
#define KNOWLEDGE_FILE_BYTES_MAX ((size_t)8 << 20)  /* bytes of one file */
#define KNOWLEDGE_FILES_MAX 4096

/* A growing array; n items. */
struct knowledge_section {
	void *items;
	uint32_t n;
	uint32_t room;
	uint32_t item_bytes;
};

struct knowledge_key {
	uint32_t name; /* string: the whole key, also of an alias */
	uint32_t node;
	uint32_t file; /* offset in files */
	uint32_t line;
};

struct knowledge_performance {
	uint32_t exec_ms;
	uint16_t mem_mb;
	uint16_t out_kb;
};

/* Filled in by the functions below, read by build.c. */
struct knowledge {
	struct knowledge_section nodes;        /* struct table_node, parents before their subcommands */
	struct knowledge_section performance;  /* struct knowledge_performance, one a node */
	struct knowledge_section options;      /* struct table_option */
	struct knowledge_section option_names; /* struct table_option_name */
	struct knowledge_section operands;     /* struct table_operand */
	struct knowledge_section whens;        /* struct table_when */
	struct knowledge_section strings;      /* uint32_t */
	struct knowledge_section pool;         /* char; equal strings are there once */
	struct knowledge_section files;        /* char: names of the files read; not part of the image */
	struct knowledge_section keys;         /* struct knowledge_key; after loading each name once */
	struct knowledge_section interned;     /* uint32_t: hash table over the strings of the pool */
	uint32_t n_interned;
};

/* Told of each problem: file, line (from 1; 0: the file as a whole), one sentence with the remedy. The texts are valid
 * during the call only. */
typedef void (*knowledge_report)(void *data, const char *file, unsigned line, const char *what);

/* Reads files, and of folders every *.json in order of name, into a new *out. Returns 0; the number of problems, all of
 * them reported (at most KNOWLEDGE_PROBLEMS_MAX), and *out NULL; or -ENOMEM. */
int knowledge_load(const char *const *paths, size_t n_paths, knowledge_report report, void *data, struct knowledge **out);

/* The same for one text in memory; file is its name in problems. */
int knowledge_load_text(const char *file, const char *text, size_t len, knowledge_report report, void *data,
                        struct knowledge **out);

/* NULL is fine. */
void knowledge_free(struct knowledge *knowledge);

#endif
