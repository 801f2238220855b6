#include "config.h"

/* Answers of the daemon that are shown as they come: JSON to lines for people. */

#include "client/output.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#define VALUE_MAX 400

static void put_value(struct text *out, const cJSON *item)
{
	char number[40];

	if (cJSON_IsString(item)) {
		text_put_printable(out, item->valuestring, strlen(item->valuestring), VALUE_MAX);
	} else if (cJSON_IsNumber(item)) {
		snprintf(number, sizeof(number), "%.15g", item->valuedouble);
		text_puts(out, number);
	} else {
		text_puts(out, cJSON_IsTrue(item) ? "yes" : cJSON_IsFalse(item) ? "no" : "-");
	}
}

static void put_object(struct text *out, const cJSON *object, unsigned depth)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, object) {
		if (depth == 0 && item->string && (strcmp(item->string, "id") == 0 || strcmp(item->string, "ok") == 0))
			continue;
		for (unsigned i = 0; i < depth; i++)
			text_puts(out, "  ");
		text_puts(out, item->string ? item->string : "-");
		if (item->string)
			text_putc(out, ':');
		if (cJSON_IsObject(item) || cJSON_IsArray(item)) {
			text_putc(out, '\n');
			put_object(out, item, depth + 1);
			continue;
		}
		text_putc(out, ' ');
		put_value(out, item);
		text_putc(out, '\n');
	}
}

void output_object(struct text *out, const char *json, size_t len)
{
	struct json_document document;
	struct json_error error;

	if (json_parse(out->arena, json, len, &document, &error) < 0)
		return;
	put_object(out, document.root, 0);
}

static void put_log_row(struct text *out, const cJSON *row, bool color)
{
	static const char *const columns[] = { "request", "time", "agent", "rule", "command" };
	const cJSON *verdict = cJSON_GetObjectItemCaseSensitive(row, "verdict");
	bool denied = cJSON_IsString(verdict) && strcmp(verdict->valuestring, "deny") == 0;

	if (cJSON_IsString(verdict)) {
		if (color && denied)
			text_puts(out, "\033[1;31m");
		text_puts(out, verdict->valuestring);
		if (color && denied)
			text_puts(out, "\033[0m");
	}
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
		const cJSON *item = cJSON_GetObjectItemCaseSensitive(row, columns[i]);

		if (!item || cJSON_IsNull(item))
			continue;
		text_puts(out, "  ");
		put_value(out, item);
	}
	text_putc(out, '\n');
}

void output_log(struct text *out, const char *json, size_t len, bool color)
{
	struct json_document document;
	struct json_error error;
	const cJSON *item, *row;

	if (json_parse(out->arena, json, len, &document, &error) < 0)
		return;
	cJSON_ArrayForEach(item, (const cJSON *)document.root)
		if (cJSON_IsArray(item))
			cJSON_ArrayForEach(row, item)
				put_log_row(out, row, color);
}
