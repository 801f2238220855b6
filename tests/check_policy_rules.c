#include "config.h"
#include "tests/policy_case.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

START_TEST(a_user_allows_one_finding_and_no_other)
{
	happens(RISK_HIGH, PLACE_REMOTE, "git.push.force", 0, 16);
	runs("git push", RISK_HIGH, CAP_NETWORK, 0, 16);
	user_rule("rule:git.push.*", VERDICT_ALLOW);
	judge();
	ck_assert_int_eq(verdict.verdict, VERDICT_ALLOW);
	happens(RISK_HIGH, PLACE_REMOTE, "kubectl.delete", 20, 40);
	runs("kubectl delete", RISK_HIGH, CAP_NETWORK, 20, 40);
	judge();
	ck_assert_int_eq(verdict.verdict, VERDICT_ASK);
}
END_TEST

START_TEST(an_allowed_tool_does_not_excuse_its_neighbor_in_the_same_word)
{
	happens(RISK_HIGH, PLACE_REMOTE, "kubectl.delete", 9, 50);
	runs("bash", RISK_SAFE, CAP_WRAPPER, 0, 50);
	runs("git push", RISK_SAFE, 0, 9, 50);
	runs("kubectl delete", RISK_HIGH, 0, 9, 50);
	user_rule("git push", VERDICT_ALLOW);
	judge();
	ck_assert_int_eq(verdict.verdict, VERDICT_ASK);
}
END_TEST

START_TEST(a_silent_command_is_not_excused_by_anothers_finding)
{
	happens(RISK_HIGH, PLACE_SYSTEM, "system.service", 0, 10);
	runs("systemctl restart", RISK_HIGH, 0, 0, 10);
	runs("other", RISK_HIGH, 0, 12, 20);
	user_rule("systemctl", VERDICT_ALLOW);
	judge();
	ck_assert_int_eq(verdict.verdict, VERDICT_ASK);
	user_rule("other", VERDICT_ALLOW);
	judge();
	ck_assert_int_eq(verdict.verdict, VERDICT_ALLOW);
}
END_TEST

START_TEST(what_no_rule_of_a_user_lifts)
{
	user_rule("dd", VERDICT_ALLOW);
	happens(RISK_CRITICAL, PLACE_SYSTEM, "fs.device", 0, 10);
	runs("dd", RISK_CRITICAL, 0, 0, 10);
	judge();
	ck_assert_int_eq(verdict.verdict, VERDICT_DENY);
	analysis = (struct analysis){ .explained = true };
	happens(RISK_MEDIUM, PLACE_GUARD, "guard.write", 0, 10);
	runs("dd", RISK_MEDIUM, 0, 0, 10);
	judge();
	ck_assert_int_eq(verdict.verdict, VERDICT_DENY);
	analysis = (struct analysis){ .explained = true };
	happens(RISK_HIGH, PLACE_HOME, "fs.write", 0, 10);
	runs("dd", RISK_HIGH, 0, 0, 10);
	judge();
	ck_assert_int_eq(verdict.verdict, VERDICT_ALLOW);
	policy.ceiling = RISK_MEDIUM;
	judge();
	ck_assert_int_eq(verdict.verdict, VERDICT_ASK);
	policy.ceiling = RISK_HIGH;
	asker.tier = TIER_WATCHED;
	judge();
	ck_assert_int_eq(verdict.verdict, VERDICT_ALLOW);
	asker.tier = TIER_RESTRICTED;
	judge();
	ck_assert_int_eq(verdict.verdict, VERDICT_DENY);
}
END_TEST

START_TEST(the_strictest_rule_wins_across_layers)
{
	static const char file[] = "{\"rules\":[{\"tool\":\"terraform apply\",\"verdict\":\"deny\",\"why\":\"use the pipeline\"}]}";

	ck_assert_int_eq(policy_read(&arena, file, sizeof(file) - 1, &policy, &error), 0);
	happens(RISK_HIGH, PLACE_REMOTE, NULL, 0, 15);
	runs("terraform apply", RISK_HIGH, 0, 0, 15);
	user_rule("terraform", VERDICT_ALLOW);
	judge();
	ck_assert_int_eq(verdict.verdict, VERDICT_DENY);
	ck_assert_int_eq(verdict.decided_by, DECIDED_BY_RULE);
	ck_assert_str_eq(verdict.why, "use the pipeline");
}
END_TEST

START_TEST(rules_that_stop)
{
	happens(RISK_SAFE, PLACE_REMOTE, NULL, 0, 10);
	runs("curl", RISK_SAFE, CAP_NETWORK, 0, 10);
	judge();
	ck_assert_int_eq(verdict.verdict, VERDICT_ALLOW);
	user_rule("cap:NETWORK|UPLOAD,place:remote", VERDICT_ASK);
	judge();
	ck_assert_int_eq(verdict.verdict, VERDICT_ASK);
	user_rule("cu*", VERDICT_DENY);
	judge();
	ck_assert_int_eq(verdict.verdict, VERDICT_DENY);
	analysis.commands->tool = "wget";
	analysis.commands->caps = 0;
	judge();
	ck_assert_int_eq(verdict.verdict, VERDICT_ALLOW);
}
END_TEST

START_TEST(rules_without_the_commands_are_never_passed_over)
{
	user_rule("git push", VERDICT_DENY);
	happens(RISK_SAFE, PLACE_WORKSPACE, NULL, 0, 0);
	analysis.explained = false;
	judge();
	ck_assert_int_eq(verdict.verdict, VERDICT_DENY);
	ck_assert_int_eq(verdict.decided_by, DECIDED_BY_BOUND);
}
END_TEST

START_TEST(too_much_to_ask_every_rule_is_never_allowed)
{
	user_rule("git", VERDICT_ALLOW);
	happens(RISK_SAFE, PLACE_WORKSPACE, NULL, 0, 0);
	for (uint32_t i = 0; i < 400; i++) {
		happens(RISK_SAFE, PLACE_WORKSPACE, "x", i, i + 1);
		runs("git", RISK_SAFE, 0, i, i + 1);
	}
	judge();
	ck_assert_int_eq(verdict.verdict, VERDICT_ASK);
	ck_assert_int_eq(verdict.decided_by, DECIDED_BY_BOUND);
}
END_TEST

START_TEST(globs)
{
	static const struct {
		const char *glob, *text;
		bool match;
	} rows[] = {
		{ "git", "git", true },       { "git", "gitk", false },  { "*", "", true },        { "fs.*.home", "fs.delete.home", true },
		{ "?x", "ax", true },         { "?x", "x", false },      { "a*b*c", "aXbYbZc", true }, { "a*b*c", "aXbYbZ", false },
		{ "", "", true },             { "", "a", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_msg(policy_glob(rows[i].glob, rows[i].text) == rows[i].match, "%s %s", rows[i].glob, rows[i].text);
}
END_TEST

static const struct {
	const char *pattern;
	const char *problem; /* NULL: good */
} patterns[] = {
	{ "git push", NULL },
	{ "npm publish,rule:npm.publish,cap:NETWORK|UPLOAD,place:home|remote", NULL },
	{ "", "must say what it matches" },
	{ "*", "profile" },
	{ "cap:NETWERK", "no capability" },
	{ "place:moon", "no place" },
	{ "rule:", "1 to" },
	{ "cap:", "name is missing" },
	{ "a\tb", "printable" },
};

START_TEST(patterns_read_and_print)
{
	struct policy_rule rule;
	struct text text;
	int rc = policy_rule_from_pattern(&arena, patterns[_i].pattern, LAYER_USER, VERDICT_ALLOW, &rule, &error);

	if (patterns[_i].problem) {
		ck_assert_int_eq(rc, -EINVAL);
		ck_assert_msg(strstr(error.what, patterns[_i].problem) != NULL, "%s", error.what);
		return;
	}
	ck_assert_int_eq(rc, 0);
	text_init(&text, &arena, 64);
	policy_rule_print(&rule, &text);
	ck_assert_str_eq(text_end(&text), patterns[_i].pattern);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("policy_rules");
	TCase *tests = tcase_create("policy_rules");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tests, policy_setup, policy_teardown);
	tcase_add_test(tests, a_user_allows_one_finding_and_no_other);
	tcase_add_test(tests, an_allowed_tool_does_not_excuse_its_neighbor_in_the_same_word);
	tcase_add_test(tests, a_silent_command_is_not_excused_by_anothers_finding);
	tcase_add_test(tests, what_no_rule_of_a_user_lifts);
	tcase_add_test(tests, the_strictest_rule_wins_across_layers);
	tcase_add_test(tests, rules_that_stop);
	tcase_add_test(tests, rules_without_the_commands_are_never_passed_over);
	tcase_add_test(tests, too_much_to_ask_every_rule_is_never_allowed);
	tcase_add_test(tests, globs);
	tcase_add_loop_test(tests, patterns_read_and_print, 0, (int)(sizeof(patterns) / sizeof(patterns[0])));
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
