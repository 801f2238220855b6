#include "config.h"
#include "common/descriptor.h"

#include <check.h>
#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void from_hex(const char *hex, uint8_t bytes[DESCRIPTOR_BYTES])
{
	ck_assert_uint_eq(strlen(hex), DESCRIPTOR_BYTES * 2);
	for (size_t i = 0; i < DESCRIPTOR_BYTES; i++) {
		char byte[3] = { hex[2 * i], hex[2 * i + 1], '\0' };
		bytes[i] = (uint8_t)strtoul(byte, NULL, 16);
	}
}

/* Descriptors found in the wild, and what they mean in our flags. */
static const struct {
	const char *hex;
	const char *name;
	enum descriptor_layout layout;
	uint32_t flags;
	uint32_t exec_ms;
	uint16_t mem_mb;
	uint16_t out_kb;
} vectors[] = {
	{ "544350020002d67f249b000006d000000064000a0001d22a", "rm", DESCRIPTOR_OURS,
	  CAP_RISK_CRITICAL | CAP_ROOT | CAP_DESTRUCTIVE | CAP_FILE_WRITE | CAP_SYSTEM, 100, 10, 1 },
	{ "544350020002ea170e2c00000002000007d000c8003205ea", "find", DESCRIPTOR_OURS, CAP_RISK_LOW, 2000, 200, 50 },
	{ "544350020002d67f249b000006d0271003e800320002ef04", "rm", DESCRIPTOR_A,
	  CAP_RISK_CRITICAL | CAP_ROOT | CAP_DESTRUCTIVE | CAP_FILE_WRITE | CAP_SYSTEM, 10000, 1000, 50 },
	{ "54435002000273e58b950000024407d000c8bebc00077196", "git add", DESCRIPTOR_A, CAP_RISK_MEDIUM | CAP_ROOT | CAP_FILE_WRITE,
	  2000, 200, 48828 },
	{ "5443500200026ca42d12000000010064000abebc000a44bd", "git status", DESCRIPTOR_A, CAP_RISK_SAFE, 100, 10, 48828 },
	{ "544350020002d574d4bb0000140100000064000a00010447", "bash", DESCRIPTOR_KNOWLEDGE_BASE,
	  CAP_RISK_SAFE | CAP_SUDO | CAP_SYSTEM, 100, 10, 1 },
	{ "544350020002d67f249b0000170400000064000a00010389", "rm", DESCRIPTOR_KNOWLEDGE_BASE,
	  CAP_RISK_MEDIUM | CAP_FILE_WRITE | CAP_NETWORK | CAP_SUDO | CAP_SYSTEM, 100, 10, 1 },
	{ "5443500200021aabac6d00000f1000000064000a00010357", "dd", DESCRIPTOR_KNOWLEDGE_BASE,
	  CAP_RISK_CRITICAL | CAP_FILE_WRITE | CAP_NETWORK | CAP_SUDO | CAP_DESTRUCTIVE, 100, 10, 1 },
	/* the published example, whose check does not hold */
	{ "544350020002d67f249b0000022f138801f40032000296f8", "rm", DESCRIPTOR_INVALID, CAP_RISK_HIGH | CAP_UNKNOWN, 0, 0, 0 },
};

START_TEST(vectors_decode)
{
	uint8_t bytes[DESCRIPTOR_BYTES];
	struct descriptor d;

	from_hex(vectors[_i].hex, bytes);
	ck_assert_int_eq(descriptor_decode(bytes, 0, &d), vectors[_i].layout);
	ck_assert_int_eq(descriptor_decode(bytes, strlen(vectors[_i].name), &d), vectors[_i].layout);
	ck_assert_uint_eq(d.flags, vectors[_i].flags);
	ck_assert_uint_eq(d.exec_ms, vectors[_i].exec_ms);
	ck_assert_uint_eq(d.mem_mb, vectors[_i].mem_mb);
	ck_assert_uint_eq(d.out_kb, vectors[_i].out_kb);
	if (vectors[_i].layout != DESCRIPTOR_INVALID)
		ck_assert_uint_eq(d.hash, descriptor_hash(vectors[_i].name, strlen(vectors[_i].name)));
}
END_TEST

START_TEST(ours_encodes_to_the_published_bytes)
{
	struct descriptor d = { descriptor_hash("rm", 2), 0x6d0, 100, 10, 1 };
	uint8_t expected[DESCRIPTOR_BYTES], bytes[DESCRIPTOR_BYTES];

	from_hex(vectors[0].hex, expected);
	descriptor_encode(&d, bytes);
	ck_assert_mem_eq(bytes, expected, DESCRIPTOR_BYTES);
}
END_TEST

START_TEST(round_trip)
{
	struct descriptor d = { 0x01020304, CAP_RISK_HIGH | CAP_UPLOAD | CAP_UNKNOWN, DESCRIPTOR_EXEC_MS_MAX, UINT16_MAX, 5 };
	uint8_t bytes[DESCRIPTOR_BYTES];
	struct descriptor back;

	descriptor_encode(&d, bytes);
	ck_assert_int_eq(descriptor_decode(bytes, 0, &back), DESCRIPTOR_OURS);
	ck_assert_mem_eq(&back, &d, sizeof(d));
	d.exec_ms = UINT32_MAX;
	descriptor_encode(&d, bytes);
	ck_assert_int_eq(descriptor_decode(bytes, 3, &back), DESCRIPTOR_OURS);
	ck_assert_mem_eq(&back, &d, sizeof(d));
}
END_TEST

START_TEST(no_flipped_bit_reads_as_safe)
{
	struct descriptor d = { 1, CAP_RISK_SAFE, 100, 10, 1 };
	uint8_t bytes[DESCRIPTOR_BYTES];
	struct descriptor back;

	descriptor_encode(&d, bytes);
	for (size_t bit = 0; bit < DESCRIPTOR_BYTES * 8; bit++) {
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		ck_assert_int_eq(descriptor_decode(bytes, 0, &back), DESCRIPTOR_INVALID);
		ck_assert_uint_eq(back.flags, CAP_RISK_HIGH | CAP_UNKNOWN);
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	memset(bytes, 0, sizeof(bytes));
	ck_assert_int_eq(descriptor_decode(bytes, 0, &back), DESCRIPTOR_INVALID);
	ck_assert_uint_eq(back.flags, CAP_RISK_HIGH | CAP_UNKNOWN);
}
END_TEST

START_TEST(missing_or_many_risk_bits)
{
	struct descriptor d = { 1, CAP_NETWORK, 100, 10, 1 };
	uint8_t bytes[DESCRIPTOR_BYTES];
	struct descriptor back;

	descriptor_encode(&d, bytes);
	descriptor_decode(bytes, 0, &back);
	ck_assert_uint_eq(back.flags, CAP_RISK_HIGH | CAP_UNKNOWN | CAP_NETWORK);
	d.flags = CAP_RISK_SAFE | CAP_RISK_MEDIUM;
	descriptor_encode(&d, bytes);
	descriptor_decode(bytes, 0, &back);
	ck_assert_uint_eq(back.flags, CAP_RISK_MEDIUM);
}
END_TEST

START_TEST(layouts_have_names)
{
	ck_assert_str_eq(descriptor_layout_name(DESCRIPTOR_OURS), "tcp2");
	ck_assert_str_eq(descriptor_layout_name(DESCRIPTOR_INVALID), "invalid");
}
END_TEST

/* --- a file of vectors, when there is one: TCPBEHAV_VECTORS=FILE {"vectors": [{"hex", "layout", "decoded", "valid_under"}]} --- */

static void check_vector(const cJSON *vector)
{
	const cJSON *decoded = cJSON_GetObjectItem(vector, "decoded");
	const char *layout = cJSON_GetObjectItem(vector, "layout")->valuestring;
	bool valid = cJSON_GetArraySize(cJSON_GetObjectItem(vector, "valid_under")) > 0;
	uint8_t bytes[DESCRIPTOR_BYTES];
	struct descriptor d;
	enum descriptor_layout expected = strcmp(layout, "A") == 0 ? DESCRIPTOR_A : DESCRIPTOR_KNOWLEDGE_BASE;

	if (strlen(cJSON_GetObjectItem(vector, "hex")->valuestring) != DESCRIPTOR_BYTES * 2)
		return;
	from_hex(cJSON_GetObjectItem(vector, "hex")->valuestring, bytes);
	ck_assert_int_eq(descriptor_decode(bytes, 0, &d), valid ? expected : DESCRIPTOR_INVALID);
	if (!valid)
		return;
	ck_assert_uint_eq(d.exec_ms, (uint32_t)cJSON_GetObjectItem(decoded, "exec_ms")->valuedouble);
	ck_assert_uint_eq(d.mem_mb, (uint16_t)cJSON_GetObjectItem(decoded, "mem_mb")->valuedouble);
	ck_assert_uint_eq(d.out_kb, (uint16_t)cJSON_GetObjectItem(decoded, "out_kb")->valuedouble);
	ck_assert_uint_eq(d.hash, strtoul(cJSON_GetObjectItem(decoded, "hash")->valuestring, NULL, 16));
}

START_TEST(vectors_of_a_file)
{
	FILE *file = fopen(getenv("TCPBEHAV_VECTORS"), "rb");
	static char text[1 << 20];
	cJSON *json;
	const cJSON *vector;
	size_t len;
	int n = 0;

	ck_assert_ptr_nonnull(file);
	len = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	json = cJSON_ParseWithLength(text, len);
	cJSON_ArrayForEach(vector, cJSON_GetObjectItem(json, "vectors")) {
		check_vector(vector);
		n++;
	}
	ck_assert_int_gt(n, 0);
	cJSON_Delete(json);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("descriptor");
	TCase *tests = tcase_create("descriptor");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tests, vectors_decode, 0, sizeof(vectors) / sizeof(vectors[0]));
	tcase_add_test(tests, ours_encodes_to_the_published_bytes);
	tcase_add_test(tests, round_trip);
	tcase_add_test(tests, no_flipped_bit_reads_as_safe);
	tcase_add_test(tests, missing_or_many_risk_bits);
	tcase_add_test(tests, layouts_have_names);
	if (getenv("TCPBEHAV_VECTORS"))
		tcase_add_test(tests, vectors_of_a_file);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
