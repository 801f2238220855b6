#include "config.h"
#include "common/shell_internal.h"

struct operator {
	enum shell_redirect_op op;
	int fd;
	uint8_t dialects; /* 0: all */
	bool strip_tabs;
	char text[4];
};

/* The longest first. */
static const struct operator operators[] = {
	{SHELL_REDIRECT_HERESTRING, 0, 0, false, "<<<"},
	{SHELL_REDIRECT_HEREDOC, 0, 0, true, "<<-"},
	{SHELL_REDIRECT_HEREDOC, 0, 0, false, "<<"},
	{SHELL_REDIRECT_DUP_IN, 0, 0, false, "<&"},
	{SHELL_REDIRECT_IN_OUT, 0, 0, false, "<>"},
	{SHELL_REDIRECT_IN, 0, 0, false, "<"},
	{SHELL_REDIRECT_APPEND_ALL, 1, 0, false, "&>>"},
	{SHELL_REDIRECT_OUT_ALL, 1, 0, false, "&>"},
	{SHELL_REDIRECT_APPEND_ALL, 1, 1U << SHELL_ZSH, false, ">>&"},
	{SHELL_REDIRECT_APPEND, 1, 1U << SHELL_ZSH, false, ">>|"},
	{SHELL_REDIRECT_APPEND, 1, 1U << SHELL_ZSH, false, ">>!"},
	{SHELL_REDIRECT_APPEND, 1, 0, false, ">>"},
	{SHELL_REDIRECT_OUT_ALL, 1, 1U << SHELL_ZSH, false, ">&|"},
	{SHELL_REDIRECT_OUT_ALL, 1, 1U << SHELL_ZSH, false, ">&!"},
	{SHELL_REDIRECT_DUP_OUT, 1, 0, false, ">&"},
	{SHELL_REDIRECT_CLOBBER, 1, 0, false, ">|"},
	{SHELL_REDIRECT_CLOBBER, 1, 1U << SHELL_ZSH, false, ">!"},
	{SHELL_REDIRECT_OUT, 1, 0, false, ">"},
};

/* Takes the operator that stands here, over continuation lines. */
static const struct operator *take_operator(struct shell_parser *p)
{
	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
		const struct operator *operator = &operators[i];
		const char *start = p->at, *want = operator->text;
		if (operator->dialects && !(operator->dialects & 1U << p->dialect))
			continue;
		while (*want && (want == operator->text ? shell_peek(p, 0) == *want && p->at++ : shell_take(p, *want)))
			want++;
		if (!*want)
			return operator;
		p->at = start;
	}
	return NULL;
}

/* Digits or {name} right in front of < or >. Returns the first byte of the operator, or NULL. */
static const char *skip_descriptor(const struct shell_parser *p, int *fd)
{
	const char *at = p->at;

	*fd = -2;
	if (shell_class_of(*at) & CLASS_DIGIT) {
		int64_t value = 0;
		for (; at < p->end && shell_class_of(*at) & CLASS_DIGIT; at++)
			value = value < INT32_MAX ? value * 10 + (*at - '0') : value;
		*fd = value < INT32_MAX ? (int)value : INT32_MAX;
	} else if (*at == '{' && p->dialect != SHELL_POSIX) {
		for (at++; at < p->end && shell_class_of(*at) & CLASS_NAME; at++)
			;
		if (at >= p->end || *at++ != '}' || at - p->at < 3)
			return NULL;
		*fd = -1;
	}
	return at < p->end && (*at == '<' || *at == '>' || (*at == '&' && at == p->at)) ? at : NULL;
}

static bool names_descriptor(const struct shell_word *word)
{
	const struct shell_part *part = word->parts;

	if (!part || part->kind != SHELL_LITERAL)
		return true;
	if (part->len == 1 && part->text[0] == '-')
		return true;
	for (uint32_t i = 0; i < part->len; i++)
		if (!(shell_class_of(part->text[i]) & CLASS_DIGIT) && (i == 0 || i + 1 < part->len || part->text[i] != '-'))
			return false;
	return true;
}

static void read_target(struct shell_parser *p, struct shell_redirect *redirect, bool strip_tabs)
{
	shell_skip_blanks(p);
	if (p->at >= p->end || (shell_class_of(*p->at) & CLASS_META && !((*p->at == '<' || *p->at == '>') && shell_peek(p, 1) == '('))) {
		if (p->at >= p->end)
			shell_incomplete(p, "a redirection has no target");
		else
			shell_malformed(p, "a redirection has no target");
		return;
	}
	if (redirect->op == SHELL_REDIRECT_HEREDOC)
		shell_heredoc_add(p, redirect, strip_tabs);
	else
		redirect->target = shell_word(p, IN_WORD);
	if (redirect->op == SHELL_REDIRECT_DUP_OUT && redirect->target && !names_descriptor(redirect->target))
		redirect->op = SHELL_REDIRECT_OUT_ALL;
}

struct shell_redirect *shell_redirect(struct shell_parser *p)
{
	const char *start = p->at, *at;
	const struct operator *operator;
	struct shell_redirect *redirect;
	int fd;

	at = start < p->end ? skip_descriptor(p, &fd) : NULL;
	if (!at || (at + 1 < p->end && at[1] == '(' && *at != '&' && p->dialect != SHELL_POSIX))
		return NULL; /* a process substitution, or in front of one: 2>(a) is one word */
	p->at = at;
	operator = take_operator(p);
	redirect = operator ? shell_new(p, struct shell_redirect) : NULL;
	if (!redirect) {
		p->at = p->script->too_complex ? p->at : start;
		return NULL;
	}
	redirect->op = operator->op;
	redirect->fd = fd == -2 ? operator->fd : fd;
	redirect->start = shell_start_of(p, start);
	read_target(p, redirect, operator->strip_tabs);
	redirect->end = shell_end_of(p, p->at);
	return redirect;
}

void shell_redirects(struct shell_parser *p, struct shell_node *node)
{
	struct shell_redirect **tail = &node->redirects;

	while (*tail)
		tail = &(*tail)->next;
	for (;;) {
		shell_skip_blanks(p);
		*tail = shell_redirect(p);
		if (!*tail)
			return;
		node->end = (*tail)->end;
		tail = &(*tail)->next;
	}
}
