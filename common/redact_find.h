#ifndef TCPBEHAV_REDACT_FIND_H
#define TCPBEHAV_REDACT_FIND_H

/* What is a secret and where it ends: questions about a text, answered from the tables of redact.def. Pure; internal to redact.c. */

#include <stdbool.h>
#include <stddef.h>

struct redact_view {
	const char *text;
	size_t len;
	char quote; /* what is looked at stands inside these quotes; NUL: in none */
};

#define REDACT_COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* The byte at i, or NUL behind the end. */
static inline char redact_at(const struct redact_view *view, size_t i)
{
	return i < view->len ? view->text[i] : '\0';
}

bool redact_is_alnum(char c);
bool redact_is_name_char(char c);
bool redact_is_blank(char c);
bool redact_starts_with(const struct redact_view *view, size_t i, const char *s);

/* End of a token of known shape that starts here, or 0. */
size_t redact_token_end(const struct redact_view *view, size_t start);

/* End of a private key block that starts here, or 0. A block without end goes to the end of the text. */
size_t redact_key_block_end(const struct redact_view *view, size_t start);

/* True for what ends a plain word: blanks, operators, brackets, quotes, the end. */
bool redact_ends_value(char c);

/* True for ", ' and their escaped forms. */
bool redact_is_quote(const struct redact_view *view, size_t i);

/* End of the quoted piece that starts here. */
size_t redact_quoted_end(const struct redact_view *view, size_t i);

/* End of a value as a shell or JSON would read it: pieces in quotes and plain ones, up to a blank or an operator. A quote
 * behind something, with nothing behind it, closes what the value stands in; so does one at its start that was open. */
size_t redact_value_end(const struct redact_view *view, size_t i);

/* A variable, a substitution, a word like none: nothing to hide. */
bool redact_is_no_secret(const struct redact_view *view, size_t start, size_t end);

/* 16 bytes or more of mixed characters: no word of a language, no path. */
bool redact_looks_random(const struct redact_view *view, size_t start, size_t end);

#define REDACT_NAME_MAX 96 /* longer names are looked at by their end */

struct redact_name {
	char text[REDACT_NAME_MAX]; /* in lower case */
	size_t len;
};

void redact_name_read(struct redact_name *name, const char *text, size_t len);
bool redact_name_ends(const struct redact_name *name, const char *const *ends, size_t n);

/* Whether what stands behind a name is a secret: not, if it looks random, or in any case. */
enum redact_telling { TELLS_NOTHING, TELLS_WEAKLY, TELLS };
enum redact_telling redact_name_telling(const struct redact_name *name);

#endif
