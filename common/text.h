#ifndef TCPBEHAV_TEXT_H
#define TCPBEHAV_TEXT_H

/* A bounded, growing piece of text: what answers, reasons and explanations are built in. Appending never fails at the
 * place where it happens: past the bound or without memory the text is marked failed and stays as it is, and whoever
 * finishes it looks once. Not thread safe. */

#include "common/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct text {
	char *data;          /* not NUL terminated; text_end() */
	size_t len;
	size_t size;
	struct arena *arena; /* grows here; NULL: the buffer is the caller's and fixed */
	bool failed;         /* something did not fit */
};

/* An empty text that grows in the arena; hint_bytes: what it will probably need. */
void text_init(struct text *text, struct arena *arena, size_t hint_bytes);

/* An empty text in the caller's buffer. */
void text_init_fixed(struct text *text, char *buffer, size_t size);

/* Makes room for len more bytes; false, and the text marked failed, when there is none. Behind text_reserve(). */
bool text_grow(struct text *text, size_t more);

/* Room for len more bytes, to be filled in by the caller, who adds them to text->len; NULL when it does not fit. */
static inline char *text_reserve(struct text *text, size_t len)
{
	if (text->failed || (len > text->size - text->len && !text_grow(text, len)))
		return NULL;
	return text->data + text->len;
}

/* Appends len bytes, a string, one byte, a number. */
static inline void text_put(struct text *text, const char *s, size_t len)
{
	char *to = text_reserve(text, len);

	if (!to || len == 0)
		return;
	memcpy(to, s, len);
	text->len += len;
}

static inline void text_puts(struct text *text, const char *s)
{
	text_put(text, s, strlen(s));
}

static inline void text_putc(struct text *text, char c)
{
	char *to = text_reserve(text, 1);

	if (!to)
		return;
	*to = c;
	text->len++;
}

void text_put_u64(struct text *text, uint64_t number);

/* Appends what somebody else wrote so that it can be shown: control characters (also those of Unicode that turn text
 * around or hide it) and bytes that are not UTF-8 become '?', runs of blanks one blank; past max_bytes it ends in "...". */
void text_put_printable(struct text *text, const char *s, size_t len, size_t max_bytes);

/* The same in single quotes; a quote inside becomes '\''. */
void text_put_quoted(struct text *text, const char *s, size_t len, size_t max_bytes);

/* Replaces control characters in a string by '?', in place: for messages made by printf. */
void text_make_printable(char *s);

/* Puts a NUL behind the text (not counted in len) and returns it; NULL when something did not fit. */
char *text_end(struct text *text);

/* Length of the UTF-8 sequence at s (1..4), or 0 when there is none: too short, overlong, a surrogate, above U+10FFFF. */
size_t text_utf8_len(const char *s, size_t len);

#endif
