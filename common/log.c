#include "config.h"

#include "common/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct log_row {
	const char *name;
	int priority;
};

static const struct log_row rows[LOG_LEVEL_COUNT] = {
#define LOG_LEVEL(ID, name, priority) [LOG_LEVEL_##ID] = { name, priority },
	LOG_LEVELS(LOG_LEVEL)
#undef LOG_LEVEL
};

static const char *log_program = "tcpbehavd";
static enum log_format log_format = LOG_FORMAT_TEXT;
static enum log_level log_level = LOG_LEVEL_INFO;
static log_sink_fn *log_sink;
static void *log_sink_context;

void log_init(const char *program, enum log_format format)
{
	log_program = program;
	log_format = format;
}

enum log_format log_format_of_stderr(void)
{
	unsigned long long device, inode;
	struct stat st;
	const char *stream = getenv("JOURNAL_STREAM");

	if (!stream || sscanf(stream, "%llu:%llu", &device, &inode) != 2 || fstat(STDERR_FILENO, &st) < 0)
		return LOG_FORMAT_TEXT;
	return (unsigned long long)st.st_dev == device && (unsigned long long)st.st_ino == inode ? LOG_FORMAT_JOURNAL
	                                                                                         : LOG_FORMAT_TEXT;
}

void log_set_level(enum log_level level)
{
	log_level = level;
}

int log_level_from_name(const char *name)
{
	for (int i = 0; i < LOG_LEVEL_COUNT; i++)
		if (strcmp(rows[i].name, name) == 0)
			return i;
	return -1;
}

void log_set_sink(log_sink_fn *sink, void *context)
{
	log_sink = sink;
	log_sink_context = context;
}

/* Ends the line that snprintf wanted to be of `wanted` bytes: cut if need be, printable, one newline. */
static size_t log_finish_line(char *line, size_t wanted)
{
	size_t len = wanted;

	if (len > LOG_LINE_MAX - 2) {
		len = LOG_LINE_MAX - 2;
		memcpy(line + len - 3, "...", 3);
	}
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = '?';
	line[len++] = '\n';
	return len;
}

void log_write(enum log_level level, const char *tag, const char *format, ...)
{
	char line[LOG_LINE_MAX];
	int head, body, saved = errno;
	va_list args;

	if (level > log_level)
		return;
	if (log_format == LOG_FORMAT_JOURNAL)
		head = snprintf(line, sizeof(line), "<%d>%s: ", rows[level].priority, tag);
	else
		head = snprintf(line, sizeof(line), "%s: %s: %s: ", log_program, rows[level].name, tag);
	if (head < 0 || (size_t)head >= sizeof(line))
		return;
	va_start(args, format);
	body = vsnprintf(line + head, sizeof(line) - (size_t)head, format, args);
	va_end(args);
	if (body < 0)
		return;
	size_t len = log_finish_line(line, (size_t)head + (size_t)body);
	if (log_sink)
		log_sink(log_sink_context, line, len);
	else if (write(STDERR_FILENO, line, len) < 0)
		errno = saved; /* nowhere left to complain */
	errno = saved;
}
