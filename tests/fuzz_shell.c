#include "config.h"

/* Any bytes in any dialect: the parser must not crash, and every span must lie within the text. */

#include "tests/shell_spans.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum shell_dialect dialects[] = {SHELL_BASH, SHELL_POSIX, SHELL_ZSH};
	struct shell_script script;
	struct arena arena;

	if (arena_init(&arena, 1024, (size_t)1 << 26) != 0)
		return 0;
	for (size_t i = 0; i < 3; i++) {
		shell_parse(&arena, (const char *)data, size, dialects[i], &script);
		if (!shell_spans_hold(&script, (uint32_t)size))
			abort();
		arena_reset(&arena);
	}
	arena_deinit(&arena);
	return 0;
}
