#include "config.h"
#include "common/code.h"

#include <string.h>

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (uint8_t)c >= 0x80;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

uint32_t code_name_length(const struct code_scanner *s, const char *text, uint32_t len)
{
	uint32_t n = 0;

	if (len > 1 && text[0] == '$' && text[1] == '`' && s->language == CODE_JS) /* $`command` */
		return 1;
	if (len && (text[0] == '$' || (text[0] == '@' && s->language != CODE_PY)))
		n = len > 1 && text[1] == '@' ? 2 : 1;
	if (n == len || !is_letter(text[n]))
		return 0;
	while (n < len && (is_letter(text[n]) || is_digit(text[n]) || (text[n] == '$' && s->language == CODE_JS)))
		n++;
	return n;
}

/* Bytes of what joins the parts of a dotted name here, or 0. */
static uint32_t joint_length(const struct code_scanner *s, const char *text, uint32_t len)
{
	if (len >= 2 && ((text[0] == '-' && text[1] == '>') || (text[0] == ':' && text[1] == ':')))
		return 2;
	if (len >= 2 && (text[0] == '?' || text[0] == '&') && text[1] == '.')
		return 2;
	if (len >= 2 && text[0] == '.' && !(s->language & (CODE_PL | CODE_PHP)))
		return 1;
	return len >= 2 && text[0] == ':' && s->language == CODE_LUA ? 1 : 0;
}

/* The name with every joint written as a dot; NULL when the arena is exhausted. */
static char *with_dots(struct code_scanner *s, const char *name, uint32_t len, uint32_t *len_out)
{
	char *copy = arena_alloc(s->run->arena, len);
	uint32_t used = 0;

	for (uint32_t i = 0; copy && i < len;) {
		uint32_t joint = joint_length(s, name + i, len - i);

		copy[used++] = joint ? '.' : name[i];
		i += joint ? joint : 1;
	}
	*len_out = used;
	return copy;
}

static void read_name(struct code_scanner *s, enum code_token_kind kind)
{
	struct code_lexer *lexer = &s->lexer;
	const char *start = lexer->text + lexer->at;
	bool plain = true;
	char *copy;

	for (;;) {
		const char *at = lexer->text + lexer->at;
		uint32_t n = code_name_length(s, at, lexer->len - lexer->at), joint;

		lexer->at += n;
		joint = joint_length(s, at + n, lexer->len - lexer->at);
		if (!joint || !code_name_length(s, at + n + joint, lexer->len - lexer->at - joint))
			break;
		plain = plain && joint == 1 && at[n] == '.';
		lexer->at += joint;
	}
	lexer->token.kind = kind;
	lexer->token.text = start;
	lexer->token.len = (uint32_t)(lexer->text + lexer->at - start);
	if (!plain && (copy = with_dots(s, start, lexer->token.len, &lexer->token.len)))
		lexer->token.text = copy;
}

static void read_number(struct code_lexer *lexer)
{
	uint32_t start = lexer->at;

	while (lexer->at < lexer->len && (is_letter(lexer->text[lexer->at]) || is_digit(lexer->text[lexer->at])))
		lexer->at++;
	lexer->token.kind = TOKEN_NUMBER;
	lexer->token.text = lexer->text + start;
	lexer->token.len = lexer->at - start;
}

static bool starts_with(const struct code_lexer *lexer, const char *prefix)
{
	size_t n = strlen(prefix);

	return lexer->len - lexer->at >= n && memcmp(lexer->text + lexer->at, prefix, n) == 0;
}

/* To just behind end, or to the end of the text. */
static void skip_behind(struct code_lexer *lexer, const char *end)
{
	const char *found = memmem(lexer->text + lexer->at, lexer->len - lexer->at, end, strlen(end));

	lexer->at = found ? (uint32_t)(found - lexer->text) + (uint32_t)strlen(end) : lexer->len;
}

static void skip_line(struct code_lexer *lexer)
{
	const char *end = memchr(lexer->text + lexer->at, '\n', lexer->len - lexer->at);

	lexer->at = end ? (uint32_t)(end - lexer->text) : lexer->len;
}

static bool skip_comment(struct code_scanner *s)
{
	struct code_lexer *lexer = &s->lexer;
	enum code_language language = s->language;

	if (language == CODE_LUA && starts_with(lexer, "--[[")) {
		skip_behind(lexer, "]]");
	} else if ((language & (CODE_JS | CODE_PHP)) && starts_with(lexer, "/*")) {
		skip_behind(lexer, "*/");
	} else if ((language == CODE_LUA && starts_with(lexer, "--")) || ((language & (CODE_JS | CODE_PHP)) && starts_with(lexer, "//")) ||
	           ((language & (CODE_PY | CODE_PL | CODE_RB | CODE_PHP)) && starts_with(lexer, "#")) ||
	           (language == CODE_JS && lexer->at == 0 && starts_with(lexer, "#!"))) {
		skip_line(lexer);
	} else {
		return false;
	}
	return true;
}

static void skip_blanks(struct code_scanner *s)
{
	struct code_lexer *lexer = &s->lexer;

	while (lexer->at < lexer->len) {
		char c = lexer->text[lexer->at];

		if (c == '\\' && lexer->at + 1 < lexer->len && lexer->text[lexer->at + 1] == '\n')
			lexer->at += 2;
		else if (c == ' ' || c == '\t' || c == '\r' || (c == '\n' && lexer->brackets))
			lexer->at++;
		else if (!skip_comment(s))
			break;
	}
}

/* A regular expression where a value is due: to its closing slash on the same line; false when there is none. */
static bool skip_regex(struct code_scanner *s)
{
	struct code_lexer *lexer = &s->lexer;

	if (lexer->operand || !(s->language & (CODE_JS | CODE_PL | CODE_RB)))
		return false;
	for (uint32_t i = lexer->at + 1; i < lexer->len && lexer->text[i] != '\n'; i++) {
		if (lexer->text[i] == '\\') {
			i++;
		} else if (lexer->text[i] == '/') {
			lexer->token.text = lexer->text + lexer->at;
			lexer->token.len = i + 1 - lexer->at;
			lexer->token.kind = TOKEN_NUMBER;
			lexer->at = i + 1;
			return true;
		}
	}
	return false;
}

/* True when the second byte can be one of an operator of several. */
static bool may_be_long(const struct code_lexer *lexer)
{
	return lexer->at + 1 < lexer->len && memchr("=>~|&?*<+-", lexer->text[lexer->at + 1], 10);
}

/* Puts text behind what a variable holds. */
static bool is_growing(const struct code_scanner *s, const char *operator)
{
	return strcmp(operator, s->language & (CODE_PL | CODE_PHP) ? ".=" : "+=") == 0 || (s->language == CODE_RB && strcmp(operator, "<<") == 0);
}

static void read_punct(struct code_scanner *s)
{
	static const char *const operators[] = { "===", "!==", "==", "!=", "<=", ">=", "=>", "=~", "+=", "-=", "*=", "/=", "||", "&&",
		                                 "??", "**", ".=", "->", "<<", ">>", "++", "--" };
	struct code_lexer *lexer = &s->lexer;
	char c = lexer->text[lexer->at];

	lexer->token.kind = TOKEN_PUNCT;
	if (s->language == CODE_LUA && starts_with(lexer, "..")) {
		lexer->token.punct = '+';
		lexer->at += 2;
		return;
	}
	for (size_t i = 0; may_be_long(lexer) && i < sizeof(operators) / sizeof(operators[0]); i++)
		if (starts_with(lexer, operators[i])) {
			lexer->token.punct = is_growing(s, operators[i]) ? 'a' : 'o';
			lexer->at += (uint32_t)strlen(operators[i]);
			return;
		}
	lexer->at++;
	lexer->token.punct = c && strchr("()[]{},;:=+./%|><", c) ? c : 'o';
	if (c == '.' && (s->language & (CODE_PL | CODE_PHP)))
		lexer->token.punct = '+';
	if (c == '(' || c == '[')
		lexer->brackets++;
	if ((c == ')' || c == ']') && lexer->brackets)
		lexer->brackets--;
}

void code_next(struct code_scanner *s)
{
	struct code_lexer *lexer = &s->lexer;
	uint32_t joint;

	skip_blanks(s);
	lexer->token = (struct code_token){ .kind = TOKEN_END, .text = lexer->text + lexer->at };
	if (lexer->at >= lexer->len || !run_spend(s->run, 1)) {
		lexer->at = lexer->len;
		return;
	}
	joint = lexer->operand ? joint_length(s, lexer->text + lexer->at, lexer->len - lexer->at) : 0;
	if (lexer->text[lexer->at] == '\n') {
		lexer->token.kind = TOKEN_NEWLINE;
		lexer->at++;
	} else if (joint && code_name_length(s, lexer->text + lexer->at + joint, lexer->len - lexer->at - joint)) {
		lexer->at += joint;
		read_name(s, TOKEN_METHOD);
	} else if (code_read_string(s)) {
		/* the token is read */
	} else if (code_name_length(s, lexer->text + lexer->at, lexer->len - lexer->at)) {
		read_name(s, TOKEN_NAME);
	} else if (is_digit(lexer->text[lexer->at])) {
		read_number(lexer);
	} else if (lexer->text[lexer->at] != '/' || !skip_regex(s)) {
		read_punct(s);
	}
	lexer->operand = lexer->token.kind == TOKEN_PUNCT ? lexer->token.punct == ')' || lexer->token.punct == ']'
	                                                  : lexer->token.kind > TOKEN_NEWLINE;
}
