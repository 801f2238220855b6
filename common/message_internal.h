#ifndef TCPBEHAV_MESSAGE_INTERNAL_H
#define TCPBEHAV_MESSAGE_INTERNAL_H

/* What the message*.c share. */

#include "common/message.h"

/* Puts a sentence into the error; format as in printf. Returns -EINVAL. */
int message_fail(struct message_error *error, enum protocol_error code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The same from what json.h found: rc is -EINVAL or -ENOMEM. Returns -EINVAL. */
int message_fail_json(struct message_error *error, int rc, enum protocol_error code, const struct json_error *json);

/* An optional string; NULL where it is absent. 0 or -EINVAL. */
int message_get_string(const struct message *message, const char *key, const char **out, struct message_error *error);

/* The same for an absolute path of at most MESSAGE_PATH_MAX bytes, and for a name (message_name_valid). */
int message_get_path(const struct message *message, const char *key, const char **out, struct message_error *error);
int message_get_name(const struct message *message, const char *key, const char **out, struct message_error *error);

/* "workspace": a path or an array of them. */
int message_get_workspaces(struct arena *arena, const struct message *message, const char *const **out, size_t *n_out,
                           struct message_error *error);

/* "observed": an array of {"path":..,"real":..}; both absolute, at most ANALYSIS_LOOK_MAX of them. */
int message_get_observed(struct arena *arena, const struct message *message, const struct observation **out, size_t *n_out,
                         struct message_error *error);

/* "scripts": an array of {"path":..,"text":.. or "text_b64":..}, at most ANALYSIS_SCRIPTS_MAX of at most ANALYSIS_SCRIPT_BYTES. */
int message_get_scripts(struct arena *arena, const struct message *message, const struct script **out, size_t *n_out,
                        struct message_error *error);

/* "project_files": an array of {"path":..,"text":.. or "text_b64":..}, at most MESSAGE_WORKSPACES_MAX; one that could not be read has
 * no text. How long a text may be is judged later: too long a file is no error of the request. */
int message_get_project_files(struct arena *arena, const struct message *message, const struct script **out, size_t *n_out,
                              struct message_error *error);

/* "key": [..], unless there is none. */
void message_write_paths(struct json_writer *writer, const char *key, const char *const *paths, uint32_t n);

#endif
