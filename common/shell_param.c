#include "config.h"
#include "common/shell_internal.h"

static struct shell_param *add_param(struct shell_parser *p, struct shell_scan *s, const char *start, struct shell_part **part)
{
	struct shell_param *param = shell_new(p, struct shell_param);

	*part = param ? shell_part_add(p, s, SHELL_PARAM, start) : NULL;
	if (!*part)
		return NULL;
	(*part)->param = param;
	return param;
}

static void read_name(struct shell_parser *p, struct shell_param *param, bool braces)
{
	const char *start = p->at;
	int c = shell_peek(p, 0);

	if (c >= 0 && shell_class_of((char)c) & CLASS_DIGIT && !braces)
		p->at++;
	else
		while (p->at < p->end && shell_class_of(*p->at) & CLASS_NAME)
			p->at++;
	if (p->at == start && c >= 0 && shell_class_of((char)c) & CLASS_PARAM)
		p->at++;
	param->name = start;
	param->name_len = (uint32_t)(p->at - start);
	if (p->at > start && shell_class_of(*start) & CLASS_NAME && shell_peek(p, 0) == '\\' && shell_peek(p, 1) == '\n' &&
	    shell_peek(p, 2) >= 0 && shell_class_of(p->at[2]) & CLASS_NAME)
		shell_malformed(p, "a name goes on behind a continuation line");
}

static struct shell_word *read_index(struct shell_parser *p, bool in_brace)
{
	struct shell_word *word = shell_word_new(p, p->at + 1);
	struct shell_scan s;

	if (!word)
		return NULL;
	p->at++;
	shell_scan_init(&s, word, IN_INDEX);
	s.in_brace = in_brace;
	shell_scan(p, &s);
	word->end = shell_end_of(p, p->at);
	if (shell_peek(p, 0) == ']')
		p->at++;
	return word;
}

/* $x $1 $@; a lone $ is an ordinary byte. */
void shell_scan_param_name(struct shell_parser *p, struct shell_scan *s, const char *start)
{
	int c = shell_peek(p, 0);
	struct shell_part *part;
	struct shell_param *param;

	if (c < 0 || !(shell_class_of((char)c) & (CLASS_NAME | CLASS_PARAM))) {
		if (p->at > start + 1)
			shell_malformed(p, "a $ in front of a continuation line");
		return;
	}
	param = add_param(p, s, start, &part);
	if (!param)
		return;
	read_name(p, param, false);
	if (p->dialect == SHELL_ZSH && shell_peek(p, 0) == '[' && shell_class_of(*param->name) & CLASS_NAME && shell_enter(p)) {
		param->index = read_index(p, false);
		shell_leave(p);
	}
	shell_part_end(p, s, part);
}

static struct shell_word *read_argument(struct shell_parser *p, const struct shell_scan *outer, char until, bool apostrophes_quote)
{
	struct shell_word *word = shell_word_new(p, p->at);
	struct shell_scan s;

	if (!word)
		return NULL;
	shell_scan_init(&s, word, outer->quoted && !apostrophes_quote ? IN_QUOTED_BRACE : IN_BRACE);
	s.in_quotes = outer->in_quotes;
	s.until = until;
	s.plain_apostrophe = !apostrophes_quote;
	if (shell_peek(p, 0) == '~' && !outer->quoted)
		word->has_tilde = true;
	shell_scan(p, &s);
	word->end = shell_end_of(p, p->at);
	return word;
}

static const char operators[][3] = {
	":-", ":=", ":?", ":+", "-", "=", "?", "+", "##", "#", "%%", "%", "//", "/#", "/%", "/", "^^", "^", ",,", ",", ":", "@",
};

static void read_operator(struct shell_parser *p, struct shell_param *param)
{
	param->op = p->at;
	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
		size_t len = strlen(operators[i]);
		if ((size_t)(p->end - p->at) < len || memcmp(p->at, operators[i], len) != 0)
			continue;
		param->op_len = (uint32_t)len;
		p->at += len;
		return;
	}
}

/* Behind the name: operator and operands up to the closing brace. */
static void read_operation(struct shell_parser *p, struct shell_scan *s, struct shell_param *param)
{
	char first, until = '\0';
	bool apostrophes_quote;

	read_operator(p, param);
	first = param->op_len ? param->op[0] : '\0';
	if (first == '/' || (first == ':' && param->op_len == 1))
		until = first;
	apostrophes_quote = until != ':' && (!s->quoted || (first && strchr("#%/^,", first)));
	param->arg = read_argument(p, s, until, apostrophes_quote);
	if (until && shell_peek(p, 0) == until) {
		p->at++;
		param->arg2 = read_argument(p, s, '\0', apostrophes_quote);
	}
}

/* Whether # or ! in front is an operator and not the parameter itself. */
static bool is_prefix(const struct shell_parser *p)
{
	int next = shell_peek(p, 1), behind = shell_peek(p, 2);

	if (next < 0 || next == '}')
		return false;
	if (shell_class_of((char)next) & CLASS_NAME || next == '@' || next == '*')
		return true;
	return shell_class_of((char)next) & CLASS_PARAM && (behind == '}' || next == '$' || next == '!' || (next == '#' && *p->at == '!'));
}

static void read_prefix(struct shell_parser *p, struct shell_param *param)
{
	if (shell_peek(p, 0) == '#' && is_prefix(p))
		param->length = true;
	else if (shell_peek(p, 0) == '!' && is_prefix(p))
		param->indirect = true;
	else
		return;
	p->at++;
}

/* The flags of zsh: ${(f)x} ${(s:,:)x}. */
static void skip_flags(struct shell_parser *p)
{
	const char *at = p->at;

	while (at < p->end && !strchr(")}\n;$`", *at))
		at++;
	if (at < p->end && *at == ')')
		p->at = at + 1;
}

static void read_param(struct shell_parser *p, struct shell_scan *s, struct shell_param *param)
{
	if (p->dialect == SHELL_ZSH && shell_peek(p, 0) == '(')
		skip_flags(p);
	read_prefix(p, param);
	read_name(p, param, true);
	if (shell_peek(p, 0) == '[')
		param->index = read_index(p, true);
	if (p->at < p->end && *p->at != '}')
		read_operation(p, s, param);
}

/* ${ commands; } and ${| commands; } of bash 5.3, mksh and zsh. */
static void scan_function_substitution(struct shell_parser *p, struct shell_scan *s, const char *start)
{
	struct shell_part *part = shell_part_add(p, s, SHELL_COMMAND_SUBST, start);

	if (!part)
		return;
	p->at += 2;
	part->node = shell_list_inside(p, STOP_BRACE);
	if (p->at < p->end)
		p->at++;
	else
		shell_incomplete_from(p, start, "a ${ has no partner");
	shell_part_end(p, s, part);
}

void shell_scan_param_brace(struct shell_parser *p, struct shell_scan *s, const char *start)
{
	int next = shell_peek(p, 1);
	struct shell_part *part;
	struct shell_param *param;

	if (!shell_enter(p))
		return;
	if (next == ' ' || next == '\t' || next == '\n' || next == '|') {
		scan_function_substitution(p, s, start);
		shell_leave(p);
		return;
	}
	param = add_param(p, s, start, &part);
	if (!param)
		return;
	p->at++;
	read_param(p, s, param);
	if (p->at < p->end)
		p->at++;
	else
		shell_incomplete_from(p, start, "a ${ has no partner");
	shell_part_end(p, s, part);
	shell_leave(p);
}
