#ifndef TCPBEHAV_SESSION_INTERNAL_H
#define TCPBEHAV_SESSION_INTERNAL_H

#include "common/session.h"

/* Marks a target as named by origin; text in the form in which calls look it up. */
void session_name(struct session *session, enum session_origin origin, enum mark_kind kind, const char *text, size_t len,
                  uint64_t request);

#endif
