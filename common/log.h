#ifndef TCPBEHAV_LOG_H
#define TCPBEHAV_LOG_H

/* One line a message: level, tag (the part of the program), text. Where lines go is the sink's business: standard error
 * unless log_set_sink() says otherwise. Set up once, before other threads start; the writing functions are thread safe
 * as far as the sink is. Control characters in a message are replaced, so a message is always one line. */

#include <stddef.h>

/* LOG_LEVEL(ID, "name", journal priority) */
#define LOG_LEVELS(X)                                                                                                 \
	X(ERROR, "error", 3)                                                                                          \
	X(WARNING, "warning", 4)                                                                                      \
	X(NOTICE, "notice", 5)                                                                                        \
	X(INFO, "info", 6)                                                                                            \
	X(DEBUG, "debug", 7)

enum log_level {
#define LOG_LEVEL(ID, name, priority) LOG_LEVEL_##ID,
	LOG_LEVELS(LOG_LEVEL)
#undef LOG_LEVEL
	LOG_LEVEL_COUNT
};

#define LOG_LINE_MAX ((size_t)1024) /* bytes of a finished line with its newline; longer ones are cut and end in "..." */

/* How a line starts: "program: warning: tag: " for people, "<4>tag: " for the journal. */
enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JOURNAL };

/* Takes one finished line (len bytes, with its newline); must not log and must not block for long. */
typedef void log_sink_fn(void *context, const char *line, size_t len);

/* The program's name for LOG_FORMAT_TEXT; must outlive all logging. */
void log_init(const char *program, enum log_format format);

/* LOG_FORMAT_JOURNAL when standard error leads to the journal ($JOURNAL_STREAM), else LOG_FORMAT_TEXT. */
enum log_format log_format_of_stderr(void);

/* Messages of a higher number than level are dropped. */
void log_set_level(enum log_level level);

/* The level of that name, or -1. */
int log_level_from_name(const char *name);

/* NULL: back to standard error. */
void log_set_sink(log_sink_fn *sink, void *context);

/* Writes one message; the message must not end in a newline. */
void log_write(enum log_level level, const char *tag, const char *format, ...) __attribute__((format(printf, 3, 4)));

#define log_error(tag, ...) log_write(LOG_LEVEL_ERROR, tag, __VA_ARGS__)
#define log_warn(tag, ...) log_write(LOG_LEVEL_WARNING, tag, __VA_ARGS__)
#define log_notice(tag, ...) log_write(LOG_LEVEL_NOTICE, tag, __VA_ARGS__)
#define log_info(tag, ...) log_write(LOG_LEVEL_INFO, tag, __VA_ARGS__)
#define log_debug(tag, ...) log_write(LOG_LEVEL_DEBUG, tag, __VA_ARGS__)

#endif
