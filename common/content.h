#ifndef TCPBEHAV_CONTENT_H
#define TCPBEHAV_CONTENT_H

/* Files that hold commands line by line. Internal to content*.c; the seam is content_analyze() in run.h. */

#include "common/code.h"

struct content {
	struct run *run;
	const char *text;
	uint32_t len;
	struct span span;
};

/* Runs a piece of the file as shell code, for its effects; that it is incomplete says nothing about the line. */
void content_shell(const struct content *content, const char *text, size_t len);

/* The next line from *at on, without its end; lines that end in a backslash are one. False at the end of the text.
 * The line points into the text or into the arena. */
bool content_line(const struct content *content, uint32_t *at, const char **line, size_t *len);

void content_make(const struct content *content);

/* The same for what make runs when it is to make these goals (none: the first one of the file). */
void content_make_goals(const struct content *content, const struct field *const *goals, uint32_t n);

/* Commands of a JSON file: the strings in the object named section, those with one of keys (a list that ends in NULL), or, with both, those
 * of them in that object. */
void content_json(const struct content *content, const char *section, const char *const *keys);
void content_ci(const struct content *content);
void content_dockerfile(const struct content *content);
void content_crontab(const struct content *content, bool with_user);
void content_go(const struct content *content);
void content_unit(const struct content *content);

/* Blanks of a line, and a piece of it without those around it. */
static inline bool content_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static inline void content_trim(const char **text, size_t *len)
{
	while (*len && content_is_blank(**text)) {
		(*text)++;
		(*len)--;
	}
	while (*len && content_is_blank((*text)[*len - 1]))
		(*len)--;
}

#endif
