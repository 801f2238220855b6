#include "config.h"
#include "client/tcpbehav.h"

#include "tests/fake_daemon.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ANSWER                                                                                                          \
	"{\"id\":null,\"verdict\":\"deny\",\"risk\":\"critical\",\"capabilities\":[\"FILE_WRITE\",\"DESTRUCTIVE\"],"           \
	"\"findings\":[{\"rule\":\"fs.delete.root\",\"start\":0,\"end\":8,\"why\":\"deletes everything\",\"safer\":null,"       \
	"\"risk\":\"critical\",\"place\":\"system\",\"decides\":true}],\"unknown\":[\"frob\"],\"decided_by\":\"policy\",\"request\":12,"         \
	"\"event\":null,\"standing\":\"standard\",\"level\":\"normal\",\"mode\":\"socket\"}\n"

static struct fake_daemon fake;
static struct tcpbehav_client *client;
static char table[4096];

static void setup(void)
{
	const char *top = getenv("top_builddir");

	snprintf(table, sizeof(table), "%s/etc/default.tcpt", top ? top : ".");
	unsetenv("TCPBEHAVD_SOCKET");
	unsetenv("XDG_RUNTIME_DIR");
}

static void teardown(void)
{
	tcpbehav_close(client);
	client = NULL;
}

static int open_client(enum tcpbehav_mode mode, const char *socket)
{
	const struct tcpbehav_options options = {
		.size = sizeof(options), .mode = mode, .socket = socket, .table = table, .timeout_ms = 500,
	};

	return tcpbehav_open(&options, &client);
}

static const struct tcpbehav_answer *check(const char *command, int status)
{
	struct tcpbehav_call call = { .size = sizeof(call), .command = command, .cwd = "/home/dev/p", .home = "/home/dev" };
	const char *workspaces[] = { "/home/dev/p" };
	const struct tcpbehav_answer *answer = NULL;

	call.workspaces = workspaces;
	call.n_workspaces = 1;
	ck_assert_int_eq(tcpbehav_check(client, &call, &answer), status);
	return answer;
}

START_TEST(daemon_answers)
{
	const struct tcpbehav_answer *answer;

	fake_daemon_start(&fake, FAKE_ANSWERS, ANSWER, 0);
	ck_assert_int_eq(open_client(TCPBEHAV_SOCKET, fake.path), TCPBEHAV_OK);
	answer = check("rm -rf /", TCPBEHAV_OK);
	ck_assert_int_eq(answer->verdict, TCPBEHAV_DENY);
	ck_assert_int_eq(answer->risk, TCPBEHAV_CRITICAL);
	ck_assert_uint_eq(answer->capabilities, 1u << 7 | 1u << 9);
	ck_assert_uint_eq(answer->n_findings, 1);
	ck_assert_str_eq(answer->findings[0].rule, "fs.delete.root");
	ck_assert_uint_eq(answer->findings[0].end, 8);
	ck_assert_ptr_null(answer->findings[0].safer);
	ck_assert_uint_eq(answer->n_unknown, 1);
	ck_assert_str_eq(answer->unknown[0], "frob");
	ck_assert_uint_eq(answer->request, 12);
	ck_assert_str_eq(answer->decided_by, "policy");
	ck_assert_ptr_nonnull(strstr(answer->reason, "deletes everything"));
	ck_assert(!answer->embedded);
	fake_daemon_stop(&fake);
}
END_TEST

static const struct {
	enum fake_manner manner;
	const char *answer;
	int status;
} broken_rows[] = {
	{ FAKE_HANGS, "", TCPBEHAV_ERROR_TIMEOUT },
	{ FAKE_CLOSES, "", TCPBEHAV_ERROR_PROTOCOL },
	{ FAKE_ANSWERS, "hello\n", TCPBEHAV_ERROR_PROTOCOL },
	{ FAKE_ANSWERS, "{\"verdict\":\"yes\"}\n", TCPBEHAV_ERROR_PROTOCOL },
	{ FAKE_ANSWERS, "{\"id\":null,\"ok\":false,\"error\":{\"code\":\"limit\",\"message\":\"later\"}}\n", TCPBEHAV_ERROR_REFUSED },
};

/* Nothing odd is ever an allow; in mode AUTO this process answers instead. */
START_TEST(broken_daemon_is_an_error_or_embedded)
{
	const struct tcpbehav_answer *answer;

	fake_daemon_start(&fake, broken_rows[_i].manner, broken_rows[_i].answer, 0);
	ck_assert_int_eq(open_client(TCPBEHAV_SOCKET, fake.path), TCPBEHAV_OK);
	check("rm -rf /", broken_rows[_i].status);
	ck_assert_uint_gt(strlen(tcpbehav_error(client)), 0);
	tcpbehav_close(client);
	ck_assert_int_eq(open_client(TCPBEHAV_AUTO, fake.path), TCPBEHAV_OK);
	answer = check("rm -rf /", TCPBEHAV_OK);
	ck_assert(answer->embedded);
	ck_assert_int_eq(answer->verdict, TCPBEHAV_DENY);
	fake_daemon_stop(&fake);
}
END_TEST

START_TEST(stranger_on_the_path_is_not_asked)
{
	const struct tcpbehav_answer *answer;
	struct stat seen;

	if (geteuid() != 0)
		return; /* only root can play somebody else */
	fake_daemon_start(&fake, FAKE_ANSWERS, ANSWER, 65534);
	ck_assert_int_eq(open_client(TCPBEHAV_SOCKET, fake.path), TCPBEHAV_ERROR_UNTRUSTED);
	ck_assert_ptr_null(client);
	ck_assert_int_eq(open_client(TCPBEHAV_AUTO, fake.path), TCPBEHAV_OK);
	answer = check("ls", TCPBEHAV_OK);
	ck_assert(answer->embedded);
	ck_assert_int_eq(stat(fake.seen, &seen), 0);
	ck_assert_int_eq(seen.st_size, 0);
	fake_daemon_stop(&fake);
}
END_TEST

START_TEST(no_daemon_is_said_so)
{
	ck_assert_int_eq(open_client(TCPBEHAV_SOCKET, "/nonexistent/socket"), TCPBEHAV_ERROR_NO_DAEMON);
	ck_assert_ptr_null(client);
	ck_assert_int_eq(open_client(TCPBEHAV_AUTO, "/nonexistent/socket"), TCPBEHAV_OK);
	ck_assert_int_eq(tcpbehav_ping(client, NULL), TCPBEHAV_ERROR_NO_DAEMON);
	ck_assert_ptr_nonnull(strstr(tcpbehav_error(client), "/nonexistent/socket"));
}
END_TEST

START_TEST(kept_connection_that_died_is_made_anew)
{
	uint64_t round_trip_ns = 0;
	char path[sizeof(fake.path)];

	fake_daemon_start(&fake, FAKE_ANSWERS, "{\"ok\":true}\n", 0);
	ck_assert_int_eq(open_client(TCPBEHAV_SOCKET, fake.path), TCPBEHAV_OK);
	ck_assert_int_eq(tcpbehav_ping(client, &round_trip_ns), TCPBEHAV_OK);
	ck_assert_uint_gt(round_trip_ns, 0);
	strcpy(path, fake.path);
	fake_daemon_stop(&fake);
	ck_assert_int_eq(tcpbehav_ping(client, NULL), TCPBEHAV_ERROR_NO_DAEMON);
	fake_daemon_start(&fake, FAKE_ANSWERS, "{\"ok\":true}\n", 0);
	tcpbehav_close(client);
	ck_assert_int_eq(open_client(TCPBEHAV_SOCKET, fake.path), TCPBEHAV_OK);
	ck_assert_int_eq(tcpbehav_ping(client, NULL), TCPBEHAV_OK);
	fake_daemon_stop(&fake);
}
END_TEST

START_TEST(raw_request_goes_both_ways)
{
	const char *answer;
	size_t len;

	fake_daemon_start(&fake, FAKE_ANSWERS, "{\"ok\":true,\"x\":1}\n", 0);
	ck_assert_int_eq(open_client(TCPBEHAV_SOCKET, fake.path), TCPBEHAV_OK);
	ck_assert_int_eq(tcpbehav_request(client, "{\"op\":\"x\"}", 10, &answer, &len), TCPBEHAV_OK);
	ck_assert_str_eq(answer, "{\"ok\":true,\"x\":1}");
	ck_assert_uint_eq(len, strlen(answer));
	ck_assert_int_eq(tcpbehav_request(client, "a\nb", 3, &answer, &len), TCPBEHAV_ERROR_ARGUMENT);
	fake_daemon_stop(&fake);
}
END_TEST

START_TEST(embedded_judges)
{
	struct tcpbehav_call call = { .size = sizeof(call), .command = "ls -la" };
	const struct tcpbehav_answer *answer;

	ck_assert_int_eq(open_client(TCPBEHAV_EMBEDDED, NULL), TCPBEHAV_OK);
	answer = check("rm -rf /", TCPBEHAV_OK);
	ck_assert_int_eq(answer->verdict, TCPBEHAV_DENY);
	ck_assert_uint_ge(answer->n_findings, 1);
	ck_assert_uint_eq(answer->request, 0);
	ck_assert_int_eq(check("rm -rf build", TCPBEHAV_OK)->verdict, TCPBEHAV_ALLOW);
	ck_assert_int_eq(tcpbehav_analyze(client, &call, &answer), TCPBEHAV_OK);
	ck_assert_int_eq(answer->verdict, TCPBEHAV_NONE);
	ck_assert_int_eq(answer->risk, TCPBEHAV_SAFE);
	call.command_len = 2;
	call.command = "ls\0rm";
	ck_assert_int_eq(tcpbehav_analyze(client, &call, &answer), TCPBEHAV_OK);
	call.command_len = 5;
	ck_assert_int_eq(tcpbehav_analyze(client, &call, &answer), TCPBEHAV_ERROR_ARGUMENT);
}
END_TEST

START_TEST(tool_calls_are_judged)
{
	struct tcpbehav_call call = { .size = sizeof(call), .tool = "Write" };
	const struct tcpbehav_answer *answer;

	ck_assert_int_eq(open_client(TCPBEHAV_EMBEDDED, NULL), TCPBEHAV_OK);
	call.arguments_json = "{\"file_path\":\"/etc/sudoers\",\"content\":\"x\"}";
	ck_assert_int_eq(tcpbehav_check(client, &call, &answer), TCPBEHAV_OK);
	ck_assert_int_eq(answer->verdict, TCPBEHAV_DENY);
	call.arguments_json = "{\"file_path\":";
	ck_assert_int_eq(tcpbehav_check(client, &call, &answer), TCPBEHAV_ERROR_ARGUMENT);
	call.arguments_json = "{}\n{}";
	ck_assert_int_eq(tcpbehav_check(client, &call, &answer), TCPBEHAV_ERROR_ARGUMENT);
	call.command = "ls";
	ck_assert_int_eq(tcpbehav_check(client, &call, &answer), TCPBEHAV_ERROR_ARGUMENT);
}
END_TEST

START_TEST(tools_are_looked_up)
{
	struct tcpbehav_tool tool;

	ck_assert_int_eq(open_client(TCPBEHAV_EMBEDDED, NULL), TCPBEHAV_OK);
	ck_assert_int_eq(tcpbehav_lookup(client, "rm", &tool), TCPBEHAV_OK);
	ck_assert_mem_eq(tool.descriptor, "TCP\x02\x00\x02", 6);
	ck_assert_uint_ne(tool.flags & 1u << 9, 0);
	ck_assert_int_eq(tcpbehav_lookup(client, "frobnicate", &tool), TCPBEHAV_ERROR_NOT_FOUND);
	ck_assert_str_eq(tcpbehav_flag_name(9), "FILE_WRITE");
	ck_assert_str_eq(tcpbehav_flag_name(4), "critical");
	ck_assert_ptr_null(tcpbehav_flag_name(32));
}
END_TEST

START_TEST(missing_image_is_an_error)
{
	strcpy(table, "/nonexistent/image");
	ck_assert_int_eq(open_client(TCPBEHAV_EMBEDDED, NULL), TCPBEHAV_OK);
	check("ls", TCPBEHAV_ERROR_NO_TABLE);
	ck_assert_ptr_nonnull(strstr(tcpbehav_error(client), "/nonexistent/image"));
}
END_TEST

START_TEST(nonsense_is_refused)
{
	struct tcpbehav_options options = { .size = 1 };
	struct tcpbehav_call call = { 0 };
	const struct tcpbehav_answer *answer;

	ck_assert_int_eq(tcpbehav_open(&options, &client), TCPBEHAV_ERROR_ARGUMENT);
	ck_assert_int_eq(tcpbehav_open(NULL, NULL), TCPBEHAV_ERROR_ARGUMENT);
	ck_assert_int_eq(open_client(TCPBEHAV_EMBEDDED, NULL), TCPBEHAV_OK);
	ck_assert_int_eq(tcpbehav_check(client, &call, &answer), TCPBEHAV_ERROR_ARGUMENT);
	ck_assert_int_eq(tcpbehav_check(NULL, NULL, &answer), TCPBEHAV_ERROR_ARGUMENT);
	for (int status = TCPBEHAV_ERROR_SYSTEM; status <= 0; status++)
		ck_assert_str_ne(tcpbehav_strerror(status), "unknown status");
	ck_assert_str_eq(tcpbehav_strerror(TCPBEHAV_ERROR_SYSTEM - 1), "unknown status");
	ck_assert_str_eq(tcpbehav_strerror(1), "unknown status");
	tcpbehav_close(NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("client");
	TCase *tests = tcase_create("client");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tests, 30);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, daemon_answers);
	tcase_add_loop_test(tests, broken_daemon_is_an_error_or_embedded, 0, sizeof(broken_rows) / sizeof(broken_rows[0]));
	tcase_add_test(tests, stranger_on_the_path_is_not_asked);
	tcase_add_test(tests, no_daemon_is_said_so);
	tcase_add_test(tests, kept_connection_that_died_is_made_anew);
	tcase_add_test(tests, raw_request_goes_both_ways);
	tcase_add_test(tests, embedded_judges);
	tcase_add_test(tests, tool_calls_are_judged);
	tcase_add_test(tests, tools_are_looked_up);
	tcase_add_test(tests, missing_image_is_an_error);
	tcase_add_test(tests, nonsense_is_refused);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
