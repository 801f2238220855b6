#ifndef TCPBEHAV_CLIENT_LINK_H
#define TCPBEHAV_CLIENT_LINK_H

/* A connection to the daemon that is made when it is needed and kept. Not thread safe; links side by side are. */

#include "client/endpoint.h"

struct link {
	struct endpoint_settings settings;
	char *socket; /* named by the caller, or NULL */
	uint32_t timeout_ms;
	int fd;       /* -1: not connected */
	char *buffer; /* the last answer */
	size_t buffer_bytes;
	char why[ENDPOINT_WHY_MAX]; /* what was wrong, when something was */
};

/* Reads client.conf; does not connect. socket is copied. 0 or -ENOMEM. A client.conf that is not in order is told in why. */
int link_init(struct link *link, const char *socket, uint32_t timeout_ms);
void link_deinit(struct link *link);

/* Connects unless it is. 0 or what endpoint_connect() says. */
int link_connect(struct link *link);
void link_close(struct link *link);

/* One line (with its newline) to the daemon, one back, NUL terminated without its newline, valid until the next request. A
 * kept connection that turns out to be dead is made anew once. Errors as endpoint_exchange() and endpoint_connect(); the
 * connection is closed then, so that a late answer is never taken for that of the next question. */
int link_request(struct link *link, const char *line, size_t len, char **answer_out, size_t *len_out);

#endif
