#include "config.h"
#include "common/eval_internal.h"

#include <stdio.h>
#include <string.h>

/* --- what flows --- */

void eval_sink_add(struct eval_sink *sink, const struct stream *stream)
{
	struct eval_buf buf;

	if (!stream->present)
		return;
	sink->taint |= stream->taint;
	if (!sink->origin)
		sink->origin = stream->origin;
	if (stream->request && stream->risk >= sink->risk) {
		sink->request = stream->request;
		sink->risk = stream->risk;
	}
	sink->sends |= stream->sends;
	if (!stream->known)
		sink->unknown = true;
	if (sink->unknown || stream->len == 0)
		return;
	if (sink->len == 0) {
		sink->text = stream->text;
		sink->len = stream->len;
		return;
	}
	if (sink->len + stream->len > EVAL_VALUE_MAX) {
		sink->unknown = true;
		return;
	}
	buf = (struct eval_buf){ .run = sink->run, .data = sink->own, .len = sink->own ? sink->len : 0, .cap = sink->cap };
	if (!sink->own)
		eval_put(&buf, sink->text, sink->len);
	eval_put(&buf, stream->text, stream->len);
	sink->unknown = buf.unknown;
	sink->text = sink->own = buf.data;
	sink->len = buf.len;
	sink->cap = buf.cap;
}

struct stream eval_sink_stream(const struct eval_sink *sink, struct span span)
{
	return (struct stream){
		.text = sink->len && !sink->unknown ? sink->text : "",
		.len = sink->unknown ? 0 : sink->len,
		.known = !sink->unknown,
		.present = true,
		.taint = sink->taint,
		.span = span,
		.origin = sink->origin,
		.request = sink->request,
		.risk = sink->risk,
		.sends = sink->sends,
	};
}

void eval_capture(struct run *run, const struct shell_node *node, struct eval_input *input, struct stream *output)
{
	struct eval_sink sink = { .run = run };
	struct eval_io io = { .input = input, .sink = &sink };
	struct eval_scope scope;

	eval_enter(run, &scope);
	eval_list(run, node, &io);
	eval_leave(run, &scope);
	*output = eval_sink_stream(&sink, eval_node_span(run, node));
}

/* --- substitutions --- */

void eval_output_value(struct run *run, const struct stream *output, struct eval_value *value)
{
	uint32_t len = output->len;

	if (!output->known) {
		*value = eval_unknown(output->taint, output->origin);
		return;
	}
	while (len > 0 && output->text[len - 1] == '\n')
		len--;
	*value = eval_copy(run, output->text, len);
	value->taint |= output->taint;
	value->origin = output->origin;
}

/* $(< file) is the file's content. */
static bool reads_file(const struct shell_node *node)
{
	while (node && node->kind == SHELL_SEQUENCE && node->children && !node->children->next)
		node = node->children;
	return node && !node->next && node->kind == SHELL_SIMPLE && !node->words && !node->assigns && node->redirects &&
	       !node->redirects->next && node->redirects->op == SHELL_REDIRECT_IN;
}

void eval_substitute(struct run *run, const struct shell_node *node, struct eval_value *value)
{
	struct eval_input none = { 0 };
	struct eval_io *io = run->eval->io;
	struct stream output;

	if (!node) {
		*value = eval_constant("", 0);
		return;
	}
	if (reads_file(node)) {
		struct eval_io plain = { .input = io ? io->input : &none };
		struct eval_redirects redirects;

		while (node->kind == SHELL_SEQUENCE)
			node = node->children;
		eval_redirects(run, node->redirects, &plain, &redirects);
		eval_redirects_done(run, &redirects, &redirects.input.stream);
		eval_output_value(run, &redirects.input.stream, value);
		return;
	}
	eval_capture(run, node, io ? io->input : &none, &output);
	eval_output_value(run, &output, value);
}

void eval_process_in(struct run *run, const struct shell_node *node, struct eval_value *value)
{
	struct eval_input none = { 0 };
	struct eval_io *io = run->eval->io;
	struct stream output;
	char path[32];
	int len;

	eval_capture(run, node, io ? io->input : &none, &output);
	len = snprintf(path, sizeof(path), "/dev/fd/%u", run->eval->next_fd);
	run->eval->next_fd = (uint16_t)(run->eval->next_fd > 10 && run->eval->next_fd <= 63 ? run->eval->next_fd - 1
	                                : run->eval->next_fd == 10                          ? 64
	                                                                                    : run->eval->next_fd + 1);
	*value = eval_copy(run, path, (size_t)len);
	value->taint = output.taint;
	value->origin = output.origin;
	run_file_set(run, path, &output);
}

void eval_process_out(struct run *run, const struct shell_node *node, const struct stream *input)
{
	struct eval_input in = { .stream = *input };
	struct stream output;

	in.stream.present = true;
	eval_capture(run, node, &in, &output);
}
