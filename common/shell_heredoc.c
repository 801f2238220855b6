#include "config.h"
#include "common/shell_internal.h"

/* The delimiter as the lines will be compared with it: quotes removed, nothing expanded. */
static char *delimiter_text(struct shell_parser *p, const struct shell_word *word, const char *start, size_t *len)
{
	char *text = shell_alloc(p, (size_t)(p->at - start) + 1);
	char *out = text;

	if (!text)
		return NULL;
	for (const struct shell_part *part = word->parts; part; part = part->next) {
		const char *from = part->text;
		size_t n = part->len;
		if (part->kind != SHELL_LITERAL && p->fixed)
			return NULL;
		if (part->kind != SHELL_LITERAL) {
			from = p->text + part->start;
			n = part->end - part->start;
		}
		memcpy(out, from, n);
		out += n;
	}
	if (shell_peek(p, 0) == '\r')
		*out++ = '\r'; /* a shell takes the carriage return for a part of the word, here and on the line that ends the text */
	*len = (size_t)(out - text);
	return text;
}

void shell_heredoc_add(struct shell_parser *p, struct shell_redirect *redirect, bool strip_tabs)
{
	const char *start = p->at;
	struct shell_heredoc *heredoc = shell_new(p, struct shell_heredoc);
	size_t len = 0;

	redirect->target = shell_word(p, IN_WORD);
	if (!heredoc || !redirect->target)
		return;
	heredoc->delimiter = delimiter_text(p, redirect->target, start, &len);
	if (!heredoc->delimiter) {
		shell_malformed(p, "a here-document's delimiter with an expansion inside backticks");
		return;
	}
	heredoc->len = (uint32_t)len;
	heredoc->redirect = redirect;
	heredoc->quoted = redirect->target->quoted;
	heredoc->strip_tabs = strip_tabs;
	*p->pending_tail = heredoc;
	p->pending_tail = &heredoc->next;
}

/* Compares a line with the delimiter; in an unquoted document backslash and newline join lines first. Returns what
 * stands behind it, or NULL. */
static const char *match_delimiter(const struct shell_parser *p, const struct shell_heredoc *heredoc, const char *at)
{
	for (uint32_t i = 0; i < heredoc->len; at++) {
		if (at >= p->end)
			return NULL;
		if (*at == '\\' && !heredoc->quoted && p->end - at > 1 && at[1] == '\n') {
			at++;
			continue;
		}
		if (*at != heredoc->delimiter[i])
			return NULL;
		i++;
	}
	return at;
}

/* Inside $(..), a line that begins with the delimiter and has a ) behind it ends the document, too: bash does so. */
static bool parenthesis_ahead(struct shell_parser *p, const char *at)
{
	if (!p->in_parentheses)
		return false;
	if (!p->paren_on_line || p->paren_on_line < at) {
		p->paren_on_line = at;
		while (p->paren_on_line < p->end && *p->paren_on_line != ')' && *p->paren_on_line != '\n')
			p->paren_on_line++;
	}
	return p->paren_on_line < p->end && *p->paren_on_line == ')';
}

static bool ends_document(struct shell_parser *p, const struct shell_heredoc *heredoc, const char *line, const char **behind)
{
	const char *at = line;

	while (heredoc->strip_tabs && at < p->end) {
		if (*at == '\t')
			at++;
		else if (*at == '\\' && !heredoc->quoted && p->end - at > 1 && at[1] == '\n')
			at += 2;
		else
			break;
	}
	at = match_delimiter(p, heredoc, at);
	if (!at)
		return false;
	if (at < p->end && *at != '\n' && !parenthesis_ahead(p, at))
		return false;
	*behind = at < p->end && *at == '\n' ? at + 1 : at;
	return true;
}

/* Behind the newline of the line that begins at at. */
static const char *next_line(const struct shell_parser *p, const struct shell_heredoc *heredoc, const char *at)
{
	for (;;) {
		const char *newline = memchr(at, '\n', (size_t)(p->end - at)), *slash = newline;
		if (!newline)
			return p->end;
		while (slash > at && slash[-1] == '\\')
			slash--;
		if (heredoc->quoted || (newline - slash) % 2 == 0)
			return newline + 1;
		at = newline + 1;
	}
}

/* A copy without the tabs that begin lines. */
static const char *without_tabs(struct shell_parser *p, const char *text, size_t *len)
{
	char *copy = shell_alloc(p, *len), *out = copy;
	bool line_start = true;

	if (!copy)
		return NULL;
	for (size_t i = 0; i < *len; i++) {
		if (line_start && text[i] == '\t')
			continue;
		line_start = text[i] == '\n';
		*out++ = text[i];
	}
	*len = (size_t)(out - copy);
	return copy;
}

static void read_quoted_body(struct shell_parser *p, const struct shell_heredoc *heredoc, struct shell_word *body,
	const char *start, const char *end)
{
	const char *text = start;
	size_t len = (size_t)(end - start);
	struct shell_part *part;

	if (heredoc->strip_tabs) {
		text = without_tabs(p, start, &len);
		if (!text)
			return;
	}
	part = len > 0 ? shell_new(p, struct shell_part) : NULL;
	if (!part)
		return;
	part->quoted = true;
	part->text = text;
	part->len = (uint32_t)len;
	part->start = shell_start_of(p, start);
	part->end = shell_end_of(p, end);
	body->parts = part;
}

static void read_expanded_body(struct shell_parser *p, const struct shell_heredoc *heredoc, struct shell_word *body, const char *end)
{
	const char *saved = p->end;
	bool in_parentheses = p->in_parentheses;
	struct shell_scan s;

	p->end = end;
	p->in_parentheses = false;
	shell_scan_init(&s, body, IN_HEREDOC);
	s.strip_tabs = heredoc->strip_tabs;
	while (s.strip_tabs && shell_peek(p, 0) == '\t')
		p->at++;
	shell_scan(p, &s);
	p->in_parentheses = in_parentheses;
	shell_restore_end(p, saved);
}

static void read_document(struct shell_parser *p, struct shell_heredoc *heredoc)
{
	const char *start = p->at, *end = start, *behind = NULL;
	struct shell_word *body = shell_word_new(p, start);

	if (!body)
		return;
	while (end < p->end && !ends_document(p, heredoc, end, &behind))
		end = next_line(p, heredoc, end);
	if (!behind) {
		shell_incomplete(p, "the text of a here-document does not end");
		behind = end;
	}
	heredoc->redirect->body = body;
	body->quoted = heredoc->quoted;
	body->end = shell_end_of(p, end);
	if (heredoc->quoted)
		read_quoted_body(p, heredoc, body, start, end);
	else
		read_expanded_body(p, heredoc, body, end);
	if (!p->script->too_complex)
		p->at = behind;
}

void shell_heredoc_read(struct shell_parser *p)
{
	struct shell_heredoc *heredoc = p->pending;

	p->pending = NULL;
	p->pending_tail = &p->pending;
	for (; heredoc && !p->script->too_complex; heredoc = heredoc->next)
		read_document(p, heredoc);
}
