#include "config.h"
#include "common/json_scan.h"
#include "common/knowledge_read.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool reader_stopped(const struct reader *reader)
{
	return reader->error || reader->problems >= KNOWLEDGE_PROBLEMS_MAX;
}

void reader_problem(struct reader *reader, unsigned line, const char *format, ...)
{
	char what[512];
	va_list args;

	if (reader->quiet || reader_stopped(reader))
		return;
	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	reader->problems++;
	reader->report(reader->data, reader->file, line, what);
}

enum { NEAR_LEN_MAX = 31 };

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Edits that make b of a; as good as infinite for long words. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[NEAR_LEN_MAX + 1];
	size_t n = strlen(b);

	if (strlen(a) > NEAR_LEN_MAX || n > NEAR_LEN_MAX)
		return NEAR_LEN_MAX;
	for (unsigned j = 0; j <= n; j++)
		row[j] = j;
	for (unsigned i = 1; a[i - 1]; i++) {
		unsigned diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			unsigned above = row[j];
			row[j] = least(least(above, row[j - 1]) + 1, diagonal + (a[i - 1] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[n];
}

void reader_unknown(struct reader *reader, unsigned line, const char *what, const char *name,
                    const char *(*name_of)(unsigned i), unsigned n)
{
	const char *nearest = NULL;
	unsigned best = NEAR_LEN_MAX;

	for (unsigned i = 0; i < n; i++) {
		const char *candidate = name_of(i);
		unsigned edits = candidate ? distance(name, candidate) : NEAR_LEN_MAX;
		if (edits < best) {
			best = edits;
			nearest = candidate;
		}
	}
	if (nearest && best <= 1 + strlen(name) / 3)
		reader_problem(reader, line, "unknown %s \"%.60s\"; did you mean \"%s\"?", what, name, nearest);
	else
		reader_problem(reader, line, "unknown %s \"%.60s\"; etc/tools.schema.json lists what there is", what, name);
}

/* --- lines: cJSON has none, so the accepted text is walked beside the tree --- */

struct cursor {
	const char *at;
	const char *end;
	unsigned line;
};

/* Blanks and separators. */
static void skip_between(struct cursor *cursor)
{
	for (; cursor->at < cursor->end && (*cursor->at <= ' ' || *cursor->at == ',' || *cursor->at == ':'); cursor->at++)
		cursor->line += *cursor->at == '\n';
}

static void skip_string(struct cursor *cursor)
{
	for (cursor->at++; cursor->at < cursor->end && *cursor->at != '"'; cursor->at++) {
		cursor->line += *cursor->at == '\n';
		if (*cursor->at == '\\')
			cursor->at++;
	}
	cursor->at++;
}

/* Puts the line of item and of all below it into their valueint, which cJSON itself uses for nothing but numbers, of
 * which only valuedouble is read here. Nesting is bounded by json_scan(). */
static void locate(cJSON *item, struct cursor *cursor)
{
	skip_between(cursor);
	item->valueint = (int)cursor->line;
	if (cJSON_IsObject(item) || cJSON_IsArray(item)) {
		cursor->at++;
		for (cJSON *child = item->child; child; child = child->next) {
			skip_between(cursor);
			if (cJSON_IsObject(item))
				skip_string(cursor);
			locate(child, cursor);
		}
		skip_between(cursor);
		cursor->at++;
	} else if (cJSON_IsString(item)) {
		skip_string(cursor);
	} else {
		while (cursor->at < cursor->end && !strchr(",]} \t\r\n", *cursor->at))
			cursor->at++;
	}
}

cJSON *source_parse(struct reader *reader, const char *text, size_t len)
{
	struct cursor cursor = { text, text + len, 1 };
	struct json_scan scan;
	cJSON *json;

	if (!json_scan(&scan, text, len)) {
		reader_problem(reader, json_line(text, len, scan.at), "byte %zu: %s", scan.at, scan.what);
		return NULL;
	}
	json = cJSON_ParseWithLengthOpts(text, len, NULL, false);
	if (json)
		locate(json, &cursor);
	else
		reader->error = -ENOMEM;
	return json;
}

/* --- keys and types --- */

static bool all_children(const cJSON *list, cJSON_bool (*is)(const cJSON *item))
{
	const cJSON *child;

	if (!cJSON_IsArray(list))
		return false;
	cJSON_ArrayForEach(child, list)
		if (!is(child))
			return false;
	return true;
}

static bool has_shape(const cJSON *item, enum source_shape shape)
{
	switch (shape) {
	case SHAPE_STRING:
		return cJSON_IsString(item);
	case SHAPE_STRINGS:
		return all_children(item, cJSON_IsString);
	case SHAPE_BOOL:
		return cJSON_IsBool(item);
	case SHAPE_NUMBER:
		return cJSON_IsNumber(item);
	case SHAPE_OBJECT:
		return cJSON_IsObject(item);
	case SHAPE_OBJECTS:
		return all_children(item, cJSON_IsObject);
	}
	return false;
}

static const char *const shape_names[] = {
	[SHAPE_STRING] = "a string", [SHAPE_STRINGS] = "a list of strings", [SHAPE_BOOL] = "true or false",
	[SHAPE_NUMBER] = "a number", [SHAPE_OBJECT] = "an object",          [SHAPE_OBJECTS] = "a list of objects",
};

static const struct source_key *find_key(const struct source_key *keys, const char *name)
{
	while (keys->name && strcmp(keys->name, name) != 0)
		keys++;
	return keys->name ? keys : NULL;
}

static void unknown_key(struct reader *reader, const cJSON *item, const struct source_key *keys, const char *what)
{
	const char *nearest = NULL;
	unsigned best = NEAR_LEN_MAX;

	for (; keys->name; keys++) {
		unsigned edits = distance(item->string, keys->name);
		if (edits < best) {
			best = edits;
			nearest = keys->name;
		}
	}
	if (best <= 2)
		reader_problem(reader, source_line(item), "%s: unknown key \"%.60s\"; did you mean \"%s\"?", what, item->string, nearest);
	else
		reader_problem(reader, source_line(item), "%s: unknown key \"%.60s\"; remove it (etc/tools.schema.json lists the keys)",
		               what, item->string);
}

void source_check(struct reader *reader, const cJSON *object, const struct source_key *keys, const char *what)
{
	uint64_t seen = 0;
	const cJSON *item;

	cJSON_ArrayForEach(item, object) {
		const struct source_key *key = find_key(keys, item->string);
		uint64_t bit = key ? UINT64_C(1) << (key - keys) : 0;
		if (reader_stopped(reader))
			return;
		if (!key)
			unknown_key(reader, item, keys, what);
		else if (seen & bit)
			reader_problem(reader, source_line(item), "%s: \"%s\" is there twice; keep one", what, key->name);
		else if (!has_shape(item, key->shape))
			reader_problem(reader, source_line(item), "%s: \"%s\" must be %s", what, key->name, shape_names[key->shape]);
		seen |= bit;
	}
	for (const struct source_key *key = keys; key->name; key++)
		if (key->required && !(seen & UINT64_C(1) << (key - keys)))
			reader_problem(reader, source_line(object), "%s: \"%s\" is missing; add it (%s)", what, key->name,
			               shape_names[key->shape]);
}

const cJSON *source_get(const cJSON *object, const char *name, enum source_shape shape)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

	return item && has_shape(item, shape) ? item : NULL;
}

const char *source_string(const cJSON *object, const char *name)
{
	const cJSON *item = source_get(object, name, SHAPE_STRING);

	return item ? item->valuestring : NULL;
}

bool source_bool(const cJSON *object, const char *name, bool otherwise)
{
	const cJSON *item = source_get(object, name, SHAPE_BOOL);

	return item ? cJSON_IsTrue(item) : otherwise;
}

uint32_t source_number(struct reader *reader, const cJSON *object, const char *name, uint32_t otherwise, uint32_t least_value,
                     uint32_t most)
{
	const cJSON *item = source_get(object, name, SHAPE_NUMBER);

	if (!item)
		return otherwise;
	if (item->valuedouble >= least_value && item->valuedouble <= most && (uint32_t)item->valuedouble == item->valuedouble)
		return (uint32_t)item->valuedouble;
	reader_problem(reader, source_line(item), "\"%s\" must be a whole number of %u to %u", name, least_value, most);
	return otherwise;
}
