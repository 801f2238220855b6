#ifndef TCPBEHAV_SESSION_INTERNAL_H
#define TCPBEHAV_SESSION_INTERNAL_H

#include "common/session.h"

/* The key of a target under a session's seed. */
uint64_t session_key(const uint64_t seed[2], enum mark_kind kind, const char *text, size_t len);

/* The form in which names are compared: small letters, "_" as "-". out takes len bytes. */
void session_lower(const char *text, size_t len, char *out);

#endif
