#include "config.h"
#include "common/shell_internal.h"

/* The operators of [[ that are made of metacharacters; the longest first. */
static const char operators[][3] = {"&&", "||", "(", ")", "<", ">"};

static struct shell_word *read_operator(struct shell_parser *p)
{
	const char *start = p->at;

	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
		size_t len = strlen(operators[i]);
		if ((size_t)(p->end - start) < len || memcmp(start, operators[i], len) != 0)
			continue;
		p->at += len;
		return shell_word_literal(p, start, p->at);
	}
	return NULL;
}

static bool starts_word(const struct shell_parser *p)
{
	if (*p->at == '<' || *p->at == '>')
		return shell_peek(p, 1) == '(';
	return !(shell_class_of(*p->at) & CLASS_META);
}

struct shell_node *shell_test(struct shell_parser *p, const char *start)
{
	struct shell_node *node = shell_node_new(p, SHELL_TEST, start);
	struct shell_word **tail, *word;
	bool regex = false;

	if (!node)
		return NULL;
	for (tail = &node->words;; tail = &word->next) {
		shell_skip_newlines(p);
		if (p->at >= p->end) {
			shell_incomplete(p, "a [[ has no partner");
			break;
		}
		if (regex && *p->at == '(')
			word = shell_word(p, IN_REGEX);
		else if (starts_word(p))
			word = shell_word(p, regex ? IN_REGEX : IN_WORD);
		else
			word = read_operator(p);
		if (!word) {
			shell_malformed(p, "a [[ holds something that is no test");
			break;
		}
		if (shell_word_is(word, "]]"))
			break;
		*tail = word;
		regex = shell_word_is(word, "=~");
	}
	return node;
}

struct shell_node *shell_arith_command(struct shell_parser *p)
{
	struct shell_mark mark = shell_mark(p);
	struct shell_node *node;

	if (shell_peek(p, 1) != '(' || p->dialect == SHELL_POSIX)
		return NULL;
	node = shell_node_new(p, SHELL_ARITH_CMD, p->at);
	if (!node)
		return NULL;
	p->at += 2;
	node->text = p->at;
	if (shell_arithmetic(p, ')', &node->words)) {
		node->text_len = (uint32_t)(p->at - node->text - 2);
		return node;
	}
	shell_retry(p, &mark);
	return NULL;
}
