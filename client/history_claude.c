#include "config.h"
#include "client/history_internal.h"

#include <errno.h>
#include <string.h>

/* Claude Code's transcripts: ~/.claude/projects/FOLDER/SESSION.jsonl. A line is a message of the user or the model; results of tools
 * stand in messages of the user. */

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* How the host tells the model that its user said no. */
static bool is_refusal(const char *text)
{
	return begins(text, "The user doesn't want to ") || begins(text, "[Request interrupted by user for tool use]");
}

static int read_use(struct history_reader *reader, const struct cJSON *block)
{
	const struct cJSON *input = history_member(block, "input");
	const char *tool = history_string(block, "name"), *command = history_string(input, "command");
	const char *name = history_string(block, "id");

	if (tool && strcmp(tool, "Bash") == 0 && command)
		return history_add_command(reader, name, command, NULL);
	return history_add_tool(reader, HOST_ID_CLAUDE, name, tool, input);
}

static int read_result(struct history_reader *reader, const struct cJSON *block)
{
	const struct history_call *call = history_called(reader->history, history_string(block, "tool_use_id"));
	const struct cJSON *content = history_member(block, "content");
	const char *text = history_text(reader->arena, content);
	struct history_event *event;

	if (!call || !text || !json_is_true(history_member(block, "is_error")) || !is_refusal(text))
		return call && call->echoes ? 0 : history_add_said(reader, HISTORY_OUTPUT, content);
	event = history_add(reader, HISTORY_NOT_RUN);
	if (!event)
		return -ENOMEM;
	event->line = call->line;
	event->call_key = call->key;
	return 0;
}

/* What the host puts into the user's mouth is in tags; a sub-agent hears from an agent, not from the user. */
static bool is_users(const struct cJSON *root, const char *text)
{
	return text && *text != '<' && !begins(text, "Caveat: ") && !json_is_true(history_member(root, "isMeta")) &&
	       !json_is_true(history_member(root, "isSidechain")) && !json_is_true(history_member(root, "isCompactSummary"));
}

static int read_block(struct history_reader *reader, const struct cJSON *root, const struct cJSON *block, bool user)
{
	const char *type = history_string(block, "type");

	if (!type)
		return 0;
	if (!user)
		return strcmp(type, "tool_use") == 0 ? read_use(reader, block) : 0;
	if (strcmp(type, "tool_result") == 0)
		return read_result(reader, block);
	return strcmp(type, "text") == 0 && is_users(root, history_string(block, "text")) ? history_add_said(reader, HISTORY_PROMPT, block) : 0;
}

int history_read_claude(struct history_reader *reader, const struct cJSON *root)
{
	const struct cJSON *message = history_member(root, "message"), *content = history_member(message, "content");
	bool user = strcmp(history_string(root, "type"), "user") == 0;
	int rc = 0;

	reader->session = history_string(root, "sessionId");
	reader->cwd = history_string(root, "cwd");
	if (json_is_string(content))
		return user && is_users(root, json_as_string(content)) ? history_add_said(reader, HISTORY_PROMPT, content) : 0;
	if (!json_is_array(content))
		return json_fail(reader->error, "\"message\" has no \"content\"");
	for (const struct cJSON *block = json_first(content); rc == 0 && block; block = json_next(block))
		rc = read_block(reader, root, block, user);
	return rc;
}
