#include "config.h"
#include "common/json_scan.h"

#include <ctype.h>
#include <string.h>

/* Only strings and brackets are minded: what is cut off in the middle, or broken, keeps the rest from nobody. */

static size_t skip_blanks(const char *text, size_t len, size_t at)
{
	while (at < len && (text[at] == ' ' || text[at] == '\t' || text[at] == '\n' || text[at] == '\r'))
		at++;
	return at;
}

/* From a quote to behind the one that ends it. */
static size_t skip_string(const char *text, size_t len, size_t at)
{
	for (at++; at < len && text[at] != '"'; at++)
		if (text[at] == '\\')
			at++;
	return at < len ? at + 1 : len;
}

/* To the comma or bracket behind a value. */
static size_t skip_value(const char *text, size_t len, size_t at)
{
	size_t depth = 0;

	while (at < len) {
		switch (text[at]) {
		case '"':
			at = skip_string(text, len, at);
			continue;
		case '{':
		case '[':
			depth++;
			break;
		case '}':
		case ']':
			if (depth == 0)
				return at;
			depth--;
			break;
		case ',':
			if (depth == 0)
				return at;
			break;
		}
		at++;
	}
	return len;
}

bool json_loose_member(const char *text, size_t len, const char *key, const char **value, size_t *value_len)
{
	size_t at = skip_blanks(text, len, 0), key_len = strlen(key);

	if (at >= len || text[at] != '{')
		return false;
	do {
		size_t name = at = skip_blanks(text, len, at + 1), end;

		if (at >= len || text[at] != '"')
			return false;
		at = skip_string(text, len, at);
		end = at;
		at = skip_blanks(text, len, at);
		if (at >= len || text[at] != ':')
			return false;
		at = skip_blanks(text, len, at + 1);
		*value = text + at;
		at = skip_value(text, len, at);
		if (end - name == key_len + 2 && memcmp(text + name + 1, key, key_len) == 0) {
			*value_len = (size_t)(text + at - *value);
			return true;
		}
	} while (at < len && text[at] == ',');
	return false;
}

/* The code behind \u, or -1. */
static int unicode_of(const char *digits, size_t len)
{
	int code = 0;

	if (len < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int c = tolower((unsigned char)digits[i]);

		if (!isxdigit(c))
			return -1;
		code = code << 4 | (c <= '9' ? c - '0' : c - 'a' + 10);
	}
	return code;
}

/* Undoes the escape whose letter stands at *at; *at moves behind it. Never longer than what it was. */
static size_t put_escaped(const char *value, size_t len, size_t *at, char *to)
{
	static const char letters[] = "bfnrt", codes[] = "  \n\n\t";
	char c = value[(*at)++];
	const char *letter = strchr(letters, c);
	int code;

	if (c != 'u') {
		*to = c && letter ? codes[letter - letters] : c;
		return 1;
	}
	code = unicode_of(value + *at, len - *at);
	*to = ' ';
	if (code < 0)
		return 1;
	*at += 4;
	if (code < ' ' || (code >= 0xd800 && code <= 0xdfff)) /* no target has one in it */
		return 1;
	return json_put_utf8(to, (unsigned)code);
}

size_t json_loose_text(const char *value, size_t len, char *to)
{
	char *out = to;

	for (size_t at = 0; at < len;) {
		char c = value[at++];

		if (c == '\\' && at < len)
			out += put_escaped(value, len, &at, out);
		else
			*out++ = c == '"' ? '\n' : c;
	}
	return (size_t)(out - to);
}
