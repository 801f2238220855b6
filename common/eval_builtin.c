#include "config.h"
#include "common/eval_internal.h"

#include <limits.h>
#include <pthread.h>
#include <string.h>

/* The first operand behind options; argc when there is none. */
static uint32_t first_operand(const struct call *call)
{
	uint32_t i = 1;

	while (i < call->argc && call->argv[i].text[0] == '-' && call->argv[i].len > 1) {
		if (strcmp(call->argv[i].text, "--") == 0)
			return i + 1;
		i++;
	}
	return i;
}

/* --- folders --- */

/* A line that has set PWD or OLDPWD by itself finds cd's values there again. */
static void update_variable(struct run *run, const char *name, const char *path)
{
	uint32_t len = (uint32_t)strlen(name);
	struct eval_value value = path ? eval_constant(path, strlen(path)) : eval_unknown(0, NULL);

	if (eval_find(run, EVAL_VARIABLE, name, len))
		eval_set(run, name, len, &value);
}

static void move_to(struct run *run, const char *path)
{
	update_variable(run, "OLDPWD", run->cwd);
	update_variable(run, "PWD", path);
	run->eval->oldpwd = run->cwd;
	run->cwd = path;
	run->eval->moves++;
}

/* The folder that an operand of cd names; NULL when it is not known. CDPATH only matters when the line sets it. */
static const char *folder(struct run *run, const struct field *operand)
{
	const char *path;
	uint32_t len;

	if (operand->unknown || operand->glob || eval_find(run, EVAL_VARIABLE, "CDPATH", 6))
		return NULL;
	if (operand->text[0] != '/' && !run->cwd)
		return NULL;
	path = place_join(run->arena, run->cwd, operand->text, operand->len, &len);
	return path && len < PATH_MAX && run_spend(run, len / 16) ? path : NULL;
}

/* HOME or OLDPWD, as a folder to go to. */
static const char *named_folder(struct run *run, const char *name)
{
	struct eval_value folder;

	eval_get(run, name, (uint32_t)strlen(name), &folder);
	return eval_is_constant(&folder) && folder.text[0] == '/' ? folder.text : NULL;
}

static void do_cd(struct run *run, struct call *call)
{
	uint32_t i = first_operand(call);

	if (i >= call->argc)
		move_to(run, named_folder(run, "HOME"));
	else if (strcmp(call->argv[i].text, "-") == 0)
		move_to(run, named_folder(run, "OLDPWD"));
	else
		move_to(run, folder(run, &call->argv[i]));
}

static void push_dir(struct run *run, const char *path)
{
	struct eval_dirs *dirs = arena_new(run->arena, struct eval_dirs);

	if (!dirs) {
		run_too_complex(run, 0, "it needs too much memory to follow");
		return;
	}
	dirs->path = path;
	dirs->next = run->eval->dirs;
	run->eval->dirs = dirs;
}

static void do_pushd(struct run *run, struct call *call)
{
	const struct eval_dirs *top = run->eval->dirs;
	const char *before = run->cwd;

	if (call->argc < 2) { /* swaps the two on top */
		move_to(run, top ? top->path : NULL);
		run->eval->dirs = top ? top->next : NULL;
	} else if (call->argc == 2 && call->argv[1].text[0] != '-' && call->argv[1].text[0] != '+') {
		move_to(run, folder(run, &call->argv[1]));
	} else {
		move_to(run, NULL);
	}
	push_dir(run, before);
}

static void do_popd(struct run *run, struct call *call)
{
	const struct eval_dirs *top = run->eval->dirs;

	move_to(run, top && call->argc < 2 ? top->path : NULL);
	run->eval->dirs = top && call->argc < 2 ? top->next : NULL;
}

/* --- code --- */

static void do_eval(struct run *run, struct call *call)
{
	struct eval_buf buf = { .run = run };
	struct eval_value text;
	struct span span = call->span;

	for (uint32_t i = 1; i < call->argc; i++) {
		struct eval_value word = eval_value_of(&call->argv[i]);

		if (i > 1)
			eval_put(&buf, " ", 1);
		eval_put_value(&buf, &word);
	}
	eval_take(&buf, &text);
	if (call->argc > 1)
		span = (struct span){ call->argv[1].span.start, call->argv[call->argc - 1].span.end };
	eval_code(run, &text, span, &call->input, &call->output);
}

/* The code runs some time later, whatever the variables are then. */
static void do_trap(struct run *run, struct call *call)
{
	uint32_t i = first_operand(call);
	struct eval_value code;
	struct eval_scope scope;

	if (i + 1 >= call->argc || strcmp(call->argv[i].text, "-") == 0)
		return;
	code = eval_value_of(&call->argv[i]);
	eval_enter(run, &scope);
	eval_code(run, &code, call->argv[i].span, NULL, NULL);
	eval_leave(run, &scope);
}

/* --- aliases --- */

void eval_replaces_guard(struct run *run, const char *name, size_t len, struct span span)
{
	if ((len == 6 && memcmp(name, "tcpctl", 6) == 0) || (len == 9 && memcmp(name, "tcpbehavd", 9) == 0))
		effect_finding(run, "guard.administration", RISK_CRITICAL, PLACE_GUARD, CAP_SYSTEM, span,
		               "gives the guard's name to something else: whoever asks it then gets no answer", NULL);
}

static void do_alias(struct run *run, struct call *call)
{
	for (uint32_t i = 1; i < call->argc; i++) {
		const char *equals = strchr(call->argv[i].text, '=');
		struct eval_binding *binding;

		if (!equals || equals == call->argv[i].text)
			continue;
		eval_replaces_guard(run, call->argv[i].text, (size_t)(equals - call->argv[i].text), call->argv[i].span);
		binding = eval_bind(run, EVAL_ALIAS, call->argv[i].text, (uint32_t)(equals - call->argv[i].text));
		if (!binding)
			return;
		binding->state = EVAL_SET;
		binding->value = eval_copy(run, equals + 1, strlen(equals + 1));
		binding->value.taint = call->argv[i].taint;
		binding->value.origin = call->argv[i].origin;
		run->eval->n_aliases++;
	}
}

static void do_unalias(struct run *run, struct call *call)
{
	for (uint32_t i = 1; i < call->argc; i++) {
		const struct field *word = &call->argv[i];
		struct eval_binding *binding;

		if (!eval_find(run, EVAL_ALIAS, word->text, word->len))
			continue;
		binding = eval_bind(run, EVAL_ALIAS, word->text, word->len);
		if (binding)
			binding->state = EVAL_UNSET;
	}
}

/* --- positional parameters --- */

static void set_args(struct run *run, const struct field *first, uint32_t n)
{
	struct field *args = arena_alloc(run->arena, (n + (size_t)1) * sizeof(*args));
	struct eval_value zero = eval_unknown(0, NULL);

	if (!args || !run_spend(run, n)) {
		run_too_complex(run, 0, "it needs too much memory to follow");
		return;
	}
	args[0] = run->eval->args.n ? run->eval->args.items[0] : eval_field(&zero, eval_span(run, 0, 0), true);
	if (n)
		memcpy(args + 1, first, n * sizeof(*args));
	run->eval->args = eval_args_of(run, args, n + 1);
}

static void do_set(struct run *run, struct call *call)
{
	uint32_t i = 1;

	while (i < call->argc && (call->argv[i].text[0] == '-' || call->argv[i].text[0] == '+')) {
		if (strcmp(call->argv[i].text, "--") == 0) {
			set_args(run, call->argv + i + 1, call->argc - i - 1);
			return;
		}
		i += strchr(call->argv[i].text, 'o') && i + 1 < call->argc ? 2 : 1; /* -euo pipefail */
	}
	if (i < call->argc)
		set_args(run, call->argv + i, call->argc - i);
}

static void do_shift(struct run *run, struct call *call)
{
	struct eval_state *state = run->eval;
	int64_t n = 1;

	if (!state->args.items)
		return;
	if (call->argc > 1 && !eval_arith(run, call->argv[1].text, call->argv[1].len, &n))
		n = -1;
	if (n < 0 || state->args.open || n >= state->args.n) /* fails, or is not known */
		state->args = (struct eval_args){ 0 };
	else
		set_args(run, state->args.items + 1 + n, state->args.n - 1 - (uint32_t)n);
}

/* --- the table --- */

static const struct eval_builtin builtins[] = {
	{ "alias", do_alias, false },
	{ "cd", do_cd, false },
	{ "chdir", do_cd, false },
	{ "declare", eval_do_declare, true },
	{ "eval", do_eval, false },
	{ "export", eval_do_declare, true },
	{ "getopts", eval_do_getopts, false },
	{ "let", eval_do_let, false },
	{ "local", eval_do_declare, true },
	{ "mapfile", eval_do_mapfile, false },
	{ "popd", do_popd, false },
	{ "printf", eval_do_printf, false },
	{ "pushd", do_pushd, false },
	{ "read", eval_do_read, false },
	{ "readarray", eval_do_mapfile, false },
	{ "readonly", eval_do_declare, true },
	{ "set", do_set, false },
	{ "shift", do_shift, false },
	{ "trap", do_trap, false },
	{ "typeset", eval_do_declare, true },
	{ "unalias", do_unalias, false },
	{ "unset", eval_do_unset, false },
};

static uint32_t builtin_lengths[256]; /* by first byte: most commands are none */
static pthread_once_t builtins_once = PTHREAD_ONCE_INIT;

static void index_builtins(void)
{
	for (size_t i = 0; i < sizeof(builtins) / sizeof(*builtins); i++)
		builtin_lengths[(uint8_t)builtins[i].name[0]] |= UINT32_C(1) << strlen(builtins[i].name);
}

const struct eval_builtin *eval_builtin_find(const char *name, uint32_t len)
{
	pthread_once(&builtins_once, index_builtins);
	if (len > 9 || !(builtin_lengths[(uint8_t)name[0]] & UINT32_C(1) << len))
		return NULL;
	for (size_t i = 0; i < sizeof(builtins) / sizeof(*builtins); i++)
		if (builtins[i].name[0] == name[0] && strcmp(builtins[i].name, name) == 0)
			return &builtins[i];
	return NULL;
}
