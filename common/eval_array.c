#include "config.h"
#include "common/eval_internal.h"

#include <stdlib.h>
#include <string.h>

const struct eval_array *eval_get_array(const struct run *run, const char *text, uint32_t len)
{
	const struct eval_name *name = eval_find(run, EVAL_VARIABLE, text, len);

	return name && name->now.state == EVAL_SET ? name->now.array : NULL;
}

enum eval_state_of eval_array_get(struct run *run, const struct eval_array *array, const struct eval_value *key,
                                  struct eval_value *value)
{
	*value = eval_unknown(TAINT_INPUT, NULL);
	if (array->unknown || !eval_is_constant(key) || !run_spend(run, array->n))
		return EVAL_SET;
	if (key->text[0] == '-') { /* counts from the end */
		uint32_t back = (uint32_t)atoi(key->text + 1);

		if (back == 0 || back > array->n)
			return EVAL_SET;
		*value = array->items[array->n - back].value;
		return EVAL_SET;
	}
	for (uint32_t i = 0; i < array->n; i++)
		if (eval_equal(&array->items[i].key, key)) {
			*value = array->items[i].value;
			return EVAL_SET;
		}
	*value = eval_constant("", 0);
	return EVAL_UNSET;
}

static bool is_index(const struct eval_value *key)
{
	return eval_is_constant(key) && key->len > 0 && key->len < 10 && strspn(key->text, "0123456789") == key->len;
}

static struct eval_array *resized(struct run *run, const struct eval_array *old, uint32_t more)
{
	struct eval_array *array = arena_new(run->arena, struct eval_array);
	uint32_t n = old ? old->n : 0;

	if (!array || !run_spend(run, (uint64_t)(n + more) * sizeof(*array->items) / 64) || n + more > EVAL_VALUE_MAX ||
	    !(array->items = arena_alloc(run->arena, (n + more) * sizeof(*array->items)))) {
		run_too_complex(run, 0, "it needs too much memory to follow");
		return NULL;
	}
	if (n)
		memcpy(array->items, old->items, n * sizeof(*array->items));
	array->n = n;
	array->unknown = old && old->unknown;
	return array;
}

/* A variable that was no array keeps its value as element 0. */
static const struct eval_array *as_array(struct run *run, const char *text, uint32_t len)
{
	const struct eval_name *name = eval_find(run, EVAL_VARIABLE, text, len);
	struct eval_array *array;

	if (!name || name->now.state != EVAL_SET || name->now.array)
		return name && name->now.state == EVAL_SET ? name->now.array : NULL;
	array = resized(run, NULL, 1);
	if (array)
		array->items[array->n++] = (struct eval_element){ eval_constant("0", 1), name->now.value };
	return array;
}

static void store(struct run *run, const char *text, uint32_t len, const struct eval_array *array)
{
	struct eval_binding *binding = eval_bind(run, EVAL_VARIABLE, text, len);

	if (!binding)
		return;
	binding->state = EVAL_SET;
	binding->array = array;
	binding->value = eval_unknown(0, NULL);
}

/* Puts an element where its index belongs; keys that are words stay in the order in which they came. */
static void insert(struct eval_array *array, const struct eval_value *key, const struct eval_value *value)
{
	uint32_t at = array->n;

	for (uint32_t i = 0; i < array->n; i++)
		if (eval_equal(&array->items[i].key, key)) {
			array->items[i].value = *value;
			return;
		}
	if (is_index(key))
		while (at > 0 && is_index(&array->items[at - 1].key) && atoi(array->items[at - 1].key.text) > atoi(key->text))
			at--;
	memmove(&array->items[at + 1], &array->items[at], (array->n - at) * sizeof(*array->items));
	array->items[at] = (struct eval_element){ *key, *value };
	array->n++;
}

void eval_array_set(struct run *run, const char *text, uint32_t len, const struct eval_value *key,
                    const struct eval_value *value)
{
	struct eval_array *array = resized(run, as_array(run, text, len), 1);

	if (!array)
		return;
	if (eval_is_constant(key))
		insert(array, key, value);
	else
		array->unknown = true;
	store(run, text, len, array);
}

void eval_array_assign(struct run *run, const char *text, uint32_t len, struct eval_element *items, uint32_t n,
                       bool unknown, bool append)
{
	struct eval_array *array = resized(run, append ? as_array(run, text, len) : NULL, n);
	int next;

	if (!array)
		return;
	next = array->n && is_index(&array->items[array->n - 1].key) ? atoi(array->items[array->n - 1].key.text) + 1 : 0;
	for (uint32_t i = 0; i < n; i++) {
		if (!items[i].key.text)
			items[i].key = eval_number(run, next);
		if (is_index(&items[i].key))
			next = atoi(items[i].key.text) + 1;
		if (!run_spend(run, array->n / 8 + 1))
			unknown = true;
		else
			insert(array, &items[i].key, &items[i].value);
	}
	array->unknown = array->unknown || unknown;
	store(run, text, len, array);
}
