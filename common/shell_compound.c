#include "config.h"
#include "common/shell_internal.h"

static bool take_keyword(struct shell_parser *p, enum shell_keyword keyword)
{
	const char *behind;

	if (shell_keyword(p, &behind) != keyword)
		return false;
	p->at = behind;
	return true;
}

void shell_expect(struct shell_parser *p, enum shell_keyword keyword, const char *missing)
{
	if (take_keyword(p, keyword))
		return;
	if (p->at >= p->end)
		shell_incomplete(p, missing);
	else
		shell_malformed(p, missing);
}

static struct shell_node *want_list(struct shell_parser *p, uint32_t stops)
{
	struct shell_node *list = shell_list(p, stops);

	if (!list && p->at < p->end && p->dialect != SHELL_ZSH)
		shell_malformed(p, "a list of commands is empty");
	return list;
}

/* Behind the "{": the commands up to "}". */
static struct shell_node *brace_list(struct shell_parser *p)
{
	struct shell_node *list = want_list(p, STOP_BRACE);

	shell_expect(p, KEYWORD_CLOSE, "a { has no partner");
	return list;
}

static struct shell_node *group(struct shell_parser *p, const char *start)
{
	struct shell_node *node = shell_node_new(p, SHELL_GROUP, start);

	if (!node)
		return NULL;
	node->children = brace_list(p);
	return node;
}

/* zsh: { try } always { clean up }. */
static struct shell_node *always(struct shell_parser *p, struct shell_node *node)
{
	const char *at = p->at;

	shell_skip_blanks(p);
	if (p->dialect == SHELL_ZSH && p->end - p->at > 6 && memcmp(p->at, "always", 6) == 0) {
		p->at += 6;
		shell_skip_newlines(p);
		if (take_keyword(p, KEYWORD_OPEN)) {
			struct shell_node *list = brace_list(p);
			if (node->children)
				node->children->next = list;
			else
				node->children = list;
			return node;
		}
	}
	p->at = at;
	return node;
}

static struct shell_node *subshell(struct shell_parser *p, const char *start)
{
	struct shell_node *node = shell_node_new(p, SHELL_SUBSHELL, start);

	if (!node)
		return NULL;
	p->at++;
	if (p->dialect == SHELL_ZSH && shell_take(p, ')')) {
		shell_skip_newlines(p);
		node->kind = SHELL_GROUP; /* a function without a name runs at once */
		node->children = shell_compound(p);
		return node;
	}
	node->children = want_list(p, STOP_PAREN);
	if (shell_peek(p, 0) == ')')
		p->at++;
	else
		shell_incomplete_from(p, start, "a ( has no partner");
	return node;
}

/* zsh: "{" where "then" or "do" could stand. */
static bool take_short_body(struct shell_parser *p)
{
	return p->dialect == SHELL_ZSH && take_keyword(p, KEYWORD_OPEN);
}

/* Behind "if" or "elif". The innermost of a chain takes the "fi". */
static struct shell_node *if_chain(struct shell_parser *p, const char *start)
{
	struct shell_node *node = shell_node_new(p, SHELL_IF, start);
	bool short_form;

	if (!node || !shell_enter(p))
		return NULL;
	node->condition = want_list(p, STOP_THEN);
	short_form = take_short_body(p);
	if (short_form) {
		node->body = brace_list(p);
		shell_skip_blanks(p);
	} else {
		shell_expect(p, KEYWORD_THEN, "an if has no then");
		node->body = want_list(p, STOP_ELIF | STOP_ELSE | STOP_FI);
	}
	start = p->at;
	if (take_keyword(p, KEYWORD_ELIF)) {
		node->otherwise = if_chain(p, start);
	} else {
		if (take_keyword(p, KEYWORD_ELSE)) {
			shell_skip_blanks(p);
			node->otherwise = short_form && take_short_body(p) ? brace_list(p) : want_list(p, STOP_FI);
		}
		if (!short_form)
			shell_expect(p, KEYWORD_FI, "an if has no fi");
	}
	shell_node_end(p, node);
	shell_leave(p);
	return node;
}

/* do .. done, or { .. }. */
static struct shell_node *loop_body(struct shell_parser *p)
{
	struct shell_node *list;

	shell_skip_newlines(p);
	if (take_keyword(p, KEYWORD_OPEN))
		return brace_list(p);
	if (p->dialect == SHELL_ZSH) {
		const char *behind;
		if (shell_keyword(p, &behind) != KEYWORD_DO)
			return shell_pipeline(p);
	}
	shell_expect(p, KEYWORD_DO, "a loop has no do");
	list = want_list(p, STOP_DONE);
	shell_expect(p, KEYWORD_DONE, "a loop has no done");
	return list;
}

static struct shell_node *while_loop(struct shell_parser *p, const char *start, enum shell_node_kind kind)
{
	struct shell_node *node = shell_node_new(p, kind, start);

	if (!node)
		return NULL;
	node->condition = want_list(p, STOP_DO);
	node->body = loop_body(p);
	return node;
}

static bool at_word(const struct shell_parser *p)
{
	if (p->at >= p->end)
		return false;
	if (*p->at == '<' || *p->at == '>')
		return shell_peek(p, 1) == '(' && p->dialect != SHELL_POSIX;
	return !(shell_class_of(*p->at) & CLASS_META) || (*p->at == '(' && p->dialect == SHELL_ZSH && shell_peek(p, 1) != ')');
}

static void read_words(struct shell_parser *p, struct shell_word **tail)
{
	for (shell_skip_blanks(p); at_word(p); shell_skip_blanks(p)) {
		*tail = shell_word(p, IN_WORD);
		if (!*tail)
			return;
		tail = &(*tail)->next;
	}
}

/* zsh: the list of a for in parentheses. */
static void read_word_list(struct shell_parser *p, struct shell_word **tail)
{
	for (shell_skip_newlines(p); p->at < p->end && *p->at != ')'; shell_skip_newlines(p)) {
		if (!at_word(p)) {
			shell_malformed(p, "the list of a for holds something that is no word");
			return;
		}
		*tail = shell_word(p, IN_WORD);
		if (!*tail)
			return;
		tail = &(*tail)->next;
	}
	if (!shell_take(p, ')'))
		shell_incomplete(p, "the list of a for does not end");
}

static struct shell_node *arith_for(struct shell_parser *p, const char *start)
{
	struct shell_node *node = shell_node_new(p, SHELL_ARITH_FOR, start);
	const char *text = p->at;

	if (!node)
		return NULL;
	node->text = text;
	if (shell_arithmetic(p, ')', &node->words)) {
		node->text_len = (uint32_t)(p->at - text - 2);
	} else {
		node->text_len = (uint32_t)(p->at - text);
		if (p->at >= p->end)
			shell_incomplete(p, "a for (( does not end");
		else
			shell_malformed(p, "a for (( does not end in ))");
	}
	shell_skip_blanks(p);
	if (shell_peek(p, 0) == ';')
		p->at++;
	node->body = loop_body(p);
	return node;
}

static void read_name(struct shell_parser *p, struct shell_node *node)
{
	const char *at;

	shell_skip_blanks(p);
	at = p->at;
	if (!at_word(p)) {
		if (p->at >= p->end)
			shell_incomplete(p, "a for has no name");
		else
			shell_malformed(p, "a for has no name");
		return;
	}
	shell_word(p, IN_WORD);
	node->name = at;
	node->name_len = (uint32_t)(p->at - at);
}

/* Behind the name: in words, or zsh's (words). */
static void read_in(struct shell_parser *p, struct shell_node *node)
{
	bool separated = false;

	shell_skip_blanks(p);
	if (p->dialect == SHELL_ZSH && shell_take(p, '(')) {
		node->has_in = true;
		read_word_list(p, &node->words);
		return;
	}
	shell_skip_newlines(p);
	if (take_keyword(p, KEYWORD_IN)) {
		node->has_in = true;
		read_words(p, &node->words);
		separated = shell_at_line_end(p);
	}
	if (shell_peek(p, 0) == ';' && shell_peek(p, 1) != ';')
		p->at++;
	else if (node->has_in && !separated)
		shell_malformed(p, "the list of a for does not end");
}

static struct shell_node *for_loop(struct shell_parser *p, const char *start, enum shell_keyword keyword)
{
	struct shell_node *node;

	shell_skip_blanks(p);
	if (shell_peek(p, 0) == '(' && shell_peek(p, 1) == '(' && keyword == KEYWORD_FOR && p->dialect != SHELL_POSIX) {
		p->at += 2;
		return arith_for(p, start);
	}
	node = shell_node_new(p, SHELL_FOR, start);
	if (!node)
		return NULL;
	node->is_select = keyword == KEYWORD_SELECT;
	read_name(p, node);
	read_in(p, node);
	if (keyword != KEYWORD_FOREACH) {
		node->body = loop_body(p);
		return node;
	}
	node->body = want_list(p, STOP_END);
	shell_expect(p, KEYWORD_END, "a foreach has no end");
	return node;
}

/* zsh: repeat n commands. */
static struct shell_node *repeat_loop(struct shell_parser *p, const char *start)
{
	struct shell_node *node = shell_node_new(p, SHELL_FOR, start);

	if (!node)
		return NULL;
	node->has_in = true;
	shell_skip_blanks(p);
	if (at_word(p))
		node->words = shell_word(p, IN_WORD);
	shell_skip_blanks(p);
	if (shell_peek(p, 0) == ';')
		p->at++;
	node->body = loop_body(p);
	return node;
}

static void read_patterns(struct shell_parser *p, struct shell_case_item *item)
{
	struct shell_word **tail = &item->patterns;

	shell_skip_blanks(p);
	shell_take(p, '(');
	for (;;) {
		shell_skip_blanks(p);
		if (!at_word(p))
			break;
		*tail = shell_word(p, IN_WORD);
		if (!*tail)
			return;
		tail = &(*tail)->next;
		shell_skip_blanks(p);
		if (!shell_take(p, '|'))
			break;
	}
	if (shell_take(p, ')'))
		return;
	if (p->at >= p->end)
		shell_incomplete(p, "a case's pattern does not end");
	else
		shell_malformed(p, "a case's pattern does not end in )");
}

/* ";;" ";&" ";;&" (zsh ";|"). */
static bool take_case_break(struct shell_parser *p)
{
	if (!shell_take(p, ';'))
		return false;
	if (shell_take(p, ';'))
		shell_take(p, '&');
	else if (!shell_take(p, '&'))
		shell_take(p, '|');
	return true;
}

/* false: no esac. */
static bool read_items(struct shell_parser *p, struct shell_node *node)
{
	struct shell_case_item **tail = &node->items;

	for (;;) {
		struct shell_case_item *item;
		const char *at;

		shell_skip_newlines(p);
		if (take_keyword(p, KEYWORD_ESAC))
			return true;
		item = p->at < p->end ? shell_new(p, struct shell_case_item) : NULL;
		if (!item)
			return false;
		*tail = item;
		tail = &item->next;
		at = p->at;
		read_patterns(p, item);
		item->body = shell_list(p, STOP_CASE_BREAK | STOP_ESAC);
		if (!take_case_break(p) && p->at == at)
			return false;
	}
}

static struct shell_node *case_command(struct shell_parser *p, const char *start)
{
	struct shell_node *node = shell_node_new(p, SHELL_CASE, start);

	if (!node)
		return NULL;
	shell_skip_blanks(p);
	if (at_word(p))
		node->words = shell_word(p, IN_WORD);
	else if (p->at < p->end)
		shell_malformed(p, "a case has no word");
	shell_skip_newlines(p);
	shell_expect(p, KEYWORD_IN, "a case has no in");
	if (!read_items(p, node)) {
		if (p->at >= p->end)
			shell_incomplete(p, "a case has no esac");
		else
			shell_malformed(p, "a case has no esac");
	}
	return node;
}

bool shell_compound_ahead(const struct shell_parser *p)
{
	const char *behind;

	if (shell_peek(p, 0) == '(')
		return true;
	switch (shell_keyword(p, &behind)) {
	case KEYWORD_IF:
	case KEYWORD_FOR:
	case KEYWORD_SELECT:
	case KEYWORD_WHILE:
	case KEYWORD_UNTIL:
	case KEYWORD_CASE:
	case KEYWORD_OPEN:
	case KEYWORD_TEST:
		return true;
	default:
		return false;
	}
}

/* coproc [NAME] compound, or coproc command. */
static struct shell_node *coproc(struct shell_parser *p, const char *start)
{
	struct shell_node *node = shell_node_new(p, SHELL_COPROC, start);
	const char *at;

	if (!node)
		return NULL;
	shell_skip_blanks(p);
	at = p->at;
	if (!shell_compound_ahead(p)) {
		while (p->at < p->end && shell_class_of(*p->at) & CLASS_NAME)
			p->at++;
		node->name = at;
		node->name_len = (uint32_t)(p->at - at);
		shell_skip_blanks(p);
		if (!shell_compound_ahead(p) || shell_peek(p, 1) == ')') {
			p->at = at;
			node->name_len = 0;
		}
	}
	node->body = shell_pipeline(p);
	node->end = node->body ? node->body->end : shell_end_of(p, at);
	return node;
}

static struct shell_node *compound_of(struct shell_parser *p, enum shell_keyword keyword, const char *start)
{
	switch (keyword) {
	case KEYWORD_OPEN:
		return group(p, start);
	case KEYWORD_IF:
		return if_chain(p, start);
	case KEYWORD_WHILE:
		return while_loop(p, start, SHELL_WHILE);
	case KEYWORD_UNTIL:
		return while_loop(p, start, SHELL_UNTIL);
	case KEYWORD_FOR:
	case KEYWORD_SELECT:
	case KEYWORD_FOREACH:
		return for_loop(p, start, keyword);
	case KEYWORD_REPEAT:
		return repeat_loop(p, start);
	case KEYWORD_CASE:
		return case_command(p, start);
	case KEYWORD_FUNCTION:
		return shell_function(p, start);
	case KEYWORD_COPROC:
		return coproc(p, start);
	case KEYWORD_TEST:
		return shell_test(p, start);
	default:
		return NULL;
	}
}

static const bool is_compound[] = {
	[KEYWORD_IF] = true, [KEYWORD_FOR] = true, [KEYWORD_SELECT] = true, [KEYWORD_WHILE] = true, [KEYWORD_UNTIL] = true,
	[KEYWORD_CASE] = true, [KEYWORD_FUNCTION] = true, [KEYWORD_COPROC] = true, [KEYWORD_OPEN] = true, [KEYWORD_TEST] = true,
	[KEYWORD_FOREACH] = true, [KEYWORD_REPEAT] = true,
};

struct shell_node *shell_compound(struct shell_parser *p)
{
	const char *start = p->at, *behind = p->at;
	enum shell_keyword keyword = shell_keyword(p, &behind);
	struct shell_node *node = NULL;

	if (shell_peek(p, 0) != '(' && (keyword == KEYWORD_NONE || !is_compound[keyword]))
		return NULL;
	if (!shell_enter(p))
		return NULL;
	if (keyword == KEYWORD_NONE) {
		node = shell_arith_command(p);
		if (!node)
			node = subshell(p, start);
	} else {
		p->at = behind;
		node = compound_of(p, keyword, start);
	}
	shell_leave(p);
	if (!node)
		return NULL;
	if (keyword == KEYWORD_OPEN)
		node = always(p, node);
	if (node->end <= node->start)
		shell_node_end(p, node);
	shell_redirects(p, node);
	return node;
}
