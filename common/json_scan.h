#ifndef TCPBEHAV_JSON_SCAN_H
#define TCPBEHAV_JSON_SCAN_H

/* Is it JSON, and where not: one pass over the text; with an arena the tree comes with it. Internal to json*.c and
 * knowledge_source.c. */

#include "common/json.h"

struct json_scan {
	const char *text;
	size_t len;
	size_t at;        /* byte reached; of the problem when there is one */
	const char *what; /* static text, or NULL */
	struct arena *arena; /* takes the tree; NULL: only looked at */
	size_t id_start;  /* value of "id" in the outermost object; id_end 0: none seen */
	size_t id_end;
};

/* True when the whole text is one JSON value within the bounds of json.h. */
bool json_scan(struct json_scan *scan, const char *text, size_t len);

/* The same, and *root is the tree, in the arena; NULL when that is exhausted (then false, and what is NULL). Every node is as
 * cJSON would have built it, so that its own functions read the tree too; strings end with a NUL and have none inside. */
bool json_scan_tree(struct json_scan *scan, const char *text, size_t len, struct arena *arena, struct cJSON **root);

/* Writes a code point as UTF-8; its length, at most 4. */
unsigned json_put_utf8(char *to, unsigned code);

#endif
