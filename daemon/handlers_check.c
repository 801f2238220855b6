#include "config.h"

#include "common/explain.h"
#include "common/redact.h"
#include "daemon/account_session.h"
#include "daemon/clock.h"
#include "daemon/deferred.h"
#include "daemon/handlers.h"

#include <errno.h>
#include <string.h>

/* --- beside the loop --- */

static const char *session_of(const struct request *request)
{
	return request->check.session ? request->check.session : request->session;
}

/* What earlier calls left. */
static const struct session *recall(struct request *request)
{
	struct account *account = request->peer->account;
	const char *name = session_of(request);

	if (!*name)
		return NULL;
	return request->on_loop ? account_find_session(account, name, clock_wall_ms())
	                        : account_copy_session(account, name, clock_wall_ms(), request->work);
}

static int analyze(struct request *request)
{
	request->check.memory = recall(request);
	project_read(request->check.project_files, request->check.n_project_files, request->work, &request->project);
	request->check.remembers = *session_of(request) != '\0';
	request->check.detailed = request->rules || request->project.n_rules || request->message.op == OP_EXPLAIN;
	check_request_analyze(&request->check, &request->bundle->image.table, request->user, request->work, &request->analysis);
	return 0;
}

int prepare_check(struct request *request)
{
	int rc = message_read_check(request->work, &request->message, &request->check, &request->error);

	return rc < 0 ? rc : analyze(request);
}

/* A payload that cannot be read is not an error of the request: the host gets an answer in its own form, one that asks. */
static int prepare_payload(struct request *request)
{
	static const struct json_error too_large = { JSON_NOWHERE, "it is too large" };
	struct json_error *error = arena_new(request->work, struct json_error);
	struct hook_request *hook = &request->hook;
	int rc = -ENOMEM;

	if (error)
		rc = host_read(request->work, (enum host_id)request->host, hook->payload, hook->payload_len, &request->call, error);
	if (rc < 0) {
		request->host_error = rc == -ENOMEM ? &too_large : error;
		return 0;
	}
	if (request->call.event != HOST_EVENT_CALL)
		return prepare_heard(request);
	request->check = request->call.request;
	request->check.observed = hook->observed;
	request->check.n_observed = hook->n_observed;
	request->check.scripts = hook->scripts;
	request->check.n_scripts = hook->n_scripts;
	request->check.project_files = hook->project_files;
	request->check.n_project_files = hook->n_project_files;
	if (hook->home)
		request->check.home = hook->home;
	if (hook->n_workspaces) {
		request->check.workspaces = hook->workspaces;
		request->check.n_workspaces = hook->n_workspaces;
	}
	return analyze(request);
}

int prepare_hook(struct request *request)
{
	int rc = message_read_hook(request->work, &request->message, &request->hook, &request->error);

	if (rc < 0)
		return rc;
	request->host = host_from_name(request->hook.host);
	if (request->host < 0) {
		request->error.code = ERROR_BAD_REQUEST;
		snprintf(request->error.text, sizeof(request->error.text), "\"host\" must be one of: %s", host_names());
		return -EINVAL;
	}
	return prepare_payload(request);
}

/* --- on the loop --- */

/* Who asks: the request's own words, else what hello said. */
static const char *agent_of(const struct request *request)
{
	return request->check.agent ? request->check.agent : request->peer->agent;
}

static void judge(struct request *request, enum policy_level level, struct verdict *verdict)
{
	const struct check_request *check = &request->check;
	struct policy_asker asker;

	policy_asker_init(&asker);
	asker.profile = check->profile;
	asker.level = level;
	asker.rules = account_rules(request->peer->account, check->workspaces, check->n_workspaces, request->scratch,
	                            &asker.n_rules);
	project_judge(&request->bundle->policy, &asker, &request->project, &request->analysis, request->scratch, verdict);
	if (verdict->finding && verdict->finding->earlier && verdict->decided_by == DECIDED_BY_POLICY)
		verdict->decided_by = DECIDED_BY_SESSION;
}

/* A call that was judged: what the answer and the records need. */
struct judged {
	struct verdict verdict;
	struct check_answer answer;
	struct store_row row;
	uint64_t approval; /* number of the approval that it used up; 0: none */
	struct watched watched;
};

static void fill_row(const struct request *request, struct judged *judged)
{
	struct store_row *row = &judged->row;
	const struct verdict *verdict = &judged->verdict;
	size_t len;

	row->command = check_request_text(&request->check, request->scratch, STORE_COMMAND_MAX + 1, &len);
	row->number = request->daemon->next_request++;
	row->time_ms = clock_wall_ms();
	row->uid = request->peer->uid;
	row->verdict = verdict->verdict;
	row->risk = request->analysis.risk;
	row->decided_by = verdict->decided_by;
	row->agent = agent_of(request);
	row->session = session_of(request);
	row->rule = verdict->finding ? verdict->finding->rule : NULL;
	row->cwd = request->check.cwd;
}

/* What a person may approve is kept in memory too, and shown: redacted at once. */
static void note_pending(struct request *request, const struct store_row *row)
{
	struct store_row shown = *row;
	struct pending *pending;
	size_t len;

	shown.command = redact(request->scratch, row->command, strlen(row->command), STORE_COMMAND_MAX, &len);
	pending = account_new_pending(request->peer->account);
	pending_fill(pending, &shown);
	memcpy(pending->goals, request->analysis.goals, sizeof(pending->goals));
	pending->n_goals = request->analysis.n_goals;
}

/* The same goal tried another way after a deny: a person decides. */
static void stop_retry(const struct request *request, struct verdict *verdict)
{
	const struct pending *before;
	char why[96];
	int len;

	if (verdict->verdict != VERDICT_ALLOW)
		return;
	before = account_denied_before(request->peer->account, agent_of(request), session_of(request), &request->analysis, clock_wall_ms());
	if (!before)
		return;
	verdict->verdict = VERDICT_ASK;
	verdict->decided_by = DECIDED_BY_SESSION;
	verdict->finding = NULL;
	len = snprintf(why, sizeof(why), "it is after the same as request %llu, which was denied", (unsigned long long)before->number);
	verdict->why = arena_dup(request->scratch, why, (size_t)len);
}

/* What the call leaves for later ones, once it has a number. A denied one leaves nothing. */
static void remember(struct request *request, uint64_t number)
{
	const char *session = session_of(request);

	if (*session && !account_session_event(request->peer->account, session, request->daemon->session_seed, &request->analysis, number,
	                                       clock_wall_ms()))
		request->daemon->stats.sessions_lost++;
	else if (*session && request->call.name)
		account_session_name_call(request->peer->account, session, request->call.name, number, clock_wall_ms());
}

/* Whose behavior it is: the agent's, else that of the host whose hook asks. */
static const char *watched_name(const struct request *request)
{
	const char *agent = agent_of(request);

	return *agent || !request->hook.host ? agent : request->hook.host;
}

/* Judges the call and takes its number; a person's approval turns ask or deny into allow, once. */
static void judge_and_record(struct request *request, struct judged *judged)
{
	struct account *account = request->peer->account;

	memset(judged, 0, sizeof(*judged));
	watch_call(request, watched_name(request), session_of(request), &judged->watched);
	judge(request, watched_level(request, &judged->watched), &judged->verdict);
	stop_retry(request, &judged->verdict);
	request->daemon->stats.verdicts[judged->verdict.verdict]++;
	if (judged->verdict.verdict != VERDICT_NONE) {
		if (judged->verdict.verdict != VERDICT_ALLOW) {
			check_request_hash(&request->check, judged->row.hash);
			judged->approval = account_use_approval(account, &request->bundle->policy, &judged->verdict, judged->row.hash,
			                                        agent_of(request), clock_wall_ms());
			if (judged->approval)
				policy_approve(&judged->verdict);
		}
		fill_row(request, judged);
		if (judged->verdict.verdict != VERDICT_ALLOW)
			note_pending(request, &judged->row);
		store_record(request->daemon->store, &judged->row);
		if (judged->verdict.verdict != VERDICT_DENY)
			remember(request, judged->row.number);
		hold_call(request, &judged->watched, judged->row.number, judged->verdict.verdict);
	}
	check_answer_fill(&judged->answer, &request->analysis, &judged->verdict);
	judged->answer.id = request->message.id;
	judged->answer.id_len = request->message.id_len;
	judged->answer.request = judged->row.number;
	judged->answer.event = judged->row.number;
	judged->answer.level = judged->watched.score.level;
	if (judged->approval)
		judged->answer.n_look = judged->answer.n_read = 0; /* a person has seen this very call */
}

/* Writes an answer in the form that was asked for. */
typedef void answer_writer(struct request *request, const struct check_answer *answer);

static void write_check(struct request *request, const struct check_answer *answer)
{
	message_write_check(&request->out, answer);
}

static void write_hook(struct request *request, const struct check_answer *answer)
{
	struct hook_answer hook;

	host_write(request->scratch, &request->call, answer, &hook);
	hook.look = answer->look;
	hook.n_look = answer->n_look;
	hook.read = answer->read;
	hook.n_read = answer->n_read;
	message_write_hook(&request->out, &request->message, &hook);
}

/* An allow that used up an approval is said only when the disk knows that it is used up. */
static enum request_result use_approval(struct request *request, uint64_t number)
{
	struct store_op op = { .kind = STORE_APPROVAL_USED, .approval.number = number };

	return deferred_submit(request, &op, NULL,
	                       "the approval could not be recorded as used; make room on the disk and approve again");
}

/* check and hook, once the call is analysed. */
static enum request_result answer_recorded(struct request *request, answer_writer *write_answer)
{
	struct daemon *daemon = request->daemon;
	const char *agent = agent_of(request);
	struct judged judged;

	if (*agent && !account_note_agent(request->peer->account, agent, (size_t)daemon->bundle->conf.agents, clock_wall_ms())) {
		request_fail(request, ERROR_LIMIT, "%lld agents of this user were at work in the last ten minutes (limits.agents)",
		             (long long)daemon->bundle->conf.agents);
		return REQUEST_ANSWERED;
	}
	judge_and_record(request, &judged);
	write_answer(request, &judged.answer);
	if (judged.approval)
		return use_approval(request, judged.approval);
	if (!request->reply)
		histogram_add(&daemon->stats.check_ns, (uint64_t)(clock_ns() - request->began_ns));
	return REQUEST_ANSWERED;
}

enum request_result handle_check(struct request *request)
{
	return answer_recorded(request, write_check);
}

enum request_result handle_hook(struct request *request)
{
	struct hook_answer hook = { .stdout_text = "" };

	if (!request->host_error && request->call.event == HOST_EVENT_CALL)
		return answer_recorded(request, write_hook);
	if (request->host_error)
		host_write_broken(request->scratch, (enum host_id)request->host, request->host_error, &hook);
	else
		take_heard(request);
	message_write_hook(&request->out, &request->message, &hook);
	return REQUEST_ANSWERED;
}

enum request_result handle_analyze(struct request *request)
{
	struct check_answer answer;

	memset(&answer, 0, sizeof(answer));
	check_answer_fill(&answer, &request->analysis, NULL);
	answer.id = request->message.id;
	answer.id_len = request->message.id_len;
	message_write_check(&request->out, &answer);
	return REQUEST_ANSWERED;
}

enum request_result handle_explain(struct request *request)
{
	struct verdict verdict;
	struct explanation explanation = { &request->check, &request->analysis, &verdict };
	struct json_writer writer;

	judge(request, LEVEL_NORMAL, &verdict);
	message_begin_ok(&writer, &request->out, &request->message);
	explain_json(&writer, &explanation);
	message_end(&writer);
	return REQUEST_ANSWERED;
}
