#include "config.h"
#include "common/shell_internal.h"

struct builder {
	struct shell_node *node;
	struct shell_assign **assigns;
	struct shell_word **words;
	struct shell_redirect **redirects;
	bool declares; /* the command takes array assignments as arguments */
};

static const char declarations[][9] = {"declare", "typeset", "local", "export", "readonly", "alias", "eval", "let"};

static bool is_declaration(const struct shell_word *word)
{
	for (size_t i = 0; i < sizeof(declarations) / sizeof(declarations[0]); i++)
		if (shell_word_is(word, declarations[i]))
			return true;
	return false;
}

/* At "[": the index and its "]". */
static struct shell_word *read_index(struct shell_parser *p)
{
	struct shell_word *word = shell_word_new(p, p->at + 1);
	struct shell_scan s;

	if (!word || !shell_enter(p))
		return NULL;
	p->at++;
	shell_scan_init(&s, word, IN_INDEX);
	shell_scan(p, &s);
	word->end = shell_end_of(p, p->at);
	shell_leave(p);
	if (p->at >= p->end)
		return NULL;
	p->at++;
	return word;
}

/* "=" or "+=". */
static bool take_equals(struct shell_parser *p, struct shell_assign *assign)
{
	if (shell_peek(p, 0) == '+' && shell_peek(p, 1) == '=') {
		assign->append = true;
		p->at++;
	}
	return shell_take(p, '=');
}

static bool ends_word(const struct shell_parser *p)
{
	return p->at >= p->end || (shell_class_of(*p->at) & CLASS_META && !((*p->at == '<' || *p->at == '>') && shell_peek(p, 1) == '(')) ||
	       (*p->at == '\r' && (shell_peek(p, 1) == '\n' || shell_peek(p, 1) < 0));
}

static void read_value(struct shell_parser *p, struct shell_assign *assign)
{
	if (!ends_word(p))
		assign->value = shell_word(p, IN_VALUE);
	assign->end = shell_end_of(p, p->at);
}

/* Back to mark: name[..] without a = is a word. For bash it goes up to the ], for others it ends at the first blank. */
static bool retry_as_word(struct shell_parser *p, const struct shell_mark *mark)
{
	const char *at = mark->at, *end = p->at;

	if (!shell_retry(p, mark))
		return false;
	while (at < end && !(shell_class_of(*at) & CLASS_META) && *at != '#')
		at++;
	if (at < end)
		shell_malformed(p, "a [ that begins no index: shells read this in different ways");
	return true;
}

/* [index]=value or a word. */
static struct shell_assign *read_element(struct shell_parser *p)
{
	struct shell_assign *element = shell_new(p, struct shell_assign);
	struct shell_mark mark = shell_mark(p);

	if (!element)
		return NULL;
	element->start = shell_start_of(p, p->at);
	if (*p->at == '[') {
		element->index = read_index(p);
		if (element->index && take_equals(p, element)) {
			read_value(p, element);
			return element;
		}
		element->index = NULL;
		element->append = false;
		if (!retry_as_word(p, &mark))
			return NULL;
	}
	element->value = shell_word(p, IN_WORD);
	element->end = shell_end_of(p, p->at);
	return element;
}

/* Behind "name=(". */
static void read_array(struct shell_parser *p, struct shell_assign *assign)
{
	struct shell_assign **tail = &assign->elements;

	assign->is_array = true;
	for (;;) {
		shell_skip_newlines(p);
		if (shell_take(p, ')'))
			break;
		if (p->at >= p->end) {
			shell_incomplete(p, "an array's ( has no partner");
			break;
		}
		if (ends_word(p)) {
			shell_malformed(p, "an array holds something that is no word");
			break;
		}
		*tail = read_element(p);
		if (!*tail)
			break;
		tail = &(*tail)->next;
	}
	if (!ends_word(p)) {
		shell_malformed(p, "an array's ) is not the end of the word");
		assign->value = shell_word(p, IN_WORD);
	}
	assign->end = shell_end_of(p, p->at);
}

/* Whether name= name+= or name[ stands here. */
static bool assignment_ahead(const struct shell_parser *p)
{
	const char *at = p->at;

	if (!(shell_class_of(*at) & CLASS_NAME) || shell_class_of(*at) & CLASS_DIGIT)
		return false;
	while (at < p->end && shell_class_of(*at) & CLASS_NAME)
		at++;
	if (at >= p->end)
		return false;
	return *at == '=' || *at == '[' || (*at == '+' && p->end - at > 1 && at[1] == '=');
}

/* The assignment that starts here, or NULL (nothing taken). */
static struct shell_assign *read_assign(struct shell_parser *p, bool only_array)
{
	struct shell_mark mark = shell_mark(p);
	struct shell_assign *assign;

	if (!assignment_ahead(p))
		return NULL;
	assign = shell_new(p, struct shell_assign);
	if (!assign)
		return NULL;
	assign->start = shell_start_of(p, p->at);
	assign->name = p->at;
	while (shell_class_of(*p->at) & CLASS_NAME)
		p->at++;
	assign->name_len = (uint32_t)(p->at - assign->name);
	if (*p->at == '[')
		assign->index = read_index(p);
	if (!take_equals(p, assign)) {
		retry_as_word(p, &mark);
		return NULL;
	}
	if (only_array && shell_peek(p, 0) != '(') {
		shell_retry(p, &mark);
		return NULL;
	}
	if (shell_peek(p, 0) == '(' && p->dialect != SHELL_POSIX) {
		p->at++;
		read_array(p, assign);
	} else {
		read_value(p, assign);
	}
	return assign;
}

static bool add_assign(struct shell_parser *p, struct builder *b)
{
	bool prefix = !b->node->words;

	if (!prefix && !b->declares)
		return false;
	*b->assigns = read_assign(p, !prefix);
	if (!*b->assigns)
		return false;
	b->node->end = (*b->assigns)->end;
	b->assigns = &(*b->assigns)->next;
	return true;
}

static bool add_redirect(struct shell_parser *p, struct builder *b)
{
	*b->redirects = shell_redirect(p);
	if (!*b->redirects)
		return false;
	b->node->end = (*b->redirects)->end;
	b->redirects = &(*b->redirects)->next;
	return true;
}

static bool add_word(struct shell_parser *p, struct builder *b)
{
	struct shell_word *word = shell_word(p, IN_WORD);

	if (!word)
		return false;
	if (!b->node->words)
		b->declares = is_declaration(word);
	*b->words = word;
	b->words = &word->next;
	b->node->end = word->end;
	return true;
}

/* A } that zsh takes for the end of a group also behind words. */
static bool at_zsh_close(struct shell_parser *p)
{
	const char *behind;

	return p->dialect == SHELL_ZSH && *p->at == '}' && (p->stops | p->outer_stops) & STOP_BRACE &&
	       shell_keyword(p, &behind) == KEYWORD_CLOSE;
}

static bool add_element(struct shell_parser *p, struct builder *b)
{
	uint16_t class;

	if (p->at >= p->end)
		return false;
	class = shell_class_of(*p->at);
	if (class & CLASS_META) {
		if (*p->at == '<' || *p->at == '>')
			return add_redirect(p, b) || (shell_peek(p, 1) == '(' && p->dialect != SHELL_POSIX && add_word(p, b));
		if (*p->at == '&')
			return add_redirect(p, b);
		return *p->at == '(' && p->dialect == SHELL_ZSH && b->node->words && shell_peek(p, 1) != ')' && add_word(p, b);
	}
	if ((class & CLASS_DIGIT || *p->at == '{') && add_redirect(p, b))
		return true;
	if (at_zsh_close(p))
		return false;
	return (class & CLASS_NAME && add_assign(p, b)) || add_word(p, b);
}

/* "()" behind the first word. */
static bool take_empty_parentheses(struct shell_parser *p)
{
	const char *at = p->at;

	if (shell_peek(p, 0) != '(')
		return false;
	p->at++;
	shell_skip_blanks(p);
	if (shell_take(p, ')'))
		return true;
	p->at = at;
	return false;
}

struct shell_node *shell_simple(struct shell_parser *p)
{
	const char *start = p->at;
	struct shell_node *node = shell_node_new(p, SHELL_SIMPLE, start);
	struct builder b;

	if (!node)
		return NULL;
	b = (struct builder){node, &node->assigns, &node->words, &node->redirects, false};
	while (add_element(p, &b)) {
		shell_skip_blanks(p);
		if (node->words && !node->words->next && !node->assigns && !node->redirects && take_empty_parentheses(p))
			return shell_function_body(p, start, node->words);
	}
	return node->words || node->assigns || node->redirects ? node : NULL;
}

struct shell_node *shell_function_body(struct shell_parser *p, const char *start, const struct shell_word *name)
{
	struct shell_node *node = shell_node_new(p, SHELL_FUNCTION, start);

	if (!node || !shell_enter(p))
		return NULL;
	if (name->parts && !name->parts->next && name->parts->kind == SHELL_LITERAL) {
		node->name = name->parts->text;
		node->name_len = name->parts->len;
	} else if (!p->fixed) {
		node->name = p->text + name->start;
		node->name_len = name->end - name->start;
	}
	shell_skip_newlines(p);
	node->body = shell_compound(p);
	if (!node->body && p->at >= p->end) {
		shell_incomplete(p, "a function has no body");
	} else if (!node->body) {
		if (p->dialect == SHELL_BASH)
			shell_malformed(p, "a function's body is no compound command");
		node->body = shell_simple(p);
	}
	node->end = node->body ? node->body->end : shell_end_of(p, p->at);
	shell_leave(p);
	return node;
}

struct shell_node *shell_function(struct shell_parser *p, const char *start)
{
	struct shell_word *name;
	const char *behind;

	shell_skip_blanks(p);
	if (ends_word(p) || (p->dialect == SHELL_ZSH && shell_keyword(p, &behind) == KEYWORD_OPEN)) {
		if (p->dialect != SHELL_ZSH)
			shell_malformed(p, "a function has no name");
		take_empty_parentheses(p);
		shell_skip_newlines(p);
		return shell_compound(p);
	}
	name = shell_word(p, IN_WORD);
	if (!name)
		return NULL;
	shell_skip_blanks(p);
	take_empty_parentheses(p);
	return shell_function_body(p, start, name);
}
