#include "config.h"
#include "client/call.h"

#include "client/hookline.h"

#include <string.h>

static bool is_utf8(const char *s, size_t len)
{
	while (len) {
		size_t n = text_utf8_len(s, len);
		if (n == 0 || *s == '\0')
			return false;
		s += n;
		len -= n;
	}
	return true;
}

static void write_base64(struct json_writer *writer, const char *bytes, size_t len)
{
	char *room;

	json_raw(writer, "\"", 1);
	room = text_reserve(writer->text, (len + 2) / 3 * 4);
	if (room)
		writer->text->len += (size_t)(hookline_base64(room, bytes, len) - room);
	text_putc(writer->text, '"');
}

/* Bytes that JSON cannot carry travel as base64. */
static void write_command(struct json_writer *writer, const char *command, size_t len)
{
	if (is_utf8(command, len)) {
		json_key(writer, "command");
		json_string(writer, command, len);
		return;
	}
	json_key(writer, "command_b64");
	write_base64(writer, command, len);
}

static void write_workspaces(struct json_writer *writer, const struct call *call)
{
	if (!call->n_workspaces)
		return;
	json_key(writer, "workspace");
	json_begin_array(writer);
	for (size_t i = 0; i < call->n_workspaces; i++)
		json_cstring(writer, call->workspaces[i]);
	json_end_array(writer);
}

/* Members that a line may name itself. */
static const struct {
	const char *key;
	size_t offset;
} context_members[] = {
	{ "cwd", offsetof(struct call, cwd) },
	{ "home", offsetof(struct call, home) },
	{ "agent", offsetof(struct call, agent) },
	{ "session", offsetof(struct call, session) },
	{ "profile", offsetof(struct call, profile) },
};

static bool names(const struct cJSON *root, const char *key)
{
	if (!root)
		return false;
	for (const struct cJSON *item = json_first(root); item; item = json_next(item))
		if (strcmp(json_key_of(item), key) == 0)
			return true;
	return false;
}

/* root: what is named there is left out; NULL: nothing is. */
static void write_context(struct json_writer *writer, const struct call *call, const struct cJSON *root)
{
	for (size_t i = 0; i < sizeof(context_members) / sizeof(context_members[0]); i++) {
		const char *value = *(const char *const *)((const char *)call + context_members[i].offset);

		if (value && !names(root, context_members[i].key))
			json_member_string(writer, context_members[i].key, value);
	}
	if (!names(root, "workspace"))
		write_workspaces(writer, call);
}

void call_write(struct text *out, enum protocol_op op, const struct call *call)
{
	struct json_writer writer;

	json_writer_init(&writer, out);
	json_begin_object(&writer);
	json_member_string(&writer, "op", protocol_ops[op].name);
	if (call->command)
		write_command(&writer, call->command, call->command_len);
	if (call->tool)
		json_member_string(&writer, "tool", call->tool);
	if (call->arguments_json) {
		json_key(&writer, "args");
		json_raw(&writer, call->arguments_json, call->arguments_len);
	}
	write_context(&writer, call, NULL);
	json_end_object(&writer);
	text_putc(out, '\n');
}

void call_complete(struct text *out, enum protocol_op op, const struct call *call, const char *line, size_t len,
                   const struct cJSON *root)
{
	const char *open = memchr(line, '{', len), *end = line + len;
	struct json_writer writer;

	json_writer_init(&writer, out);
	json_begin_object(&writer);
	if (!names(root, "op"))
		json_member_string(&writer, "op", protocol_ops[op].name);
	write_context(&writer, call, root);
	if (writer.comma && json_first(root))
		text_putc(out, ',');
	text_put(out, open + 1, (size_t)(end - open - 1));
	text_putc(out, '\n');
}

static void write_observed(struct json_writer *writer, const struct check_request *request)
{
	if (!request->n_observed)
		return;
	json_key(writer, "observed");
	json_begin_array(writer);
	for (size_t i = 0; i < request->n_observed; i++) {
		json_begin_object(writer);
		json_member_string(writer, "path", request->observed[i].path);
		json_member_string(writer, "real", request->observed[i].real);
		json_end_object(writer);
	}
	json_end_array(writer);
}

/* What could not be read has no text. */
static void write_texts(struct json_writer *writer, const char *key, const struct script *scripts, size_t n)
{
	if (!n)
		return;
	json_key(writer, key);
	json_begin_array(writer);
	for (size_t i = 0; i < n; i++) {
		json_begin_object(writer);
		json_member_string(writer, "path", scripts[i].path);
		if (scripts[i].text) {
			json_key(writer, "text_b64");
			write_base64(writer, scripts[i].text, scripts[i].len);
		}
		json_end_object(writer);
	}
	json_end_array(writer);
}

/* A line without its first brace, behind members that were just written. */
static void put_rest(struct json_writer *writer, const char *line, size_t len)
{
	const char *open = memchr(line, '{', len);

	text_putc(writer->text, ',');
	text_put(writer->text, open + 1, len - (size_t)(open + 1 - line));
}

void call_again(struct text *out, const char *line, size_t len, const struct check_request *request)
{
	struct json_writer writer;

	json_writer_init(&writer, out);
	json_begin_object(&writer);
	write_observed(&writer, request);
	write_texts(&writer, "scripts", request->scripts, request->n_scripts);
	put_rest(&writer, line, len);
}

void call_with_project(struct text *out, const char *line, size_t len, const struct check_request *request)
{
	struct json_writer writer;

	json_writer_init(&writer, out);
	json_begin_object(&writer);
	write_texts(&writer, "project_files", request->project_files, request->n_project_files);
	put_rest(&writer, line, len);
}
