#include "config.h"
#include "common/shell_internal.h"

struct shell_node *shell_node_new(struct shell_parser *p, enum shell_node_kind kind, const char *start)
{
	struct shell_node *node = shell_new(p, struct shell_node);

	if (!node)
		return NULL;
	node->kind = kind;
	node->start = node->end = shell_start_of(p, start);
	return node;
}

void shell_node_end(struct shell_parser *p, struct shell_node *node)
{
	node->end = shell_end_of(p, p->at);
}

/* A parent around first: its children follow. */
static struct shell_node *wrap(struct shell_parser *p, enum shell_node_kind kind, struct shell_node *first)
{
	struct shell_node *node = shell_new(p, struct shell_node);

	if (!node)
		return NULL;
	node->kind = kind;
	node->start = first->start;
	node->end = first->end;
	node->children = first;
	return node;
}

/* c twice, perhaps with a continuation line between. */
static bool take_twice(struct shell_parser *p, char c)
{
	const char *at = p->at;

	if (shell_peek(p, 0) != c)
		return false;
	p->at++;
	if (shell_take(p, c))
		return true;
	p->at = at;
	return false;
}

static const uint16_t closing_keywords[] = {
	[KEYWORD_THEN] = STOP_THEN, [KEYWORD_ELIF] = STOP_ELIF, [KEYWORD_ELSE] = STOP_ELSE, [KEYWORD_FI] = STOP_FI,
	[KEYWORD_DO] = STOP_DO, [KEYWORD_DONE] = STOP_DONE, [KEYWORD_ESAC] = STOP_ESAC, [KEYWORD_CLOSE] = STOP_BRACE,
	[KEYWORD_END] = STOP_END, [KEYWORD_REPEAT] = 0,
};

/* What stands here if it can end a list; 0: it cannot. */
static uint32_t closing_token(struct shell_parser *p, const char **behind)
{
	const char *at = p->at;

	if (shell_class_of(*at) & CLASS_KEYWORD)
		return closing_keywords[shell_keyword(p, behind)];
	*behind = at + 1;
	if (*at == ')')
		return STOP_PAREN;
	if (*at != ';')
		return 0;
	while (*behind + 1 < p->end && (*behind)[0] == '\\' && (*behind)[1] == '\n')
		*behind += 2;
	if (*behind < p->end && (**behind == ';' || **behind == '&' || (**behind == '|' && p->dialect == SHELL_ZSH))) {
		++*behind;
		return STOP_CASE_BREAK;
	}
	return 0;
}

/* Whether the list ends here. What can only be a mistake is skipped: the commands behind it must be seen. */
static bool list_ends(struct shell_parser *p)
{
	while (p->at < p->end) {
		const char *behind = p->at;
		uint32_t token = closing_token(p, &behind);

		if (token & p->stops)
			return true;
		if (token & p->outer_stops)
			return true;
		if (token) {
			shell_malformed(p, "closes what was not opened");
			p->at = behind;
		} else if (strchr(";&|", *p->at) && *p->at && !(*p->at == '&' && shell_peek(p, 1) == '>')) {
			if (p->dialect != SHELL_ZSH || *p->at != ';')
				shell_malformed(p, "a command is missing");
			p->at++;
		} else {
			return false;
		}
		shell_skip_newlines(p);
	}
	return true;
}

static struct shell_node *negation(struct shell_parser *p, const char *behind);
static struct shell_node *timed(struct shell_parser *p, const char *behind);

static struct shell_node *command(struct shell_parser *p)
{
	struct shell_node *node = shell_compound(p);
	const char *behind;

	if (node || p->at >= p->end || closing_token(p, &behind))
		return node;
	switch (shell_keyword(p, &behind)) {
	case KEYWORD_BANG:
		shell_malformed(p, "! inside a pipeline");
		return negation(p, behind);
	case KEYWORD_TIME:
		return timed(p, behind);
	default:
		return shell_simple(p);
	}
}

/* Behind an operator: a command must follow. */
static void want_command(struct shell_parser *p, const struct shell_node *node, const char *missing)
{
	if (node)
		return;
	if (p->at >= p->end)
		shell_incomplete(p, missing);
	else
		shell_malformed(p, missing);
}

/* "|" or "|&", not "||". */
static bool take_pipe(struct shell_parser *p, struct shell_node *left)
{
	const char *at = p->at;

	if (shell_peek(p, 0) != '|')
		return false;
	if (take_twice(p, '|')) {
		p->at = at;
		return false;
	}
	p->at++;
	left->stderr_too = shell_take(p, '&');
	return true;
}

static struct shell_node *pipes(struct shell_parser *p)
{
	struct shell_node *first = command(p), *pipeline = NULL, *last = first;

	shell_skip_blanks(p);
	while (last && take_pipe(p, last)) {
		struct shell_node *next;

		if (!pipeline)
			pipeline = wrap(p, SHELL_PIPELINE, first);
		shell_skip_newlines(p);
		next = command(p);
		want_command(p, next, "a command is missing behind |");
		if (!next || !pipeline)
			break;
		last->next = next;
		last = next;
		pipeline->end = next->end;
		shell_skip_blanks(p);
	}
	return pipeline ? pipeline : first;
}

static struct shell_node *negation(struct shell_parser *p, const char *behind)
{
	const char *start = p->at;
	struct shell_node *node = shell_node_new(p, SHELL_PIPELINE, start), *inner;
	bool negated = true;

	if (!node || !shell_enter(p))
		return NULL;
	p->at = behind;
	shell_node_end(p, node);
	for (shell_skip_blanks(p); shell_keyword(p, &behind) == KEYWORD_BANG; shell_skip_blanks(p)) {
		negated = !negated;
		p->at = behind;
	}
	inner = shell_pipeline(p);
	shell_leave(p);
	if (inner && inner->kind == SHELL_PIPELINE && !inner->negated) {
		inner->start = node->start;
		node = inner;
	} else if (inner) {
		node->children = inner;
		node->end = inner->end;
	}
	node->negated = negated;
	return node;
}

static struct shell_node *timed(struct shell_parser *p, const char *behind)
{
	struct shell_node *node = shell_node_new(p, SHELL_TIME, p->at);

	if (!node || !shell_enter(p))
		return NULL;
	p->at = behind;
	shell_node_end(p, node);
	shell_skip_blanks(p);
	while (shell_peek(p, 0) == '-' && (shell_peek(p, 1) == 'p' || shell_peek(p, 1) == '-') &&
	       (shell_peek(p, 2) < 0 || shell_class_of(p->at[2]) & CLASS_META)) {
		p->at += 2;
		shell_skip_blanks(p);
	}
	if (p->at < p->end && *p->at != '\n')
		node->body = shell_pipeline(p);
	if (node->body)
		node->end = node->body->end;
	shell_leave(p);
	return node;
}

struct shell_node *shell_pipeline(struct shell_parser *p)
{
	const char *behind;

	switch (shell_keyword(p, &behind)) {
	case KEYWORD_BANG:
		return negation(p, behind);
	case KEYWORD_TIME:
		return timed(p, behind);
	default:
		return pipes(p);
	}
}

/* && and || have the same precedence: a && b || c is (a && b) || c. */
static struct shell_node *and_or(struct shell_parser *p)
{
	struct shell_node *left = shell_pipeline(p), *last = left;
	unsigned alternations = 0;

	while (left) {
		enum shell_node_kind kind;
		struct shell_node *right;

		shell_skip_blanks(p);
		if (take_twice(p, '&'))
			kind = SHELL_AND;
		else if (take_twice(p, '|'))
			kind = SHELL_OR;
		else
			break;
		shell_skip_newlines(p);
		right = shell_pipeline(p);
		want_command(p, right, "a command is missing behind && or ||");
		if (!right)
			break;
		if (left->kind != kind || last == left) {
			if (++alternations + p->depth > SHELL_NESTING_MAX) {
				shell_stop(p, "too many && and || in one list");
				break;
			}
			last = left;
			left = wrap(p, kind, left);
			if (!left)
				break;
		}
		last->next = right;
		last = right;
		left->end = right->end;
	}
	return left;
}

/* Behind a command: what separates it from the next one. */
static bool take_separator(struct shell_parser *p, struct shell_node *node)
{
	const char *behind;

	shell_skip_blanks(p);
	if (p->at >= p->end || *p->at == '\n' || closing_token(p, &behind))
		return true;
	if (*p->at == ';') {
		p->at++;
		return true;
	}
	if (*p->at == '&') {
		p->at++;
		if (p->dialect == SHELL_ZSH && (shell_peek(p, 0) == '!' || shell_peek(p, 0) == '|'))
			p->at++;
		node->background = true;
		return true;
	}
	if (p->dialect == SHELL_ZSH && *p->at == '{' && p->stops & (STOP_THEN | STOP_DO))
		return false;
	shell_malformed(p, "unexpected behind a command");
	return true;
}

static struct shell_node *commands(struct shell_parser *p)
{
	struct shell_node *list = NULL, *last = NULL;
	bool more = true;

	while (more) {
		struct shell_node *node;

		shell_skip_newlines(p);
		if (list_ends(p))
			break;
		node = and_or(p);
		if (!node) {
			if (p->at < p->end) {
				shell_malformed(p, "no command begins like this");
				p->at++;
			}
			continue;
		}
		more = take_separator(p, node);
		if (last && list == last) {
			list = wrap(p, SHELL_SEQUENCE, last);
			if (!list)
				return last;
		}
		if (last) {
			last->next = node;
			list->end = node->end;
		} else {
			list = node;
		}
		last = node;
	}
	return list;
}

struct shell_node *shell_list(struct shell_parser *p, uint32_t stops)
{
	uint32_t saved_stops = p->stops, saved_outer = p->outer_stops;
	struct shell_node *list;

	p->outer_stops |= p->stops;
	p->stops = stops;
	list = commands(p);
	p->stops = saved_stops;
	p->outer_stops = saved_outer;
	return list;
}

struct shell_node *shell_list_inside(struct shell_parser *p, uint32_t stops)
{
	uint32_t saved_stops = p->stops, saved_outer = p->outer_stops;
	struct shell_heredoc *pending = p->pending, **tail = p->pending_tail;
	struct shell_node *list;

	p->stops = p->outer_stops = 0;
	p->pending = NULL;
	p->pending_tail = &p->pending;
	list = shell_list(p, stops);
	p->stops = saved_stops;
	p->outer_stops = saved_outer;
	if (!p->pending) {
		p->pending = pending;
		p->pending_tail = tail;
		return list;
	}
	shell_incomplete(p, "the text of a here-document is not in its substitution");
	if (!stops) {
		p->pending = pending;
		p->pending_tail = tail;
		return list;
	}
	if (pending) {
		*tail = p->pending;
		p->pending = pending;
	}
	return list;
}
