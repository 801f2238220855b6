#ifndef TCPBEHAV_IMAGE_H
#define TCPBEHAV_IMAGE_H

/* The table of tools in memory that nobody can change: validated whole, then sealed and locked. */

#include "common/table.h"

#define IMAGE_BYTES_MAX ((size_t)256 << 20)

struct image {
	struct table table;
	const void *map;
	size_t size_bytes;
	int fd;      /* the sealed memfd, or -1 where there is none */
	bool locked; /* cannot be swapped out */
};

/* Reads, checks and seals the file at path. 0, or -errno with a sentence in why. Warns in the log when the memory cannot be
 * locked. Any thread. */
int image_load(const char *path, struct image *image, char *why, size_t why_size);

/* Safe on a zeroed image and when called twice. */
void image_unload(struct image *image);

#endif
