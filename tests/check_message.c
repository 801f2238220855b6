#include "config.h"
#include "common/message.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct arena arena;
static struct message message;
static struct message_error error;
static struct check_request request;
static struct text out;

static void setup(void)
{
	ck_assert_int_eq(arena_init(&arena, 4096, (size_t)1 << 26), 0);
	text_init(&out, &arena, 256);
}

static void teardown(void)
{
	arena_deinit(&arena);
}

static int open_line(const char *line)
{
	return message_open(&arena, line, strlen(line), OP_CHECK, &message, &error);
}

static int read_line(const char *line)
{
	int rc = open_line(line);

	return rc ? rc : message_read_check(&arena, &message, &request, &error);
}

START_TEST(a_whole_request)
{
	ck_assert_int_eq(read_line("{\"id\":7,\"op\":\"analyze\",\"command\":\"rm -rf build\",\"cwd\":\"/home/dev/p\","
	                           "\"workspace\":[\"/home/dev/p\",\"/srv\"],\"home\":\"/home/dev\",\"agent\":\"a1\",\"session\":\"s1\","
	                           "\"profile\":\"strict\",\"dialect\":\"zsh\",\"later\":{\"x\":1}}"),
	                 0);
	ck_assert_int_eq(message.op, OP_ANALYZE);
	ck_assert_uint_eq(message.id_len, 1);
	ck_assert_str_eq(request.command, "rm -rf build");
	ck_assert_uint_eq(request.command_len, 12);
	ck_assert_uint_eq(request.n_workspaces, 2);
	ck_assert_str_eq(request.workspaces[1], "/srv");
	ck_assert_str_eq(request.agent, "a1");
	ck_assert_int_eq(request.profile, PROFILE_STRICT);
	ck_assert_int_eq(request.dialect, SHELL_ZSH);
}
END_TEST

START_TEST(what_is_not_said_is_not_known)
{
	ck_assert_int_eq(read_line("{\"command\":\"ls\",\"cwd\":null,\"workspace\":\"/w\"}"), 0);
	ck_assert_int_eq(message.op, OP_CHECK);
	ck_assert_ptr_null(message.id);
	ck_assert_ptr_null(request.cwd);
	ck_assert_ptr_null(request.home);
	ck_assert_ptr_null(request.agent);
	ck_assert_uint_eq(request.n_workspaces, 1);
	ck_assert_int_eq(request.profile, PROFILE_PERMISSIVE);
}
END_TEST

START_TEST(bytes_of_any_kind_in_base64)
{
	ck_assert_int_eq(read_line("{\"command_b64\":\"Y2F0IP8=\"}"), 0);
	ck_assert_uint_eq(request.command_len, 5);
	ck_assert_int_eq(memcmp(request.command, "cat \xff", 6), 0);
	ck_assert_int_eq(read_line("{\"command_b64\":\"Y2F0IP8\"}"), 0);
	ck_assert_uint_eq(request.command_len, 5);
}
END_TEST

START_TEST(a_tool_call_is_flattened)
{
	ck_assert_int_eq(read_line("{\"tool\":\"Edit\",\"args\":{\"file_path\":\"/p/x\",\"edits\":[{\"old\":\"a\",\"n\":2},{\"all\":true}],"
	                           "\"none\":null,\"empty\":{}}}"),
	                 0);
	static const char *const wanted[][2] = {
		{ "file_path", "/p/x" }, { "edits.0.old", "a" }, { "edits.0.n", "2" }, { "edits.1.all", "true" }, { "none", "" },
	};
	ck_assert_uint_eq(request.n_arguments, 5);
	for (size_t i = 0; i < 5; i++) {
		ck_assert_str_eq(request.arguments[i].name, wanted[i][0]);
		ck_assert_str_eq(request.arguments[i].value, wanted[i][1]);
		ck_assert_uint_eq(request.arguments[i].len, strlen(wanted[i][1]));
	}
	ck_assert_int_eq(read_line("{\"tool\":\"TodoRead\"}"), 0);
	ck_assert_uint_eq(request.n_arguments, 0);
}
END_TEST

static const struct {
	const char *line;
	enum protocol_error code;
	const char *text;
} bad[] = {
	{ "rm -rf /", ERROR_BAD_JSON, "byte 0: a value is missing" },
	{ "{\"id\":3,\"command\":\"ls\"", ERROR_BAD_JSON, "byte 22: a comma or } is missing" },
	{ "[]", ERROR_BAD_JSON, "a request is an object" },
	{ "{\"command\":\"a\\u0000b\"}", ERROR_BAD_JSON, "NUL" },
	{ "{\"op\":\"chek\"}", ERROR_UNKNOWN_OP, "there is no op 'chek'" },
	{ "{\"op\":5}", ERROR_BAD_REQUEST, "\"op\" must be a string" },
	{ "{}", ERROR_BAD_REQUEST, "is missing" },
	{ "{\"command\":5}", ERROR_BAD_REQUEST, "\"command\" must be a string" },
	{ "{\"command\":\"ls\",\"tool\":\"Bash\"}", ERROR_BAD_REQUEST, "exclude each other" },
	{ "{\"command_b64\":\"Y2F0IA!\"}", ERROR_BAD_REQUEST, "must be base64" },
	{ "{\"command_b64\":\"bHMAcm0=\"}", ERROR_BAD_REQUEST, "NUL" },
	{ "{\"command\":\"ls\",\"cwd\":\"p\"}", ERROR_BAD_REQUEST, "\"cwd\" must be an absolute path" },
	{ "{\"command\":\"ls\",\"home\":\"\"}", ERROR_BAD_REQUEST, "\"home\" must be an absolute path" },
	{ "{\"command\":\"ls\",\"workspace\":[\"/p\",\"q\"]}", ERROR_BAD_REQUEST, "\"workspace\" must be an absolute path" },
	{ "{\"command\":\"ls\",\"workspace\":[1]}", ERROR_BAD_REQUEST, "array of strings" },
	{ "{\"command\":\"ls\",\"agent\":\"a b\"}", ERROR_BAD_REQUEST, "\"agent\" must be" },
	{ "{\"command\":\"ls\",\"session\":\"\"}", ERROR_BAD_REQUEST, "\"session\" must be" },
	{ "{\"command\":\"ls\",\"profile\":\"lax\"}", ERROR_BAD_REQUEST, "\"profile\" must be permissive" },
	{ "{\"command\":\"ls\",\"dialect\":\"fish\"}", ERROR_BAD_REQUEST, "\"dialect\" must be bash" },
	{ "{\"tool\":\"x\",\"args\":[1]}", ERROR_BAD_REQUEST, "\"args\" must be an object" },
	{ "{\"command\":\"ls\",\"command\":\"rm\"}", ERROR_BAD_JSON, "stands twice" },
};

START_TEST(bad_requests_say_what_is_wrong)
{
	ck_assert_msg(read_line(bad[_i].line) == -EINVAL, "%s", bad[_i].line);
	ck_assert_msg(error.code == bad[_i].code && strstr(error.text, bad[_i].text), "%s: %s", bad[_i].line, error.text);
	if (strstr(bad[_i].line, "\"id\":3"))
		ck_assert(message.id_len == 1 && message.id[0] == '3');
}
END_TEST

START_TEST(an_op_may_be_required)
{
	static const char line[] = "{\"command\":\"ls\"}";

	ck_assert_int_eq(message_open(&arena, line, sizeof(line) - 1, OP_COUNT, &message, &error), -EINVAL);
	ck_assert_int_eq(error.code, ERROR_BAD_REQUEST);
}
END_TEST

START_TEST(too_long_is_a_question_and_no_error)
{
	char *line = arena_alloc(&arena, ANALYSIS_LENGTH_MAX + 100);
	size_t at = strlen(strcpy(line, "{\"command\":\""));

	memset(line + at, 'a', ANALYSIS_LENGTH_MAX + 1);
	strcpy(line + at + ANALYSIS_LENGTH_MAX + 1, "\"}");
	ck_assert_int_eq(read_line(line), 0);
	ck_assert(request.too_long);
}
END_TEST

START_TEST(too_many_arguments)
{
	text_puts(&out, "{\"tool\":\"x\",\"args\":{\"a\":[0");
	for (int i = 0; i < MESSAGE_ARGUMENTS_MAX; i++)
		text_puts(&out, ",1");
	text_puts(&out, "]}}");
	ck_assert_int_eq(read_line(text_end(&out)), -EINVAL);
	ck_assert_ptr_nonnull(strstr(error.text, "more than 1024 arguments"));
}
END_TEST

START_TEST(no_two_calls_share_a_hash)
{
	static const char *const lines[] = {
		"{\"command\":\"ls\"}", "{\"command\":\"ls\",\"cwd\":\"/\"}", "{\"command\":\"ls /\"}", "{\"tool\":\"ls\"}",
		"{\"tool\":\"ls\",\"args\":{\"a\":\"b\"}}", "{\"tool\":\"ls\",\"args\":{\"ab\":\"\"}}",
		"{\"tool\":\"ls\",\"args\":{\"a\":\"b\",\"c\":\"\"}}",
	};
	uint8_t hashes[7][POLICY_HASH_BYTES];
	uint8_t again[POLICY_HASH_BYTES];

	for (size_t i = 0; i < 7; i++) {
		ck_assert_int_eq(read_line(lines[i]), 0);
		check_request_hash(&request, hashes[i]);
		check_request_hash(&request, again);
		ck_assert_mem_eq(hashes[i], again, POLICY_HASH_BYTES);
		for (size_t j = 0; j < i; j++)
			ck_assert_mem_ne(hashes[i], hashes[j], POLICY_HASH_BYTES);
	}
}
END_TEST

START_TEST(a_call_as_text)
{
	size_t len;

	ck_assert_int_eq(read_line("{\"tool\":\"Write\",\"args\":{\"file_path\":\"/p/x\",\"content\":\"a\\nb\"}}"), 0);
	ck_assert_str_eq(check_request_text(&request, &arena, 1000, &len), "Write file_path='/p/x' content='a b'");
	ck_assert_int_eq(read_line("{\"command\":\"ls -la /tmp\"}"), 0);
	ck_assert_str_eq(check_request_text(&request, &arena, 6, &len), "ls -la");
	ck_assert_uint_eq(len, 6);
}
END_TEST

/* --- answers --- */

static struct finding second = {
	.rule = "git.push.force", .why = "rewrites what others have", .span = { 9, 25 }, .risk = RISK_HIGH, .place = PLACE_REMOTE,
};
static struct finding first = {
	.next = &second, .rule = "fs.delete.workspace", .why = "deletes \"build\"", .safer = "rm -ri build", .span = { 0, 5 },
	.risk = RISK_MEDIUM, .place = PLACE_WORKSPACE,
};

static void fill(struct check_answer *answer)
{
	static const char *unknown[] = { "frob\x1b" };
	struct analysis analysis = {
		.caps = CAP_FILE_WRITE | CAP_DESTRUCTIVE, .risk = RISK_HIGH, .findings = &first, .unknown = unknown, .n_unknown = 1,
	};
	struct verdict verdict = {
		.verdict = VERDICT_ASK, .finding = &second, .tier = TIER_WATCHED, .level = LEVEL_UNUSUAL,
		.decided_by = DECIDED_BY_STANDING,
	};

	check_answer_fill(answer, &analysis, &verdict);
	answer->id = "7";
	answer->id_len = 1;
	answer->request = 12;
	answer->event = 123;
}

START_TEST(an_answer_has_the_promised_form)
{
	struct check_answer answer;

	fill(&answer);
	message_write_check(&out, &answer);
	ck_assert_str_eq(text_end(&out),
	                 "{\"id\":7,\"verdict\":\"ask\",\"risk\":\"high\",\"capabilities\":[\"DESTRUCTIVE\",\"FILE_WRITE\"],\"findings\":["
	                 "{\"rule\":\"fs.delete.workspace\",\"start\":0,\"end\":5,\"why\":\"deletes \\\"build\\\"\",\"safer\":\"rm -ri build\","
	                 "\"risk\":\"medium\",\"place\":\"workspace\"},"
	                 "{\"rule\":\"git.push.force\",\"start\":9,\"end\":25,\"why\":\"rewrites what others have\",\"safer\":null,"
	                 "\"risk\":\"high\",\"place\":\"remote\",\"decides\":true}],"
	                 "\"unknown\":[\"frob\\u001b\"],\"decided_by\":\"standing\",\"request\":12,\"event\":\"123\","
	                 "\"standing\":\"watched\",\"level\":\"unusual\",\"mode\":\"socket\"}\n");
}
END_TEST

START_TEST(an_answer_reads_back)
{
	struct check_answer answer, back;

	fill(&answer);
	answer.why = "because";
	answer.embedded = true;
	message_write_check(&out, &answer);
	ck_assert_int_eq(message_read_answer(&arena, out.data, out.len, &back, &error), 0);
	ck_assert_int_eq(back.verdict, VERDICT_ASK);
	ck_assert_int_eq(back.risk, RISK_HIGH);
	ck_assert_uint_eq(back.caps, answer.caps);
	ck_assert_int_eq(back.decided_by, DECIDED_BY_STANDING);
	ck_assert_str_eq(back.decided->rule, "git.push.force");
	ck_assert_uint_eq(back.decided->span.start, 9);
	ck_assert_int_eq(back.decided->place, PLACE_REMOTE);
	ck_assert_ptr_eq(back.findings->next, back.decided);
	ck_assert_uint_eq(back.n_unknown, 1);
	ck_assert_uint_eq(back.request, 12);
	ck_assert_uint_eq(back.event, 123);
	ck_assert_int_eq(back.standing, TIER_WATCHED);
	ck_assert_int_eq(back.level, LEVEL_UNUSUAL);
	ck_assert_str_eq(back.why, "because");
	ck_assert(back.embedded && !back.pure);
}
END_TEST

START_TEST(analyze_has_no_verdict)
{
	struct analysis analysis = { .risk = RISK_LOW };
	struct check_answer answer;

	check_answer_fill(&answer, &analysis, NULL);
	answer.embedded = true;
	message_write_check(&out, &answer);
	ck_assert_str_eq(text_end(&out), "{\"id\":null,\"risk\":\"low\",\"capabilities\":[],\"findings\":[],\"unknown\":[],\"mode\":\"embedded\"}\n");
}
END_TEST

START_TEST(many_findings_show_the_worst)
{
	struct finding *list = NULL;
	struct analysis analysis = { .risk = RISK_HIGH };
	struct verdict verdict = { .verdict = VERDICT_ASK };
	struct check_answer answer;
	size_t shown = 0;

	for (int i = 0; i < 200; i++) {
		struct finding *f = arena_new(&arena, struct finding);
		*f = (struct finding){ .next = list, .rule = i == 5 ? "the.worst" : "x", .why = "y", .risk = i == 5 ? RISK_HIGH : RISK_LOW };
		list = f;
		if (i == 7)
			verdict.finding = f;
	}
	analysis.findings = list;
	check_answer_fill(&answer, &analysis, &verdict);
	message_write_check(&out, &answer);
	for (const char *at = text_end(&out); (at = strstr(at, "\"rule\"")); at++)
		shown++;
	ck_assert_uint_eq(shown, MESSAGE_FINDINGS_MAX + 1);
	ck_assert_ptr_nonnull(strstr(out.data, "the.worst"));
	ck_assert_ptr_nonnull(strstr(out.data, "\"decides\":true"));
	ck_assert_ptr_nonnull(strstr(out.data, "\"findings_left_out\":136"));
}
END_TEST

START_TEST(errors_travel)
{
	struct message_error sent = { .code = ERROR_LIMIT, .retry_after_ms = 5, .text = "too many" };
	struct check_answer answer;

	message_write_error(&out, "\"a\"", 3, &sent);
	ck_assert_str_eq(text_end(&out), "{\"id\":\"a\",\"ok\":false,\"error\":{\"code\":\"limit\",\"message\":\"too many\",\"retry_after_ms\":5}}\n");
	ck_assert_int_eq(message_read_answer(&arena, out.data, out.len, &answer, &error), MESSAGE_REFUSED);
	ck_assert_int_eq(error.code, ERROR_LIMIT);
	ck_assert_uint_eq(error.retry_after_ms, 5);
	ck_assert_str_eq(error.text, "too many");
	ck_assert_uint_eq(answer.id_len, 3);
}
END_TEST

static const char *const no_answers[] = { "", "hello", "[]", "{}", "{\"risk\":\"dreadful\"}", "{\"risk\":\"low\",\"verdict\":\"perhaps\"}",
	"{\"risk\":\"low\",\"capabilities\":[\"FLY\"]}", "{\"risk\":\"low\",\"findings\":[1]}", "{\"error\":{}}" };

START_TEST(nonsense_is_no_answer)
{
	struct check_answer answer;

	ck_assert_int_eq(message_read_answer(&arena, no_answers[_i], strlen(no_answers[_i]), &answer, &error), -EINVAL);
	ck_assert_uint_gt(strlen(error.text), 0);
}
END_TEST

/* --- the other ops --- */

START_TEST(hello_binds_names)
{
	struct hello_request hello;

	ck_assert_int_eq(open_line("{\"op\":\"hello\",\"agent\":\"a1\",\"host\":\"claude\",\"project\":\"/p\"}"), 0);
	ck_assert_int_eq(message_read_hello(&message, &hello, &error), 0);
	ck_assert_str_eq(hello.agent, "a1");
	ck_assert_str_eq(hello.project, "/p");
	ck_assert_ptr_null(hello.role);
	ck_assert_int_eq(open_line("{\"op\":\"hello\",\"agent\":\"a\\u001b[2K\"}"), 0);
	ck_assert_int_eq(message_read_hello(&message, &hello, &error), -EINVAL);
}
END_TEST

START_TEST(hook_there_and_back)
{
	struct hook_request hook;
	struct hook_answer answer = { .stdout_text = "{\"a\":1}\n", .stdout_len = 8, .stderr_text = "x", .exit_code = 2 };
	struct hook_answer back;

	ck_assert_int_eq(open_line("{\"id\":1,\"op\":\"hook\",\"host\":\"claude\",\"home\":\"/h\",\"workspace\":\"/p\",\"payload_b64\":\"e30A\"}"), 0);
	ck_assert_int_eq(message_read_hook(&arena, &message, &hook, &error), 0);
	ck_assert_str_eq(hook.host, "claude");
	ck_assert_uint_eq(hook.payload_len, 3);
	ck_assert_mem_eq(hook.payload, "{}", 3);
	message_write_hook(&out, &message, &answer);
	ck_assert_int_eq(message_read_hook_answer(&arena, out.data, out.len, &back, &error), 0);
	ck_assert_str_eq(back.stdout_text, answer.stdout_text);
	ck_assert_str_eq(back.stderr_text, "x");
	ck_assert_int_eq(back.exit_code, 2);
	ck_assert_int_eq(open_line("{\"op\":\"hook\",\"host\":\"claude\"}"), 0);
	ck_assert_int_eq(message_read_hook(&arena, &message, &hook, &error), -EINVAL);
}
END_TEST

START_TEST(fields_of_administration)
{
	struct rule_request rule;
	struct log_request log;
	const char *agent, *reason;
	const char *const *names;
	uint64_t number;
	size_t n;

	ck_assert_int_eq(open_line("{\"op\":\"allow\",\"pattern\":\"git push\",\"request\":\"12\",\"limit\":5,\"agent\":\"a\",\"name\":[\"ls\",\"rm\"]}"), 0);
	ck_assert_int_eq(message_read_rule(&message, &rule, &error), 0);
	ck_assert_str_eq(rule.pattern, "git push");
	ck_assert_int_eq(message_read_request_number(&message, &number, &error), 0);
	ck_assert_uint_eq(number, 12);
	ck_assert_int_eq(message_read_log(&message, &log, &error), 0);
	ck_assert_uint_eq(log.limit, 5);
	ck_assert_int_eq(message_read_agent(&message, &agent, &reason, &error), 0);
	ck_assert_str_eq(agent, "a");
	ck_assert_int_eq(message_read_lookup(&arena, &message, &names, &n, &error), 0);
	ck_assert_uint_eq(n, 2);
	ck_assert_int_eq(open_line("{\"op\":\"allow\"}"), 0);
	ck_assert_int_eq(message_read_rule(&message, &rule, &error), -EINVAL);
	ck_assert_int_eq(message_read_request_number(&message, &number, &error), -EINVAL);
	ck_assert_int_eq(message_read_agent(&message, &agent, &reason, &error), -EINVAL);
	ck_assert_int_eq(message_read_lookup(&arena, &message, &names, &n, &error), -EINVAL);
	ck_assert_int_eq(message_read_log(&message, &log, &error), 0);
	ck_assert_uint_eq(log.limit, 20);
}
END_TEST

START_TEST(every_op_and_error_has_its_row)
{
	for (int op = 0; op < OP_COUNT; op++) {
		ck_assert_int_eq(protocol_op_from_name(protocol_ops[op].name), op);
		ck_assert_uint_gt(strlen(protocol_ops[op].help), 0);
	}
	for (int code = 0; code < ERROR_COUNT; code++) {
		ck_assert_int_eq(protocol_error_from_name(protocol_errors[code].name), code);
		ck_assert_int_ge(protocol_errors[code].sysexit, 64);
	}
	ck_assert_int_eq(protocol_op_from_name("no"), -1);
}
END_TEST

/* What widens what an agent may do is never for everybody. */
START_TEST(what_loosens_is_for_administrators)
{
	static const enum protocol_op ops[] = { OP_APPROVALS, OP_APPROVE, OP_ALLOW, OP_FORBID, OP_RELEASE, OP_TRUST, OP_RELOAD };

	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		ck_assert_int_eq(protocol_ops[ops[i]].permission, PROTOCOL_ADMIN);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("message");
	TCase *tests = tcase_create("message");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, a_whole_request);
	tcase_add_test(tests, what_is_not_said_is_not_known);
	tcase_add_test(tests, bytes_of_any_kind_in_base64);
	tcase_add_test(tests, a_tool_call_is_flattened);
	tcase_add_loop_test(tests, bad_requests_say_what_is_wrong, 0, (int)(sizeof(bad) / sizeof(bad[0])));
	tcase_add_test(tests, an_op_may_be_required);
	tcase_add_test(tests, too_long_is_a_question_and_no_error);
	tcase_add_test(tests, too_many_arguments);
	tcase_add_test(tests, no_two_calls_share_a_hash);
	tcase_add_test(tests, a_call_as_text);
	tcase_add_test(tests, an_answer_has_the_promised_form);
	tcase_add_test(tests, an_answer_reads_back);
	tcase_add_test(tests, analyze_has_no_verdict);
	tcase_add_test(tests, many_findings_show_the_worst);
	tcase_add_test(tests, errors_travel);
	tcase_add_loop_test(tests, nonsense_is_no_answer, 0, (int)(sizeof(no_answers) / sizeof(no_answers[0])));
	tcase_add_test(tests, hello_binds_names);
	tcase_add_test(tests, hook_there_and_back);
	tcase_add_test(tests, fields_of_administration);
	tcase_add_test(tests, every_op_and_error_has_its_row);
	tcase_add_test(tests, what_loosens_is_for_administrators);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
