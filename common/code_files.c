#include "config.h"
#include "common/code_call.h"
#include "common/code_read.h"

#include <string.h>

/* Files that inline code writes: what they hold then, as far as it is told. */

struct field code_as_field(const struct code_scanner *s, const struct code_value *value)
{
	const char *text = arena_dup(s->run->arena, value->text, value->len);

	return (struct field){ .text = text ? text : "", .len = text ? value->len : 0, .span = s->span, .taint = value->taint, .origin = value->origin,
	                       .unknown = value->len && memchr(value->text, TEXT_UNKNOWN, value->len), .quoted = true };
}

static struct stream as_stream(const struct code_scanner *s, const struct code_value *value)
{
	bool known = value && value->len && !memchr(value->text, TEXT_UNKNOWN, value->len);

	return (struct stream){ .present = true, .known = known, .text = known ? value->text : NULL, .len = known ? value->len : 0,
		                .taint = value ? value->taint : 0, .origin = value ? value->origin : NULL, .span = s->span };
}

void code_wrote(struct code_scanner *s, const struct code_value *path, const struct code_value *content)
{
	struct field field = code_as_field(s, path);
	struct stream stream = as_stream(s, content);
	struct run_file *file;

	if (s->constants_only || path->len == 0 || path->list)
		return;
	file = run_file_set(s->run, run_file_path(s->run, &field), &stream);
	if (file)
		s->written[s->n_written++ % CODE_WRITTEN_MAX] = file;
	if (file && stream.known)
		content_analyze(s->run, file->path, stream.text, stream.len, s->span);
}

void code_copied(struct code_scanner *s, const struct code_value *from, const struct code_value *to)
{
	struct field field = code_as_field(s, from);
	const char *path = code_is_address(from) ? NULL : run_file_path(s->run, &field);
	const struct run_file *file = path ? run_file_find(s->run, path) : NULL;
	uint32_t n = s->n_written;

	code_wrote(s, to, NULL);
	if (file && s->n_written > n)
		s->written[n % CODE_WRITTEN_MAX]->content = file->content;
}

void code_linked(struct code_scanner *s, const struct code_value *to, const struct code_value *link)
{
	struct field target = code_as_field(s, to), name = code_as_field(s, link);

	if (!s->constants_only)
		run_link(s->run, &name, &target, true);
}

void code_put(struct code_scanner *s, const struct code_value *text)
{
	struct run_file *file = s->n_written ? s->written[(s->n_written - 1) % CODE_WRITTEN_MAX] : NULL;
	struct stream *content = file ? &file->content : NULL;
	struct code_value all = { .text = content && content->text ? content->text : "", .len = content ? content->len : 0 };

	if (!content)
		return;
	code_value_append(s, &all, text->text, text->len);
	code_value_taint(&all, text);
	all.taint |= content->taint;
	*content = as_stream(s, &all);
	if (content->known)
		content_analyze(s->run, file->path, content->text, content->len, s->span);
}

void code_finish_files(struct code_scanner *s)
{
	uint8_t taint = (s->flow_taint & (TAINT_NETWORK | TAINT_DECODED)) | (s->read_taint & TAINT_SECRET);

	for (uint32_t i = 0; i < s->n_written && i < CODE_WRITTEN_MAX; i++)
		if (!s->written[i]->content.known)
			s->written[i]->content.taint |= taint;
	if (!s->constants_only)
		s->run->printed |= taint;
}
