#include "config.h"
#include "common/descriptor.h"
#include "common/table_layout.h"
#include "tests/images.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct image image;
static struct table table;

static void set_up(void)
{
	image = image_of("tests/knowledge");
	table = image_table(&image);
}

static void tear_down(void)
{
	image_free(&image);
}

static uint32_t find(const char *key)
{
	return table_find(&table, key, strlen(key));
}

static const struct table_node *node(const char *key)
{
	uint32_t index = find(key);

	ck_assert_msg(index != TABLE_NONE, "%s is not there", key);
	return &table.nodes[index];
}

static uint32_t option_index(const char *key, const char *name)
{
	return table_find_option(&table, node(key), name, strlen(name));
}

static const struct table_option *option(const char *key, const char *name)
{
	uint32_t index = option_index(key, name);

	ck_assert_msg(index != TABLE_NONE, "%s has no %s", key, name);
	return &table.options[index];
}

/* --- lookups --- */

static const char *const keys[] = {
	"rm", "unlink", "dd", "find", "timeout", "chmod", "git", "g", "git push", "g push", "git stash", "git st", "g stash", "g st",
	"git stash drop", "git st drop", "git stash delete", "g st delete", "g stash drop",
	"a-tool-with-a-name-of-over-thirty-five-bytes", "mcp__files__write",
};

START_TEST(every_key_is_found)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		ck_assert_msg(find(keys[i]) != TABLE_NONE, "%s", keys[i]);
	ck_assert_uint_eq(find("rm"), find("unlink"));
	ck_assert_uint_eq(find("g st delete"), find("git stash drop"));
	ck_assert_str_eq(table_string(&table, node("g st delete")->name), "git stash drop");
}
END_TEST

START_TEST(nothing_else_is_found)
{
	static const char *const absent[] = { "", "r", "rmx", "git pus", "git push ", "GIT", "push", "git  push",
		                              "a-tool-with-a-name-of-over-thirty-five-byte", "a-tool-with-a-name-of-over-thirty-five-bytez" };
	char longest[TABLE_KEY_MAX + 2];

	for (size_t i = 0; i < sizeof(absent) / sizeof(absent[0]); i++)
		ck_assert_msg(find(absent[i]) == TABLE_NONE, "\"%s\"", absent[i]);
	memset(longest, 'a', sizeof(longest));
	for (size_t len = 0; len <= sizeof(longest); len++)
		ck_assert_ptr_null(table_lookup(&table, longest, len));
	ck_assert_ptr_null(table_lookup(&table, "rm\0", 3));
	ck_assert_ptr_null(table_lookup(&table, "\0\0\0", 3));
}
END_TEST

/* Keys of every length and alignment, with the byte behind the key out of reach. */
START_TEST(lookup_stays_inside_the_key)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *two = mmap(NULL, page * 2, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(two, MAP_FAILED);
	ck_assert_int_eq(mprotect(two + page, page, PROT_NONE), 0);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		char *key = two + page - strlen(keys[i]);
		memcpy(key, keys[i], strlen(keys[i]));
		ck_assert_msg(table_lookup(&table, key, strlen(keys[i])), "%s", keys[i]);
	}
	memset(two, 'x', page);
	for (size_t len = 0; len < 100; len++)
		ck_assert_ptr_null(table_lookup(&table, two + page - len, len));
	munmap(two, page * 2);
}
END_TEST

START_TEST(words_hold_the_key_and_zeros)
{
	const char text[] = "abcdefghijklmnopqrstuvwxyz012345678";
	char padded[40];

	for (size_t len = 1; len <= TABLE_KEY_INLINE; len++) {
		struct table_words words = table_key_words(text, len);
		memset(padded, 0, sizeof(padded));
		memcpy(padded, text, len);
		ck_assert_mem_eq(&words, padded, sizeof(padded));
	}
}
END_TEST

START_TEST(entries_carry_descriptors)
{
	const struct table_entry *entry = table_lookup(&table, "git push", 8);
	struct descriptor descriptor;

	ck_assert_int_eq(descriptor_decode(entry->descriptor, 8, &descriptor), DESCRIPTOR_OURS);
	ck_assert_uint_eq(descriptor.flags, CAP_RISK_MEDIUM | CAP_NETWORK | CAP_REMOTE_STATE);
	ck_assert_uint_eq(descriptor.hash, descriptor_hash("git push", 8));
	ck_assert_uint_eq(descriptor.exec_ms, 100);
	ck_assert_uint_eq(descriptor.mem_mb, 10);
	ck_assert_uint_eq(descriptor.out_kb, 1);
	descriptor_decode(table_lookup(&table, "chmod", 5)->descriptor, 5, &descriptor);
	ck_assert_uint_eq(descriptor.exec_ms, 7);
	ck_assert_uint_eq(descriptor.out_kb, 9);
}
END_TEST

START_TEST(options_are_found_by_every_spelling)
{
	ck_assert_ptr_eq(option("rm", "-r"), option("rm", "--recursive"));
	ck_assert_ptr_eq(option("unlink", "-R"), option("rm", "-r"));
	ck_assert_uint_eq(option("dd", "if=")->value, OPERAND_PATH_READ);
	ck_assert_uint_eq(option("mcp__files__write", "text")->value, OPERAND_CONTENT);
	ck_assert_uint_eq(option_index("rm", "-x"), TABLE_NONE);
	ck_assert_uint_eq(option_index("rm", ""), TABLE_NONE);
	ck_assert_uint_eq(option_index("rm", "-"), TABLE_NONE);
	ck_assert_uint_eq(table_find_option(&table, node("rm"), "-f\0force", 8), TABLE_NONE);
	ck_assert_uint_eq(table_find_option(&table, node("rm"), "-fx", 2), option_index("rm", "-f"));
}
END_TEST

START_TEST(abbreviations_must_be_unambiguous)
{
	ck_assert_ptr_eq(option("rm", "--rec"), option("rm", "-r"));
	ck_assert_ptr_eq(option("rm", "--f"), option("rm", "-f"));
	ck_assert_uint_eq(option_index("rm", "--"), TABLE_NONE);
	ck_assert_ptr_eq(option("git push", "--force"), option("git push", "-f"));
	ck_assert_uint_eq(option_index("git push", "--forc"), TABLE_NONE);
	ck_assert_ptr_eq(option("git push", "--force-w"), option("git push", "--force-with-lease"));
	ck_assert_uint_eq(option_index("find", "-del"), TABLE_NONE);
	ck_assert_uint_eq(option_index("chmod", "--hel"), TABLE_NONE);
}
END_TEST

START_TEST(tables_without_options_answer)
{
	struct table_node none = *node("rm");

	none.n_option_names = 0;
	ck_assert_uint_eq(table_find_option(&table, &none, "-f", 2), TABLE_NONE);
	none.option_names = table.header->n_option_names;
	none.n_option_names = 1;
	ck_assert_uint_eq(table_find_option(&table, &none, "-f", 2), TABLE_NONE);
	ck_assert_str_eq(table_string(&table, table.header->pool_bytes), "");
}
END_TEST

START_TEST(same_knowledge_same_bytes)
{
	struct image again = image_of("tests/knowledge");

	ck_assert_uint_eq(again.size, image.size);
	ck_assert_mem_eq(again.data, image.data, image.size);
	image_free(&again);
}
END_TEST

START_TEST(written_images_read_back)
{
	char path[] = "check_table.XXXXXX";
	int fd = mkstemp(path);
	void *map;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(build_write(&image, path), 0);
	close(fd);
	fd = open(path, O_RDONLY);
	map = mmap(NULL, image.size, PROT_READ, MAP_PRIVATE, fd, 0);
	ck_assert_ptr_ne(map, MAP_FAILED);
	ck_assert_mem_eq(map, image.data, image.size);
	munmap(map, image.size);
	close(fd);
	unlink(path);
	ck_assert_int_eq(build_write(&image, "/nonexistent/folder/x.tcpt"), -ENOENT);
}
END_TEST

/* --- many keys --- */

START_TEST(many_keys_have_a_slot_each)
{
	enum { N = 20000 };
	char *json = malloc(N * 48 + 64);
	size_t len = (size_t)sprintf(json, "{\"family\":\"f\",\"tools\":[");
	struct knowledge *knowledge;
	struct image many;
	struct table t;
	char key[32];

	for (int i = 0; i < N; i++)
		len += (size_t)sprintf(json + len, "%s{\"name\":\"tool%d\",\"risk\":\"low\"}", i ? "," : "", i);
	len += (size_t)sprintf(json + len, "]}");
	ck_assert_int_eq(knowledge_load_text("many", json, len, image_fail, NULL, &knowledge), 0);
	ck_assert_int_eq(build_image(knowledge, &many), 0);
	t = image_table(&many);
	ck_assert_uint_eq(t.header->n_keys, N);
	for (int i = 0; i < N + 1000; i++) {
		size_t n = (size_t)sprintf(key, "tool%d", i);
		ck_assert_uint_eq(table_find(&t, key, n) != TABLE_NONE, i < N);
	}
	image_free(&many);
	knowledge_free(knowledge);
	free(json);
}
END_TEST

/* --- bad images --- */

static char why[256];

static int open_copy(const void *data, size_t size, enum table_check check)
{
	void *copy = aligned_alloc(TABLE_ALIGN, size / TABLE_ALIGN * TABLE_ALIGN + TABLE_ALIGN);
	struct table opened;
	int result;

	memcpy(copy, data, size);
	why[0] = '\0';
	result = table_open(&opened, copy, size, check, why, sizeof(why));
	free(copy);
	return result;
}

/* A private copy of the image that a test may damage. */
struct copy {
	struct image image;
	struct table_header *header;
	struct table t;
};

static struct copy copy_image(void)
{
	struct copy copy = { .image = { aligned_alloc(TABLE_ALIGN, table_align(image.size)), image.size } };

	memcpy(copy.image.data, image.data, image.size);
	copy.header = copy.image.data;
	copy.t = image_table(&copy.image);
	return copy;
}

/* With a checksum that holds, so that what lies behind it is reached. */
static void expect_bad(struct copy *copy, const char *part)
{
	copy->header->checksum = table_checksum(copy->header);
	ck_assert_int_eq(open_copy(copy->image.data, copy->image.size, TABLE_CHECK_ALL), -EINVAL);
	ck_assert_msg(strstr(why, part) && strncmp(why, "byte ", 5) == 0 && strstr(why, "run tcpctl table build"),
	              "\"%s\" is not in \"%s\"", part, why);
	image_free(&copy->image);
}

#define EXPECT_BAD(damage, part)                  \
	do {                                      \
		struct copy copy = copy_image();  \
		damage;                           \
		expect_bad(&copy, part);          \
	} while (0)

#define ITEM(section, type, i) ((type *)((char *)copy.image.data + copy.header->section))[i]
#define NODE(i) ITEM(nodes, struct table_node, i)
#define OPTION(i) ITEM(options, struct table_option, i)

START_TEST(truncated_images_are_refused)
{
	const struct table_header *h = image.data;
	const size_t ends[] = { 0, 1, 8, sizeof(*h) - 1, sizeof(*h), h->pilots, h->entries, h->entries + 1, h->nodes, h->options,
		                h->option_names, h->operands, h->whens, h->strings, h->pool, image.size - 1 };

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		ck_assert_int_eq(open_copy(image.data, ends[i], TABLE_CHECK_HEADER), -EINVAL);
		ck_assert_msg(strstr(why, "truncated") && strstr(why, "run tcpctl table build"), "%s", why);
	}
}
END_TEST

START_TEST(every_flipped_bit_is_noticed)
{
	const struct table_header *h = image.data;

	for (size_t at = 0; at < image.size; at++) {
		bool free_field = (at >= offsetof(struct table_header, generation) && at < offsetof(struct table_header, hash_seed)) ||
		                  (at >= offsetof(struct table_header, built_ms) && at < offsetof(struct table_header, n_keys));
		struct copy copy = { .image = { NULL, 0 } };
		if (at > sizeof(*h) && at % 97)
			continue;
		copy = copy_image();
		((uint8_t *)copy.image.data)[at] ^= 0x10;
		ck_assert_msg((open_copy(copy.image.data, copy.image.size, TABLE_CHECK_ALL) == 0) == free_field, "byte %zu", at);
		image_free(&copy.image);
	}
}
END_TEST

START_TEST(other_versions_say_what_to_do)
{
	struct copy copy = copy_image();

	copy.header->version = 0;
	ck_assert_int_eq(open_copy(copy.image.data, image.size, TABLE_CHECK_HEADER), -EINVAL);
	ck_assert_msg(strstr(why, "built by an older tcpctl: run tcpctl table build"), "%s", why);
	copy.header->version = TABLE_VERSION + 1;
	ck_assert_int_eq(open_copy(copy.image.data, image.size, TABLE_CHECK_HEADER), -EINVAL);
	ck_assert_msg(strstr(why, "newer"), "%s", why);
	copy.header->magic[0] = 'X';
	ck_assert_int_eq(open_copy(copy.image.data, image.size, TABLE_CHECK_HEADER), -EINVAL);
	ck_assert_msg(strstr(why, "not a table image"), "%s", why);
	image_free(&copy.image);
}
END_TEST

START_TEST(misaligned_memory_is_refused)
{
	char *memory = aligned_alloc(TABLE_ALIGN, table_align(image.size) + TABLE_ALIGN);
	struct table opened;

	memcpy(memory + 8, image.data, image.size);
	ck_assert_int_eq(table_open(&opened, memory + 8, image.size, TABLE_CHECK_HEADER, why, sizeof(why)), -EINVAL);
	ck_assert_msg(strstr(why, "multiple of 64"), "%s", why);
	free(memory);
}
END_TEST

START_TEST(offsets_past_the_end_are_refused)
{
	uint32_t push = find("git push");

	EXPECT_BAD(NODE(push).name = copy.header->pool_bytes, "name is not a string");
	EXPECT_BAD(NODE(push).name += 1, "name is not a string");
	EXPECT_BAD(NODE(push).about = UINT32_MAX, "name is not a string");
	EXPECT_BAD(NODE(push).options = UINT32_MAX, "past the last");
	EXPECT_BAD(NODE(push).n_operands = UINT16_MAX, "past the last");
	EXPECT_BAD(NODE(push).whens = copy.header->n_whens + 1, "past the last");
	EXPECT_BAD(NODE(push).effect.why = copy.header->pool_bytes, "text is not a string");
	EXPECT_BAD(OPTION(0).name = copy.header->pool_bytes, "name is not a string");
	EXPECT_BAD(OPTION(0).operands = UINT32_MAX, "past the last");
	EXPECT_BAD(OPTION(0).until = UINT32_MAX, "past the last");
	EXPECT_BAD((OPTION(0).turns = UINT32_MAX, OPTION(0).n_turns = UINT32_MAX), "past the last");
	EXPECT_BAD((OPTION(0).turns = 2, OPTION(0).n_turns = UINT32_C(0x80000000)), "past the last");
	EXPECT_BAD(ITEM(whens, struct table_when, 0).operands = UINT32_MAX, "past the last");
	EXPECT_BAD(ITEM(strings, uint32_t, ITEM(whens, struct table_when, 0).operands) = UINT32_MAX, "not a string");
	EXPECT_BAD(ITEM(option_names, struct table_option_name, 0).name = UINT32_MAX, "name is not a string");
	EXPECT_BAD(ITEM(option_names, struct table_option_name, 0).option = UINT32_MAX, "another tool");
}
END_TEST

START_TEST(values_that_do_not_exist_are_refused)
{
	uint32_t push = find("git push");

	EXPECT_BAD(NODE(push).effect.flags |= CAP_RISK_SAFE, "more than one risk bit");
	EXPECT_BAD(NODE(push).effect.flags &= ~CAPS_RISK_MASK, "without a risk");
	EXPECT_BAD(NODE(push).effect.flags ^= CAP_NETWORK, "does not agree with its tool");
	EXPECT_BAD(NODE(push).output = STREAM_ROLE_COUNT, "does not exist");
	EXPECT_BAD(NODE(push).flags = 0x80, "does not exist");
	EXPECT_BAD(OPTION(0).value = OPERAND_COUNT, "does not exist");
	EXPECT_BAD(OPTION(0).bit = 64, "does not exist");
	EXPECT_BAD(OPTION(0).lowers_to = RISK_COUNT, "does not exist");
	EXPECT_BAD(ITEM(whens, struct table_when, 0).lowers_to = RISK_COUNT + 1, "does not exist");
	EXPECT_BAD(ITEM(operands, struct table_operand, 0).kind = OPERAND_COUNT, "kind that does not exist");
	EXPECT_BAD(ITEM(strings, uint32_t, option("find", "-in-place")->turns + 1) = OPERAND_COUNT, "does not exist");
}
END_TEST

START_TEST(structure_that_cannot_be_is_refused)
{
	uint32_t push = find("git push");
	uint32_t slot = (uint32_t)(table_lookup(&table, "rm", 2) - table.entries);
	uint32_t names = node("rm")->option_names;

	EXPECT_BAD(NODE(push).parent = push, "not before it");
	EXPECT_BAD((NODE(find("git")).parent = push), "not before it");
	EXPECT_BAD(NODE(push).name = NODE(0).name, "not found under its name");
	EXPECT_BAD((ITEM(option_names, struct table_option_name, names) = ITEM(option_names, struct table_option_name, names + 1)),
	           "not sorted");
	EXPECT_BAD(memset(&ITEM(entries, struct table_entry, slot), 0, 64), "");
	EXPECT_BAD((memset(&ITEM(entries, struct table_entry, slot), 0, 64),
	            ITEM(entries, struct table_entry, slot).node = TABLE_NONE), "not found under its name");
	EXPECT_BAD(ITEM(entries, struct table_entry, slot).node = UINT32_MAX, "");
	EXPECT_BAD(ITEM(entries, struct table_entry, slot).key[5] = 'x', "");
	EXPECT_BAD(ITEM(entries, struct table_entry, slot).descriptor[23] ^= 1, "does not agree with its tool");
	EXPECT_BAD(copy.header->hash_seed ^= 1, "");
	EXPECT_BAD(copy.header->n_keys--, "keys instead of");
	EXPECT_BAD(copy.header->n_slots = 3, "");
	EXPECT_BAD(ITEM(pool, char, copy.header->pool_bytes - 1) = 'x', "string pool");
}
END_TEST

/* What a reader that only checked the header may meet: nothing is found, or garbage inside the image; never outside. */
START_TEST(lookups_in_damaged_images_stay_inside)
{
	uint64_t random = 1;

	for (int round = 0; round < 300; round++) {
		struct copy copy = copy_image();
		for (int i = 0; i < 64; i++) {
			random = table_mix(random + TABLE_HASH_1, TABLE_HASH_2);
			((uint8_t *)copy.image.data)[sizeof(struct table_header) + random % (image.size - sizeof(struct table_header) - 1)] =
				(uint8_t)(random >> 56);
		}
		for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
			uint32_t index = table_find(&copy.t, keys[i], strlen(keys[i]));
			ck_assert(index == TABLE_NONE || index < copy.header->n_nodes);
			if (index != TABLE_NONE)
				table_find_option(&copy.t, &copy.t.nodes[index], "--force", 7);
		}
		image_free(&copy.image);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("table");
	TCase *tests = tcase_create("table");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, every_key_is_found);
	tcase_add_test(tests, nothing_else_is_found);
	tcase_add_test(tests, lookup_stays_inside_the_key);
	tcase_add_test(tests, words_hold_the_key_and_zeros);
	tcase_add_test(tests, entries_carry_descriptors);
	tcase_add_test(tests, options_are_found_by_every_spelling);
	tcase_add_test(tests, abbreviations_must_be_unambiguous);
	tcase_add_test(tests, tables_without_options_answer);
	tcase_add_test(tests, same_knowledge_same_bytes);
	tcase_add_test(tests, written_images_read_back);
	tcase_add_test(tests, many_keys_have_a_slot_each);
	tcase_add_test(tests, truncated_images_are_refused);
	tcase_add_test(tests, every_flipped_bit_is_noticed);
	tcase_add_test(tests, other_versions_say_what_to_do);
	tcase_add_test(tests, misaligned_memory_is_refused);
	tcase_add_test(tests, offsets_past_the_end_are_refused);
	tcase_add_test(tests, values_that_do_not_exist_are_refused);
	tcase_add_test(tests, structure_that_cannot_be_is_refused);
	tcase_add_test(tests, lookups_in_damaged_images_stay_inside);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
