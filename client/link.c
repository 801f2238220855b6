#include "config.h"
#include "client/link.h"

#include "common/protocol.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int link_init(struct link *link, const char *socket, uint32_t timeout_ms)
{
	*link = (struct link){ .fd = -1, .timeout_ms = timeout_ms };
	endpoint_read_settings(ENDPOINT_CONF, 0, &link->settings, link->why, sizeof(link->why));
	if (socket && !link->settings.require_system) {
		link->socket = strdup(socket);
		if (!link->socket)
			return -ENOMEM;
	}
	return 0;
}

void link_deinit(struct link *link)
{
	link_close(link);
	free(link->socket);
	free(link->buffer);
	link->socket = NULL;
	link->buffer = NULL;
}

int link_connect(struct link *link)
{
	if (link->fd >= 0)
		return 0;
	return endpoint_connect(&link->settings, link->socket, (int)link->timeout_ms, &link->fd, link->why, sizeof(link->why));
}

void link_close(struct link *link)
{
	if (link->fd >= 0)
		close(link->fd);
	link->fd = -1;
}

static int link_try(struct link *link, const char *line, size_t len, int64_t deadline_ms, size_t *len_out)
{
	int rc = link_connect(link);

	if (rc < 0)
		return rc;
	rc = endpoint_exchange(link->fd, line, len, deadline_ms, PROTOCOL_LINE_MAX, &link->buffer, &link->buffer_bytes, len_out);
	if (rc < 0)
		link_close(link);
	return rc;
}

int link_request(struct link *link, const char *line, size_t len, char **answer_out, size_t *len_out)
{
	int64_t deadline_ms = endpoint_now_ms() + link->timeout_ms;
	bool kept = link->fd >= 0;
	int rc;

	*link->why = '\0';
	rc = link_try(link, line, len, deadline_ms, len_out);
	if (kept && (rc == -EPIPE || rc == -ECONNRESET || rc == -EPROTO))
		rc = link_try(link, line, len, deadline_ms, len_out);
	if (rc < 0) {
		if (!*link->why)
			snprintf(link->why, sizeof(link->why), "the daemon gave no answer%s%s", rc == -ETIMEDOUT ? " in time" : ": ",
			         rc == -ETIMEDOUT ? "" : strerror(-rc));
		return rc;
	}
	link->buffer[*len_out] = '\0'; /* over the newline */
	*answer_out = link->buffer;
	return 0;
}
