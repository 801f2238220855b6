#ifndef TCPBEHAV_CLIENT_SCRIPTS_H
#define TCPBEHAV_CLIENT_SCRIPTS_H

/* Reads the scripts that are about to run. Only regular files below a workspace, reached without any link, at most ANALYSIS_SCRIPTS_MAX
 * of them and ANALYSIS_SCRIPT_BYTES of each; what holds a NUL is no script. Thread safe. */

#include "common/message.h"

/* Adds to request->scripts what can be read of the files that an answer asked for. True when there is something new. Text and
 * paths are in the arena. */
bool scripts_read(struct check_request *request, const char *const *paths, size_t n, struct arena *arena);

#endif
