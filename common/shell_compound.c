#include "config.h"
#include "common/shell_internal.h"

bool shell_take_keyword(struct shell_parser *p, enum shell_keyword keyword)
{
	const char *behind;

	if (shell_keyword(p, &behind) != keyword)
		return false;
	p->at = behind;
	return true;
}

void shell_expect(struct shell_parser *p, enum shell_keyword keyword, const char *missing)
{
	if (shell_take_keyword(p, keyword))
		return;
	if (p->at >= p->end)
		shell_incomplete(p, missing);
	else
		shell_malformed(p, missing);
}

struct shell_node *shell_list_wanted(struct shell_parser *p, uint32_t stops)
{
	struct shell_node *list = shell_list(p, stops);

	if (!list && p->at < p->end && p->dialect != SHELL_ZSH)
		shell_malformed(p, "a list of commands is empty");
	return list;
}

struct shell_node *shell_brace_list(struct shell_parser *p)
{
	struct shell_node *list = shell_list_wanted(p, STOP_BRACE);

	shell_expect(p, KEYWORD_CLOSE, "a { has no partner");
	return list;
}

static struct shell_node *group(struct shell_parser *p, const char *start)
{
	struct shell_node *node = shell_node_new(p, SHELL_GROUP, start);

	if (!node)
		return NULL;
	node->children = shell_brace_list(p);
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
		if (shell_take_keyword(p, KEYWORD_OPEN)) {
			struct shell_node *list = shell_brace_list(p);
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
	node->children = shell_list_wanted(p, STOP_PAREN);
	if (shell_peek(p, 0) == ')')
		p->at++;
	else
		shell_incomplete_from(p, start, "a ( has no partner");
	return node;
}

/* zsh: "{" where "then" or "do" could stand. */
static bool take_short_body(struct shell_parser *p)
{
	return p->dialect == SHELL_ZSH && shell_take_keyword(p, KEYWORD_OPEN);
}

/* Behind "if" or "elif". The innermost of a chain takes the "fi". */
static struct shell_node *if_chain(struct shell_parser *p, const char *start)
{
	struct shell_node *node = shell_node_new(p, SHELL_IF, start);
	bool short_form;

	if (!node || !shell_enter(p))
		return NULL;
	node->condition = shell_list_wanted(p, STOP_THEN);
	short_form = take_short_body(p);
	if (short_form) {
		node->body = shell_brace_list(p);
		shell_skip_blanks(p);
	} else {
		shell_expect(p, KEYWORD_THEN, "an if has no then");
		node->body = shell_list_wanted(p, STOP_ELIF | STOP_ELSE | STOP_FI);
	}
	start = p->at;
	if (shell_take_keyword(p, KEYWORD_ELIF)) {
		node->otherwise = if_chain(p, start);
	} else {
		if (shell_take_keyword(p, KEYWORD_ELSE)) {
			shell_skip_blanks(p);
			node->otherwise = short_form && take_short_body(p) ? shell_brace_list(p) : shell_list_wanted(p, STOP_FI);
		}
		if (!short_form)
			shell_expect(p, KEYWORD_FI, "an if has no fi");
	}
	shell_node_end(p, node);
	shell_leave(p);
	return node;
}

static void read_patterns(struct shell_parser *p, struct shell_case_item *item)
{
	struct shell_word **tail = &item->patterns;

	shell_skip_blanks(p);
	shell_take(p, '(');
	for (;;) {
		shell_skip_blanks(p);
		if (!shell_word_ahead(p))
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
		if (shell_take_keyword(p, KEYWORD_ESAC))
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
	if (shell_word_ahead(p))
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

bool shell_compound_ahead(struct shell_parser *p)
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
		return shell_while(p, start, SHELL_WHILE);
	case KEYWORD_UNTIL:
		return shell_while(p, start, SHELL_UNTIL);
	case KEYWORD_FOR:
	case KEYWORD_SELECT:
	case KEYWORD_FOREACH:
		return shell_for(p, start, keyword);
	case KEYWORD_REPEAT:
		return shell_repeat(p, start);
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
