#include "config.h"
#include "common/json_scan.h"

#include <cjson/cJSON.h>
#include <limits.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_MAX 63 /* bytes */
#define EXACT_DIGITS 15 /* as many fit a double without loss */

static bool fail(struct json_scan *scan, size_t at, const char *what)
{
	scan->at = at;
	scan->what = what;
	return false;
}

static char peek(const struct json_scan *scan)
{
	return scan->at < scan->len ? scan->text[scan->at] : '\0';
}

static void skip_blanks(struct json_scan *scan)
{
	while (scan->at < scan->len) {
		char c = scan->text[scan->at];

		if (c != ' ' && c != '\t' && c != '\n' && c != '\r')
			return;
		scan->at++;
	}
}

static int hex4(const struct json_scan *scan, size_t at)
{
	int value = 0;

	if (scan->len - at < 4)
		return -1;
	for (size_t i = at; i < at + 4; i++) {
		char c = scan->text[i];
		if (c >= '0' && c <= '9')
			value = value << 4 | (c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			value = value << 4 | ((c | 0x20) - 'a' + 10);
		else
			return -1;
	}
	return value;
}

/* scan->at is behind the u of \u. */
static bool scan_unicode_escape(struct json_scan *scan)
{
	size_t start = scan->at - 2;
	int unit = hex4(scan, scan->at);

	if (unit < 0)
		return fail(scan, start, "\\u without four hexadecimal digits");
	if (unit == 0)
		return fail(scan, start, "a NUL (\\u0000) in a string: no command and no path has one");
	if (unit >= 0xdc00 && unit <= 0xdfff)
		return fail(scan, start, "the second half of a surrogate pair alone");
	scan->at += 4;
	if (unit < 0xd800 || unit > 0xdbff)
		return true;
	if (scan->len - scan->at < 6 || scan->text[scan->at] != '\\' || scan->text[scan->at + 1] != 'u')
		return fail(scan, start, "the first half of a surrogate pair alone");
	unit = hex4(scan, scan->at + 2);
	if (unit < 0xdc00 || unit > 0xdfff)
		return fail(scan, start, "the first half of a surrogate pair alone");
	scan->at += 6;
	return true;
}

static bool scan_escape(struct json_scan *scan)
{
	char c;

	scan->at++;
	c = peek(scan);
	scan->at++;
	if (c == 'u')
		return scan_unicode_escape(scan);
	if (c == '\0' || !strchr("\"\\/bfnrt", c))
		return fail(scan, scan->at - 2, "an unknown escape in a string");
	return true;
}

/* --- the values of the tree --- */

static bool no_memory(struct json_scan *scan)
{
	scan->what = NULL;
	return false;
}

unsigned json_put_utf8(char *to, unsigned code)
{
	unsigned n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	static const uint8_t leads[] = { 0, 0, 0xc0, 0xe0, 0xf0 };

	for (unsigned i = n; i-- > 1; code >>= 6)
		to[i] = (char)(0x80 | (code & 0x3f));
	to[0] = (char)(leads[n] | code);
	return n;
}

/* The character of an escape that was found well-formed, from behind its backslash; *at moves behind it. */
static unsigned escaped_code(const struct json_scan *scan, size_t *at)
{
	static const char letters[] = "bfnrt", codes[] = "\b\f\n\r\t";
	char c = scan->text[(*at)++];
	const char *letter = strchr(letters, c);
	int unit;

	if (c != 'u')
		return (unsigned char)(letter ? codes[letter - letters] : c);
	unit = hex4(scan, *at);
	*at += 4;
	if (unit < 0xd800 || unit > 0xdbff)
		return (unsigned)unit;
	*at += 6;
	return 0x10000 + ((unsigned)(unit - 0xd800) << 10) + (unsigned)(hex4(scan, *at - 4) - 0xdc00);
}

/* What stands between the quotes at start and end. No escape is shorter than what it says. */
static char *string_value(const struct json_scan *scan, size_t start, size_t end, bool escaped)
{
	char *value, *to;

	if (!escaped)
		return arena_dup(scan->arena, scan->text + start, end - start);
	value = to = arena_alloc(scan->arena, end - start + 1);
	if (!value)
		return NULL;
	for (size_t at = start; at < end;) {
		if (scan->text[at] == '\\') {
			at++;
			to += json_put_utf8(to, escaped_code(scan, &at));
		} else {
			*to++ = scan->text[at++];
		}
	}
	*to = '\0';
	return value;
}

/* A number that was found well-formed. Short whole ones are exact without strtod(), which minds the locale. */
static double number_value(const char *text, size_t len)
{
	char copy[NUMBER_MAX + 1], *point;

	memcpy(copy, text, len);
	copy[len] = '\0';
	if (len <= EXACT_DIGITS && strspn(copy, "0123456789") == len)
		return (double)strtoll(copy, NULL, 10);
	point = strchr(copy, '.');
	if (point)
		*point = localeconv()->decimal_point[0];
	return strtod(copy, NULL);
}

static void set_number(cJSON *item, double value)
{
	item->type = cJSON_Number;
	item->valuedouble = value;
	item->valueint = value >= INT_MAX ? INT_MAX : value <= INT_MIN ? INT_MIN : (int)value;
}

/* A node behind the others of its parent; NULL and *good false when there is no memory; NULL when no tree is wanted. */
static cJSON *append_child(struct json_scan *scan, cJSON *parent, bool *good)
{
	cJSON *child;

	*good = true;
	if (!parent)
		return NULL;
	child = arena_zalloc(scan->arena, sizeof(*child));
	*good = child || no_memory(scan);
	if (!child)
		return NULL;
	if (parent->child) {
		child->prev = parent->child->prev;
		child->prev->next = child;
	} else {
		parent->child = child;
	}
	parent->child->prev = child;
	return child;
}

/* --- the grammar --- */

/* out: its value, in the arena; NULL: not wanted. */
static bool scan_string(struct json_scan *scan, char **out)
{
	size_t start = scan->at + 1;
	bool escaped = false;

	if (peek(scan) != '"')
		return fail(scan, scan->at, "a string in double quotes is missing");
	scan->at++;
	while (scan->at < scan->len) {
		uint8_t c = (uint8_t)scan->text[scan->at];
		if (c == '"') {
			if (out)
				*out = string_value(scan, start, scan->at, escaped);
			scan->at++;
			return !out || *out || no_memory(scan);
		}
		if (c == '\\') {
			escaped = true;
			if (!scan_escape(scan))
				return false;
		} else if (c < 0x20) {
			return fail(scan, scan->at, c ? "a raw control character in a string; write it as an escape"
			                              : "a NUL in a string: no command and no path has one");
		} else if (c < 0x80) {
			scan->at++;
		} else {
			size_t n = text_utf8_len(scan->text + scan->at, scan->len - scan->at);
			if (n == 0)
				return fail(scan, scan->at, "not UTF-8; bytes of any kind go into a _b64 field");
			scan->at += n;
		}
	}
	return fail(scan, scan->len, "the text ends inside a string");
}

static bool scan_digits(struct json_scan *scan)
{
	size_t start = scan->at;

	while (peek(scan) >= '0' && peek(scan) <= '9')
		scan->at++;
	return scan->at > start;
}

static bool scan_number(struct json_scan *scan, cJSON *item)
{
	size_t start = scan->at;

	if (peek(scan) == '-')
		scan->at++;
	if (peek(scan) == '0')
		scan->at++;
	else if (!scan_digits(scan))
		return fail(scan, start, "a value is missing");
	if (peek(scan) == '.') {
		scan->at++;
		if (!scan_digits(scan))
			return fail(scan, start, "a number without digits behind its point");
	}
	if (peek(scan) == 'e' || peek(scan) == 'E') {
		scan->at++;
		if (peek(scan) == '+' || peek(scan) == '-')
			scan->at++;
		if (!scan_digits(scan))
			return fail(scan, start, "a number without digits in its exponent");
	}
	if (scan->at - start > NUMBER_MAX)
		return fail(scan, start, "a number of more than 63 characters");
	if (item)
		set_number(item, number_value(scan->text + start, scan->at - start));
	return true;
}

static bool scan_literal(struct json_scan *scan, const char *word, int type, cJSON *item)
{
	size_t len = strlen(word);

	if (scan->len - scan->at < len || memcmp(scan->text + scan->at, word, len) != 0)
		return fail(scan, scan->at, "neither true, false nor null");
	scan->at += len;
	if (item)
		item->type = type;
	return true;
}

static bool scan_value(struct json_scan *scan, unsigned depth, cJSON *item);

static bool scan_member(struct json_scan *scan, unsigned depth, cJSON *item)
{
	size_t key = scan->at;
	size_t value;
	bool is_id;

	if (!scan_string(scan, item ? &item->string : NULL))
		return false;
	is_id = depth == 1 && scan->at - key == 4 && memcmp(scan->text + key, "\"id\"", 4) == 0;
	skip_blanks(scan);
	if (peek(scan) != ':')
		return fail(scan, scan->at, "a colon is missing behind a key");
	scan->at++;
	skip_blanks(scan);
	value = scan->at;
	if (!scan_value(scan, depth, item))
		return false;
	if (is_id && scan->text[value] != '{' && scan->text[value] != '[' && scan->at - value <= JSON_ID_MAX) {
		scan->id_start = value;
		scan->id_end = scan->at;
	}
	return true;
}

/* An object or array, from its first bracket. */
static bool scan_container(struct json_scan *scan, unsigned depth, cJSON *item)
{
	bool object = peek(scan) == '{', good;
	char end = object ? '}' : ']';
	cJSON *child;

	if (depth > JSON_NESTING_MAX)
		return fail(scan, scan->at, "nested more than 64 deep");
	if (item)
		item->type = object ? cJSON_Object : cJSON_Array;
	scan->at++;
	skip_blanks(scan);
	if (peek(scan) == end) {
		scan->at++;
		return true;
	}
	for (;;) {
		skip_blanks(scan);
		child = append_child(scan, item, &good);
		if (!good || !(object ? scan_member(scan, depth, child) : scan_value(scan, depth, child)))
			return false;
		skip_blanks(scan);
		if (peek(scan) == end) {
			scan->at++;
			return true;
		}
		if (peek(scan) != ',')
			return fail(scan, scan->at, object ? "a comma or } is missing" : "a comma or ] is missing");
		scan->at++;
	}
}

static bool scan_value(struct json_scan *scan, unsigned depth, cJSON *item)
{
	if (scan->at >= scan->len)
		return fail(scan, scan->len, "the text ends where a value is missing");
	switch (scan->text[scan->at]) {
	case '{':
	case '[':
		return scan_container(scan, depth + 1, item);
	case '"':
		if (item)
			item->type = cJSON_String;
		return scan_string(scan, item ? &item->valuestring : NULL);
	case 't':
		return scan_literal(scan, "true", cJSON_True, item);
	case 'f':
		return scan_literal(scan, "false", cJSON_False, item);
	case 'n':
		return scan_literal(scan, "null", cJSON_NULL, item);
	default:
		return scan_number(scan, item);
	}
}

static bool scan_all(struct json_scan *scan, cJSON *root)
{
	skip_blanks(scan);
	if (!scan_value(scan, 0, root))
		return false;
	skip_blanks(scan);
	if (scan->at < scan->len)
		return fail(scan, scan->at, "something stands behind the value");
	return true;
}

bool json_scan(struct json_scan *scan, const char *text, size_t len)
{
	*scan = (struct json_scan){ .text = text, .len = len };
	return scan_all(scan, NULL);
}

bool json_scan_tree(struct json_scan *scan, const char *text, size_t len, struct arena *arena, struct cJSON **root)
{
	*scan = (struct json_scan){ .text = text, .len = len, .arena = arena };
	*root = arena_new(arena, cJSON);
	return *root ? scan_all(scan, *root) : no_memory(scan);
}

/* --- where a value stands, in text that is known to be JSON --- */

static bool key_is(const struct json_scan *scan, size_t start, const char *key)
{
	size_t len = strlen(key);

	return scan->at - start == len + 2 && memcmp(scan->text + start + 1, key, len) == 0;
}

static size_t element_position(struct json_scan *scan, size_t index)
{
	if (peek(scan) != '[')
		return scan->at;
	do {
		scan->at++;
		skip_blanks(scan);
		if (index-- == 0)
			return scan->at;
		if (!scan_value(scan, 0, NULL))
			break;
		skip_blanks(scan);
	} while (peek(scan) == ',');
	return JSON_NOWHERE;
}

size_t json_position(const char *text, size_t len, const char *key, size_t index)
{
	struct json_scan scan = { .text = text, .len = len };

	skip_blanks(&scan);
	if (peek(&scan) != '{')
		return JSON_NOWHERE;
	do {
		size_t start;
		scan.at++;
		skip_blanks(&scan);
		start = scan.at;
		if (!scan_string(&scan, NULL))
			break;
		bool found = key_is(&scan, start, key);
		skip_blanks(&scan);
		scan.at++;
		skip_blanks(&scan);
		if (found)
			return element_position(&scan, index);
		if (!scan_value(&scan, 0, NULL))
			break;
		skip_blanks(&scan);
	} while (peek(&scan) == ',');
	return JSON_NOWHERE;
}
