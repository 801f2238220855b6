#include "config.h"
#include "common/message_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int missing(struct message_error *error, const char *key, const char *what)
{
	return message_fail(error, ERROR_BAD_REQUEST, "\"%s\" is missing: %s", key, what);
}

int message_read_hello(const struct message *message, struct hello_request *request, struct message_error *error)
{
	if (message_get_name(message, "agent", &request->agent, error) < 0 ||
	    message_get_name(message, "role", &request->role, error) < 0 ||
	    message_get_name(message, "parent", &request->parent, error) < 0 ||
	    message_get_name(message, "host", &request->host, error) < 0 ||
	    message_get_name(message, "session", &request->session, error) < 0 ||
	    message_get_name(message, "token", &request->token, error) < 0)
		return -EINVAL;
	return message_get_path(message, "project", &request->project, error);
}

/* --- hook --- */

static int read_payload(struct arena *arena, const struct message *message, struct hook_request *request,
                        struct message_error *error)
{
	struct json_error json;
	int rc = message_get_string(message, "payload", &request->payload, error);

	if (rc < 0)
		return rc;
	if (request->payload) {
		request->payload_len = strlen(request->payload);
		return 0;
	}
	rc = json_get_base64(arena, message->root, "payload_b64", &request->payload, &request->payload_len, &json);
	if (rc == JSON_ABSENT)
		return missing(error, "payload", "what the host wrote to its hook, as a string");
	return rc < 0 ? message_fail_json(error, rc, ERROR_BAD_REQUEST, &json) : 0;
}

int message_read_hook(struct arena *arena, const struct message *message, struct hook_request *request,
                      struct message_error *error)
{
	memset(request, 0, sizeof(*request));
	if (message_get_name(message, "host", &request->host, error) < 0)
		return -EINVAL;
	if (!request->host)
		return missing(error, "host", "the agent host whose hook it is");
	if (read_payload(arena, message, request, error) < 0 || message_get_path(message, "home", &request->home, error) < 0)
		return -EINVAL;
	if (message_get_workspaces(arena, message, &request->workspaces, &request->n_workspaces, error) < 0)
		return -EINVAL;
	if (message_get_observed(arena, message, &request->observed, &request->n_observed, error) < 0)
		return -EINVAL;
	if (message_get_scripts(arena, message, &request->scripts, &request->n_scripts, error) < 0)
		return -EINVAL;
	return message_get_project_files(arena, message, &request->project_files, &request->n_project_files, error);
}

void message_write_hook(struct text *out, const struct message *message, const struct hook_answer *answer)
{
	struct json_writer writer;

	message_begin_ok(&writer, out, message);
	json_key(&writer, "exit");
	json_i64(&writer, answer->exit_code);
	json_key(&writer, "stdout");
	json_string(&writer, answer->stdout_text, answer->stdout_len);
	if (answer->stderr_text)
		json_member_string(&writer, "stderr", answer->stderr_text);
	message_write_paths(&writer, "look", answer->look, answer->n_look);
	message_write_paths(&writer, "read", answer->read, answer->n_read);
	message_end(&writer);
}

int message_read_hook_answer(struct arena *arena, const char *line, size_t len, struct hook_answer *answer,
                             struct message_error *error)
{
	struct message opened;
	struct json_error json;
	const char *const *look = NULL, *const *read = NULL;
	uint32_t exit_code = 0;
	size_t n_look = 0, n_read = 0;
	int rc = message_open_answer(arena, line, len, &opened, error);

	memset(answer, 0, sizeof(*answer));
	if (rc)
		return rc;
	if (json_get_string(opened.root, "stdout", &answer->stdout_text, &json) ||
	    json_get_string(opened.root, "stderr", &answer->stderr_text, &json) < 0 ||
	    json_get_u32(opened.root, "exit", 255, &exit_code, &json) ||
	    json_get_strings(arena, opened.root, "look", &look, &n_look, &json) < 0 ||
	    json_get_strings(arena, opened.root, "read", &read, &n_read, &json) < 0)
		return message_fail(error, ERROR_INTERNAL, "the daemon's answer to a hook cannot be read");
	answer->stdout_len = strlen(answer->stdout_text);
	answer->exit_code = (int)exit_code;
	answer->look = look;
	answer->n_look = (uint32_t)n_look;
	answer->read = read;
	answer->n_read = (uint32_t)n_read;
	return 0;
}

/* --- lookup, rules, approvals, log, standing --- */

int message_read_lookup(struct arena *arena, const struct message *message, const char *const **names, size_t *n_names,
                        struct message_error *error)
{
	struct json_error json;
	int rc = json_get_strings(arena, message->root, "name", names, n_names, &json);

	if (rc == JSON_ABSENT)
		return missing(error, "name", "a tool's name, or an array of them");
	if (rc == 0 && *n_names > MESSAGE_LOOKUP_MAX)
		return message_fail(error, ERROR_BAD_REQUEST, "more than %d names in one request", MESSAGE_LOOKUP_MAX);
	return rc < 0 ? message_fail_json(error, rc, ERROR_BAD_REQUEST, &json) : 0;
}

int message_read_note(const struct message *message, struct note_request *request, struct message_error *error)
{
	const char *origin = NULL;

	memset(request, 0, sizeof(*request));
	if (message_get_string(message, "origin", &origin, error) < 0 || message_get_string(message, "text", &request->text, error) < 0 ||
	    message_get_name(message, "session", &request->session, error) < 0)
		return -EINVAL;
	if (!request->text)
		return missing(error, "text", "what the user or a tool said");
	if (!origin)
		return missing(error, "origin", "user or tool-output");
	request->text_len = strlen(request->text);
	request->origin = strcmp(origin, "user") == 0 ? SESSION_ORIGIN_USER : SESSION_ORIGIN_TOOL_OUTPUT;
	if (request->origin == SESSION_ORIGIN_TOOL_OUTPUT && strcmp(origin, "tool-output") != 0)
		return message_fail(error, ERROR_BAD_REQUEST, "\"origin\" must be user or tool-output");
	return 0;
}

int message_read_outcome(const struct message *message, struct outcome_request *request, struct message_error *error)
{
	const char *outcome = NULL, *event = NULL;
	char *end;

	memset(request, 0, sizeof(*request));
	if (message_get_string(message, "outcome", &outcome, error) < 0 || message_get_string(message, "event", &event, error) < 0 ||
	    message_get_name(message, "session", &request->session, error) < 0)
		return -EINVAL;
	if (!event)
		return missing(error, "event", "the one that the answer to check named, as a string");
	if (!outcome)
		return missing(error, "outcome", "ok, failed or not-run");
	errno = 0;
	request->event = strtoull(event, &end, 10);
	if (*event < '0' || *event > '9' || *end || errno)
		return message_fail(error, ERROR_BAD_REQUEST, "\"event\" must be a number in a string");
	request->not_run = strcmp(outcome, "not-run") == 0;
	if (!request->not_run && strcmp(outcome, "ok") != 0 && strcmp(outcome, "failed") != 0)
		return message_fail(error, ERROR_BAD_REQUEST, "\"outcome\" must be ok, failed or not-run");
	return 0;
}

int message_read_session(const struct message *message, const char **session, struct message_error *error)
{
	return message_get_name(message, "session", session, error);
}

int message_read_rule(const struct message *message, struct rule_request *request, struct message_error *error)
{
	memset(request, 0, sizeof(*request));
	if (message_get_string(message, "pattern", &request->pattern, error) < 0 ||
	    message_get_path(message, "project", &request->project, error) < 0)
		return -EINVAL;
	return request->pattern ? 0 : missing(error, "pattern", "a tool (git push), or rule:, cap:, place: with a name");
}

int message_read_request_number(const struct message *message, uint64_t *number, struct message_error *error)
{
	struct json_error json;
	int rc = json_get_u64(message->root, "request", number, &json);

	if (rc == JSON_ABSENT)
		return missing(error, "request", "the number that the question showed");
	return rc < 0 ? message_fail_json(error, rc, ERROR_BAD_REQUEST, &json) : 0;
}

int message_read_log(const struct message *message, struct log_request *request, struct message_error *error)
{
	struct json_error json;
	int rc;

	request->limit = 20;
	request->before = 0;
	rc = json_get_u32(message->root, "limit", 1000, &request->limit, &json);
	if (rc >= 0)
		rc = json_get_u64(message->root, "before", &request->before, &json);
	return rc < 0 ? message_fail_json(error, rc, ERROR_BAD_REQUEST, &json) : 0;
}

int message_read_agent(const struct message *message, const char **agent, const char **reason, struct message_error *error)
{
	if (message_get_name(message, "agent", agent, error) < 0 || message_get_string(message, "reason", reason, error) < 0)
		return -EINVAL;
	return *agent ? 0 : missing(error, "agent", "whose standing it is");
}
