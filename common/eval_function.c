#include "config.h"
#include "common/eval_internal.h"

#include <string.h>

/* --- text that is code --- */

void eval_code(struct run *run, const struct eval_value *text, struct span span, const struct stream *input,
               struct stream *output)
{
	struct stream code = {
		.text = text->text,
		.len = text->len,
		.present = true,
		.taint = text->taint,
		.span = span,
		.origin = text->origin,
	};

	if (text->unknown) /* as far as it is known it is followed below */
		command_run_stream(run, STREAM_CODE_SH, &code, span, NULL, 0, input, output, "the shell", run->as_root);
	if (text->len == 1 && text->unknown)
		return;
	eval_text(run, text->text, text->len, run->eval->dialect, span, NULL, 0, false, input, output);
}

void eval_embedded(struct run *run, const struct eval_value *text, struct span span)
{
	static const char before[] = "<<END_OF_TEXT\n", after[] = "\nEND_OF_TEXT\n";
	struct eval_buf buf = { .run = run };
	struct eval_value code;

	if (!memchr(text->text, '$', text->len) && !memchr(text->text, '`', text->len))
		return;
	eval_put(&buf, before, sizeof(before) - 1);
	eval_put_value(&buf, text);
	eval_put(&buf, after, sizeof(after) - 1);
	eval_take(&buf, &code);
	eval_text(run, code.text, code.len, run->eval->dialect, span, NULL, 0, false, NULL, NULL);
}

void eval_prompt(struct run *run, const char *name, uint32_t len, const struct eval_value *value, struct span span)
{
	static const char command[] = "PROMPT_COMMAND";
	struct eval_scope scope;

	if (len == sizeof(command) - 1 && memcmp(name, command, len) == 0) {
		eval_enter(run, &scope);
		eval_code(run, value, span, NULL, NULL);
		eval_leave(run, &scope);
	} else if (len == 3 && name[0] == 'P' && name[1] == 'S' && name[2] >= '0' && name[2] <= '4') {
		eval_embedded(run, value, span);
	}
}

/* --- functions --- */

void eval_define(struct run *run, const struct shell_node *node)
{
	struct eval_function *function = arena_new(run->arena, struct eval_function);
	struct eval_binding *binding = eval_bind(run, EVAL_FUNCTION, node->name, node->name_len);

	eval_replaces_guard(run, node->name, node->name_len, (struct span){ node->start, node->end });
	if (!function || !binding) {
		run_too_complex(run, node->start, "it needs too much memory to follow");
		return;
	}
	function->body = node->body;
	function->text = run->eval->text;
	function->text_len = run->eval->text_len;
	function->nested = run->nested;
	binding->state = EVAL_SET;
	binding->function = function;
	run->eval->n_functions++;
}

struct eval_args eval_args_of(struct run *run, const struct field *items, uint32_t n)
{
	struct eval_args args = { items, n, false };
	struct eval_value any = eval_unknown(TAINT_INPUT, NULL);
	struct field *copy;
	uint32_t i = 1;

	while (i < n && (items[i].quoted || !(items[i].unknown || items[i].glob)))
		i++;
	if (i >= n)
		return args;
	copy = arena_alloc(run->arena, n * sizeof(*copy));
	if (!copy || !run_spend(run, n)) {
		run_too_complex(run, items[i].span.start, "it needs too much memory to follow");
		return (struct eval_args){ 0 };
	}
	memcpy(copy, items, n * sizeof(*copy));
	for (; i < n; i++) {
		any.taint |= items[i].taint;
		any.origin = any.origin ? any.origin : items[i].origin;
		copy[i] = eval_field(&any, items[i].span, false);
	}
	args.items = copy;
	args.open = true;
	return args;
}

static void restore_locals(struct run *run, struct eval_local *until)
{
	struct eval_local *local = run->eval->locals;

	for (; local != until; local = local->next)
		eval_restore(run, EVAL_VARIABLE, local->text, local->len, &local->old);
	run->eval->locals = until;
}

/* What is around a function's body, to be put back behind it. */
struct around {
	struct eval_args args;
	const char *text;
	uint32_t text_len;
	struct eval_io *io;
	struct eval_local *locals;
	bool nested;
	struct span fixed;
};

static struct around save_around(const struct run *run)
{
	const struct eval_state *state = run->eval;

	return (struct around){ state->args, state->text, state->text_len, state->io, state->locals,
		                run->nested, run->fixed };
}

static void restore_around(struct run *run, const struct around *around)
{
	struct eval_state *state = run->eval;

	restore_locals(run, around->locals);
	state->args = around->args;
	state->text = around->text;
	state->text_len = around->text_len;
	state->io = around->io;
	run->nested = around->nested;
	run->fixed = around->fixed;
}

static void run_body(struct run *run, const struct eval_function *function, struct call *call)
{
	struct eval_state *state = run->eval;
	struct eval_input input = { .stream = call->input };
	struct eval_sink sink = { .run = run };
	struct eval_io io = { .input = &input, .sink = &sink };
	struct around around = save_around(run);

	if (state->function_depth > 0) {
		io.in_pipeline = call->in_pipeline;
		io.background = call->background;
	}
	if (function->nested && !run->nested) {
		run->nested = true;
		run->fixed = call->span;
	}
	state->text = function->text;
	state->text_len = function->text_len;
	state->args = function->active > 2 ? (struct eval_args){ 0 } : eval_args_of(run, call->argv, call->argc);
	state->function_depth++;
	eval_list(run, function->body, &io);
	state->function_depth--;
	restore_around(run, &around);
	call->output = eval_sink_stream(&sink, call->span);
	call->input = input.stream;
}

/* A function that calls itself is followed twice as it is, and once with all unknown that it changes. */
static void call_function(struct run *run, struct eval_function *function, struct call *call)
{
	struct eval_scope scope;

	if (function->active > 0 && (call->in_pipeline || call->background)) {
		effect_finding(run, "process.fork-bomb", RISK_CRITICAL, PLACE_SYSTEM, CAP_PROCESS | CAP_DESTRUCTIVE, call->span,
		               "a function starts itself again and again at the same time, until the machine stands still", NULL);
		return;
	}
	call->output = (struct stream){ .present = true, .span = call->span };
	if (function->active > 2)
		return;
	if (run->nesting >= RUN_NESTING_MAX) {
		run_too_complex(run, call->span.start, "functions call each other too deeply");
		return;
	}
	run->nesting++;
	function->active++;
	if (function->active == 1) {
		eval_enter(run, &scope);
		function->scope = &scope;
		run_body(run, function, call);
		eval_keep(run);
	} else {
		if (function->active == 3)
			eval_widen(run, function->scope);
		run_body(run, function, call);
	}
	function->active--;
	run->nesting--;
}

bool eval_call_function(struct run *run, struct call *call)
{
	const struct field *word = &call->argv[0];
	const struct eval_name *name = eval_find(run, EVAL_FUNCTION, word->text, word->len);
	struct eval_function *function = name && name->now.state == EVAL_SET ? name->now.function : NULL;
	bool certain = function != NULL;

	for (; function; function = function->otherwise) {
		certain = certain && !function->maybe;
		call_function(run, function, call);
	}
	return certain;
}

/* --- aliases --- */

static const struct eval_name *find_alias(const struct run *run, const struct shell_word *word)
{
	const struct shell_part *part = word ? word->parts : NULL;
	const struct eval_name *name;

	if (!part || part->next || part->kind != SHELL_LITERAL || word->quoted)
		return NULL;
	name = eval_find(run, EVAL_ALIAS, part->text, part->len);
	if (!name || name->now.state != EVAL_SET)
		return NULL;
	for (const struct eval_alias_frame *frame = run->eval->aliases; frame; frame = frame->outer)
		if (frame->name == name)
			return NULL;
	return name;
}

/* The alias' text in place of the word, as the shell's reader does it. */
static void alias_text(struct run *run, const struct shell_node *node, const struct eval_value *value,
                       struct eval_value *text)
{
	const struct eval_state *state = run->eval;
	const struct shell_word *word = node->words;
	struct eval_buf buf = { .run = run };

	if (node->start < word->start)
		eval_put(&buf, state->text + node->start, word->start - node->start);
	eval_put_value(&buf, value);
	if (node->end > word->end)
		eval_put(&buf, state->text + word->end, node->end - word->end);
	eval_take(&buf, text);
}

/* Inside backquotes the tree has no places in the text: the other words become parameters of the alias' text. */
static void alias_words(struct run *run, const struct shell_node *node, const struct eval_value *value,
                        struct eval_value *text)
{
	struct eval_fields fields = { 0 };
	struct eval_buf buf = { .run = run };

	eval_words(run, node->words, &fields);
	run->eval->args = eval_args_of(run, fields.items, fields.n);
	eval_put_value(&buf, value);
	eval_put(&buf, " \"$@\"", 5);
	eval_take(&buf, text);
}

bool eval_alias(struct run *run, const struct shell_node *node, struct eval_io *io)
{
	struct eval_state *state = run->eval;
	const struct eval_name *name = find_alias(run, node->words);
	struct eval_alias_frame frame = { .outer = state->aliases, .name = name };
	struct eval_args args = state->args;
	struct eval_value text;
	struct stream output;
	bool placed;

	if (!name)
		return false;
	placed = !node->words->next || node->words->next->start != node->words->start;
	if (placed)
		alias_text(run, node, &name->now.value, &text);
	else
		alias_words(run, node, &name->now.value, &text);
	state->aliases = &frame;
	eval_code(run, &text, eval_span(run, node->start, node->end), &io->input->stream, &output);
	state->aliases = frame.outer;
	state->args = args;
	if (io->sink)
		eval_sink_add(io->sink, &output);
	/* a shell that does not expand aliases runs the command of that name */
	return placed && table_find(run->table, name->text, name->len) == TABLE_NONE;
}
