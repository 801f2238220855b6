#include "config.h"
#include "common/shell_internal.h"

#define WORD CLASS_STOP_WORD
#define QUOTES CLASS_STOP_QUOTES
#define HEREDOC CLASS_STOP_HEREDOC
#define BRACE CLASS_STOP_BRACE
#define INDEX CLASS_STOP_INDEX
#define ARITH CLASS_STOP_ARITH
#define EVERYWHERE (WORD | QUOTES | HEREDOC | BRACE | INDEX | ARITH)
#define LETTER CLASS_NAME
#define FIRST (CLASS_NAME | CLASS_KEYWORD) /* of a keyword */

const uint16_t shell_class[256] = {
	['\t'] = CLASS_BLANK | CLASS_META | WORD,
	['\n'] = CLASS_META | WORD | HEREDOC,
	['\r'] = WORD,
	[' '] = CLASS_BLANK | CLASS_META | WORD,
	['!'] = CLASS_PARAM | CLASS_KEYWORD,
	['"'] = WORD | QUOTES | BRACE | INDEX | ARITH,
	['#'] = CLASS_PARAM,
	['$'] = CLASS_PARAM | EVERYWHERE,
	['&'] = CLASS_META | WORD,
	['\''] = WORD | BRACE | INDEX | ARITH,
	['('] = CLASS_META | WORD | ARITH,
	[')'] = CLASS_META | WORD | ARITH,
	['*'] = CLASS_PARAM | WORD | BRACE,
	['-'] = CLASS_PARAM,
	['/'] = BRACE,
	['0' ... '9'] = CLASS_NAME | CLASS_DIGIT,
	[':'] = BRACE,
	[';'] = CLASS_META | WORD,
	['<'] = CLASS_META | WORD | BRACE | ARITH,
	['>'] = CLASS_META | WORD | BRACE | ARITH,
	['?'] = CLASS_PARAM | WORD | BRACE,
	['@'] = CLASS_PARAM,
	['A' ... 'Z'] = LETTER,
	['['] = CLASS_KEYWORD | WORD | BRACE | INDEX | ARITH,
	['\\'] = EVERYWHERE,
	[']'] = INDEX | ARITH,
	['_'] = LETTER,
	['`'] = EVERYWHERE,
	['a'] = LETTER,
	['b'] = LETTER,
	['c'] = FIRST,
	['d'] = FIRST,
	['e'] = FIRST,
	['f'] = FIRST,
	['g'] = LETTER,
	['h'] = LETTER,
	['i'] = FIRST,
	['j' ... 'q'] = LETTER,
	['r'] = FIRST,
	['s'] = FIRST,
	['t'] = FIRST,
	['u'] = FIRST,
	['v'] = LETTER,
	['w'] = FIRST,
	['x' ... 'z'] = LETTER,
	['{'] = CLASS_KEYWORD | WORD,
	['|'] = CLASS_META | WORD,
	['}'] = CLASS_KEYWORD | BRACE | INDEX,
	['~'] = WORD,
};

#define IN_BASH (1U << SHELL_BASH)
#define IN_POSIX (1U << SHELL_POSIX)
#define IN_ZSH (1U << SHELL_ZSH)
#define IN_ALL (IN_BASH | IN_POSIX | IN_ZSH)

static const struct {
	char text[8]; /* not NUL terminated when full */
	uint8_t keyword;
	uint8_t dialects;
} keywords[] = {
	{"if", KEYWORD_IF, IN_ALL},
	{"then", KEYWORD_THEN, IN_ALL},
	{"elif", KEYWORD_ELIF, IN_ALL},
	{"else", KEYWORD_ELSE, IN_ALL},
	{"fi", KEYWORD_FI, IN_ALL},
	{"for", KEYWORD_FOR, IN_ALL},
	{"while", KEYWORD_WHILE, IN_ALL},
	{"until", KEYWORD_UNTIL, IN_ALL},
	{"do", KEYWORD_DO, IN_ALL},
	{"done", KEYWORD_DONE, IN_ALL},
	{"case", KEYWORD_CASE, IN_ALL},
	{"esac", KEYWORD_ESAC, IN_ALL},
	{"in", KEYWORD_IN, IN_ALL},
	{"{", KEYWORD_OPEN, IN_ALL},
	{"}", KEYWORD_CLOSE, IN_ALL},
	{"!", KEYWORD_BANG, IN_ALL},
	{"[[", KEYWORD_TEST, IN_BASH | IN_ZSH},
	{"select", KEYWORD_SELECT, IN_BASH | IN_ZSH},
	{"function", KEYWORD_FUNCTION, IN_BASH | IN_ZSH},
	{"coproc", KEYWORD_COPROC, IN_BASH | IN_ZSH},
	{"time", KEYWORD_TIME, IN_BASH | IN_ZSH},
	{"foreach", KEYWORD_FOREACH, IN_ZSH},
	{"end", KEYWORD_END, IN_ZSH},
	{"repeat", KEYWORD_REPEAT, IN_ZSH},
};

static bool at_carriage_return(const char *at, const char *end)
{
	return *at == '\r' && (at + 1 == end || at[1] == '\n');
}

static enum shell_keyword read_keyword(const struct shell_parser *p, const char **behind)
{
	char text[8] = {0};
	size_t n = 0;
	const char *at = p->at;

	for (; at < p->end && !(shell_class_of(*at) & CLASS_META); at++) {
		if (*at == '\\' && at + 1 < p->end && at[1] == '\n') {
			at++;
			continue;
		}
		if (n == sizeof(text))
			return KEYWORD_NONE;
		text[n++] = *at;
	}
	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
		if (memcmp(keywords[i].text, text, sizeof(text)) != 0)
			continue;
		*behind = at;
		return keywords[i].dialects & 1U << p->dialect ? (enum shell_keyword)keywords[i].keyword : KEYWORD_NONE;
	}
	return KEYWORD_NONE;
}

/* The parser asks several times at one place. */
enum shell_keyword shell_keyword(struct shell_parser *p, const char **behind)
{
	if (p->at >= p->end || !(shell_class_of(*p->at) & CLASS_KEYWORD))
		return KEYWORD_NONE;
	if (p->keyword_at != p->at) {
		p->keyword = (uint8_t)read_keyword(p, &p->keyword_behind);
		p->keyword_at = p->at;
	}
	if (p->keyword != KEYWORD_NONE)
		*behind = p->keyword_behind;
	return (enum shell_keyword)p->keyword;
}

static void skip_comment(struct shell_parser *p)
{
	const char *newline = memchr(p->at, '\n', (size_t)(p->end - p->at));

	p->at = newline ? newline : p->end;
}

void shell_skip_blanks(struct shell_parser *p)
{
	for (; p->at < p->end; p->at++) {
		if (shell_class_of(*p->at) & CLASS_BLANK || at_carriage_return(p->at, p->end))
			continue;
		if (*p->at == '\\' && shell_peek(p, 1) == '\n') {
			p->at++;
			continue;
		}
		if (*p->at == '#')
			skip_comment(p);
		return;
	}
}

void shell_newline(struct shell_parser *p)
{
	p->at++;
	if (p->pending)
		shell_heredoc_read(p);
}

void shell_skip_newlines(struct shell_parser *p)
{
	for (;;) {
		shell_skip_blanks(p);
		if (shell_peek(p, 0) != '\n')
			return;
		shell_newline(p);
	}
}

bool shell_at_line_end(const struct shell_parser *p)
{
	return p->at >= p->end || *p->at == '\n';
}

bool shell_take(struct shell_parser *p, char c)
{
	const char *at = p->at;

	while (p->end - at >= 2 && at[0] == '\\' && at[1] == '\n')
		at += 2;
	if (at >= p->end || *at != c)
		return false;
	p->at = at + 1;
	return true;
}
