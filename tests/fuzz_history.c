#include "config.h"
#include "client/history.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_at(const struct history *history, const struct history_event *event)
{
	for (; event; event = event->next) {
		if (event->line == 0 || event->line > history->line)
			abort();
		if (event->kind == HISTORY_CALL && !event->request.command == !event->request.tool)
			abort();
		if (event->request.command && memchr(event->request.command, '\0', event->request.command_len))
			abort();
		if ((event->kind == HISTORY_PROMPT || event->kind == HISTORY_OUTPUT) && strlen(event->text) != event->text_len)
			abort();
	}
}

/* Any bytes as a history: what is read is whole, and its lines are those of the file. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *at = (const char *)data, *end = at + size;
	struct history_event *events;
	struct history history;
	struct json_error error;
	struct arena arena;

	if (arena_init(&arena, 65536, (size_t)1 << 26) < 0)
		return 0;
	history_init(&history, false);
	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((newline ? newline : end) - at);

		arena_reset(&arena);
		if (history_read(&history, &arena, at, len, &events, &error) == HISTORY_UNKNOWN && !*history.unknown_type)
			abort();
		look_at(&history, events);
		at += len + 1;
	}
	if (history_end(&history, &arena, &events) == 0)
		look_at(&history, events);
	history_deinit(&history);
	arena_deinit(&arena);
	return 0;
}
