#ifndef TCPBEHAV_ACCOUNT_H
#define TCPBEHAV_ACCOUNT_H

/* What the daemon keeps for each uid: what it uses now (limits), its agents, its rules, its requests that wait for a person
 * and the approvals it was given. Loop thread only. */

#include "common/message.h"
#include "common/policy_rules.h"
#include "daemon/store.h"

#include <pthread.h>
#include <sys/types.h>

#define ACCOUNTS_MAX 1024
#define ACCOUNT_PENDING 64  /* the newest requests that got ask or deny */
#define ACCOUNT_APPROVALS 16

enum pending_state { PENDING_WAITING, PENDING_APPROVED, PENDING_REFUSED };

/* A request that a person can approve. Texts are redacted and cut. */
struct pending {
	uint64_t number; /* 0: empty */
	int64_t time_ms;
	enum policy_verdict verdict;
	enum risk risk;
	enum pending_state state;
	uint8_t hash[POLICY_HASH_BYTES];
	char agent[MESSAGE_NAME_MAX];
	char session[MESSAGE_NAME_MAX + 1];
	char rule[64];
	uint64_t goals[ANALYSIS_GOALS]; /* of analysis.h; n_goals */
	uint32_t n_goals;
	char command[256];
	char cwd[256];
};

struct account_approval {
	uint64_t number; /* 0: empty */
	struct policy_approval approval;
};

struct account_rule {
	struct account_rule *next;
	struct store_rule row;
	struct policy_rule rule; /* its strings lie in the account's arena */
};

struct account_agent {
	uint64_t hash;
	int64_t seen_ms;
};

#define ACCOUNT_SESSIONS 64 /* remembered of a uid; the one that was idle longest makes room */
#define ACCOUNTS_SESSIONS 1024 /* of all together: then each uid has to do with those it has */

#define ACCOUNT_SESSION_CALLS 16 /* of a session: the newest ones that its host has a name for */

struct account_session {
	struct session *session; /* NULL: empty */
	int64_t used_ms;
	char name[MESSAGE_NAME_MAX + 1];
	struct account_session_call {
		uint64_t request;
		char name[64]; /* the host's; longer ones are not kept */
	} calls[ACCOUNT_SESSION_CALLS];
	unsigned next_call;
};

/* Those of a uid whose behavior is watched, by when they were at work: agents.c's. */
struct agent_list {
	uint32_t newest, oldest, n;
};

struct fleet;
struct worker_job;

struct account {
	struct account *next;
	uid_t uid;
	char user[64]; /* its name, or "" */
	int64_t used_ms;
	unsigned connections;
	size_t inflight_bytes;
	/* worker.c */
	unsigned jobs_running;
	unsigned jobs_waiting;
	struct worker_job *jobs;
	struct worker_job **jobs_tail;
	struct account *next_waiting;
	/* rules of this user */
	struct arena rules_arena;
	struct account_rule *rules;
	size_t n_rules;
	struct account_approval approvals[ACCOUNT_APPROVALS];
	struct pending pending[ACCOUNT_PENDING];
	unsigned next_pending;
	struct account_agent *agents; /* n_agents used of max_agents */
	size_t n_agents;
	/* agents.c */
	struct agent_list watched;
	struct fleet *fleet; /* NULL: one agent so far */
	/* account_session.c */
	struct accounts *all;
	pthread_mutex_t sessions_mutex; /* held while they change, and by workers while they copy one */
	struct account_session sessions[ACCOUNT_SESSIONS];
	int64_t notes_since_ms; /* of the minute in which notes_bytes came */
	size_t notes_bytes;
};

struct accounts {
	struct account *first;
	unsigned count;
	unsigned sessions;
};

/* The account of uid, made when there is none; NULL without memory or when ACCOUNTS_MAX others are in use. */
struct account *account_get(struct accounts *accounts, uid_t uid);
void accounts_free(struct accounts *accounts);

/* Remembers that an agent of this name is at work. False when `limit` others were in the last ten minutes. */
bool account_note_agent(struct account *account, const char *name, size_t limit, int64_t now_ms);

/* Takes a rule in. 0, -EINVAL with a sentence in error, -ENOMEM, -ENOSPC (POLICY_RULES_MAX). */
int account_add_rule(struct account *account, const struct store_rule *row, struct json_error *error);

/* The rules that hold in these workspaces, as one array in the arena (NULL: none). */
const struct policy_rule *account_rules(const struct account *account, const char *const *workspaces, size_t n_workspaces,
                                        struct arena *arena, size_t *n_out);

/* The place for the next pending request: the oldest one is forgotten. */
struct pending *account_new_pending(struct account *account);
/* texts are cut */
void pending_fill(struct pending *pending, const struct store_row *row);

/* What this agent was denied, or a person refused it, within the last hour of this session, and the analysis is after again; or NULL. */
const struct pending *account_denied_before(const struct account *account, const char *agent, const char *session,
                                            const struct analysis *analysis, int64_t now_ms);

struct pending *account_find_pending(struct account *account, uint64_t number);

/* Takes an approval in; the one that ends first is forgotten when there are too many. */
void account_add_approval(struct account *account, uint64_t number, const struct policy_approval *approval);

/* Takes the approval that covers this call out; its number, or 0. */
uint64_t account_use_approval(struct account *account, const struct policy *policy, const struct verdict *verdict,
                              const uint8_t hash[POLICY_HASH_BYTES], const char *agent, int64_t now_ms);

#endif
