#include "config.h"
#include "common/code_call.h"

#include "common/decode.h"

#include <string.h>

/* What calls of code_calls.def give back, as far as it can be told. */

bool code_is_unknown(const struct code_value *value)
{
	return value->len == 0 || value->text[0] == TEXT_UNKNOWN;
}

bool code_is_address(const struct code_value *value)
{
	return value->len > 6 && place_is_remote_path(value->text, value->len) && memmem(value->text, value->len, "://", 3);
}

static struct code_value decoded(struct code_scanner *s, const struct code_value *value, bool hex)
{
	struct code_value out = code_unknown();
	uint32_t len;
	const char *text = value->len && !memchr(value->text, TEXT_UNKNOWN, value->len)
	                           ? (hex ? decode_hex : decode_base64)(s->run->arena, value->text, value->len, &len)
	                           : NULL;

	if (text) {
		code_value_set(&out, text, len);
	}
	out.taint = value->taint | TAINT_DECODED;
	out.origin = value->origin;
	return out;
}

static struct code_value joined(struct code_scanner *s, struct code_value path, const struct code_arguments *args, uint32_t from)
{
	for (uint32_t i = from; i < args->n; i++) {
		const struct code_value *part = &args->values[i];

		if (part->len && part->text[0] == '/') {
			code_value_set(&path, part->text, part->len);
			continue;
		}
		if (path.len)
			code_value_append(s, &path, "/", 1);
		code_value_append(s, &path, part->text, part->len);
	}
	path.module = NULL;
	path.path = true;
	return path;
}

static struct code_value home_of(const struct code_scanner *s)
{
	const char *home = s->run->elsewhere ? NULL : s->run->context->place.home;
	struct code_value value = code_unknown();

	if (home) {
		code_value_set(&value, home, (uint32_t)strlen(home));
	}
	value.path = true;
	return value;
}

static struct code_value expanded(struct code_scanner *s, const struct code_value *value)
{
	struct code_value out = *value;

	if (value->len && value->text[0] == '~' && (value->len == 1 || value->text[1] == '/')) {
		out = home_of(s);
		code_value_append(s, &out, value->text + 1, value->len - 1);
	}
	return out;
}

/* fs/promises, node:fs, fs-extra and the like are all fs. */
static struct code_value module_of(const struct code_value *name)
{
	static const char *const twins[] = { "fs/promises", "fs-extra", "graceful-fs" };
	struct code_value out = code_unknown();

	out.module = name->text;
	out.module_len = name->len;
	if (out.module_len > 5 && memcmp(out.module, "node:", 5) == 0) {
		out.module += 5;
		out.module_len -= 5;
	}
	for (size_t i = 0; i < sizeof(twins) / sizeof(twins[0]); i++)
		if (out.module_len == strlen(twins[i]) && memcmp(out.module, twins[i], out.module_len) == 0) {
			out.module = "fs";
			out.module_len = 2;
		}
	return out;
}

static struct code_value attribute_of(struct code_scanner *s, const struct code_arguments *args)
{
	struct code_value out = code_unknown(), name;

	if (args->n < 2 || args->values[1].len == 0 || (!args->values[0].module && !code_is_unknown(&args->values[0])))
		return out;
	name = (struct code_value){ .text = "os", .len = 2 }; /* of an unknown module: as if it was the worst one */
	if (args->values[0].module)
		name = (struct code_value){ .text = args->values[0].module, .len = args->values[0].module_len };
	code_value_append(s, &name, ".", 1);
	code_value_append(s, &name, args->values[1].text, args->values[1].len);
	out.module = name.text;
	out.module_len = name.len;
	return out;
}

/* "a{}b".format(..): what stands in braces is not known. */
static struct code_value formatted(struct code_scanner *s, const struct code_value *format)
{
	struct code_value out = { .text = "", .taint = format->taint, .origin = format->origin };
	uint32_t from = 0;

	for (uint32_t i = 0; i < format->len; i++) {
		const char *end = format->text[i] == '{' ? memchr(format->text + i, '}', format->len - i) : NULL;

		if (!end)
			continue;
		code_value_append(s, &out, format->text + from, i - from);
		code_value_append(s, &out, code_unknown().text, 1);
		i = (uint32_t)(end - format->text);
		from = i + 1;
	}
	code_value_append(s, &out, format->text + from, format->len - from);
	return out;
}

static bool second_is(const struct code_arguments *args, const char *text)
{
	return args->n > 1 && args->values[1].len == strlen(text) && memcmp(args->values[1].text, text, args->values[1].len) == 0;
}

struct code_value code_result(struct code_scanner *s, enum code_result result, const struct code_value *value,
                                   const struct code_arguments *args, uint32_t index)
{
	struct code_value out = code_unknown();

	switch (result) {
	case CODE_RESULT_FIRST:
	case CODE_RESULT_SELF:
		return *value;
	case CODE_RESULT_PATH:
	case CODE_RESULT_JOIN:
		return value == &args->receiver ? joined(s, *value, args, 0) : joined(s, *value, args, index + 1);
	case CODE_RESULT_HOME:
		return home_of(s);
	case CODE_RESULT_TILDE:
		return expanded(s, value);
	case CODE_RESULT_BUFFER:
		if (second_is(args, "base64") || second_is(args, "hex"))
			return decoded(s, value, second_is(args, "hex"));
		return *value;
	case CODE_RESULT_BASE64:
	case CODE_RESULT_HEX:
		return decoded(s, value, result == CODE_RESULT_HEX);
	case CODE_RESULT_PACK:
		if (args->n && args->values[0].len && args->values[0].text[0] == 'H')
			return decoded(s, value, true);
		/* fall through */
	case CODE_RESULT_DECODED:
		out.taint = value->taint | TAINT_DECODED;
		return out;
	case CODE_RESULT_NETWORK:
		out.taint = TAINT_NETWORK;
		out.origin = code_is_unknown(value) ? NULL : arena_dup(s->run->arena, value->text, value->len);
		return out;
	case CODE_RESULT_CONTENT:
		out.taint = code_is_address(value) ? TAINT_NETWORK : TAINT_FILE;
		out.origin = code_is_unknown(value) ? NULL : arena_dup(s->run->arena, value->text, value->len);
		return out;
	case CODE_RESULT_MODULE:
		return code_is_unknown(value) ? out : module_of(value);
	case CODE_RESULT_ATTRIBUTE:
		return attribute_of(s, args);
	case CODE_RESULT_LIBRARY:
		out.module = "library";
		out.module_len = sizeof("library") - 1;
		return out;
	case CODE_RESULT_FORMAT:
		return formatted(s, value);
	case CODE_RESULT_UNKNOWN:
		break;
	}
	return out;
}
