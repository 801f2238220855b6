#include "config.h"

/* bin/tcpctl as a host starts it: payload in, bytes out, whatever the daemon does. */

#include "client/endpoint.h"
#include "tests/fake_daemon.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAYLOAD                                                                                                         \
	"{\"session_id\":\"s\",\"cwd\":\"/tmp\",\"permission_mode\":\"default\",\"hook_event_name\":\"PreToolUse\","           \
	"\"tool_name\":\"Bash\",\"tool_input\":{\"command\":\"rm -rf /\"}}"

static struct fake_daemon fake;
static char output[8192];

/* Starts `tcpctl hook claude` with payload on its input; its exit code, output filled in. */
static int hook(const char *payload)
{
	const char *top = getenv("top_builddir");
	char program[4096], name[] = "/tmp/tcpbehav-payload.XXXXXX";
	int in = mkstemp(name), out[2], status;
	ssize_t n;
	size_t len = 0;
	pid_t pid;

	snprintf(program, sizeof(program), "%s/bin/tcpctl", top ? top : ".");
	unlink(name);
	ck_assert_int_eq(write(in, payload, strlen(payload)), (ssize_t)strlen(payload));
	lseek(in, 0, SEEK_SET);
	ck_assert_int_eq(pipe(out), 0);
	pid = fork();
	if (pid == 0) {
		dup2(in, STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		close(out[0]);
		close(out[1]);
		execl(program, program, "hook", "claude", (char *)NULL);
		_exit(99);
	}
	close(in);
	close(out[1]);
	while ((n = read(out[0], output + len, sizeof(output) - 1 - len)) > 0)
		len += (size_t)n;
	output[len] = '\0';
	close(out[0]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Either the exit code or the answer keeps the host from running it. */
static bool stopped(int code)
{
	return code == 2 || (code == 0 && (strstr(output, "\"deny\"") || strstr(output, "\"ask\"")));
}

static void start(enum fake_manner manner, const char *answer)
{
	fake_daemon_start(&fake, manner, answer, 0);
	setenv("TCPBEHAVD_SOCKET", fake.path, 1);
}

START_TEST(answer_of_the_daemon_is_passed_on)
{
	char seen[4096] = "";
	int fd;

	setenv("HOME", "/home/dev", 1);
	setenv("CLAUDE_PROJECT_DIR", "/home/dev/p", 1);
	start(FAKE_ANSWERS, "{\"id\":null,\"ok\":true,\"exit\":0,\"stdout\":\"{\\\"a\\\":\\\"\\u00e4\\\"}\\n\",\"stderr\":\"\"}\n");
	ck_assert_int_eq(hook("payload"), 0);
	ck_assert_str_eq(output, "{\"a\":\"\xc3\xa4\"}\n");
	fd = open(fake.seen, O_RDONLY);
	ck_assert_int_gt(read(fd, seen, sizeof(seen) - 1), 0);
	close(fd);
	ck_assert_str_eq(seen, "{\"op\":\"hook\",\"host\":\"claude\",\"home\":\"/home/dev\",\"workspace\":\"/home/dev/p\","
	                       "\"payload_b64\":\"cGF5bG9hZA==\"}\n");
	fake_daemon_stop(&fake);
}
END_TEST

START_TEST(exit_code_of_the_daemon_is_passed_on)
{
	start(FAKE_ANSWERS, "{\"ok\":true,\"exit\":2,\"stdout\":\"\",\"stderr\":\"no\"}\n");
	ck_assert_int_eq(hook(PAYLOAD), 2);
	ck_assert_str_eq(output, "");
	fake_daemon_stop(&fake);
}
END_TEST

static const struct {
	enum fake_manner manner;
	const char *answer;
} odd_rows[] = {
	{ FAKE_HANGS, "" },
	{ FAKE_IS_FULL, "" },
	{ FAKE_CLOSES, "" },
	{ FAKE_TRICKLES, "{\"ok\":true,\"exit\":0,\"stdout\":\"\"}\n" },
	{ FAKE_ANSWERS, "\n" },
	{ FAKE_ANSWERS, "{\"ok\":false,\"error\":{\"code\":\"internal\",\"message\":\"x\"}}\n" },
	{ FAKE_ANSWERS, "{\"ok\":true,\"exit\":0,\"stdout\":\"\"}\n{}\n" },
};

START_TEST(odd_daemon_never_lets_anything_pass)
{
	int64_t start_ms = endpoint_now_ms();

	start(odd_rows[_i].manner, odd_rows[_i].answer);
	ck_assert(stopped(hook(PAYLOAD)));
	ck_assert_int_lt(endpoint_now_ms() - start_ms, 4000);
	fake_daemon_stop(&fake);
}
END_TEST

START_TEST(no_daemon_never_lets_anything_pass)
{
	setenv("TCPBEHAVD_SOCKET", "/nonexistent/socket", 1);
	ck_assert(stopped(hook(PAYLOAD)));
	ck_assert(stopped(hook("{\"broken\":")));
	ck_assert(stopped(hook("")));
}
END_TEST

START_TEST(long_payload_arrives_whole)
{
	size_t bytes = 300000;
	char *payload = malloc(bytes + 1);

	memset(payload, 'x', bytes);
	payload[bytes] = '\0';
	start(FAKE_ANSWERS, "{\"ok\":true,\"exit\":0,\"stdout\":\"fine\"}\n");
	ck_assert_int_eq(hook(payload), 0);
	ck_assert_str_eq(output, "fine");
	fake_daemon_stop(&fake);
	setenv("TCPBEHAVD_SOCKET", "/nonexistent/socket", 1);
	ck_assert(stopped(hook(payload)));
	free(payload);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("launch");
	TCase *tests = tcase_create("launch");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tests, 30);
	tcase_add_test(tests, answer_of_the_daemon_is_passed_on);
	tcase_add_test(tests, exit_code_of_the_daemon_is_passed_on);
	tcase_add_loop_test(tests, odd_daemon_never_lets_anything_pass, 0, sizeof(odd_rows) / sizeof(odd_rows[0]));
	tcase_add_test(tests, no_daemon_never_lets_anything_pass);
	tcase_add_test(tests, long_payload_arrives_whole);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
