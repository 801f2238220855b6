#ifndef TCPBEHAV_KNOWLEDGE_READ_H
#define TCPBEHAV_KNOWLEDGE_READ_H

/* What the files of the knowledge reader share; nobody else includes this. */

#include "common/knowledge.h"

#include <cjson/cJSON.h>

struct reader {
	struct knowledge *knowledge;
	const char *file;
	uint32_t file_at; /* of its name in knowledge->files */
	knowledge_report report;
	void *data;
	int problems;
	bool quiet; /* while options are read again for a subcommand that inherits them */
	int error;  /* -ENOMEM, or 0 */
};

/* Nothing more can be said or stored: leave loops. */
bool reader_stopped(const struct reader *reader);

/* Reports a problem, printf-like. */
void reader_problem(struct reader *reader, unsigned line, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Reports that name is none of n names, and which of them is nearest. name_of: the i-th name, or NULL for a gap. */
void reader_unknown(struct reader *reader, unsigned line, const char *what, const char *name,
                    const char *(*name_of)(unsigned i), unsigned n);

/* --- knowledge_store.c --- */

void section_init(struct knowledge_section *section, size_t item_bytes);

/* Appends a copy of item; returns its index, or 0 with reader->error when memory ran out or there are too many. */
uint32_t section_add(struct reader *reader, struct knowledge_section *section, const void *item);

void section_free(struct knowledge_section *section);

#define SECTION_AT(section, type, i) (&((type *)(section)->items)[i])

/* Appends n items; the index of the first. */
uint32_t section_append(struct reader *reader, struct knowledge_section *section, const void *items, size_t n);

/* The reference of a string in the pool, added when it is not there. */
uint32_t store_string(struct reader *reader, const char *string);

static inline const char *stored_string(const struct knowledge *knowledge, uint32_t ref)
{
	return SECTION_AT(&knowledge->pool, const char, ref);
}

/* --- knowledge_source.c: cJSON with lines; keys and types checked --- */

enum source_shape { SHAPE_STRING, SHAPE_STRINGS, SHAPE_BOOL, SHAPE_NUMBER, SHAPE_OBJECT, SHAPE_OBJECTS };

struct source_key {
	const char *name;
	enum source_shape shape;
	bool required;
};

/* Parses; the line of each value is in its valueint. NULL when a problem was reported. Free with cJSON_Delete. */
cJSON *source_parse(struct reader *reader, const char *text, size_t len);

static inline unsigned source_line(const cJSON *item)
{
	return (unsigned)item->valueint;
}

/* Reports keys of object that are unknown, twice, missing or of the wrong type. what: "tool \"git\"". keys end with a NULL name. */
void source_check(struct reader *reader, const cJSON *object, const struct source_key *keys, const char *what);

/* The value of a key, NULL when it is not there or is of another type (which source_check has reported). */
const cJSON *source_get(const cJSON *object, const char *name, enum source_shape shape);
const char *source_string(const cJSON *object, const char *name);
bool source_bool(const cJSON *object, const char *name, bool otherwise);

/* A whole number of least..most; otherwise when it is not there; a number outside is reported. */
uint32_t source_number(struct reader *reader, const cJSON *object, const char *name, uint32_t otherwise, uint32_t least,
                     uint32_t most);

/* --- knowledge_value.c: values that several objects share --- */

/* Reads adds, risk, why, safer and rule; word: what the default rule id ends with, or NULL. */
void read_effect(struct reader *reader, const cJSON *object, const char *what, const char *key, const char *word,
                 struct table_effect *effect);

/* Reads the list of operand kinds under "operands". */
uint32_t read_operands(struct reader *reader, const cJSON *object, const char *what, uint32_t *n_operands);

/* Reads a stream role; otherwise when it is not there. */
enum stream_role read_role(struct reader *reader, const cJSON *object, const char *name, enum stream_role otherwise);

/* Reads a risk; -1 when it is not there or not one. */
int read_risk(struct reader *reader, const cJSON *object, const char *name);

/* A word for people or a name: not empty, no control characters; reports. */
bool check_text(struct reader *reader, const cJSON *string, const char *what);

/* The operand kind of that name, item being where it stands; -1 after a problem. */
int read_kind(struct reader *reader, const cJSON *item, const char *name);

/* Appends a part of a default rule id: "git push" -> "git.push", "--force" -> ".force". */
void rule_append(char *rule, size_t size, const char *part);

/* --- knowledge_option.c --- */

/* One spelling of an option of the node being read. */
struct spelling {
	const char *name;
	uint32_t option;
	unsigned line;
	bool own; /* not inherited, not added by rule */
};

/* The node being read. */
struct draft {
	const cJSON *json;
	const struct draft *parent;
	const char *key;             /* "git push" */
	struct table_node node;
	uint32_t index;              /* of the node */
	uint32_t first_key;          /* in knowledge->keys */
	uint32_t n_keys;
	unsigned depth;
	struct knowledge_section spellings;
	struct knowledge_section sources; /* struct option_source */
	unsigned n_bits;
};

/* The JSON behind an option of the node being read. */
struct option_source {
	const cJSON *json;
	uint32_t option;
	bool own;
};

/* Reads options (own, inherited, --help and --version) or arguments into the draft's node. */
void read_options(struct reader *reader, struct draft *draft);

/* Reads the when clauses; after read_options. */
void read_whens(struct reader *reader, struct draft *draft);

/* --- knowledge_tool.c --- */

/* Reads a whole family file. */
void read_family(struct reader *reader, const cJSON *family);

#endif
