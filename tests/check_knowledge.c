#include "config.h"
#include "common/table_layout.h"
#include "tests/images.h"

#include <cjson/cJSON.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- problems --- */

struct problems {
	int n;
	char file[256];
	unsigned line;
	char first[512];
	char all[8192];
};

static void collect(void *data, const char *file, unsigned line, const char *what)
{
	struct problems *problems = data;
	size_t used = strlen(problems->all);

	if (problems->n++ == 0) {
		snprintf(problems->file, sizeof(problems->file), "%s", file);
		snprintf(problems->first, sizeof(problems->first), "%s", what);
		problems->line = line;
	}
	snprintf(problems->all + used, sizeof(problems->all) - used, "%u: %s\n", line, what);
}

static struct problems problems_of(const char *text, size_t len)
{
	struct problems problems = { 0 };
	struct knowledge *knowledge;
	int result = knowledge_load_text("bad.json", text, len, collect, &problems, &knowledge);

	ck_assert_int_eq(result, problems.n);
	knowledge_free(knowledge);
	return problems;
}

/* A tool among others: {"name": "t", "risk": "low" REST}, the tool on line 2, REST from line 3. */
#define TOOL(rest) "{\"family\":\"f\",\"tools\":[\n{\"name\":\"t\",\"risk\":\"low\"\n" rest "}]}"
#define OPTION(rest) TOOL(",\"options\":[{\"names\":[\"-x\"]},\n{\"names\":[\"-a\"]" rest "}]")

static const struct {
	const char *text;
	unsigned line;
	const char *part;
} bad[] = {
	/* not JSON */
	{ "", 1, "byte 0" },
	{ "{\"family\":\"f\",\n\"tools\":[],\n}", 3, "byte 27" },
	{ "{\"family\":\"f\"\n\"tools\":[]}", 2, "byte 14" },
	{ "{\"family\":\"f\",\"tools\":[]} x", 1, "byte 26" },
	{ "{\"family\":\"\xff\",\"tools\":[]}", 1, "not UTF-8" },
	{ "{\"family\":\"a\\u0000b\",\"tools\":[]}", 1, "NUL" },
	/* the file */
	{ "[]", 1, "must hold one object" },
	{ "{}", 1, "\"family\" is missing" },
	{ "{\"family\":\"f\",\"tools\":[]}", 0, "no tool at all" },
	{ "{\"family\":\"f\",\"tools\":[1]}", 1, "\"tools\" must be a list of objects" },
	{ "{\"family\":\"\",\n\"tools\":[]}", 1, "\"family\" is empty" },
	{ "{\"family\":\"f\",\n\"tolls\":[],\"tools\":[]}", 2, "unknown key \"tolls\"; did you mean \"tools\"?" },
	/* tools */
	{ "{\"family\":\"f\",\"tools\":[\n{\"risk\":\"low\"}]}", 2, "tool \"?\": \"name\" is missing" },
	{ "{\"family\":\"f\",\"tools\":[\n{\"name\":\"t\"}]}", 2, "tool \"t\": \"risk\" is missing" },
	{ "{\"family\":\"f\",\"tools\":[\n{\"name\":\"\",\"risk\":\"low\"}]}", 2, "is empty" },
	{ "{\"family\":\"f\",\"tools\":[\n{\"name\":\"a b\",\"risk\":\"low\"}]}", 2, "holds a blank or slash" },
	{ "{\"family\":\"f\",\"tools\":[\n{\"name\":\"/bin/a\",\"risk\":\"low\"}]}", 2, "holds a blank or slash" },
	{ "{\"family\":\"f\",\"tools\":[\n{\"name\":\"a\\tb\",\"risk\":\"low\"}]}", 2, "control character (0x09)" },
	{ "{\"family\":\"f\",\"tools\":[\n{\"name\":\"t\",\"risk\":\"lo\"}]}", 2, "unknown risk \"lo\"; did you mean \"low\"?" },
	{ TOOL(",\"aliases\":[\"u\",\n\"\"]"), 4, "is empty" },
	{ TOOL(",\"aliases\":\"u\""), 3, "must be a list of strings" },
	{ TOOL(",\"color\":1"), 3, "unknown key \"color\"" },
	{ TOOL(",\n\"risk\":\"low\""), 4, "\"risk\" is there twice" },
	{ TOOL(",\"about\":7"), 3, "\"about\" must be a string" },
	{ TOOL(",\"about\":\"a\\nb\""), 3, "control character" },
	{ TOOL(",\"adds\":[\n\"NETWORKS\"]"), 4, "unknown capability \"NETWORKS\"; did you mean \"NETWORK\"?" },
	{ TOOL(",\"adds\":[\"SAFE\"]"), 3, "unknown capability \"SAFE\"" },
	{ TOOL(",\"depth\":\"deep\""), 3, "unknown depth \"deep\"" },
	{ TOOL(",\"style\":\"gnus\""), 3, "unknown style \"gnus\"; did you mean \"gnu\"?" },
	{ TOOL(",\"permute\":\"no\""), 3, "must be true or false" },
	{ TOOL(",\"unknown_options\":\"errors\""), 3, "must be \"operands\"" },
	{ TOOL(",\"subcommand\":\"optional\""), 2, "\"subcommand\" without \"subcommands\"" },
	{ TOOL(",\"subcommands\":[],\"subcommand\":\"maybe\""), 3, "must be \"required\" or \"optional\"" },
	{ TOOL(",\"output\":\"dat\""), 3, "unknown output \"dat\"; did you mean \"data\"?" },
	{ TOOL(",\"operands\":[\"path:read\",\n\"path:reed\"]"), 4, "unknown operand kind \"path:reed\"; did you mean \"path:read\"?" },
	{ TOOL(",\"operands\":[\"nothing\"]"), 3, "\"nothing\" is no operand" },
	{ TOOL(",\"operands\":[\"text...\",\n\"text...\"]"), 4, "two operands repeat" },
	{ TOOL(",\"rule\":\"a..b\""), 3, "rule \"a..b\"" },
	{ TOOL(",\"performance\":{\"exec_ms\":-1}"), 3, "whole number of 0 to" },
	{ TOOL(",\"performance\":{\"mem_mb\":1.5}"), 3, "whole number of 0 to 65535" },
	{ TOOL(",\"performance\":{\"cpu\":1}"), 3, "unknown key \"cpu\"" },
	{ TOOL(",\"arguments\":{},\"options\":[]"), 2, "\"arguments\" and \"options\" exclude each other" },
	{ TOOL(",\"arguments\":{\"a\":\n1}"), 4, "must be a name and an operand kind" },
	{ "{\"family\":\"f\",\"tools\":[\n{\"name\":\"t\",\"risk\":\"high\"}]}", 2, "risk high without \"why\"" },
	{ "{\"family\":\"f\",\"tools\":[\n{\"name\":\"t\",\"risk\":\"safe\",\"adds\":[\"DESTRUCTIVE\"]}]}", 2, "contradict each other" },
	{ "{\"family\":\"f\",\"tools\":[\n{\"name\":\"t\",\"risk\":\"safe\",\"depth\":\"brief\"}]}", 2, "depth brief is never safe" },
	{ TOOL(",\"aliases\":[\n\"t\"]"), 4, "\"t\" is there already (bad.json:2)" },
	{ "{\"family\":\"f\",\"tools\":[{\"name\":\"t\",\"risk\":\"low\"},\n{\"name\":\"t\",\"risk\":\"low\"}]}", 2,
	  "\"t\" is there already (bad.json:1)" },
	{ TOOL(",\"subcommands\":[{\"name\":\"s\",\"risk\":\"low\"},\n{\"name\":\"s\",\"risk\":\"low\"}]"), 4, "\"t s\" is there already" },
	{ TOOL(",\"subcommands\":[\n{\"name\":\"s\",\"risk\":\"critical\"}]"), 4, "subcommand \"t s\": risk critical without" },
	/* options */
	{ TOOL(",\"options\":[\n{}]"), 4, "\"names\" is missing" },
	{ TOOL(",\"options\":[{\"names\":\n[]}]"), 4, "no names" },
	{ TOOL(",\"options\":[{\"names\":[\"\"]}]"), 3, "is empty" },
	{ TOOL(",\"options\":[{\"names\":[\"force\"]}]"), 3, "must begin with - or + or end with =" },
	{ TOOL(",\"options\":[{\"names\":[\"-a b\"]}]"), 3, "holds a blank" },
	{ TOOL(",\"options\":[{\"names\":[\"--a=\"]}]"), 3, "write \"--a\" with \"value\"" },
	{ TOOL(",\"style\":\"none\",\"options\":[{\"names\":[\"-a\"]}]"), 3, "style \"none\" has no options" },
	{ TOOL(",\"options\":[{\"names\":[\"-a\"]},\n{\"names\":[\"-a\"]}]"), 4, "\"-a\" is listed twice" },
	{ OPTION(",\"value\":\"txt\""), 4, "unknown operand kind \"txt\"; did you mean \"text\"?" },
	{ OPTION(",\"value\":\"text\",\"arity\":0"), 4, "whole number of 1 to 255" },
	{ OPTION(",\"arity\":2"), 4, "without \"value\"" },
	{ OPTION(",\"optional\":true"), 4, "without \"value\"" },
	{ OPTION(",\"until\":[\";\"]"), 4, "\"until\" needs \"value\": \"command\"" },
	{ OPTION(",\"lowers\":\"none\""), 4, "unknown risk \"none\"" },
	{ OPTION(",\"risk\":\"high\""), 4, "\"t\" option \"-a\": risk high without \"why\"" },
	{ OPTION(",\"risk\":\"safe\",\"adds\":[\"DESTRUCTIVE\"]"), 4, "contradict each other" },
	{ OPTION(",\"turns\":{\"-y\":\"text\"}"), 4, "has no option \"-y\"" },
	{ OPTION(",\"turns\":{\"-x\":1}"), 4, "operand kinds" },
	{ OPTION(",\"turns\":{\"-x\":\"txt\"}"), 4, "unknown operand kind \"txt\"" },
	{ OPTION(",\"vaule\":\"text\""), 4, "unknown key \"vaule\"; did you mean \"value\"?" },
	/* when */
	{ TOOL(",\"when\":[\n{\"all\":[\"-q\"],\"risk\":\"low\"}]"), 4, "\"t\" has no option \"-q\"; list it" },
	{ TOOL(",\"when\":[\n{\"risk\":\"low\"}]"), 4, "no condition" },
	{ TOOL(",\"when\":[\n{\"min_operands\":1}]"), 4, "no effect" },
	{ TOOL(",\"when\":[\n{\"min_operands\":1,\"risk\":\"high\"}]"), 4, "risk high without \"why\"" },
	{ TOOL(",\"when\":[\n{\"operands\":[\"\"],\"risk\":\"low\"}]"), 4, "is empty" },
	{ TOOL(",\"when\":[\n{\"operands\":[\"a\"],\"at\":255,\"risk\":\"low\"}]"), 4, "whole number of 0 to 254" },
	{ TOOL(",\"when\":[\n{\"operand\":[\"a\"],\"risk\":\"low\"}]"), 4, "did you mean \"operands\"?" },
};

START_TEST(bad_input_says_where_what_and_how)
{
	struct problems problems = problems_of(bad[_i].text, strlen(bad[_i].text));

	ck_assert_msg(problems.n > 0 && problems.line == bad[_i].line && strstr(problems.first, bad[_i].part) &&
	              strcmp(problems.file, "bad.json") == 0,
	              "expected %u: %s\ngot\n%s", bad[_i].line, bad[_i].part, problems.all);
}
END_TEST

START_TEST(all_problems_are_collected)
{
	const char *text = TOOL(",\"colour\":1,\n\"depth\":\"x\",\n\"adds\":[\"Y\"]");
	struct problems problems = problems_of(text, strlen(text));

	ck_assert_int_eq(problems.n, 3);
	ck_assert_ptr_nonnull(strstr(problems.all, "4: unknown depth"));
	ck_assert_ptr_nonnull(strstr(problems.all, "5: unknown capability"));
}
END_TEST

static size_t repeat(char *to, const char *part, int n)
{
	size_t len = 0;

	for (int i = 0; i < n; i++)
		len += (size_t)sprintf(to + len, part, i);
	return len;
}

static char big[1 << 20];

START_TEST(problems_are_bounded)
{
	size_t len = (size_t)sprintf(big, "{\"family\":\"f\",\"tools\":[");

	len += repeat(big + len, "{\"nam\":\"%d\"},", 1000);
	len += (size_t)sprintf(big + len, "{}]}");
	ck_assert_int_eq(problems_of(big, len).n, KNOWLEDGE_PROBLEMS_MAX);
}
END_TEST

START_TEST(nesting_is_bounded)
{
	size_t len = (size_t)sprintf(big, "{\"family\":\"f\",\"tools\":[");
	struct problems problems;

	len += repeat(big + len, "{\"name\":\"s%d\",\"risk\":\"low\",\"subcommands\":[", 9);
	len += repeat(big + len, "]}", 9);
	len += (size_t)sprintf(big + len, "]}");
	problems = problems_of(big, len);
	ck_assert_int_eq(problems.n, 1);
	ck_assert_ptr_nonnull(strstr(problems.first, "nested over 8 deep"));
}
END_TEST

START_TEST(when_options_are_bounded)
{
	size_t len = (size_t)sprintf(big, "{\"family\":\"f\",\"tools\":[{\"name\":\"t\",\"risk\":\"low\",\"options\":[");
	struct problems problems;

	len += repeat(big + len, "{\"names\":[\"-%d\"]},", 65);
	len += (size_t)sprintf(big + len, "{\"names\":[\"-x\"]}],\"when\":[{\"adds\":[\"BULK\"],\"all\":[");
	len += repeat(big + len, "\"-%d\",", 64);
	problems = problems_of(big, len + (size_t)sprintf(big + len, "\"-63\"]}]}]}"));
	ck_assert_int_eq(problems.n, 0);
	problems = problems_of(big, len + (size_t)sprintf(big + len, "\"-64\"]}]}]}"));
	ck_assert_int_eq(problems.n, 1);
	ck_assert_ptr_nonnull(strstr(problems.first, "more than 64 options"));
}
END_TEST

START_TEST(names_are_bounded)
{
	size_t len = (size_t)sprintf(big, "{\"family\":\"f\",\"tools\":[{\"risk\":\"low\",\"name\":\"");

	len += repeat(big + len, "x", 1024);
	ck_assert_int_eq(problems_of(big, len + (size_t)sprintf(big + len, "\"}]}")).n, 0);
	ck_assert_int_eq(problems_of(big, len + (size_t)sprintf(big + len, "x\"}]}")).n, 1);
}
END_TEST

START_TEST(keys_of_a_tool_are_bounded)
{
	size_t len = (size_t)sprintf(big, "{\"family\":\"f\",\"tools\":[{\"risk\":\"low\",\"name\":\"t\",\"aliases\":[");
	struct problems problems;

	len += repeat(big + len, "\"a%d\",", 20);
	len += (size_t)sprintf(big + len, "\"z\"],\"subcommands\":[{\"risk\":\"low\",\"name\":\"s\",\"aliases\":[");
	len += repeat(big + len, "\"b%d\",", 20);
	problems = problems_of(big, len + (size_t)sprintf(big + len, "\"y\"]}]}]}"));
	ck_assert_int_eq(problems.n, 1);
	ck_assert_ptr_nonnull(strstr(problems.first, "more than 256 names"));
}
END_TEST

/* --- paths --- */

START_TEST(paths_that_cannot_be_read)
{
	const char *const paths[] = { "/nonexistent/x.json", "/dev/null" };
	struct problems problems = { 0 };
	struct knowledge *knowledge;

	ck_assert_int_eq(knowledge_load(paths, 2, collect, &problems, &knowledge), 2);
	ck_assert_ptr_null(knowledge);
	ck_assert_str_eq(problems.file, "/nonexistent/x.json");
	ck_assert_ptr_nonnull(strstr(problems.all, "cannot be opened"));
	ck_assert_ptr_nonnull(strstr(problems.all, "not a regular file"));
}
END_TEST

static void put_file(const char *folder, const char *name, const char *text)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
}

static void remove_file(const char *folder, const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	unlink(path);
}

START_TEST(folders_are_read_in_order_of_name)
{
	char folder[] = "check_knowledge.XXXXXX";
	const char *paths[] = { folder };
	struct problems problems = { 0 };
	struct knowledge *knowledge;

	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(knowledge_load(paths, 1, collect, &problems, &knowledge), 1);
	ck_assert_ptr_nonnull(strstr(problems.first, "no *.json"));
	put_file(folder, "b.json", TOOL(""));
	put_file(folder, "a.json", TOOL(""));
	put_file(folder, "a.cases.jsonl", "not read");
	put_file(folder, ".c.json", "not read");
	memset(&problems, 0, sizeof(problems));
	ck_assert_int_eq(knowledge_load(paths, 1, collect, &problems, &knowledge), 1);
	ck_assert_ptr_nonnull(strstr(problems.file, "/b.json"));
	ck_assert_ptr_nonnull(strstr(problems.first, "/a.json:2); keep one"));
	remove_file(folder, "a.json");
	remove_file(folder, "a.cases.jsonl");
	ck_assert_int_eq(knowledge_load(paths, 1, collect, &problems, &knowledge), 0);
	knowledge_free(knowledge);
	remove_file(folder, "b.json");
	remove_file(folder, ".c.json");
	ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

/* --- the schema says the same as the reader --- */

static cJSON *read_schema(void)
{
	const char *source = getenv("top_srcdir");
	char path[4096];
	cJSON *schema;
	FILE *file;
	size_t len;

	snprintf(path, sizeof(path), "%s/etc/tools.schema.json", source ? source : ".");
	file = fopen(path, "r");
	ck_assert_ptr_nonnull(file);
	len = fread(big, 1, sizeof(big), file);
	fclose(file);
	schema = cJSON_ParseWithLength(big, len);
	ck_assert_ptr_nonnull(schema);
	return schema;
}

static const cJSON *definition(const cJSON *schema, const char *name)
{
	return cJSON_GetObjectItem(cJSON_GetObjectItem(schema, "$defs"), name);
}

/* The enumeration lists exactly n names. */
static void expect_enum(const cJSON *schema, const char *name, int (*from_name)(const char *name), int n)
{
	const cJSON *list = cJSON_GetObjectItem(definition(schema, name), "enum");
	const cJSON *item;

	ck_assert_msg(cJSON_GetArraySize(list) == n, "%s: %d instead of %d", name, cJSON_GetArraySize(list), n);
	cJSON_ArrayForEach(item, list)
		ck_assert_msg(from_name(item->valuestring) >= 0, "%s: %s", name, item->valuestring);
}

/* Every key of the schema is one that the reader knows. */
static void expect_keys(const cJSON *schema, const char *name, const char *before, const char *after)
{
	const cJSON *item;
	char text[512];

	cJSON_ArrayForEach(item, cJSON_GetObjectItem(definition(schema, name), "properties")) {
		int len = snprintf(text, sizeof(text), "%s{\"%s\":null}%s", before, item->string, after);
		struct problems problems = problems_of(text, (size_t)len);
		ck_assert_msg(strstr(problems.all, "must be"), "%s: %s\n%s", name, item->string, problems.all);
		ck_assert_msg(!strstr(problems.all, "unknown key"), "%s: %s\n%s", name, item->string, problems.all);
	}
}

START_TEST(schema_agrees_with_the_reader)
{
	static const char tools[] = "{\"family\":\"f\",\"tools\":[";
	char before[128];
	cJSON *schema = read_schema();

	expect_enum(schema, "risk", risk_from_name, RISK_COUNT);
	expect_enum(schema, "capability", caps_bit_from_name, 32 - RISK_COUNT);
	expect_enum(schema, "kind", operand_kind_from_name, OPERAND_COUNT);
	expect_enum(schema, "stream", stream_role_from_name, STREAM_ROLE_COUNT);
	expect_keys(schema, "tool", tools, "]}");
	snprintf(before, sizeof(before), "%s{\"name\":\"t\",\"risk\":\"low\",\"options\":[", tools);
	expect_keys(schema, "option", before, "]}]}");
	snprintf(before, sizeof(before), "%s{\"name\":\"t\",\"risk\":\"low\",\"when\":[", tools);
	expect_keys(schema, "when", before, "]}]}");
	cJSON_Delete(schema);
}
END_TEST

/* The installed knowledge has no problem, and its image passes all checks. */
START_TEST(installed_knowledge_is_good)
{
	struct image installed = image_of("etc/tools.d");

	image_table(&installed);
	image_free(&installed);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("knowledge");
	TCase *problems = tcase_create("problems");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(problems, bad_input_says_where_what_and_how, 0, sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(problems, all_problems_are_collected);
	tcase_add_test(problems, problems_are_bounded);
	tcase_add_test(problems, nesting_is_bounded);
	tcase_add_test(problems, when_options_are_bounded);
	tcase_add_test(problems, names_are_bounded);
	tcase_add_test(problems, keys_of_a_tool_are_bounded);
	tcase_add_test(problems, paths_that_cannot_be_read);
	tcase_add_test(problems, folders_are_read_in_order_of_name);
	tcase_add_test(problems, schema_agrees_with_the_reader);
	tcase_add_test(problems, installed_knowledge_is_good);
	suite_add_tcase(suite, problems);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
