#ifndef TCPBEHAV_CLIENT_PROJECTFILE_H
#define TCPBEHAV_CLIENT_PROJECTFILE_H

/* Reads the project's own file (POLICY_PROJECT_FILE) of each workspace of a request: regular files, without waiting, not more of one than
 * shows that it is too long. Where there is none it costs one open() that fails. Thread safe. */

#include "common/message.h"

/* Fills in request->project_files unless the request brings its own list. True when something was found. Text and paths are in the
 * arena. */
bool projectfile_find(struct check_request *request, struct arena *arena);

#endif
