#ifndef TCPBEHAV_DECODE_H
#define TCPBEHAV_DECODE_H

/* What small tools make of constant text. All results are NUL-terminated arena strings; NULL when the text is not valid
 * or the arena is exhausted. */

#include "common/run.h"

/* Base64 (also the URL alphabet), blanks and line ends skipped, padding optional. */
const char *decode_base64(struct arena *arena, const char *text, size_t len, uint32_t *len_out);

/* Pairs of hexadecimal digits, blanks and line ends skipped (xxd -r -p). */
const char *decode_hex(struct arena *arena, const char *text, size_t len, uint32_t *len_out);

/* What echo -e prints of text. */
const char *decode_escapes(struct arena *arena, const char *text, size_t len, uint32_t *len_out);

/* printf: the first word is the format (%s %d %i %u %c %b %q %x %%, backslash escapes), reused while words are left. */
const char *decode_printf(struct arena *arena, const struct field *const *words, uint32_t n, uint32_t *len_out);

#endif
