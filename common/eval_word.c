#include "config.h"
#include "common/eval_internal.h"

#include <string.h>

void eval_push(struct run *run, struct eval_fields *fields, const struct field *field)
{
	if (fields->n == fields->cap) {
		uint32_t cap = fields->cap ? fields->cap * 2 : 8;
		struct field *grown = run_spend(run, cap) ? arena_alloc(run->arena, cap * sizeof(*grown)) : NULL;

		if (!grown) {
			run_too_complex(run, 0, "it needs too much memory to follow");
			return;
		}
		if (fields->n)
			memcpy(grown, fields->items, fields->n * sizeof(*grown));
		fields->items = grown;
		fields->cap = cap;
	}
	fields->items[fields->n++] = *field;
}

/* --- control bytes of the input itself --- */

/* In nested text they stand for what the outer text left open; in the input they would be taken for that. */
static void note_control(struct run *run, struct span span)
{
	if (run->eval->control_noted)
		return;
	run->eval->control_noted = true;
	effect_finding(run, "shell.control", RISK_HIGH, PLACE_UNKNOWN, CAP_OBFUSCATED, span,
	               "the command holds control characters that hide what it says", "write it without control characters");
}

static void put_control(struct eval_expander *x, char c)
{
	if (!x->buf.run->nested || c == '\0') {
		note_control(x->buf.run, x->span);
		eval_put_unknown(&x->buf);
		return;
	}
	eval_put(&x->buf, &c, 1);
	if (c == TEXT_UNKNOWN)
		x->buf.unknown = true;
	else
		x->buf.glob = true;
}

/* --- globs --- */

static void put_glob(struct eval_expander *x, char c)
{
	eval_put(&x->buf, &c, 1);
	x->buf.glob = true;
	x->buf.many = true;
}

/* ']' closes a bracket expression unless it stands first in it. */
static bool closes(const struct eval_buf *buf)
{
	uint32_t first = buf->bracket;

	if (!first || buf->len < first)
		return false;
	if (first < buf->len && (buf->data[first] == '!' || buf->data[first] == '^'))
		first++;
	return buf->len > first;
}

/* A pattern cannot say which bytes a bracket expression stands for: whether it matches stays open. */
static void close_bracket(struct eval_expander *x)
{
	x->buf.len = x->buf.bracket - 1;
	x->buf.bracket = 0;
	if (x->mode & EXPAND_PATTERN)
		eval_put_unknown(&x->buf);
	else
		put_glob(x, TEXT_ANY);
}

static void put_active(struct eval_expander *x, char c)
{
	struct eval_buf *buf = &x->buf;

	switch (c) {
	case '*':
		put_glob(x, TEXT_STAR);
		return;
	case '?':
		put_glob(x, TEXT_ANY);
		return;
	case ']':
		if (closes(buf)) {
			close_bracket(x);
			return;
		}
		break;
	case '/':
		buf->bracket = 0;
		break;
	}
	eval_put(buf, &c, 1);
	if (c == '[' && !buf->bracket)
		buf->bracket = buf->len;
}

/* --- literals and values --- */

static void put_literal(struct eval_expander *x, const char *text, uint32_t len, bool active)
{
	uint32_t from = 0;

	x->buf.started = true;
	for (uint32_t i = 0; i < len; i++) {
		bool control = (uint8_t)text[i] <= TEXT_ANY;

		if (!control && !(active && memchr("*?[]/", text[i], 5)))
			continue;
		eval_put(&x->buf, text + from, i - from);
		from = i + 1;
		if (control)
			put_control(x, text[i]);
		else
			put_active(x, text[i]);
	}
	eval_put(&x->buf, text + from, len - from);
}

void eval_expand_break(struct eval_expander *x)
{
	struct eval_value value;
	struct field field;

	if (!x->buf.started)
		return;
	eval_take(&x->buf, &value);
	field = eval_field(&value, x->span, x->buf.quoted && !x->buf.many);
	eval_push(x->buf.run, x->fields, &field);
	x->buf = (struct eval_buf){ .run = x->buf.run };
}

static void put_piece(struct eval_expander *x, const struct eval_value *value, uint32_t from, uint32_t to, bool active)
{
	struct eval_value piece = *value;

	if (from == to)
		return;
	piece.text += from;
	piece.len = to - from;
	piece.glob = piece.glob && (memchr(piece.text, TEXT_STAR, piece.len) || memchr(piece.text, TEXT_ANY, piece.len));
	piece.unknown = piece.unknown && memchr(piece.text, TEXT_UNKNOWN, piece.len);
	if (!active || x->buf.len + piece.len > EVAL_VALUE_MAX) {
		eval_put_value(&x->buf, &piece);
		return;
	}
	for (uint32_t i = 0; i < piece.len; i++)
		put_active(x, piece.text[i]);
	x->buf.taint |= piece.taint;
	x->buf.unknown = x->buf.unknown || piece.unknown;
	x->buf.glob = x->buf.glob || piece.glob;
	if (!x->buf.origin)
		x->buf.origin = piece.origin;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/* Cuts a value at the bytes of IFS: blanks among them join, every other one ends a field. */
static void split(struct eval_expander *x, const struct eval_value *value, bool active)
{
	const struct run *run = x->buf.run;
	uint32_t from = 0, i = 0;

	while (i < value->len) {
		bool blank;

		if (!eval_ifs(run, value->text[i])) {
			i++;
			continue;
		}
		put_piece(x, value, from, i, active);
		for (blank = true; i < value->len && eval_ifs(run, value->text[i]) && (blank || is_blank(value->text[i])); i++)
			if (!is_blank(value->text[i])) {
				blank = false;
				x->buf.started = true;
			}
		eval_expand_break(x);
		from = i;
	}
	put_piece(x, value, from, i, active);
}

void eval_expand_value(struct eval_expander *x, const struct eval_value *value, bool quoted)
{
	bool active = !quoted && (x->mode & EXPAND_GLOB) && memchr(value->text, '*', value->len);

	active = active || (!quoted && (x->mode & EXPAND_GLOB) &&
	                    (memchr(value->text, '?', value->len) || memchr(value->text, '[', value->len)));
	run_spend(x->buf.run, 1 + value->len / 64);
	if (!quoted && (x->mode & EXPAND_SPLIT) && (active || !eval_is_constant(value)))
		x->buf.many = true;
	if (quoted || !(x->mode & EXPAND_SPLIT)) {
		if (quoted)
			x->buf.started = true;
		put_piece(x, value, 0, value->len, active);
	} else if (x->buf.run->eval->ifs_unknown && value->len > 0) {
		struct eval_value any = eval_unknown(value->taint, value->origin);

		put_piece(x, &any, 0, any.len, false);
	} else {
		split(x, value, active);
	}
}

/* --- tilde --- */

/* Where the homes of the others are: beside the known one. */
static void put_other_home(struct eval_expander *x, const char *user, uint32_t len)
{
	const char *home = x->buf.run->context->place.home;
	const char *slash = home ? strrchr(home, '/') : NULL;

	if (len == 4 && memcmp(user, "root", 4) == 0) {
		eval_put(&x->buf, "/root", 5);
		return;
	}
	if (slash && slash != home)
		eval_put(&x->buf, home, (size_t)(slash - home) + 1);
	else
		eval_put(&x->buf, "/home/", 6);
	eval_put(&x->buf, user, len);
}

static void put_tilde(struct eval_expander *x, const char *user, uint32_t len)
{
	const char *own = x->buf.run->context->place.user;
	struct eval_value value;
	const char *name = "HOME";

	if (len == 1 && user[0] == '+')
		name = "PWD";
	else if (len == 1 && user[0] == '-')
		name = "OLDPWD";
	else if (len > 0 && user[0] >= '0' && user[0] <= '9')
		name = "";
	else if (len > 0 && !(own && strlen(own) == len && memcmp(own, user, len) == 0)) {
		put_other_home(x, user, len);
		return;
	}
	eval_get(x->buf.run, name, (uint32_t)strlen(name), &value);
	eval_put_value(&x->buf, &value);
}

static bool is_user(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c != '\0' && strchr("._-+", c));
}

/* A literal with the tildes that are active in it: in front, in assignments also behind '=' and ':'. */
static void put_tildes(struct eval_expander *x, const struct shell_part *part, bool active, bool front)
{
	const char *text = part->text;
	uint32_t len = part->len, from = 0, i = 0;
	bool assigns = (x->mode & EXPAND_ASSIGN) != 0;

	while (i < len) {
		bool here = i == 0 ? front : (assigns && text[i - 1] == ':') || text[i - 1] == '=';
		uint32_t end = i + 1;

		if (text[i] != '~' || !here) {
			if (text[i] == '=' && eval_is_name(text, i))
				assigns = true;
			i++;
			continue;
		}
		if (i > 0 && text[i - 1] == '=' && !eval_is_name(text, i - 1)) {
			i++;
			continue;
		}
		while (end < len && is_user(text[end]))
			end++;
		if (end < len ? text[end] != '/' && text[end] != ':' : part->next != NULL) { /* no name, or it goes on */
			i++;
			continue;
		}
		put_literal(x, text + from, i - from, active);
		put_tilde(x, text + i + 1, end - i - 1);
		from = i = end;
	}
	put_literal(x, text + from, len - from, active);
}

/* --- parts --- */

static void expand_arith(struct eval_expander *x, const struct shell_part *part, bool quoted)
{
	int64_t number;
	struct eval_value value = eval_some_number();

	if (eval_arith_words(x->buf.run, part->text, part->len, part->words, &number))
		value = eval_number(x->buf.run, number);
	eval_expand_value(x, &value, quoted);
}

static void expand_process(struct eval_expander *x, const struct shell_part *part)
{
	struct run *run = x->buf.run;
	struct eval_value value = eval_constant("/dev/fd/63", 10);
	struct stream input = { .present = true, .taint = TAINT_INPUT, .span = x->span };

	if (part->kind == SHELL_PROCESS_IN) {
		eval_process_in(run, part->node, &value);
	} else {
		if (run->eval->io)
			input.taint |= run->eval->io->input->stream.taint;
		eval_process_out(run, part->node, &input);
	}
	eval_expand_value(x, &value, true);
}

static void expand_extglob(struct eval_expander *x, const struct shell_part *part)
{
	struct eval_value value;

	for (const struct shell_word *word = part->words; word; word = word->next)
		eval_word_value(x->buf.run, word, 0, &value);
	if (x->mode & EXPAND_PATTERN)
		eval_put_unknown(&x->buf);
	else if (x->mode & EXPAND_GLOB)
		put_glob(x, TEXT_STAR);
	else
		put_literal(x, part->text, part->len, false);
}

static void expand_part(struct eval_expander *x, const struct shell_part *part, bool quoted, bool active)
{
	struct eval_value value;

	switch (part->kind) {
	case SHELL_LITERAL:
		if (x->splits && !quoted && (x->mode & EXPAND_SPLIT)) {
			value = eval_copy(x->buf.run, part->text, part->len);
			eval_expand_value(x, &value, false);
		} else {
			put_literal(x, part->text, part->len, active && !quoted);
		}
		break;
	case SHELL_PARAM:
		eval_param(x, part);
		break;
	case SHELL_COMMAND_SUBST:
		eval_substitute(x->buf.run, part->node, &value);
		eval_expand_value(x, &value, quoted);
		break;
	case SHELL_PROCESS_IN:
	case SHELL_PROCESS_OUT:
		expand_process(x, part);
		break;
	case SHELL_ARITH:
		expand_arith(x, part, quoted);
		break;
	case SHELL_EXTGLOB:
		expand_extglob(x, part);
		break;
	}
}

void eval_expand_parts(struct eval_expander *x, const struct shell_word *word, bool quoted)
{
	bool active = (x->mode & EXPAND_GLOB) && word->has_glob && !quoted;
	bool front = !quoted && word->has_tilde;

	for (const struct shell_part *part = word->parts; part; part = part->next) {
		bool here = quoted || part->quoted;

		if (here) {
			x->buf.quoted = true;
			if (part->kind == SHELL_LITERAL)
				x->buf.started = true;
		}
		if (word->has_tilde && part->kind == SHELL_LITERAL && !here)
			put_tildes(x, part, active, front);
		else
			expand_part(x, part, here, active);
		front = false;
	}
	if (!word->parts && word->quoted)
		x->buf.started = x->buf.quoted = true;
}

/* --- words --- */

/* One literal without anything active, which nearly every word is. */
static bool push_plain(struct run *run, const struct shell_word *word, struct eval_fields *out)
{
	const struct shell_part *part = word->parts;
	struct field field = { .quoted = word->quoted, .span = eval_span(run, word->start, word->end) };
	char *copy;

	if (!part || part->next || part->kind != SHELL_LITERAL || word->has_glob || word->has_brace || word->has_tilde)
		return false;
	copy = arena_alloc(run->arena, part->len + (size_t)1);
	if (!copy || !run_spend(run, 1 + part->len / 64))
		return false;
	for (uint32_t i = 0; i < part->len; i++) {
		if ((uint8_t)part->text[i] <= TEXT_ANY)
			return false;
		copy[i] = part->text[i];
	}
	copy[part->len] = '\0';
	field.text = copy;
	field.len = part->len;
	eval_push(run, out, &field);
	return true;
}

/* "$@" is no word at all when there are no parameters. */
static bool may_vanish(const struct shell_word *word)
{
	for (const struct shell_part *part = word->parts; part; part = part->next)
		if (part->kind == SHELL_PARAM && part->quoted && (part->param->index || part->param->name[0] == '@'))
			return true;
	return false;
}

static void expand_word(struct run *run, const struct shell_word *word, unsigned mode, struct eval_fields *out)
{
	struct eval_expander x = {
		.buf = { .run = run },
		.fields = out,
		.mode = mode,
		.span = eval_span(run, word->start, word->end),
	};
	uint32_t before = out->n;

	if (!run_spend(run, 1))
		return;
	eval_expand_parts(&x, word, false);
	if (word->quoted && out->n == before && !may_vanish(word)) /* $x"" */
		x.buf.started = x.buf.quoted = true;
	eval_expand_break(&x);
}

void eval_word(struct run *run, const struct shell_word *word, unsigned mode, struct eval_fields *out)
{
	const struct shell_word *each = word;
	struct eval_value many = eval_unknown(0, NULL);
	struct field field = eval_field(&many, eval_span(run, word->start, word->end), false);

	if (push_plain(run, word, out))
		return;
	if (word->has_brace && (mode & EXPAND_SPLIT)) {
		each = eval_braces(run, word);
		if (!each)
			eval_push(run, out, &field);
		for (; each; each = each->next)
			expand_word(run, each, mode, out);
		return;
	}
	expand_word(run, each, mode, out);
}

void eval_words(struct run *run, const struct shell_word *words, struct eval_fields *out)
{
	unsigned mode = EXPAND_GLOB | EXPAND_SPLIT;

	for (; words; words = words->next)
		eval_word(run, words, mode, out);
}

void eval_word_value(struct run *run, const struct shell_word *word, unsigned mode, struct eval_value *out)
{
	struct eval_expander x = { .buf = { .run = run }, .mode = mode };

	*out = eval_constant("", 0);
	if (!word)
		return;
	x.span = eval_span(run, word->start, word->end);
	if (!run_spend(run, 1)) {
		*out = eval_unknown(0, NULL);
		return;
	}
	eval_expand_parts(&x, word, false);
	eval_take(&x.buf, out);
}
