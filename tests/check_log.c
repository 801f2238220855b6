#include "config.h"

#include "common/log.h"
#include "daemon/logger.h"

#include <check.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char last[2 * LOG_LINE_MAX];
static int n_lines;

static void sink(void *context, const char *line, size_t len)
{
	ck_assert_ptr_eq(context, last);
	ck_assert_uint_le(len, LOG_LINE_MAX);
	memcpy(last, line, len);
	last[len] = '\0';
	n_lines++;
}

static void setup(void)
{
	log_init("prog", LOG_FORMAT_TEXT);
	log_set_level(LOG_LEVEL_INFO);
	log_set_sink(sink, last);
	n_lines = 0;
}

START_TEST(test_formats)
{
	log_warn("tag", "%d of %s", 3, "x");
	ck_assert_str_eq(last, "prog: warning: tag: 3 of x\n");
	log_init("prog", LOG_FORMAT_JOURNAL);
	log_error("tag", "no");
	ck_assert_str_eq(last, "<3>tag: no\n");
	log_notice("tag", "no");
	ck_assert_str_eq(last, "<5>tag: no\n");
}
END_TEST

START_TEST(test_levels)
{
	log_debug("tag", "unseen");
	ck_assert_int_eq(n_lines, 0);
	log_set_level(LOG_LEVEL_DEBUG);
	log_debug("tag", "seen");
	ck_assert_int_eq(n_lines, 1);
	log_set_level(LOG_LEVEL_ERROR);
	log_warn("tag", "unseen");
	ck_assert_int_eq(n_lines, 1);
	ck_assert_int_eq(log_level_from_name("notice"), LOG_LEVEL_NOTICE);
	ck_assert_int_eq(log_level_from_name("loud"), -1);
}
END_TEST

START_TEST(test_one_line)
{
	char big[5000];

	log_info("tag", "a\nb\x1b[2Jc\x7f");
	ck_assert_str_eq(last, "prog: info: tag: a?b?[2Jc?\n");
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	log_info("tag", "%s", big);
	ck_assert_uint_eq(strlen(last), LOG_LINE_MAX - 1);
	ck_assert_str_eq(last + strlen(last) - 5, "x...\n");
}
END_TEST

/* Reads all that comes, in a thread of its own, and notes what was in it. */
struct reader {
	int fd;
	size_t seen;
	atomic_bool dropped;
	bool last;
};

static void *read_all(void *context)
{
	static const char dropped[] = "lines were dropped", newest[] = "the last one\n";
	struct reader *reader = context;
	static char chunk[65536];
	size_t kept = 0, overlap = sizeof(dropped);
	ssize_t n;

	while ((n = read(reader->fd, chunk + kept, sizeof(chunk) - kept)) > 0) {
		reader->seen += (size_t)n;
		kept += (size_t)n;
		if (memmem(chunk, kept, dropped, sizeof(dropped) - 1))
			atomic_store(&reader->dropped, true);
		reader->last |= memmem(chunk, kept, newest, sizeof(newest) - 1) != NULL;
		if (kept > overlap) {
			memmove(chunk, chunk + kept - overlap, overlap);
			kept = overlap;
		}
	}
	return NULL;
}

/* Nobody reads the other end of standard error: logging must not wait, and says later how many lines are missing. */
START_TEST(test_never_blocks)
{
	int fds[2], saved = dup(STDERR_FILENO);
	struct reader reader = { 0 };
	pthread_t thread;

	ck_assert_int_eq(pipe(fds), 0);
	reader.fd = fds[0];
	dup2(fds[1], STDERR_FILENO);
	close(fds[1]);
	ck_assert_int_eq(logger_start(), 0);
	for (int i = 0; i < 20000; i++)
		log_info("tag", "line %d with some text behind it to make it longer", i);
	ck_assert_int_eq(pthread_create(&thread, NULL, read_all, &reader), 0);
	while (!atomic_load(&reader.dropped))
		usleep(1000);
	log_info("tag", "the last one");
	logger_stop();
	dup2(saved, STDERR_FILENO);
	pthread_join(thread, NULL);
	ck_assert_uint_gt(reader.seen, 32768);
	ck_assert(reader.last);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("log");
	TCase *tests = tcase_create("log");
	SRunner *runner = srunner_create(suite);

	tcase_add_checked_fixture(tests, setup, NULL);
	tcase_add_test(tests, test_formats);
	tcase_add_test(tests, test_levels);
	tcase_add_test(tests, test_one_line);
	tcase_add_test(tests, test_never_blocks);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
