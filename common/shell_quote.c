#include "config.h"
#include "common/shell_internal.h"

/* A backslash outside quotes: the next byte is literal, a newline vanishes. */
void shell_scan_escape(struct shell_parser *p, struct shell_scan *s)
{
	const char *start = p->at;
	struct shell_part *part;

	if (p->end - start < 2) {
		p->at = p->end;
		return;
	}
	if (start[1] == '\n') {
		if (shell_scan_flush(p, s))
			s->run = p->at = start + 2;
		return;
	}
	s->word->quoted = true;
	if (s->expansions_only) {
		p->at += 2;
		return;
	}
	part = shell_part_add(p, s, SHELL_LITERAL, start);
	if (!part)
		return;
	p->at += 2;
	part->quoted = true;
	part->text = start + 1;
	part->len = 1;
	shell_part_end(p, s, part);
}

static bool escapes_in_quotes(enum shell_context context, int c)
{
	switch (c) {
	case '$':
	case '`':
	case '\\':
	case '\n':
		return true;
	case '"':
		return context != IN_HEREDOC;
	case '}':
		return context == IN_QUOTED_BRACE;
	default:
		return false;
	}
}

/* A backslash inside double quotes: the escaped byte begins the next literal. */
void shell_scan_quoted_escape(struct shell_parser *p, struct shell_scan *s)
{
	int next = shell_peek(p, 1);

	if (next < 0) {
		p->at++;
		return;
	}
	if (escapes_in_quotes(s->context, next)) {
		if (!shell_scan_flush(p, s))
			return;
		s->run = next == '\n' ? p->at + 2 : p->at + 1;
	}
	p->at += 2;
}

/* Whether the bytes between two apostrophes can be read in more than one way; a } only where it could end ${a[..]}. */
static bool matters_outside_quotes(const char *at, const char *end, bool in_brace)
{
	for (; at < end; at++)
		if (*at && (strchr("\"`\\", *at) || (*at == '}' && in_brace) || (*at == '$' && end - at > 1 && at[1] && strchr("({['\"", at[1]))))
			return true;
	return false;
}

void shell_scan_single_quotes(struct shell_parser *p, struct shell_scan *s)
{
	const char *start = p->at;
	const char *close = memchr(start + 1, '\'', (size_t)(p->end - start - 1));
	const char *end = close ? close : p->end;
	struct shell_part *part;

	s->word->quoted = true;
	if (!shell_scan_flush(p, s))
		return;
	if (s->context == IN_INDEX && matters_outside_quotes(start + 1, end, s->in_brace))
		shell_malformed(p, "an expansion in an index, in apostrophes: bash expands it");
	if (!close)
		shell_incomplete_from(p, start, "a ' has no partner");
	p->at = close ? close + 1 : p->end;
	if (end > start + 1 && !s->expansions_only) {
		part = shell_part_append(p, s, SHELL_LITERAL, start);
		if (part) {
			part->quoted = true;
			part->text = start + 1;
			part->len = (uint32_t)(end - start - 1);
			part->end = shell_end_of(p, p->at);
		}
	}
	s->run = p->at;
}

/* ' inside "${x:-..}" and in arithmetic: an ordinary byte of the value, and expansions between two of them happen; but bash
 * looks for the partner first, and skips what is between them when it looks for the closing brace. Other shells do not. */
void shell_scan_apostrophe(struct shell_parser *p, struct shell_scan *s)
{
	const char *start = p->at, *saved = p->end;
	const char *close = memchr(start + 1, '\'', (size_t)(p->end - start - 1));
	struct shell_scan inner;

	if (close && matters_outside_quotes(start + 1, close, true))
		shell_malformed(p, "apostrophes inside \"${..}\" or arithmetic: shells read this in different ways");
	p->at++;
	if (p->dialect != SHELL_BASH || !shell_scan_flush(p, s))
		return;
	if (!close) {
		shell_incomplete_from(p, start, "a ' inside \"${..}\" or arithmetic has no partner");
		return;
	}
	p->end = close;
	shell_scan_init(&inner, s->word, IN_HEREDOC);
	inner.tail = s->tail;
	inner.expansions_only = s->expansions_only;
	shell_scan(p, &inner);
	s->tail = inner.tail;
	shell_restore_end(p, saved);
	s->run = p->at;
	if (p->at < p->end)
		p->at++;
}

void shell_scan_double_quotes(struct shell_parser *p, struct shell_scan *s)
{
	struct shell_scan inner;
	struct shell_part **first;
	const char *start = p->at;

	if (!shell_scan_flush(p, s))
		return;
	first = s->tail;
	p->at++;
	shell_scan_init(&inner, s->word, IN_QUOTES);
	inner.tail = s->tail;
	inner.expansions_only = s->expansions_only;
	inner.in_quotes = true;
	s->word->quoted = true;
	shell_scan(p, &inner);
	if (p->at < p->end) {
		p->at++;
	} else {
		shell_incomplete_from(p, start, "a \" has no partner");
	}
	if (!s->expansions_only && *first) {
		(*first)->start = shell_start_of(p, start);
		for (struct shell_part *part = *first; part; part = part->next)
			if (!part->next)
				part->end = shell_end_of(p, p->at);
	}
	s->tail = inner.tail;
	s->run = p->at;
}

static int digit_of(int c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

/* Up to max digits; 0 digits leave at as it was. */
static uint32_t read_number(const char **at, const char *end, int base, int max)
{
	uint32_t value = 0;

	for (; max > 0 && *at < end && digit_of((unsigned char)**at) < base; max--)
		value = value * (uint32_t)base + (uint32_t)digit_of((unsigned char)*(*at)++);
	return value;
}

static char *put_utf8(char *out, uint32_t code)
{
	if (code < 0x80) {
		*out++ = (char)code;
		return out;
	}
	if (code < 0x800) {
		*out++ = (char)(0xc0 | code >> 6);
	} else {
		if (code < 0x10000) {
			*out++ = (char)(0xe0 | code >> 12);
		} else {
			*out++ = (char)(0xf0 | (code >> 18 & 7));
			*out++ = (char)(0x80 | (code >> 12 & 0x3f));
		}
		*out++ = (char)(0x80 | (code >> 6 & 0x3f));
	}
	*out++ = (char)(0x80 | (code & 0x3f));
	return out;
}

static const char simple_escapes[][2] = {
	{'a', '\a'}, {'b', '\b'}, {'e', '\033'}, {'E', '\033'}, {'f', '\f'}, {'n', '\n'}, {'r', '\r'},
	{'t', '\t'}, {'v', '\v'}, {'\\', '\\'}, {'\'', '\''}, {'"', '"'}, {'?', '?'},
};

/* \xHH \x{H..} \uHHHH \UHHHHHHHH, behind the letter c; NULL: no digits, the escape stays as it is. */
static char *put_hexadecimal(char *out, char c, const char **at, const char *end)
{
	bool braces = c == 'x' && *at < end && **at == '{';
	const char *digits = *at + braces;
	const char *behind = digits;
	uint32_t code = read_number(&behind, end, 16, braces ? 8 : c == 'x' ? 2 : c == 'u' ? 4 : 8);

	if (behind == digits)
		return NULL;
	if (braces && behind < end && *behind == '}')
		behind++;
	*at = behind;
	if (c != 'x')
		return put_utf8(out, code);
	*out++ = (char)code;
	return out;
}

/* One escape behind its backslash. */
static char *put_escape(char *out, const char **at, const char *end)
{
	char c = *(*at)++;
	char *behind;

	for (size_t i = 0; i < sizeof(simple_escapes) / sizeof(simple_escapes[0]); i++) {
		if (simple_escapes[i][0] == c) {
			*out++ = simple_escapes[i][1];
			return out;
		}
	}
	if (c >= '0' && c <= '7') {
		--*at;
		*out++ = (char)read_number(at, end, 8, 3);
		return out;
	}
	if (c == 'c' && *at < end) {
		char of = *(*at)++;
		if (of == '\\' && *at < end && **at == '\\')
			++*at;
		*out++ = of == '?' ? 0x7f : (char)(of & 0x1f);
		return out;
	}
	behind = c == 'x' || c == 'u' || c == 'U' ? put_hexadecimal(out, c, at, end) : NULL;
	if (behind)
		return behind;
	*out++ = '\\';
	*out++ = c;
	return out;
}

/* What $'..' stands for; as in bash a NUL ends it. */
static void decode(struct shell_parser *p, struct shell_part *part, const char *at, const char *end)
{
	char *text = shell_alloc(p, (size_t)(end - at));
	char *out = text;

	if (!text)
		return;
	while (at < end) {
		char *before = out;
		if (*at != '\\' || end - at < 2) {
			*out++ = *at++;
			continue;
		}
		at++;
		out = put_escape(out, &at, end);
		if (out == before + 1 && *before == '\0' && p->dialect != SHELL_ZSH) {
			out--;
			break;
		}
	}
	part->text = text;
	part->len = (uint32_t)(out - text);
}

/* The closing ' or the end. */
static const char *find_close(struct shell_parser *p, const char *at, bool *escapes)
{
	*escapes = false;
	for (; at < p->end && *at != '\''; at++) {
		if (*at != '\\')
			continue;
		*escapes = true;
		if (p->end - at > 1)
			at++;
		if (*at == '\'' && p->dialect == SHELL_POSIX)
			shell_malformed(p, "$'..\\'..': shells read this in different ways");
	}
	return at;
}

void shell_scan_ansi(struct shell_parser *p, struct shell_scan *s)
{
	const char *start = p->at;
	bool escapes;
	const char *close = find_close(p, start + 2, &escapes);
	struct shell_part *part = s->expansions_only ? NULL : shell_part_add(p, s, SHELL_LITERAL, start);

	s->word->quoted = true;
	if (p->script->too_complex)
		return;
	p->at = close;
	if (close < p->end)
		p->at++;
	else
		shell_incomplete_from(p, start, "a $' has no partner");
	s->run = p->at;
	if (!part)
		return;
	part->quoted = true;
	part->text = start + 2;
	part->len = (uint32_t)(close - start - 2);
	shell_part_end(p, s, part);
	if (escapes)
		decode(p, part, start + 2, close);
}
