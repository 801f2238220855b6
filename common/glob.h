#ifndef TCPBEHAV_GLOB_H
#define TCPBEHAV_GLOB_H

/* Glob patterns with * (any text, also with slashes) and ? (any byte). Pure, no recursion, no allocation. */

#include <stdbool.h>
#include <stddef.h>

/* True when pattern may match the len bytes at text as a whole. The text may hold TEXT_* bytes (place.h): what they stand
 * for is not known, so that the answer is whether some value of them matches. Thread safe. */
bool glob_match(const char *pattern, const char *text, size_t len);

/* The same with a pattern of pattern_len bytes. */
bool glob_match_bytes(const char *pattern, size_t pattern_len, const char *text, size_t len);

/* True when pattern matches whatever the TEXT_* bytes of text stand for, as far as * takes them in. */
bool glob_match_surely(const char *pattern, size_t pattern_len, const char *text, size_t len);

#endif
