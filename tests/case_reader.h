#ifndef TCPBEHAV_CASE_READER_H
#define TCPBEHAV_CASE_READER_H

/* The cases beside the knowledge (etc/tools.d/FAMILY.cases.jsonl) and in tests/cases, and what they are judged with. */

#include "common/build.h"
#include "common/message.h"

struct case_reader {
	struct image image;
	struct table table; /* of etc/tools.d */
	struct policy policy;
	struct arena arena; /* of the case at hand */
	unsigned n_passed;
	unsigned n_failed;
	const struct observation *observed; /* what the caller of case_judge() wants to have been seen */
	size_t n_observed;
	const struct script *scripts; /* and read */
	size_t n_scripts;
	void (*run)(struct case_reader *reader, const char *file, unsigned line_number, const struct cJSON *line);
};

/* Builds the table and calls run for every case; lines that are not JSON count as failed. False when there is no table. */
bool case_reader_run(struct case_reader *reader);
void case_reader_free(struct case_reader *reader);

/* A text of the line. */
const char *case_field(const struct cJSON *line, const char *key, const char *otherwise);

/* Analyses command in the place that the line names, and judges it. In the reader's arena, which is reset. */
void case_judge(struct case_reader *reader, const struct cJSON *line, const char *command, struct analysis *analysis,
                struct verdict *verdict);

#endif
