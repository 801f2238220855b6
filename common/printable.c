#include "config.h"
#include "common/printable.h"

#include "common/place.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

static size_t put_byte(char *out, unsigned char c)
{
	switch (c) {
	case TEXT_UNKNOWN:
		out[0] = '$';
		out[1] = '?';
		return 2;
	case TEXT_STAR:
		out[0] = '*';
		return 1;
	case TEXT_ANY:
		out[0] = '?';
		return 1;
	default:
		out[0] = c < 0x20 || c == 0x7f ? ' ' : (char)c;
		return 1;
	}
}

/* The length of what remains when a UTF-8 sequence cut at its end is dropped. */
static size_t utf8_cut(const char *s, size_t len)
{
	size_t back = 0;

	while (back < 3 && back < len && ((unsigned char)s[len - 1 - back] & 0xc0) == 0x80)
		back++;
	if (back < len && ((unsigned char)s[len - 1 - back] & 0xc0) == 0xc0)
		return len - 1 - back;
	return len;
}

/* Eight bytes at a time: is none of them a control character or DEL? */
static bool is_plain(const char *text, size_t len)
{
	static const uint64_t ones = UINT64_C(0x0101010101010101), highs = UINT64_C(0x8080808080808080);
	size_t i = 0;

	for (; i + 8 <= len; i += 8) {
		uint64_t word, low, del;

		memcpy(&word, text + i, 8);
		low = (word - 0x20 * ones) & ~word & highs;
		del = ((word ^ 0x7f * ones) - ones) & ~(word ^ 0x7f * ones) & highs;
		if (low | del)
			return false;
	}
	for (; i < len; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return false;
	return true;
}

const char *printable(struct arena *arena, const char *text, size_t len, size_t max)
{
	bool cut = len > max;
	size_t take = cut ? utf8_cut(text, max) : len;
	char *out = arena_alloc(arena, 2 * take + 3);
	size_t n = 0;

	if (!out)
		return "";
	if (is_plain(text, take)) {
		memcpy(out, text, take);
		n = take;
	} else {
		for (size_t i = 0; i < take; i++)
			n += put_byte(out + n, (unsigned char)text[i]);
	}
	if (cut) {
		memcpy(out + n, "..", 2);
		n += 2;
	}
	out[n] = '\0';
	return out;
}

const char *printable_join(struct arena *arena, const char *first, ...)
{
	va_list args;
	size_t len = 0;
	char *out, *p;

	va_start(args, first);
	for (const char *s = first; s; s = va_arg(args, const char *))
		len += strlen(s);
	va_end(args);
	out = p = arena_alloc(arena, len + 1);
	if (!out)
		return "";
	va_start(args, first);
	for (const char *s = first; s; s = va_arg(args, const char *))
		p = stpcpy(p, s);
	va_end(args);
	*p = '\0';
	return out;
}

static bool plain_word(const char *text, size_t len)
{
	static const char plain[] = "_@%+=:,./-\x01\x02\x03";

	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)text[i]) && (!text[i] || !strchr(plain, text[i])))
			return false;
	return len > 0;
}

const char *printable_quote(struct arena *arena, const char *text, size_t len)
{
	const char *clean = printable(arena, text, len, PRINTABLE_MAX);
	size_t quotes = 0;
	char *out, *p;

	if (plain_word(text, len))
		return clean;
	for (const char *s = clean; *s; s++)
		quotes += *s == '\'';
	out = p = arena_alloc(arena, strlen(clean) + 3 * quotes + 3);
	if (!out)
		return "";
	*p++ = '\'';
	for (const char *s = clean; *s; s++) {
		if (*s == '\'')
			p = stpcpy(p, "'\\''");
		else
			*p++ = *s;
	}
	*p++ = '\'';
	*p = '\0';
	return out;
}
