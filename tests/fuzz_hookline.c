#include "config.h"
#include "client/hookline.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hookline_answer answer;
	char *line = malloc(size ? size : 1);

	memcpy(line, data, size);
	if (hookline_read(line, size, &answer) == 0 &&
	    (answer.stdout_text < line || answer.stdout_text + answer.stdout_len > line + size))
		abort();
	free(line);
	return 0;
}
