#ifndef TCPBEHAV_SHELL_SPANS_H
#define TCPBEHAV_SHELL_SPANS_H

#include "common/shell.h"

/* Whether every span of the tree lies within len bytes, begins before it ends and lies within its parent's, every literal
 * has text, and nothing is nested deeper than the parser promises. */
bool shell_spans_hold(const struct shell_script *script, uint32_t len);

#endif
