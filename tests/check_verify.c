#include "config.h"
#include "common/verify.h"
#include "tests/images.h"

#include <string.h>

static char said[4096];

static void collect(void *data, const char *key, const char *what)
{
	size_t used = strlen(said);

	(void)data;
	snprintf(said + used, sizeof(said) - used, "%s: %s\n", key, what);
}

/* The number of problems of one tool, {"name": "t", REST}. */
static unsigned verify(const char *rest)
{
	struct knowledge *knowledge;
	struct image image;
	struct table table;
	char text[1024];
	unsigned n;
	int len = snprintf(text, sizeof(text), "{\"family\":\"f\",\"tools\":[{\"name\":\"t\",%s}]}", rest);

	ck_assert_int_eq(knowledge_load_text("t.json", text, (size_t)len, image_fail, NULL, &knowledge), 0);
	ck_assert_int_eq(build_image(knowledge, &image), 0);
	table = image_table(&image);
	said[0] = '\0';
	n = verify_strict(&table, collect, NULL);
	image_free(&image);
	knowledge_free(knowledge);
	return n;
}

#define TEXTS "\"why\":\"w\",\"safer\":\"s\""

static const struct {
	const char *rest;
	const char *part; /* of the only problem; NULL: there is none */
} cases[] = {
	{ "\"about\":\"a\",\"risk\":\"low\",\"adds\":[\"FILE_WRITE\"]", NULL },
	{ "\"about\":\"a\",\"risk\":\"high\"," TEXTS, NULL },
	{ "\"about\":\"a\",\"risk\":\"safe\",\"permute\":false,\"adds\":[\"WRAPPER\"],\"operands\":[\"number\",\"command\"]", NULL },
	{ "\"risk\":\"low\"", "t: no \"about\"" },
	{ "\"about\":\"a\",\"risk\":\"safe\",\"adds\":[\"FILE_WRITE\"]", "the tool itself: risk safe, but it adds FILE_WRITE" },
	{ "\"about\":\"a\",\"risk\":\"high\",\"why\":\"w\"", "risk high without \"safer\"" },
	{ "\"about\":\"a\",\"risk\":\"low\",\"safer\":\"s\"", "\"safer\" without \"why\"" },
	{ "\"about\":\"a\",\"risk\":\"low\",\"options\":[{\"names\":[\"-f\"],\"risk\":\"critical\",\"why\":\"w\"}]",
	  "option -f: risk critical without" },
	{ "\"about\":\"a\",\"risk\":\"low\",\"options\":[{\"names\":[\"-f\"],\"risk\":\"medium\",\"lowers\":\"safe\"}]",
	  "option -f: lowers to safe and has risk medium" },
	{ "\"about\":\"a\",\"risk\":\"low\",\"adds\":[\"WRAPPER\"],\"operands\":[\"command\"]", "operand 0 is a command, but options" },
	{ "\"about\":\"a\",\"risk\":\"low\",\"permute\":false,\"operands\":[\"text\",\"command\"]",
	  "operand 1 is a command; add the capability WRAPPER" },
	{ "\"about\":\"a\",\"risk\":\"low\",\"permute\":false,\"adds\":[\"WRAPPER\"],\"operands\":[\"command\",\"text\"]",
	  "takes all words behind it" },
	{ "\"about\":\"a\",\"risk\":\"low\",\"subcommands\":[]", "\"subcommands\" is empty" },
	{ "\"about\":\"a\",\"risk\":\"low\",\"options\":[{\"names\":[\"-f\"]}],"
	  "\"when\":[{\"all\":[\"-f\"],\"none\":[\"-f\"],\"adds\":[\"BULK\"]}]", "when clause 0 can never match" },
	{ "\"about\":\"a\",\"risk\":\"low\",\"options\":[{\"names\":[\"-f\"]}],"
	  "\"when\":[{\"any\":[\"-f\"],\"none\":[\"-f\"],\"adds\":[\"BULK\"]}]", "when clause 0 can never match" },
	{ "\"about\":\"a\",\"risk\":\"low\",\"when\":[{\"min_operands\":2,\"max_operands\":1,\"adds\":[\"BULK\"]}]",
	  "when clause 0 can never match" },
};

START_TEST(strict_problems)
{
	unsigned n = verify(cases[_i].rest);

	ck_assert_msg(n == (cases[_i].part ? 1 : 0), "%s\n%s", cases[_i].rest, said);
	if (cases[_i].part)
		ck_assert_msg(strstr(said, cases[_i].part), "expected %s\ngot %s", cases[_i].part, said);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("verify");
	TCase *tests = tcase_create("verify");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tests, strict_problems, 0, sizeof(cases) / sizeof(cases[0]));
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
