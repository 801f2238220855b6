#include "config.h"

#include "common/log.h"
#include "daemon/clock.h"
#include "daemon/handlers.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#define ANSWER_HINT_BYTES 2048
#define RETRY_MS 50

struct handler {
	int (*prepare)(struct request *request); /* NULL: nothing to do beside the loop */
	enum request_result (*handle)(struct request *request);
};

static const struct handler handlers[OP_COUNT] = {
	[OP_HELLO] = { NULL, handle_hello },
	[OP_PING] = { NULL, handle_ping },
	[OP_CHECK] = { prepare_check, handle_check },
	[OP_ANALYZE] = { prepare_check, handle_analyze },
	[OP_EXPLAIN] = { prepare_check, handle_explain },
	[OP_LOOKUP] = { NULL, handle_lookup },
	[OP_HOOK] = { prepare_hook, handle_hook },
	[OP_NOTE] = { prepare_note, handle_note },
	[OP_OBSERVE] = { NULL, handle_observe },
	[OP_BEHAVIOR] = { NULL, handle_behavior },
	[OP_SESSION] = { NULL, handle_session },
	[OP_STATUS] = { NULL, handle_status },
	[OP_RULES] = { NULL, handle_rules },
	[OP_LOG] = { NULL, handle_log },
	[OP_RELOAD] = { NULL, handle_reload },
	[OP_APPROVALS] = { NULL, handle_approvals },
	[OP_APPROVE] = { NULL, handle_approve },
	[OP_REFUSE] = { NULL, handle_refuse },
	[OP_ALLOW] = { NULL, handle_allow },
	[OP_FORBID] = { NULL, handle_forbid },
	[OP_RELEASE] = { NULL, handle_standing },
	[OP_TRUST] = { NULL, handle_standing },
};

void request_prepare(struct request *request)
{
	request->opened = message_open(request->work, request->line, request->len, OP_COUNT, &request->message, &request->error);
	if (request->opened == 0 && handlers[request->message.op].prepare)
		request->opened = handlers[request->message.op].prepare(request);
}

static void write_error(struct request *request, const struct message_error *error)
{
	request->failed_with = error->code;
	text_init(&request->out, request->scratch, ANSWER_HINT_BYTES);
	message_write_error(&request->out, request->message.id, request->message.id_len, error);
}

void request_fail(struct request *request, enum protocol_error code, const char *format, ...)
{
	struct message_error error = { .code = code, .retry_after_ms = code == ERROR_LIMIT ? RETRY_MS : 0 };
	va_list args;

	va_start(args, format);
	vsnprintf(error.text, sizeof(error.text), format, args);
	va_end(args);
	write_error(request, &error);
}

size_t request_error_line(enum protocol_error code, uint32_t retry_after_ms, const char *what, char *line, size_t size)
{
	struct message_error error = { .code = code, .retry_after_ms = retry_after_ms };
	struct text out;

	snprintf(error.text, sizeof(error.text), "%s", what);
	text_init_fixed(&out, line, size);
	message_write_error(&out, NULL, 0, &error);
	return out.len;
}

struct reply *request_defer(struct request *request)
{
	if (!request->reply)
		request->reply = request->take_place(request);
	return request->reply;
}

/* A line that could not be opened says why; what could be opened is for those who may ask for it. */
static enum request_result answer(struct request *request)
{
	struct daemon *daemon = request->daemon;
	enum protocol_op op = request->message.op;
	char why[200];

	if (request->opened < 0) {
		write_error(request, &request->error);
		return REQUEST_ANSWERED;
	}
	daemon->stats.ops[op]++;
	if (!trust_permits(&daemon->trust, &daemon->bundle->conf, request->peer, protocol_ops[op].permission, why, sizeof(why))) {
		request_fail(request, ERROR_DENIED, "%s: %s", protocol_ops[op].name, why);
		return REQUEST_ANSWERED;
	}
	return handlers[op].handle(request);
}

enum request_result request_finish(struct request *request)
{
	enum request_result result;

	request->failed_with = ERROR_COUNT;
	text_init(&request->out, request->scratch, ANSWER_HINT_BYTES);
	result = answer(request);
	if (result == REQUEST_ANSWERED && (request->out.failed || request->scratch->exhausted))
		request_fail(request, ERROR_INTERNAL, "no memory for the answer");
	if (result == REQUEST_ANSWERED && request->failed_with < ERROR_COUNT)
		request->daemon->stats.errors[request->failed_with]++;
	return result;
}
