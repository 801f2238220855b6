#include "config.h"
#include "common/eval_internal.h"

#include <string.h>

/* Conditions are not decided: every branch is evaluated, and what a branch changes is known behind it only when it was
 * the same before. */

static void maybe(struct run *run, const struct shell_node *nodes, struct eval_io *io)
{
	struct eval_scope scope;

	if (!nodes)
		return;
	eval_enter(run, &scope);
	run->branches++;
	eval_list(run, nodes, io);
	run->branches--;
	eval_join(run, &scope);
}

void eval_if(struct run *run, const struct shell_node *node, struct eval_io *io)
{
	eval_list(run, node->condition, io);
	maybe(run, node->body, io);
	maybe(run, node->otherwise, io);
}

/* --- while --- */

/* Any number of rounds: when the first one changes what was known before, a later one sees it as unknown. */
static void rounds(struct run *run, const struct shell_node *condition, const struct shell_node *body,
                   struct eval_io *io)
{
	struct eval_scope scope;

	for (int i = 0; i < 2; i++) {
		eval_enter(run, &scope);
		eval_list(run, condition, io);
		eval_list(run, body, io);
		if (!eval_join(run, &scope))
			break;
	}
}

/* The condition is "read" with whatever options. */
static bool is_read(const struct shell_node *node)
{
	const struct shell_part *part;

	while (node && !node->next && node->kind == SHELL_SEQUENCE)
		node = node->children;
	if (!node || node->next || node->kind != SHELL_SIMPLE || !node->words || node->redirects)
		return false;
	part = node->words->parts;
	return part && !part->next && part->kind == SHELL_LITERAL && part->len == 4 && memcmp(part->text, "read", 4) == 0;
}

static bool few_lines(const struct stream *stream)
{
	uint32_t lines = 0;

	if (!stream->present || !stream->known)
		return false;
	for (uint32_t i = 0; i < stream->len && lines <= EVAL_ITEMS_MAX; i++)
		lines += stream->text[i] == '\n';
	return lines <= EVAL_ITEMS_MAX;
}

void eval_while(struct run *run, const struct shell_node *node, struct eval_io *io)
{
	struct eval_input *input = io->input;

	if (!is_read(node->condition) || !few_lines(&input->stream) || input->touched) {
		rounds(run, node->condition, node->body, io);
		return;
	}
	while (input->stream.len > 0 && !input->touched && run->budget > 0) {
		uint32_t before = input->stream.len;

		eval_list(run, node->condition, io);
		eval_list(run, node->body, io);
		if (input->stream.len >= before)
			break;
	}
	if (input->touched)
		rounds(run, node->condition, node->body, io);
	else
		eval_list(run, node->condition, io); /* the last read finds nothing */
}

/* --- for --- */

/* One value that stands for all items: their common folder and something unknown in it. */
static struct eval_value join_items(struct run *run, const struct eval_fields *items)
{
	struct eval_buf buf = { .run = run };
	struct eval_value value;
	uint32_t common = items->n ? items->items[0].len : 0;
	uint8_t taint = 0;

	for (uint32_t i = 0; i < items->n; i++) {
		const struct field *item = &items->items[i];
		uint32_t n = 0;

		taint |= item->taint;
		while (n < common && n < item->len && item->text[n] == items->items[0].text[n])
			n++;
		common = n;
		if (!buf.origin)
			buf.origin = item->origin;
	}
	run_spend(run, items->n);
	for (uint32_t i = 0; i < common; i++)
		if ((uint8_t)items->items[0].text[i] <= TEXT_ANY)
			common = i;
	while (common > 0 && items->items[0].text[common - 1] != '/')
		common--;
	if (common > 0)
		eval_put(&buf, items->items[0].text, common);
	eval_put_unknown(&buf);
	eval_take(&buf, &value);
	value.taint = taint;
	return value;
}

static void for_items(struct run *run, const struct shell_node *node, const struct eval_fields *items,
                      struct eval_io *io)
{
	struct eval_scope scope;
	struct eval_value value;

	if (items->n <= EVAL_ITEMS_MAX && !node->is_select) {
		for (uint32_t i = 0; i < items->n && run->budget > 0; i++) {
			value = eval_value_of(&items->items[i]);
			eval_set(run, node->name, node->name_len, &value);
			if (items->items[i].unknown || items->items[i].glob)
				rounds(run, NULL, node->body, io); /* may be many, or none */
			else
				eval_list(run, node->body, io);
		}
		return;
	}
	value = join_items(run, items);
	for (int i = 0; i < 2; i++) {
		eval_enter(run, &scope);
		eval_set(run, node->name, node->name_len, &value);
		eval_list(run, node->body, io);
		if (!eval_join(run, &scope))
			break;
	}
}

void eval_for(struct run *run, const struct shell_node *node, struct eval_io *io)
{
	const struct eval_state *state = run->eval;
	struct eval_io *outer = run->eval->io;
	struct eval_fields items = { 0 };

	run->eval->io = io;
	if (node->has_in)
		eval_words(run, node->words, &items);
	else
		for (uint32_t i = 1; i < state->args.n; i++)
			eval_push(run, &items, &state->args.items[i]);
	if (!node->has_in && !state->args.items) {
		struct eval_value any = eval_unknown(TAINT_INPUT, NULL);
		struct field field = eval_field(&any, eval_span(run, node->start, node->end), false);

		eval_push(run, &items, &field);
	}
	run->eval->io = outer;
	if (node->name_len == 0) /* zsh: repeat N */
		rounds(run, NULL, node->body, io);
	else
		for_items(run, node, &items, io);
}

/* The text holds "start; condition; step". The counter is any number within the loop and behind it. */
void eval_arith_for(struct run *run, const struct shell_node *node, struct eval_io *io)
{
	const char *at = node->text, *end = node->text + node->text_len;
	const struct shell_word *words = node->words;
	int64_t number;

	run->eval->doubt++;
	for (int i = 0; i < 3 && at <= end; i++) {
		const char *semicolon = memchr(at, ';', (size_t)(end - at));
		const char *stop = semicolon ? semicolon : end;

		eval_arith_words(run, at, (uint32_t)(stop - at), words, &number);
		words = NULL;
		at = stop + 1;
	}
	run->eval->doubt--;
	rounds(run, NULL, node->body, io);
}

/* --- case --- */

static enum eval_match match_item(struct run *run, const struct shell_case_item *item, const struct eval_value *subject)
{
	enum eval_match result = EVAL_NO;
	struct eval_value pattern;

	for (const struct shell_word *word = item->patterns; word; word = word->next) {
		eval_word_value(run, word, EXPAND_PATTERN | EXPAND_GLOB, &pattern);
		if (!eval_is_constant(subject))
			result = EVAL_MAYBE;
		else if (result != EVAL_YES) {
			enum eval_match one = eval_match(run, &pattern, subject->text, subject->len);

			result = one == EVAL_NO ? result : one;
		}
	}
	return result;
}

/* Whether the branch is ended by ;& or ;;&, which the tree does not say: all but a plain ;; counts. */
static bool falls_through(const struct run *run, const struct shell_node *node, const struct shell_case_item *item)
{
	const struct eval_state *state = run->eval;
	uint32_t at = 0;

	for (const struct shell_word *word = item->patterns; word; word = word->next)
		at = word->end;
	if (at == node->end) /* inside backquotes: nodes have no place of their own */
		return true;
	if (item->body) {
		const struct shell_node *last = item->body;

		while (last->next)
			last = last->next;
		at = last->end;
	}
	while (at < state->text_len && strchr(" \t\n)", state->text[at]))
		at++;
	if (at + 4 <= state->text_len && memcmp(state->text + at, "esac", 4) == 0)
		return false;
	return !(at + 2 < state->text_len && memcmp(state->text + at, ";;", 2) == 0 && state->text[at + 2] != '&');
}

void eval_case(struct run *run, const struct shell_node *node, struct eval_io *io)
{
	struct eval_io *outer = run->eval->io;
	struct eval_value subject;
	bool certain = true; /* no earlier branch may have been the one */

	run->eval->io = io;
	eval_word_value(run, node->words, 0, &subject);
	for (const struct shell_case_item *item = node->items; item; item = item->next) {
		enum eval_match result;

		run->eval->io = io;
		result = match_item(run, item, &subject);
		run->eval->io = outer;
		if (result == EVAL_NO && certain)
			continue;
		if (result == EVAL_YES && certain && !falls_through(run, node, item)) {
			eval_list(run, item->body, io);
			return;
		}
		certain = false;
		maybe(run, item->body, io);
	}
	run->eval->io = outer;
}
