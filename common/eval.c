#include "config.h"
#include "common/eval_internal.h"

#include <string.h>

void eval_init(struct run *run)
{
	run->eval = arena_new(run->arena, struct eval_state);
	if (!run->eval) {
		static struct eval_state none; /* never written: the budget is gone */

		run_too_complex(run, 0, "there is no memory left");
		run->budget = 0;
		run->eval = &none;
		return;
	}
	run->eval->next_fd = 63;
	run->eval->dialect = run->context->dialect;
}

struct span eval_span(const struct run *run, uint32_t start, uint32_t end)
{
	return run->nested ? run->fixed : (struct span){ start, end };
}

struct span eval_node_span(const struct run *run, const struct shell_node *node)
{
	return node ? eval_span(run, node->start, node->end) : eval_span(run, 0, 0);
}

/* --- lists --- */

void eval_list(struct run *run, const struct shell_node *nodes, struct eval_io *io)
{
	for (; nodes; nodes = nodes->next)
		eval_node(run, nodes, io);
}

/* Each member in a copy of its own; what one writes is what the next one reads. */
static void eval_pipeline(struct run *run, const struct shell_node *node, struct eval_io *io)
{
	struct eval_input between = *io->input;
	struct eval_input *input = io->input;
	const struct shell_node *child = node->children;

	if (child && !child->next) {
		eval_node(run, child, io);
		return;
	}
	for (; child; child = child->next) {
		struct eval_sink sink = { .run = run };
		struct eval_io inner = *io;
		struct eval_scope scope;

		inner.input = input;
		inner.sink = child->next ? &sink : io->sink;
		inner.in_pipeline = true;
		eval_enter(run, &scope);
		eval_node(run, child, &inner);
		if (!child->next && run->eval->dialect == SHELL_ZSH) /* its last member runs in the shell itself */
			eval_keep(run);
		else
			eval_leave(run, &scope);
		between = (struct eval_input){ .stream = eval_sink_stream(&sink, eval_node_span(run, child)) };
		input = &between;
	}
}

/* The right side of || runs where the left one failed. cd is taken to succeed: behind it the left side's folder holds,
 * unless the right one moved too. before: the folder in which a left side that did nothing but move stood; or NULL. */
static void eval_or(struct run *run, const struct shell_node *right, struct eval_io *io, const char *before)
{
	const char *after = run->cwd;
	uint32_t moves = run->eval->moves;
	struct eval_scope scope;

	run->cwd = before;
	eval_enter(run, &scope);
	eval_node(run, right, io);
	eval_join(run, &scope);
	if (run->eval->moves == moves)
		run->cwd = after;
	else if (!run->cwd || !after || strcmp(run->cwd, after) != 0)
		run->cwd = NULL;
}

/* The right side of && is evaluated as if the left one succeeded; behind the whole chain only what is certain stays. */
static void eval_chain(struct run *run, const struct shell_node *node, struct eval_io *io, struct eval_scope *pending,
                       bool *open)
{
	const struct shell_node *left = node->children;
	const char *before = run->cwd, *after;

	if (!left)
		return;
	if ((left->kind == SHELL_AND || left->kind == SHELL_OR) && !left->background)
		eval_chain(run, left, io, pending, open);
	else
		eval_node(run, left, io);
	if (left->kind != SHELL_SIMPLE && run->cwd != before)
		before = NULL;
	for (const struct shell_node *right = left->next; right; right = right->next) {
		if (node->kind == SHELL_AND) {
			if (!*open)
				eval_enter(run, pending);
			*open = true;
			eval_node(run, right, io);
			continue;
		}
		after = run->cwd;
		if (*open)
			eval_join(run, pending);
		*open = false;
		run->cwd = after;
		eval_or(run, right, io, before);
		if (run->cwd != before)
			before = NULL;
	}
}

static void eval_and_or(struct run *run, const struct shell_node *node, struct eval_io *io)
{
	struct eval_scope pending;
	const char *cwd;
	bool open = false;

	eval_chain(run, node, io, &pending, &open);
	if (!open)
		return;
	cwd = run->cwd; /* cd is taken to succeed */
	run->met_choice |= run->eval->n_undo > pending.mark;
	if (run->second)
		eval_keep(run);
	else
		eval_join(run, &pending);
	run->cwd = cwd;
}

/* --- single nodes --- */

static void eval_subshell(struct run *run, const struct shell_node *node, struct eval_io *io)
{
	struct eval_scope scope;

	eval_enter(run, &scope);
	eval_list(run, node->children, io);
	eval_leave(run, &scope);
}

static void eval_test(struct run *run, const struct shell_node *node, struct eval_io *io)
{
	struct eval_io *outer = run->eval->io;
	struct eval_value value;

	run->eval->io = io;
	for (const struct shell_word *word = node->words; word; word = word->next)
		eval_word_value(run, word, 0, &value);
	run->eval->io = outer;
}

static void eval_arith_command(struct run *run, const struct shell_node *node, struct eval_io *io)
{
	struct eval_io *outer = run->eval->io;
	int64_t number;

	run->eval->io = io;
	eval_arith_words(run, node->text, node->text_len, node->words, &number);
	run->eval->io = outer;
}

static void eval_coproc(struct run *run, const struct shell_node *node, struct eval_io *io)
{
	struct eval_input input = { .stream = { .present = true, .taint = TAINT_INPUT, .span = eval_node_span(run, node) } };
	struct eval_io inner = { .input = &input, .in_pipeline = io->in_pipeline, .background = true };
	struct eval_scope scope;

	eval_enter(run, &scope);
	eval_list(run, node->body, &inner);
	eval_leave(run, &scope);
}

static void eval_kind(struct run *run, const struct shell_node *node, struct eval_io *io)
{
	switch (node->kind) {
	case SHELL_SIMPLE:
		eval_simple(run, node, io);
		break;
	case SHELL_PIPELINE:
		eval_pipeline(run, node, io);
		break;
	case SHELL_AND:
	case SHELL_OR:
		eval_and_or(run, node, io);
		break;
	case SHELL_SEQUENCE:
	case SHELL_GROUP:
		eval_list(run, node->children, io);
		break;
	case SHELL_SUBSHELL:
		eval_subshell(run, node, io);
		break;
	case SHELL_IF:
		eval_if(run, node, io);
		break;
	case SHELL_WHILE:
	case SHELL_UNTIL:
		eval_while(run, node, io);
		break;
	case SHELL_FOR:
		eval_for(run, node, io);
		break;
	case SHELL_ARITH_FOR:
		eval_arith_for(run, node, io);
		break;
	case SHELL_CASE:
		eval_case(run, node, io);
		break;
	case SHELL_FUNCTION:
		eval_define(run, node);
		break;
	case SHELL_TEST:
		eval_test(run, node, io);
		break;
	case SHELL_ARITH_CMD:
		eval_arith_command(run, node, io);
		break;
	case SHELL_COPROC:
		eval_coproc(run, node, io);
		break;
	case SHELL_TIME:
		eval_list(run, node->body, io);
		break;
	}
}

/* Redirections of a compound command hold for all that is in it. */
static void eval_redirected(struct run *run, const struct shell_node *node, struct eval_io *io)
{
	struct eval_sink sink = { .run = run };
	struct eval_io inner = *io;
	struct eval_io *outer = run->eval->io;
	struct eval_redirects redirects;
	struct stream output;

	run->eval->io = io;
	eval_redirects(run, node->redirects, io, &redirects);
	run->eval->io = outer;
	if (redirects.has_input)
		inner.input = &redirects.input;
	inner.sink = &sink;
	eval_kind(run, node, &inner);
	output = eval_sink_stream(&sink, eval_node_span(run, node));
	eval_redirects_done(run, &redirects, &output);
	if (io->sink && !redirects.output_gone)
		eval_sink_add(io->sink, &output);
}

static void eval_foreground(struct run *run, const struct shell_node *node, struct eval_io *io)
{
	if (node->redirects && node->kind != SHELL_SIMPLE && node->kind != SHELL_FUNCTION)
		eval_redirected(run, node, io);
	else
		eval_kind(run, node, io);
}

void eval_node(struct run *run, const struct shell_node *node, struct eval_io *io)
{
	struct eval_scope scope;
	struct eval_io inner;

	if (!run_spend(run, 1))
		return;
	if (run->eval->depth >= EVAL_DEPTH_MAX) {
		run_too_complex(run, node->start, "commands are nested too deeply");
		return;
	}
	effect_note(run, 0, RISK_SAFE, PLACE_WORKSPACE); /* something runs, be it only a test or an assignment */
	run->eval->depth++;
	if (node->background) {
		inner = *io;
		inner.background = true;
		eval_enter(run, &scope);
		eval_foreground(run, node, &inner);
		eval_leave(run, &scope);
	} else {
		eval_foreground(run, node, io);
	}
	run->eval->depth--;
}

/* --- text --- */

static void note_problems(struct run *run, const struct shell_script *script, bool inner)
{
	struct analysis *out = run->out;

	if (script->too_complex)
		run_too_complex(run, script->problem_at, inner ? "nested code is too complex to follow" : script->problem);
	if (!script->incomplete && !script->malformed)
		return;
	out->incomplete = true;
	if (out->problem)
		return;
	out->problem_at = run->nested ? run->fixed.start : script->problem_at;
	out->problem = !inner            ? script->problem
	               : script->malformed ? "nested code has a syntax error"
	                                   : "nested code ends in the middle";
}

/* What belongs to the text that is being evaluated. */
struct frame {
	const char *text;
	uint32_t text_len;
	enum shell_dialect dialect;
	struct eval_io *io;
	struct eval_args args;
	bool nested;
	struct span fixed;
};

static struct frame save_frame(const struct run *run)
{
	const struct eval_state *state = run->eval;

	return (struct frame){ state->text, state->text_len, state->dialect, state->io, state->args, run->nested,
		               run->fixed };
}

static void restore_frame(struct run *run, const struct frame *frame)
{
	struct eval_state *state = run->eval;

	state->text = frame->text;
	state->text_len = frame->text_len;
	state->dialect = frame->dialect;
	state->io = frame->io;
	run->nested = frame->nested;
	run->fixed = frame->fixed;
}

static void eval_script(struct run *run, const struct shell_node *root, const struct stream *input,
                        struct stream *output)
{
	struct eval_sink sink = { .run = run };
	struct eval_input in = { .stream = input ? *input : (struct stream){ 0 } };
	struct eval_io io = { .input = &in, .sink = output ? &sink : NULL };

	eval_list(run, root, &io);
	if (output)
		*output = eval_sink_stream(&sink, eval_node_span(run, root));
}

void eval_text(struct run *run, const char *text, uint32_t len, enum shell_dialect dialect, struct span span,
               const struct field *args, uint32_t n_args, bool subshell, const struct stream *input, struct stream *output)
{
	struct eval_state *state = run->eval;
	struct frame frame = save_frame(run);
	bool inner = state->text != NULL;
	struct shell_script script;
	struct eval_scope scope;

	if (run->nesting >= RUN_NESTING_MAX) {
		run_too_complex(run, span.start, "code is nested too deeply");
		return;
	}
	if (!run_spend(run, 1 + (inner ? len : len / 16))) /* text that is read again and again must not be cheap */
		return;
	run->nesting++;
	if (inner && !run->nested) {
		run->nested = true;
		run->fixed = span;
	}
	state->text = text;
	state->text_len = len;
	state->dialect = dialect;
	if (subshell) {
		eval_enter(run, &scope);
		state->shell++;
	}
	if (args)
		state->args = eval_args_of(run, args, n_args);
	else if (subshell)
		state->args = (struct eval_args){ 0 };
	shell_parse(run->arena, text, len, dialect, &script);
	note_problems(run, &script, inner);
	eval_script(run, script.root, input, output);
	if (subshell)
		eval_leave(run, &scope);
	if (args)
		state->args = frame.args;
	restore_frame(run, &frame);
	run->nesting--;
}
