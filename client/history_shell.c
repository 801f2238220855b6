#include "config.h"
#include "client/history_internal.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Histories of shells. bash: a line a command, or, with times, "#1700000000" before each entry of any number of lines. zsh:
 * ": 1700000000:0;command", a newline in it behind a backslash. fish: "- cmd: command" and lines that belong to it. */

#define ENTRY_MAX (ANALYSIS_LENGTH_MAX + 2) /* what is longer is cut there: it asks in any case */

/* Adds to the open entry, behind a newline when it has a line already. */
static int entry_add(struct history_reader *reader, const char *line, size_t len)
{
	struct history *history = reader->history;
	char *bigger;

	if (memchr(line, '\0', len)) {
		history->entry_open = false;
		return json_fail(reader->error, "it holds a NUL");
	}
	if (!history->entry_open) {
		history->entry_open = true;
		history->entry_len = 0;
		history->entry_line = history->line;
	} else if (history->entry_len < ENTRY_MAX) {
		history->entry[history->entry_len++] = '\n';
	}
	if (len > ENTRY_MAX - history->entry_len)
		len = ENTRY_MAX - history->entry_len;
	bigger = realloc(history->entry, history->entry_len + len + 2);
	if (!bigger) {
		history->entry_open = false;
		return -ENOMEM;
	}
	history->entry = bigger;
	memcpy(history->entry + history->entry_len, line, len);
	history->entry_len += len;
	return 0;
}

int history_end_entry(struct history_reader *reader)
{
	struct history *history = reader->history;
	struct history_event *event;
	char *command;

	if (!history->entry_open)
		return 0;
	history->entry_open = false;
	while (history->entry_len && isspace((unsigned char)history->entry[history->entry_len - 1]))
		history->entry_len--;
	if (!history->entry_len)
		return 0;
	command = arena_dup(reader->arena, history->entry, history->entry_len);
	event = command ? history_add(reader, HISTORY_CALL) : NULL;
	if (!event)
		return -ENOMEM;
	event->line = history->entry_line;
	event->request.command = command;
	event->request.command_len = history->entry_len;
	event->request.too_long = history->entry_len > ANALYSIS_LENGTH_MAX;
	event->request.dialect = history->format == HISTORY_ZSH ? SHELL_ZSH : SHELL_BASH;
	return 0;
}

static size_t digits(const char *line, size_t len)
{
	size_t n = 0;

	while (n < len && isdigit((unsigned char)line[n]))
		n++;
	return n;
}

/* --- bash --- */

static bool is_time(const char *line, size_t len)
{
	return len > 1 && *line == '#' && digits(line + 1, len - 1) == len - 1;
}

static int read_bash(struct history_reader *reader, const char *line, size_t len)
{
	int rc;

	if (is_time(line, len)) {
		reader->history->timed = true;
		return history_end_entry(reader);
	}
	rc = entry_add(reader, line, len);
	return rc < 0 || reader->history->timed ? rc : history_end_entry(reader);
}

/* --- zsh --- */

/* Bytes of ": 1700000000:0;"; 0: it does not begin so. */
static size_t zsh_head(const char *line, size_t len)
{
	size_t at = 2, n;

	if (len < 6 || line[0] != ':' || line[1] != ' ')
		return 0;
	while (at < len && line[at] == ' ')
		at++;
	n = digits(line + at, len - at);
	if (!n || (at += n) >= len || line[at++] != ':')
		return 0;
	n = digits(line + at, len - at);
	at += n;
	return n && at < len && line[at] == ';' ? at + 1 : 0;
}

/* zsh keeps some bytes as 0x83 and the byte with bit 5 turned. */
static size_t unmetafy(char *to, const char *line, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		to[n++] = line[i] == '\x83' && i + 1 < len ? (char)(line[++i] ^ 32) : line[i];
	return n;
}

static int read_zsh(struct history_reader *reader, const char *line, size_t len)
{
	size_t head = reader->history->entry_open ? 0 : zsh_head(line, len);
	char *text = arena_alloc(reader->arena, len + 1);
	bool goes_on;
	int rc;

	if (!text)
		return -ENOMEM;
	len = unmetafy(text, line + head, len - head);
	goes_on = len && text[len - 1] == '\\';
	rc = entry_add(reader, text, len - goes_on);
	return rc < 0 || goes_on ? rc : history_end_entry(reader);
}

/* --- fish --- */

#define FISH_HEAD "- cmd: "
#define FISH_HEAD_BYTES (sizeof(FISH_HEAD) - 1)

static int read_fish(struct history_reader *reader, const char *line, size_t len)
{
	char *text;
	size_t n = 0;
	int rc;

	if (len < FISH_HEAD_BYTES || memcmp(line, FISH_HEAD, FISH_HEAD_BYTES) != 0)
		return 0; /* when, paths */
	text = arena_alloc(reader->arena, len);
	if (!text)
		return -ENOMEM;
	for (size_t i = FISH_HEAD_BYTES; i < len; i++) {
		bool escape = line[i] == '\\' && i + 1 < len && (line[i + 1] == 'n' || line[i + 1] == '\\');

		i += escape;
		text[n++] = escape && line[i] == 'n' ? '\n' : line[i];
	}
	rc = entry_add(reader, text, n);
	return rc < 0 ? rc : history_end_entry(reader);
}

int history_read_shell(struct history_reader *reader, const char *line, size_t len)
{
	struct history *history = reader->history;

	if (len && line[len - 1] == '\r')
		len--;
	if (history->format == HISTORY_SHELL && !history->timed && zsh_head(line, len))
		history->format = HISTORY_ZSH;
	else if (history->format == HISTORY_SHELL && len >= FISH_HEAD_BYTES && memcmp(line, FISH_HEAD, FISH_HEAD_BYTES) == 0)
		history->format = HISTORY_FISH;
	if (history->format == HISTORY_FISH)
		return read_fish(reader, line, len);
	return history->format == HISTORY_ZSH ? read_zsh(reader, line, len) : read_bash(reader, line, len);
}
