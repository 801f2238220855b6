#include "config.h"
#include "client/endpoint.h"

#include "client/platform.h"
#include "tests/fake_daemon.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STRANGER 65534

static char why[ENDPOINT_WHY_MAX];
static const struct endpoint_settings anywhere;

/* --- client.conf --- */

static const struct {
	const char *text;
	int rc;
	bool require_system;
} conf_rows[] = {
	{ "", 0, false },
	{ "# nothing\n\n", 0, false },
	{ "require: system\n", 0, true },
	{ "  require:system   # all users", 0, true },
	{ "require: any\r\n", 0, false },
	{ "require: system\nrequire: any\n", 0, false },
	{ "require: sytem\n", -EINVAL, true },
	{ "requires: any\n", -EINVAL, true },
	{ "require\n", -EINVAL, true },
};

static void write_conf(char *path, const char *text, mode_t mode)
{
	int fd = mkstemp(strcpy(path, "/tmp/tcpbehav-conf.XXXXXX"));

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	ck_assert_int_eq(fchmod(fd, mode), 0);
	close(fd);
}

START_TEST(conf_is_read_as_written)
{
	struct endpoint_settings settings;
	char path[64];

	write_conf(path, conf_rows[_i].text, 0644);
	ck_assert_int_eq(endpoint_read_settings(path, geteuid(), &settings, why, sizeof(why)), conf_rows[_i].rc);
	ck_assert_int_eq(settings.require_system, conf_rows[_i].require_system);
	if (conf_rows[_i].rc < 0)
		ck_assert_ptr_nonnull(strstr(why, "line 1"));
	unlink(path);
}
END_TEST

START_TEST(conf_that_others_could_write_says_nothing)
{
	struct endpoint_settings settings;
	char path[64];

	write_conf(path, "require: system\n", 0666);
	ck_assert_int_eq(endpoint_read_settings(path, geteuid(), &settings, why, sizeof(why)), 1);
	ck_assert(!settings.require_system);
	ck_assert_ptr_nonnull(strstr(why, "ignored"));
	chmod(path, 0644);
	ck_assert_int_eq(endpoint_read_settings(path, geteuid() + 1, &settings, why, sizeof(why)), 1);
	unlink(path);
}
END_TEST

START_TEST(conf_that_is_missing_is_fine_and_one_too_long_is_strict)
{
	struct endpoint_settings settings;
	char path[64], *text = malloc(6000);

	ck_assert_int_eq(endpoint_read_settings("/nonexistent/client.conf", 0, &settings, why, sizeof(why)), 0);
	ck_assert(!settings.require_system);
	memset(text, '\n', 5999);
	text[5999] = '\0';
	write_conf(path, text, 0644);
	ck_assert_int_eq(endpoint_read_settings(path, geteuid(), &settings, why, sizeof(why)), -EINVAL);
	ck_assert(settings.require_system);
	unlink(path);
	free(text);
}
END_TEST

/* --- finding and believing --- */

static struct fake_daemon fake;

static int ask(const char *explicit_path, const struct endpoint_settings *settings, int timeout_ms, char *answer)
{
	size_t bytes = 0, len;
	char *buffer = NULL;
	int64_t deadline_ms = endpoint_now_ms() + timeout_ms;
	int fd, rc = endpoint_connect(settings, explicit_path, timeout_ms, &fd, why, sizeof(why));

	if (rc < 0)
		return rc;
	rc = endpoint_exchange(fd, "{}\n", 3, deadline_ms, 65536, &buffer, &bytes, &len);
	if (rc == 0)
		snprintf(answer, 64, "%.*s", (int)len, buffer);
	free(buffer);
	close(fd);
	return rc;
}

START_TEST(named_socket_is_asked)
{
	char answer[64];

	fake_daemon_start(&fake, FAKE_ANSWERS, "yes\n", 0);
	ck_assert_int_eq(ask(fake.path, &anywhere, 2000, answer), 0);
	ck_assert_str_eq(answer, "yes");
	setenv("TCPBEHAVD_SOCKET", fake.path, 1);
	ck_assert_int_eq(ask(NULL, &anywhere, 2000, answer), 0);
	setenv("TCPBEHAVD_SOCKET", "/nonexistent/socket", 1);
	ck_assert_int_eq(ask(NULL, &anywhere, 2000, answer), -ENOENT);
	ck_assert_ptr_nonnull(strstr(why, "is tcpbehavd running?"));
	fake_daemon_stop(&fake);
}
END_TEST

START_TEST(runtime_folder_is_looked_into)
{
	char answer[64], folder[128], path[160];

	fake_daemon_start(&fake, FAKE_ANSWERS, "yes\n", 0);
	snprintf(folder, sizeof(folder), "%s/tcpbehavd", fake.folder);
	snprintf(path, sizeof(path), "%s/tcpbehavd.sock", folder);
	ck_assert_int_eq(mkdir(folder, 0700), 0);
	ck_assert_int_eq(symlink(fake.path, path), 0);
	unsetenv("TCPBEHAVD_SOCKET");
	setenv("XDG_RUNTIME_DIR", fake.folder, 1);
	ck_assert_int_eq(ask(NULL, &anywhere, 2000, answer), 0);
	unlink(path);
	rmdir(folder);
	fake_daemon_stop(&fake);
}
END_TEST

START_TEST(required_system_daemon_is_the_only_one)
{
	const struct endpoint_settings system = { .require_system = true };
	char answer[64];

	fake_daemon_start(&fake, FAKE_ANSWERS, "yes\n", 0);
	setenv("TCPBEHAVD_SOCKET", fake.path, 1);
	ck_assert_int_lt(ask(fake.path, &system, 500, answer), 0);
	ck_assert_ptr_nonnull(strstr(why, ENDPOINT_SYSTEM_SOCKET));
	fake_daemon_stop(&fake);
}
END_TEST

START_TEST(stranger_is_not_believed)
{
	char answer[64];

	if (geteuid() != 0)
		return; /* only root can play somebody else */
	fake_daemon_start(&fake, FAKE_ANSWERS, "{\"verdict\":\"allow\"}\n", STRANGER);
	ck_assert_int_eq(ask(fake.path, &anywhere, 2000, answer), -EACCES);
	ck_assert_ptr_nonnull(strstr(why, "65534"));
	ck_assert_ptr_nonnull(strstr(why, "not trusted"));
	fake_daemon_stop(&fake);
}
END_TEST

static const struct {
	enum fake_manner manner;
	const char *answer;
	int rc;
} manner_rows[] = {
	{ FAKE_HANGS, "", -ETIMEDOUT },
	{ FAKE_IS_FULL, "", -ETIMEDOUT },
	{ FAKE_CLOSES, "", -EPROTO },
	{ FAKE_TRICKLES, "much too slow\n", -ETIMEDOUT },
	{ FAKE_ANSWERS, "one\ntwo\n", -EPROTO },
};

START_TEST(deadline_holds_whatever_the_daemon_does)
{
	int64_t start;
	char answer[64];

	fake_daemon_start(&fake, manner_rows[_i].manner, manner_rows[_i].answer, 0);
	start = endpoint_now_ms();
	ck_assert_int_eq(ask(fake.path, &anywhere, 300, answer), manner_rows[_i].rc);
	ck_assert_int_lt(endpoint_now_ms() - start, 2000);
	fake_daemon_stop(&fake);
}
END_TEST

START_TEST(path_that_is_too_long_or_relative_is_said_so)
{
	char path[256], answer[64];

	memset(path, 'x', sizeof(path));
	path[0] = '/';
	path[255] = '\0';
	ck_assert_int_eq(ask(path, &anywhere, 100, answer), -ENAMETOOLONG);
	ck_assert_ptr_nonnull(strstr(why, "too long"));
	ck_assert_int_eq(ask("run/socket", &anywhere, 100, answer), -EINVAL);
}
END_TEST

/* --- the rest --- */

START_TEST(repository_encloses)
{
	char top[64] = "/tmp/tcpbehav-repo.XXXXXX", path[256], found[4096];

	ck_assert_ptr_nonnull(mkdtemp(top));
	snprintf(path, sizeof(path), "%s/.git", top);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s//a/b", top);
	ck_assert(endpoint_repository(path, found, sizeof(found)));
	ck_assert_str_eq(found, top);
	ck_assert(endpoint_repository(top, found, sizeof(found)));
	ck_assert_str_eq(found, top);
	ck_assert(!endpoint_repository("relative", found, sizeof(found)));
	snprintf(path, sizeof(path), "%s/.git", top);
	rmdir(path);
	ck_assert(!endpoint_repository(top, found, sizeof(found)));
	rmdir(top);
}
END_TEST

START_TEST(platform_knows_itself)
{
	char path[4096];
	uid_t uid = 1;

	ck_assert_int_eq(platform_user_uid("root", &uid), 0);
	ck_assert_uint_eq(uid, 0);
	ck_assert_int_eq(platform_user_uid("no-such-user-here", &uid), -ENOENT);
	ck_assert_int_eq(platform_program_path(path, sizeof(path)), 0);
	ck_assert_ptr_nonnull(strstr(path, "check_endpoint"));
	ck_assert_int_lt(platform_program_path(path, 3), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("endpoint");
	TCase *tests = tcase_create("endpoint");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tests, 30);
	tcase_add_loop_test(tests, conf_is_read_as_written, 0, sizeof(conf_rows) / sizeof(conf_rows[0]));
	tcase_add_test(tests, conf_that_others_could_write_says_nothing);
	tcase_add_test(tests, conf_that_is_missing_is_fine_and_one_too_long_is_strict);
	tcase_add_test(tests, named_socket_is_asked);
	tcase_add_test(tests, runtime_folder_is_looked_into);
	tcase_add_test(tests, required_system_daemon_is_the_only_one);
	tcase_add_test(tests, stranger_is_not_believed);
	tcase_add_loop_test(tests, deadline_holds_whatever_the_daemon_does, 0, sizeof(manner_rows) / sizeof(manner_rows[0]));
	tcase_add_test(tests, path_that_is_too_long_or_relative_is_said_so);
	tcase_add_test(tests, repository_encloses);
	tcase_add_test(tests, platform_knows_itself);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
