#include "config.h"
#include "tests/images.h"

#include <string.h>

/* What good knowledge (tests/knowledge) becomes in the image. */

static struct image image;
static struct table table;

static void set_up(void)
{
	image = image_of("tests/knowledge");
	table = image_table(&image);
}

static void tear_down(void)
{
	image_free(&image);
}

static const struct table_node *node(const char *key)
{
	uint32_t index = table_find(&table, key, strlen(key));

	ck_assert_msg(index != TABLE_NONE, "%s", key);
	return &table.nodes[index];
}

static const struct table_option *option(const char *key, const char *name)
{
	uint32_t index = table_find_option(&table, node(key), name, strlen(name));

	ck_assert_msg(index != TABLE_NONE, "%s %s", key, name);
	return &table.options[index];
}

static const char *string(uint32_t ref)
{
	return table_string(&table, ref);
}

START_TEST(tools_become_nodes)
{
	const struct table_node *rm = node("rm"), *timeout = node("timeout"), *chmod = node("chmod");

	ck_assert_uint_eq(rm->effect.flags, CAP_RISK_LOW);
	ck_assert_str_eq(string(rm->about), "removes files");
	ck_assert_uint_eq(rm->flags, NODE_PERMUTE | NODE_BUNDLE | NODE_ABBREVIATE);
	ck_assert_uint_eq(rm->output, STREAM_DATA);
	ck_assert_uint_eq(rm->input, STREAM_NONE);
	ck_assert_uint_eq(rm->n_operands, 1);
	ck_assert_uint_eq(table.operands[rm->operands].kind, OPERAND_PATH_DELETE);
	ck_assert_uint_eq(table.operands[rm->operands].repeats, 1);
	ck_assert_uint_eq(timeout->flags & NODE_PERMUTE, 0);
	ck_assert_uint_eq(timeout->output, STREAM_WRAPPED);
	ck_assert_uint_eq(chmod->flags, NODE_PERMUTE | NODE_UNKNOWN_TEXT);
	ck_assert_uint_eq(chmod->depth, DEPTH_BRIEF);
	ck_assert_uint_eq(node("find")->flags, NODE_PERMUTE);
	ck_assert_uint_eq(node("mcp__files__write")->flags & NODE_TYPED, NODE_TYPED);
}
END_TEST

START_TEST(subcommands_know_their_parents)
{
	const struct table_node *drop = node("git stash drop");

	ck_assert_str_eq(string(table.nodes[drop->parent].name), "git stash");
	ck_assert_ptr_eq(&table.nodes[table.nodes[drop->parent].parent], node("git"));
	ck_assert_uint_eq(node("git")->parent, TABLE_NONE);
	ck_assert_uint_eq(node("git")->flags & (NODE_SUBCOMMANDS | NODE_SUB_OPTIONAL), NODE_SUBCOMMANDS);
	ck_assert_uint_eq(node("git stash")->flags & NODE_SUB_OPTIONAL, NODE_SUB_OPTIONAL);
	ck_assert_uint_eq(drop->flags & NODE_SUBCOMMANDS, 0);
	ck_assert_uint_eq(drop->effect.flags, CAP_RISK_HIGH);
}
END_TEST

START_TEST(options_are_inherited_unless_listed_again)
{
	ck_assert_uint_eq(option("git push", "--git-dir")->value, OPERAND_PATH_READ);
	ck_assert_uint_eq(option("git push", "-C")->value, OPERAND_NOTHING);
	ck_assert_uint_eq(option("git stash", "-C")->value, OPERAND_DIR);
	ck_assert_uint_eq(option("git stash drop", "-C")->value, OPERAND_DIR);
	ck_assert_ptr_ne(option("git", "-C"), option("git stash", "-C"));
}
END_TEST

START_TEST(help_is_added_and_safe)
{
	static const char *const tools[] = { "rm", "git push", "find" };

	for (size_t i = 0; i < 3; i++) {
		ck_assert_uint_eq(option(tools[i], "--help")->flags, OPTION_LOWERS);
		ck_assert_uint_eq(option(tools[i], "--help")->lowers_to, RISK_SAFE);
	}
	ck_assert_uint_eq(option("rm", "--version")->lowers_to, RISK_SAFE);
	ck_assert_uint_eq(table_find_option(&table, node("git push"), "--version", 9), TABLE_NONE);
	ck_assert_uint_eq(option("find", "-help")->flags, OPTION_LOWERS);
	ck_assert_uint_eq(table_find_option(&table, node("rm"), "-help", 5), TABLE_NONE);
	ck_assert_uint_eq(table_find_option(&table, node("dd"), "--help", 6), TABLE_NONE);
}
END_TEST

START_TEST(option_details)
{
	const struct table_option *exec = option("find", "-exec"), *kill_after = option("timeout", "--kill-after");
	const struct table_option *in_place = option("find", "-in-place");

	ck_assert_uint_eq(exec->value, OPERAND_COMMAND);
	ck_assert_uint_eq(exec->n_until, 2);
	ck_assert_str_eq(string(table.strings[exec->until]), ";");
	ck_assert_uint_eq(exec->effect.flags, CAP_WRAPPER);
	ck_assert_uint_eq(exec->arity, 1);
	ck_assert_uint_eq(kill_after->arity, 2);
	ck_assert_uint_eq(kill_after->flags, OPTION_OPTIONAL | OPTION_ONCE | OPTION_ENDS | OPTION_LOWERS);
	ck_assert_uint_eq(kill_after->lowers_to, RISK_LOW);
	ck_assert_str_eq(string(kill_after->name), "-k");
	ck_assert_uint_eq(option("find", "-delete")->flags, OPTION_HAS_OPERANDS);
	ck_assert_uint_eq(table.operands[option("find", "-delete")->operands].kind, OPERAND_PATH_DELETE);
	ck_assert_uint_eq(in_place->n_turns, 1);
	ck_assert_ptr_eq(&table.options[table.strings[in_place->turns]], option("find", "-o"));
	ck_assert_uint_eq(table.strings[in_place->turns + 1], OPERAND_PATH_APPEND);
	ck_assert_uint_eq(in_place->output, STREAM_NONE + 1);
	ck_assert_uint_eq(in_place->input, STREAM_DATA + 1);
	ck_assert_uint_eq(option("rm", "-f")->output, 0);
}
END_TEST

START_TEST(whens_name_options_by_bit)
{
	const struct table_when *whens = table.whens + node("rm")->whens;
	uint64_t recursive = UINT64_C(1) << option("rm", "-r")->bit, force = UINT64_C(1) << option("rm", "-f")->bit;

	ck_assert_uint_eq(node("rm")->n_whens, 2);
	ck_assert_uint_eq(whens[0].all, recursive | force);
	ck_assert_uint_eq(whens[0].n_operands, 2);
	ck_assert_str_eq(string(table.strings[whens[0].operands + 1]), "/*");
	ck_assert_uint_eq(whens[0].operand_at, 0);
	ck_assert_uint_eq(whens[0].lowers_to, 0);
	ck_assert_uint_eq(whens[0].max_operands, TABLE_NONE);
	ck_assert_str_eq(string(whens[0].effect.safer), "rm -r {operands}");
	ck_assert_uint_eq(whens[1].none, force);
	ck_assert_uint_eq(whens[1].any, recursive);
	ck_assert_uint_eq(whens[1].operand_at, 255);
	ck_assert_uint_eq(whens[1].min_operands, 2);
	ck_assert_uint_eq(whens[1].max_operands, 9);
	ck_assert_uint_eq(whens[1].lowers_to, RISK_HIGH + 1);
	ck_assert_uint_eq(option("rm", "--no-preserve-root")->bit, 255);
}
END_TEST

START_TEST(rule_ids_have_defaults)
{
	ck_assert_str_eq(string(option("git push", "-f")->effect.rule), "git.push.force");
	ck_assert_str_eq(string(option("rm", "--no-preserve-root")->effect.rule), "fs.delete.root");
	ck_assert_str_eq(string(node("git stash drop")->effect.rule), "git.stash.drop");
	ck_assert_str_eq(string(table.whens[node("rm")->whens].effect.rule), "rm.r.force");
	ck_assert_str_eq(string(option("rm", "-f")->effect.rule), "");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("knowledge image");
	TCase *tests = tcase_create("good");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, tools_become_nodes);
	tcase_add_test(tests, subcommands_know_their_parents);
	tcase_add_test(tests, options_are_inherited_unless_listed_again);
	tcase_add_test(tests, help_is_added_and_safe);
	tcase_add_test(tests, option_details);
	tcase_add_test(tests, whens_name_options_by_bit);
	tcase_add_test(tests, rule_ids_have_defaults);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
