#ifndef TCPBEHAV_PROJECT_H
#define TCPBEHAV_PROJECT_H

/* What a project's own file (POLICY_PROJECT_FILE in a workspace) means for one request. Whoever asks reads the file and hands its text
 * over; daemon and embedded engine judge by it in the same way. It only ever tightens, and nothing that stands in it is repeated
 * in an answer: a repository must not speak to the model. Pure, thread safe. */

#include "common/analysis.h"
#include "common/policy_rules.h"

#define PROJECT_FILE_MAX ((size_t)64 << 10) /* bytes; a longer one is not read */

/* Of all files of a request. */
struct project {
	enum policy_profile profile; /* the strictest wish; strict where a file cannot be used: it was meant to tighten */
	const struct policy_rule *rules;
	size_t n_rules;
	const char *problem; /* why a file cannot be used: file, line, remedy; or NULL */
};

/* Reads the files; one without text is there and could not be read. Strings and rules are in the arena. */
void project_read(const struct script *files, size_t n, struct arena *arena, struct project *out);

/* policy_judge() with what the project adds to the asker's rules; a file that cannot be used is told in out->why. */
void project_judge(const struct policy *policy, struct policy_asker *asker, const struct project *project,
                   const struct analysis *analysis, struct arena *arena, struct verdict *out);

#endif
