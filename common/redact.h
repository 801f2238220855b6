#ifndef TCPBEHAV_REDACT_H
#define TCPBEHAV_REDACT_H

/* Takes secrets out of text before it is stored: tokens of known shape, values behind password-like options, names and
 * headers, passwords in URLs, key blocks, JSON web tokens, long random-looking strings behind names that say key or token.
 * One pass, linear, bounded; errs towards taking out too much behind a telling name and nothing without one. */

#include "common/arena.h"

#include <stddef.h>

#define REDACT_MARK "[redacted]"

/* A copy of text with every secret replaced by REDACT_MARK, NUL terminated, in the arena; its length in *len_out.
 * At most max_bytes of text are looked at and kept (then "..." stands at the end). NULL when the arena is exhausted. */
char *redact(struct arena *arena, const char *text, size_t len, size_t max_bytes, size_t *len_out);

#endif
