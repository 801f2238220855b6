#ifndef TCPBEHAV_TESTS_IMAGES_H
#define TCPBEHAV_TESTS_IMAGES_H

/* Images for tests: knowledge compiled in memory. A problem in it fails the test with file, line and sentence. */

#include "common/build.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

static inline void image_fail(void *data, const char *file, unsigned line, const char *what)
{
	(void)data;
	fprintf(stderr, "%s:%u: %s\n", file, line, what);
}

/* Compiles a file or folder; a relative path is one of the source tree ("tests/knowledge", "etc/tools.d"). */
static inline struct image image_of(const char *path)
{
	const char *source = getenv("top_srcdir");
	const char *paths[1];
	struct image image;
	char full[4096];

	snprintf(full, sizeof(full), "%s/%s", source ? source : ".", path);
	paths[0] = *path == '/' ? path : full;
	ck_assert_int_eq(build_paths(paths, 1, image_fail, NULL, &image), 0);
	return image;
}

/* A checked view of an image. */
static inline struct table image_table(const struct image *image)
{
	struct table table;
	char why[256] = "";

	ck_assert_msg(table_open(&table, image->data, image->size, TABLE_CHECK_ALL, why, sizeof(why)) == 0, "%s", why);
	return table;
}

#endif
