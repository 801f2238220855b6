#ifndef TCPBEHAV_HANDLERS_H
#define TCPBEHAV_HANDLERS_H

/* One row of protocol.def, one handler. prepare_*: pure, any thread; 0 or -EINVAL with request->error. handle_*: loop thread;
 * writes request->out, or defers. None of them knows the loop. */

#include "daemon/request.h"

int prepare_check(struct request *request); /* check, analyze, explain */
int prepare_hook(struct request *request);
int prepare_note(struct request *request);

/* What a hook's payload (request->call) says beside the calls that are judged: it goes into the session's memory, or is lost. */
int prepare_heard(struct request *request);
void take_heard(struct request *request);

/* A call of an agent, scored (handlers_behavior.c). agent AGENTS_NONE: not watched. */
struct watched {
	uint32_t agent;
	struct behavior_event event;
	struct behavior_score score;
};
void watch_call(struct request *request, const char *agent, const char *session, struct watched *watched);
enum policy_level watched_level(const struct request *request, const struct watched *watched);
void hold_call(struct request *request, const struct watched *watched, uint64_t number, enum policy_verdict verdict);

/* observe with a tool: an event that nobody checked. */
enum request_result observe_event(struct request *request);

enum request_result handle_hello(struct request *request);
enum request_result handle_ping(struct request *request);
enum request_result handle_check(struct request *request);
enum request_result handle_analyze(struct request *request);
enum request_result handle_explain(struct request *request);
enum request_result handle_lookup(struct request *request);
enum request_result handle_hook(struct request *request);
enum request_result handle_note(struct request *request);
enum request_result handle_observe(struct request *request);
enum request_result handle_session(struct request *request);
enum request_result handle_behavior(struct request *request);
enum request_result handle_status(struct request *request);
enum request_result handle_rules(struct request *request);
enum request_result handle_log(struct request *request);
enum request_result handle_reload(struct request *request);
enum request_result handle_approvals(struct request *request);
enum request_result handle_approve(struct request *request);
enum request_result handle_refuse(struct request *request);
enum request_result handle_allow(struct request *request);
enum request_result handle_forbid(struct request *request);
enum request_result handle_standing(struct request *request); /* release, trust */

#endif
