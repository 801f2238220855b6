#include "config.h"
#include "common/code_read.h"

#include <string.h>

struct code_value code_unknown(void)
{
	static const char unknown[] = { TEXT_UNKNOWN, '\0' };

	return (struct code_value){ .text = unknown, .len = 1 };
}

struct code_value code_constant(const char *text, uint32_t len)
{
	return (struct code_value){ .text = text, .len = len };
}

/* Room for more bytes behind the value; NULL, and the value unknown, past the bounds. */
static char *make_room(struct code_scanner *s, struct code_value *value, uint32_t more)
{
	uint32_t room = (value->room ? 2 : 1) * (value->len + more) + 16; /* the second time it will go on growing */
	char *copy;

	if (value->len + more <= value->room)
		return (char *)(uintptr_t)value->text + value->len;
	copy = value->len + more <= CODE_VALUE_MAX && run_spend(s->run, 1 + value->len) ? arena_alloc(s->run->arena, room) : NULL;
	if (!copy) {
		uint8_t taint = value->taint;

		*value = code_unknown();
		value->taint = taint;
		return NULL;
	}
	memcpy(copy, value->text, value->len);
	value->text = copy;
	value->room = room;
	return copy + value->len;
}

void code_value_append(struct code_scanner *s, struct code_value *value, const char *text, uint32_t len)
{
	char *end = make_room(s, value, len);

	if (!end)
		return;
	memcpy(end, text, len);
	value->len += len;
}

void code_value_append_quoted(struct code_scanner *s, struct code_value *value, const char *text, uint32_t len)
{
	code_value_append(s, value, value->len ? " '" : "'", value->len ? 2 : 1);
	while (len) {
		const char *quote = memchr(text, '\'', len);
		uint32_t n = quote ? (uint32_t)(quote - text) : len;

		code_value_append(s, value, text, n);
		if (quote)
			code_value_append(s, value, "'\\''", 4);
		n += quote != NULL;
		text += n;
		len -= n;
	}
	code_value_append(s, value, "'", 1);
}

void code_value_taint(struct code_value *value, const struct code_value *other)
{
	value->taint |= other->taint;
	if (!value->origin)
		value->origin = other->origin;
}

void code_value_extend_module(struct code_scanner *s, struct code_value *value, const char *name, uint32_t len)
{
	struct code_value joined = code_constant(value->module, value->module_len);

	code_value_append(s, &joined, ".", 1);
	code_value_append(s, &joined, name, len);
	value->module = joined.text;
	value->module_len = joined.len;
}

/* --- operators --- */

/* a % b: what stands for a value in a is not known. */
static void fill_format(struct code_scanner *s, struct code_value *format)
{
	struct code_value filled = code_constant("", 0);
	uint32_t from = 0;

	for (uint32_t i = 0; i + 1 < format->len; i++)
		if (format->text[i] == '%') {
			code_value_append(s, &filled, format->text + from, i - from);
			code_value_append(s, &filled, code_unknown().text, 1);
			from = ++i + 1;
		}
	code_value_append(s, &filled, format->text + from, format->len - from);
	code_value_set(format, filled.text, filled.len);
}

void code_value_combine(struct code_scanner *s, struct code_value *left, char operator, const struct code_value *right)
{
	code_value_taint(left, right);
	left->module = NULL;
	if (operator == '+') {
		if (left->list)
			code_value_append(s, left, " ", 1);
		code_value_append(s, left, right->text, right->len);
		left->list |= right->list;
	} else if (operator == '/' && (left->path || right->path)) {
		if (right->len && right->text[0] == '/') {
			code_value_set(left, right->text, right->len);
		} else {
			code_value_append(s, left, "/", 1);
			code_value_append(s, left, right->text, right->len);
		}
		left->path = true;
	} else if (operator == '%' && s->language == CODE_PY) {
		fill_format(s, left);
	} else {
		code_value_set(left, code_unknown().text, 1);
		left->list = left->path = false;
	}
}

/* --- variables --- */

static uint32_t variable_index(const struct code_scanner *s, const char *name, uint32_t len)
{
	uint32_t i = 0;

	while (i < CODE_VARIABLES_MAX && i < s->n_variables &&
	       (s->variables[i].len != len || memcmp(s->variables[i].name, name, len) != 0))
		i++;
	return i;
}

const struct code_value *code_variable_find(const struct code_scanner *s, const char *name, uint32_t len)
{
	uint32_t i = variable_index(s, name, len);

	return i < CODE_VARIABLES_MAX && i < s->n_variables ? &s->variables[i].value : NULL;
}

void code_variable_set(struct code_scanner *s, const struct code_token *name, const struct code_value *value)
{
	uint32_t i = variable_index(s, name->text, name->len);

	if (i >= CODE_VARIABLES_MAX || i >= s->n_variables)
		i = s->n_variables++ % CODE_VARIABLES_MAX;
	s->variables[i] = (struct code_variable){ name->text, name->len, *value };
	s->variables[i].value.room = 0;
}
