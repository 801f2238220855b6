#ifndef TCPBEHAV_CLIENT_HOOKLINE_H
#define TCPBEHAV_CLIENT_HOOKLINE_H

/* The one request and the one answer of the hooks' fast path, written and read without a JSON library: it must start in
 * no time. What it does not expect in an answer it refuses; the full program then does the work. Pure, thread safe. */

#include "common/analysis.h"

#include <stddef.h>
#include <stdint.h>

struct hookline_request {
	const char *host;
	const char *home;      /* or NULL */
	const char *workspace; /* or NULL */
	const char *payload;   /* bytes of any kind */
	size_t payload_len;
	const struct observation *observed;
	size_t n_observed;
	const struct script *scripts;
	size_t n_scripts;
	const struct script *project_files;
	size_t n_project_files;
};

/* {"op":"hook",...} with its newline, from malloc(); NULL without memory. */
char *hookline_write(const struct hookline_request *request, size_t *len_out);

/* Writes len bytes as base64, (len + 2) / 3 * 4 of them; returns the end. */
char *hookline_base64(char *at, const char *data, size_t len);

/* Strings point into the line and end with a NUL. */
struct hookline_answer {
	char *stdout_text;
	size_t stdout_len;
	char *stderr_text;
	size_t stderr_len;
	int exit_code;
	const char *look[ANALYSIS_LOOK_MAX]; /* paths that the daemon wants to be looked at */
	uint32_t n_look;
	const char *read[ANALYSIS_READ_MAX]; /* files that it wants to be read */
	uint32_t n_read;
};

/* Reads {"ok":true,"exit":0,"stdout":"..","stderr":".."}, in any order and with other members beside; decodes strings in place.
 * 0; -EINVAL when it is anything else, or a needed member is missing. */
int hookline_read(char *line, size_t len, struct hookline_answer *answer);

#endif
