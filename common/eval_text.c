#include "config.h"
#include "common/eval_internal.h"

#include <stdio.h>
#include <string.h>

/* Texts that are known in part, and how they are put together. */

static const char unknown_text[] = { TEXT_UNKNOWN, '\0' };

struct eval_value eval_constant(const char *text, size_t len)
{
	return (struct eval_value){ .text = text, .len = (uint32_t)len };
}

struct eval_value eval_unknown(uint8_t taint, const char *origin)
{
	return (struct eval_value){ .text = unknown_text, .len = 1, .unknown = true, .taint = taint, .origin = origin };
}

struct eval_value eval_some_number(void)
{
	static const char any[] = { TEXT_ANY, '\0' };

	return (struct eval_value){ .text = any, .len = 1, .glob = true };
}

struct eval_value eval_number(struct run *run, int64_t number)
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%lld", (long long)number);

	return eval_copy(run, digits, (size_t)len);
}

struct eval_value eval_copy(struct run *run, const char *text, size_t len)
{
	struct eval_value value = { .len = (uint32_t)len };
	char *copy = NULL;

	if (len > ANALYSIS_LENGTH_MAX || !run_spend(run, len / 64) || !(copy = arena_dup(run->arena, text, len))) {
		run_too_complex(run, 0, "it needs too much memory to follow");
		return eval_unknown(0, NULL);
	}
	for (size_t i = 0; i < len; i++) {
		if ((uint8_t)copy[i] > TEXT_ANY)
			continue;
		if (copy[i] == '\0') /* no shell keeps one */
			copy[i] = TEXT_UNKNOWN;
		value.glob = value.glob || copy[i] != TEXT_UNKNOWN;
		value.unknown = value.unknown || copy[i] == TEXT_UNKNOWN;
	}
	value.text = copy;
	return value;
}

bool eval_is_constant(const struct eval_value *value)
{
	return !value->unknown && !value->glob;
}

bool eval_equal(const struct eval_value *a, const struct eval_value *b)
{
	return a->len == b->len && a->taint == b->taint && memcmp(a->text, b->text, a->len) == 0;
}

struct field eval_field(const struct eval_value *value, struct span span, bool quoted)
{
	return (struct field){
		.text = value->text,
		.len = value->len,
		.span = span,
		.unknown = value->unknown,
		.glob = value->glob,
		.quoted = quoted,
		.taint = value->taint,
		.origin = value->origin,
	};
}

struct eval_value eval_value_of(const struct field *field)
{
	return (struct eval_value){
		.text = field->text,
		.len = field->len,
		.unknown = field->unknown,
		.glob = field->glob,
		.taint = field->taint,
		.origin = field->origin,
	};
}

/* --- a text in the making --- */

static bool grow(struct eval_buf *buf, size_t more)
{
	size_t need = (size_t)buf->len + more + 1;
	size_t cap = buf->cap ? (size_t)buf->cap * 2 : 32;
	char *data;

	if (need <= buf->cap)
		return true;
	if (cap < need)
		cap = need;
	if (cap > 2 * ANALYSIS_LENGTH_MAX || !run_spend(buf->run, cap / 64) || !(data = arena_alloc(buf->run->arena, cap))) {
		run_too_complex(buf->run, 0, "it needs too much memory to follow");
		return false;
	}
	if (buf->len)
		memcpy(data, buf->data, buf->len);
	buf->data = data;
	buf->cap = (uint32_t)cap;
	return true;
}

void eval_put(struct eval_buf *buf, const char *text, size_t len)
{
	buf->started = true;
	if (!grow(buf, len)) {
		buf->unknown = true;
		return;
	}
	if (len)
		memcpy(buf->data + buf->len, text, len);
	buf->len += (uint32_t)len;
}

void eval_put_unknown(struct eval_buf *buf)
{
	if (!buf->len || buf->data[buf->len - 1] != TEXT_UNKNOWN)
		eval_put(buf, unknown_text, 1);
	buf->unknown = true;
}

void eval_put_value(struct eval_buf *buf, const struct eval_value *value)
{
	buf->taint |= value->taint;
	if (!buf->origin)
		buf->origin = value->origin;
	if (buf->len + value->len > EVAL_VALUE_MAX)
		eval_put_unknown(buf);
	else if (value->text[0] == TEXT_UNKNOWN && buf->len && buf->data[buf->len - 1] == TEXT_UNKNOWN)
		eval_put(buf, value->text + 1, value->len - 1);
	else
		eval_put(buf, value->text, value->len);
	buf->unknown = buf->unknown || value->unknown;
	buf->glob = buf->glob || value->glob;
}

void eval_take(struct eval_buf *buf, struct eval_value *out)
{
	if (!grow(buf, 0)) {
		*out = eval_unknown(buf->taint, buf->origin);
		return;
	}
	buf->data[buf->len] = '\0';
	*out = (struct eval_value){
		.text = buf->data,
		.len = buf->len,
		.unknown = buf->unknown,
		.glob = buf->glob,
		.taint = buf->taint,
		.origin = buf->origin,
	};
	if (buf->unknown && !memchr(buf->data, TEXT_UNKNOWN, buf->len)) /* memory ran out on the way */
		*out = eval_unknown(buf->taint, buf->origin);
}
