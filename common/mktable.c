#include "config.h"
#include "common/build.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* mktable IMAGE PATH...: compiles knowledge when the project itself is built, before there is a tcpctl. */

static void report(void *data, const char *file, unsigned line, const char *what)
{
	(void)data;
	if (line)
		fprintf(stderr, "%s:%u: %s\n", file, line, what);
	else
		fprintf(stderr, "%s: %s\n", file, what);
}

int main(int argc, char **argv)
{
	struct image image;
	int result;

	if (argc < 3) {
		fprintf(stderr, "usage: mktable IMAGE FILE|FOLDER...\n");
		return 64;
	}
	result = build_paths((const char *const *)argv + 2, (size_t)argc - 2, report, NULL, &image);
	if (result < 0)
		fprintf(stderr, "mktable: %s\n", strerror(-result));
	if (result)
		return 65;
	result = build_write(&image, argv[1]);
	image_free(&image);
	if (!result)
		return 0;
	fprintf(stderr, "mktable: %s: cannot be written: %s\n", argv[1], strerror(-result));
	return 73;
}
