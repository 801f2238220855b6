#include "config.h"
#include "tests/eval_fake.h"

#include "common/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char record[16384];
static size_t used;
static char spans[1024];
static struct analysis out;
static struct arena arena;

static void put(const char *text, size_t len)
{
	size_t room = sizeof(record) - 1 - used;

	if (len > room)
		len = room;
	if (len == 0)
		return;
	memcpy(record + used, text, len);
	used += len;
	record[used] = '\0';
}

static void puts_record(const char *text)
{
	put(text, strlen(text));
}

static void separate(void)
{
	if (used)
		puts_record(" ; ");
}

static void put_text(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		switch (text[i]) {
		case TEXT_UNKNOWN:
			put("?", 1);
			break;
		case TEXT_STAR:
			put("*", 1);
			break;
		case TEXT_ANY:
			put("%", 1);
			break;
		case '\n':
			put("\\n", 2);
			break;
		case '*':
		case '?':
		case '%':
			put("\\", 1);
			/* fall through */
		default:
			put(text + i, 1);
		}
	}
}

static void put_taint(uint8_t taint)
{
	static const char letters[] = "ndsf";

	for (int i = 0; i < 4; i++)
		if (taint & (1u << i))
			put(letters + i, 1);
}

static void put_word(const struct field *word)
{
	bool quote = word->len == 0 || strpbrk(word->text, " \t\n;'");

	if (word->taint & 15) {
		puts_record("{");
		put_taint(word->taint);
		puts_record("}");
	}
	if (strlen(word->text) != word->len)
		puts_record("!length");
	if (word->unknown != (strchr(word->text, TEXT_UNKNOWN) != NULL))
		puts_record("!unknown");
	if (word->glob != (strchr(word->text, TEXT_STAR) || strchr(word->text, TEXT_ANY)))
		puts_record("!glob");
	if (quote)
		puts_record("'");
	put_text(word->text, word->len);
	if (quote)
		puts_record("'");
}

static void put_stream(const struct stream *stream)
{
	if (stream->known) {
		puts_record("'");
		put_text(stream->text, stream->len);
		puts_record("'");
	} else {
		puts_record("?");
		put_taint(stream->taint);
	}
}

static void record_call(const struct run *run, const struct call *call)
{
	size_t n = strlen(spans);

	snprintf(spans + n, sizeof(spans) - n, "%s%u-%u", n ? " " : "", call->span.start, call->span.end);
	separate();
	if (!run->cwd || strcmp(run->cwd, FAKE_CWD) != 0) {
		puts_record("(");
		puts_record(run->cwd ? run->cwd : "?");
		puts_record(") ");
	}
	for (uint32_t i = 0; i < call->n_env; i++) {
		put_word(&call->env[i].name);
		puts_record("=");
		put_word(&call->env[i].value);
		puts_record(" ");
	}
	for (uint32_t i = 0; i < call->argc; i++) {
		if (i)
			puts_record(" ");
		put_word(&call->argv[i]);
	}
	if (call->input.present) {
		puts_record(" <");
		put_stream(&call->input);
	}
	if (call->background)
		puts_record(" &");
}

/* --- what a few tools write --- */

static void echo(struct run *run, struct call *call)
{
	char text[4096] = "";
	uint32_t first = call->argc > 1 && strcmp(call->argv[1].text, "-n") == 0 ? 2 : 1;

	call->output.known = true;
	for (uint32_t i = first; i < call->argc; i++) {
		if (i > first)
			strncat(text, " ", sizeof(text) - strlen(text) - 1);
		strncat(text, call->argv[i].text, sizeof(text) - strlen(text) - 1);
		call->output.taint |= call->argv[i].taint;
		if (call->argv[i].unknown || call->argv[i].glob)
			call->output.known = false;
	}
	if (first == 1)
		strncat(text, "\n", sizeof(text) - strlen(text) - 1);
	call->output.text = arena_dup(run->arena, text, strlen(text));
	call->output.len = (uint32_t)strlen(text);
}

static void print(struct run *run, struct call *call)
{
	char text[4096];
	size_t n = 0;

	call->output.known = call->argc == 2 && !call->argv[1].unknown;
	for (const char *s = call->argv[call->argc - 1].text; *s && n < sizeof(text) - 1; s++) {
		bool newline = s[0] == '\\' && s[1] == 'n';

		text[n++] = newline ? '\n' : *s;
		s += newline;
	}
	call->output.text = arena_dup(run->arena, text, n);
	call->output.len = (uint32_t)n;
}

static void cat(struct run *run, struct call *call)
{
	const struct run_file *file = call->argc > 1 ? run_file_find(run, call->argv[1].text) : NULL;

	if (call->argc == 1)
		call->output = call->input;
	else if (file)
		call->output = file->content;
	else
		call->output = (struct stream){ .present = true, .taint = TAINT_FILE, .origin = call->argv[1].text };
}

static void source(struct run *run, struct call *call)
{
	const struct run_file *file = call->argc > 1 ? run_file_find(run, call->argv[1].text) : NULL;

	if (file)
		command_run_stream(run, STREAM_CODE_SH, &file->content, call->span, NULL, 0, &call->input, &call->output, "source", false);
}

static void shell(struct run *run, struct call *call)
{
	if (call->argc > 2 && strcmp(call->argv[1].text, "-c") == 0)
		eval_text(run, call->argv[2].text, call->argv[2].len, SHELL_BASH, call->argv[2].span, call->argv + 3, call->argc - 3, true,
		          &call->input, &call->output);
	else if (call->argc == 1 && call->input.present)
		command_run_stream(run, STREAM_CODE_SH, &call->input, call->span, call->argv, call->argc, NULL, &call->output, "sh", false);
	else
		source(run, call);
}

static void wrapper(struct run *run, struct call *call)
{
	struct call inner = *call;

	if (call->argc < 2)
		return;
	inner.argv++;
	inner.argc--;
	eval_call(run, &inner, false);
	call->output = inner.output;
}

static void unknown(struct run *run, struct call *call)
{
	(void)run;
	call->output.known = false;
}

static void network(struct run *run, struct call *call)
{
	(void)run;
	call->output = (struct stream){ .present = true, .taint = TAINT_NETWORK, .origin = "net" };
}

static void decode(struct run *run, struct call *call)
{
	(void)run;
	call->output = (struct stream){ .present = true, .taint = (uint8_t)(TAINT_DECODED | call->input.taint) };
}

static void folder(struct run *run, struct call *call)
{
	call->output.known = run->cwd != NULL;
	call->output.text = run->cwd;
	call->output.len = run->cwd ? (uint32_t)strlen(run->cwd) : 0;
}

static const struct {
	const char *name;
	void (*run)(struct run *run, struct call *call);
	bool reads;
} tools[] = {
	{ "echo", echo, false },      { "printf", print, false },   { "cat", cat, true },         { "tee", cat, true },
	{ "bash", shell, true },      { "sh", shell, true },        { "source", source, false },  { ".", source, false },
	{ "command", wrapper, true }, { "builtin", wrapper, true }, { "exec", wrapper, true },    { "date", unknown, false },
	{ "ls", unknown, false },     { "git", unknown, false },    { "curl", network, false },   { "base64", decode, true },
	{ "pwd", folder, false },     { "rm", NULL, false },        { "true", NULL, false },      { "test", NULL, false },
	{ "head", unknown, true },    { "cd", NULL, false },        { "read", NULL, true },       { ":", NULL, false },
};

#define N_TOOLS (sizeof(tools) / sizeof(*tools))

uint32_t table_find(const struct table *table, const char *key, size_t len)
{
	(void)table;
	for (uint32_t i = 0; i < N_TOOLS; i++)
		if (strlen(tools[i].name) == len && memcmp(tools[i].name, key, len) == 0)
			return i;
	return TABLE_NONE;
}

void command_run(struct run *run, struct call *call)
{
	uint32_t i = table_find(NULL, call->argv[0].text, call->argv[0].len);

	record_call(run, call);
	call->output = (struct stream){ .present = true, .known = true, .text = "", .span = call->span };
	if (i != TABLE_NONE && tools[i].run)
		tools[i].run(run, call);
}

void command_environment(struct run *run, const struct field *name, const struct field *value)
{
	(void)run;
	(void)name;
	(void)value;
}

void command_run_stream(struct run *run, enum stream_role role, const struct stream *code, struct span span,
                        const struct field *args, uint32_t n_args, const struct stream *input, struct stream *output,
                        const char *via, bool as_root)
{
	(void)role, (void)via, (void)as_root;
	if (code->known) {
		eval_text(run, code->text, code->len, SHELL_BASH, span, args, n_args, strcmp(via, "source") != 0, input, output);
		return;
	}
	separate();
	puts_record("run=");
	put_stream(code);
}

void command_redirect(struct run *run, const struct call_redirect *redirect, const struct stream *content)
{
	static const char *const signs[] = { "<", ">", ">>", "<>" };
	char fd[16] = "";

	if (redirect->fd > 1)
		snprintf(fd, sizeof(fd), "%d", redirect->fd);
	separate();
	puts_record(fd);
	puts_record(signs[redirect->kind]);
	put_word(&redirect->target);
	if (redirect->kind == REDIRECT_WRITE || redirect->kind == REDIRECT_APPEND) {
		puts_record("=");
		put_stream(content);
		if (!redirect->target.unknown && !redirect->target.glob)
			run_file_set(run, redirect->target.text, content);
	}
}

void effect_finding(struct run *run, const char *rule, enum risk risk, enum place place, uint32_t caps, struct span span,
                    const char *why, const char *safer)
{
	(void)run, (void)risk, (void)place, (void)caps, (void)span, (void)why, (void)safer;
	separate();
	puts_record("!");
	puts_record(rule);
}

void effect_note(struct run *run, uint32_t caps, enum risk risk, enum place place)
{
	(void)run, (void)caps, (void)risk, (void)place;
}

const struct run_file *memory_file(const struct run *run, const char *path)
{
	(void)run, (void)path;
	return NULL;
}

/* --- the run --- */

const char *fake_eval_text(const char *line, unsigned long len, int dialect)
{
	static struct table_node nodes[N_TOOLS];
	static const struct table table = { .nodes = nodes };
	static const struct analysis_context context = {
		.place = { .cwd = FAKE_CWD, .home = FAKE_HOME, .user = "dev" },
	};
	struct run run = { .table = &table, .context = &context, .arena = &arena, .out = &out, .cwd = FAKE_CWD };

	if (!arena.first && arena_init(&arena, 1 << 16, 1 << 26) < 0)
		abort();
	arena_reset(&arena);
	for (size_t i = 0; i < N_TOOLS; i++)
		nodes[i].input = tools[i].reads ? STREAM_DATA : STREAM_NONE;
	memset(&out, 0, sizeof(out));
	used = 0;
	record[0] = spans[0] = '\0';
	run.budget = 200000 + len * 16;
	eval_init(&run);
	eval_text(&run, line, (uint32_t)len, (enum shell_dialect)dialect, (struct span){ 0, (uint32_t)len }, NULL, 0, false, NULL, NULL);
	return record;
}

const char *fake_eval(const char *line)
{
	return fake_eval_text(line, strlen(line), SHELL_BASH);
}

const char *fake_spans(void)
{
	return spans;
}

const char *fake_problem(void)
{
	return out.too_complex ? "too-complex" : out.incomplete ? "incomplete" : "";
}
