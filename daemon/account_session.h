#ifndef TCPBEHAV_ACCOUNT_SESSION_H
#define TCPBEHAV_ACCOUNT_SESSION_H

/* The sessions that an account remembers. Loop thread only, but account_copy_session(). A session idle for a day is forgotten. */

#include "daemon/account.h"

#define ACCOUNT_NOTES_BYTES_A_MINUTE ((size_t)64 << 20)

void account_init_sessions(struct account *account, struct accounts *all);
void account_free_sessions(struct account *account);

/* The memory of the session of this name; NULL: there is none. Good until the next change. */
const struct session *account_find_session(const struct account *account, const char *name, int64_t now_ms);

/* A copy in the arena, for analysis off the loop. Any thread. NULL: there is none, or no memory. */
const struct session *account_copy_session(struct account *account, const char *name, int64_t now_ms, struct arena *arena);

/* Takes in what a call did, or what a note names; begins the session when there is none. name is not empty. False without memory. */
bool account_session_event(struct account *account, const char *name, const uint64_t seed[2], const struct analysis *analysis,
                           uint64_t request, int64_t now_ms);
bool account_session_note(struct account *account, const char *name, const uint64_t seed[2], enum session_origin origin,
                          const struct session_targets *targets, uint64_t request, int64_t now_ms);

/* session_forget(); false when nothing was remembered of the request. */
bool account_session_forget(struct account *account, const char *name, uint64_t request, int64_t now_ms);

/* Keeps a host's name for a call of a session that is there, for a while, and the call's number by it; 0: not known (any more). */
void account_session_name_call(struct account *account, const char *name, const char *call, uint64_t request, int64_t now_ms);
uint64_t account_session_called(struct account *account, const char *name, const char *call, int64_t now_ms);

/* Whether a note of this length is within what a uid may say in a minute. */
bool account_may_note(struct account *account, size_t len, int64_t now_ms);

#endif
