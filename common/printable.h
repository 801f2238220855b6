#ifndef TCPBEHAV_PRINTABLE_H
#define TCPBEHAV_PRINTABLE_H

/* Sentences for people and models: what comes from a command is bounded and free of control characters. */

#include "common/arena.h"

#include <stddef.h>

#define PRINTABLE_MAX 96 /* bytes of one quoted piece; longer ones are cut with ".." */

/* Copies len bytes of text made printable: TEXT_UNKNOWN becomes "$?", TEXT_STAR "*", TEXT_ANY "?", other control
 * characters and line ends a blank; cut at max bytes, never inside a UTF-8 sequence. NUL-terminated arena string; "" when
 * the arena is exhausted. */
const char *printable(struct arena *arena, const char *text, size_t len, size_t max);

/* Joins the strings up to a NULL. NUL-terminated arena string; "" when the arena is exhausted. */
const char *printable_join(struct arena *arena, const char *first, ...) __attribute__((sentinel));

/* The text quoted for the shell where it needs it ('it'\''s'), made printable. Arena string. */
const char *printable_quote(struct arena *arena, const char *text, size_t len);

#endif
