#include "config.h"
#include "common/command.h"

#include "common/decode.h"
#include "common/filter.h"
#include "common/printable.h"

#include <string.h>
#include <strings.h>

/* What a command writes on its standard output, as far as it can be told. */

bool command_has_option(const struct resolved *r, const char *option)
{
	for (uint32_t i = 0; i < r->n_hits; i++)
		if (strcmp(table_string(r->run->table, r->hits[i]->option->name), option) == 0)
			return true;
	return false;
}

static void output_words(struct resolved *r, struct stream *out)
{
	struct field joined = { .text = "" };
	char *text;

	if (r->n_operands)
		joined = command_join(r->run, r->operands, r->n_operands);
	text = arena_alloc(r->run->arena, (size_t)joined.len + 2);
	if (!text)
		return;
	memcpy(text, joined.text, joined.len);
	memcpy(text + joined.len, "\n", 2);
	out->text = text;
	out->len = joined.len + 1;
	if (command_has_option(r, "-e"))
		out->text = decode_escapes(r->run->arena, text, out->len, &out->len);
	out->known = out->text && !joined.unknown;
	out->taint = joined.taint;
	out->origin = joined.origin;
}

static void output_format(struct resolved *r, struct stream *out)
{
	output_words(r, out);
	if (r->n_operands == 0)
		return;
	out->text = decode_printf(r->run->arena, r->operands, r->n_operands, &out->len);
	out->known = out->known && out->text;
}

/* Exact copies keep the text; filters only where it came from. */
static bool copies_exactly(const struct resolved *r)
{
	for (uint32_t i = 0; i < r->n_kinds; i++)
		if (r->kinds[i].kind != OPERAND_PATH_READ && r->kinds[i].kind != OPERAND_PATH_WRITE && r->kinds[i].kind != OPERAND_PATH_APPEND)
			return false;
	return true;
}

static void output_pass(struct resolved *r, struct stream *out)
{
	struct span span = out->span;

	if (r->n_read == 1 && r->read_file)
		*out = r->read_file->content;
	else if (r->n_read)
		*out = (struct stream){ .present = true, .taint = r->read_taint, .origin = r->read_origin };
	else
		*out = r->call->input;
	out->present = true;
	out->span = span;
	if (!copies_exactly(r)) {
		if (out->known)
			out->taint |= TAINT_DECODED;
		if (!(out->taint & (TAINT_SECRET | TAINT_NETWORK)))
			out->origin = NULL; /* no longer what lies there */
		out->known = false;
		out->text = NULL;
		out->len = 0;
	}
}

static void output_decoded(struct resolved *r, struct stream *out)
{
	enum stream_role role = r->output;
	struct stream from;

	output_pass(r, out);
	from = r->n_read || !r->call->input.present ? *out : r->call->input;
	out->taint = from.taint | TAINT_DECODED;
	out->origin = from.origin ? from.origin : table_string(r->run->table, r->node->name);
	out->known = false;
	out->text = NULL;
	if (!from.known || role == STREAM_DECODE)
		return;
	out->text = role == STREAM_DECODE_BASE64 ? decode_base64(r->run->arena, from.text, from.len, &out->len)
	                                         : decode_hex(r->run->arena, from.text, from.len, &out->len);
	out->known = out->text != NULL;
}

static const char *filtered(struct resolved *r, const struct stream *from, uint32_t *len)
{
	struct arena *arena = r->run->arena;
	const struct field *first = r->n_operands ? r->operands[0] : NULL, *second = r->n_operands > 1 ? r->operands[1] : NULL;
	bool remove = command_has_option(r, "-d");

	if (r->output == STREAM_FILTER_REV)
		return filter_rev(arena, from, len);
	if (r->output == STREAM_FILTER_TAC)
		return filter_tac(arena, from, len);
	if (r->output == STREAM_FILTER_TR)
		return r->n_hits == remove ? filter_tr(arena, from, first, second, remove, len) : NULL;
	if (r->n_hits == 1 && command_has_option(r, "-e"))
		first = &r->hits[0]->values[0];
	else if (r->n_hits)
		return NULL;
	return first ? filter_sed(arena, from, first, len) : NULL;
}

/* rev, and a tr that maps letters to other letters (not to the other case): text that was no code before may be code behind it. */
static bool scrambles(const struct resolved *r)
{
	const struct field *first = r->n_operands ? r->operands[0] : NULL, *second = r->n_operands > 1 ? r->operands[1] : NULL;

	if (r->output == STREAM_FILTER_REV)
		return true;
	if (r->output != STREAM_FILTER_TR || !second || r->n_hits)
		return false;
	return first->len > 3 && second->len > 3 && strcasecmp(first->text, second->text) != 0 && first->text[0] != '[' && second->text[0] != '[';
}

static void output_filtered(struct resolved *r, struct stream *out)
{
	struct stream from = r->n_read == 1 && r->read_file ? r->read_file->content : r->call->input;

	output_pass(r, out);
	out->taint |= from.known || scrambles(r) ? TAINT_DECODED : 0;
	out->known = false;
	out->text = NULL;
	out->len = 0;
	if (!from.known || !from.text || (r->n_read && !r->read_file) || r->n_read > 1)
		return;
	out->text = filtered(r, &from, &out->len);
	out->known = out->text != NULL;
}

static void output_network(struct resolved *r, struct stream *out)
{
	struct host host;

	out->taint = TAINT_NETWORK;
	if (!r->address)
		return;
	place_host(r->address->text, r->address->len, &host);
	out->origin = host.len ? arena_dup(r->run->arena, host.name, host.len) : NULL;
	if (host.kind == HOST_LOOPBACK)
		out->taint |= TAINT_INPUT;
}

/* Word number i that says where to look for files: what was read, or ls' words. */
static const struct field *looked_at(const struct resolved *r, uint32_t i)
{
	return r->n_read ? r->read_words[i] : r->operands[i];
}

/* Names of files: what was found below the folders that were named, or these themselves when they are patterns or files. */
static void output_paths(struct resolved *r, struct stream *out)
{
	bool lists = !r->n_read && r->n_kinds && r->kinds[0].kind == OPERAND_TEXT; /* ls */
	uint32_t named = lists ? r->n_operands : r->n_read, n = named < READ_WORDS_MAX ? named : READ_WORDS_MAX;
	const char *text = "";

	for (uint32_t i = 0; i < n || i == 0; i++) {
		const struct field *word = n ? looked_at(r, i) : NULL;
		struct field found = !word || !word->glob ? command_found(r, word, NULL) : *word;

		if (found.unknown)
			return;
		if (lists && word && !word->glob)
			text = printable_join(r->run->arena, text, word->text, "\n", NULL);
		text = printable_join(r->run->arena, text, found.text, "\n", NULL);
	}
	out->text = text;
	out->len = (uint32_t)strlen(text);
	out->known = named <= READ_WORDS_MAX;
}

/* mktemp: a new name in the temporary folder, or made of a template. */
static void output_temporary(struct resolved *r, struct stream *out)
{
	static const char name[] = { '/', 't', 'm', 'p', '/', TEXT_UNKNOWN, '\n', '\0' };
	const struct field *template = r->n_operands ? r->operands[0] : NULL;

	out->text = name;
	if (template && !template->unknown && memchr(template->text, '/', template->len))
		out->text = printable_join(r->run->arena, template->text, "\n", NULL);
	out->len = (uint32_t)strlen(out->text);
	out->known = true;
}

static void output_arrives(struct resolved *r, struct stream *out)
{
	output_network(r, out);
	command_arrived(r, out->origin, r->created);
	*out = (struct stream){ .present = true, .span = r->call->span };
}

static void output_setup(struct resolved *r, struct stream *out)
{
	(void)r;
	out->text = "";
	out->known = true;
}

/* Also env without a command, which shows all it has. */
static void output_secret(struct resolved *r, struct stream *out)
{
	out->taint = r->n_operands ? 0 : TAINT_SECRET;
	out->origin = r->n_operands ? NULL : table_string(r->run->table, r->node->name);
}

/* jq's @base64d and what databases call it. */
static bool decodes(const struct resolved *r)
{
	static const char *const names[] = { "@base64d", "from_base64", "base64decode", "b64decode", "unhex(" };

	for (uint32_t i = 0; i < r->n_operands; i++)
		for (size_t k = 0; strpbrk(r->operands[i]->text, "@(") && k < sizeof(names) / sizeof(*names); k++)
			if (strstr(r->operands[i]->text, names[k]))
				return true;
	return false;
}

/* kubectl get secret, vault kv get: what knowledge says of them is true of what they print, too. */
static void output_data(struct resolved *r, struct stream *out)
{
	out->taint = r->read_taint & (TAINT_SECRET | TAINT_ISSUED);
	out->origin = r->read_origin;
	if (r->flags & CAP_SECRET_READ && !out->taint) {
		out->taint = TAINT_SECRET | TAINT_ISSUED;
		out->origin = table_string(r->run->table, r->node->name);
	}
}

/* ln: each file that was read has another name now; in a folder that is named with a slash it keeps its own. */
static void output_links(struct resolved *r, struct stream *out)
{
	const struct field *name = r->created ? r->created : r->written;

	*out = (struct stream){ .present = true, .span = r->call->span };
	for (uint32_t i = 0; name && i < r->n_read && i < READ_WORDS_MAX; i++) {
		const struct field *to = r->read_words[i];
		const char *slash = memrchr(to->text, '/', to->len);
		struct field inside = *name;

		if (r->n_read == 1)
			run_link(r->run, name, to, command_has_option(r, "-s"));
		inside.text = printable_join(r->run->arena, name->text, "/", slash ? slash + 1 : to->text, NULL);
		inside.len = (uint32_t)strlen(inside.text);
		run_link(r->run, &inside, to, command_has_option(r, "-s"));
	}
}

typedef void output_writer(struct resolved *r, struct stream *out);

/* By the tool's output role; output_data for those that are not here. */
static output_writer *const writers[STREAM_ROLE_COUNT] = {
	[STREAM_ARGS] = output_words, [STREAM_FORMAT] = output_format, [STREAM_PASS] = output_pass, [STREAM_FILES] = output_pass,
	[STREAM_DECODE_BASE64] = output_decoded, [STREAM_DECODE_HEX] = output_decoded, [STREAM_DECODE] = output_decoded,
	[STREAM_FILTER_TR] = output_filtered, [STREAM_FILTER_SED] = output_filtered, [STREAM_FILTER_REV] = output_filtered,
	[STREAM_FILTER_TAC] = output_filtered, [STREAM_NETWORK] = output_network, [STREAM_ARRIVES] = output_arrives,
	[STREAM_PATHS] = output_paths, [STREAM_TEMPORARY] = output_temporary, [STREAM_LINKS] = output_links, [STREAM_SETUP] = output_setup,
	[STREAM_WRAPPED] = output_secret, [STREAM_SECRET] = output_secret,
};

void command_feed(struct resolved *r, struct stream *out)
{
	*out = (struct stream){ .present = r->output == STREAM_PASS || r->output == STREAM_DECODE, .span = r->call->span };
	if (out->present)
		writers[r->output](r, out);
}

void command_output(struct resolved *r)
{
	struct stream *out = &r->call->output;

	if (r->lowered || (r->wrapped && r->output != STREAM_PASS))
		return;
	*out = (struct stream){ .present = true, .span = r->call->span };
	(writers[r->output] ? writers[r->output] : output_data)(r, out);
	if ((r->output == STREAM_DATA || r->output == STREAM_PASS) && decodes(r)) {
		out->taint |= TAINT_DECODED;
		out->known = false;
	}
	if (r->printed) {
		out->taint |= r->printed;
		out->known = false;
	}
	command_files(r, out, writers[r->output] == output_decoded);
}
