#include "config.h"
#include "client/hookline.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct observation seen[] = { { "/p/a", "/home/\"q" }, { "/p/b", "/" } };

static const struct script scripts[] = { { "/p/\"a", "ls", 2 }, { "/p/b", "", 0 } };

static const struct script project[] = { { "/p/.tcpbehavd.json", "{}", 2 }, { "/q/.tcpbehavd.json", NULL, 0 } };

static const struct {
	struct hookline_request request;
	const char *line;
} write_rows[] = {
	{ { "claude", NULL, NULL, "", 0, NULL, 0, NULL, 0, NULL, 0 }, "{\"op\":\"hook\",\"host\":\"claude\",\"payload_b64\":\"\"}\n" },
	{ { "codex", "/home/dev", "/home/dev/p", "a", 1, NULL, 0, NULL, 0, NULL, 0 },
	  "{\"op\":\"hook\",\"host\":\"codex\",\"home\":\"/home/dev\",\"workspace\":\"/home/dev/p\",\"payload_b64\":\"YQ==\"}\n" },
	{ { "claude", "/h\"\\\n", NULL, "ab", 2, NULL, 0, NULL, 0, NULL, 0 },
	  "{\"op\":\"hook\",\"host\":\"claude\",\"home\":\"/h\\\"\\\\\\u000a\",\"payload_b64\":\"YWI=\"}\n" },
	{ { "claude", NULL, NULL, "\0\xff~", 3, NULL, 0, NULL, 0, NULL, 0 }, "{\"op\":\"hook\",\"host\":\"claude\",\"payload_b64\":\"AP9+\"}\n" },
	{ { "claude", NULL, NULL, "", 0, seen, 2, NULL, 0, NULL, 0 },
	  "{\"op\":\"hook\",\"host\":\"claude\",\"observed\":[{\"path\":\"/p/a\",\"real\":\"/home/\\\"q\"},"
	  "{\"path\":\"/p/b\",\"real\":\"/\"}],\"payload_b64\":\"\"}\n" },
	{ { "claude", NULL, NULL, "", 0, NULL, 0, scripts, 2, NULL, 0 },
	  "{\"op\":\"hook\",\"host\":\"claude\",\"scripts\":[{\"path\":\"/p/\\\"a\",\"text_b64\":\"bHM=\"},"
	  "{\"path\":\"/p/b\",\"text_b64\":\"\"}],\"payload_b64\":\"\"}\n" },
	{ { "claude", NULL, NULL, "", 0, NULL, 0, NULL, 0, project, 2 },
	  "{\"op\":\"hook\",\"host\":\"claude\",\"project_files\":[{\"path\":\"/p/.tcpbehavd.json\",\"text_b64\":\"e30=\"},"
	  "{\"path\":\"/q/.tcpbehavd.json\"}],\"payload_b64\":\"\"}\n" },
};

START_TEST(request_is_one_line_of_json)
{
	size_t len;
	char *line = hookline_write(&write_rows[_i].request, &len);

	ck_assert_ptr_nonnull(line);
	ck_assert_uint_eq(len, strlen(write_rows[_i].line));
	ck_assert_mem_eq(line, write_rows[_i].line, len);
	free(line);
}
END_TEST

static const struct {
	const char *line;
	const char *stdout_text; /* NULL: refused */
	const char *stderr_text;
	int exit_code;
} read_rows[] = {
	{ "{\"id\":null,\"ok\":true,\"exit\":0,\"stdout\":\"\",\"stderr\":\"\"}", "", "", 0 },
	{ "{\"exit\":2,\"stderr\":\"no\",\"stdout\":\"a\\\"b\\\\\\n\",\"ok\":true}", "a\"b\\\n", "no", 2 },
	{ " { \"ok\" : true , \"exit\" : 0 , \"stdout\" : \"\\u00e4\\ud83d\\ude00\\u20ac\" } ", "\xc3\xa4\xf0\x9f\x98\x80\xe2\x82\xac", "", 0 },
	{ "{\"ok\":true,\"exit\":0,\"stdout\":\"x\",\"stderr\":null}", "x", "", 0 },
	{ "{\"ok\":false,\"error\":{\"code\":\"limit\"}}", NULL, NULL, 0 },
	{ "{\"ok\":false,\"exit\":0,\"stdout\":\"\"}", NULL, NULL, 0 },
	{ "{\"ok\":\"true\",\"exit\":0,\"stdout\":\"\"}", NULL, NULL, 0 },
	{ "{\"ok\":true,\"exit\":0}", NULL, NULL, 0 },
	{ "{\"ok\":true,\"stdout\":\"\"}", NULL, NULL, 0 },
	{ "{\"ok\":true,\"exit\":-1,\"stdout\":\"\"}", NULL, NULL, 0 },
	{ "{\"ok\":true,\"exit\":256,\"stdout\":\"\"}", NULL, NULL, 0 },
	{ "{\"ok\":true,\"exit\":0,\"stdout\":7}", NULL, NULL, 0 },
	{ "{\"ok\":true,\"exit\":0,\"stdout\":\"\\ud83d\"}", NULL, NULL, 0 },
	{ "{\"ok\":true,\"exit\":0,\"stdout\":\"\\x\"}", NULL, NULL, 0 },
	{ "{\"ok\":true,\"exit\":0,\"stdout\":\"", NULL, NULL, 0 },
	{ "{\"ok\":true,\"exit\":0,\"stdout\":\"\\", NULL, NULL, 0 },
	{ "{\"ok\":true,\"exit\":0,\"stdout\":\"\"} x", NULL, NULL, 0 },
	{ "{\"ok\":true,\"exit\":0,\"stdout\":\"\"", NULL, NULL, 0 },
	{ "[]", NULL, NULL, 0 },
	{ "", NULL, NULL, 0 },
};

static const struct {
	const char *look; /* as it is written */
	const char *first; /* NULL: the answer is refused */
	uint32_t n;
} look_rows[] = {
	{ "[\"/p/a\"]", "/p/a", 1 },
	{ " [ \"/p/\\u00e4\\\"\" , \"/x\" ] ", "/p/\xc3\xa4\"", 2 },
	{ "[\"/p/a\",\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\",\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\"]", "/p/a", ANALYSIS_LOOK_MAX },
	{ "[\"/p/a\"", NULL, 0 },
	{ "[7]", NULL, 0 },
	{ "\"/p/a\"", NULL, 0 },
	{ "[\"/p/a\",]", NULL, 0 },
};

START_TEST(paths_to_look_at_are_read_or_refused)
{
	struct hookline_answer answer;
	char line[512];
	int rc;

	snprintf(line, sizeof(line), "{\"ok\":true,\"exit\":0,\"look\":%s,\"stdout\":\"s\"}", look_rows[_i].look);
	rc = hookline_read(line, strlen(line), &answer);
	if (!look_rows[_i].first) {
		ck_assert_int_lt(rc, 0);
		return;
	}
	ck_assert_int_eq(rc, 0);
	ck_assert_uint_eq(answer.n_look, look_rows[_i].n);
	ck_assert_str_eq(answer.look[0], look_rows[_i].first);
	ck_assert_str_eq(answer.stdout_text, "s");
}
END_TEST

START_TEST(files_to_read_are_bounded)
{
	char line[] = "{\"ok\":true,\"exit\":0,\"read\":[\"/0\",\"/1\",\"/2\",\"/3\",\"/4\",\"/5\",\"/6\",\"/7\",\"/8\"],\"stdout\":\"\"}";
	struct hookline_answer answer;

	ck_assert_int_eq(hookline_read(line, strlen(line), &answer), 0);
	ck_assert_uint_eq(answer.n_read, ANALYSIS_READ_MAX);
	ck_assert_str_eq(answer.read[ANALYSIS_READ_MAX - 1], "/7");
	ck_assert_uint_eq(answer.n_look, 0);
}
END_TEST

START_TEST(answer_is_read_or_refused)
{
	struct hookline_answer answer;
	size_t len = strlen(read_rows[_i].line);
	char *line = malloc(len + 1);

	memcpy(line, read_rows[_i].line, len + 1);
	if (!read_rows[_i].stdout_text) {
		ck_assert_int_lt(hookline_read(line, len, &answer), 0);
	} else {
		ck_assert_int_eq(hookline_read(line, len, &answer), 0);
		ck_assert_int_eq(answer.exit_code, read_rows[_i].exit_code);
		ck_assert_uint_eq(answer.stdout_len, strlen(read_rows[_i].stdout_text));
		ck_assert_mem_eq(answer.stdout_text, read_rows[_i].stdout_text, answer.stdout_len);
		ck_assert_uint_eq(answer.stderr_len, strlen(read_rows[_i].stderr_text));
		if (answer.stderr_len)
			ck_assert_mem_eq(answer.stderr_text, read_rows[_i].stderr_text, answer.stderr_len);
	}
	free(line);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("hookline");
	TCase *tests = tcase_create("hookline");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tests, request_is_one_line_of_json, 0, sizeof(write_rows) / sizeof(write_rows[0]));
	tcase_add_test(tests, files_to_read_are_bounded);
	tcase_add_loop_test(tests, paths_to_look_at_are_read_or_refused, 0, sizeof(look_rows) / sizeof(look_rows[0]));
	tcase_add_loop_test(tests, answer_is_read_or_refused, 0, sizeof(read_rows) / sizeof(read_rows[0]));
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
