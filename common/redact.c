#include "config.h"
#include "common/redact.h"
#include "common/text.h"

#include <string.h>

#define NAME_MAX_BYTES 96 /* longer names are looked at by their end */
#define TAIL_MAX 512      /* where a text is cut: a word that began at most this long before is dropped whole */

enum attached { ATTACHED, EITHER, SEPARATE };
enum extent { WHOLE, PASSWORD };

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

static const struct option_row {
	const char *tool;
	size_t tool_len;
	const char *option;
	enum attached attached;
	enum extent extent;
} options[] = {
#define OPTION(tool, option, attached, extent) { tool, sizeof(tool) - 1, option, attached, extent },
#include "common/redact.def"
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
_Static_assert(COUNT(options) <= 64, "struct redactor has a bit for each");

struct redactor {
	const char *text;
	size_t len;
	size_t at;
	struct text out;
	size_t ahead;   /* bytes looked at ahead and then kept: bounded, so that all stays linear */
	char quote;     /* inside these quotes, or NUL */
	uint64_t tools; /* rows of options[] whose tool was named in this command */
};

static char at(const struct redactor *r, size_t i)
{
	return i < r->len ? r->text[i] : '\0';
}

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_name_char(char c)
{
	return is_alnum(c) || c == '_' || c == '-' || c == '.';
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool starts_with(const struct redactor *r, size_t i, const char *s)
{
	size_t len = strlen(s);

	return len <= r->len - i && memcmp(r->text + i, s, len) == 0;
}

/* Copies up to to, or puts the mark instead. */
static void keep(struct redactor *r, size_t to)
{
	text_put(&r->out, r->text + r->at, to - r->at);
	r->at = to;
}

static void take_out(struct redactor *r, size_t to)
{
	if (to > r->at)
		text_puts(&r->out, REDACT_MARK);
	r->at = to;
}

/* --- shapes --- */

static bool token_char(char c, const char *more)
{
	return is_alnum(c) || c == '_' || c == '-' || (c && strchr(more, c));
}

/* End of the token that starts here, or 0. */
static size_t token_end(const struct redactor *r, size_t start)
{
	for (size_t i = 0; i < COUNT(tokens); i++) {
		size_t body, end;
		if (tokens[i].start[0] != r->text[start] || !starts_with(r, start, tokens[i].start))
			continue;
		body = start + strlen(tokens[i].start);
		for (end = body; token_char(at(r, end), tokens[i].more); end++)
			;
		if (end - body >= tokens[i].least)
			return end;
	}
	return 0;
}

/* End of a private key block that starts here, or 0. A block without end goes to the end of the text. */
static size_t key_block_end(const struct redactor *r, size_t start)
{
	static const char end_mark[] = "-----END ";
	size_t header = r->len - start < 64 ? r->len - start : 64;
	const char *end;

	if (r->text[start] != '-' || !starts_with(r, start, "-----BEGIN ") || !memmem(r->text + start, header, "PRIVATE", 7))
		return 0;
	end = memmem(r->text + start, r->len - start, end_mark, sizeof(end_mark) - 1);
	if (end)
		end = memmem(end + sizeof(end_mark) - 1, r->len - (size_t)(end - r->text) - sizeof(end_mark) + 1, "-----", 5);
	return end ? (size_t)(end - r->text) + 5 : r->len;
}

/* Keeps all up to to, but for tokens inside it; such a one may reach further. */
static void keep_looking(struct redactor *r, size_t to)
{
	for (size_t i = r->at; i < to; i++) {
		size_t end = i > 0 && is_alnum(r->text[i - 1]) ? 0 : token_end(r, i);
		if (!end)
			continue;
		keep(r, i);
		take_out(r, end);
		i = end;
	}
	if (r->at < to)
		keep(r, to);
}

/* --- values --- */

static bool ends_value(char c)
{
	return c == '\0' || is_blank(c) || strchr(";|&<>(),}]\"'`", c) != NULL;
}

/* End of the quoted piece that starts with a quote (or \") at i. */
static size_t quoted_end(const struct redactor *r, size_t i)
{
	bool escaped = r->text[i] == '\\';
	char quote = at(r, i + escaped);

	for (i += 1u + escaped; i < r->len; i++) {
		if (r->text[i] == '\\' && at(r, i + 1) == quote && escaped)
			return i + 2;
		if (r->text[i] == quote && !escaped)
			return i + 1;
		if (r->text[i] == '\\' && quote != '\'')
			i++;
	}
	return r->len;
}

static bool is_quote(const struct redactor *r, size_t i)
{
	char c = at(r, i);

	return c == '"' || c == '\'' || (c == '\\' && (at(r, i + 1) == '"' || at(r, i + 1) == '\''));
}

/* End of a value as a shell or JSON would read it: pieces in quotes and plain ones, up to a blank or an operator. A quote
 * behind something, with nothing behind it, closes what the value stands in; so does one at its start that was open. */
static size_t value_end(const struct redactor *r, size_t i)
{
	size_t start = i;

	while (i < r->len) {
		if (is_quote(r, i)) {
			bool last = ends_value(at(r, i + (r->text[i] == '\\' ? 2 : 1)));
			if (last && (i > start || r->text[i] == r->quote))
				break;
			i = quoted_end(r, i);
		} else if (r->text[i] == '\\' && i + 1 < r->len) {
			i += 2;
		} else if (ends_value(r->text[i]) && (r->text[i] != ',' || (i > start && strchr("\"'", r->text[i - 1])))) {
			break; /* a comma belongs to a plain word, and not to what stood in quotes */
		} else {
			i++;
		}
	}
	return i < r->len ? i : r->len;
}

/* A variable, a substitution, a placeholder, a word like none: nothing to hide. */
static bool is_no_secret(const struct redactor *r, size_t start, size_t end)
{
	static const char *const words[] = { "true", "false", "null", "none", "yes", "no", REDACT_MARK };

	while (start < end && strchr("\"'\\", r->text[start]))
		start++;
	while (end > start && strchr("\"'\\", r->text[end - 1]))
		end--;
	if (start == end)
		return true;
	if (r->text[start] == '$' && at(r, start + 1) != '\'') {
		size_t i = start + 1;
		while (i < end && (is_alnum(r->text[i]) || strchr("_{}(", r->text[i])))
			i++;
		return i == end || r->text[start + 1] == '(';
	}
	for (size_t i = 0; i < COUNT(words); i++)
		if (strlen(words[i]) == end - start && memcmp(words[i], r->text + start, end - start) == 0)
			return true;
	return false;
}

/* 16 bytes or more of mixed characters: no word of a language, no path. */
static bool looks_random(const struct redactor *r, size_t start, size_t end)
{
	size_t lower = 0;
	size_t upper = 0;
	size_t digits = 0;

	for (size_t i = start; i < end; i++) {
		char c = r->text[i];
		if (c == '/' && lower + upper + digits < 4)
			return false;
		lower += c >= 'a' && c <= 'z';
		upper += c >= 'A' && c <= 'Z';
		digits += c >= '0' && c <= '9';
	}
	return lower + upper + digits >= 16 && digits > 0 && (digits > 1 || (lower && upper));
}

/* Takes out what lies between here and end, unless it is no secret; then it is looked through like everything else. */
static void take_out_value(struct redactor *r, size_t end, bool only_random)
{
	if (end <= r->at)
		return;
	if (!is_no_secret(r, r->at, end) && (!only_random || looks_random(r, r->at, end))) {
		take_out(r, end);
		return;
	}
	r->ahead += end - r->at;
	if (r->ahead > 16 * r->len + 65536)
		take_out(r, r->len);
}

/* --- names --- */

struct name {
	char text[NAME_MAX_BYTES]; /* in lower case; of a long one its end */
	size_t len;
};

static void read_lower(struct name *name, const char *text, size_t len)
{
	size_t skip = len > sizeof(name->text) ? len - sizeof(name->text) : 0;

	name->len = len - skip;
	for (size_t i = 0; i < name->len; i++) {
		char c = text[skip + i];
		name->text[i] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
	}
}

static bool ends_with_any(const struct name *name, const char *const *ends, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(ends[i]);
		if (name->len >= len && memcmp(name->text + name->len - len, ends[i], len) == 0)
			return true;
	}
	return false;
}

enum telling { TELLS_NOTHING, TELLS_WEAKLY, TELLS };

static enum telling how_telling(const struct name *name)
{
	if (ends_with_any(name, harmless_ends, COUNT(harmless_ends)))
		return TELLS_NOTHING;
	if (ends_with_any(name, plural_ends, COUNT(plural_ends)))
		return TELLS_WEAKLY;
	for (size_t i = 0; i < COUNT(stems); i++)
		if (memmem(name->text, name->len, stems[i], strlen(stems[i])))
			return TELLS;
	return ends_with_any(name, weak_ends, COUNT(weak_ends)) ? TELLS_WEAKLY : TELLS_NOTHING;
}

/* From the end of a name to the start of its value: = : => := with quotes and blanks around, or only blanks (*blank).
 * 0: there is no value. */
static size_t value_start(const struct redactor *r, size_t i, bool *blank)
{
	size_t behind_name = i;

	*blank = false;
	while (at(r, i) && strchr("\"'\\]", at(r, i)))
		i++;
	while (at(r, i) == ' ' || at(r, i) == '\t')
		i++;
	if (at(r, i) == '=' || at(r, i) == ':') {
		i++;
		if (at(r, i) == '=' || at(r, i) == '>')
			i++;
		while (at(r, i) == ' ' || at(r, i) == '\t')
			i++;
		return i;
	}
	*blank = true;
	return i > behind_name && i < r->len && r->text[i] != '-' ? i : 0;
}

/* The quotes that a name stood in are closed behind it: "token": "x". */
static void close_quotes(struct redactor *r, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (r->text[i] == r->quote && r->text[i - 1] != '\\')
			r->quote = '\0';
}

static bool is_header(const struct redactor *r, const struct name *name, size_t end, size_t value)
{
	static const char *const headers[] = { "authorization", "cookie" };

	return ends_with_any(name, headers, COUNT(headers)) && memchr(r->text + end, ':', value - end);
}

/* A header's value has several words: to the end of the quotes around it or of the line. */
static size_t header_end(const struct redactor *r, size_t i)
{
	if (!r->quote && is_quote(r, i))
		return quoted_end(r, i);
	while (i < r->len && r->text[i] != '\n' && (r->quote ? r->text[i] != r->quote : !strchr("\"'`", r->text[i])))
		i++;
	return i;
}

/* "Bearer x": the scheme stays. */
static size_t skip_scheme(const struct redactor *r, size_t i)
{
	static const char *const schemes[] = { "Bearer ", "bearer ", "Basic ", "basic ", "Token ", "token ", "Digest " };

	for (size_t n = 0; n < COUNT(schemes); n++)
		if (starts_with(r, i, schemes[n]))
			return i + strlen(schemes[n]);
	return i;
}

/* "aws configure set aws_secret_access_key x": behind a blank only a word that looks random counts, and is looked for first,
 * because that is seldom and quickly told. */
static bool random_word(const struct redactor *r, size_t i)
{
	size_t end = i;

	while (!ends_value(at(r, end)))
		end++;
	return looks_random(r, i, end);
}

/* A name or an option starts here: keeps it and takes out a secret behind it. */
static void read_name(struct redactor *r, size_t end)
{
	bool option = r->text[r->at] == '-';
	struct name name;
	bool blank;
	size_t value = value_start(r, end, &blank);
	enum telling telling = TELLS_NOTHING;

	if (value && (!blank || option || random_word(r, value))) {
		read_lower(&name, r->text + r->at, end - r->at);
		telling = how_telling(&name);
	}
	keep_looking(r, end);
	if (telling == TELLS_NOTHING || r->at > end)
		return;
	close_quotes(r, end, value);
	if (is_header(r, &name, end, value)) {
		keep(r, skip_scheme(r, value));
		take_out_value(r, header_end(r, r->at), false);
	} else {
		keep(r, value);
		take_out_value(r, value_end(r, value), telling == TELLS_WEAKLY);
	}
}

/* --- options of single tools --- */

static void note_tool(struct redactor *r, size_t end)
{
	for (size_t i = 0; i < COUNT(options); i++)
		if (options[i].tool_len == end - r->at && memcmp(options[i].tool, r->text + r->at, end - r->at) == 0)
			r->tools |= UINT64_C(1) << i;
}

static const struct option_row *find_option(const struct redactor *r)
{
	for (size_t i = 0; r->tools && i < COUNT(options); i++) {
		if (!(r->tools & UINT64_C(1) << i) || !starts_with(r, r->at, options[i].option))
			continue;
		if (options[i].attached != SEPARATE || !is_name_char(at(r, r->at + strlen(options[i].option))))
			return &options[i];
	}
	return NULL;
}

/* True when the option here takes a secret; that is then dealt with. */
static bool read_option(struct redactor *r)
{
	const struct option_row *row = find_option(r);
	size_t value = row ? r->at + strlen(row->option) : 0;
	size_t end;

	if (!row)
		return false;
	while (row->attached != ATTACHED && (at(r, value) == ' ' || at(r, value) == '='))
		value++;
	end = value_end(r, value);
	if (end <= value)
		return false;
	keep(r, value);
	for (size_t i = value; row->extent == PASSWORD && i < end; i++)
		if (r->text[i] == ':' || r->text[i] == '%') {
			keep_looking(r, i + 1);
			break;
		}
	if (row->extent == WHOLE || r->at > value)
		take_out_value(r, end, false);
	return true;
}

/* --- addresses --- */

/* Behind ://: user:password@ loses its password, a long user alone (a token) itself. */
static void read_authority(struct redactor *r)
{
	size_t start = r->at + 3;
	size_t colon = 0;
	size_t end = start;
	size_t sign = 0;

	for (; end < r->len && !is_blank(r->text[end]) && !strchr("/?#\"'`<>", r->text[end]); end++) {
		if (r->text[end] == ':' && !colon)
			colon = end;
		if (r->text[end] == '@')
			sign = end;
	}
	keep(r, start);
	if (sign && colon && colon < sign && !is_no_secret(r, colon + 1, sign)) {
		keep_looking(r, colon + 1);
		if (r->at < sign)
			take_out(r, sign);
	} else if (sign && sign - start >= 20) {
		take_out(r, sign);
	}
}

/* --- the pass --- */

static void track_quotes(struct redactor *r, char c)
{
	if (r->quote)
		r->quote = c == r->quote ? '\0' : r->quote;
	else if (c == '"' || c == '\'')
		r->quote = c;
}

static void step(struct redactor *r)
{
	char c = r->text[r->at];
	char before = r->at ? r->text[r->at - 1] : ' ';
	size_t end = 0;

	if (!is_alnum(before))
		end = token_end(r, r->at);
	if (!end)
		end = key_block_end(r, r->at);
	if (end) {
		take_out(r, end);
		return;
	}
	if (c == ':' && starts_with(r, r->at, "://")) {
		read_authority(r);
		return;
	}
	if (is_name_char(c) && !is_name_char(before)) {
		for (end = r->at; is_name_char(at(r, end)); end++)
			;
		note_tool(r, end);
		if (c != '-' || !read_option(r))
			read_name(r, end);
		return;
	}
	if (!r->quote && c && strchr(";|&\n", c))
		r->tools = 0;
	if (c == '\\' && r->quote != '\'' && r->at + 1 < r->len && !is_name_char(r->text[r->at + 1])) {
		keep(r, r->at + 2);
		return;
	}
	track_quotes(r, c);
	keep(r, r->at + 1);
}

/* Where to cut: not inside a word, half a token could not be told from a name. */
static size_t cut(const char *text, size_t len, size_t max_bytes)
{
	size_t end = max_bytes;

	if (len <= max_bytes)
		return len;
	while (end > 0 && max_bytes - end < TAIL_MAX && !is_blank(text[end]))
		end--;
	return end;
}

char *redact(struct arena *arena, const char *text, size_t len, size_t max_bytes, size_t *len_out)
{
	struct redactor r = { .text = text, .len = cut(text, len, max_bytes) };
	char *end;

	text_init(&r.out, arena, r.len + 64);
	while (r.at < r.len)
		step(&r);
	if (r.len < len)
		text_puts(&r.out, "...");
	end = text_end(&r.out);
	*len_out = end ? r.out.len : 0;
	return end;
}
