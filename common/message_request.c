#include "config.h"
#include "common/message_internal.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <sha2.h>
#include <stdio.h>
#include <string.h>

/* --- arguments of a tool call --- */

#define ARGUMENT_NAME_MAX 256

struct flatten {
	struct arena *arena;
	struct analysis_argument *arguments;
	size_t n;
	char name[ARGUMENT_NAME_MAX]; /* of the value at hand: "edits.0.new_string" */
	struct json_error *error;
};

static size_t count_scalars(const cJSON *value)
{
	size_t n = 0;

	if (!json_is_object(value) && !json_is_array(value))
		return 1;
	for (const cJSON *item = value->child; item && n <= MESSAGE_ARGUMENTS_MAX; item = item->next)
		n += count_scalars(item);
	return n;
}

static const char *scalar_text(struct arena *arena, const cJSON *value)
{
	char number[32];

	if (json_is_string(value))
		return value->valuestring;
	if (json_is_bool(value))
		return json_is_true(value) ? "true" : "false";
	if (value->type == cJSON_NULL)
		return "";
	snprintf(number, sizeof(number), "%.17g", value->valuedouble);
	return arena_dup(arena, number, strlen(number));
}

static int flatten_value(struct flatten *flatten, const cJSON *value, size_t name_len);

static int flatten_children(struct flatten *flatten, const cJSON *parent, size_t name_len)
{
	size_t index = 0;
	int rc = 0;

	for (const cJSON *item = parent->child; rc == 0 && item; item = item->next, index++) {
		struct text name;
		text_init_fixed(&name, flatten->name, sizeof(flatten->name) - 1);
		name.len = name_len;
		if (name_len)
			text_putc(&name, '.');
		if (item->string)
			text_puts(&name, item->string);
		else
			text_put_u64(&name, index);
		if (name.failed)
			return json_fail(flatten->error, "the name of an argument has more than %d bytes", ARGUMENT_NAME_MAX - 2);
		rc = flatten_value(flatten, item, name.len);
	}
	return rc;
}

static int flatten_value(struct flatten *flatten, const cJSON *value, size_t name_len)
{
	struct analysis_argument *argument;

	if (json_is_object(value) || json_is_array(value))
		return flatten_children(flatten, value, name_len);
	argument = &flatten->arguments[flatten->n++];
	argument->name = arena_dup(flatten->arena, flatten->name, name_len);
	argument->value = scalar_text(flatten->arena, value);
	if (!argument->name || !argument->value)
		return -ENOMEM;
	argument->len = strlen(argument->value);
	return 0;
}

int message_flatten(struct arena *arena, const struct cJSON *object, const struct analysis_argument **out, size_t *n_out,
                    struct json_error *error)
{
	struct flatten flatten = { .arena = arena, .error = error };
	size_t n = count_scalars(object);
	int rc;

	if (n > MESSAGE_ARGUMENTS_MAX)
		return json_fail(error, "more than %d arguments", MESSAGE_ARGUMENTS_MAX);
	flatten.arguments = arena_alloc(arena, n * sizeof(*flatten.arguments));
	if (!flatten.arguments)
		return -ENOMEM;
	rc = flatten_value(&flatten, object, 0);
	*out = flatten.arguments;
	*n_out = flatten.n;
	return rc;
}

/* --- what an approval is bound to --- */

static void hash_field(SHA2_CTX *context, const char *bytes, size_t len)
{
	uint8_t length[8];

	for (int i = 0; i < 8; i++)
		length[i] = (uint8_t)((uint64_t)len >> 8 * i);
	SHA256Update(context, length, sizeof(length));
	SHA256Update(context, (const uint8_t *)bytes, len);
}

/* Every field with its length before it: no two calls look alike. */
void check_request_hash(const struct check_request *request, uint8_t hash[POLICY_HASH_BYTES])
{
	SHA2_CTX context;
	const char *cwd = request->cwd ? request->cwd : "";

	SHA256Init(&context);
	hash_field(&context, cwd, strlen(cwd));
	if (request->command)
		hash_field(&context, request->command, request->command_len);
	else
		hash_field(&context, request->tool, strlen(request->tool));
	for (size_t i = 0; i < request->n_arguments; i++) {
		hash_field(&context, request->arguments[i].name, strlen(request->arguments[i].name));
		hash_field(&context, request->arguments[i].value, request->arguments[i].len);
	}
	for (size_t i = 0; i < request->n_observed; i++) {
		hash_field(&context, request->observed[i].path, strlen(request->observed[i].path));
		hash_field(&context, request->observed[i].real, strlen(request->observed[i].real));
	}
	for (size_t i = 0; i < request->n_scripts; i++) {
		hash_field(&context, request->scripts[i].path, strlen(request->scripts[i].path));
		hash_field(&context, request->scripts[i].text, request->scripts[i].len);
	}
	SHA256Update(&context, (const uint8_t *)(request->command ? "c" : "t"), 1);
	SHA256Final(hash, &context);
}

const char *check_request_text(const struct check_request *request, struct arena *arena, size_t max_bytes, size_t *len_out)
{
	struct text text;
	char *end;

	text_init(&text, arena, request->command_len < max_bytes ? request->command_len + 1 : max_bytes + 1);
	if (request->command)
		text_put(&text, request->command, request->command_len < max_bytes ? request->command_len : max_bytes);
	else
		text_puts(&text, request->tool);
	for (size_t i = 0; i < request->n_arguments && text.len < max_bytes; i++) {
		text_putc(&text, ' ');
		text_puts(&text, request->arguments[i].name);
		text_putc(&text, '=');
		text_put_quoted(&text, request->arguments[i].value, request->arguments[i].len, max_bytes - text.len);
	}
	end = text_end(&text);
	*len_out = end ? text.len : 0;
	return end ? end : "";
}
