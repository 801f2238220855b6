#include "config.h"

/* An agent's behavior for people: what is normal for it, what was not, and the level over time as a small plot. */

#include "client/output.h"
#include "common/behavior.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define BAR_COLUMNS 32
#define PLOT_ROWS 5

static const char *string_of(const struct cJSON *object, const char *key)
{
	struct json_error error;
	const char *text = "";

	json_get_string(object, key, &text, &error);
	return text;
}

static double number_of(const struct cJSON *object, const char *key)
{
	struct json_error error;
	double number = 0;

	json_get_double(object, key, -1e15, 1e15, &number, &error);
	return number;
}

static const struct cJSON *list_of(const struct cJSON *object, const char *key)
{
	const struct cJSON *array = NULL;
	struct json_error error;

	return json_get_array(object, key, &array, &error) == 0 ? json_first(array) : NULL;
}

__attribute__((format(printf, 2, 3))) static void put(struct text *out, const char *format, ...)
{
	char line[256];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	text_puts(out, line);
}

static void put_channels(struct text *out, const struct cJSON *root)
{
	text_puts(out, "\nhow rare it is (score 0..255: 51 points for ten times rarer among clean agents)\n");
	for (const struct cJSON *c = list_of(root, "channels"); c; c = json_next(c)) {
		int score = (int)number_of(c, "score"), columns = score * BAR_COLUMNS / 255;

		put(out, "  %-10.20s %6.1f nats  %3d  %.*s\n", string_of(c, "channel"), number_of(c, "value"), score, columns,
		    "################################");
	}
}

static void put_tools(struct text *out, const struct cJSON *root)
{
	double learned = number_of(root, "learned");

	text_puts(out, "\nwhat is normal: its tools, of all that it learned, and about so much on day 0\n");
	for (const struct cJSON *tool = list_of(root, "tools"); tool; tool = json_next(tool))
		put(out, "  %-24.60s %5.1f %%  %6.0f  %6.0f\n", string_of(tool, "tool"), learned > 0 ? 100 * number_of(tool, "learned") / learned : 0,
		    number_of(tool, "learned"), number_of(tool, "day0_about"));
}

/* A column for each window of 100 events, newest at the right. */
static void put_plot(struct text *out, const struct cJSON *root)
{
	static const struct { int least; const char *name; } rows[PLOT_ROWS] = {
		{ BEHAVIOR_ALARM, "alarm" }, { BEHAVIOR_SUSPICIOUS, "suspicious" }, { BEHAVIOR_UNUSUAL, "unusual" }, { 64, "" }, { 1, "" },
	};

	text_puts(out, "\nhighest score of its last windows of 100 events, newest at the right\n");
	for (size_t row = 0; row < PLOT_ROWS; row++) {
		struct json_error error;
		const struct cJSON *history = NULL;

		put(out, "  %-10s |", rows[row].name);
		json_get_array(root, "history", &history, &error);
		for (const struct cJSON *item = history ? json_first(history) : NULL; item; item = json_next(item))
			text_puts(out, json_as_number(item) >= rows[row].least ? "#" : " ");
		text_puts(out, "|\n");
	}
}

void output_behavior(struct text *out, const char *json, size_t len)
{
	struct json_document document;
	struct json_error error;
	const struct cJSON *root;

	if (json_parse(out->arena, json, len, &document, &error) < 0)
		return;
	root = document.root;
	put(out, "agent %.128s, role %.128s: %.20s%s\n", string_of(root, "agent"), *string_of(root, "role") ? string_of(root, "role") : "not given",
	    string_of(root, "level"), json_is_true(json_member(root, "enforced")) ? "" : " (only observed: verdicts do not hang on it)");
	put(out, "%.0f events, %.0f of them learned, confidence %.2f; %s; %.0f alarms; windows of 100: %.0f not learned, %.0f leaked in\n",
	    number_of(root, "events"), number_of(root, "learned"), number_of(root, "confidence"),
	    json_is_true(json_member(root, "settled")) ? "day 0 is kept" : "too young for alarms from its own past", number_of(root, "alarms"),
	    number_of(root, "windows_rejected"), number_of(root, "windows_leaked"));
	put_channels(out, root);
	put_plot(out, root);
	put_tools(out, root);
	if (*string_of(root, "population"))
		put(out, "\nheld against: %.64s\n", string_of(root, "population"));
	else
		text_puts(out, "\nheld against nobody: no population is installed (tcpctl population build makes one)\n");
}
