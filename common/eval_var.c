#include "config.h"
#include "common/eval_internal.h"

#include <string.h>

/* --- the table --- */

static uint32_t hash_name(enum eval_kind kind, const char *text, uint32_t len)
{
	uint32_t hash = 2166136261u + (uint32_t)kind;

	for (uint32_t i = 0; i < len; i++)
		hash = (hash ^ (uint8_t)text[i]) * 16777619u;
	return hash ^ hash >> 15;
}

static struct eval_name *find(const struct eval_state *state, enum eval_kind kind, const char *text, uint32_t len,
                              uint32_t hash)
{
	struct eval_name *name = state->buckets ? state->buckets[hash % EVAL_BUCKETS] : NULL;

	while (name && (name->hash != hash || name->len != len || name->kind != kind ||
	                (len && memcmp(name->text, text, len) != 0)))
		name = name->next;
	return name;
}

/* A shell that was started by the line sees only what was exported. */
static bool visible(const struct eval_state *state, const struct eval_binding *binding)
{
	return binding->state != EVAL_ABSENT && (binding->shell >= state->shell || binding->exported);
}

struct eval_name *eval_find(const struct run *run, enum eval_kind kind, const char *text, uint32_t len)
{
	struct eval_name *name;

	if (!run->eval->buckets)
		return NULL;
	name = find(run->eval, kind, text, len, hash_name(kind, text, len));
	return name && visible(run->eval, &name->now) ? name : NULL;
}

static struct eval_name *add(struct run *run, enum eval_kind kind, const char *text, uint32_t len, uint32_t hash)
{
	struct eval_state *state = run->eval;
	struct eval_name *name;

	if (!state->buckets)
		state->buckets = arena_zalloc(run->arena, EVAL_BUCKETS * sizeof(*state->buckets));
	if (!state->buckets || state->n_names >= EVAL_NAMES_MAX || !(name = arena_new(run->arena, struct eval_name)) ||
	    !(name->text = arena_dup(run->arena, text, len))) {
		run_too_complex(run, 0, "it sets too many variables to follow");
		return NULL;
	}
	name->len = len;
	name->hash = hash;
	name->kind = kind;
	name->next = state->buckets[hash % EVAL_BUCKETS];
	state->buckets[hash % EVAL_BUCKETS] = name;
	state->n_names++;
	return name;
}

static bool log_undo(struct run *run, struct eval_name *name)
{
	struct eval_state *state = run->eval;

	if (state->n_undo == state->cap_undo) {
		uint32_t cap = state->cap_undo ? state->cap_undo * 2 : 16;
		struct eval_undo *grown = arena_alloc(run->arena, cap * sizeof(*grown));

		if (!grown) {
			run_too_complex(run, 0, "it needs too much memory to follow");
			return false;
		}
		if (state->n_undo)
			memcpy(grown, state->undo, state->n_undo * sizeof(*grown));
		state->undo = grown;
		state->cap_undo = cap;
	}
	state->undo[state->n_undo++] = (struct eval_undo){ name, name->now };
	return true;
}

struct eval_binding *eval_bind(struct run *run, enum eval_kind kind, const char *text, uint32_t len)
{
	struct eval_state *state = run->eval;
	uint32_t hash = hash_name(kind, text, len);
	struct eval_name *name = find(state, kind, text, len, hash);

	if (!run_spend(run, 1))
		return NULL;
	if (!name && !(name = add(run, kind, text, len, hash)))
		return NULL;
	if (state->scopes && !log_undo(run, name))
		return NULL;
	if (!visible(state, &name->now))
		name->now = (struct eval_binding){ 0 };
	name->now.shell = state->shell;
	return &name->now;
}

/* --- IFS, which splitting asks for every byte --- */

static void refresh_ifs(struct run *run)
{
	struct eval_state *state = run->eval;
	struct eval_value value;

	state->ifs_set = state->ifs_unknown = false;
	switch (eval_get(run, "IFS", 3, &value)) {
	case EVAL_ABSENT:
		return;
	case EVAL_UNSET: /* means the default */
		return;
	case EVAL_SET:
		state->ifs_unknown = !eval_is_constant(&value) || value.len >= sizeof(state->ifs);
		state->ifs_set = !state->ifs_unknown;
		if (state->ifs_set)
			memcpy(state->ifs, value.text, value.len + 1);
	}
}

bool eval_ifs(const struct run *run, char c)
{
	if (run->eval->ifs_set)
		return c != '\0' && strchr(run->eval->ifs, c);
	return c == ' ' || c == '\t' || c == '\n';
}

static void touched(struct run *run, const struct eval_name *name)
{
	if (name->kind == EVAL_VARIABLE && name->len == 3 && memcmp(name->text, "IFS", 3) == 0)
		refresh_ifs(run);
}

/* --- variables --- */

void eval_set(struct run *run, const char *text, uint32_t len, const struct eval_value *value)
{
	struct eval_binding *binding = eval_bind(run, EVAL_VARIABLE, text, len);

	if (!binding)
		return;
	binding->state = EVAL_SET;
	binding->value = *value;
	binding->array = NULL;
	if (len == 3 && memcmp(text, "IFS", 3) == 0)
		refresh_ifs(run);
}

/* What the environment is known to hold. */
static bool from_context(const struct run *run, const char *text, uint32_t len, struct eval_value *value)
{
	const struct place_context *place = &run->context->place;
	const struct {
		const char *name;
		const char *value;
	} known[] = {
		{ "HOME", place->home },    { "PWD", run->cwd },   { "OLDPWD", run->eval->oldpwd }, { "USER", place->user },
		{ "LOGNAME", place->user }, { "TMPDIR", "/tmp" }, { "IFS", " \t\n" },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (strlen(known[i].name) == len && memcmp(known[i].name, text, len) == 0 && known[i].value) {
			*value = eval_constant(known[i].value, strlen(known[i].value));
			return true;
		}
	return false;
}

static bool is_number(const char *text, uint32_t len)
{
	static const char *const names[] = { "RANDOM", "SRANDOM", "SECONDS", "LINENO", "UID", "EUID", "PPID", "BASHPID",
		                             "EPOCHSECONDS", "SHLVL", "OPTIND", "COLUMNS", "LINES" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strlen(names[i]) == len && memcmp(names[i], text, len) == 0)
			return true;
	return false;
}

enum eval_state_of eval_get(struct run *run, const char *text, uint32_t len, struct eval_value *value)
{
	const struct eval_name *name = eval_find(run, EVAL_VARIABLE, text, len);

	if (name && name->now.state == EVAL_SET && name->now.array) {
		const struct eval_value zero = eval_constant("0", 1);

		return eval_array_get(run, name->now.array, &zero, value);
	}
	if (name) {
		*value = name->now.state == EVAL_SET ? name->now.value : eval_constant("", 0);
		return name->now.state;
	}
	if (!from_context(run, text, len, value))
		*value = is_number(text, len) ? eval_some_number() : eval_unknown(TAINT_INPUT, NULL);
	return EVAL_ABSENT;
}

void eval_restore(struct run *run, enum eval_kind kind, const char *text, uint32_t len, const struct eval_binding *old)
{
	struct eval_binding *binding = eval_bind(run, kind, text, len);

	if (!binding)
		return;
	*binding = *old;
	if (len == 3 && memcmp(text, "IFS", 3) == 0)
		refresh_ifs(run);
}

bool eval_is_name(const char *text, uint32_t len)
{
	for (uint32_t i = 0; i < len; i++) {
		char c = text[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (i > 0 && c >= '0' && c <= '9')))
			return false;
	}
	return len > 0;
}

/* --- scopes --- */

static const struct eval_dirs unknown_dirs = { NULL, NULL };

void eval_enter(struct run *run, struct eval_scope *scope)
{
	struct eval_state *state = run->eval;

	*scope = (struct eval_scope){
		.mark = state->n_undo,
		.cwd = run->cwd,
		.oldpwd = state->oldpwd,
		.dirs = state->dirs,
		.args = state->args,
		.fds = state->fds,
		.shell = state->shell,
	};
	state->scopes++;
}

void eval_keep(struct run *run)
{
	if (--run->eval->scopes == 0)
		run->eval->n_undo = 0;
}

void eval_leave(struct run *run, const struct eval_scope *scope)
{
	struct eval_state *state = run->eval;

	state->shell = scope->shell;
	while (state->n_undo > scope->mark) {
		const struct eval_undo *undo = &state->undo[--state->n_undo];

		undo->name->now = undo->old;
		touched(run, undo->name);
	}
	run->cwd = scope->cwd;
	state->oldpwd = scope->oldpwd;
	state->dirs = scope->dirs;
	state->args = scope->args;
	state->fds = scope->fds;
	eval_keep(run);
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* What a name means when it is not known whether now or old holds. */
static void blur(struct run *run, struct eval_name *name, const struct eval_binding *old)
{
	struct eval_binding *now = &name->now;

	if (name->kind == EVAL_ALIAS && now->state != EVAL_SET) {
		*now = *old;
	} else if (name->kind == EVAL_FUNCTION) {
		struct eval_function *function = arena_new(run->arena, struct eval_function);

		if (!function) {
			run_too_complex(run, 0, "it needs too much memory to follow");
			return;
		}
		*function = now->state == EVAL_SET ? *now->function : *old->function;
		if (now->state == EVAL_SET && old->state == EVAL_SET)
			function->otherwise = old->function;
		else
			function->maybe = true;
		now->function = function;
		now->state = EVAL_SET;
	} else if (name->kind == EVAL_VARIABLE) {
		now->value = eval_unknown((uint8_t)(now->value.taint | old->value.taint),
		                          now->value.origin ? now->value.origin : old->value.origin);
		now->state = EVAL_SET;
		if (now->array || old->array) {
			static const struct eval_array unknown_array = { .unknown = true };

			now->array = &unknown_array;
		}
	}
}

static bool same_binding(const struct eval_binding *a, const struct eval_binding *b)
{
	return a->state == b->state && a->array == b->array && a->function == b->function &&
	       (a->state != EVAL_SET || a->function || eval_equal(&a->value, &b->value));
}

static bool was_known(const struct run *run, const struct eval_name *name, const struct eval_binding *old)
{
	struct eval_value value;

	if (old->state == EVAL_ABSENT)
		return name->kind == EVAL_VARIABLE && from_context(run, name->text, name->len, &value);
	return old->state == EVAL_UNSET || old->array || old->function || eval_is_constant(&old->value);
}

static bool join_place(struct run *run, const struct eval_scope *scope)
{
	struct eval_state *state = run->eval;
	bool moved = !same_text(run->cwd, scope->cwd);

	if (moved)
		run->cwd = NULL;
	if (!same_text(state->oldpwd, scope->oldpwd))
		state->oldpwd = NULL;
	if (state->dirs != scope->dirs)
		state->dirs = &unknown_dirs;
	if (state->args.items != scope->args.items || state->args.n != scope->args.n) {
		state->args = (struct eval_args){ 0 };
		moved = true;
	}
	return moved && (scope->cwd || scope->args.items);
}

bool eval_widen(struct run *run, const struct eval_scope *scope)
{
	struct eval_state *state = run->eval;
	bool changed = join_place(run, scope);

	state->join++;
	run_spend(run, state->n_undo - scope->mark);
	for (uint32_t i = scope->mark; i < state->n_undo; i++) {
		const struct eval_undo *undo = &state->undo[i];

		if (undo->name->join == state->join) /* only the oldest entry tells what was before */
			continue;
		undo->name->join = state->join;
		if (same_binding(&undo->name->now, &undo->old))
			continue;
		changed = was_known(run, undo->name, &undo->old) || changed;
		blur(run, undo->name, &undo->old);
		touched(run, undo->name);
	}
	return changed;
}

bool eval_join(struct run *run, const struct eval_scope *scope)
{
	bool changed = eval_widen(run, scope);

	eval_keep(run);
	return changed;
}
