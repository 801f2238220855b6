#include "config.h"
#include "client/history_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Codex' rollouts: ~/.codex/sessions/YYYY/MM/DD/rollout-*.jsonl. Session and folder stand in lines of their own; items are messages,
 * calls and their outputs as the model sees them. */

/* A copy that outlives the line; *kept stays as it is when there is none. */
static int keep(char **kept, const char *text)
{
	char *copy;

	if (!text)
		return 0;
	copy = strdup(text);
	if (!copy)
		return -ENOMEM;
	free(*kept);
	*kept = copy;
	return 0;
}

int history_read_context(struct history_reader *reader, const struct cJSON *payload)
{
	int rc = keep(&reader->history->session, history_string(payload, "id"));

	return rc < 0 ? rc : keep(&reader->history->cwd, history_string(payload, "cwd"));
}

/* --- shell calls --- */

static void put_word(struct text *out, const char *word)
{
	text_putc(out, '\'');
	for (; *word; word++) {
		if (*word == '\'')
			text_puts(out, "'\\''");
		else
			text_putc(out, *word);
	}
	text_putc(out, '\'');
}

static bool is_shell(const char *program)
{
	const char *slash = strrchr(program, '/'), *name = slash ? slash + 1 : program;

	return strcmp(name, "bash") == 0 || strcmp(name, "sh") == 0 || strcmp(name, "zsh") == 0;
}

/* A list of arguments as a command line; bash -lc LINE is that line. */
static const char *line_of(struct arena *arena, const char *const *words, size_t n)
{
	struct text text;

	if (n == 3 && is_shell(words[0]) && (strcmp(words[1], "-lc") == 0 || strcmp(words[1], "-c") == 0))
		return words[2];
	text_init(&text, arena, 256);
	for (size_t i = 0; i < n; i++) {
		if (i)
			text_putc(&text, ' ');
		put_word(&text, words[i]);
	}
	return text_end(&text);
}

static bool wants_out(const struct cJSON *arguments)
{
	const char *permissions = history_string(arguments, "sandbox_permissions");

	return json_is_true(history_member(arguments, "with_escalated_permissions")) ||
	       (permissions && strcmp(permissions, "require_escalated") == 0);
}

/* key: where the command stands, as a string or a list of arguments. */
static int read_command(struct history_reader *reader, const char *name, const struct cJSON *arguments, const char *key, const char *folder)
{
	struct history_event **last = reader->last;
	const char *const *words;
	const char *line;
	size_t n;
	int rc = json_get_strings(reader->arena, arguments, key, &words, &n, reader->error);

	if (rc)
		return rc < 0 ? rc : json_fail(reader->error, "a call has no \"%s\"", key);
	line = json_is_string(history_member(arguments, key)) ? words[0] : line_of(reader->arena, words, n);
	if (!line)
		return -ENOMEM;
	rc = history_add_command(reader, name, line, history_string(arguments, folder));
	if (rc == 0)
		(*last)->escalated = wants_out(arguments);
	return rc;
}

/* Tools that are a shell, and where their command stands. */
static const char *command_key(const char *tool)
{
	static const char *const rows[][2] = {
		{ "shell", "command" }, { "shell_command", "command" }, { "container.exec", "command" }, { "exec_command", "cmd" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (tool && strcmp(rows[i][0], tool) == 0)
			return rows[i][1];
	return NULL;
}

/* --- items --- */

static int read_function(struct history_reader *reader, const struct cJSON *item)
{
	const char *tool = history_string(item, "name"), *text = history_string(item, "arguments"), *name = history_string(item, "call_id");
	struct json_document document = { 0 };
	const char *key = command_key(tool);
	int rc = text && *text ? json_parse(reader->arena, text, strlen(text), &document, reader->error) : 0;

	if (rc == -EINVAL)
		return json_fail(reader->error, "\"arguments\" are not JSON");
	if (rc < 0)
		return rc;
	return key ? read_command(reader, name, document.root, key, "workdir")
	           : history_add_tool(reader, HOST_ID_CODEX, name, tool, document.root);
}

static int read_local_shell(struct history_reader *reader, const struct cJSON *item)
{
	return read_command(reader, history_string(item, "call_id"), history_member(item, "action"), "command", "working_directory");
}

/* Free text: {"name":"apply_patch","input":"*** Begin Patch.."}; item itself has "input" among its members. */
static int read_custom(struct history_reader *reader, const struct cJSON *item)
{
	struct analysis_argument *argument = arena_new(reader->arena, struct analysis_argument);
	struct history_event **last = reader->last;
	const char *input = history_string(item, "input");
	int rc;

	if (!argument)
		return -ENOMEM;
	rc = history_add_tool(reader, HOST_ID_CODEX, history_string(item, "call_id"), history_string(item, "name"), NULL);
	if (rc < 0 || !input)
		return rc;
	*argument = (struct analysis_argument){ "input", input, strlen(input) };
	(*last)->request.arguments = argument;
	(*last)->request.n_arguments = 1;
	return 0;
}

/* {"output": text}, {"output": {"content": text}}, {"output": [{"text": ..}]} */
static int read_output(struct history_reader *reader, const struct cJSON *item)
{
	const struct history_call *call = history_called(reader->history, history_string(item, "call_id"));
	const struct cJSON *output = history_member(item, "output"), *content = history_member(output, "content");

	return call && call->echoes ? 0 : history_add_said(reader, HISTORY_OUTPUT, content ? content : output);
}

/* What the host adds in the user's name is in tags, or the project's own instructions. */
static int read_message(struct history_reader *reader, const struct cJSON *item)
{
	const char *role = history_string(item, "role");
	const struct cJSON *content = history_member(item, "content");
	int rc = 0;

	if (!role || strcmp(role, "user") != 0 || !json_is_array(content))
		return 0;
	for (const struct cJSON *block = json_first(content); rc == 0 && block; block = json_next(block)) {
		const char *text = history_string(block, "text");

		if (text && *text != '<' && strncmp(text, "# AGENTS.md", 11) != 0)
			rc = history_add_said(reader, HISTORY_PROMPT, block);
	}
	return rc;
}

static int read_nothing(struct history_reader *reader, const struct cJSON *item)
{
	(void)reader;
	(void)item;
	return 0;
}

int history_read_item(struct history_reader *reader, const struct cJSON *item)
{
	static const struct {
		const char *type;
		int (*read)(struct history_reader *reader, const struct cJSON *item);
	} rows[] = {
		{ "message", read_message },
		{ "function_call", read_function },
		{ "function_call_output", read_output },
		{ "custom_tool_call", read_custom },
		{ "custom_tool_call_output", read_output },
		{ "local_shell_call", read_local_shell },
		{ "local_shell_call_output", read_output },
		{ "reasoning", read_nothing },
		{ "ghost_snapshot", read_nothing },
		{ "compaction", read_nothing },
		{ "web_search_call", read_nothing },
	};
	const char *type = history_string(item, "type");

	if (!type)
		return json_fail(reader->error, "its item has no \"type\"");
	reader->session = reader->history->session;
	reader->cwd = reader->history->cwd;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (strcmp(rows[i].type, type) == 0)
			return rows[i].read(reader, item);
	return history_unknown(reader->history, type);
}
