#include "config.h"
#include "common/caps.h"

#include <check.h>
#include <stdlib.h>

START_TEST(highest_risk_counts)
{
	ck_assert_int_eq(caps_risk(CAP_RISK_SAFE), RISK_SAFE);
	ck_assert_int_eq(caps_risk(CAP_RISK_LOW | CAP_RISK_CRITICAL | CAP_SUDO), RISK_CRITICAL);
}
END_TEST

START_TEST(no_risk_bit_is_never_safe)
{
	ck_assert_int_eq(caps_risk(0), RISK_HIGH);
	ck_assert_int_eq(caps_risk(~CAPS_RISK_MASK), RISK_HIGH);
}
END_TEST

START_TEST(with_risk_keeps_capabilities)
{
	uint32_t flags = caps_with_risk(CAP_RISK_SAFE | CAP_NETWORK | CAP_UNKNOWN, RISK_MEDIUM);

	ck_assert_uint_eq(flags, CAP_RISK_MEDIUM | CAP_NETWORK | CAP_UNKNOWN);
}
END_TEST

START_TEST(every_bit_has_a_name_and_finds_back)
{
	for (unsigned bit = 0; bit < 32; bit++) {
		ck_assert_ptr_nonnull(caps_bit_name(bit));
		ck_assert_ptr_nonnull(caps_bit_help(bit));
		ck_assert_int_eq(caps_bit_from_name(caps_bit_name(bit)), bit < RISK_COUNT ? -1 : (int)bit);
	}
	for (int risk = 0; risk < RISK_COUNT; risk++)
		ck_assert_int_eq(risk_from_name(risk_name((enum risk)risk)), risk);
}
END_TEST

START_TEST(what_does_not_exist_is_said_so)
{
	ck_assert_ptr_null(caps_bit_name(32));
	ck_assert_ptr_null(caps_bit_help(32));
	ck_assert_int_eq(caps_bit_from_name("network"), -1);
	ck_assert_int_eq(risk_from_name("SAFE"), -1);
	ck_assert_str_eq(risk_name(RISK_COUNT), "critical");
}
END_TEST

START_TEST(published_bits_stay_where_they_are)
{
	ck_assert_uint_eq(CAP_SUDO, UINT32_C(1) << 5);
	ck_assert_uint_eq(CAP_AUDIT, UINT32_C(1) << 15);
	ck_assert_uint_eq(CAP_FILE_READ, UINT32_C(1) << 16);
	ck_assert_uint_eq(CAP_UNKNOWN, UINT32_C(1) << 31);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("caps");
	TCase *tests = tcase_create("caps");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tests, highest_risk_counts);
	tcase_add_test(tests, no_risk_bit_is_never_safe);
	tcase_add_test(tests, with_risk_keeps_capabilities);
	tcase_add_test(tests, every_bit_has_a_name_and_finds_back);
	tcase_add_test(tests, what_does_not_exist_is_said_so);
	tcase_add_test(tests, published_bits_stay_where_they_are);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
