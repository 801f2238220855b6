#include "config.h"

#include "daemon/conf.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct conf conf;
static char why[512];

static int parse(const char *text)
{
	conf_defaults(&conf);
	why[0] = '\0';
	return conf_parse(&conf, "x.json", text, strlen(text), why, sizeof(why));
}

START_TEST(test_values)
{
	ck_assert_int_eq(parse("{\"socket\": \"/a/b\", \"socket_mode\": \"0600\", \"mode\": \"advisory\", \"hosts\": [\"x\", \"y\"],\n"
	                       "\"limits\": {\"connections\": 7, \"line_bytes\": 5000}, \"store\": {\"commit_ms\": 1}}"),
	                 0);
	ck_assert_str_eq(conf.socket, "/a/b");
	ck_assert_uint_eq(conf.socket_mode, 0600);
	ck_assert_int_eq(conf.mode, CONF_MODE_ADVISORY);
	ck_assert_str_eq(conf.hosts, "x y");
	ck_assert_int_eq(conf.connections, 7);
	ck_assert_uint_eq(conf.line_bytes, 5000);
	ck_assert_int_eq(conf.commit_ms, 1);
	ck_assert_int_eq(conf.agents, 1024);
}
END_TEST

START_TEST(test_empty_is_default)
{
	struct conf defaults;

	conf_defaults(&defaults);
	ck_assert_int_eq(parse("{}"), 0);
	ck_assert_mem_eq(&defaults, &conf, sizeof(conf));
}
END_TEST

static const struct {
	const char *text;
	const char *part; /* of the error */
} errors[] = {
	{ "{\n\"limits\": {\n\"conections\": 3}}", "x.json: line 3: \"conections\" is not a setting; the nearest is \"limits.connections\"" },
	{ "{\"sockett\": \"/x\"}", "the nearest is \"socket\"" },
	{ "{\"limits\": 3}", "\"limits\" must be an object" },
	{ "{\"limits\": {\"limits\": {}}}", "is not a setting" },
	{ "{\"socket\": \"x\"}", "absolute" },
	{ "{\"socket\": 3}", "must be a string" },
	{ "{\"socket_mode\": \"rw\"}", "octal" },
	{ "{\"socket_mode\": \"7777\"}", "octal" },
	{ "{\"mode\": \"lenient\"}", "must be one of: auto guarding advisory" },
	{ "{\"limits\": {\"connections\": 0}}", "from 1 to 4096" },
	{ "{\"limits\": {\"connections\": 1.5}}", "from 1 to 4096" },
	{ "{\"limits\": {\"connections\": \"7\"}}", "from 1 to 4096" },
	{ "{\"limits\": {\"connections\": -1}}", "from 1 to 4096" },
	{ "{\"hosts\": \"x\"}", "list of strings" },
	{ "{\"hosts\": [\"a b\"]}", "without blanks" },
	{ "[]", "must be an object" },
	{ "{\n\"mode\": \"auto\",\n}", "line 3" },
	{ "", "x.json: line 1" },
};

START_TEST(test_errors)
{
	struct conf defaults;

	conf_defaults(&defaults);
	ck_assert_int_lt(parse(errors[_i].text), 0);
	ck_assert_msg(strstr(why, errors[_i].part) != NULL, "%s: %s", errors[_i].text, why);
	ck_assert_mem_eq(&defaults, &conf, sizeof(conf)); /* as it was */
}
END_TEST

START_TEST(test_printed_is_read)
{
	struct conf again;
	char *text = NULL;
	size_t len;
	FILE *file = open_memstream(&text, &len);

	ck_assert_int_eq(parse("{\"socket\": \"/a\\\"b\", \"mode\": \"guarding\", \"limits\": {\"agents\": 9}, \"hosts\": []}"), 0);
	conf_print(&conf, file);
	fclose(file);
	conf_defaults(&again);
	ck_assert_int_eq(conf_parse(&again, "printed", text, len, why, sizeof(why)), 0);
	ck_assert_mem_eq(&conf, &again, sizeof(conf));
	free(text);
}
END_TEST

START_TEST(test_files)
{
	ck_assert_int_lt(conf_read(&conf, "/nowhere/x.json", why, sizeof(why)), 0);
	ck_assert_ptr_nonnull(strstr(why, "/nowhere/x.json: cannot read"));
	ck_assert_int_lt(conf_read(&conf, "/dev/null", why, sizeof(why)), 0);
	ck_assert_int_lt(conf_read(&conf, "/", why, sizeof(why)), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("conf");
	TCase *tests = tcase_create("conf");
	SRunner *runner = srunner_create(suite);

	tcase_add_test(tests, test_values);
	tcase_add_test(tests, test_empty_is_default);
	tcase_add_loop_test(tests, test_errors, 0, (int)(sizeof(errors) / sizeof(errors[0])));
	tcase_add_test(tests, test_printed_is_read);
	tcase_add_test(tests, test_files);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
