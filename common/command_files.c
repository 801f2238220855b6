#include "config.h"
#include "common/command.h"

#include "common/printable.h"

#include <string.h>

/* What the files hold that a call writes, as far as it can be told. */

/* Of what the call put out; wget names the file after the address. */
static void from_output(struct resolved *r, const struct stream *content)
{
	const struct field *path = r->written;
	struct field named;

	if (!path && content->taint & TAINT_NETWORK && r->flags & CAP_FILE_WRITE && r->address) {
		const char *slash = memrchr(r->address->text, '/', r->address->len);

		named = *r->address;
		named.text = slash ? slash + 1 : "";
		named.len = (uint32_t)strlen(named.text);
		path = named.len ? &named : NULL;
	}
	if (path)
		run_file_set(r->run, run_file_path(r->run, path), content);
}

/* aws s3 cp s3://bucket/x y: a file that came from a bucket, whatever tool fetched it. */
static void fetch_from_bucket(struct resolved *r)
{
	static const char *const schemes[] = { "s3://", "gs://", "gcs://", "az://", "abfs://", "b2://", "oss://", "cos://", "r2://", "hdfs://" };

	for (uint32_t i = 0; i + 1 < r->n_operands; i++)
		for (size_t k = 0; k < sizeof(schemes) / sizeof(*schemes); k++)
			if (strncmp(r->operands[i]->text, schemes[k], strlen(schemes[k])) == 0) {
				const struct stream content = { .present = true, .taint = TAINT_NETWORK, .origin = r->operands[i]->text, .span = r->call->span };

				run_file_set(r->run, run_file_path(r->run, r->operands[i + 1]), &content);
			}
}

/* sed -i: what is put in stands among what was there. */
static void edit_in_place(struct resolved *r, const struct field *word)
{
	const char *path = run_file_path(r->run, word);
	const struct run_file *before = path ? run_file_find(r->run, path) : NULL;
	struct stream content = r->run->put;
	struct run_file *file;

	content.taint |= before ? before->content.taint : 0;
	content_analyze(r->run, path, content.text, content.len, r->call->span);
	file = path ? run_file_set(r->run, path, &content) : NULL;
	if (file)
		file->adds = true;
}

/* gunzip x.gz leaves x behind, which holds what x.gz held. */
static void decode_in_place(struct resolved *r, const struct field *packed, const struct stream *out)
{
	static const char *const suffixes[] = { ".gz", ".bz2", ".xz", ".zst", ".lz4", ".lzma", ".br", ".Z", ".lzo" };
	struct stream content = *out;
	struct field plain = *packed;
	const struct run_file *file;

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(*suffixes) && plain.len == packed->len; i++) {
		size_t len = strlen(suffixes[i]);

		if (packed->len > len && memcmp(packed->text + packed->len - len, suffixes[i], len) == 0)
			plain.len = packed->len - (uint32_t)len;
	}
	plain.text = plain.len < packed->len ? arena_dup(r->run->arena, packed->text, plain.len) : NULL;
	if (!plain.text)
		return;
	file = run_file_find(r->run, run_file_path(r->run, packed));
	content.taint |= file ? file->content.taint : 0;
	content.known = false;
	run_file_set(r->run, run_file_path(r->run, &plain), &content);
}

/* cp a DEST: DEST is a file, or a folder in which a is then. */
static void copy_into(struct resolved *r, const struct field *from)
{
	const char *slash = memrchr(from->text, '/', from->len), *source = run_file_path(r->run, from);
	const struct run_file *file = source ? run_file_find(r->run, source) : NULL;
	struct field inside = *r->written;

	inside.text = printable_join(r->run->arena, r->written->text, "/", slash ? slash + 1 : from->text, NULL);
	inside.len = (uint32_t)strlen(inside.text);
	memory_moves(r->run, from, r->written);
	memory_moves(r->run, from, &inside);
	if (file)
		run_file_set(r->run, run_file_path(r->run, &inside), &file->content);
}

/* What was read goes where something is written: as it is when it is one file that is known, else only where it came from. */
static void from_read(struct resolved *r)
{
	const struct stream mixed = { .present = true, .taint = r->read_taint, .origin = r->read_origin, .span = r->call->span };
	const struct stream content = r->n_read == 1 && r->read_file ? r->read_file->content : mixed;

	run_file_set(r->run, run_file_path(r->run, r->written), &content);
	for (uint32_t i = 0; i < r->n_operands; i++)
		if (r->operands[i] != r->written)
			copy_into(r, r->operands[i]);
}

void command_files(struct resolved *r, const struct stream *out, bool decoded)
{
	const struct written first = { .word = r->n_read == 1 ? r->read_words[0] : NULL };
	const struct written *written = r->all_written ? r->all_written : &first;

	if (r->flags & CAP_NETWORK)
		fetch_from_bucket(r);
	for (; decoded && written && written->word && !r->call->input.present && !command_has_option(r, "-c"); written = written->next)
		decode_in_place(r, written->word, out);
	if (decoded || r->output == STREAM_NETWORK)
		from_output(r, out);
	else if (r->run->put.present)
		for (written = r->all_written; written; written = written->next)
			edit_in_place(r, written->word);
	else if (r->written && r->n_read)
		from_read(r);
}
