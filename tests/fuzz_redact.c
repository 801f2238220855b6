#include "config.h"
#include "common/redact.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Any bytes as a command; a token of known shape put behind them must not survive. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char token[] = " ghp_x1Y2z3A4b5C6d7E8f9G0h1I2j3K4l5M6n7O8";
	struct arena arena;
	size_t len;
	char *text;
	const char *out;

	if (size > 65536 || arena_init(&arena, 65536, (size_t)1 << 26) < 0)
		return 0;
	text = arena_alloc(&arena, size + sizeof(token));
	memcpy(text, data, size);
	memcpy(text + size, token, sizeof(token));
	out = redact(&arena, text, size + sizeof(token) - 1, SIZE_MAX, &len);
	if (!out || memmem(out, len, token, sizeof(token) - 1))
		abort();
	arena_deinit(&arena);
	return 0;
}
