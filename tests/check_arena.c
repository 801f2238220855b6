#include "config.h"
#include "common/arena.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct arena arena;

static void setup(void)
{
	ck_assert_int_eq(arena_init(&arena, 1024, 8192), 0);
}

static void teardown(void)
{
	arena_deinit(&arena);
}

START_TEST(pieces_are_aligned_and_apart)
{
	char *a = arena_alloc(&arena, 3);
	char *b = arena_alloc(&arena, 5);

	ck_assert_uint_eq((uintptr_t)a % 8, 0);
	ck_assert_uint_eq((uintptr_t)b % 8, 0);
	ck_assert_int_ge(b - a, 3);
	ck_assert_uint_eq(arena.used_bytes, 16);
}
END_TEST

START_TEST(zalloc_clears_used_memory)
{
	memset(arena_alloc(&arena, 512), 0xff, 512);
	arena_reset(&arena);
	unsigned char *p = arena_zalloc(&arena, 512);
	for (int i = 0; i < 512; i++)
		ck_assert_uint_eq(p[i], 0);
}
END_TEST

START_TEST(dup_copies_and_terminates)
{
	ck_assert_str_eq(arena_dup(&arena, "build dir", 5), "build");
	ck_assert_str_eq(arena_dup(&arena, NULL, 0), "");
}
END_TEST

START_TEST(grows_past_the_first_block)
{
	char *p = arena_alloc(&arena, 3000);

	ck_assert_ptr_nonnull(p);
	memset(p, 'x', 3000);
	ck_assert(!arena.exhausted);
}
END_TEST

START_TEST(limit_holds_until_reset)
{
	ck_assert_ptr_null(arena_alloc(&arena, 10000));
	ck_assert(arena.exhausted);
	arena_reset(&arena);
	ck_assert(!arena.exhausted);
	ck_assert_uint_eq(arena.used_bytes, 0);
	ck_assert_ptr_nonnull(arena_alloc(&arena, 100));
}
END_TEST

START_TEST(absurd_sizes_are_refused)
{
	ck_assert_ptr_null(arena_alloc(&arena, SIZE_MAX));
	ck_assert_ptr_null(arena_alloc(&arena, SIZE_MAX - 8));
	ck_assert_ptr_null(arena_dup(&arena, "x", SIZE_MAX));
	ck_assert(arena.exhausted);
}
END_TEST

START_TEST(reset_gives_the_same_block_again)
{
	void *first = arena_alloc(&arena, 64);

	arena_alloc(&arena, 4000);
	arena_reset(&arena);
	ck_assert_ptr_eq(arena_alloc(&arena, 64), first);
}
END_TEST

START_TEST(deinit_twice_is_safe)
{
	arena_deinit(&arena);
	arena_deinit(&arena);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("arena");
	TCase *tests = tcase_create("arena");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, pieces_are_aligned_and_apart);
	tcase_add_test(tests, zalloc_clears_used_memory);
	tcase_add_test(tests, dup_copies_and_terminates);
	tcase_add_test(tests, grows_past_the_first_block);
	tcase_add_test(tests, limit_holds_until_reset);
	tcase_add_test(tests, absurd_sizes_are_refused);
	tcase_add_test(tests, reset_gives_the_same_block_again);
	tcase_add_test(tests, deinit_twice_is_safe);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
