#include "config.h"
#include "client/lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_BYTES ((size_t)64 << 10)

void lines_init(struct lines *lines, int fd)
{
	*lines = (struct lines){ .fd = fd };
}

void lines_deinit(struct lines *lines)
{
	free(lines->buffer);
	*lines = (struct lines){ .fd = -1 };
}

/* Room behind what is held: what was handed out goes first, then the buffer doubles. */
static int make_room(struct lines *lines)
{
	size_t size = lines->size ? lines->size * 2 : FIRST_BYTES;
	char *bigger;

	if (lines->start) {
		memmove(lines->buffer, lines->buffer + lines->start, lines->end - lines->start);
		lines->end -= lines->start;
		lines->start = 0;
	}
	if (lines->end < lines->size)
		return 0;
	bigger = realloc(lines->buffer, size);
	if (!bigger)
		return -ENOMEM;
	lines->buffer = bigger;
	lines->size = size;
	return 0;
}

static int fill(struct lines *lines)
{
	ssize_t n;
	int rc = lines->end < lines->size ? 0 : make_room(lines);

	if (rc < 0)
		return rc;
	do
		n = read(lines->fd, lines->buffer + lines->end, lines->size - lines->end);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	lines->ended = n == 0;
	lines->end += (size_t)n;
	lines->bytes += (uint64_t)n;
	return 0;
}

int lines_next(struct lines *lines, const char **line, size_t *len)
{
	size_t looked = 0;
	bool too_long = false;

	for (;;) {
		size_t held = lines->end - lines->start;
		char *at = held ? lines->buffer + lines->start : NULL;
		char *newline = held > looked ? memchr(at + looked, '\n', held - looked) : NULL;
		int rc;

		if (newline || (lines->ended && (held || too_long))) {
			*line = at;
			*len = newline ? (size_t)(newline - at) : held;
			lines->start += *len + (newline != NULL);
			lines->number++;
			return too_long || *len > LINES_MAX_BYTES ? LINES_TOO_LONG : 0;
		}
		if (lines->ended)
			return LINES_END;
		looked = held;
		if (held > LINES_MAX_BYTES) {
			too_long = true;
			looked = 0;
			lines->start = lines->end = 0;
		}
		rc = fill(lines);
		if (rc < 0)
			return rc;
	}
}
