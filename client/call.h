#ifndef TCPBEHAV_CLIENT_CALL_H
#define TCPBEHAV_CLIENT_CALL_H

/* Requests as lines: what the library and tcpctl want to know is written as the daemon would be asked, and is answered by
 * the daemon or, from the same line, by the engine. Pure, thread safe. */

#include "common/message.h"

/* Where a call comes from and what it is. NULL: not said. */
struct call {
	const char *command;
	size_t command_len;
	const char *tool;
	const char *arguments_json; /* an object; checked by who reads the line */
	size_t arguments_len;
	const char *cwd;
	const char *home;
	const char *const *workspaces;
	size_t n_workspaces;
	const char *agent;
	const char *session;
	const char *profile;
};

/* {"op":"check",...} with its newline. arguments_json must hold no newline outside of strings: it is taken as it is. */
void call_write(struct text *out, enum protocol_op op, const struct call *call);

/* A line that somebody else wrote (root: its object), with op and those of the call's members that it does not name put in
 * front: cwd, home, workspace, agent, session, profile. */
void call_complete(struct text *out, enum protocol_op op, const struct call *call, const char *line, size_t len,
                   const struct cJSON *root);

/* A line that asks for something (with its newline) once more, with what was observed and read. */
void call_again(struct text *out, const char *line, size_t len, const struct check_request *request);

/* The same with the project's own files (client/projectfile.h), of which there is at least one. */
void call_with_project(struct text *out, const char *line, size_t len, const struct check_request *request);

#endif
