#include "config.h"
#include "common/json_scan.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool has_type(const cJSON *item, int types)
{
	return item && (item->type & types) != 0;
}

/* Most keys differ in their first byte: no call for those. */
static inline bool same_key(const char *a, const char *b)
{
	return a[0] == b[0] && strcmp(a, b) == 0;
}

/* --- the same key twice: two readers would see two different requests --- */

#define FEW_KEYS 16

static int compare_keys(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static size_t collect_keys(const cJSON *object, const char **keys, size_t max)
{
	size_t n = 0;

	for (const cJSON *item = object->child; item; item = item->next) {
		if (n < max)
			keys[n] = item->string;
		n++;
	}
	return n;
}

static const char *twice_among(const char **keys, size_t n)
{
	qsort(keys, n, sizeof(*keys), compare_keys);
	for (size_t i = 1; i < n; i++)
		if (strcmp(keys[i - 1], keys[i]) == 0)
			return keys[i];
	return NULL;
}

/* 0, or 1 with the key, or -ENOMEM. */
static int key_twice(struct arena *arena, const cJSON *object, const char **key)
{
	const char *few[FEW_KEYS];
	const char **many;
	size_t n = collect_keys(object, few, FEW_KEYS);

	if (n <= FEW_KEYS) {
		for (size_t i = 1; i < n; i++)
			for (size_t j = 0; j < i; j++)
				if (same_key(few[i], few[j])) {
					*key = few[i];
					return 1;
				}
		return 0;
	}
	many = arena_alloc(arena, n * sizeof(*many));
	if (!many)
		return -ENOMEM;
	*key = twice_among(many, collect_keys(object, many, n));
	return *key ? 1 : 0;
}

static int check_keys(struct arena *arena, const cJSON *value, struct json_error *error)
{
	const char *key = NULL;
	int rc = json_is_object(value) ? key_twice(arena, value, &key) : 0;

	if (rc > 0) {
		struct text text;
		char shown[64];
		text_init_fixed(&text, shown, sizeof(shown));
		text_put_printable(&text, key, strlen(key), 40);
		text_end(&text);
		return json_fail(error, "the key \"%s\" stands twice in one object", shown);
	}
	for (const cJSON *item = value->child; rc == 0 && item; item = item->next)
		if (item->child)
			rc = check_keys(arena, item, error);
	return rc;
}

/* --- parsing --- */

int json_parse(struct arena *arena, const char *text, size_t len, struct json_document *document, struct json_error *error)
{
	struct json_scan scan;
	bool good;

	memset(document, 0, sizeof(*document));
	good = json_scan_tree(&scan, text, len, arena, &document->root);
	if (scan.id_end) {
		document->id = text + scan.id_start;
		document->id_len = scan.id_end - scan.id_start;
	}
	if (good)
		return check_keys(arena, document->root, error);
	document->root = NULL;
	if (!scan.what)
		return -ENOMEM;
	error->byte = scan.at;
	snprintf(error->what, sizeof(error->what), "%s", scan.what);
	return -EINVAL;
}

unsigned json_line(const char *text, size_t len, size_t byte)
{
	unsigned line = 1;

	for (size_t i = 0; i < len && i < byte; i++)
		line += text[i] == '\n';
	return line;
}

int json_fail(struct json_error *error, const char *format, ...)
{
	va_list arguments;

	error->byte = JSON_NOWHERE;
	va_start(arguments, format);
	vsnprintf(error->what, sizeof(error->what), format, arguments);
	va_end(arguments);
	text_make_printable(error->what);
	return -EINVAL;
}

/* --- typed fields --- */

/* The member, or NULL when it is absent or null. */
static const cJSON *member(const cJSON *object, const char *key)
{
	const cJSON *item = json_is_object(object) ? object->child : NULL;

	while (item && !same_key(item->string, key))
		item = item->next;
	return has_type(item, cJSON_NULL) ? NULL : item;
}

int json_get_string(const cJSON *object, const char *key, const char **out, struct json_error *error)
{
	const cJSON *item = member(object, key);

	if (!item)
		return JSON_ABSENT;
	if (!json_is_string(item))
		return json_fail(error, "\"%s\" must be a string", key);
	*out = item->valuestring;
	return 0;
}

int json_get_bool(const cJSON *object, const char *key, bool *out, struct json_error *error)
{
	const cJSON *item = member(object, key);

	if (!item)
		return JSON_ABSENT;
	if (!json_is_bool(item))
		return json_fail(error, "\"%s\" must be true or false", key);
	*out = json_is_true(item);
	return 0;
}

static bool is_whole(const cJSON *item, double max)
{
	return has_type(item, cJSON_Number) && item->valuedouble >= 0 && item->valuedouble <= max &&
	       (double)(uint64_t)item->valuedouble >= item->valuedouble;
}

int json_get_u32(const cJSON *object, const char *key, uint32_t max, uint32_t *out, struct json_error *error)
{
	const cJSON *item = member(object, key);

	if (!item)
		return JSON_ABSENT;
	if (!is_whole(item, max))
		return json_fail(error, "\"%s\" must be a whole number from 0 to %u", key, max);
	*out = (uint32_t)item->valuedouble;
	return 0;
}

int json_get_double(const cJSON *object, const char *key, double min, double max, double *out, struct json_error *error)
{
	const cJSON *item = member(object, key);

	if (!item)
		return JSON_ABSENT;
	if (!(item->type & cJSON_Number) || !(item->valuedouble >= min && item->valuedouble <= max))
		return json_fail(error, "\"%s\" must be a number from %g to %g", key, min, max);
	*out = item->valuedouble;
	return 0;
}

static bool parse_u64(const char *s, uint64_t *out)
{
	uint64_t number = 0;

	if (!*s)
		return false;
	for (; *s; s++) {
		if (*s < '0' || *s > '9' || __builtin_mul_overflow(number, UINT64_C(10), &number) ||
		    __builtin_add_overflow(number, (uint64_t)(*s - '0'), &number))
			return false;
	}
	*out = number;
	return true;
}

int json_get_u64(const cJSON *object, const char *key, uint64_t *out, struct json_error *error)
{
	const cJSON *item = member(object, key);

	if (!item)
		return JSON_ABSENT;
	if (is_whole(item, 9007199254740992.0)) {
		*out = (uint64_t)item->valuedouble;
		return 0;
	}
	if (!json_is_string(item) || !parse_u64(item->valuestring, out))
		return json_fail(error, "\"%s\" must be a number, or its digits as a string", key);
	return 0;
}

int json_get_object(const cJSON *object, const char *key, const cJSON **out, struct json_error *error)
{
	const cJSON *item = member(object, key);

	if (!item)
		return JSON_ABSENT;
	if (!json_is_object(item))
		return json_fail(error, "\"%s\" must be an object", key);
	*out = item;
	return 0;
}

int json_get_array(const cJSON *object, const char *key, const cJSON **out, struct json_error *error)
{
	const cJSON *item = member(object, key);

	if (!item)
		return JSON_ABSENT;
	if (!json_is_array(item))
		return json_fail(error, "\"%s\" must be an array", key);
	*out = item;
	return 0;
}

int json_get_strings(struct arena *arena, const cJSON *object, const char *key, const char *const **out, size_t *n_out,
                     struct json_error *error)
{
	const cJSON *item = member(object, key);
	const cJSON *first = json_is_array(item) ? item->child : item;
	size_t n = 0;
	const char **strings;

	if (!item)
		return JSON_ABSENT;
	for (const cJSON *element = first; element; element = first == item ? NULL : element->next) {
		if (!json_is_string(element))
			return json_fail(error, "\"%s\" must be a string or an array of strings", key);
		n++;
	}
	strings = arena_alloc(arena, n * sizeof(*strings));
	if (!strings)
		return -ENOMEM;
	*out = strings;
	*n_out = n;
	for (; n > 0; n--, first = first->next)
		*strings++ = first->valuestring;
	return 0;
}

const cJSON *json_first(const cJSON *parent)
{
	return parent->child;
}

const cJSON *json_next(const cJSON *item)
{
	return item->next;
}

const char *json_key_of(const cJSON *item)
{
	return item->string;
}

bool json_is_object(const cJSON *item)
{
	return has_type(item, cJSON_Object);
}

bool json_is_array(const cJSON *item)
{
	return has_type(item, cJSON_Array);
}

bool json_is_string(const cJSON *item)
{
	return has_type(item, cJSON_String);
}

bool json_is_bool(const cJSON *item)
{
	return has_type(item, cJSON_True | cJSON_False);
}

bool json_is_true(const cJSON *item)
{
	return has_type(item, cJSON_True);
}

const cJSON *json_member(const cJSON *object, const char *key)
{
	return member(object, key);
}

double json_as_number(const cJSON *item)
{
	return item && (item->type & cJSON_Number) ? item->valuedouble : 0;
}

const char *json_as_string(const cJSON *item)
{
	return json_is_string(item) ? item->valuestring : NULL;
}

static bool is_among(const char *key, const char *const *keys, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(keys[i], key) == 0)
			return true;
	return false;
}

int json_only_keys(const cJSON *object, const char *const *keys, size_t n, struct json_error *error)
{
	char shown[64];
	struct text text;

	for (const cJSON *item = object->child; item; item = item->next) {
		if (is_among(item->string, keys, n))
			continue;
		text_init_fixed(&text, shown, sizeof(shown));
		text_put_printable(&text, item->string, strlen(item->string), 40);
		text_end(&text);
		json_fail(error, "unknown key \"%s\"; there are: ", shown);
		text_init_fixed(&text, error->what + strlen(error->what), sizeof(error->what) - 1 - strlen(error->what));
		for (size_t i = 0; i < n; i++) {
			text_puts(&text, i ? ", " : "");
			text_puts(&text, keys[i]);
		}
		text.data[text.len] = '\0';
		return -EINVAL;
	}
	return 0;
}
