#include "config.h"

#include "common/fixed.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

START_TEST(logarithms_are_those_of_the_c_library)
{
	uint64_t state = 88172645463325252u;

	for (unsigned i = 0; i < 200000; i++) {
		uint64_t x;
		double wanted;

		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		x = state >> (i % 64);
		wanted = x ? log((double)x) * FIXED_ONE : 0;
		ck_assert_msg(fabs(fixed_ln(x) - wanted) <= 2, "%llu: %d, not %f", (unsigned long long)x, fixed_ln(x), wanted);
	}
	ck_assert_int_eq(fixed_ln(0), 0);
	ck_assert_int_eq(fixed_ln(1), 0);
	ck_assert(fabs(fixed_ln(UINT64_MAX) - log(18446744073709551615.0) * FIXED_ONE) <= 2);
}
END_TEST

START_TEST(sums_are_those_of_the_c_library)
{
	for (int a = -40; a <= 40; a++)
		for (int b = -400; b <= 400; b++) {
			double x = a, y = b / 10.0;
			double wanted = (fmax(x, y) + log1p(exp(-fabs(x - y)))) * FIXED_ONE;

			ck_assert_msg(fabs(fixed_ln_add(FIXED(x), FIXED(y)) - wanted) <= 40, "%f %f", x, y);
		}
	ck_assert_int_eq(fixed_ln_add(INT32_MIN, INT32_MAX), INT32_MAX);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fixed");
	TCase *tcase = tcase_create("logarithms");
	SRunner *runner;
	int failed;

	tcase_add_test(tcase, logarithms_are_those_of_the_c_library);
	tcase_add_test(tcase, sums_are_those_of_the_c_library);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
