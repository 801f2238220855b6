#ifndef TCPBEHAV_GLYPH_H
#define TCPBEHAV_GLYPH_H

/* What a person who reads a command does not see as it is: characters without a picture, that turn the direction of the text, or that look
 * like others. Pure but for the findings; linear. */

#include "common/run.h"

/* Notes invisible characters of the whole line: text that turns round or hides asks, blanks of no width are reported. */
void glyph_check(struct run *run, const char *text, size_t len);

/* The ASCII text that name looks like, in the arena; NULL when it is ASCII itself, or looks like none. */
const char *glyph_ascii(struct arena *arena, const char *name, size_t len);

#endif
