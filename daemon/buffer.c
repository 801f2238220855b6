#include "config.h"

#include "daemon/buffer.h"

#include <stdlib.h>
#include <string.h>

void buffer_pool_deinit(struct buffer_pool *pool)
{
	while (pool->n_free > 0)
		free(pool->free[--pool->n_free]);
}

static char *take_base(struct buffer_pool *pool)
{
	return pool->n_free > 0 ? pool->free[--pool->n_free] : malloc(BUFFER_BASE_BYTES);
}

bool buffer_reserve(struct buffer_pool *pool, struct buffer *buffer, size_t more)
{
	size_t size = buffer->size ? buffer->size : BUFFER_BASE_BYTES;
	struct buffer old = *buffer;

	if (buffer->size - buffer->len >= more && buffer->data)
		return true;
	while (size - buffer->len < more)
		size *= 2;
	buffer->data = size == BUFFER_BASE_BYTES ? take_base(pool) : malloc(size);
	if (!buffer->data) {
		*buffer = old;
		return false;
	}
	buffer->size = size;
	if (old.len)
		memcpy(buffer->data, old.data, old.len);
	buffer_release(pool, &old);
	return true;
}

bool buffer_put(struct buffer_pool *pool, struct buffer *buffer, const char *data, size_t len)
{
	if (!buffer_reserve(pool, buffer, len))
		return false;
	memcpy(buffer->data + buffer->len, data, len);
	buffer->len += len;
	return true;
}

void buffer_drop(struct buffer_pool *pool, struct buffer *buffer, size_t n)
{
	buffer->len -= n;
	if (buffer->len == 0)
		buffer_release(pool, buffer);
	else if (n > 0)
		memmove(buffer->data, buffer->data + n, buffer->len);
}

void buffer_release(struct buffer_pool *pool, struct buffer *buffer)
{
	if (buffer->size == BUFFER_BASE_BYTES && pool->n_free < BUFFER_POOL_MAX)
		pool->free[pool->n_free++] = buffer->data;
	else
		free(buffer->data);
	*buffer = (struct buffer){ NULL, 0, 0 };
}

size_t buffer_charge(const struct buffer *buffer)
{
	return buffer->size > BUFFER_BASE_BYTES ? buffer->size : 0;
}
