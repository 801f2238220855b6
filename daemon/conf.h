#ifndef TCPBEHAV_CONF_H
#define TCPBEHAV_CONF_H

/* The daemon's settings. One row of conf.def is one field, one key, one line of --print-config and of the manual. */

#include "common/log.h"
#include "common/protocol.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#define CONF_TEXT_MAX 1024 /* bytes of a string with its NUL */
#define CONF_FILE_DEFAULT TCPBEHAV_SYSCONFDIR "/tcpbehavd.json"

enum conf_behavior { CONF_BEHAVIOR_OBSERVE, CONF_BEHAVIOR_ENFORCE, CONF_BEHAVIOR_OFF };
enum conf_mode { CONF_MODE_AUTO, CONF_MODE_GUARDING, CONF_MODE_ADVISORY };

struct conf {
#define TEXT(field, key, value, help) char field[CONF_TEXT_MAX];
#define PATH(field, key, value, help) char field[CONF_TEXT_MAX];
#define CHOICE(field, key, value, words, help) int field;
#define MODE(field, key, value, help) mode_t field;
#define NUMBER(field, key, value, min, max, unit, help) int64_t field;
#define SIZE(field, key, value, min, max, help) size_t field;
#define WORDS(field, key, value, help) char field[CONF_TEXT_MAX];
#include "daemon/conf.def"
};

/* Every field at its default. */
void conf_defaults(struct conf *conf);

/* Reads the JSON file at path over what conf holds. 0, or -errno with a sentence in why (file, line, what, remedy); conf
 * is then as it was. */
int conf_read(struct conf *conf, const char *path, char *why, size_t why_size);

/* The same for text that is already in memory; name stands for the file in errors. */
int conf_parse(struct conf *conf, const char *name, const char *text, size_t len, char *why, size_t why_size);

/* A regular file of at most max_bytes as one piece of text with a NUL behind it, to be freed by the caller. 0, or -errno with
 * a sentence in why. */
int conf_load_file(const char *path, size_t max_bytes, char **text_out, size_t *len_out, char *why, size_t why_size);

/* Writes all settings as JSON that conf_read() accepts. */
void conf_print(const struct conf *conf, FILE *file);

/* Calls fn for each row: its dotted key ("limits.connections"), unit and help; for the manual's test. */
void conf_each(void (*fn)(void *context, const char *key, const char *unit, const char *help), void *context);

#endif
