#include "config.h"

#include "daemon/account_session.h"
#include "daemon/clock.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AGENT_ACTIVE_MS (INT64_C(10) * 60 * 1000)
#define RULES_ARENA_BYTES 4096

static void account_free(struct account *account)
{
	arena_deinit(&account->rules_arena);
	account_free_sessions(account);
	free(account->agents);
	free(account->fleet);
	free(account);
}

static struct account *account_new(struct accounts *accounts, uid_t uid)
{
	struct account *account = calloc(1, sizeof(*account));
	const struct passwd *user;

	if (!account)
		return NULL;
	account->uid = uid;
	account->jobs_tail = &account->jobs;
	account_init_sessions(account, accounts);
	user = getpwuid(uid);
	if (user)
		snprintf(account->user, sizeof(account->user), "%s", user->pw_name);
	return account;
}

/* Nothing of it is in use and nothing would be lost. */
static bool account_is_idle(const struct account *account)
{
	if (account->connections || account->jobs_running || account->jobs_waiting || account->n_rules || account->watched.n)
		return false;
	for (unsigned i = 0; i < ACCOUNT_APPROVALS; i++)
		if (account->approvals[i].number)
			return false;
	return true;
}

/* Forgets the account that has been idle longest. False when all are in use. */
static bool accounts_forget_one(struct accounts *accounts)
{
	struct account **oldest = NULL;

	for (struct account **at = &accounts->first; *at; at = &(*at)->next)
		if (account_is_idle(*at) && (!oldest || (*at)->used_ms < (*oldest)->used_ms))
			oldest = at;
	if (!oldest)
		return false;
	struct account *account = *oldest;
	*oldest = account->next;
	account_free(account);
	accounts->count--;
	return true;
}

struct account *account_get(struct accounts *accounts, uid_t uid)
{
	struct account *account = accounts->first;

	while (account && account->uid != uid)
		account = account->next;
	if (!account) {
		if (accounts->count >= ACCOUNTS_MAX && !accounts_forget_one(accounts))
			return NULL;
		account = account_new(accounts, uid);
		if (!account)
			return NULL;
		account->next = accounts->first;
		accounts->first = account;
		accounts->count++;
	}
	account->used_ms = clock_wall_ms();
	return account;
}

void accounts_free(struct accounts *accounts)
{
	while (accounts->first) {
		struct account *account = accounts->first;

		accounts->first = account->next;
		account_free(account);
	}
	accounts->count = 0;
}

static uint64_t hash_name(const char *name)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
	return hash;
}

bool account_note_agent(struct account *account, const char *name, size_t limit, int64_t now_ms)
{
	struct account_agent *oldest = NULL, *agent;
	uint64_t hash = hash_name(name);

	for (size_t i = 0; i < account->n_agents; i++) {
		agent = &account->agents[i];
		if (agent->hash == hash) {
			agent->seen_ms = now_ms;
			return true;
		}
		if (!oldest || agent->seen_ms < oldest->seen_ms)
			oldest = agent;
	}
	if (account->n_agents < limit) {
		agent = realloc(account->agents, (account->n_agents + 1) * sizeof(*agent));
		if (!agent)
			return false;
		account->agents = agent;
		oldest = &account->agents[account->n_agents++];
	} else if (!oldest || now_ms - oldest->seen_ms < AGENT_ACTIVE_MS) {
		return false;
	}
	*oldest = (struct account_agent){ hash, now_ms };
	return true;
}

int account_add_rule(struct account *account, const struct store_rule *row, struct json_error *error)
{
	struct account_rule *rule;
	int rc;

	if (account->n_rules >= POLICY_RULES_MAX)
		return -ENOSPC;
	if (!account->rules_arena.first && arena_init(&account->rules_arena, RULES_ARENA_BYTES, 0) < 0)
		return -ENOMEM;
	rule = arena_new(&account->rules_arena, struct account_rule);
	if (!rule)
		return -ENOMEM;
	rule->row = *row;
	rc = policy_rule_from_pattern(&account->rules_arena, row->pattern, LAYER_USER, row->verdict, &rule->rule, error);
	if (rc < 0)
		return rc;
	rule->rule.id = row->id;
	rule->next = account->rules;
	account->rules = rule;
	account->n_rules++;
	return 0;
}

static bool rule_holds(const struct account_rule *rule, const char *const *workspaces, size_t n_workspaces)
{
	if (!rule->row.project[0])
		return true;
	for (size_t i = 0; i < n_workspaces; i++)
		if (strcmp(rule->row.project, workspaces[i]) == 0)
			return true;
	return false;
}

const struct policy_rule *account_rules(const struct account *account, const char *const *workspaces, size_t n_workspaces,
                                        struct arena *arena, size_t *n_out)
{
	struct policy_rule *rules;
	size_t n = 0;

	*n_out = 0;
	if (account->n_rules == 0)
		return NULL;
	rules = arena_alloc(arena, account->n_rules * sizeof(*rules));
	if (!rules)
		return NULL;
	for (const struct account_rule *rule = account->rules; rule; rule = rule->next)
		if (rule_holds(rule, workspaces, n_workspaces))
			rules[n++] = rule->rule;
	*n_out = n;
	return rules;
}

struct pending *account_new_pending(struct account *account)
{
	struct pending *pending = &account->pending[account->next_pending];

	account->next_pending = (account->next_pending + 1) % ACCOUNT_PENDING;
	return pending;
}

static void cut(char *to, size_t size, const char *text)
{
	snprintf(to, size, "%s", text ? text : "");
}

void pending_fill(struct pending *pending, const struct store_row *row)
{
	pending->number = row->number;
	pending->time_ms = row->time_ms;
	pending->verdict = row->verdict;
	pending->risk = row->risk;
	pending->state = PENDING_WAITING;
	memcpy(pending->hash, row->hash, POLICY_HASH_BYTES);
	cut(pending->agent, sizeof(pending->agent), row->agent);
	cut(pending->session, sizeof(pending->session), row->session);
	cut(pending->rule, sizeof(pending->rule), row->rule);
	cut(pending->command, sizeof(pending->command), row->command);
	cut(pending->cwd, sizeof(pending->cwd), row->cwd);
}

#define DENIED_MS (INT64_C(60) * 60 * 1000) /* how long a denied goal is remembered */

static bool shares_goal(const struct pending *pending, const struct analysis *analysis)
{
	for (uint32_t i = 0; i < pending->n_goals; i++)
		for (uint32_t k = 0; k < analysis->n_goals; k++)
			if (pending->goals[i] == analysis->goals[k])
				return true;
	return false;
}

const struct pending *account_denied_before(const struct account *account, const char *agent, const char *session,
                                            const struct analysis *analysis, int64_t now_ms)
{
	for (size_t i = 0; analysis->n_goals && i < ACCOUNT_PENDING; i++) {
		const struct pending *pending = &account->pending[i];
		bool denied = pending->state == PENDING_REFUSED || (pending->state == PENDING_WAITING && pending->verdict == VERDICT_DENY);

		if (pending->number && denied && now_ms - pending->time_ms < DENIED_MS && strcmp(pending->agent, agent) == 0 &&
		    strcmp(pending->session, session) == 0 && shares_goal(pending, analysis))
			return pending;
	}
	return NULL;
}

struct pending *account_find_pending(struct account *account, uint64_t number)
{
	for (unsigned i = 0; i < ACCOUNT_PENDING; i++)
		if (account->pending[i].number == number)
			return &account->pending[i];
	return NULL;
}

void account_add_approval(struct account *account, uint64_t number, const struct policy_approval *approval)
{
	struct account_approval *place = &account->approvals[0];

	for (unsigned i = 0; i < ACCOUNT_APPROVALS && place->number; i++) {
		struct account_approval *other = &account->approvals[i];

		if (!other->number || other->approval.until_ms < place->approval.until_ms)
			place = other;
	}
	place->number = number;
	place->approval = *approval;
}

uint64_t account_use_approval(struct account *account, const struct policy *policy, const struct verdict *verdict,
                              const uint8_t hash[POLICY_HASH_BYTES], const char *agent, int64_t now_ms)
{
	for (unsigned i = 0; i < ACCOUNT_APPROVALS; i++) {
		struct account_approval *held = &account->approvals[i];
		uint64_t number = held->number;

		if (number && (int64_t)held->approval.until_ms < now_ms) {
			held->number = 0;
		} else if (number && policy_approval_covers(policy, &held->approval, verdict, hash, agent, (uint64_t)now_ms)) {
			held->number = 0;
			return number;
		}
	}
	return 0;
}
