#include "config.h"
#include "common/table_layout.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Looks up what an image may hold, and walks the options of every node it leads to. */
static void use(const struct table *table)
{
	static const char *const keys[] = { "rm", "git", "git push", "", "a-key-of-more-than-thirty-five-bytes-in-length" };
	uint32_t sum = 0;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		uint32_t node = table_find(table, keys[i], strlen(keys[i]));
		sum += node != TABLE_NONE ? table_find_option(table, &table->nodes[node], "--force", 7) : 0;
	}
	for (uint32_t i = 0; i < table->header->n_nodes && i < 64; i++) {
		sum += table_find_option(table, &table->nodes[i], "--f", 3);
		sum += (uint32_t)strlen(table_string(table, table->nodes[i].name));
	}
	__asm__ volatile("" : : "r"(sum));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct table_header *header = aligned_alloc(TABLE_ALIGN, table_align(size + 1));
	struct table table;
	char why[256];

	memcpy(header, data, size);
	if (table_open(&table, header, size, TABLE_CHECK_HEADER, why, sizeof(why)) == 0) {
		use(&table);
		header->checksum = table_checksum(header); /* else nothing behind it would ever be reached */
		if (table_open(&table, header, size, TABLE_CHECK_ALL, why, sizeof(why)) == 0)
			use(&table);
	}
	free(header);
	return 0;
}
