#ifndef TCPBEHAV_JSON_SCAN_H
#define TCPBEHAV_JSON_SCAN_H

/* Is it JSON, and where not: one pass over the text, no memory. Internal to json.c and knowledge_source.c. */

#include "common/json.h"

struct json_scan {
	const char *text;
	size_t len;
	size_t at;        /* byte reached; of the problem when there is one */
	const char *what; /* static text, or NULL */
	size_t id_start;  /* value of "id" in the outermost object; id_end 0: none seen */
	size_t id_end;
};

/* True when the whole text is one JSON value within the bounds of json.h. */
bool json_scan(struct json_scan *scan, const char *text, size_t len);

#endif
