#include "config.h"
#include "common/build.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void report(void *data, const char *file, unsigned line, const char *what)
{
	(void)data;
	(void)file;
	if (!*what || line > 1 << 20)
		abort();
}

/* What is read without a problem must make an image that passes its own checks. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct knowledge *knowledge;
	struct image image;

	if (knowledge_load_text("fuzz", (const char *)data, size, report, NULL, &knowledge) == 0) {
		if (build_image(knowledge, &image) != 0)
			abort();
		image_free(&image);
	}
	knowledge_free(knowledge);
	return 0;
}
