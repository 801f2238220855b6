#include "config.h"

#include "daemon/deferred.h"

#include <stdlib.h>
#include <string.h>

static void deferred_done(struct store_op *op)
{
	struct deferred_op *deferred = (struct deferred_op *)op;

	if (op->result == 0 && deferred->committed)
		deferred->committed(deferred);
	if (op->result == 0) {
		deferred->reply->send(deferred->reply, deferred->text, deferred->len);
	} else {
		deferred->daemon->stats.errors[ERROR_STORE]++;
		deferred->reply->send(deferred->reply, deferred->text + deferred->len, deferred->failure_len);
	}
	free(deferred);
}

enum request_result deferred_submit(struct request *request, const struct store_op *op,
                                    void (*committed)(struct deferred_op *deferred), const char *failure)
{
	struct text answer = request->out;
	struct deferred_op *deferred;

	request_fail(request, ERROR_STORE, "%s", failure);
	if (answer.failed || request->out.failed)
		return REQUEST_ANSWERED;
	deferred = calloc(1, sizeof(*deferred) + answer.len + request->out.len);
	if (!deferred)
		return REQUEST_ANSWERED;
	deferred->op = *op;
	deferred->op.done = deferred_done;
	deferred->daemon = request->daemon;
	deferred->committed = committed;
	deferred->len = answer.len;
	deferred->failure_len = request->out.len;
	memcpy(deferred->text, answer.data, answer.len);
	memcpy(deferred->text + answer.len, request->out.data, request->out.len);
	deferred->reply = request_defer(request);
	store_submit(request->daemon->store, &deferred->op);
	return REQUEST_DEFERRED;
}

void deferred_keep_id(struct deferred_id *id, const struct message *message)
{
	id->len = message->id && message->id_len <= sizeof(id->text) ? message->id_len : 0;
	memcpy(id->text, id->len ? message->id : "", id->len);
}

struct message deferred_message(const struct deferred_id *id)
{
	return (struct message){ .id = id->len ? id->text : NULL, .id_len = id->len };
}
