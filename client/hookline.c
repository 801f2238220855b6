#include "config.h"
#include "client/hookline.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* --- writing --- */

static char *put(char *at, const char *s)
{
	size_t len = strlen(s);

	memcpy(at, s, len);
	return at + len;
}

static char *put_escaped(char *at, const char *s)
{
	static const char hex[] = "0123456789abcdef";

	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\') {
			*at++ = '\\';
			*at++ = (char)c;
		} else if (c < 0x20) {
			at = put(at, "\\u00");
			*at++ = hex[c >> 4];
			*at++ = hex[c & 15];
		} else {
			*at++ = (char)c;
		}
	}
	return at;
}

static char *put_member(char *at, const char *key, const char *value)
{
	if (!value)
		return at;
	at = put(at, ",\"");
	at = put(at, key);
	at = put(at, "\":\"");
	at = put_escaped(at, value);
	return put(at, "\"");
}

char *hookline_base64(char *at, const char *data, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *in = (const unsigned char *)data;

	for (; len; in += 3) {
		size_t n = len < 3 ? len : 3;
		uint32_t word = (uint32_t)in[0] << 16 | (n > 1 ? (uint32_t)in[1] << 8 : 0) | (n > 2 ? in[2] : 0);

		*at++ = digits[word >> 18];
		*at++ = digits[word >> 12 & 63];
		*at++ = n > 1 ? digits[word >> 6 & 63] : '=';
		*at++ = n > 2 ? digits[word & 63] : '=';
		len -= n;
	}
	return at;
}

static size_t observed_bytes(const struct hookline_request *request)
{
	size_t bytes = 0;

	for (size_t i = 0; i < request->n_observed; i++)
		bytes += strlen(request->observed[i].path) + strlen(request->observed[i].real) + sizeof("{\"path\":\"\",\"real\":\"\"},");
	return bytes;
}

/* Base64 needs no escaping. */
static size_t texts_bytes(const struct script *scripts, size_t n)
{
	size_t bytes = 0;

	for (size_t i = 0; i < n; i++)
		bytes += strlen(scripts[i].path) * 6 + (scripts[i].len / 3 + 1) * 4 + sizeof("{\"path\":\"\",\"text_b64\":\"\"},");
	return bytes;
}

static char *put_observed(char *at, const struct hookline_request *request)
{
	if (!request->n_observed)
		return at;
	at = put(at, ",\"observed\":[");
	for (size_t i = 0; i < request->n_observed; i++) {
		at = put(at, i ? ",{\"path\":\"" : "{\"path\":\"");
		at = put_escaped(at, request->observed[i].path);
		at = put(at, "\"");
		at = put_member(at, "real", request->observed[i].real);
		at = put(at, "}");
	}
	return put(at, "]");
}

/* What could not be read has no text. */
static char *put_texts(char *at, const char *key, const struct script *scripts, size_t n)
{
	if (!n)
		return at;
	at = put(at, ",\"");
	at = put(at, key);
	at = put(at, "\":[");
	for (size_t i = 0; i < n; i++) {
		at = put(at, i ? ",{\"path\":\"" : "{\"path\":\"");
		at = put_escaped(at, scripts[i].path);
		at = put(at, "\"");
		if (scripts[i].text) {
			at = put(at, ",\"text_b64\":\"");
			at = hookline_base64(at, scripts[i].text, scripts[i].len);
			at = put(at, "\"");
		}
		at = put(at, "}");
	}
	return put(at, "]");
}

char *hookline_write(const struct hookline_request *request, size_t *len_out)
{
	size_t paths = strlen(request->host) + (request->home ? strlen(request->home) : 0) +
	               (request->workspace ? strlen(request->workspace) : 0) + observed_bytes(request);
	char *line, *at;

	if (request->payload_len > SIZE_MAX / 2 || paths > SIZE_MAX / 16)
		return NULL;
	line = malloc(192 + paths * 6 + texts_bytes(request->scripts, request->n_scripts) +
	              texts_bytes(request->project_files, request->n_project_files) + (request->payload_len / 3 + 1) * 4);
	if (!line)
		return NULL;
	at = put(line, "{\"op\":\"hook\"");
	at = put_member(at, "host", request->host);
	at = put_member(at, "home", request->home);
	at = put_member(at, "workspace", request->workspace);
	at = put_observed(at, request);
	at = put_texts(at, "scripts", request->scripts, request->n_scripts);
	at = put_texts(at, "project_files", request->project_files, request->n_project_files);
	at = put(at, ",\"payload_b64\":\"");
	at = hookline_base64(at, request->payload, request->payload_len);
	at = put(at, "\"}\n");
	*len_out = (size_t)(at - line);
	return line;
}

/* --- reading --- */

struct cursor {
	char *at;
	char *end;
};

static void skip_blanks(struct cursor *cursor)
{
	while (cursor->at < cursor->end && strchr(" \t\r\n", *cursor->at) && *cursor->at)
		cursor->at++;
}

static bool take(struct cursor *cursor, char c)
{
	skip_blanks(cursor);
	if (cursor->at >= cursor->end || *cursor->at != c)
		return false;
	cursor->at++;
	return true;
}

static int hex4(struct cursor *cursor)
{
	int value = 0;

	if (cursor->end - cursor->at < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		char c = *cursor->at++;
		int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
		if (digit < 0)
			return -1;
		value = value << 4 | digit;
	}
	return value;
}

static char *put_utf8(char *out, uint32_t code)
{
	if (code < 0x80) {
		*out++ = (char)code;
	} else if (code < 0x800) {
		*out++ = (char)(0xc0 | code >> 6);
		*out++ = (char)(0x80 | (code & 63));
	} else if (code < 0x10000) {
		*out++ = (char)(0xe0 | code >> 12);
		*out++ = (char)(0x80 | (code >> 6 & 63));
		*out++ = (char)(0x80 | (code & 63));
	} else {
		*out++ = (char)(0xf0 | code >> 18);
		*out++ = (char)(0x80 | (code >> 12 & 63));
		*out++ = (char)(0x80 | (code >> 6 & 63));
		*out++ = (char)(0x80 | (code & 63));
	}
	return out;
}

/* \uXXXX behind its u, a surrogate pair taken together. NULL when it is none. */
static char *read_unicode(struct cursor *cursor, char *out)
{
	int high = hex4(cursor), low;

	if (high < 0 || (high >= 0xdc00 && high <= 0xdfff))
		return NULL;
	if (high < 0xd800 || high > 0xdfff)
		return put_utf8(out, (uint32_t)high);
	if (cursor->end - cursor->at < 2 || *cursor->at++ != '\\' || *cursor->at++ != 'u')
		return NULL;
	low = hex4(cursor);
	if (low < 0xdc00 || low > 0xdfff)
		return NULL;
	return put_utf8(out, 0x10000 + ((uint32_t)(high - 0xd800) << 10) + (uint32_t)(low - 0xdc00));
}

/* A string, decoded where it stands: it never grows. */
static bool read_string(struct cursor *cursor, char **start, size_t *len)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	char *out;

	if (!take(cursor, '"'))
		return false;
	*start = out = cursor->at;
	while (cursor->at < cursor->end) {
		char c = *cursor->at++;

		if (c == '"') {
			*len = (size_t)(out - *start);
			return true;
		}
		if (c != '\\') {
			*out++ = c;
			continue;
		}
		if (cursor->at == cursor->end)
			return false;
		c = *cursor->at++;
		if (c == 'u') {
			out = read_unicode(cursor, out);
			if (!out)
				return false;
		} else {
			const char *known = c ? strchr(from, c) : NULL;
			if (!known)
				return false;
			*out++ = to[known - from];
		}
	}
	return false;
}

/* A number or word: true, false, null. */
static bool read_bare(struct cursor *cursor, char **start, size_t *len)
{
	skip_blanks(cursor);
	*start = cursor->at;
	while (cursor->at < cursor->end && *cursor->at && !strchr(",} \t\r\n\"[{", *cursor->at))
		cursor->at++;
	*len = (size_t)(cursor->at - *start);
	return *len > 0;
}

static bool is(const char *s, size_t len, const char *word)
{
	return len == strlen(word) && memcmp(s, word, len) == 0;
}

static bool read_exit(const char *s, size_t len, int *out)
{
	int value = 0;

	if (len == 0 || len > 3)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		value = value * 10 + (s[i] - '0');
	}
	*out = value;
	return value <= 255;
}

enum { SEEN_OK = 1, SEEN_EXIT = 2, SEEN_STDOUT = 4 };

/* An array of strings; those beyond the bound are left out. */
static bool read_paths(struct cursor *cursor, const char **paths, uint32_t max, uint32_t *n)
{
	char *text;
	size_t len;

	if (!take(cursor, '['))
		return false;
	do {
		if (!read_string(cursor, &text, &len))
			return false;
		text[len] = '\0'; /* over its closing quote or what decoding left free */
		if (*n < max)
			paths[(*n)++] = text;
	} while (take(cursor, ','));
	return take(cursor, ']');
}

/* One "key": value of the answer; adds what it was to seen. */
static bool read_member(struct cursor *cursor, struct hookline_answer *answer, unsigned *seen)
{
	char *key, *value;
	size_t key_len, len;
	bool string;

	if (!read_string(cursor, &key, &key_len) || !take(cursor, ':'))
		return false;
	if (is(key, key_len, "look"))
		return read_paths(cursor, answer->look, ANALYSIS_LOOK_MAX, &answer->n_look);
	if (is(key, key_len, "read"))
		return read_paths(cursor, answer->read, ANALYSIS_READ_MAX, &answer->n_read);
	skip_blanks(cursor);
	string = cursor->at < cursor->end && *cursor->at == '"';
	if (!(string ? read_string(cursor, &value, &len) : read_bare(cursor, &value, &len)))
		return false;
	if (is(key, key_len, "ok")) {
		*seen |= SEEN_OK;
		return !string && is(value, len, "true");
	}
	if (is(key, key_len, "exit")) {
		*seen |= SEEN_EXIT;
		return !string && read_exit(value, len, &answer->exit_code);
	}
	if (is(key, key_len, "stdout") && string) {
		*seen |= SEEN_STDOUT;
		answer->stdout_text = value;
		answer->stdout_len = len;
	} else if (is(key, key_len, "stderr") && string) {
		answer->stderr_text = value;
		answer->stderr_len = len;
	}
	return true;
}

int hookline_read(char *line, size_t len, struct hookline_answer *answer)
{
	struct cursor cursor = { line, line + len };
	unsigned seen = 0;

	*answer = (struct hookline_answer){ 0 };
	if (!take(&cursor, '{'))
		return -EINVAL;
	do {
		if (!read_member(&cursor, answer, &seen))
			return -EINVAL;
	} while (take(&cursor, ','));
	if (!take(&cursor, '}'))
		return -EINVAL;
	skip_blanks(&cursor);
	if (cursor.at != cursor.end || seen != (SEEN_OK | SEEN_EXIT | SEEN_STDOUT))
		return -EINVAL;
	answer->stdout_text[answer->stdout_len] = '\0'; /* over its closing quote or what decoding left free */
	if (answer->stderr_text)
		answer->stderr_text[answer->stderr_len] = '\0';
	return 0;
}
