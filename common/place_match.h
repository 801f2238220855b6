#ifndef TCPBEHAV_PLACE_MATCH_H
#define TCPBEHAV_PLACE_MATCH_H

/* The tables of special paths as an index: the components of a path are looked up, not the patterns tried. Internal to
 * place.c and place_match.c. */

#include "common/place.h"

enum place_row_form { PLACE_ROW_SPECIAL, PLACE_ROW_EXCEPT, PLACE_ROW_FOLDER };

struct place_row {
	const char *pattern;
	const char *detail;
	enum place_row_form form;
	enum target_kind kind;
};

struct place_found {
	const struct place_row *special; /* first SPECIAL row that matches, unless an EXCEPT row stands before it; or NULL */
	const struct place_row *folder;  /* first FOLDER row that matches, or NULL */
	bool is_root;                    /* another name of "/" */
};

/* Looks up a normalized path (len bytes, "/a/b", or beginning with TEXT_UNKNOWN). home may be NULL. Linear in len.
 * Thread safe. */
void place_match(const char *home, const char *text, size_t len, struct place_found *found);

#endif
