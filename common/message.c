#include "config.h"
#include "common/message_internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* --- errors --- */

int message_fail(struct message_error *error, enum protocol_error code, const char *format, ...)
{
	va_list arguments;

	error->code = code;
	error->retry_after_ms = 0;
	va_start(arguments, format);
	vsnprintf(error->text, sizeof(error->text), format, arguments);
	va_end(arguments);
	text_make_printable(error->text);
	return -EINVAL;
}

int message_fail_json(struct message_error *error, int rc, enum protocol_error code, const struct json_error *json)
{
	if (rc == -ENOMEM)
		return message_fail(error, ERROR_LIMIT, "the request needs more memory than one request may take");
	if (json->byte == JSON_NOWHERE)
		return message_fail(error, code, "%s", json->what);
	return message_fail(error, code, "byte %zu: %s", json->byte, json->what);
}

/* --- fields --- */

bool message_name_valid(const char *name)
{
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:@/+-");

	return len > 0 && len <= MESSAGE_NAME_MAX && name[len] == '\0';
}

int message_get_string(const struct message *message, const char *key, const char **out, struct message_error *error)
{
	struct json_error json;
	int rc;

	*out = NULL;
	rc = json_get_string(message->root, key, out, &json);
	return rc < 0 ? message_fail_json(error, rc, ERROR_BAD_REQUEST, &json) : 0;
}

static int check_path(const char *key, const char *path, struct message_error *error)
{
	if (path[0] != '/')
		return message_fail(error, ERROR_BAD_REQUEST, "\"%s\" must be an absolute path", key);
	if (strlen(path) > MESSAGE_PATH_MAX)
		return message_fail(error, ERROR_BAD_REQUEST, "\"%s\" is longer than %d bytes", key, MESSAGE_PATH_MAX);
	return 0;
}

int message_get_path(const struct message *message, const char *key, const char **out, struct message_error *error)
{
	int rc = message_get_string(message, key, out, error);

	return rc || !*out ? rc : check_path(key, *out, error);
}

int message_get_name(const struct message *message, const char *key, const char **out, struct message_error *error)
{
	int rc = message_get_string(message, key, out, error);

	if (rc == 0 && *out && !message_name_valid(*out))
		return message_fail(error, ERROR_BAD_REQUEST, "\"%s\" must be 1 to %d letters, digits or ._:@/+-", key, MESSAGE_NAME_MAX);
	return rc;
}

int message_get_workspaces(struct arena *arena, const struct message *message, const char *const **out, size_t *n_out,
                           struct message_error *error)
{
	struct json_error json;
	int rc = json_get_strings(arena, message->root, "workspace", out, n_out, &json);

	if (rc == JSON_ABSENT) {
		*n_out = 0;
		return 0;
	}
	if (rc < 0)
		return message_fail_json(error, rc, ERROR_BAD_REQUEST, &json);
	if (*n_out > MESSAGE_WORKSPACES_MAX)
		return message_fail(error, ERROR_BAD_REQUEST, "more than %d workspaces", MESSAGE_WORKSPACES_MAX);
	for (size_t i = 0; rc == 0 && i < *n_out; i++)
		rc = check_path("workspace", (*out)[i], error);
	return rc;
}

static int observation_fail(struct message_error *error)
{
	return message_fail(error, ERROR_BAD_REQUEST,
	                    "\"observed\" must be an array of {\"path\":...,\"real\":...}, both absolute paths of at most %d bytes", MESSAGE_PATH_MAX);
}

static int read_observation(const struct cJSON *item, struct observation *observation, struct message_error *error)
{
	struct json_error json;

	if (!json_is_object(item) || json_get_string(item, "path", &observation->path, &json) ||
	    json_get_string(item, "real", &observation->real, &json) || check_path("path", observation->path, error) < 0 ||
	    check_path("real", observation->real, error) < 0)
		return observation_fail(error);
	return 0;
}

int message_get_observed(struct arena *arena, const struct message *message, const struct observation **out, size_t *n_out,
                         struct message_error *error)
{
	const struct cJSON *array = NULL;
	struct observation *list;
	struct json_error json;
	int rc = json_get_array(message->root, "observed", &array, &json);
	size_t n = 0;

	*n_out = 0;
	if (rc == JSON_ABSENT)
		return 0;
	if (rc < 0)
		return observation_fail(error);
	list = arena_alloc(arena, ANALYSIS_LOOK_MAX * sizeof(*list));
	if (!list)
		return message_fail_json(error, -ENOMEM, ERROR_LIMIT, NULL);
	for (const struct cJSON *item = json_first(array); item; item = json_next(item), n++) {
		if (n == ANALYSIS_LOOK_MAX)
			return message_fail(error, ERROR_BAD_REQUEST, "more than %d paths in \"observed\"", ANALYSIS_LOOK_MAX);
		if (read_observation(item, &list[n], error) < 0)
			return -EINVAL;
	}
	*out = list;
	*n_out = n;
	return 0;
}

/* A list of files with what stands in them. */
struct text_list {
	const char *key;
	size_t max;
	size_t max_bytes; /* of a text */
	bool text_needed;
};

static int text_list_fail(const struct text_list *list, struct message_error *error)
{
	return message_fail(error, ERROR_BAD_REQUEST, "\"%s\" must be a list of at most %zu {\"path\": \"/..\", \"text\": \"..\"} "
	                    "or \"text_b64\", each of at most %zu bytes", list->key, list->max, list->max_bytes);
}

static int read_text(struct arena *arena, const struct text_list *list, const struct cJSON *item, struct script *script,
                     struct message_error *error)
{
	struct json_error json;
	int rc = json_is_object(item) ? json_get_string(item, "path", &script->path, &json) : -EINVAL;

	if (rc != 0 || check_path("path", script->path, error) < 0)
		return text_list_fail(list, error);
	script->text = NULL;
	script->len = 0;
	rc = json_get_string(item, "text", &script->text, &json);
	if (rc == 0)
		script->len = strlen(script->text);
	else if (rc == JSON_ABSENT)
		rc = json_get_base64(arena, item, "text_b64", &script->text, &script->len, &json);
	if (rc == JSON_ABSENT && !list->text_needed)
		rc = 0;
	return rc == 0 && script->len <= list->max_bytes ? 0 : text_list_fail(list, error);
}

static int read_text_list(struct arena *arena, const struct message *message, const struct text_list *list,
                          const struct script **out, size_t *n_out, struct message_error *error)
{
	const struct cJSON *array = NULL;
	struct script *scripts;
	struct json_error json;
	int rc = json_get_array(message->root, list->key, &array, &json);
	size_t n = 0;

	*n_out = 0;
	if (rc == JSON_ABSENT)
		return 0;
	if (rc < 0)
		return text_list_fail(list, error);
	scripts = arena_alloc(arena, list->max * sizeof(*scripts));
	if (!scripts)
		return message_fail_json(error, -ENOMEM, ERROR_LIMIT, NULL);
	for (const struct cJSON *item = json_first(array); item; item = json_next(item), n++)
		if (n == list->max || read_text(arena, list, item, &scripts[n], error) < 0)
			return text_list_fail(list, error);
	*out = scripts;
	*n_out = n;
	return 0;
}

int message_get_scripts(struct arena *arena, const struct message *message, const struct script **out, size_t *n_out,
                        struct message_error *error)
{
	static const struct text_list list = { "scripts", ANALYSIS_SCRIPTS_MAX, ANALYSIS_SCRIPT_BYTES, true };

	return read_text_list(arena, message, &list, out, n_out, error);
}

int message_get_project_files(struct arena *arena, const struct message *message, const struct script **out, size_t *n_out,
                              struct message_error *error)
{
	static const struct text_list list = { "project_files", MESSAGE_WORKSPACES_MAX, PROTOCOL_LINE_MAX, false };

	return read_text_list(arena, message, &list, out, n_out, error);
}

/* --- opening a line --- */

static int read_op(struct message *message, enum protocol_op default_op, struct message_error *error)
{
	const char *name;
	int op;

	if (message_get_string(message, "op", &name, error) < 0)
		return -EINVAL;
	if (!name && default_op == OP_COUNT)
		return message_fail(error, ERROR_BAD_REQUEST, "\"op\" is missing: say what is asked, {\"op\":\"check\",...}");
	op = name ? protocol_op_from_name(name) : (int)default_op;
	if (op < 0) {
		struct text shown;
		text_init_fixed(&shown, error->text, sizeof(error->text));
		text_puts(&shown, "there is no op ");
		text_put_quoted(&shown, name, strlen(name), 40);
		text_end(&shown);
		error->code = ERROR_UNKNOWN_OP;
		error->retry_after_ms = 0;
		return -EINVAL;
	}
	message->op = (enum protocol_op)op;
	return 0;
}

int message_open(struct arena *arena, const char *line, size_t len, enum protocol_op default_op, struct message *message,
                 struct message_error *error)
{
	struct json_document document;
	struct json_error json;
	int rc = json_parse(arena, line, len, &document, &json);

	memset(message, 0, sizeof(*message));
	message->op = default_op;
	message->id = document.id;
	message->id_len = document.id_len;
	if (rc < 0)
		return message_fail_json(error, rc, ERROR_BAD_JSON, &json);
	if (!json_is_object(document.root))
		return message_fail(error, ERROR_BAD_JSON, "byte 0: a request is an object: {\"op\":\"check\",...}");
	message->root = document.root;
	return read_op(message, default_op, error);
}

/* --- check, analyze, explain --- */

static int read_command(struct arena *arena, const struct message *message, struct check_request *request,
                        struct message_error *error)
{
	struct json_error json;
	int rc = message_get_string(message, "command", &request->command, error);

	if (rc < 0)
		return rc;
	if (request->command) {
		request->command_len = strlen(request->command);
	} else {
		rc = json_get_base64(arena, message->root, "command_b64", &request->command, &request->command_len, &json);
		if (rc < 0)
			return message_fail_json(error, rc, ERROR_BAD_REQUEST, &json);
		if (rc == 0 && memchr(request->command, '\0', request->command_len))
			return message_fail(error, ERROR_BAD_REQUEST, "a NUL inside \"command_b64\": no command has one");
	}
	request->too_long = request->command_len > ANALYSIS_LENGTH_MAX;
	return 0;
}

static int read_tool(struct arena *arena, const struct message *message, struct check_request *request,
                     struct message_error *error)
{
	const struct cJSON *args = NULL;
	struct json_error json;
	int rc = message_get_name(message, "tool", &request->tool, error);

	if (rc < 0 || !request->tool)
		return rc;
	rc = json_get_object(message->root, "args", &args, &json);
	if (rc == 0)
		rc = message_flatten(arena, args, &request->arguments, &request->n_arguments, &json);
	return rc < 0 ? message_fail_json(error, rc, ERROR_BAD_REQUEST, &json) : 0;
}

static int read_choice(const struct message *message, const char *key, const char *const *names, int n, const char *list, int *out,
                       struct message_error *error)
{
	const char *name;

	if (message_get_string(message, key, &name, error) < 0)
		return -EINVAL;
	for (int i = 0; name && i < n; i++)
		if (strcmp(names[i], name) == 0) {
			*out = i;
			return 0;
		}
	return name ? message_fail(error, ERROR_BAD_REQUEST, "\"%s\" must be %s", key, list) : 0;
}

static int read_choices(const struct message *message, struct check_request *request, struct message_error *error)
{
	static const char *const profiles[PROFILE_COUNT] = {
#define PROFILE(ID, name, help, ...) [PROFILE_##ID] = name,
#include "common/policy.def"
	};
	static const char *const dialects[] = { [SHELL_BASH] = "bash", [SHELL_POSIX] = "posix", [SHELL_ZSH] = "zsh" };
	int profile = PROFILE_PERMISSIVE;
	int dialect = SHELL_BASH;

	if (read_choice(message, "profile", profiles, PROFILE_COUNT, "permissive, standard or strict", &profile, error) < 0 ||
	    read_choice(message, "dialect", dialects, 3, "bash, posix or zsh", &dialect, error) < 0)
		return -EINVAL;
	request->profile = (enum policy_profile)profile;
	request->dialect = (enum shell_dialect)dialect;
	return 0;
}

int message_read_check(struct arena *arena, const struct message *message, struct check_request *request,
                       struct message_error *error)
{
	memset(request, 0, sizeof(*request));
	if (read_command(arena, message, request, error) < 0 || read_tool(arena, message, request, error) < 0)
		return -EINVAL;
	if (!request->command == !request->tool)
		return message_fail(error, ERROR_BAD_REQUEST,
		                    request->tool ? "\"command\" and \"tool\" exclude each other"
		                                  : "\"command\" (or \"command_b64\", or \"tool\" with \"args\") is missing");
	if (message_get_path(message, "cwd", &request->cwd, error) < 0 ||
	    message_get_path(message, "home", &request->home, error) < 0 ||
	    message_get_workspaces(arena, message, &request->workspaces, &request->n_workspaces, error) < 0 ||
	    message_get_name(message, "agent", &request->agent, error) < 0 ||
	    message_get_name(message, "session", &request->session, error) < 0 ||
	    message_get_observed(arena, message, &request->observed, &request->n_observed, error) < 0 ||
	    message_get_scripts(arena, message, &request->scripts, &request->n_scripts, error) < 0 ||
	    message_get_project_files(arena, message, &request->project_files, &request->n_project_files, error) < 0)
		return -EINVAL;
	return read_choices(message, request, error);
}
