#include "config.h"
#include "common/decode.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int base64_value(unsigned char c)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at;

	if (c == '-')
		return 62;
	if (c == '_')
		return 63;
	at = c ? strchr(alphabet, c) : NULL;
	return at ? (int)(at - alphabet) : -1;
}

const char *decode_base64(struct arena *arena, const char *text, size_t len, uint32_t *len_out)
{
	char *out = arena_alloc(arena, len / 4 * 3 + 4);
	uint32_t bits = 0, n_bits = 0, n = 0;

	if (!out)
		return NULL;
	for (size_t i = 0; i < len && text[i] != '='; i++) {
		int value = base64_value((unsigned char)text[i]);

		if (isspace((unsigned char)text[i]))
			continue;
		if (value < 0)
			return NULL;
		bits = bits << 6 | (uint32_t)value;
		n_bits += 6;
		if (n_bits >= 8) {
			n_bits -= 8;
			out[n++] = (char)(bits >> n_bits & 0xff);
		}
	}
	out[n] = '\0';
	*len_out = n;
	return out;
}

static int hex_value(unsigned char c)
{
	if (isdigit(c))
		return c - '0';
	return isxdigit(c) ? tolower(c) - 'a' + 10 : -1;
}

const char *decode_hex(struct arena *arena, const char *text, size_t len, uint32_t *len_out)
{
	char *out = arena_alloc(arena, len / 2 + 2);
	uint32_t n = 0;
	int high = -1;

	if (!out)
		return NULL;
	for (size_t i = 0; i < len; i++) {
		int value = hex_value((unsigned char)text[i]);

		if (isspace((unsigned char)text[i]))
			continue;
		if (value < 0)
			return NULL;
		if (high >= 0)
			out[n++] = (char)(high << 4 | value);
		high = high >= 0 ? -1 : value;
	}
	out[n] = '\0';
	*len_out = n;
	return out;
}

/* --- printf --- */

struct writer {
	char *out;
	size_t n;
	size_t room;
};

static void put(struct writer *w, const char *text, size_t len)
{
	if (len > w->room - w->n)
		len = w->room - w->n;
	memcpy(w->out + w->n, text, len);
	w->n += len;
}

static void put_utf8(struct writer *w, unsigned code)
{
	if (code < 0x80) {
		put(w, &(char){ (char)code }, 1);
	} else if (code < 0x800) {
		put(w, (char[]){ (char)(0xc0 | code >> 6), (char)(0x80 | (code & 0x3f)) }, 2);
	} else if (code < 0x10000) {
		put(w, (char[]){ (char)(0xe0 | code >> 12), (char)(0x80 | (code >> 6 & 0x3f)), (char)(0x80 | (code & 0x3f)) }, 3);
	} else {
		put(w, (char[]){ (char)(0xf0 | (code >> 18 & 7)), (char)(0x80 | (code >> 12 & 0x3f)), (char)(0x80 | (code >> 6 & 0x3f)),
		                 (char)(0x80 | (code & 0x3f)) }, 4);
	}
}

/* At most max digits; returns how many were there. */
static size_t read_digits(const char *text, size_t len, size_t max, int base, unsigned *value)
{
	size_t n = 0;

	for (*value = 0; n < len && n < max; n++) {
		int digit = hex_value((unsigned char)text[n]);

		if (digit < 0 || digit >= base)
			break;
		*value = *value * (unsigned)base + (unsigned)digit;
	}
	return n;
}

/* The escape behind a backslash, in a format or (percent_b) in what %b and echo -e print; returns the bytes it took. */
static size_t put_escape(struct writer *w, const char *text, size_t len, bool percent_b)
{
	static const char names[] = "abefnrtv\\'\"", values[] = "\a\b\033\f\n\r\t\v\\'\"";
	const char *at = len && text[0] ? strchr(names, text[0]) : NULL;
	size_t digits = 0;
	unsigned value = 0;

	if (at) {
		put(w, &values[at - names], 1);
		return 1;
	}
	if (len && text[0] == 'c' && percent_b) { /* nothing is printed any more */
		w->room = w->n;
		return 1;
	}
	if (len && (text[0] == 'x' || text[0] == 'u' || text[0] == 'U'))
		digits = read_digits(text + 1, len - 1, text[0] == 'x' ? 2 : text[0] == 'u' ? 4 : 8, 16, &value);
	if (digits) {
		if (text[0] == 'x')
			put(w, &(char){ (char)value }, 1);
		else
			put_utf8(w, value);
		return 1 + digits;
	}
	digits = read_digits(text, len, percent_b && len && text[0] == '0' ? 4 : 3, 8, &value);
	if (digits)
		put(w, &(char){ (char)value }, 1);
	else
		put(w, "\\", 1);
	return digits;
}

static void put_escaped(struct writer *w, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\\')
			i += put_escape(w, text + i + 1, len - i - 1, true);
		else
			put(w, text + i, 1);
	}
}

/* As the shell would have to be given it. */
static void put_quoted(struct writer *w, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (!isalnum((unsigned char)text[i]) && !strchr("_./:=@,+-%", text[i]))
			put(w, "\\", 1);
		put(w, text + i, 1);
	}
}

/* One word as its conversion prints it. */
static void put_word(struct writer *w, char conversion, const struct field *word)
{
	char number[32];

	switch (conversion) {
	case 'b':
		put_escaped(w, word->text, word->len);
		break;
	case 'q':
		put_quoted(w, word->text, word->len);
		break;
	case 'c':
		put(w, word->text, word->len ? 1 : 0);
		break;
	case 'o':
	case 'x':
	case 'X':
		snprintf(number, sizeof(number), conversion == 'o' ? "%lo" : conversion == 'x' ? "%lx" : "%lX",
		         (unsigned long)strtol(word->text[0] == '\'' ? "" : word->text, NULL, 0));
		put(w, number, strlen(number));
		break;
	default:
		put(w, word->text, word->len);
	}
}

/* One pass over the format; returns how many words it used. */
static uint32_t put_format(struct writer *w, const struct field *format, const struct field *const *words, uint32_t n)
{
	uint32_t used = 0;

	for (uint32_t i = 0; i < format->len; i++) {
		if (format->text[i] == '\\') {
			i += (uint32_t)put_escape(w, format->text + i + 1, format->len - i - 1, false);
			continue;
		}
		if (format->text[i] != '%' || i + 1 >= format->len) {
			put(w, format->text + i, 1);
			continue;
		}
		i++;
		i += (uint32_t)strspn(format->text + i, "-+ #0123456789.");
		if (format->text[i] == '%') {
			put(w, "%", 1);
		} else if (used < n) {
			put_word(w, format->text[i], words[used++]);
		}
	}
	return used;
}

const char *decode_escapes(struct arena *arena, const char *text, size_t len, uint32_t *len_out)
{
	struct writer w = { .room = len };

	w.out = arena_alloc(arena, len + 1);
	if (!w.out)
		return NULL;
	put_escaped(&w, text, len);
	w.out[w.n] = '\0';
	*len_out = (uint32_t)w.n;
	return w.out;
}

const char *decode_printf(struct arena *arena, const struct field *const *words, uint32_t n, uint32_t *len_out)
{
	struct writer w = { .room = 64 };
	uint32_t at = 1, used;

	for (uint32_t i = 0; i < n; i++)
		w.room += 2 * words[i]->len + (size_t)words[0]->len;
	if (w.room > 65536)
		w.room = 65536;
	w.out = arena_alloc(arena, w.room + 1);
	if (!w.out)
		return NULL;
	do {
		used = put_format(&w, words[0], words + at, n - at);
		at += used;
	} while (used && at < n);
	w.out[w.n] = '\0';
	*len_out = (uint32_t)w.n;
	return w.out;
}
