#include "config.h"
#include "common/eval_internal.h"

#include <string.h>

static bool is_one_of(const char *text, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(text, names[i]) == 0)
			return true;
	return false;
}

/* A file that is only another name for standard output. */
static bool is_stdout(const struct field *target)
{
	static const char *const names[] = { "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "/dev/stderr", "/dev/fd/2" };

	return is_one_of(target->text, names, sizeof(names) / sizeof(*names));
}

static bool is_stdin(const struct field *target)
{
	static const char *const names[] = { "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0" };

	return is_one_of(target->text, names, sizeof(names) / sizeof(*names));
}

/* What is read from a file. */
static struct stream file_stream(struct run *run, const struct field *target, const struct eval_io *io)
{
	struct stream stream = { .present = true, .taint = TAINT_FILE, .span = target->span, .origin = target->text };
	const struct run_file *file = target->unknown || target->glob ? NULL : run_file_find(run, target->text);
	struct target place;

	if (is_stdin(target))
		return io->input->stream;
	if (strcmp(target->text, "/dev/null") == 0)
		return (struct stream){ .text = "", .known = true, .present = true, .span = target->span };
	if (strncmp(target->text, "/dev/tcp/", 9) == 0 || strncmp(target->text, "/dev/udp/", 9) == 0) {
		stream.taint = TAINT_NETWORK;
		return stream;
	}
	if (file) {
		stream = file->content;
		stream.present = true;
		return stream;
	}
	place_path(run->arena, &run->context->place, run->cwd, target->text, target->len, &place);
	if (place.place == PLACE_SECRET)
		stream.taint |= TAINT_SECRET;
	return stream;
}

static struct stream value_stream(const struct eval_value *value, struct span span)
{
	return (struct stream){
		.text = value->text,
		.len = value->len,
		.known = eval_is_constant(value),
		.present = true,
		.taint = value->taint,
		.span = span,
		.origin = value->origin,
	};
}

static struct stream heredoc_stream(struct run *run, const struct shell_word *body, struct span span)
{
	const struct shell_part *part = body ? body->parts : NULL;
	struct eval_value value;

	if (!part)
		return (struct stream){ .text = "", .known = true, .present = true, .span = span };
	if (!part->next && part->kind == SHELL_LITERAL)
		return (struct stream){ .text = part->text, .len = part->len, .known = true, .present = true, .span = span };
	eval_word_value(run, body, 0, &value);
	return value_stream(&value, span);
}

static struct stream herestring_stream(struct run *run, const struct shell_word *word, struct span span)
{
	struct eval_buf buf = { .run = run };
	struct eval_value value;

	eval_word_value(run, word, 0, &value);
	eval_put_value(&buf, &value);
	eval_put(&buf, "\n", 1);
	eval_take(&buf, &value);
	return value_stream(&value, span);
}

/* <&3: what was opened as 3 before. */
static struct stream dup_stream(const struct run *run, const struct eval_value *number, struct span span)
{
	const struct eval_state *state = run->eval;

	if (number->text[0] >= '0' && number->text[0] <= '9' && number->len == 1 && state->fds &&
	    state->fds[number->text[0] - '0'].present)
		return state->fds[number->text[0] - '0'];
	return (struct stream){ .present = number->text[0] != '-', .taint = TAINT_INPUT, .span = span };
}

static void set_input(struct eval_redirects *out, int fd, struct stream stream)
{
	if (fd != 0)
		return;
	out->has_input = true;
	out->input = (struct eval_input){ .stream = stream };
}

static void add_file(struct eval_redirects *out, enum call_redirect_kind kind, const struct shell_redirect *redirect,
                     const struct eval_value *target, struct span span)
{
	struct call_redirect *file = &out->files[out->n_files++];

	*file = (struct call_redirect){
		.kind = kind,
		.fd = redirect->fd,
		.target = eval_field(target, span, redirect->target && redirect->target->quoted),
		.span = span,
	};
	if (kind != REDIRECT_READ && (file->fd == 1 || redirect->op == SHELL_REDIRECT_OUT_ALL ||
	                              redirect->op == SHELL_REDIRECT_APPEND_ALL)) {
		file->fd = 1;
		out->output_gone = !is_stdout(&file->target);
	}
}

/* The process of > >(..), which gets what is written. */
static const struct shell_node *process_target(const struct shell_redirect *redirect)
{
	const struct shell_part *part = redirect->target ? redirect->target->parts : NULL;

	return part && !part->next && part->kind == SHELL_PROCESS_OUT ? part->node : NULL;
}

/* >&2 and >&- move descriptors; anything else behind >& is a file. */
static bool is_descriptor(const struct eval_value *target)
{
	bool number = target->len > 0 && strspn(target->text, "0123456789-") == target->len;

	return number || (target->glob && !target->unknown && target->len == 1);
}

static void add_redirect(struct run *run, const struct shell_redirect *redirect, struct eval_io *io,
                         struct eval_redirects *out)
{
	struct span span = eval_span(run, redirect->start, redirect->end);
	enum call_redirect_kind kind = REDIRECT_WRITE;
	struct eval_value target;

	if (redirect->op == SHELL_REDIRECT_HEREDOC) {
		set_input(out, redirect->fd, heredoc_stream(run, redirect->body, span));
		return;
	}
	if (redirect->op == SHELL_REDIRECT_HERESTRING) {
		set_input(out, redirect->fd, herestring_stream(run, redirect->target, span));
		return;
	}
	if (redirect->fd == 1 && process_target(redirect)) {
		out->process = process_target(redirect);
		return;
	}
	eval_word_value(run, redirect->target, EXPAND_GLOB, &target);
	switch (redirect->op) {
	case SHELL_REDIRECT_DUP_IN:
		set_input(out, redirect->fd, dup_stream(run, &target, span));
		return;
	case SHELL_REDIRECT_DUP_OUT:
		if (is_descriptor(&target))
			return;
		break;
	case SHELL_REDIRECT_IN:
		kind = REDIRECT_READ;
		break;
	case SHELL_REDIRECT_IN_OUT:
		kind = REDIRECT_OTHER;
		break;
	case SHELL_REDIRECT_APPEND:
	case SHELL_REDIRECT_APPEND_ALL:
		kind = REDIRECT_APPEND;
		break;
	default:
		break;
	}
	add_file(out, kind, redirect, &target, span);
	if (kind == REDIRECT_READ || kind == REDIRECT_OTHER)
		set_input(out, redirect->fd, file_stream(run, &out->files[out->n_files - 1].target, io));
}

void eval_redirects(struct run *run, const struct shell_redirect *redirect, struct eval_io *io,
                    struct eval_redirects *out)
{
	uint32_t n = 0;

	*out = (struct eval_redirects){ 0 };
	for (const struct shell_redirect *r = redirect; r; r = r->next)
		n++;
	if (n == 0)
		return;
	out->files = arena_alloc(run->arena, n * sizeof(*out->files));
	if (!out->files || !run_spend(run, n)) {
		run_too_complex(run, redirect->start, "it needs too much memory to follow");
		return;
	}
	for (; redirect; redirect = redirect->next)
		add_redirect(run, redirect, io, out);
}

void eval_redirects_done(struct run *run, const struct eval_redirects *redirects, const struct stream *output)
{
	for (uint32_t i = 0; i < redirects->n_files; i++) {
		const struct call_redirect *file = &redirects->files[i];
		struct stream unknown = { .present = true, .span = file->span };
		const struct stream *content = file->fd == 1 ? output : &unknown;

		if (file->kind == REDIRECT_READ && file->fd == 0)
			content = &redirects->input.stream;
		command_redirect(run, file, content);
	}
	if (redirects->process)
		eval_process_out(run, redirects->process, output);
}

void eval_redirects_keep(struct run *run, const struct eval_redirects *redirects, struct eval_io *io)
{
	struct eval_state *state = run->eval;
	struct stream *fds = arena_zalloc(run->arena, EVAL_FDS * sizeof(*fds));

	if (redirects->has_input)
		*io->input = redirects->input;
	if (!fds)
		return;
	if (state->fds)
		memcpy(fds, state->fds, EVAL_FDS * sizeof(*fds));
	for (uint32_t i = 0; i < redirects->n_files; i++) {
		const struct call_redirect *file = &redirects->files[i];

		if (file->kind != REDIRECT_WRITE && file->kind != REDIRECT_APPEND && file->fd >= 0 && file->fd < (int)EVAL_FDS)
			fds[file->fd] = file_stream(run, &file->target, io);
	}
	state->fds = fds;
}
