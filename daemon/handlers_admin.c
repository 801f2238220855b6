#include "config.h"

#include "daemon/clock.h"
#include "daemon/deferred.h"
#include "daemon/handlers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum request_result fail_as_read(struct request *request)
{
	request_fail(request, request->error.code, "%s", request->error.text);
	return REQUEST_ANSWERED;
}

static bool sees_all(struct request *request)
{
	return trust_sees_all(&request->daemon->trust, &request->daemon->bundle->conf, request->peer);
}

static void write_time(struct json_writer *writer, const char *key, int64_t time_ms)
{
	time_t seconds = (time_t)(time_ms / 1000);
	char stamp[32], text[40];
	struct tm tm;

	strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", gmtime_r(&seconds, &tm));
	snprintf(text, sizeof(text), "%s.%03dZ", stamp, (int)(time_ms % 1000));
	json_member_string(writer, key, text);
}

/* --- reload --- */

struct reload {
	struct daemon *daemon;
	struct reply *reply;
	struct deferred_id id;
};

static void reload_done(void *context, int rc, const char *why)
{
	struct reload *reload = context;
	struct message message = deferred_message(&reload->id);
	struct message_error error = { .code = ERROR_BAD_REQUEST };
	struct json_writer writer;
	char buffer[1024];
	struct text out;

	text_init_fixed(&out, buffer, sizeof(buffer));
	if (rc < 0) {
		snprintf(error.text, sizeof(error.text), "nothing changed: %s", why);
		message_write_error(&out, message.id, message.id_len, &error);
		reload->daemon->stats.errors[error.code]++;
	} else {
		message_begin_ok(&writer, &out, &message);
		json_member_u64(&writer, "generation", reload->daemon->bundle->generation);
		json_member_u64(&writer, "keys", reload->daemon->bundle->image.table.header->n_keys);
		message_end(&writer);
	}
	reload->reply->send(reload->reply, out.data, out.len);
	free(reload);
}

enum request_result handle_reload(struct request *request)
{
	struct reload *reload = calloc(1, sizeof(*reload));

	if (!reload) {
		request_fail(request, ERROR_INTERNAL, "out of memory");
		return REQUEST_ANSWERED;
	}
	reload->daemon = request->daemon;
	deferred_keep_id(&reload->id, &request->message);
	if (!request->daemon->reload(request->daemon, reload_done, reload)) {
		free(reload);
		request_fail(request, ERROR_LIMIT, "a reload is under way");
		return REQUEST_ANSWERED;
	}
	reload->reply = request_defer(request);
	return REQUEST_DEFERRED;
}

/* --- log --- */

struct log_op {
	struct store_op op;
	struct daemon *daemon;
	struct reply *reply;
	struct deferred_id id;
	struct arena arena; /* of the answer; the store's thread fills it */
	struct text out;
	struct json_writer writer;
};

static void log_row(struct store_op *op, const struct store_row *row)
{
	struct json_writer *writer = &((struct log_op *)op)->writer;

	json_begin_object(writer);
	json_member_u64(writer, "request", row->number);
	write_time(writer, "time", row->time_ms);
	json_member_u64(writer, "uid", row->uid);
	json_member_string(writer, "agent", row->agent);
	json_member_string(writer, "session", row->session);
	json_member_string(writer, "verdict", policy_verdict_name(row->verdict));
	json_member_string(writer, "risk", risk_name(row->risk));
	json_member_string(writer, "decided_by", policy_decider_name(row->decided_by));
	json_member_string(writer, "rule", row->rule);
	json_member_string(writer, "command", row->command);
	json_member_string(writer, "cwd", row->cwd);
	json_end_object(writer);
}

static void log_done(struct store_op *op)
{
	struct log_op *log = (struct log_op *)op;
	struct message_error error = { .code = ERROR_STORE, .text = "the recorded requests could not be read" };

	json_end_array(&log->writer);
	message_end(&log->writer);
	if (op->result < 0 || log->out.failed) {
		arena_reset(&log->arena);
		text_init(&log->out, &log->arena, 1024);
		message_write_error(&log->out, log->id.len ? log->id.text : NULL, log->id.len, &error);
		log->daemon->stats.errors[error.code]++;
	}
	log->reply->send(log->reply, log->out.data, log->out.len);
	arena_deinit(&log->arena);
	free(log);
}

enum request_result handle_log(struct request *request)
{
	struct log_request wanted;
	struct message message;
	struct log_op *log;

	if (message_read_log(&request->message, &wanted, &request->error) < 0)
		return fail_as_read(request);
	log = calloc(1, sizeof(*log));
	if (!log || arena_init(&log->arena, 65536, 0) < 0) {
		free(log);
		request_fail(request, ERROR_INTERNAL, "out of memory");
		return REQUEST_ANSWERED;
	}
	log->op = (struct store_op){ .kind = STORE_LOG, .done = log_done, .row = log_row, .uid = request->peer->uid,
		                     .limit = wanted.limit, .before = wanted.before };
	log->op.everybody = sees_all(request);
	log->daemon = request->daemon;
	deferred_keep_id(&log->id, &request->message);
	message = deferred_message(&log->id);
	text_init(&log->out, &log->arena, 4096);
	message_begin_ok(&log->writer, &log->out, &message);
	json_key(&log->writer, "requests");
	json_begin_array(&log->writer);
	log->reply = request_defer(request);
	store_submit(request->daemon->store, &log->op);
	return REQUEST_DEFERRED;
}

/* --- approvals --- */

/* The account after `account` (NULL: the first one) whose requests the peer may see; NULL when there are no more. */
static struct account *next_visible(struct request *request, bool all, struct account *account)
{
	if (!all)
		return account ? NULL : request->peer->account;
	return account ? account->next : request->daemon->accounts.first;
}

static void write_pending(struct json_writer *writer, const struct account *account, const struct pending *pending)
{
	json_begin_object(writer);
	json_member_u64(writer, "request", pending->number);
	write_time(writer, "time", pending->time_ms);
	json_member_u64(writer, "uid", account->uid);
	json_member_string(writer, "user", account->user);
	json_member_string(writer, "agent", pending->agent);
	json_member_string(writer, "session", pending->session);
	json_member_string(writer, "verdict", policy_verdict_name(pending->verdict));
	json_member_string(writer, "risk", risk_name(pending->risk));
	json_member_string(writer, "rule", pending->rule);
	json_member_string(writer, "command", pending->command);
	json_member_string(writer, "cwd", pending->cwd);
	json_end_object(writer);
}

enum request_result handle_approvals(struct request *request)
{
	bool all = sees_all(request);
	struct json_writer writer;

	message_begin_ok(&writer, &request->out, &request->message);
	json_key(&writer, "approvals");
	json_begin_array(&writer);
	for (struct account *account = next_visible(request, all, NULL); account; account = next_visible(request, all, account))
		for (unsigned i = 0; i < ACCOUNT_PENDING; i++) {
			const struct pending *pending = &account->pending[(account->next_pending + i) % ACCOUNT_PENDING];

			if (pending->number && pending->state == PENDING_WAITING)
				write_pending(&writer, account, pending);
		}
	json_end_array(&writer);
	message_end(&writer);
	return REQUEST_ANSWERED;
}

/* The request that waits under this number, and whose it is; NULL after writing an error. */
static struct pending *find_waiting(struct request *request, struct account **account_out)
{
	bool all = sees_all(request);
	uint64_t number;

	if (message_read_request_number(&request->message, &number, &request->error) < 0) {
		fail_as_read(request);
		return NULL;
	}
	for (struct account *account = next_visible(request, all, NULL); account; account = next_visible(request, all, account)) {
		struct pending *pending = account_find_pending(account, number);

		if (pending && number && pending->state == PENDING_WAITING) {
			*account_out = account;
			return pending;
		}
	}
	request_fail(request, ERROR_NOT_FOUND, "no request %llu waits for a person; \"tcpctl approvals\" lists those that do",
	             (unsigned long long)number);
	return NULL;
}

static void approval_committed(struct deferred_op *deferred)
{
	const struct store_approval *row = &deferred->op.approval;
	struct account *account = account_get(&deferred->daemon->accounts, row->uid);

	if (account)
		account_add_approval(account, row->number, &row->approval);
}

/* Widening: first on the disk, then in force, then answered. */
enum request_result handle_approve(struct request *request)
{
	const struct policy *policy = &request->daemon->bundle->policy;
	struct store_op op = { .kind = STORE_APPROVAL_ADD };
	struct json_writer writer;
	struct account *account;
	struct pending *pending = find_waiting(request, &account);

	if (!pending)
		return REQUEST_ANSWERED;
	if (pending->risk == RISK_CRITICAL || pending->risk > policy->ceiling) {
		request_fail(request, ERROR_DENIED, "request %llu is of risk %s, which no approval lifts (the ceiling is %s)",
		             (unsigned long long)pending->number, risk_name(pending->risk), risk_name(policy->ceiling));
		return REQUEST_ANSWERED;
	}
	pending->state = PENDING_APPROVED;
	op.approval = (struct store_approval){ .number = pending->number, .uid = account->uid, .by_uid = request->peer->uid };
	op.approval.approval.until_ms = (uint64_t)clock_wall_ms() + POLICY_APPROVAL_LIFE_MS;
	memcpy(op.approval.approval.hash, pending->hash, POLICY_HASH_BYTES);
	snprintf(op.approval.approval.agent, sizeof(op.approval.approval.agent), "%s", pending->agent);
	message_begin_ok(&writer, &request->out, &request->message);
	json_member_u64(&writer, "request", pending->number);
	json_member_string(&writer, "agent", pending->agent);
	json_member_string(&writer, "command", pending->command);
	json_member_string(&writer, "cwd", pending->cwd);
	write_time(&writer, "until", (int64_t)op.approval.approval.until_ms);
	message_end(&writer);
	return deferred_submit(request, &op, approval_committed, "the approval could not be recorded: nothing was approved");
}

enum request_result handle_refuse(struct request *request)
{
	struct json_writer writer;
	struct account *account;
	struct pending *pending = find_waiting(request, &account);

	if (!pending)
		return REQUEST_ANSWERED;
	pending->state = PENDING_REFUSED;
	message_begin_ok(&writer, &request->out, &request->message);
	json_member_u64(&writer, "request", pending->number);
	message_end(&writer);
	return REQUEST_ANSWERED;
}

/* --- rules --- */

enum request_result handle_rules(struct request *request)
{
	struct json_writer writer;
	char buffer[2 * POLICY_PATTERN_MAX];

	message_begin_ok(&writer, &request->out, &request->message);
	json_key(&writer, "rules");
	json_begin_array(&writer);
	for (size_t i = 0; i < request->bundle->policy.n_rules; i++) {
		const struct policy_rule *rule = &request->bundle->policy.rules[i];
		struct text pattern;

		text_init_fixed(&pattern, buffer, sizeof(buffer));
		policy_rule_print(rule, &pattern);
		json_begin_object(&writer);
		json_member_string(&writer, "layer", policy_layer_name(rule->layer));
		json_key(&writer, "pattern");
		json_string(&writer, pattern.data, pattern.len);
		json_member_string(&writer, "verdict", policy_verdict_name(rule->verdict));
		json_end_object(&writer);
	}
	for (const struct account_rule *rule = request->peer->account->rules; rule; rule = rule->next) {
		json_begin_object(&writer);
		json_member_string(&writer, "layer", policy_layer_name(LAYER_USER));
		json_member_u64(&writer, "rule", rule->row.id);
		json_member_string(&writer, "pattern", rule->row.pattern);
		json_member_string(&writer, "verdict", policy_verdict_name(rule->row.verdict));
		json_member_string(&writer, "project", rule->row.project[0] ? rule->row.project : NULL);
		json_end_object(&writer);
	}
	json_end_array(&writer);
	message_end(&writer);
	return REQUEST_ANSWERED;
}

static void rule_committed(struct deferred_op *deferred)
{
	struct account *account = account_get(&deferred->daemon->accounts, deferred->op.rule.uid);
	struct json_error error;

	if (account)
		account_add_rule(account, &deferred->op.rule, &error);
}

static int read_rule(struct request *request, enum policy_verdict verdict, struct store_rule *row)
{
	struct rule_request wanted;
	struct json_error error;
	struct policy_rule rule;

	if (message_read_rule(&request->message, &wanted, &request->error) < 0) {
		fail_as_read(request);
		return -EINVAL;
	}
	if (policy_rule_from_pattern(request->work, wanted.pattern, LAYER_USER, verdict, &rule, &error) < 0) {
		request_fail(request, ERROR_BAD_REQUEST, "%s", error.what);
		return -EINVAL;
	}
	if (request->peer->account->n_rules >= POLICY_RULES_MAX || strlen(wanted.pattern) >= sizeof(row->pattern) ||
	    (wanted.project && strlen(wanted.project) >= sizeof(row->project))) {
		request_fail(request, ERROR_LIMIT, "at most %d rules, of %zu bytes, for projects of %zu bytes", POLICY_RULES_MAX,
		             sizeof(row->pattern) - 1, sizeof(row->project) - 1);
		return -EINVAL;
	}
	*row = (struct store_rule){ .id = request->daemon->next_rule++, .uid = request->peer->uid, .verdict = verdict };
	snprintf(row->pattern, sizeof(row->pattern), "%s", wanted.pattern);
	snprintf(row->project, sizeof(row->project), "%s", wanted.project ? wanted.project : "");
	return 0;
}

/* Loosening is first on the disk, then in force; tightening first in force, and stays so when the disk fails. */
static enum request_result add_rule(struct request *request, enum policy_verdict verdict)
{
	bool loosens = verdict == VERDICT_ALLOW;
	struct store_op op = { .kind = STORE_RULE_ADD };
	struct json_error error = { 0, "out of memory" };
	struct json_writer writer;

	if (read_rule(request, verdict, &op.rule) < 0)
		return REQUEST_ANSWERED;
	if (!loosens && account_add_rule(request->peer->account, &op.rule, &error) < 0) {
		request_fail(request, ERROR_INTERNAL, "%s", error.what);
		return REQUEST_ANSWERED;
	}
	message_begin_ok(&writer, &request->out, &request->message);
	json_member_u64(&writer, "rule", op.rule.id);
	message_end(&writer);
	return deferred_submit(request, &op, loosens ? rule_committed : NULL,
	                       loosens ? "the rule could not be recorded: nothing changed"
	                               : "the rule is in force, but could not be recorded: it ends with the daemon");
}

enum request_result handle_allow(struct request *request)
{
	return add_rule(request, VERDICT_ALLOW);
}

enum request_result handle_forbid(struct request *request)
{
	return add_rule(request, VERDICT_DENY);
}

/* --- standing --- */

/* Nothing lowers an agent's standing yet, so there is never one to raise. */
enum request_result handle_standing(struct request *request)
{
	const char *agent, *reason;

	if (message_read_agent(&request->message, &agent, &reason, &request->error) < 0)
		return fail_as_read(request);
	request_fail(request, ERROR_NOT_FOUND, "agent \"%s\" has the standard standing: there is nothing to change", agent);
	return REQUEST_ANSWERED;
}
