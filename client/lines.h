#ifndef TCPBEHAV_CLIENT_LINES_H
#define TCPBEHAV_CLIENT_LINES_H

/* A file of any size, line by line, in bounded memory. Not thread safe. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINES_MAX_BYTES ((size_t)16 << 20) /* of one line */

struct lines {
	int fd; /* the caller's */
	char *buffer;
	size_t size;
	size_t start; /* of what was not yet handed out */
	size_t end;
	uint64_t number; /* of the line that was handed out last, from 1 */
	uint64_t bytes;  /* read so far */
	bool ended;
};

/* No memory yet. */
void lines_init(struct lines *lines, int fd);
void lines_deinit(struct lines *lines);

enum { LINES_END = 1, LINES_TOO_LONG = 2 };

/* The next line without its newline (the last one may have had none), valid until the next call. 0; LINES_END; LINES_TOO_LONG: it
 * was above LINES_MAX_BYTES and is passed over; -ENOMEM; -errno of read(). */
int lines_next(struct lines *lines, const char **line, size_t *len);

#endif
