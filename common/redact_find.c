#include "config.h"
#include "common/redact_find.h"
#include "common/redact.h"

#include <string.h>

static const struct token_row {
	const char *start;
	size_t least;
	const char *more;
} tokens[] = {
#define TOKEN(start, least, more) { start, least, more },
#include "common/redact.def"
};

static const char *const stems[] = {
#define STEM(part) part,
#include "common/redact.def"
};

static const char *const weak_ends[] = {
#define WEAK(end) end,
#include "common/redact.def"
};

static const char *const plural_ends[] = {
#define PLURAL(end) end,
#include "common/redact.def"
};

static const char *const harmless_ends[] = {
#define HARMLESS(end) end,
#include "common/redact.def"
};

/* --- characters --- */

bool redact_is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool redact_is_name_char(char c)
{
	return redact_is_alnum(c) || c == '_' || c == '-' || c == '.';
}

bool redact_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool redact_starts_with(const struct redact_view *view, size_t i, const char *s)
{
	size_t len = strlen(s);

	return len <= view->len - i && memcmp(view->text + i, s, len) == 0;
}

/* --- shapes --- */

static bool token_char(char c, const char *more)
{
	return redact_is_alnum(c) || c == '_' || c == '-' || (c && strchr(more, c));
}

/* End of the token that starts here, or 0. */
size_t redact_token_end(const struct redact_view *view, size_t start)
{
	for (size_t i = 0; i < REDACT_COUNT(tokens); i++) {
		size_t body, end;
		if (tokens[i].start[0] != view->text[start] || !redact_starts_with(view, start, tokens[i].start))
			continue;
		body = start + strlen(tokens[i].start);
		for (end = body; token_char(redact_at(view, end), tokens[i].more); end++)
			;
		if (end - body >= tokens[i].least)
			return end;
	}
	return 0;
}

/* End of a private key block that starts here, or 0. A block without end goes to the end of the text. */
size_t redact_key_block_end(const struct redact_view *view, size_t start)
{
	static const char end_mark[] = "-----END ";
	size_t header = view->len - start < 64 ? view->len - start : 64;
	const char *end;

	if (view->text[start] != '-' || !redact_starts_with(view, start, "-----BEGIN ") || !memmem(view->text + start, header, "PRIVATE", 7))
		return 0;
	end = memmem(view->text + start, view->len - start, end_mark, sizeof(end_mark) - 1);
	if (end)
		end = memmem(end + sizeof(end_mark) - 1, view->len - (size_t)(end - view->text) - sizeof(end_mark) + 1, "-----", 5);
	return end ? (size_t)(end - view->text) + 5 : view->len;
}

/* --- values --- */

bool redact_ends_value(char c)
{
	return c == '\0' || redact_is_blank(c) || strchr(";|&<>(),}]\"'`", c) != NULL;
}

/* End of the quoted piece that starts with a quote (or \") at i. */
size_t redact_quoted_end(const struct redact_view *view, size_t i)
{
	bool escaped = view->text[i] == '\\';
	char quote = redact_at(view, i + escaped);

	for (i += 1u + escaped; i < view->len; i++) {
		if (view->text[i] == '\\' && redact_at(view, i + 1) == quote && escaped)
			return i + 2;
		if (view->text[i] == quote && !escaped)
			return i + 1;
		if (view->text[i] == '\\' && quote != '\'')
			i++;
	}
	return view->len;
}

bool redact_is_quote(const struct redact_view *view, size_t i)
{
	char c = redact_at(view, i);

	return c == '"' || c == '\'' || (c == '\\' && (redact_at(view, i + 1) == '"' || redact_at(view, i + 1) == '\''));
}

/* End of a value as a shell or JSON would read it: pieces in quotes and plain ones, up to a blank or an operator. A quote
 * behind something, with nothing behind it, closes what the value stands in; so does one at its start that was open. */
size_t redact_value_end(const struct redact_view *view, size_t i)
{
	size_t start = i;

	while (i < view->len) {
		if (redact_is_quote(view, i)) {
			bool last = redact_ends_value(redact_at(view, i + (view->text[i] == '\\' ? 2 : 1)));
			if (last && (i > start || view->text[i] == view->quote))
				break;
			i = redact_quoted_end(view, i);
		} else if (view->text[i] == '\\' && i + 1 < view->len) {
			i += 2;
		} else if (redact_ends_value(view->text[i]) && (view->text[i] != ',' || (i > start && strchr("\"'", view->text[i - 1])))) {
			break; /* a comma belongs to a plain word, and not to what stood in quotes */
		} else {
			i++;
		}
	}
	return i < view->len ? i : view->len;
}

/* A variable, a substitution, a placeholder, a word like none: nothing to hide. */
bool redact_is_no_secret(const struct redact_view *view, size_t start, size_t end)
{
	static const char *const words[] = { "true", "false", "null", "none", "yes", "no", REDACT_MARK };

	while (start < end && strchr("\"'\\", view->text[start]))
		start++;
	while (end > start && strchr("\"'\\", view->text[end - 1]))
		end--;
	if (start == end)
		return true;
	if (view->text[start] == '$' && redact_at(view, start + 1) != '\'') {
		size_t i = start + 1;
		while (i < end && (redact_is_alnum(view->text[i]) || strchr("_{}(", view->text[i])))
			i++;
		return i == end || view->text[start + 1] == '(';
	}
	for (size_t i = 0; i < REDACT_COUNT(words); i++)
		if (strlen(words[i]) == end - start && memcmp(words[i], view->text + start, end - start) == 0)
			return true;
	return false;
}

/* 16 bytes or more of mixed characters: no word of a language, no path. */
bool redact_looks_random(const struct redact_view *view, size_t start, size_t end)
{
	size_t lower = 0;
	size_t upper = 0;
	size_t digits = 0;

	for (size_t i = start; i < end; i++) {
		char c = view->text[i];
		if (c == '/' && lower + upper + digits < 4)
			return false;
		lower += c >= 'a' && c <= 'z';
		upper += c >= 'A' && c <= 'Z';
		digits += c >= '0' && c <= '9';
	}
	return lower + upper + digits >= 16 && digits > 0 && (digits > 1 || (lower && upper));
}

/* --- names --- */

void redact_name_read(struct redact_name *name, const char *text, size_t len)
{
	size_t skip = len > sizeof(name->text) ? len - sizeof(name->text) : 0;

	name->len = len - skip;
	for (size_t i = 0; i < name->len; i++) {
		char c = text[skip + i];
		name->text[i] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
	}
}

bool redact_name_ends(const struct redact_name *name, const char *const *ends, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(ends[i]);
		if (name->len >= len && memcmp(name->text + name->len - len, ends[i], len) == 0)
			return true;
	}
	return false;
}

enum redact_telling redact_name_telling(const struct redact_name *name)
{
	if (redact_name_ends(name, harmless_ends, REDACT_COUNT(harmless_ends)))
		return TELLS_NOTHING;
	if (redact_name_ends(name, plural_ends, REDACT_COUNT(plural_ends)))
		return TELLS_WEAKLY;
	for (size_t i = 0; i < REDACT_COUNT(stems); i++)
		if (memmem(name->text, name->len, stems[i], strlen(stems[i])))
			return TELLS;
	return redact_name_ends(name, weak_ends, REDACT_COUNT(weak_ends)) ? TELLS_WEAKLY : TELLS_NOTHING;
}
