#ifndef TCPBEHAV_BUILD_H
#define TCPBEHAV_BUILD_H

/* Knowledge -> image. The same knowledge gives the same bytes. Thread safe on different data. */

#include "common/knowledge.h"

struct image {
	void *data; /* 64-byte aligned; image_free() */
	size_t size;
};

/* Makes an image of knowledge, checked as table_open(CHECK_ALL) does. Returns 0; -ENOMEM; -EOVERFLOW when it would be over
 * the size that an image may have. */
int build_image(const struct knowledge *knowledge, struct image *image);

/* knowledge_load() and build_image() in one: 0, the number of problems (reported), or -errno. */
int build_paths(const char *const *paths, size_t n_paths, knowledge_report report, void *data, struct image *image);

/* Writes the image to path: readers see the old file or the whole new one, also after a crash. Returns 0 or -errno. */
int build_write(const struct image *image, const char *path);

/* Safe on a zeroed image and when called twice. */
void image_free(struct image *image);

#endif
