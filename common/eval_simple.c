#include "config.h"
#include "common/eval_internal.h"

#include <string.h>

/* --- words --- */

/* NAME=value behind export and its kin is an assignment: nothing in it is split. */
static bool looks_assigned(const struct shell_word *word)
{
	const struct shell_part *part = word->parts;
	const char *equals;

	if (!part || part->kind != SHELL_LITERAL || part->quoted)
		return false;
	equals = memchr(part->text, '=', part->len);
	if (equals && equals > part->text && equals[-1] == '+')
		equals--;
	return equals && eval_is_name(part->text, (uint32_t)(equals - part->text));
}

static void expand_argv(struct run *run, const struct shell_word *words, struct eval_fields *argv)
{
	const struct eval_builtin *builtin = NULL;
	uint32_t n = 0;

	for (const struct shell_word *word = words; word; word = word->next)
		n++;
	argv->items = arena_alloc(run->arena, n * sizeof(*argv->items));
	argv->cap = argv->items ? n : 0;
	for (; words; words = words->next) {
		if (builtin && builtin->declares && looks_assigned(words))
			eval_word(run, words, EXPAND_ASSIGN, argv);
		else
			eval_word(run, words, EXPAND_GLOB | EXPAND_SPLIT, argv);
		if (argv->n > 0 && !builtin && argv->items[0].text)
			builtin = eval_builtin_find(argv->items[0].text, argv->items[0].len);
	}
}

/* --- assignments --- */

static void assign_elements(struct run *run, const struct shell_assign *assign)
{
	struct eval_fields fields = { 0 };
	struct eval_element *items;
	uint32_t n = 0, cap = 0;
	bool unknown = false;

	for (const struct shell_assign *e = assign->elements; e; e = e->next) {
		if (e->index || !e->value)
			continue;
		eval_word(run, e->value, EXPAND_GLOB | EXPAND_SPLIT, &fields);
	}
	for (const struct shell_assign *e = assign->elements; e; e = e->next)
		cap += e->index != NULL;
	cap += fields.n;
	items = arena_zalloc(run->arena, (cap + 1) * sizeof(*items));
	if (!items) {
		run_too_complex(run, assign->start, "it needs too much memory to follow");
		return;
	}
	for (uint32_t i = 0; i < fields.n; i++) {
		items[n++].value = eval_value_of(&fields.items[i]);
		unknown = unknown || (fields.items[i].unknown && !fields.items[i].quoted);
	}
	for (const struct shell_assign *e = assign->elements; e; e = e->next) {
		if (!e->index)
			continue;
		eval_word_value(run, e->index, 0, &items[n].key);
		eval_word_value(run, e->value, EXPAND_ASSIGN, &items[n].value);
		unknown = unknown || !eval_is_constant(&items[n].key) || fields.n > 0;
		n++;
	}
	eval_array_assign(run, assign->name, assign->name_len, items, n, unknown, assign->append);
}

static void append_value(struct run *run, const struct shell_assign *assign, struct eval_value *value)
{
	struct eval_buf buf = { .run = run };
	struct eval_value old;

	eval_get(run, assign->name, assign->name_len, &old);
	eval_put_value(&buf, &old);
	eval_put_value(&buf, value);
	eval_take(&buf, value);
}

void eval_assign(struct run *run, const struct shell_assign *assign, bool exported, struct eval_value *value)
{
	struct eval_binding *binding;
	struct eval_value key;

	*value = eval_constant("", 0);
	if (assign->is_array) {
		assign_elements(run, assign);
		*value = eval_unknown(0, NULL);
		return;
	}
	eval_word_value(run, assign->value, EXPAND_ASSIGN, value);
	if (assign->index) {
		eval_word_value(run, assign->index, 0, &key);
		if (assign->append)
			*value = eval_unknown(value->taint, value->origin);
		eval_array_set(run, assign->name, assign->name_len, &key, value);
		return;
	}
	if (assign->append)
		append_value(run, assign, value);
	eval_set(run, assign->name, assign->name_len, value);
	if (!exported && assign->name_len == 4 && memcmp(assign->name, "PATH", 4) == 0) { /* always exported */
		const struct field name = { .text = "PATH", .len = 4 };
		const struct field what = { .text = value->text, .len = value->len, .span = eval_span(run, assign->start, assign->end) };

		if (what.text)
			command_environment(run, &name, &what);
	}
	if (exported && (binding = eval_bind(run, EVAL_VARIABLE, assign->name, assign->name_len)))
		binding->exported = true;
	eval_prompt(run, assign->name, assign->name_len, value, eval_span(run, assign->start, assign->end));
}

/* The environment of one command, and what its variables were before. */
struct environment {
	struct call_assign *items;
	struct eval_binding *old;
	uint32_t n;
};

static void set_environment(struct run *run, const struct shell_node *node, struct environment *env)
{
	uint32_t n = 0;

	*env = (struct environment){ 0 };
	for (const struct shell_assign *a = node->assigns; a; a = a->next)
		n += !a->is_array;
	if (n == 0)
		return;
	env->items = arena_alloc(run->arena, n * sizeof(*env->items));
	env->old = arena_zalloc(run->arena, n * sizeof(*env->old));
	if (!env->items || !env->old) {
		run_too_complex(run, node->start, "it needs too much memory to follow");
		return;
	}
	for (const struct shell_assign *a = node->assigns; a; a = a->next) {
		const struct eval_name *name = eval_find(run, EVAL_VARIABLE, a->name, a->name_len);
		struct span span = eval_span(run, a->start, a->end);
		struct eval_value name_text = eval_copy(run, a->name, a->name_len), value;

		if (a->is_array)
			continue;
		if (name)
			env->old[env->n] = name->now;
		eval_assign(run, a, true, &value);
		env->items[env->n].name = eval_field(&name_text, span, false);
		env->items[env->n].value = eval_field(&value, span, false);
		env->n++;
	}
}

static void unset_environment(struct run *run, const struct environment *env)
{
	for (uint32_t i = 0; i < env->n; i++)
		eval_restore(run, EVAL_VARIABLE, env->items[i].name.text, env->items[i].name.len, &env->old[i]);
}

/* declare a=(..): stays, or is local. */
static void assign_arrays(struct run *run, const struct shell_node *node, const struct call *call)
{
	struct eval_value value;

	for (const struct shell_assign *a = node->assigns; a; a = a->next) {
		if (!a->is_array)
			continue;
		if (run->eval->function_depth > 0 && strchr("dlt", call->argv[0].text[0]))
			eval_cover(run, a->name, a->name_len);
		eval_assign(run, a, false, &value);
	}
}

/* --- calls --- */

void eval_call(struct run *run, struct call *call, bool functions_too)
{
	const struct eval_builtin *builtin;

	if (functions_too && run->eval->n_functions && eval_call_function(run, call))
		return;
	command_run(run, call);
	builtin = eval_builtin_find(call->argv[0].text, call->argv[0].len);
	if (builtin)
		builtin->run(run, call);
}

/* Whether a command may have taken something from standard input, so that the next "read" gets the rest of it. */
static bool may_read(const struct run *run, const struct call *call)
{
	const struct field *name = &call->argv[0];
	uint32_t node = table_find(run->table, name->text, name->len);

	return node == TABLE_NONE || run->table->nodes[node].input != STREAM_NONE;
}

static void share_input(struct run *run, const struct call *call, struct eval_input *input)
{
	static const char *const readers[] = { "read", "mapfile", "readarray" };

	if (!input->stream.present)
		return;
	for (size_t i = 0; i < sizeof(readers) / sizeof(*readers); i++)
		if (strcmp(call->argv[0].text, readers[i]) == 0) {
			input->stream = call->input;
			return;
		}
	if (may_read(run, call))
		input->touched = true;
}

static void run_call(struct run *run, const struct shell_node *node, struct eval_io *io, const struct eval_fields *argv,
                     struct eval_redirects *redirects)
{
	struct eval_input *input = redirects->has_input ? &redirects->input : io->input;
	struct environment env;
	struct call call = {
		.argv = argv->items,
		.argc = argv->n,
		.redirects = redirects->files,
		.n_redirects = redirects->n_files,
		.input = input->stream,
		.span = eval_span(run, node->start, node->end),
		.as_root = run->as_root,
		.elsewhere = run->elsewhere,
		.in_pipeline = io->in_pipeline,
		.background = io->background,
	};

	if (input->touched)
		call.input.known = false;
	call.output.span = call.span;
	set_environment(run, node, &env);
	call.env = env.items;
	call.n_env = env.n;
	eval_call(run, &call, true);
	unset_environment(run, &env);
	assign_arrays(run, node, &call);
	share_input(run, &call, input);
	eval_redirects_done(run, redirects, &call.output);
	if (argv->n == 1 && strcmp(argv->items[0].text, "exec") == 0)
		eval_redirects_keep(run, redirects, io);
	else if (io->sink && !redirects->output_gone)
		eval_sink_add(io->sink, &call.output);
}

void eval_simple(struct run *run, const struct shell_node *node, struct eval_io *io)
{
	struct eval_io *outer = run->eval->io;
	struct eval_fields argv = { 0 };
	struct eval_redirects redirects;
	struct eval_value value;

	run->eval->io = io;
	if (run->eval->n_aliases && eval_alias(run, node, io))
		goto out;
	if (node->words)
		expand_argv(run, node->words, &argv);
	eval_redirects(run, node->redirects, io, &redirects);
	if (argv.n > 0) {
		run_call(run, node, io, &argv, &redirects);
		goto out;
	}
	for (const struct shell_assign *assign = node->assigns; assign; assign = assign->next)
		eval_assign(run, assign, false, &value);
	eval_redirects_done(run, &redirects, &(struct stream){ .text = "", .known = true, .present = true });
out:
	run->eval->io = outer;
}
