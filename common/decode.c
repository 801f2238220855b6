#include "config.h"
#include "common/decode.h"

#include <ctype.h>
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

/* The escape behind a backslash; returns the bytes it took. */
static size_t put_escape(struct writer *w, const char *text, size_t len)
{
	static const char names[] = "abefnrtv\\'\"", values[] = "\a\b\033\f\n\r\t\v\\'\"";
	const char *at = len && text[0] ? strchr(names, text[0]) : NULL;
	size_t used = 0, digits = 0;
	unsigned value = 0;

	if (len == 0) {
		put(w, "\\", 1);
		return 0;
	}
	if (at) {
		put(w, &values[at - names], 1);
		return 1;
	}
	if (text[0] == 'x') {
		for (used = 1; used < len && used < 3 && isxdigit((unsigned char)text[used]); used++, digits++)
			value = value * 16 + (unsigned)hex_value((unsigned char)text[used]);
	} else {
		for (used = 0; used < len && used < 4 && text[used] >= '0' && text[used] <= '7'; used++, digits++)
			value = value * 8 + (unsigned)(text[used] - '0');
	}
	if (digits)
		put(w, &(char){ (char)value }, 1);
	else
		put(w, "\\", 1);
	return digits ? used : 0;
}

static void put_escaped(struct writer *w, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\\')
			i += put_escape(w, text + i + 1, len - i - 1);
		else
			put(w, text + i, 1);
	}
}

/* One pass over the format; returns how many words it used. */
static uint32_t put_format(struct writer *w, const struct field *format, const struct field *const *words, uint32_t n)
{
	uint32_t used = 0;

	for (uint32_t i = 0; i < format->len; i++) {
		if (format->text[i] == '\\') {
			i += (uint32_t)put_escape(w, format->text + i + 1, format->len - i - 1);
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
			if (format->text[i] == 'b')
				put_escaped(w, words[used]->text, words[used]->len);
			else
				put(w, words[used]->text, words[used]->len);
			used++;
		}
	}
	return used;
}

const char *decode_printf(struct arena *arena, const struct field *const *words, uint32_t n, uint32_t *len_out)
{
	struct writer w = { .room = 64 };
	uint32_t at = 1, used;

	for (uint32_t i = 0; i < n; i++)
		w.room += words[i]->len + (size_t)words[0]->len;
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
