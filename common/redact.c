#include "config.h"
#include "common/redact.h"
#include "common/redact_find.h"
#include "common/text.h"

#include <string.h>

#define TAIL_MAX 512 /* where a text is cut: a word that began at most this long before is dropped whole */

enum attached { ATTACHED, EITHER, SEPARATE };
enum extent { WHOLE, PASSWORD };

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

_Static_assert(REDACT_COUNT(options) <= 64, "struct redactor has a bit for each");

struct redactor {
	struct redact_view view;
	size_t at;
	struct text out;
	size_t ahead;   /* bytes looked at ahead and then kept: bounded, so that all stays linear */
	uint64_t tools; /* rows of options[] whose tool was named in this command */
};

/* Copies up to to, or puts the mark instead. */
static void keep(struct redactor *r, size_t to)
{
	text_put(&r->out, r->view.text + r->at, to - r->at);
	r->at = to;
}

static void take_out(struct redactor *r, size_t to)
{
	if (to > r->at)
		text_puts(&r->out, REDACT_MARK);
	r->at = to;
}

/* Keeps all up to to, but for tokens inside it; such a one may reach further. */
static void keep_looking(struct redactor *r, size_t to)
{
	for (size_t i = r->at; i < to; i++) {
		size_t end = i > 0 && redact_is_alnum(r->view.text[i - 1]) ? 0 : redact_token_end(&r->view, i);
		if (!end)
			continue;
		keep(r, i);
		take_out(r, end);
		i = end;
	}
	if (r->at < to)
		keep(r, to);
}

/* Takes out what lies between here and end, unless it is no secret; then it is looked through like everything else. */
static void take_out_value(struct redactor *r, size_t end, bool only_random)
{
	if (end <= r->at)
		return;
	if (!redact_is_no_secret(&r->view, r->at, end) && (!only_random || redact_looks_random(&r->view, r->at, end))) {
		take_out(r, end);
		return;
	}
	r->ahead += end - r->at;
	if (r->ahead > 16 * r->view.len + 65536)
		take_out(r, r->view.len);
}

/* --- names --- */

/* From the end of a name to the start of its value: = : => := with quotes and blanks around, or only blanks (*blank).
 * 0: there is no value. */
static size_t value_start(const struct redactor *r, size_t i, bool *blank)
{
	size_t behind_name = i;

	*blank = false;
	while (redact_at(&r->view, i) && strchr("\"'\\]", redact_at(&r->view, i)))
		i++;
	while (redact_at(&r->view, i) == ' ' || redact_at(&r->view, i) == '\t')
		i++;
	if (redact_at(&r->view, i) == '=' || redact_at(&r->view, i) == ':') {
		i++;
		if (redact_at(&r->view, i) == '=' || redact_at(&r->view, i) == '>')
			i++;
		while (redact_at(&r->view, i) == ' ' || redact_at(&r->view, i) == '\t')
			i++;
		return i;
	}
	*blank = true;
	return i > behind_name && i < r->view.len && r->view.text[i] != '-' ? i : 0;
}

/* The quotes that a name stood in are closed behind it: "token": "x". */
static void close_quotes(struct redactor *r, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (r->view.text[i] == r->view.quote && r->view.text[i - 1] != '\\')
			r->view.quote = '\0';
}

static bool is_header(const struct redactor *r, const struct redact_name *name, size_t end, size_t value)
{
	static const char *const headers[] = { "authorization", "cookie" };

	return redact_name_ends(name, headers, REDACT_COUNT(headers)) && memchr(r->view.text + end, ':', value - end);
}

/* A header's value has several words: to the end of the quotes around it or of the line. */
static size_t header_end(const struct redactor *r, size_t i)
{
	if (!r->view.quote && redact_is_quote(&r->view, i))
		return redact_quoted_end(&r->view, i);
	while (i < r->view.len && r->view.text[i] != '\n' && (r->view.quote ? r->view.text[i] != r->view.quote : !strchr("\"'`", r->view.text[i])))
		i++;
	return i;
}

/* "Bearer x": the scheme stays. */
static size_t skip_scheme(const struct redactor *r, size_t i)
{
	static const char *const schemes[] = { "Bearer ", "bearer ", "Basic ", "basic ", "Token ", "token ", "Digest " };

	for (size_t n = 0; n < REDACT_COUNT(schemes); n++)
		if (redact_starts_with(&r->view, i, schemes[n]))
			return i + strlen(schemes[n]);
	return i;
}

/* "aws configure set aws_secret_access_key x": behind a blank only a word that looks random counts, and is looked for first,
 * because that is seldom and quickly told. */
static bool random_word(const struct redactor *r, size_t i)
{
	size_t end = i;

	while (!redact_ends_value(redact_at(&r->view, end)))
		end++;
	return redact_looks_random(&r->view, i, end);
}

/* A name or an option starts here: keeps it and takes out a secret behind it. */
static void read_name(struct redactor *r, size_t end)
{
	bool option = r->view.text[r->at] == '-';
	struct redact_name name;
	bool blank;
	size_t value = value_start(r, end, &blank);
	enum redact_telling telling = TELLS_NOTHING;

	if (value && (!blank || option || random_word(r, value))) {
		redact_name_read(&name, r->view.text + r->at, end - r->at);
		telling = redact_name_telling(&name);
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
		take_out_value(r, redact_value_end(&r->view, value), telling == TELLS_WEAKLY);
	}
}

/* --- options of single tools --- */

static void note_tool(struct redactor *r, size_t end)
{
	for (size_t i = 0; i < REDACT_COUNT(options); i++)
		if (options[i].tool_len == end - r->at && memcmp(options[i].tool, r->view.text + r->at, end - r->at) == 0)
			r->tools |= UINT64_C(1) << i;
}

static const struct option_row *find_option(const struct redactor *r)
{
	for (size_t i = 0; r->tools && i < REDACT_COUNT(options); i++) {
		if (!(r->tools & UINT64_C(1) << i) || !redact_starts_with(&r->view, r->at, options[i].option))
			continue;
		if (options[i].attached != SEPARATE || !redact_is_name_char(redact_at(&r->view, r->at + strlen(options[i].option))))
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
	while (row->attached != ATTACHED && (redact_at(&r->view, value) == ' ' || redact_at(&r->view, value) == '='))
		value++;
	end = redact_value_end(&r->view, value);
	if (end <= value)
		return false;
	keep(r, value);
	for (size_t i = value; row->extent == PASSWORD && i < end; i++)
		if (r->view.text[i] == ':' || r->view.text[i] == '%') {
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

	for (; end < r->view.len && !redact_is_blank(r->view.text[end]) && !strchr("/?#\"'`<>", r->view.text[end]); end++) {
		if (r->view.text[end] == ':' && !colon)
			colon = end;
		if (r->view.text[end] == '@')
			sign = end;
	}
	keep(r, start);
	if (sign && colon && colon < sign && !redact_is_no_secret(&r->view, colon + 1, sign)) {
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
	if (r->view.quote)
		r->view.quote = c == r->view.quote ? '\0' : r->view.quote;
	else if (c == '"' || c == '\'')
		r->view.quote = c;
}

static void step(struct redactor *r)
{
	char c = r->view.text[r->at];
	char before = r->at ? r->view.text[r->at - 1] : ' ';
	size_t end = 0;

	if (!redact_is_alnum(before))
		end = redact_token_end(&r->view, r->at);
	if (!end)
		end = redact_key_block_end(&r->view, r->at);
	if (end) {
		take_out(r, end);
		return;
	}
	if (c == ':' && redact_starts_with(&r->view, r->at, "://")) {
		read_authority(r);
		return;
	}
	if (redact_is_name_char(c) && !redact_is_name_char(before)) {
		for (end = r->at; redact_is_name_char(redact_at(&r->view, end)); end++)
			;
		note_tool(r, end);
		if (c != '-' || !read_option(r))
			read_name(r, end);
		return;
	}
	if (!r->view.quote && c && strchr(";|&\n", c))
		r->tools = 0;
	if (c == '\\' && r->view.quote != '\'' && r->at + 1 < r->view.len && !redact_is_name_char(r->view.text[r->at + 1])) {
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
	while (end > 0 && max_bytes - end < TAIL_MAX && !redact_is_blank(text[end]))
		end--;
	return end;
}

char *redact(struct arena *arena, const char *text, size_t len, size_t max_bytes, size_t *len_out)
{
	struct redactor r = { .view = { .text = text, .len = cut(text, len, max_bytes) } };
	char *end;

	text_init(&r.out, arena, r.view.len + 64);
	while (r.at < r.view.len)
		step(&r);
	if (r.view.len < len)
		text_puts(&r.out, "...");
	end = text_end(&r.out);
	*len_out = end ? r.out.len : 0;
	return end;
}
