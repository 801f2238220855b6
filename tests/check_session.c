#include "config.h"

#include "common/session.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t seed[2] = { 1, 2 };
static struct session session;

static void setup(void)
{
	session_init(&session, seed);
}

static void wrote(const char *path, enum risk risk, uint64_t request)
{
	struct analysis_mark mark = { .text = path, .kind = MARK_FILE, .risk = risk, .flags = MARK_WRITTEN };
	struct analysis analysis = { .marks = &mark };

	session_event(&session, &analysis, request);
}

static void note(const char *text, size_t len, uint64_t request)
{
	static struct session_targets targets;

	session_scan(seed, text, len, &targets);
	session_note(&session, SESSION_ORIGIN_TOOL_OUTPUT, &targets, request);
}

static const struct session_mark *named(enum mark_kind kind, const char *text)
{
	return session_find(&session, kind, text, strlen(text));
}

START_TEST(test_marks)
{
	wrote("/p/a.sh", RISK_CRITICAL, 7);
	ck_assert_ptr_nonnull(named(MARK_FILE, "/p/a.sh"));
	ck_assert_uint_eq(named(MARK_FILE, "/p/a.sh")->request, 7);
	ck_assert_int_eq(named(MARK_FILE, "/p/a.sh")->risk, RISK_CRITICAL);
	ck_assert_ptr_null(named(MARK_FOLDER, "/p/a.sh"));
	ck_assert_ptr_null(named(MARK_FILE, "/p/a.s"));
	wrote("/p/a.sh", RISK_LOW, 8);
	ck_assert_int_eq(named(MARK_FILE, "/p/a.sh")->risk, RISK_LOW);
	ck_assert(session_forget(&session, 8));
	ck_assert_ptr_null(named(MARK_FILE, "/p/a.sh"));
	ck_assert(!session_forget(&session, 8));
}
END_TEST

START_TEST(test_keys_depend_on_the_seed)
{
	static const uint64_t other[2] = { 3, 4 };
	struct session *second = malloc(sizeof(*second));

	session_init(second, other);
	wrote("/p/a", RISK_LOW, 1);
	*second = session;
	second->seed[0] = other[0];
	ck_assert_ptr_null(session_find(second, MARK_FILE, "/p/a", 4));
	free(second);
}
END_TEST

/* A page that names many things does not make the session forget what was written. */
START_TEST(test_notes_do_not_push_out_calls)
{
	char text[32];

	for (int i = 0; i < 100; i++) {
		snprintf(text, sizeof(text), "/p/%d", i);
		wrote(text, RISK_HIGH, 1);
	}
	for (int i = 0; i < 20000; i++) {
		int len = snprintf(text, sizeof(text), "h%d.example", i);

		note(text, (size_t)len, 2);
	}
	ck_assert_uint_eq(session_count(&session, MARK_FILE, MARK_WRITTEN), 100);
	ck_assert_uint_gt(session.forgotten, 0);
	ck_assert_uint_le(sizeof(struct session), 65536);
}
END_TEST

static const struct {
	const char *text;
	enum mark_kind kind;
	const char *target; /* what is looked up */
	uint16_t flags; /* 0: not there */
} notes[] = {
	{ "see https://Evil.Example:8443/x?y.", MARK_HOST, "evil.example", MARK_TOOL_OUTPUT },
	{ "mail bob@corp.example, please", MARK_HOST, "corp.example", MARK_TOOL_OUTPUT },
	{ "git clone git@code.example:a/b.git", MARK_HOST, "code.example", MARK_TOOL_OUTPUT },
	{ "post to 203.0.113.9:80", MARK_HOST, "203.0.113.9", MARK_TOOL_OUTPUT },
	{ "user:secret@h.example/", MARK_HOST, "h.example", MARK_TOOL_OUTPUT },
	{ "http://user:pw@h.example/", MARK_HOST, "h.example", MARK_TOOL_OUTPUT },
	{ "<a href=\"https://q.example/\">", MARK_HOST, "q.example", MARK_TOOL_OUTPUT },
	{ "post to 0313.0.0x71.9", MARK_HOST, "203.0.113.9", MARK_TOOL_OUTPUT },
	{ "a node is at 2001:0db8:0007:0000:0000:0000:0000:0051", MARK_HOST, "2001:db8:7::51", MARK_TOOL_OUTPUT },
	{ "open it at forge.example/lab/kit", MARK_NAME, "lab/kit", MARK_MENTIONED },
	{ "nothing here", MARK_HOST, "nothing", 0 },
	{ "run `npm i left-padd@2`", MARK_NAME, "left-padd", MARK_TOOL_OUTPUT },
	{ "pip install 'evil==1.0'", MARK_NAME, "evil", MARK_TOOL_OUTPUT },
	{ "npm i @scope/pkg", MARK_NAME, "@scope/pkg", MARK_TOOL_OUTPUT },
	{ "ModuleNotFoundError: No such thing: requests", MARK_NAME, "requests", MARK_MENTIONED },
	{ "ModuleNotFoundError: No module named 'requests'", MARK_NAME, "requests", MARK_MENTIONED },
	{ "install it\nrequests", MARK_NAME, "requests", MARK_MENTIONED },
};

START_TEST(test_note)
{
	const struct session_mark *mark;

	note(notes[_i].text, strlen(notes[_i].text), 5);
	mark = named(notes[_i].kind, notes[_i].target);
	ck_assert_msg((mark ? mark->flags : 0) == notes[_i].flags, "%s: %s", notes[_i].text, notes[_i].target);
}
END_TEST

/* What another machine says speaks for others; who named it first on this machine only mentions it. */
START_TEST(test_outside)
{
	struct analysis local = { 0 }, remote = { .caps = CAP_NETWORK };

	session_event(&session, &local, 1);
	note("uses tinylib", 12, 2);
	session_event(&session, &remote, 3);
	note("see tinylib or fastlib", 22, 4);
	ck_assert_uint_eq(named(MARK_NAME, "tinylib")->flags, MARK_MENTIONED);
	ck_assert_uint_eq(named(MARK_NAME, "fastlib")->flags, MARK_TOOL_OUTPUT);
}
END_TEST

START_TEST(test_links)
{
	struct analysis_mark mark = { .kind = MARK_LINK, .text = "/p/l", .real = "/home/dev" };
	struct analysis analysis = { .marks = &mark };

	session_event(&session, &analysis, 4);
	ck_assert_ptr_nonnull(session_link(&session, "/p/l", 4));
	ck_assert_str_eq(session_link(&session, "/p/l", 4)->real, "/home/dev");
	ck_assert_ptr_null(session_link(&session, "/p/m", 4));
	session_forget(&session, 4);
	ck_assert_ptr_null(session_link(&session, "/p/l", 4));
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("session");
	Suite *suite = suite_create("session");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, test_marks);
	tcase_add_test(tcase, test_keys_depend_on_the_seed);
	tcase_add_test(tcase, test_notes_do_not_push_out_calls);
	tcase_add_test(tcase, test_outside);
	tcase_add_test(tcase, test_links);
	tcase_add_loop_test(tcase, test_note, 0, sizeof(notes) / sizeof(*notes));
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
