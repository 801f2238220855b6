#include "config.h"

#include "daemon/ring.h"
#include "daemon/stats.h"

#include <check.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

START_TEST(test_refuses_when_full)
{
	struct ring ring;
	size_t len;

	ck_assert_int_eq(ring_init(&ring, 256), 0);
	ck_assert(ring_empty(&ring));
	ck_assert_ptr_null(ring_reserve(&ring, 200)); /* larger than half of it */
	for (int i = 0; i < 4; i++) {
		ck_assert_ptr_nonnull(memset(ring_reserve(&ring, 56), i, 56));
		ring_publish(&ring);
	}
	ck_assert_ptr_null(ring_reserve(&ring, 1));
	ck_assert(ring_half_full(&ring));
	ck_assert_int_eq(*(const char *)ring_peek(&ring, &len), 0);
	ck_assert_uint_eq(len, 56);
	ring_rewind(&ring);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(*(const char *)ring_peek(&ring, &len), i);
	ck_assert_ptr_null(ring_peek(&ring, &len));
	ring_release(&ring);
	ck_assert(ring_empty(&ring));
	ck_assert_ptr_nonnull(ring_reserve(&ring, 100));
	ring_deinit(&ring);
}
END_TEST

#define RECORDS 50000

static size_t record_len(uint32_t i)
{
	return 4 + (i * 7919) % 300;
}

static void *write_records(void *context)
{
	struct ring *ring = context;

	for (uint32_t i = 0; i < RECORDS;) {
		uint8_t *record = ring_reserve(ring, record_len(i));

		if (!record) {
			sched_yield();
			continue;
		}
		memset(record, (int)(i & 255), record_len(i));
		memcpy(record, &i, sizeof(i));
		ring_publish(ring);
		i++;
	}
	return NULL;
}

/* One thread writes, one reads: everything arrives whole and in order. */
START_TEST(test_threads)
{
	struct ring ring;
	pthread_t writer;
	uint32_t wanted = 0, number;

	ck_assert_int_eq(ring_init(&ring, 8192), 0);
	ck_assert_int_eq(pthread_create(&writer, NULL, write_records, &ring), 0);
	while (wanted < RECORDS) {
		const uint8_t *record;
		size_t len;

		while ((record = ring_peek(&ring, &len))) {
			memcpy(&number, record, sizeof(number));
			ck_assert_uint_eq(number, wanted);
			ck_assert_uint_eq(len, record_len(number));
			if (len > 4)
				ck_assert_uint_eq(record[len - 1], number & 255);
			wanted++;
		}
		ring_release(&ring);
		sched_yield();
	}
	pthread_join(writer, NULL);
	ring_deinit(&ring);
}
END_TEST

START_TEST(test_histogram)
{
	static struct histogram histogram;

	ck_assert_uint_eq(histogram_quantile(&histogram, 0.5), 0);
	for (uint64_t i = 1; i <= 10000; i++)
		histogram_add(&histogram, i);
	for (int i = 1; i < 100; i++) {
		uint64_t exact = (uint64_t)i * 100, found = histogram_quantile(&histogram, i / 100.0);

		ck_assert_uint_ge(found, exact - 1);
		ck_assert_uint_le(found, exact + exact / 8 + 1);
	}
	histogram_add(&histogram, UINT64_MAX);
	ck_assert_uint_eq(histogram_quantile(&histogram, 1), UINT64_MAX);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ring");
	TCase *tests = tcase_create("ring");
	SRunner *runner = srunner_create(suite);

	tcase_add_test(tests, test_refuses_when_full);
	tcase_add_test(tests, test_threads);
	tcase_add_test(tests, test_histogram);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
