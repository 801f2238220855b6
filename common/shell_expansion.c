#include "config.h"
#include "common/shell_internal.h"

struct shell_word *shell_words_of(struct shell_parser *p, const struct shell_word *holder)
{
	struct shell_word *words = NULL, **tail = &words;

	for (struct shell_part *part = holder->parts, *next; part; part = next) {
		struct shell_word *word = shell_new(p, struct shell_word);
		next = part->next;
		if (!word)
			break;
		part->next = NULL;
		word->parts = part;
		word->start = part->start;
		word->end = part->end;
		word->quoted = part->quoted;
		*tail = word;
		tail = &word->next;
	}
	return words;
}

bool shell_arithmetic(struct shell_parser *p, char until, struct shell_word **words)
{
	struct shell_word holder = {0};
	struct shell_scan inner;

	shell_scan_init(&inner, &holder, IN_ARITH);
	inner.expansions_only = true;
	inner.until = until;
	shell_scan(p, &inner);
	*words = shell_words_of(p, &holder);
	if (p->at >= p->end)
		return false;
	p->at++;
	return until == ']' || shell_take(p, ')');
}

/* At the "(" of a substitution: the commands up to its ")". */
static void read_substitution(struct shell_parser *p, struct shell_part *part)
{
	const char *start = p->at;
	bool in_parentheses = p->in_parentheses;

	p->at++;
	p->in_parentheses = true;
	part->node = shell_list_inside(p, STOP_PAREN);
	p->in_parentheses = in_parentheses;
	if (p->at < p->end)
		p->at++;
	else
		shell_incomplete_from(p, start, "a substitution's ( has no partner");
}

static void scan_substitution(struct shell_parser *p, struct shell_scan *s, const char *start)
{
	struct shell_part *part = shell_part_add(p, s, SHELL_COMMAND_SUBST, start);

	if (!part || !shell_enter(p))
		return;
	read_substitution(p, part);
	shell_part_end(p, s, part);
	shell_leave(p);
}

void shell_scan_process(struct shell_parser *p, struct shell_scan *s, enum shell_part_kind kind)
{
	struct shell_part *part = shell_part_add(p, s, kind, p->at);

	if (!part || !shell_enter(p))
		return;
	p->at++;
	read_substitution(p, part);
	shell_part_end(p, s, part);
	shell_leave(p);
}

/* Behind "$((" or "$[" at text. */
static void add_arithmetic(struct shell_parser *p, struct shell_scan *s, const char *start, const char *text, uint32_t len,
	struct shell_word *words)
{
	struct shell_part *part = shell_part_add(p, s, SHELL_ARITH, start);

	if (!part)
		return;
	part->text = text;
	part->len = len;
	part->words = words;
	shell_part_end(p, s, part);
}

/* Behind the inner ) of $((..): where the substitution ends when only parentheses and quotes count. bash looks for the end
 * in this way before it reads the commands; a here-document or comment that the commands would hide does not matter then. */
static const char *counted_end(struct shell_parser *p)
{
	struct shell_word holder = {0};
	struct shell_scan inner;

	shell_scan_init(&inner, &holder, IN_ARITH);
	inner.expansions_only = true;
	shell_scan(p, &inner);
	return p->at < p->end ? p->at + 1 : p->end;
}

/* At "((" behind a $: arithmetic, or a substitution that begins with a subshell. The first closing parentheses tell. */
static void scan_double_parenthesis(struct shell_parser *p, struct shell_scan *s, const char *start)
{
	struct shell_mark mark = shell_mark(p);
	struct shell_word *words;
	const char *text, *end;

	if (!shell_enter(p))
		return;
	p->at++;
	shell_take(p, '(');
	text = p->at;
	if (shell_arithmetic(p, ')', &words)) {
		add_arithmetic(p, s, start, text, (uint32_t)(p->at - text - 2), words);
		shell_leave(p);
		return;
	}
	end = counted_end(p);
	shell_leave(p);
	if (!shell_retry(p, &mark))
		return;
	scan_substitution(p, s, start);
	if (p->at != end)
		shell_malformed(p, "a $(( .. ) ends elsewhere for bash");
}

static void scan_old_arithmetic(struct shell_parser *p, struct shell_scan *s, const char *start)
{
	struct shell_word *words;
	const char *text;
	bool closed;

	if (!shell_enter(p))
		return;
	text = ++p->at;
	closed = shell_arithmetic(p, ']', &words);
	if (!closed)
		shell_incomplete_from(p, start, "a $[ has no partner");
	add_arithmetic(p, s, start, text, (uint32_t)(p->at - text - (closed ? 1 : 0)), words);
	shell_leave(p);
}

static bool at_double_parenthesis(const struct shell_parser *p)
{
	struct shell_parser ahead = *p;

	ahead.at++;
	return shell_take(&ahead, '(');
}

void shell_scan_dollar(struct shell_parser *p, struct shell_scan *s)
{
	const char *start = p->at;

	p->at++;
	while (shell_peek(p, 0) == '\\' && shell_peek(p, 1) == '\n')
		p->at += 2;
	switch (shell_peek(p, 0)) {
	case '(':
		if (at_double_parenthesis(p))
			scan_double_parenthesis(p, s, start);
		else
			scan_substitution(p, s, start);
		return;
	case '{':
		shell_scan_param_brace(p, s, start);
		return;
	case '[':
		scan_old_arithmetic(p, s, start);
		return;
	case '\'':
		if (shell_class_of('\'') & s->stop && !s->plain_apostrophe) {
			p->at = start;
			shell_scan_ansi(p, s);
		}
		return;
	case '"':
		if (!s->quoted) {
			const char *at = p->at;
			p->at = start;
			if (!shell_scan_flush(p, s))
				return;
			s->run = p->at = at;
			shell_scan_double_quotes(p, s);
		}
		return;
	default:
		shell_scan_param_name(p, s, start);
	}
}

/* Whether the text of a backtick has escapes that vanish before it is read. */
static bool has_escapes(const char *at, const char *end, bool in_quotes)
{
	while (at < end && (at = memchr(at, '\\', (size_t)(end - at)))) {
		if (end - at > 1 && (at[1] == '$' || at[1] == '`' || at[1] == '\\' || (in_quotes && at[1] == '"')))
			return true;
		at += 2;
	}
	return false;
}

static size_t unescape(char *out, const char *at, const char *end, bool in_quotes)
{
	char *start = out;

	while (at < end) {
		if (*at == '\\' && end - at > 1 &&
		    (at[1] == '$' || at[1] == '`' || at[1] == '\\' || (in_quotes && at[1] == '"')))
			at++;
		*out++ = *at++;
	}
	return (size_t)(out - start);
}

static struct shell_node *read_backtick(struct shell_parser *p, const char *text, const char *end)
{
	const char *saved_end = p->end, *saved_at = p->at;
	bool in_parentheses = p->in_parentheses;
	struct shell_node *node;

	p->at = text;
	p->end = end;
	p->in_parentheses = false;
	node = shell_list_inside(p, 0);
	p->in_parentheses = in_parentheses;
	if (p->script->too_complex) {
		p->at = p->end = saved_at;
		return node;
	}
	p->at = saved_at;
	p->end = saved_end;
	return node;
}

/* The text without its escapes is a copy: what is in it gets the span of the whole. */
static struct shell_node *read_escaped_backtick(struct shell_parser *p, const char *start, const char *text, const char *end,
	bool in_quotes)
{
	const char *saved_text = p->text;
	const char *saved_line = p->paren_on_line;
	bool fixed = p->fixed;
	size_t len = (size_t)(end - text);
	char *copy = len <= UINT32_MAX && shell_spend(p, len) ? shell_alloc(p, len) : NULL;
	struct shell_node *node;

	if (!copy)
		return NULL;
	if (!fixed) {
		p->fixed_start = shell_start_of(p, start);
		p->fixed_end = shell_end_of(p, p->at);
		p->fixed = true;
	}
	len = unescape(copy, text, end, in_quotes);
	p->text = copy;
	p->paren_on_line = NULL;
	node = read_backtick(p, copy, copy + len);
	p->text = saved_text;
	p->paren_on_line = saved_line;
	p->fixed = fixed;
	return node;
}

void shell_scan_backtick(struct shell_parser *p, struct shell_scan *s)
{
	const char *start = p->at;
	const char *close = start + 1;
	struct shell_part *part = shell_part_add(p, s, SHELL_COMMAND_SUBST, start);

	if (!part || !shell_enter(p))
		return;
	while (close < p->end && *close != '`')
		close += *close == '\\' && p->end - close > 1 ? 2 : 1;
	p->at = close;
	if (close < p->end)
		p->at++;
	else
		shell_incomplete_from(p, start, "a ` has no partner");
	if (has_escapes(start + 1, close, s->in_quotes))
		part->node = read_escaped_backtick(p, start, start + 1, close, s->in_quotes);
	else
		part->node = read_backtick(p, start + 1, close);
	shell_part_end(p, s, part);
	shell_leave(p);
}
