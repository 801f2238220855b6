#include "config.h"
#include "client/history.h"
#include "client/lines.h"
#include "client/tally.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct arena arena;

static void begin(void)
{
	ck_assert_int_eq(arena_init(&arena, 65536, (size_t)1 << 26), 0);
}

static void finish(void)
{
	arena_deinit(&arena);
}

/* One event as a short line: what, its line, session and folder, then what was said or called. */
static void show(struct text *out, const struct history_event *event)
{
	static const char *const kinds[] = { [HISTORY_CALL] = "call", [HISTORY_PROMPT] = "prompt", [HISTORY_OUTPUT] = "output",
		                             [HISTORY_NOT_RUN] = "not-run" };
	const struct check_request *request = &event->request;

	text_puts(out, kinds[event->kind]);
	text_putc(out, ' ');
	text_put_u64(out, event->line);
	if (event->session) {
		text_puts(out, " s=");
		text_puts(out, event->session);
	}
	if (request->cwd) {
		text_puts(out, " d=");
		text_puts(out, request->cwd);
	}
	if (event->escalated)
		text_puts(out, " escalated");
	text_puts(out, ": ");
	text_put(out, request->command ? request->command : "", request->command_len);
	text_puts(out, request->tool ? request->tool : "");
	for (size_t i = 0; i < request->n_arguments; i++) {
		text_putc(out, ' ');
		text_puts(out, request->arguments[i].name);
		text_putc(out, '=');
		text_puts(out, request->arguments[i].value);
	}
	text_put(out, event->text, event->text_len);
	text_puts(out, "|");
}

static void show_all(struct text *out, const struct history_event *event)
{
	for (; event; event = event->next)
		show(out, event);
}

/* A whole history; broken and unknown lines show as "broken 3|". */
static const char *read_all(const char *file)
{
	struct history_event *events;
	struct history history;
	struct json_error error;
	struct text out;
	char *end;

	text_init(&out, &arena, 1024);
	history_init(&history, false);
	while (*file) {
		size_t len = strcspn(file, "\n");
		int rc = history_read(&history, &arena, file, len, &events, &error);

		show_all(&out, events);
		if (rc) {
			text_puts(&out, rc == HISTORY_UNKNOWN ? "unknown " : "broken ");
			text_put_u64(&out, history.line);
			text_putc(&out, '|');
		}
		file += len + (file[len] == '\n');
	}
	ck_assert_int_eq(history_end(&history, &arena, &events), 0);
	show_all(&out, events);
	history_deinit(&history);
	end = text_end(&out);
	ck_assert_ptr_nonnull(end);
	return end;
}

#define USE(id, name, input) \
	"{\"type\":\"assistant\",\"sessionId\":\"s\",\"cwd\":\"/p\",\"message\":{\"content\":[{\"type\":\"tool_use\",\"id\":\"" id \
	"\",\"name\":\"" name "\",\"input\":" input "}]}}\n"
#define RESULT(id, more, content) \
	"{\"type\":\"user\",\"sessionId\":\"s\",\"cwd\":\"/p\",\"message\":{\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"" id \
	"\"" more ",\"content\":" content "}]}}\n"
#define USER(more, content) "{\"type\":\"user\",\"sessionId\":\"s\"" more ",\"message\":{\"role\":\"user\",\"content\":" content "}}\n"
#define ITEM(payload) "{\"timestamp\":\"t\",\"type\":\"response_item\",\"payload\":" payload "}\n"
#define META "{\"type\":\"session_meta\",\"payload\":{\"id\":\"c\",\"cwd\":\"/p\"}}\n"

static const struct {
	const char *file;
	const char *events;
} rows[] = {
	/* Claude Code */
	{ USE("t1", "Bash", "{\"command\":\"ls\",\"description\":\"x\"}"), "call 1 s=s d=/p: ls|" },
	{ USE("t1", "Edit", "{\"file_path\":\"a\",\"new_string\":\"b\"}"), "call 1 s=s d=/p: Edit file_path=a new_string=b|" },
	{ USE("t1", "Bash", "{\"cmd\":7}"), "call 1 s=s d=/p: Bash cmd=7|" },
	{ USE("t1", "Bash", "{\"command\":\"ls\"}") RESULT("t1", "", "\"out\""), "call 1 s=s d=/p: ls|output 2 s=s d=/p: out|" },
	{ RESULT("t0", "", "[{\"type\":\"text\",\"text\":\"a\"},{\"type\":\"image\"},{\"type\":\"text\",\"text\":\"b\"}]"),
	  "output 1 s=s d=/p: a\nb\n|" },
	{ USE("t1", "Write", "{\"file_path\":\"a\"}") RESULT("t1", "", "\"what was written\""), "call 1 s=s d=/p: Write file_path=a|" },
	{ USE("t1", "Bash", "{\"command\":\"ls\"}") RESULT("t1", ",\"is_error\":true", "\"The user doesn't want to proceed with this tool use.\""),
	  "call 1 s=s d=/p: ls|not-run 1 s=s d=/p: |" },
	{ USE("t1", "Bash", "{\"command\":\"ls\"}") RESULT("t1", "", "\"The user doesn't want to proceed with this tool use.\""),
	  "call 1 s=s d=/p: ls|output 2 s=s d=/p: The user doesn't want to proceed with this tool use.|" },
	{ USER("", "\"do it\""), "prompt 1 s=s: do it|" },
	{ USER("", "[{\"type\":\"text\",\"text\":\"do it\"}]"), "prompt 1 s=s: do it\n|" },
	{ USER(",\"isMeta\":true", "\"x\"") USER(",\"isSidechain\":true", "\"x\"") USER(",\"isCompactSummary\":true", "\"x\""), "" },
	{ USER("", "\"<command-name>/x</command-name>\""), "" },
	{ "{\"type\":\"summary\",\"summary\":\"x\"}\n\n{\"display\":\"x\",\"project\":\"/p\"}\n", "" },
	{ "{\"type\":\"sonar\"}\n{\"nothing\":1}\n", "unknown 1|unknown 2|" },
	{ USER("", "\"a\"") "{\"type\":\"user\",\"mess", "prompt 1 s=s: a|broken 2|" },
	{ "{\"type\":\"user\"}\n" USER("", "\"a\"") "[]\n7\n", "broken 1|prompt 2 s=s: a|broken 3|broken 4|" },
	/* Codex */
	{ META ITEM("{\"type\":\"function_call\",\"name\":\"shell\",\"call_id\":\"1\",\"arguments\":\"{\\\"command\\\":[\\\"bash\\\",\\\"-lc\\\",\\\"ls | wc\\\"],\\\"workdir\\\":\\\"/q\\\"}\"}"),
	  "call 2 s=c d=/q: ls | wc|" },
	{ META ITEM("{\"type\":\"function_call\",\"name\":\"shell\",\"arguments\":\"{\\\"command\\\":\\\"ls\\\",\\\"workdir\\\":\\\"a/../b\\\"}\"}"),
	  "call 2 s=c d=/p/b: ls|" },
	{ META ITEM("{\"type\":\"function_call\",\"name\":\"shell\",\"arguments\":\"{\\\"command\\\":[\\\"echo\\\",\\\"it's; ls\\\"]}\"}"),
	  "call 2 s=c d=/p: 'echo' 'it'\\''s; ls'|" },
	{ META ITEM("{\"type\":\"function_call\",\"name\":\"exec_command\",\"arguments\":\"{\\\"cmd\\\":\\\"ls\\\",\\\"sandbox_permissions\\\":\\\"require_escalated\\\"}\"}"),
	  "call 2 s=c d=/p escalated: ls|" },
	{ META ITEM("{\"type\":\"function_call\",\"name\":\"shell_command\",\"arguments\":\"{\\\"command\\\":\\\"ls\\\",\\\"with_escalated_permissions\\\":true}\"}"),
	  "call 2 s=c d=/p escalated: ls|" },
	{ META ITEM("{\"type\":\"local_shell_call\",\"action\":{\"type\":\"exec\",\"command\":[\"ls\"],\"working_directory\":\"/w\"}}"), "call 2 s=c d=/w: 'ls'|" },
	{ META ITEM("{\"type\":\"function_call\",\"name\":\"view_image\",\"arguments\":\"{\\\"path\\\":\\\"a.png\\\"}\"}"),
	  "call 2 s=c d=/p: view_image path=a.png|" },
	{ META ITEM("{\"type\":\"custom_tool_call\",\"name\":\"apply_patch\",\"call_id\":\"1\",\"input\":\"*** Begin\"}")
	       ITEM("{\"type\":\"custom_tool_call_output\",\"call_id\":\"1\",\"output\":\"Success\"}"),
	  "call 2 s=c d=/p: apply_patch input=*** Begin|" },
	{ META ITEM("{\"type\":\"function_call_output\",\"call_id\":\"1\",\"output\":\"a\"}") ITEM("{\"type\":\"function_call_output\",\"output\":{\"content\":\"b\"}}")
	       ITEM("{\"type\":\"function_call_output\",\"output\":[{\"type\":\"input_text\",\"text\":\"c\"}]}"),
	  "output 2 s=c d=/p: a|output 3 s=c d=/p: b|output 4 s=c d=/p: c\n|" },
	{ META ITEM("{\"type\":\"message\",\"role\":\"user\",\"content\":[{\"type\":\"input_text\",\"text\":\"<environment_context>\"},{\"type\":\"input_text\",\"text\":\"do it\"}]}")
	       ITEM("{\"type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\",\"text\":\"ok\"}]}"),
	  "prompt 2 s=c d=/p: do it\n|" },
	{ "{\"id\":\"c\",\"timestamp\":\"t\"}\n{\"type\":\"function_call\",\"name\":\"shell\",\"arguments\":\"{\\\"command\\\":\\\"ls\\\"}\"}\n", "call 2: ls|" },
	{ META ITEM("{\"type\":\"hologram\"}") ITEM("7") ITEM("{\"type\":\"function_call\",\"name\":\"shell\",\"arguments\":\"{\"}")
	       ITEM("{\"type\":\"function_call\",\"name\":\"shell\",\"arguments\":\"{}\"}") ITEM("{\"type\":\"function_call\",\"name\":\"a b\"}"),
	  "unknown 2|broken 3|broken 4|broken 5|broken 6|" },
	{ META "{\"type\":\"turn_context\",\"payload\":{\"cwd\":\"/r\"}}\n" ITEM("{\"type\":\"local_shell_call\",\"action\":{\"command\":[\"ls\"]}}"), "call 3 s=c d=/r: 'ls'|" },
	/* shells */
	{ "ls\n\ngit status\r\n# note", "call 1: ls|call 3: git status|call 4: # note|" },
	{ "#1700000000\nls\n#1700000001\nfor x in a; do\n\n  echo\ndone\n#1700000002\n#1700000003\nid", "call 2: ls|call 4: for x in a; do\n\n  echo\ndone|call 10: id|" },
	{ "{ echo; }\n", "call 1: { echo; }|" },
	{ ": 1700000000:0;ls\n: 1700000001:12;echo a\\\nb\n: 1700000002:0;echo a \\\\\nb\n", "call 1: ls|call 2: echo a\nb|call 4: echo a \\\nb|" },
	{ ": 1700000000:0;echo \xc3\x83\xbc\n", "call 1: echo \xc3\x9c|" },
	{ ": 1700000000:0;cat \\\n", "call 1: cat|" },
	{ ": 1700000000:0;rm\x83 x\n: 1700000000:0;id\n", "broken 1|call 2: id|" }, /* 0x83 and a blank are a NUL */
	{ ": not a head\n", "call 1: : not a head|" },
	{ "- cmd: ls\\n\\\\n\n  when: 1\n  paths:\n    - a\n- cmd: id\n  when: 2\n", "call 1: ls\n\\n|call 5: id|" },
};

START_TEST(histories_are_read)
{
	ck_assert_str_eq(read_all(rows[_i].file), rows[_i].events);
}
END_TEST

START_TEST(a_NUL_ends_no_command)
{
	struct history_event *events;
	struct history history;
	struct json_error error;

	history_init(&history, false);
	ck_assert_int_eq(history_read(&history, &arena, "ls\0rm", 5, &events, &error), -EINVAL);
	ck_assert_ptr_null(events);
	ck_assert_int_eq(history_read(&history, &arena, "id", 2, &events, &error), 0);
	ck_assert_str_eq(events->request.command, "id");
	history_deinit(&history);
}
END_TEST

static const struct {
	const char *name;
	bool taken;
} names[] = {
	{ "a.jsonl", true },         { ".bash_history", true }, { ".zsh_history", true },     { "fish_history", true }, { ".zhistory", true },
	{ "work-history", true },    { "history.txt", true },   { ".python_history", false }, { "history.c", false },  { "a.json", false },
	{ ".psql_history", false },  { "README.md", false },
};

START_TEST(names_of_histories)
{
	ck_assert_msg(history_is_named(names[_i].name) == names[_i].taken, "%s", names[_i].name);
}
END_TEST

static const struct {
	enum history_format format;
	const char *tool; /* NULL: a command */
	uint32_t caps;
	bool escalated;
	bool asks;
} asked[] = {
	{ HISTORY_CLAUDE, NULL, CAP_FILE_READ, false, false }, { HISTORY_CLAUDE, NULL, CAP_FILE_WRITE, false, true },
	{ HISTORY_CLAUDE, NULL, CAP_NETWORK, false, true },    { HISTORY_CLAUDE, "Write", 0, false, true },
	{ HISTORY_CLAUDE, "Read", 0, false, false },           { HISTORY_CLAUDE, "mcp__a__b", 0, false, true },
	{ HISTORY_CODEX, NULL, CAP_FILE_WRITE, false, false }, { HISTORY_CODEX, NULL, CAP_FILE_READ, true, true },
	{ HISTORY_SHELL, NULL, CAP_FILE_WRITE, false, false },
};

START_TEST(what_hosts_ask)
{
	struct history_event call = { .request.tool = asked[_i].tool, .request.command = asked[_i].tool ? NULL : "x", .escalated = asked[_i].escalated };
	struct analysis analysis = { .caps = asked[_i].caps };

	ck_assert(history_host_asks(asked[_i].format, &call, &analysis) == asked[_i].asks);
}
END_TEST

/* --- lines --- */

static int open_with(void (*fill)(FILE *file))
{
	FILE *file = tmpfile();
	int fd;

	ck_assert_ptr_nonnull(file);
	fill(file);
	ck_assert_int_eq(fflush(file), 0);
	fd = dup(fileno(file));
	fclose(file);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static void put_long_lines(FILE *file)
{
	fputs("one\n\n", file);
	for (size_t i = 0; i < LINES_MAX_BYTES * 2 + 12345; i++)
		putc('x', file);
	fputs("\n", file);
	for (size_t i = 0; i < LINES_MAX_BYTES; i++)
		putc('y', file);
	fputs("\nlast", file);
}

START_TEST(lines_are_bounded)
{
	struct lines lines;
	const char *line;
	size_t len;
	int fd = open_with(put_long_lines);

	lines_init(&lines, fd);
	ck_assert_int_eq(lines_next(&lines, &line, &len), 0);
	ck_assert(len == 3 && memcmp(line, "one", 3) == 0);
	ck_assert_int_eq(lines_next(&lines, &line, &len), 0);
	ck_assert_uint_eq(len, 0);
	ck_assert_int_eq(lines_next(&lines, &line, &len), LINES_TOO_LONG);
	ck_assert_int_eq(lines_next(&lines, &line, &len), 0);
	ck_assert_uint_eq(len, LINES_MAX_BYTES);
	ck_assert(line[0] == 'y' && line[len - 1] == 'y');
	ck_assert_int_eq(lines_next(&lines, &line, &len), 0);
	ck_assert(len == 4 && memcmp(line, "last", 4) == 0);
	ck_assert_uint_eq(lines.number, 5);
	ck_assert_int_eq(lines_next(&lines, &line, &len), LINES_END);
	ck_assert_uint_le(lines.size, LINES_MAX_BYTES * 4);
	lines_deinit(&lines);
	close(fd);
}
END_TEST

static void put_too_long_at_the_end(FILE *file)
{
	for (size_t i = 0; i < LINES_MAX_BYTES + 1; i++)
		putc('x', file);
}

START_TEST(a_long_line_that_is_cut)
{
	struct lines lines;
	const char *line;
	size_t len;
	int fd = open_with(put_too_long_at_the_end);

	lines_init(&lines, fd);
	ck_assert_int_eq(lines_next(&lines, &line, &len), LINES_TOO_LONG);
	ck_assert_int_eq(lines_next(&lines, &line, &len), LINES_END);
	lines_deinit(&lines);
	close(fd);
}
END_TEST

/* --- tally --- */

START_TEST(tally_counts_and_is_bounded)
{
	struct tally *tally = calloc(1, sizeof(*tally));
	char name[16];

	ck_assert_ptr_nonnull(tally);
	for (int i = 0; i < TALLY_ROWS + 10; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		ck_assert((tally_add(tally, &arena, name, VERDICT_ASK) != NULL) == (i < TALLY_ROWS));
	}
	ck_assert_uint_eq(tally->others, 10);
	tally_add(tally, &arena, "n7", VERDICT_DENY);
	tally_add(tally, &arena, "n7", VERDICT_ASK);
	tally_add(tally, &arena, "n100", VERDICT_ASK);
	tally_sort(tally);
	ck_assert_str_eq(tally->rows[0].name, "n7");
	ck_assert_uint_eq(tally->rows[0].counts[VERDICT_ASK], 2);
	ck_assert_uint_eq(tally->rows[0].counts[VERDICT_DENY], 1);
	ck_assert_str_eq(tally->rows[1].name, "n100");
	ck_assert_str_eq(tally->rows[2].name, "n0");
	free(tally);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("history");
	TCase *tcase = tcase_create("history");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, begin, finish);
	tcase_add_loop_test(tcase, histories_are_read, 0, sizeof(rows) / sizeof(*rows));
	tcase_add_test(tcase, a_NUL_ends_no_command);
	tcase_add_loop_test(tcase, names_of_histories, 0, sizeof(names) / sizeof(*names));
	tcase_add_loop_test(tcase, what_hosts_ask, 0, sizeof(asked) / sizeof(*asked));
	tcase_add_test(tcase, lines_are_bounded);
	tcase_add_test(tcase, a_long_line_that_is_cut);
	tcase_add_test(tcase, tally_counts_and_is_bounded);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
