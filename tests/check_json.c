#include "config.h"
#include "common/json.h"

#include <check.h>
#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct arena arena;
static struct json_document document;
static struct json_error error;

static void setup(void)
{
	ck_assert_int_eq(arena_init(&arena, 4096, (size_t)1 << 24), 0);
}

static void teardown(void)
{
	arena_deinit(&arena);
}

static int parse(const char *text)
{
	return json_parse(&arena, text, strlen(text), &document, &error);
}

static const char *const good[] = {
	"{}", "[]", "0", "-0.5e+10", "\"\"", "null", " { \"a\" : [ 1 , true , false , null ] } \n",
	"\"\\u00e4\\ud83d\\ude00\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\xc3\xa4\xf0\x9f\x98\x80\x7f\"",
	("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[" /* 64 */
	"]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]") };

START_TEST(good_text_parses)
{
	ck_assert_msg(parse(good[_i]) == 0, "%s: %s", good[_i], error.what);
}
END_TEST

static const struct {
	const char *text;
	size_t byte;
	const char *what;
} bad[] = {
	{ "", 0, "ends" },
	{ "  ", 2, "ends" },
	{ "hello", 0, "value is missing" },
	{ "{\"a\":1} x", 8, "behind the value" },
	{ "{\"a\":1,}", 7, "double quotes" },
	{ "[1,]", 3, "value is missing" },
	{ "{\"a\" 1}", 5, "colon" },
	{ "{\"a\":1 \"b\":2}", 7, "comma or }" },
	{ "[1 2]", 3, "comma or ]" },
	{ "{'a':1}", 1, "double quotes" },
	{ "[01]", 2, "comma or ]" },
	{ "[1.]", 1, "point" },
	{ "[1e]", 1, "exponent" },
	{ "[+1]", 1, "value is missing" },
	{ "[nul]", 1, "neither true" },
	{ "\"abc", 4, "inside a string" },
	{ "\"a\nb\"", 2, "control character" },
	{ "\"a\\x\"", 2, "escape" },
	{ "\"rm\\u0000 -rf\"", 3, "NUL" },
	{ "\"\\u00g0\"", 1, "hexadecimal" },
	{ "\"\\ud83d\"", 1, "surrogate" },
	{ "\"\\ud83d\\u0041\"", 1, "surrogate" },
	{ "\"\\ude00\"", 1, "surrogate" },
	{ "\"\xff\"", 1, "UTF-8" },
	{ "\"\xc0\xaf\"", 1, "UTF-8" },
	{ "\"\xed\xa0\x80\"", 1, "UTF-8" },
	{ "\xef\xbb\xbf{}", 0, "value is missing" },
	{ "[1000000000000000000000000000000000000000000000000000000000000000]", 1, "63" },
	{ "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", 64, "64 deep" },
	{ "{\"a\":1,\"b\":2,\"a\":3}", JSON_NOWHERE, "\"a\" stands twice" },
	{ "{\"a\":1,\"\\u0061\":3}", JSON_NOWHERE, "\"a\" stands twice" },
	{ "{\"x\":[{\"command\":1,\"command\":3}]}", JSON_NOWHERE, "\"command\" stands twice" },
};

START_TEST(bad_text_names_its_byte)
{
	ck_assert_int_eq(parse(bad[_i].text), -EINVAL);
	ck_assert_msg(error.byte == bad[_i].byte, "%s: byte %zu: %s", bad[_i].text, error.byte, error.what);
	ck_assert_msg(strstr(error.what, bad[_i].what) != NULL, "%s: %s", bad[_i].text, error.what);
}
END_TEST

START_TEST(nul_byte_is_an_error_and_length_counts)
{
	static const char text[] = "\"ls\0rm\"";

	ck_assert_int_eq(json_parse(&arena, text, sizeof(text) - 1, &document, &error), -EINVAL);
	ck_assert_uint_eq(error.byte, 3);
	ck_assert_int_eq(json_parse(&arena, "12345", 2, &document, &error), 0);
	ck_assert_int_eq(json_parse(&arena, "{\0}", 3, &document, &error), -EINVAL);
}
END_TEST

START_TEST(same_key_among_many)
{
	struct text text;
	struct json_writer writer;

	text_init(&text, &arena, 100);
	json_writer_init(&writer, &text);
	json_begin_object(&writer);
	for (uint64_t i = 0; i < 100; i++) {
		char key[8] = { 'k', (char)('0' + i / 10), (char)('0' + i % 10) };
		json_member_u64(&writer, i == 99 ? "k07" : key, i);
	}
	json_end_object(&writer);
	ck_assert_int_eq(parse(text_end(&text)), -EINVAL);
	ck_assert_ptr_nonnull(strstr(error.what, "k07"));
}
END_TEST

START_TEST(id_is_kept_as_written)
{
	ck_assert_int_eq(parse("{\"id\": 12345678901234567890, \"x\": 1}"), 0);
	ck_assert_uint_eq(document.id_len, 20);
	ck_assert_int_eq(memcmp(document.id, "12345678901234567890", 20), 0);
	ck_assert_int_eq(parse("{\"x\": {\"id\": 3}}"), 0);
	ck_assert_ptr_null(document.id);
	ck_assert_int_eq(parse("{\"id\": [1]}"), 0);
	ck_assert_ptr_null(document.id);
	ck_assert_int_eq(parse("{\"id\": \"a\\n\", \"command\": tru"), -EINVAL);
	ck_assert_uint_eq(document.id_len, 5);
}
END_TEST

/* The tree that the scan builds is the one that cJSON builds. */
START_TEST(tree_is_the_one_of_cjson)
{
	static const char *const texts[] = {
		"{\"a\":[1,{},[],-2.5e-3,true,false,null,\"\"],\"b\":{\"c\":\"d\"}}",
		"\"\\\"\\\\\\/\\b\\f\\n\\r\\t \\u0001 \\u00e9 \\u20AC \\ud83d\\ude00 \\u07ff\\u0800\\uffff\"",
		"[0,-0,1,-1,123456789012345,-123456789012345,1234567890123456,12345678901234567890,1e300,1E+2,0.1,2147483648,-2147483649]",
		" [ 1 , 2 ] ", "\"h\xc3\xa9\"", "null", "{\"\":\"\\u0041\"}",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		cJSON *expected = cJSON_Parse(texts[i]);
		char *written = cJSON_PrintUnformatted(expected), *ours;

		ck_assert_msg(parse(texts[i]) == 0, "%s: %s", texts[i], error.what);
		ck_assert_msg(cJSON_Compare(document.root, expected, true), "%s", texts[i]);
		ours = cJSON_PrintUnformatted(document.root);
		ck_assert_str_eq(ours, written);
		free(ours);
		free(written);
		cJSON_Delete(expected);
	}
}
END_TEST

START_TEST(a_full_arena_is_no_crash)
{
	struct arena small;

	ck_assert_int_eq(arena_init(&small, 64, 256), 0);
	ck_assert_int_eq(json_parse(&small, "[1,2,3,4,5,6,7,8,9]", 19, &document, &error), -ENOMEM);
	arena_deinit(&small);
}
END_TEST

START_TEST(fields_have_types)
{
	const char *string = "untouched";
	const char *const *strings;
	uint32_t number = 7;
	uint64_t big = 0;
	size_t n;
	bool flag = false;

	ck_assert_int_eq(parse("{\"s\":\"x\",\"n\":3,\"b\":true,\"big\":\"18446744073709551615\",\"none\":null,"
	                       "\"list\":[\"a\",\"b\"],\"mixed\":[\"a\",1],\"minus\":-1,\"half\":0.5,\"over\":\"18446744073709551616\"}"),
	                 0);
	ck_assert_int_eq(json_get_string(document.root, "none", &string, &error), JSON_ABSENT);
	ck_assert_int_eq(json_get_string(document.root, "S", &string, &error), JSON_ABSENT);
	ck_assert_str_eq(string, "untouched");
	ck_assert_int_eq(json_get_string(document.root, "n", &string, &error), -EINVAL);
	ck_assert_str_eq(error.what, "\"n\" must be a string");
	ck_assert_int_eq(json_get_string(document.root, "s", &string, &error), 0);
	ck_assert_str_eq(string, "x");
	ck_assert_int_eq(json_get_bool(document.root, "b", &flag, &error), 0);
	ck_assert(flag);
	ck_assert_int_eq(json_get_u32(document.root, "n", 3, &number, &error), 0);
	ck_assert_uint_eq(number, 3);
	ck_assert_int_eq(json_get_u32(document.root, "n", 2, &number, &error), -EINVAL);
	ck_assert_int_eq(json_get_u32(document.root, "minus", 9, &number, &error), -EINVAL);
	ck_assert_int_eq(json_get_u32(document.root, "half", 9, &number, &error), -EINVAL);
	ck_assert_int_eq(json_get_u64(document.root, "big", &big, &error), 0);
	ck_assert_uint_eq(big, UINT64_MAX);
	ck_assert_int_eq(json_get_u64(document.root, "over", &big, &error), -EINVAL);
	ck_assert_int_eq(json_get_u64(document.root, "n", &big, &error), 0);
	ck_assert_uint_eq(big, 3);
	ck_assert_int_eq(json_get_strings(&arena, document.root, "list", &strings, &n, &error), 0);
	ck_assert_uint_eq(n, 2);
	ck_assert_str_eq(strings[1], "b");
	ck_assert_int_eq(json_get_strings(&arena, document.root, "s", &strings, &n, &error), 0);
	ck_assert_uint_eq(n, 1);
	ck_assert_int_eq(json_get_strings(&arena, document.root, "mixed", &strings, &n, &error), -EINVAL);
}
END_TEST

START_TEST(unknown_keys_are_named)
{
	static const char *const keys[] = { "profile", "rules" };

	ck_assert_int_eq(parse("{\"profile\":1,\"rulez\":2}"), 0);
	ck_assert_int_eq(json_only_keys(document.root, keys, 2, &error), -EINVAL);
	ck_assert_str_eq(error.what, "unknown key \"rulez\"; there are: profile, rules");
	ck_assert_int_eq(parse("{\"profile\":1}"), 0);
	ck_assert_int_eq(json_only_keys(document.root, keys, 2, &error), 0);
}
END_TEST

START_TEST(positions_in_files)
{
	static const char text[] = "{\n \"x\": {\"rules\": 1},\n \"rules\": [{\"a\": [1,2]},\n  {\"b\": 2}]}";
	size_t len = sizeof(text) - 1;

	ck_assert_uint_eq(json_position(text, len, "rules", 1), (size_t)(strstr(text, "{\"b\"") - text));
	ck_assert_uint_eq(json_position(text, len, "x", 0), (size_t)(strstr(text, "{\"rules\"") - text));
	ck_assert_uint_eq(json_position(text, len, "rules", 2), JSON_NOWHERE);
	ck_assert_uint_eq(json_position(text, len, "y", 0), JSON_NOWHERE);
	ck_assert_uint_eq(json_line(text, len, json_position(text, len, "rules", 1)), 4);
}
END_TEST

START_TEST(writes_what_it_reads)
{
	struct text text;
	struct json_writer writer;

	text_init(&text, &arena, 1);
	json_writer_init(&writer, &text);
	json_begin_object(&writer);
	json_key(&writer, "s");
	json_string(&writer, "a\"\\\n\x01\x7f\xff\xc3\xa4", 9);
	json_member_u64(&writer, "n", UINT64_MAX);
	json_key(&writer, "list");
	json_begin_array(&writer);
	json_i64(&writer, INT64_MIN);
	json_u64_string(&writer, 0);
	json_double(&writer, -1.005, 2);
	json_double(&writer, 2, 0);
	json_double(&writer, (double)NAN, 2);
	json_begin_object(&writer);
	json_end_object(&writer);
	json_end_array(&writer);
	json_member_bool(&writer, "b", false);
	json_member_string(&writer, "null", NULL);
	json_end_object(&writer);
	ck_assert_str_eq(text_end(&text), "{\"s\":\"a\\\"\\\\\\n\\u0001\\u007f\xef\xbf\xbd\xc3\xa4\",\"n\":18446744073709551615,"
	                                  "\"list\":[-9223372036854775808,\"0\",-1.00,2,null,{}],\"b\":false,\"null\":null}");
}
END_TEST

START_TEST(a_fixed_text_never_overflows)
{
	char buffer[8];
	struct text text;

	text_init_fixed(&text, buffer, sizeof(buffer));
	text_puts(&text, "12345678");
	ck_assert(!text.failed);
	ck_assert_ptr_null(text_end(&text));
	ck_assert(text.failed);
	ck_assert_uint_eq(text.len, 8);
}
END_TEST

static const struct {
	const char *in;
	size_t max;
	const char *printable;
	const char *quoted;
} shown[] = {
	{ "rm -rf x", 100, "rm -rf x", "'rm -rf x'" },
	{ "a \n\t b", 100, "a b", "'a b'" },
	{ "it's", 100, "it's", "'it'\\''s'" },
	{ "\x1b[31mred\x07", 100, "?[31mred?", "'?[31mred?'" },
	{ "\xe2\x80\xaegpj.exe", 100, "?gpj.exe", "'?gpj.exe'" }, /* right-to-left override */
	{ "\xff\xc3\xa4", 100, "?\xc3\xa4", "'?\xc3\xa4'" },
	{ "abcdefghij", 8, "abcde...", "'abcdefgh'..." },
};

START_TEST(what_others_wrote_is_shown_harmlessly)
{
	struct text text;

	text_init(&text, &arena, 64);
	text_put_printable(&text, shown[_i].in, strlen(shown[_i].in), shown[_i].max);
	ck_assert_str_eq(text_end(&text), shown[_i].printable);
	text_init(&text, &arena, 64);
	text_put_quoted(&text, shown[_i].in, strlen(shown[_i].in), shown[_i].max);
	ck_assert_str_eq(text_end(&text), shown[_i].quoted);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("json");
	TCase *tests = tcase_create("json");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, good_text_parses, 0, (int)(sizeof(good) / sizeof(good[0])));
	tcase_add_loop_test(tests, bad_text_names_its_byte, 0, (int)(sizeof(bad) / sizeof(bad[0])));
	tcase_add_test(tests, nul_byte_is_an_error_and_length_counts);
	tcase_add_test(tests, same_key_among_many);
	tcase_add_test(tests, id_is_kept_as_written);
	tcase_add_test(tests, tree_is_the_one_of_cjson);
	tcase_add_test(tests, a_full_arena_is_no_crash);
	tcase_add_test(tests, fields_have_types);
	tcase_add_test(tests, unknown_keys_are_named);
	tcase_add_test(tests, positions_in_files);
	tcase_add_test(tests, writes_what_it_reads);
	tcase_add_test(tests, a_fixed_text_never_overflows);
	tcase_add_loop_test(tests, what_others_wrote_is_shown_harmlessly, 0, (int)(sizeof(shown) / sizeof(shown[0])));
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
