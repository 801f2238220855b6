#include "config.h"
#include "common/shell.h"
#include "tests/shell_examples.h"
#include "tests/shell_mistakes.h"
#include "tests/shell_spans.h"
#include "tests/shell_tree.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct arena arena;

static void setup(void)
{
	ck_assert_int_eq(arena_init(&arena, 1 << 16, (size_t)1 << 28), 0);
}

static void teardown(void)
{
	arena_deinit(&arena);
}

static void compare(enum shell_dialect dialect, const struct example *examples, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(examples[i].text);
		char *exact = malloc(len ? len : 1); /* without a NUL: a sanitizer sees a read past the end */
		struct shell_script script;
		char *tree;

		memcpy(exact, examples[i].text, len);
		shell_parse(&arena, exact, len, dialect, &script);
		tree = shell_tree(&script);
		ck_assert_msg(strcmp(tree, examples[i].tree) == 0, "%s\n gives %s\n and not %s", examples[i].text, tree, examples[i].tree);
		ck_assert_msg(shell_spans_hold(&script, (uint32_t)len), "spans of: %s", examples[i].text);
		ck_assert_int_eq(script.problem != NULL, script.incomplete || script.malformed || script.too_complex);
		free(tree);
		free(exact);
		arena_reset(&arena);
	}
}

#define COMPARE(dialect, examples) compare(dialect, examples, sizeof(examples) / sizeof((examples)[0]))

START_TEST(trees_are_as_expected)
{
	COMPARE(SHELL_BASH, simple_commands);
	COMPARE(SHELL_BASH, quotes);
	COMPARE(SHELL_BASH, expansions);
	COMPARE(SHELL_BASH, substitutions);
	COMPARE(SHELL_BASH, redirections);
	COMPARE(SHELL_BASH, here_documents);
	COMPARE(SHELL_BASH, lists);
	COMPARE(SHELL_BASH, compounds);
	COMPARE(SHELL_BASH, tests);
	COMPARE(SHELL_BASH, arrays);
	COMPARE(SHELL_BASH, odd_bytes);
	COMPARE(SHELL_POSIX, posix);
	COMPARE(SHELL_ZSH, zsh);
}
END_TEST

START_TEST(mistakes_hide_no_command)
{
	COMPARE(SHELL_BASH, mistakes);
	COMPARE(SHELL_BASH, incomplete_input);
}
END_TEST

/* Text that one reading takes for data and another for commands: as bash does, or malformed where shells differ. */
START_TEST(no_reading_hides_a_command)
{
	COMPARE(SHELL_BASH, readings);
}
END_TEST

START_TEST(nul_is_an_ordinary_byte)
{
	static const char text[] = "a\0b 'c\0' \"\0\" <<A\n\0\nA\n";
	struct shell_script script;

	shell_parse(&arena, text, sizeof(text) - 1, SHELL_BASH, &script);
	ck_assert(!script.malformed && !script.incomplete);
	ck_assert_uint_eq(script.root->words->parts->len, 3);
	ck_assert_int_eq(memcmp(script.root->words->parts->text, "a\0b", 3), 0);
	ck_assert_uint_eq(script.root->redirects->body->parts->len, 2);
}
END_TEST

START_TEST(spans_are_bytes_of_the_text)
{
	static const char text[] = "  ls -l \"$(pwd)\"/x | wc";
	const struct shell_word *word;
	struct shell_script script;

	shell_parse(&arena, text, strlen(text), SHELL_BASH, &script);
	ck_assert_uint_eq(script.root->start, 2);
	ck_assert_uint_eq(script.root->end, strlen(text));
	word = script.root->children->words->next->next;
	ck_assert_uint_eq(word->start, 8);
	ck_assert_uint_eq(word->end, 18);
	ck_assert_uint_eq(word->parts->start, 8);
	ck_assert_uint_eq(word->parts->end, 16);
	ck_assert_uint_eq(word->parts->node->start, 11);
	ck_assert_uint_eq(word->parts->node->end, 14);
	ck_assert_ptr_eq(word->parts->node->words->parts->text, text + 11);
}
END_TEST

START_TEST(text_that_was_copied_has_the_span_of_its_backticks)
{
	static const char text[] = "a `b \\`c d\\``";
	const struct shell_node *node;
	struct shell_script script;

	shell_parse(&arena, text, strlen(text), SHELL_BASH, &script);
	node = script.root->words->next->parts->node;
	ck_assert_uint_eq(node->start, 2);
	ck_assert_uint_eq(node->end, strlen(text));
	node = node->words->next->parts->node;
	ck_assert_uint_eq(node->words->next->start, 2);
	ck_assert_uint_eq(node->words->next->end, strlen(text));
	ck_assert_int_eq(memcmp(node->words->next->parts->text, "d", 1), 0);
}
END_TEST

START_TEST(the_first_problem_is_named_with_its_place)
{
	struct shell_script script;

	shell_parse(&arena, "a; b 'c", 7, SHELL_BASH, &script);
	ck_assert_uint_eq(script.problem_at, 5);
	ck_assert_ptr_nonnull(script.problem);
	shell_parse(&arena, "a; done; b 'c", 13, SHELL_BASH, &script);
	ck_assert_uint_eq(script.problem_at, 3);
}
END_TEST

static void repeat(const char *piece, size_t bytes, struct shell_script *script)
{
	size_t len = strlen(piece), n = bytes / len;
	char *text = malloc(n * len);

	for (size_t i = 0; i < n; i++)
		memcpy(text + i * len, piece, len);
	shell_parse(&arena, text, n * len, SHELL_BASH, script);
	ck_assert_msg(shell_spans_hold(script, (uint32_t)(n * len)), "%s", piece);
	free(text);
}

START_TEST(nesting_is_bounded)
{
	static const char *const pieces[] = {
		"$(", "(", "((", "( ", "$((", "{ ", "if ", "if a; then ", "while ", "for i in a; do ", "case a in a) ", "${x:-", "\"${x:-",
		"\"$(", "<(", "a() ", "function f ", "coproc ", "time ", "! time ", "${x[", "$[", "@($(", "a=(", "$(<<A\n", "elif ", "[[ $(",
		"if a; then b; elif ", "a && b || ", "`\\`\\\\\\`", "a=([$(", "$(( $(", "a[$((", "${ ",
	};

	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		struct shell_script script;
		repeat(pieces[i], 100000, &script);
		ck_assert_msg(script.too_complex || script.incomplete || script.malformed, "%s", pieces[i]);
		arena_reset(&arena);
	}
}
END_TEST

START_TEST(ordinary_nesting_is_fine)
{
	char text[256] = "", close[128] = "";
	struct shell_script script;

	for (int i = 0; i < 30; i++) {
		strcat(text, "$(a ");
		strcat(close, ")");
	}
	strcat(text, close);
	shell_parse(&arena, text, strlen(text), SHELL_BASH, &script);
	ck_assert(!script.problem);
}
END_TEST

START_TEST(used_up_memory_is_said)
{
	static const char line[] = "a \"b $c `d \\`e\\`` ${f:-g}\" $'h\\n' i=(j [k]=l) <<M && n | { o; } >p\nq $r\nM\n[[ s =~ t ]] & (( u + $v )) ";
	struct shell_script script;

	for (size_t limit = 0; limit < 8192; limit += 8) {
		struct arena small;
		ck_assert_int_eq(arena_init(&small, 8, limit + 1), 0);
		shell_parse(&small, line, sizeof(line) - 1, SHELL_BASH, &script);
		ck_assert_int_eq(script.too_complex, small.exhausted);
		ck_assert(shell_spans_hold(&script, sizeof(line) - 1));
		arena_deinit(&small);
	}
	ck_assert(!script.too_complex);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("shell");
	TCase *tcase = tcase_create("shell");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, trees_are_as_expected);
	tcase_add_test(tcase, mistakes_hide_no_command);
	tcase_add_test(tcase, no_reading_hides_a_command);
	tcase_add_test(tcase, nul_is_an_ordinary_byte);
	tcase_add_test(tcase, spans_are_bytes_of_the_text);
	tcase_add_test(tcase, text_that_was_copied_has_the_span_of_its_backticks);
	tcase_add_test(tcase, the_first_problem_is_named_with_its_place);
	tcase_add_test(tcase, nesting_is_bounded);
	tcase_add_test(tcase, ordinary_nesting_is_fine);
	tcase_add_test(tcase, used_up_memory_is_said);
	suite_add_tcase(suite, tcase);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
