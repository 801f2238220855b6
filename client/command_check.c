#include "config.h"

/* check, analyze, explain, and their batch form. */

#include "client/judge.h"
#include "client/output.h"
#include "common/explain.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const int verdict_exit[] = { [VERDICT_ALLOW] = 0, [VERDICT_ASK] = 1, [VERDICT_DENY] = 2, [VERDICT_NONE] = 3 };

/* The call that the command line names. */
static int read_call(const struct cli *cli, struct call *call)
{
	bool tool = cli->values[CLI_TOOL] != NULL;

	if (cli->values[CLI_ARGS] && !tool) {
		cli_error("--args: belongs to a tool; name it with --tool");
		return EXIT_USAGE;
	}
	if (tool == (cli->n_operands == 1)) {
		cli_error("%s: needs either a command in quotes or --tool NAME --args JSON", cli->command->name);
		return EXIT_USAGE;
	}
	call->tool = cli->values[CLI_TOOL];
	call->arguments_json = tool && cli->values[CLI_ARGS] ? cli->values[CLI_ARGS] : tool ? "{}" : NULL;
	call->arguments_len = call->arguments_json ? strlen(call->arguments_json) : 0;
	call->command = tool ? NULL : cli->operands[0];
	call->command_len = tool ? 0 : strlen(cli->operands[0]);
	return 0;
}

/* Newlines between the members of --args would end the line. */
static const char *one_line(struct judge *judge, const char *json, size_t len)
{
	char *copy = json ? arena_dup(&judge->arena, json, len) : NULL;

	for (char *at = copy; at && *at; at++)
		if (*at == '\n' || *at == '\r')
			*at = ' ';
	return copy;
}

static int judge_call(struct judge *judge, const struct cli *cli, enum protocol_op op, struct judgement *out)
{
	struct call call = judge->context;
	struct message_error error;
	struct text line;
	int rc = read_call(cli, &call);

	if (rc)
		return rc;
	call.arguments_json = one_line(judge, call.arguments_json, call.arguments_len);
	text_init(&line, &judge->arena, call.command_len + 1024);
	call_write(&line, op, &call);
	if (line.failed) {
		cli_error("%s: the command is too long", cli->command->name);
		return EXIT_DATA;
	}
	rc = judge_line(judge, line.data, line.len, out, &error);
	if (rc && *error.text)
		cli_error("%s: %s", cli->command->name, error.text);
	return rc;
}

static int single(struct judge *judge, const struct cli *cli, enum protocol_op op)
{
	struct judgement judgement;
	struct text text;
	int rc = judge_call(judge, cli, op, &judgement);

	if (rc)
		return rc;
	text_init(&text, &judge->arena, 1024);
	if (cli->json)
		text_put(&text, judgement.line, judgement.line_len);
	else
		output_check(&text, &judgement.request, &judgement.answer, cli->color);
	rc = cli_print(&text);
	return rc || op == OP_ANALYZE ? rc : verdict_exit[judgement.answer.verdict];
}

/* --- batch --- */

struct batch {
	struct judge *judge;
	enum protocol_op op;
	unsigned long line_number;
	bool bad;
};

/* Says what is wrong with a line, as an answer. */
static int batch_problem(struct batch *batch, const struct message *message, const struct message_error *error)
{
	struct message_error told = *error;
	struct text text;

	batch->bad = true;
	snprintf(told.text, sizeof(told.text), "line %lu, %.200s", batch->line_number, error->text);
	text_init(&text, &batch->judge->arena, 512);
	message_write_error(&text, message->id, message->id_len, &told);
	return cli_print(&text);
}

static int batch_line(struct batch *batch, const char *line, size_t len)
{
	struct message message = { 0 };
	struct message_error error;
	struct judgement judgement;
	struct text full, answer;
	int rc;

	judge_next(batch->judge);
	if (message_open(&batch->judge->arena, line, len, batch->op, &message, &error) < 0)
		return batch_problem(batch, &message, &error);
	if (message.op != OP_CHECK && message.op != OP_ANALYZE) {
		error = (struct message_error){ .code = ERROR_BAD_REQUEST, .text = "op: only check and analyze go in a batch" };
		return batch_problem(batch, &message, &error);
	}
	text_init(&full, &batch->judge->arena, len + 1024);
	call_complete(&full, batch->op, &batch->judge->context, line, len, message.root);
	if (full.failed || full.len > PROTOCOL_LINE_MAX) {
		error = (struct message_error){ .code = ERROR_TOO_LARGE, .text = "longer than a request may be" };
		return batch_problem(batch, &message, &error);
	}
	rc = judge_line(batch->judge, full.data, full.len, &judgement, &error);
	if (rc && !*error.text)
		return rc;
	if (rc)
		return batch_problem(batch, &message, &error);
	text_init_fixed(&answer, (char *)judgement.line, judgement.line_len);
	answer.len = judgement.line_len;
	return cli_print(&answer);
}

static bool blank(const char *line, size_t len)
{
	return strspn(line, " \t\r\n") >= len;
}

static int batch(struct judge *judge, const struct cli *cli, enum protocol_op op)
{
	const char *path = cli->values[CLI_BATCH];
	struct batch state = { .judge = judge, .op = op };
	FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	char *line = NULL;
	size_t bytes = 0;
	ssize_t len;
	int rc = 0;

	if (!in) {
		cli_error("--batch %s: %s", path, strerror(errno));
		return EXIT_NO_INPUT;
	}
	while (rc == 0 && (len = getline(&line, &bytes, in)) >= 0) {
		size_t n = (size_t)len;

		state.line_number++;
		if (n && line[n - 1] == '\n')
			n--;
		if (!blank(line, n))
			rc = batch_line(&state, line, n);
	}
	if (rc == 0 && ferror(in)) {
		cli_error("--batch %s: %s", path, strerror(errno));
		rc = EXIT_IO;
	}
	free(line);
	if (in != stdin)
		fclose(in);
	return rc ? rc : state.bad ? EXIT_DATA : 0;
}

static int run(const struct cli *cli, enum protocol_op op)
{
	struct judge judge;
	int rc = judge_init(&judge, cli, op == OP_CHECK);

	if (rc == 0)
		rc = cli->values[CLI_BATCH] ? batch(&judge, cli, op) : single(&judge, cli, op);
	judge_deinit(&judge);
	return rc;
}

int command_check(const struct cli *cli)
{
	return run(cli, OP_CHECK);
}

int command_analyze(const struct cli *cli)
{
	return run(cli, OP_ANALYZE);
}

/* --- explain --- */

static int explain(struct judge *judge, const struct cli *cli)
{
	struct judgement judgement;
	struct explanation explanation = { &judgement.request, &judgement.analysis, &judgement.verdict };
	struct json_writer writer;
	struct text text;
	int rc = judge_call(judge, cli, OP_EXPLAIN, &judgement);

	if (rc)
		return rc;
	text_init(&text, &judge->arena, 4096);
	if (!cli->json) {
		explain_text(&text, &explanation, cli->color);
		return cli_print(&text);
	}
	json_writer_init(&writer, &text);
	json_begin_object(&writer);
	explain_json(&writer, &explanation);
	json_end_object(&writer);
	text_putc(&text, '\n');
	return cli_print(&text);
}

int command_explain(const struct cli *cli)
{
	struct judge judge;
	int rc = judge_init(&judge, cli, false);

	if (rc == 0)
		rc = explain(&judge, cli);
	judge_deinit(&judge);
	return rc;
}
