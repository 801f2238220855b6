#include "config.h"
#include "common/text.h"

#include <string.h>

void text_init(struct text *text, struct arena *arena, size_t hint_bytes)
{
	memset(text, 0, sizeof(*text));
	text->arena = arena;
	text->data = arena_alloc(arena, hint_bytes);
	text->size = text->data ? hint_bytes : 0;
}

void text_init_fixed(struct text *text, char *buffer, size_t size)
{
	memset(text, 0, sizeof(*text));
	text->data = buffer;
	text->size = size;
}

bool text_grow(struct text *text, size_t more)
{
	size_t size = text->size < 64 ? 64 : text->size;
	char *data = NULL;

	if (text->arena && more <= SIZE_MAX / 4 - text->len) {
		while (size < text->len + more)
			size *= 2;
		data = arena_alloc(text->arena, size);
	}
	text->failed = !data;
	if (!data)
		return false;
	if (text->len)
		memcpy(data, text->data, text->len);
	text->data = data;
	text->size = size;
	return true;
}

void text_put_u64(struct text *text, uint64_t number)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	text_put(text, digits + at, sizeof(digits) - at);
}

char *text_end(struct text *text)
{
	char *end = text_reserve(text, 1);

	if (!end)
		return NULL;
	*end = '\0';
	return text->data;
}

static bool is_continuation(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (((uint8_t)s[i] & 0xc0) != 0x80)
			return false;
	return true;
}

size_t text_utf8_len(const char *s, size_t len)
{
	uint8_t first = len ? (uint8_t)s[0] : 0xff;
	uint8_t second = len > 1 ? (uint8_t)s[1] : 0;

	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first <= 0xdf && len >= 2)
		return is_continuation(s + 1, 1) ? 2 : 0;
	if ((first & 0xf0) == 0xe0 && len >= 3) {
		if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f))
			return 0;
		return is_continuation(s + 1, 2) ? 3 : 0;
	}
	if (first >= 0xf0 && first <= 0xf4 && len >= 4) {
		if ((first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f))
			return 0;
		return is_continuation(s + 1, 3) ? 4 : 0;
	}
	return 0;
}

static uint32_t utf8_decode(const char *s, size_t len)
{
	static const uint8_t first_mask[5] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t rune = (uint8_t)s[0] & first_mask[len];

	for (size_t i = 1; i < len; i++)
		rune = rune << 6 | ((uint8_t)s[i] & 0x3f);
	return rune;
}

/* Characters that are not seen, or that change how what follows is seen: first and last of each range. */
static const uint32_t hidden[][2] = {
	{ 0x0000, 0x001f }, { 0x007f, 0x009f }, { 0x00ad, 0x00ad }, { 0x034f, 0x034f }, { 0x061c, 0x061c },
	{ 0x115f, 0x1160 }, { 0x17b4, 0x17b5 }, { 0x180b, 0x180f }, { 0x200b, 0x200f }, { 0x2028, 0x202e },
	{ 0x2060, 0x206f }, { 0x3164, 0x3164 }, { 0xfe00, 0xfe0f }, { 0xfeff, 0xfeff }, { 0xffa0, 0xffa0 },
	{ 0xfff0, 0xfffb }, { 0xe0000, 0xe0fff },
};

static bool is_hidden(const char *s, size_t len)
{
	uint32_t rune = utf8_decode(s, len);

	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		if (rune >= hidden[i][0] && rune <= hidden[i][1])
			return true;
	return false;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Puts the next character of s as it may be shown; returns how many bytes of s it was. */
static size_t put_printable_one(struct text *text, const char *s, size_t len)
{
	size_t n = text_utf8_len(s, len);

	if (is_blank(*s)) {
		for (n = 1; n < len && is_blank(s[n]); n++)
			;
		text_putc(text, ' ');
	} else if (n == 0 || ((uint8_t)*s < 0x20 || (uint8_t)*s >= 0x7f ? is_hidden(s, n) : false)) {
		text_putc(text, '?');
	} else {
		text_put(text, s, n);
	}
	return n ? n : 1;
}

void text_put_printable(struct text *text, const char *s, size_t len, size_t max_bytes)
{
	size_t start = text->len;

	for (size_t at = 0; at < len;) {
		if (text->len - start + 4 > max_bytes && text->len - start + len - at > max_bytes) {
			text_puts(text, "...");
			return;
		}
		at += put_printable_one(text, s + at, len - at);
		if (text->failed)
			return;
	}
}

void text_put_quoted(struct text *text, const char *s, size_t len, size_t max_bytes)
{
	size_t start = text->len;

	text_putc(text, '\'');
	for (size_t at = 0; at < len && !text->failed;) {
		if (text->len - start > max_bytes) {
			text_puts(text, "'...");
			return;
		}
		if (s[at] == '\'') {
			text_puts(text, "'\\''");
			at++;
		} else {
			at += put_printable_one(text, s + at, len - at);
		}
	}
	text_putc(text, '\'');
}

void text_make_printable(char *s)
{
	for (; *s; s++)
		if ((uint8_t)*s < 0x20 || *s == 0x7f)
			*s = '?';
}
