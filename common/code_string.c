#include "config.h"
#include "common/code.h"

#include <string.h>

/* How a quoted text ends and what is special in it. */
struct quote {
	const char *close;  /* one byte, or three in Python and "]]" in Lua */
	char open;          /* brackets nest: q{a{b}c}; or 0 */
	bool escapes;       /* \n and the like are decoded; else a backslash only keeps the quote from closing */
	bool one_line;      /* ends at a line end at the latest */
	const char *expand; /* what begins an expression: "{" of f'', "${", "#{", "$" of Perl and PHP; or NULL */
	bool command;
	bool raw;           /* a backslash stays */
};

static const char closers[256] = { ['('] = ')', ['['] = ']', ['{'] = '}', ['<'] = '>' };
static const char *const one_byte[256] = {
	['"'] = "\"", ['\''] = "'", ['`'] = "`", ['/'] = "/", ['|'] = "|", ['!'] = "!", ['#'] = "#", ['~'] = "~", [','] = ",",
	['('] = ")", ['['] = "]", ['{'] = "}", ['<'] = ">", ['^'] = "^", ['@'] = "@", ['%'] = "%",
};

static bool at_end_of_quote(const struct code_lexer *lexer, const struct quote *quote)
{
	size_t n = strlen(quote->close);

	return lexer->len - lexer->at >= n && memcmp(lexer->text + lexer->at, quote->close, n) == 0;
}

static void put_utf8(struct text *out, uint32_t code)
{
	if (code < 0x80) {
		text_putc(out, (char)code);
	} else if (code < 0x800) {
		text_putc(out, (char)(0xc0 | code >> 6));
		text_putc(out, (char)(0x80 | (code & 0x3f)));
	} else {
		text_putc(out, (char)(0xe0 | (code >> 12 & 0x0f)));
		text_putc(out, (char)(0x80 | (code >> 6 & 0x3f)));
		text_putc(out, (char)(0x80 | (code & 0x3f)));
	}
}

/* At most max hexadecimal or octal digits; returns the bytes taken. */
static uint32_t read_digits(const char *text, uint32_t len, uint32_t max, uint32_t base, uint32_t *value)
{
	uint32_t n = 0;

	for (*value = 0; n < len && n < max; n++) {
		uint32_t c = (uint8_t)text[n], digit = c - '0' < 10 ? c - '0' : (c | 0x20) - 'a' < 6 ? (c | 0x20) - 'a' + 10 : 99;

		if (digit >= base)
			break;
		*value = *value * base + digit;
	}
	return n;
}

/* What stands behind a backslash; the lexer is at that byte. */
static void put_escape(struct code_lexer *lexer, struct text *out)
{
	static const char plain[256] = { ['n'] = '\n', ['t'] = '\t', ['r'] = '\r', ['a'] = '\a', ['b'] = '\b', ['f'] = '\f', ['v'] = '\v',
		                         ['e'] = '\033' };
	char c = lexer->text[lexer->at++];
	const char *rest = lexer->text + lexer->at;
	uint32_t left = lexer->len - lexer->at, value, n;
	bool braces = left && rest[0] == '{';

	if (c == '\n')
		return;
	if (plain[(uint8_t)c]) {
		text_putc(out, plain[(uint8_t)c]);
	} else if (c == 'x' || c == 'u' || c == 'U') {
		n = read_digits(rest + braces, left - braces, braces ? 6 : c == 'x' ? 2 : c == 'u' ? 4 : 8, 16, &value);
		lexer->at += n + braces + (braces && n + 1 < left && rest[n + 1] == '}');
		put_utf8(out, value);
	} else if (c >= '0' && c <= '7') {
		lexer->at += read_digits(rest - 1, left + 1, 3, 8, &value) - 1;
		put_utf8(out, value & 0xff);
	} else {
		text_putc(out, c);
	}
}

/* The value of an interpolated expression; what it calls is looked at. */
static void put_expression(struct code_scanner *s, struct text *out, const char *expression, uint32_t len)
{
	const struct code_value *value = NULL;

	if (code_name_length(s, expression, len) == len)
		value = code_variable_find(s, expression, len);
	if (value && !value->module) {
		text_put(out, value->text, value->len);
		return;
	}
	text_putc(out, TEXT_UNKNOWN);
	if (memchr(expression, '(', len) || memchr(expression, '`', len)) {
		struct code_lexer saved = s->lexer;

		code_statements(s, expression, len);
		s->lexer = saved;
	}
}

/* Bytes up to the bracket that closes the one at text[0], both included; len when none does. */
static uint32_t bracket_length(const char *text, uint32_t len)
{
	uint32_t depth = 0;

	for (uint32_t i = 0; i < len; i++) {
		depth += text[i] == '{';
		if (text[i] == '}' && --depth == 0)
			return i + 1;
	}
	return len;
}

/* $name, ${..}, {..}, #{..}, @{..} at the lexer's position. False: the bytes are meant as they stand. */
static bool put_interpolation(struct code_scanner *s, const struct quote *quote, struct text *out)
{
	struct code_lexer *lexer = &s->lexer;
	const char *text = lexer->text + lexer->at;
	uint32_t left = lexer->len - lexer->at, prefix = quote->expand[0] == '{' ? 0 : 1, n;

	if (quote->expand[0] == '$' && !quote->expand[1] && (text[0] == '$' || (text[0] == '@' && s->language == CODE_PL)) &&
	    (n = code_name_length(s, text, left)) > 0) {
		put_expression(s, out, text, n);
		lexer->at += n;
		return true;
	}
	if (text[0] != quote->expand[0] && !(text[0] == '@' && s->language == CODE_PL))
		return false;
	if (left <= prefix || text[prefix] != '{')
		return false;
	if (prefix == 0 && left > 1 && text[1] == '{') {
		text_putc(out, '{');
		lexer->at += 2;
		return true;
	}
	n = bracket_length(text + prefix, left - prefix);
	put_expression(s, out, text + prefix + 1, n > 2 ? n - 2 : 0);
	lexer->at += prefix + n;
	return true;
}

/* The text up to the closing quote, which is taken too. */
static void read_quoted(struct code_scanner *s, const struct quote *quote)
{
	struct code_lexer *lexer = &s->lexer;
	uint32_t start = lexer->at, nested = 0;
	bool plain = true;
	struct text out;

	text_init(&out, s->run->arena, 0);
	while (lexer->at < lexer->len && (nested || !at_end_of_quote(lexer, quote))) {
		char c = lexer->text[lexer->at];

		if (quote->one_line && c == '\n')
			break;
		if (plain && (c == '\\' || (quote->expand && strchr("{$#@", c)))) {
			text_put(&out, lexer->text + start, lexer->at - start);
			plain = false;
		}
		if (quote->open && c == quote->open)
			nested++;
		else if (nested && c == closers[(uint8_t)quote->open])
			nested--;
		if (c == '\\' && lexer->at + 1 < lexer->len) {
			lexer->at++;
			if (quote->escapes) {
				put_escape(lexer, &out);
				continue;
			}
			if (quote->raw || (lexer->text[lexer->at] != '\\' && lexer->text[lexer->at] != quote->close[0]))
				text_putc(&out, '\\');
			c = lexer->text[lexer->at];
		} else if (quote->expand && put_interpolation(s, quote, &out)) {
			continue;
		}
		if (!plain)
			text_putc(&out, c);
		lexer->at++;
	}
	lexer->token.kind = quote->command ? TOKEN_COMMAND : TOKEN_STRING;
	lexer->token.text = plain ? lexer->text + start : out.data ? out.data : "";
	lexer->token.len = plain ? lexer->at - start : (uint32_t)out.len;
	if (lexer->at < lexer->len && at_end_of_quote(lexer, quote))
		lexer->at += (uint32_t)strlen(quote->close);
}

/* r"..", f'..', b"""..""" */
static bool read_python(struct code_scanner *s)
{
	struct code_lexer *lexer = &s->lexer;
	struct quote quote = { .escapes = true };
	const char *text = lexer->text + lexer->at;
	uint32_t left = lexer->len - lexer->at, n = 0;

	while (n < left && n < 2 && strchr("rRbBuUfF", text[n]) && text[n]) {
		quote.raw |= (text[n] | 0x20) == 'r';
		quote.expand = (text[n] | 0x20) == 'f' ? "{" : quote.expand;
		n++;
	}
	if (n == left || (text[n] != '"' && text[n] != '\''))
		return false;
	quote.escapes = !quote.raw;
	quote.close = text[n] == '"' ? "\"\"\"" : "'''";
	if (left - n < 3 || memcmp(text + n, quote.close, 3) != 0) {
		quote.close += 2;
		quote.one_line = true;
	}
	lexer->at += n + (uint32_t)strlen(quote.close);
	read_quoted(s, &quote);
	return true;
}

static void read_delimited(struct code_scanner *s, struct quote *quote, uint32_t skip)
{
	char open = s->lexer.text[s->lexer.at + skip];

	quote->close = one_byte[(uint8_t)open];
	quote->open = closers[(uint8_t)open] ? open : '\0';
	s->lexer.at += skip + 1;
	read_quoted(s, quote);
}

/* q(..) qq{..} qw<..> qx|..| m/../ qr/../ s/../../ tr/../../ y/../../ */
static bool read_perl_operator(struct code_scanner *s)
{
	static const struct { const char *name; bool expand, command, twice; } operators[] = {
		{ "qq", true, false, false }, { "qx", true, true, false }, { "qw", false, false, false }, { "qr", false, false, false },
		{ "q", false, false, false }, { "m", false, false, false }, { "s", true, false, true }, { "tr", false, false, true },
		{ "y", false, false, true },
	};
	struct code_lexer *lexer = &s->lexer;
	const char *text = lexer->text + lexer->at;
	uint32_t left = lexer->len - lexer->at;

	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
		struct quote quote = { .expand = operators[i].expand ? "$" : NULL, .command = operators[i].command, .escapes = operators[i].expand };
		uint32_t n = (uint32_t)strlen(operators[i].name);

		if (left <= n || memcmp(text, operators[i].name, n) != 0 || !one_byte[(uint8_t)text[n]] || text[n] == ',' || text[n] == '%' || text[n] == '@')
			continue;
		read_delimited(s, &quote, n);
		if (operators[i].twice && lexer->at < lexer->len) {
			lexer->at -= !closers[(uint8_t)text[n]];
			if (one_byte[(uint8_t)lexer->text[lexer->at]])
				read_delimited(s, &quote, 0);
		}
		return true;
	}
	return false;
}

/* %x(..) %q(..) %Q(..) %w[..] %(..), where a value is due. */
static bool read_ruby_percent(struct code_scanner *s)
{
	struct code_lexer *lexer = &s->lexer;
	const char *text = lexer->text + lexer->at;
	uint32_t left = lexer->len - lexer->at, n = 1;
	struct quote quote = { .escapes = true, .expand = "#" };

	if (left < 3 || text[0] != '%' || lexer->operand)
		return false;
	if (strchr("xqQwWiI", text[1]) && text[1]) {
		quote.command = text[1] == 'x';
		if (strchr("qwi", text[1])) {
			quote.escapes = false;
			quote.expand = NULL;
		}
		n = 2;
	}
	if (!text[n] || (!closers[(uint8_t)text[n]] && !strchr("|!/~", text[n])))
		return false;
	read_delimited(s, &quote, n);
	return true;
}

static bool read_lua_bracket(struct code_scanner *s)
{
	struct quote quote = { .close = "]]", .raw = true };

	if (s->lexer.len - s->lexer.at < 2 || memcmp(s->lexer.text + s->lexer.at, "[[", 2) != 0)
		return false;
	s->lexer.at += 2;
	read_quoted(s, &quote);
	return true;
}

/* What a quote mark means, by language. */
static const struct {
	uint32_t languages;
	char mark;
	struct quote quote;
} marks[] = {
	{ CODE_JS, '"', { .escapes = true, .one_line = true } },
	{ CODE_JS, '\'', { .escapes = true, .one_line = true } },
	{ CODE_JS, '`', { .escapes = true, .expand = "${" } },
	{ CODE_LUA, '"', { .escapes = true, .one_line = true } },
	{ CODE_LUA, '\'', { .escapes = true, .one_line = true } },
	{ CODE_PL | CODE_PHP, '"', { .escapes = true, .expand = "$" } },
	{ CODE_PL | CODE_PHP, '`', { .escapes = true, .expand = "$", .command = true } },
	{ CODE_RB, '"', { .escapes = true, .expand = "#" } },
	{ CODE_RB, '`', { .escapes = true, .expand = "#", .command = true } },
	{ CODE_PL | CODE_PHP | CODE_RB, '\'', { .escapes = false } },
};

bool code_read_string(struct code_scanner *s)
{
	char c = s->lexer.text[s->lexer.at];

	if (s->language == CODE_PY)
		return read_python(s);
	if ((s->language == CODE_LUA && read_lua_bracket(s)) || (s->language == CODE_RB && read_ruby_percent(s)) ||
	    (s->language == CODE_PL && !s->lexer.operand && read_perl_operator(s)))
		return true;
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		struct quote quote = marks[i].quote;

		if (c != marks[i].mark || !(s->language & marks[i].languages))
			continue;
		read_delimited(s, &quote, 0);
		return true;
	}
	return false;
}
