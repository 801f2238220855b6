#ifndef TCPBEHAV_AGENTS_H
#define TCPBEHAV_AGENTS_H

/* The agents whose behavior is watched: profiles in one slab of locked memory, found by (uid, name) in O(1). A uid has a quota, and what
 * makes room for its new ones is its own agent that was idle longest: nobody mints names to evict others'. Whoever leaves is in the store
 * and comes back from there. Loop thread only. */

#include "common/behavior.h"
#include "common/population_build.h"
#include "daemon/store.h"

#define AGENTS_NONE UINT32_MAX
#define AGENTS_HELD 16384       /* events that wait to become normal */
#define AGENTS_SILENCE_MS 60000 /* an allowed call of which nothing more is heard counts as done then */

struct account;

enum agent_state {
	AGENT_FREE,
	AGENT_LOADING, /* the store is asked for its past; until that comes it has none, and nothing of it is kept */
	AGENT_READY,
};

/* What is not needed to score. */
struct agent_card {
	struct account *account;
	uint32_t next;          /* of the same bucket; of the free ones */
	uint32_t newer, older;  /* of the same uid */
	uint32_t role;
	uint32_t number;        /* tells the agent from others that had the place before */
	enum agent_state state;
	bool dirty;             /* the store does not know it as it is */
	int64_t seen_ms;
	char name[MESSAGE_NAME_MAX + 1];
	char role_name[MESSAGE_NAME_MAX + 1];
};

/* An event that was scored and waits for what becomes of it, in order of number. */
struct agent_held {
	uint64_t number; /* of the request; 0: settled already */
	uint32_t agent;
	uint32_t agent_number;
	int64_t time_ms;
	bool silent_counts; /* silence commits it: it was allowed */
	struct behavior_event event;
};

struct agents {
	struct behavior *profiles; /* capacity of them */
	struct agent_card *cards;
	uint32_t *buckets; /* n_buckets, a power of two */
	uint32_t capacity, n_buckets, used, free;
	uint32_t next_number;
	bool locked;       /* in memory, never swapped */
	bool incomplete;   /* the store may know agents that are not here */
	struct agent_held *held; /* a ring */
	uint32_t held_first, n_held;
	uint32_t n_dirty, n_saving;
	uint32_t sweep;    /* where the search for dirty ones goes on */
	int64_t flushed_ms;
	uint64_t evicted, committed, dropped;
	struct population_model population;
	struct store *store;
};

/* Capacity: of all uids. 0 or -ENOMEM. */
int agents_init(struct agents *agents, uint32_t capacity);
void agents_deinit(struct agents *agents);

/* Reads the population at path; a missing file is none. 0, or -errno with a sentence in why; then the one in force stays. */
int agents_read_population(struct agents *agents, const char *path, char *why, size_t why_size);

/* The agent's place, or AGENTS_NONE. */
uint32_t agents_find(const struct agents *agents, const struct account *account, const char *name);

/* The same, made when there is none (the store is asked for its past when it may have one). role: "" keeps the one it has. quota: agents of the uid.
 * AGENTS_NONE without room. */
uint32_t agents_get(struct agents *agents, struct account *account, const char *name, const char *role, uint32_t quota, int64_t now_ms);

/* A profile as the store had it, at the start. Full: it stays in the store. */
void agents_take(struct agents *agents, struct account *account, const struct store_profile *row, uint32_t quota);

/* Scores an event of the agent; fills in event's role and together. */
void agents_score(struct agents *agents, uint32_t agent, struct behavior_event *event, int64_t now_ms, struct behavior_score *out);

/* The scored event waits for agents_settle(), or, if silence counts, for AGENTS_SILENCE_MS. */
void agents_hold(struct agents *agents, uint32_t agent, const struct behavior_event *event, uint64_t number, bool silent_counts, int64_t now_ms);

/* What became of the call of that number: happened, or never ran. False: nothing of that number waits for this account. */
bool agents_settle(struct agents *agents, const struct account *account, uint64_t number, bool happened);

/* An event that needs no waiting. */
void agents_commit(struct agents *agents, uint32_t agent, const struct behavior_event *event, int64_t now_ms);

/* What time brings: silence commits, changed profiles go to the store. Returns the ms until it is needed again, -1: not at all. */
int64_t agents_tend(struct agents *agents, int64_t now_ms, int64_t commit_ms, bool all);

#endif
