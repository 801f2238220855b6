#ifndef TCPBEHAV_BUFFER_H
#define TCPBEHAV_BUFFER_H

/* Growing byte buffers whose first piece comes from a pool: an idle connection holds none, a busy one does not touch the
 * heap. Not thread safe. */

#include <stdbool.h>
#include <stddef.h>

#define BUFFER_BASE_BYTES ((size_t)65536)
#define BUFFER_POOL_MAX 64

struct buffer_pool {
	char *free[BUFFER_POOL_MAX];
	unsigned n_free;
};

struct buffer {
	char *data; /* NULL: holds nothing */
	size_t len;
	size_t size;
};

void buffer_pool_deinit(struct buffer_pool *pool);

/* Room for `more` bytes behind len, growing by doubling. False without memory: the buffer is as it was. */
bool buffer_reserve(struct buffer_pool *pool, struct buffer *buffer, size_t more);

/* Appends. False without memory. */
bool buffer_put(struct buffer_pool *pool, struct buffer *buffer, const char *data, size_t len);

/* Drops the first n bytes; an empty buffer goes back to the pool. */
void buffer_drop(struct buffer_pool *pool, struct buffer *buffer, size_t n);

void buffer_release(struct buffer_pool *pool, struct buffer *buffer);

/* Bytes that count against a user's limit: those above the first piece. */
size_t buffer_charge(const struct buffer *buffer);

#endif
