#ifndef TCPBEHAV_CLIENT_OBSERVE_H
#define TCPBEHAV_CLIENT_OBSERVE_H

/* A bounded look at the file system, for what no text can tell: does a path that is about to be changed lead through a link?
 * For that only readlink() is used, and realpath() on folders once a link was found: nothing is opened or listed. At most ANALYSIS_LOOK_MAX paths,
 * 128 names and 40 links a path. Thread safe. */

#include "common/message.h"

/* Looks along the paths that an answer asked for and writes into observed (room for ANALYSIS_LOOK_MAX) those that lie elsewhere
 * than they say; returns how many. Strings are in the arena or of the answer. Folders of the request's workspaces, home and /tmp themselves
 * may be links: what lies in them keeps their names. Nothing when the first workspace is not on this machine: the call is
 * about another. */
size_t observe_paths(const struct check_request *request, const char *const *look, size_t n_look, struct arena *arena,
                     struct observation *observed);

/* How often a call is judged again at most: a script may run another. */
#define OBSERVE_ROUNDS 3

/* Looks and reads (client/scripts.h) what an answer asked for and adds it to the request. True when the call must be judged again. */
bool observe_request(struct check_request *request, const struct check_answer *answer, struct arena *arena);

#endif
