#include "config.h"
#include "common/shell_internal.h"

/* do .. done, or { .. }. */
static struct shell_node *loop_body(struct shell_parser *p)
{
	struct shell_node *list;

	shell_skip_newlines(p);
	if (shell_take_keyword(p, KEYWORD_OPEN))
		return shell_brace_list(p);
	if (p->dialect == SHELL_ZSH) {
		const char *behind;
		if (shell_keyword(p, &behind) != KEYWORD_DO)
			return shell_pipeline(p);
	}
	shell_expect(p, KEYWORD_DO, "a loop has no do");
	list = shell_list_wanted(p, STOP_DONE);
	shell_expect(p, KEYWORD_DONE, "a loop has no done");
	return list;
}

struct shell_node *shell_while(struct shell_parser *p, const char *start, enum shell_node_kind kind)
{
	struct shell_node *node = shell_node_new(p, kind, start);

	if (!node)
		return NULL;
	node->condition = shell_list_wanted(p, STOP_DO);
	node->body = loop_body(p);
	return node;
}

/* --- for --- */

static void read_words(struct shell_parser *p, struct shell_word **tail)
{
	for (shell_skip_blanks(p); shell_word_ahead(p); shell_skip_blanks(p)) {
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
		if (!shell_word_ahead(p)) {
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
	if (!shell_word_ahead(p)) {
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
	if (shell_take_keyword(p, KEYWORD_IN)) {
		node->has_in = true;
		read_words(p, &node->words);
		separated = shell_at_line_end(p);
	}
	if (shell_peek(p, 0) == ';' && shell_peek(p, 1) != ';')
		p->at++;
	else if (node->has_in && !separated)
		shell_malformed(p, "the list of a for does not end");
}

struct shell_node *shell_for(struct shell_parser *p, const char *start, enum shell_keyword keyword)
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
	node->body = shell_list_wanted(p, STOP_END);
	shell_expect(p, KEYWORD_END, "a foreach has no end");
	return node;
}

struct shell_node *shell_repeat(struct shell_parser *p, const char *start)
{
	struct shell_node *node = shell_node_new(p, SHELL_FOR, start);

	if (!node)
		return NULL;
	node->has_in = true;
	shell_skip_blanks(p);
	if (shell_word_ahead(p))
		node->words = shell_word(p, IN_WORD);
	shell_skip_blanks(p);
	if (shell_peek(p, 0) == ';')
		p->at++;
	node->body = loop_body(p);
	return node;
}
