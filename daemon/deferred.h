#ifndef TCPBEHAV_DEFERRED_H
#define TCPBEHAV_DEFERRED_H

/* Answers that wait for the disk. */

#include "daemon/request.h"

struct deferred_op {
	struct store_op op;
	struct daemon *daemon;
	struct reply *reply;
	void (*committed)(struct deferred_op *deferred); /* loop thread, once it is on the disk; or NULL */
	size_t len;
	size_t failure_len;
	char text[]; /* the answer, then the one for a disk that fails */
};

/* Hands op (copied) to the store. request->out is the answer once it is committed; when it cannot be, the answer is an
 * error with the sentence failure. Returns what the handler returns. */
enum request_result deferred_submit(struct request *request, const struct store_op *op,
                                    void (*committed)(struct deferred_op *deferred), const char *failure);

/* Id of a request that is answered after the request is gone. */
struct deferred_id {
	char text[JSON_ID_MAX];
	size_t len;
};

void deferred_keep_id(struct deferred_id *id, const struct message *message);

/* A message with nothing but that id, for message_begin_ok(); it points into id. */
struct message deferred_message(const struct deferred_id *id);

#endif
