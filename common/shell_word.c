#include "config.h"
#include "common/shell_internal.h"

struct shell_word *shell_word_new(struct shell_parser *p, const char *start)
{
	struct shell_word *word = shell_new(p, struct shell_word);

	if (word)
		word->start = word->end = shell_start_of(p, start);
	return word;
}

struct shell_word *shell_word_literal(struct shell_parser *p, const char *start, const char *end)
{
	struct shell_word *word = shell_word_new(p, start);
	struct shell_part *part = word ? shell_new(p, struct shell_part) : NULL;

	if (!part)
		return NULL;
	part->text = start;
	part->len = (uint32_t)(end - start);
	part->start = word->start;
	part->end = word->end = shell_end_of(p, end);
	word->parts = part;
	return word;
}

bool shell_word_ahead(const struct shell_parser *p)
{
	if (p->at >= p->end)
		return false;
	if (*p->at == '<' || *p->at == '>')
		return shell_peek(p, 1) == '(' && p->dialect != SHELL_POSIX;
	return !(shell_class_of(*p->at) & CLASS_META) || (*p->at == '(' && p->dialect == SHELL_ZSH && shell_peek(p, 1) != ')');
}

bool shell_word_is(const struct shell_word *word, const char *text)
{
	const struct shell_part *part = word ? word->parts : NULL;

	return part && !part->next && part->kind == SHELL_LITERAL && !word->quoted && part->len == strlen(text) &&
	       memcmp(part->text, text, part->len) == 0;
}

struct shell_part *shell_part_append(struct shell_parser *p, struct shell_scan *s, enum shell_part_kind kind, const char *start)
{
	struct shell_part *part = shell_new(p, struct shell_part);

	if (!part)
		return NULL;
	part->kind = kind;
	part->quoted = s->quoted;
	part->start = part->end = shell_start_of(p, start);
	*s->tail = part;
	s->tail = &part->next;
	return part;
}

static void append_literal(struct shell_parser *p, struct shell_scan *s, const char *start, const char *end)
{
	struct shell_part *part = shell_part_append(p, s, SHELL_LITERAL, start);

	if (!part)
		return;
	part->text = start;
	part->len = (uint32_t)(end - start);
	part->end = shell_end_of(p, end);
}

bool shell_scan_flush(struct shell_parser *p, struct shell_scan *s)
{
	if (p->at > s->run && !s->expansions_only)
		append_literal(p, s, s->run, p->at);
	s->run = p->at;
	return !p->script->too_complex;
}

struct shell_part *shell_part_add(struct shell_parser *p, struct shell_scan *s, enum shell_part_kind kind, const char *start)
{
	if (start > s->run && !s->expansions_only)
		append_literal(p, s, s->run, start);
	s->run = start;
	return shell_part_append(p, s, kind, start);
}

void shell_part_end(struct shell_parser *p, struct shell_scan *s, struct shell_part *part)
{
	part->end = shell_end_of(p, p->at);
	s->run = p->at;
}

/* Behind the opening parenthesis of an extended pattern. */
static void scan_pattern(struct shell_parser *p, struct shell_scan *s, const char *start)
{
	struct shell_part *part = shell_part_add(p, s, SHELL_EXTGLOB, start);
	struct shell_word holder = {0};
	struct shell_scan inner;

	if (!part)
		return;
	p->at++;
	s->word->has_glob = true;
	shell_scan_init(&inner, &holder, IN_EXTGLOB);
	inner.expansions_only = true;
	shell_scan(p, &inner);
	part->text = start;
	if (p->at < p->end)
		p->at++;
	else
		shell_incomplete(p, "a pattern's ( has no partner");
	part->len = (uint32_t)(p->at - start);
	part->words = shell_words_of(p, &holder);
	shell_part_end(p, s, part);
}

static bool begins_with_name(const struct shell_parser *p, const struct shell_scan *s)
{
	const char *at = s->start;

	while (at < p->at && shell_class_of(*at) & CLASS_NAME)
		at++;
	return at > s->start && at < p->at && *at == '=';
}

static void scan_tilde(struct shell_parser *p, struct shell_scan *s)
{
	char before = p->at > s->run ? p->at[-1] : '\0';

	if (p->at == s->start) {
		s->word->has_tilde = true;
	} else if ((before == '=' || before == ':') && !s->not_assignment) {
		if (s->context == IN_VALUE || begins_with_name(p, s))
			s->word->has_tilde = true;
		else
			s->not_assignment = true;
	}
	p->at++;
}

static bool scan_parenthesis(struct shell_parser *p, struct shell_scan *s)
{
	char before = p->at > s->run ? p->at[-1] : '\0';

	if (before && strchr("?*+@!", before)) {
		scan_pattern(p, s, p->at - 1);
		return true;
	}
	if (p->dialect != SHELL_ZSH || shell_peek(p, 1) == ')')
		return false;
	if (before == '=' && p->at == s->start + 1) {
		p->at--;
		shell_scan_process(p, s, SHELL_PROCESS_IN);
		return true;
	}
	scan_pattern(p, s, p->at);
	return true;
}

static bool scan_angle(struct shell_parser *p, struct shell_scan *s)
{
	if (shell_peek(p, 1) != '(' || p->dialect == SHELL_POSIX)
		return false;
	shell_scan_process(p, s, *p->at == '<' ? SHELL_PROCESS_IN : SHELL_PROCESS_OUT);
	return true;
}

static bool scan_in_word(struct shell_parser *p, struct shell_scan *s)
{
	switch (*p->at) {
	case '*':
	case '?':
	case '[':
		s->word->has_glob = true;
		break;
	case '{':
		s->brace_open = true;
		break;
	case '~':
		scan_tilde(p, s);
		return true;
	case '<':
	case '>':
		return scan_angle(p, s);
	case '(':
		return scan_parenthesis(p, s);
	case '\r':
		if (p->end - p->at > 1 && p->at[1] != '\n')
			break;
		return false;
	default:
		return false;
	}
	p->at++;
	return true;
}

static bool scan_in_regex(struct shell_parser *p, struct shell_scan *s)
{
	switch (*p->at) {
	case '(':
		s->nested++;
		break;
	case ')':
		if (s->nested == 0)
			return false;
		s->nested--;
		break;
	case '<':
	case '>':
		if (scan_angle(p, s))
			return true;
		if (s->nested == 0)
			return false;
		break;
	case '|':
		break;
	default:
		if (s->nested == 0 && shell_class_of(*p->at) & CLASS_META)
			return false;
		break;
	}
	p->at++;
	return true;
}

static bool scan_in_quotes(struct shell_parser *p, struct shell_scan *s)
{
	(void)p;
	(void)s;
	return false;
}

static bool scan_in_heredoc(struct shell_parser *p, struct shell_scan *s)
{
	p->at++;
	if (!s->strip_tabs || shell_peek(p, 0) != '\t')
		return true;
	shell_scan_flush(p, s);
	while (shell_peek(p, 0) == '\t')
		p->at++;
	s->run = p->at;
	return true;
}

static bool scan_in_brace(struct shell_parser *p, struct shell_scan *s)
{
	char c = *p->at;

	if (c == '}' || c == s->until)
		return false;
	if ((c == '<' || c == '>') && !s->quoted && scan_angle(p, s))
		return true;
	if (c == '*' || c == '?' || c == '[')
		s->word->has_glob = true;
	p->at++;
	return true;
}

static bool scan_in_index(struct shell_parser *p, struct shell_scan *s)
{
	char c = *p->at;

	if (c == '}' && s->in_brace)
		return false;
	if (c == '[')
		s->nested++;
	if (c == ']' && s->nested-- == 0)
		return false;
	p->at++;
	return true;
}

/* Arithmetic and extended patterns: brackets of one kind are counted. */
static bool scan_in_pairs(struct shell_parser *p, struct shell_scan *s)
{
	char close = s->until ? s->until : ')';
	char c = *p->at;

	if (s->context == IN_EXTGLOB && (c == '<' || c == '>') && scan_angle(p, s))
		return true;
	if (c == (close == ')' ? '(' : '['))
		s->nested++;
	if (c == close && s->nested-- == 0)
		return false;
	p->at++;
	return true;
}

static const struct {
	uint16_t stop;
	bool quoted;
	bool (*scan)(struct shell_parser *, struct shell_scan *); /* a stop byte that is no quote or expansion; false: the end */
} contexts[] = {
	[IN_WORD] = {CLASS_STOP_WORD, false, scan_in_word},
	[IN_VALUE] = {CLASS_STOP_WORD, false, scan_in_word},
	[IN_REGEX] = {CLASS_STOP_WORD, false, scan_in_regex},
	[IN_QUOTES] = {CLASS_STOP_QUOTES, true, scan_in_quotes},
	[IN_HEREDOC] = {CLASS_STOP_HEREDOC, true, scan_in_heredoc},
	[IN_BRACE] = {CLASS_STOP_BRACE, false, scan_in_brace},
	[IN_QUOTED_BRACE] = {CLASS_STOP_BRACE, true, scan_in_brace},
	[IN_INDEX] = {CLASS_STOP_INDEX, false, scan_in_index},
	[IN_ARITH] = {CLASS_STOP_ARITH, false, scan_in_pairs},
	[IN_EXTGLOB] = {CLASS_STOP_ARITH, false, scan_in_pairs},
};

void shell_scan_init(struct shell_scan *s, struct shell_word *word, enum shell_context context)
{
	*s = (struct shell_scan){
		.word = word,
		.tail = &word->parts,
		.context = context,
		.stop = contexts[context].stop,
		.quoted = contexts[context].quoted,
		.in_quotes = context == IN_QUOTES,
		.plain_apostrophe = context == IN_ARITH,
	};
}

/* Takes what stands at a stop byte; false: the context ends in front of it. */
static bool scan_stop_byte(struct shell_parser *p, struct shell_scan *s)
{
	switch (*p->at) {
	case '$':
		shell_scan_dollar(p, s);
		return true;
	case '\\':
		if (s->quoted)
			shell_scan_quoted_escape(p, s);
		else
			shell_scan_escape(p, s);
		return true;
	case '`':
		shell_scan_backtick(p, s);
		return true;
	case '"':
		if (s->context == IN_QUOTES)
			return false;
		shell_scan_double_quotes(p, s);
		return true;
	case '\'':
		if (s->plain_apostrophe)
			shell_scan_apostrophe(p, s);
		else
			shell_scan_single_quotes(p, s);
		return true;
	default:
		return contexts[s->context].scan(p, s);
	}
}

void shell_scan(struct shell_parser *p, struct shell_scan *s)
{
	s->start = s->run = p->at;
	do {
		const char *at = p->at;
		while (at < p->end && !(shell_class_of(*at) & s->stop))
			at++;
		p->at = at;
	} while (p->at < p->end && scan_stop_byte(p, s));
	shell_scan_flush(p, s);
}

/* Whether unquoted literals hold { then , or .. then }. */
static bool may_expand_braces(const struct shell_word *word)
{
	bool open = false, list = false;

	for (const struct shell_part *part = word->parts; part; part = part->next) {
		if (part->kind != SHELL_LITERAL || part->quoted)
			continue;
		for (uint32_t i = 0; i < part->len; i++) {
			char c = part->text[i];
			open = open || c == '{';
			list = list || (open && (c == ',' || (c == '.' && i > 0 && part->text[i - 1] == '.')));
			if (c == '}' && list)
				return true;
		}
	}
	return false;
}

struct shell_word *shell_word(struct shell_parser *p, enum shell_context context)
{
	struct shell_word *word = shell_word_new(p, p->at);
	struct shell_scan s;

	if (!word)
		return NULL;
	shell_scan_init(&s, word, context);
	shell_scan(p, &s);
	if (s.brace_open)
		word->has_brace = may_expand_braces(word);
	word->end = shell_end_of(p, p->at);
	return word;
}
