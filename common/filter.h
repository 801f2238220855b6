#ifndef TCPBEHAV_FILTER_H
#define TCPBEHAV_FILTER_H

/* What filters make of constant text: so that letters swapped, turned round or cut out are seen as what they become. All
 * are linear. Results are NUL-terminated arena strings; NULL when the filter does more than is understood here, or the
 * arena is exhausted. */

#include "common/run.h"

/* tr SET1 SET2, tr -d SET1: ranges, \n and \ooo; no classes. second may be NULL with remove. */
const char *filter_tr(struct arena *arena, const struct stream *from, const struct field *first, const struct field *second,
                      bool remove, uint32_t *len_out);

/* sed 's/text/text/' and 's/text/text/g' with any delimiter, a literal pattern and replacement; y/set/set/. */
const char *filter_sed(struct arena *arena, const struct stream *from, const struct field *script, uint32_t *len_out);

/* rev: each line backwards. */
const char *filter_rev(struct arena *arena, const struct stream *from, uint32_t *len_out);

/* tac: the lines backwards. */
const char *filter_tac(struct arena *arena, const struct stream *from, uint32_t *len_out);

#endif
