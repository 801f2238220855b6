#ifndef TCPBEHAV_EXPLAIN_H
#define TCPBEHAV_EXPLAIN_H

/* The whole reasoning behind a verdict: commands, targets, flows, findings, policy cell; for people and for programs. */

#include "common/message.h"

struct explanation {
	const struct check_request *request;
	const struct analysis *analysis;
	const struct verdict *verdict; /* never NULL */
};

/* Members "commands", "flows", "findings", "policy" and so on of an object that the caller has begun. */
void explain_json(struct json_writer *writer, const struct explanation *explanation);

/* For people, understandable in ten seconds: the verdict and its reason first. color: ANSI colors. */
void explain_text(struct text *out, const struct explanation *explanation, bool color);

#endif
