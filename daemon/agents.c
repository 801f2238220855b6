#include "config.h"

#include "daemon/agents.h"

#include "common/log.h"
#include "daemon/account.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define TAG "agents"
#define FLUSH_MOST 64 /* profiles that go to the store at a time */

/* --- memory --- */

static size_t slab_bytes(const struct agents *agents)
{
	return (size_t)agents->capacity * sizeof(*agents->profiles);
}

/* Pages are touched when an agent comes; locking on fault keeps a large capacity from costing memory before. */
static bool map_slab(struct agents *agents)
{
	void *slab = mmap(NULL, slab_bytes(agents), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (slab == MAP_FAILED)
		return false;
	agents->profiles = slab;
#ifdef MLOCK_ONFAULT
	agents->locked = mlock2(slab, slab_bytes(agents), MLOCK_ONFAULT) == 0;
#else
	agents->locked = mlock(slab, slab_bytes(agents)) == 0;
#endif
#ifdef MADV_HUGEPAGE
	madvise(slab, slab_bytes(agents), MADV_HUGEPAGE);
#endif
	return true;
}

int agents_init(struct agents *agents, uint32_t capacity)
{
	memset(agents, 0, sizeof(*agents));
	agents->capacity = capacity;
	for (agents->n_buckets = 64; agents->n_buckets < capacity; agents->n_buckets *= 2)
		;
	agents->cards = calloc(capacity, sizeof(*agents->cards));
	agents->buckets = malloc(agents->n_buckets * sizeof(*agents->buckets));
	agents->held = calloc(AGENTS_HELD, sizeof(*agents->held));
	population_init(&agents->population.population);
	if (!agents->cards || !agents->buckets || !agents->held || !map_slab(agents)) {
		agents_deinit(agents);
		return -ENOMEM;
	}
	if (!agents->locked)
		log_info(TAG, "%zu MiB of profiles are not locked in memory: %s (LimitMEMLOCK in the unit)", slab_bytes(agents) >> 20, strerror(errno));
	memset(agents->buckets, 0xFF, agents->n_buckets * sizeof(*agents->buckets));
	agents->free = AGENTS_NONE;
	return 0;
}

void agents_deinit(struct agents *agents)
{
	if (agents->profiles)
		munmap(agents->profiles, slab_bytes(agents));
	free(agents->cards);
	free(agents->buckets);
	free(agents->held);
	population_model_free(&agents->population);
	memset(agents, 0, sizeof(*agents));
}

int agents_read_population(struct agents *agents, const char *path, char *why, size_t why_size)
{
	struct population_model model;
	const char *reason;
	int rc;

	if (!*path || (access(path, F_OK) < 0 && errno == ENOENT))
		return 0;
	rc = population_read(path, false, &model, &reason);
	if (rc < 0) {
		snprintf(why, why_size, "%s: %s", path, reason ? reason : strerror(-rc));
		return rc;
	}
	population_model_free(&agents->population);
	agents->population = model;
	return 0;
}

/* --- finding --- */

static uint32_t *bucket_of(const struct agents *agents, const struct account *account, const char *name)
{
	uint64_t hash = population_name_key(name, strlen(name)) ^ (uint64_t)account->uid * UINT64_C(0x9E3779B97F4A7C15);

	return &agents->buckets[(hash ^ hash >> 32) & (agents->n_buckets - 1)];
}

uint32_t agents_find(const struct agents *agents, const struct account *account, const char *name)
{
	uint32_t at = *bucket_of(agents, account, name);

	while (at != AGENTS_NONE && (agents->cards[at].account != account || strcmp(agents->cards[at].name, name) != 0))
		at = agents->cards[at].next;
	return at;
}

/* --- order of use --- */

static void unlink_agent(struct agents *agents, uint32_t at)
{
	struct agent_card *card = &agents->cards[at];
	struct agent_list *list = &card->account->watched;

	*(card->newer == AGENTS_NONE ? &list->newest : &agents->cards[card->newer].older) = card->older;
	*(card->older == AGENTS_NONE ? &list->oldest : &agents->cards[card->older].newer) = card->newer;
	list->n--;
}

static void link_newest(struct agents *agents, uint32_t at)
{
	struct agent_card *card = &agents->cards[at];
	struct agent_list *list = &card->account->watched;

	card->newer = AGENTS_NONE;
	card->older = list->n ? list->newest : AGENTS_NONE;
	if (list->n++)
		agents->cards[list->newest].newer = at;
	else
		list->oldest = at;
	list->newest = at;
}

/* --- to the store --- */

struct saving {
	struct store_op op;
	struct store_profile row;
	struct agents *agents;
};

static void saved(struct store_op *op)
{
	struct saving *saving = (struct saving *)op;

	if (op->result < 0)
		log_warn(TAG, "the profile of %s could not be kept; it is kept again when it changes", saving->row.name);
	saving->agents->n_saving--;
	free(saving);
}

static void save(struct agents *agents, uint32_t at)
{
	struct agent_card *card = &agents->cards[at];
	struct saving *saving = agents->store ? calloc(1, sizeof(*saving)) : NULL;

	if (!saving)
		return;
	saving->agents = agents;
	saving->row.uid = card->account->uid;
	saving->row.seen_ms = card->seen_ms;
	snprintf(saving->row.name, sizeof(saving->row.name), "%s", card->name);
	snprintf(saving->row.role, sizeof(saving->row.role), "%s", card->role_name);
	saving->row.behavior = agents->profiles[at];
	saving->op.kind = STORE_PROFILE_PUT;
	saving->op.lazy = true;
	saving->op.profile = &saving->row;
	saving->op.done = saved;
	store_submit(agents->store, &saving->op);
	agents->n_saving++;
	card->dirty = false;
	agents->n_dirty--;
}

static void leave(struct agents *agents, uint32_t at)
{
	struct agent_card *card = &agents->cards[at];
	uint32_t *link = bucket_of(agents, card->account, card->name);

	if (card->dirty)
		save(agents, at);
	if (card->dirty) /* no memory to save it */
		agents->n_dirty--;
	while (*link != at)
		link = &agents->cards[*link].next;
	*link = card->next;
	unlink_agent(agents, at);
	memset(card, 0, sizeof(*card));
	card->next = agents->free;
	agents->free = at;
	agents->evicted++;
	agents->incomplete = true;
}

/* --- from the store --- */

struct fetch {
	struct store_op op;
	struct store_profile row;
	struct agents *agents;
	uint32_t agent, number;
};

static void fetched(struct store_op *op)
{
	struct fetch *fetch = (struct fetch *)op;
	struct agents *agents = fetch->agents;
	struct agent_card *card = &agents->cards[fetch->agent];

	if (card->number == fetch->number && card->state == AGENT_LOADING) {
		if (op->result == 0 && op->found) {
			agents->profiles[fetch->agent] = fetch->row.behavior;
			if (!*card->role_name) {
				snprintf(card->role_name, sizeof(card->role_name), "%s", fetch->row.role);
				card->role = *card->role_name ? behavior_hash(card->role_name, strlen(card->role_name)) : 0;
			}
		}
		card->state = AGENT_READY;
	}
	free(fetch);
}

static bool fetch(struct agents *agents, uint32_t at)
{
	struct agent_card *card = &agents->cards[at];
	struct fetch *fetch = agents->store ? calloc(1, sizeof(*fetch)) : NULL;

	if (!fetch)
		return false;
	fetch->agents = agents;
	fetch->agent = at;
	fetch->number = card->number;
	fetch->row.uid = card->account->uid;
	snprintf(fetch->row.name, sizeof(fetch->row.name), "%s", card->name);
	fetch->op.kind = STORE_PROFILE_GET;
	fetch->op.profile = &fetch->row;
	fetch->op.done = fetched;
	store_submit(agents->store, &fetch->op);
	return true;
}

/* --- coming --- */

static void set_role(struct agent_card *card, const char *role)
{
	if (!*role || strcmp(card->role_name, role) == 0)
		return;
	snprintf(card->role_name, sizeof(card->role_name), "%s", role);
	card->role = behavior_hash(role, strlen(role));
}

/* A place for one more agent of the account; AGENTS_NONE: others have them all. */
static uint32_t make_room(struct agents *agents, struct account *account, uint32_t quota)
{
	uint32_t at;

	if (account->watched.n >= quota || (agents->free == AGENTS_NONE && agents->used == agents->capacity)) {
		if (!account->watched.n)
			return AGENTS_NONE;
		leave(agents, account->watched.oldest);
	}
	if (agents->free == AGENTS_NONE)
		return agents->used++;
	at = agents->free;
	agents->free = agents->cards[at].next;
	return at;
}

static uint32_t come(struct agents *agents, struct account *account, const char *name, uint32_t quota)
{
	uint32_t at = make_room(agents, account, quota), *bucket;
	struct agent_card *card;

	if (at == AGENTS_NONE)
		return at;
	card = &agents->cards[at];
	memset(card, 0, sizeof(*card));
	card->account = account;
	card->number = ++agents->next_number;
	card->state = AGENT_READY;
	snprintf(card->name, sizeof(card->name), "%s", name);
	bucket = bucket_of(agents, account, name);
	card->next = *bucket;
	*bucket = at;
	link_newest(agents, at);
	behavior_init(&agents->profiles[at]);
	return at;
}

uint32_t agents_get(struct agents *agents, struct account *account, const char *name, const char *role, uint32_t quota, int64_t now_ms)
{
	uint32_t at = agents_find(agents, account, name);

	if (at == AGENTS_NONE) {
		at = come(agents, account, name, quota);
		if (at == AGENTS_NONE)
			return at;
		if (agents->incomplete && fetch(agents, at))
			agents->cards[at].state = AGENT_LOADING;
	} else if (account->watched.newest != at) {
		unlink_agent(agents, at);
		link_newest(agents, at);
	}
	set_role(&agents->cards[at], role);
	agents->cards[at].seen_ms = now_ms;
	return at;
}

void agents_take(struct agents *agents, struct account *account, const struct store_profile *row, uint32_t quota)
{
	uint32_t at;

	if (account->watched.n >= quota || agents->used == agents->capacity) {
		agents->incomplete = true;
		return;
	}
	at = come(agents, account, row->name, quota);
	if (at == AGENTS_NONE)
		return;
	agents->profiles[at] = row->behavior;
	agents->cards[at].seen_ms = row->seen_ms;
	set_role(&agents->cards[at], row->role);
}

/* --- events --- */

static uint32_t agent_of_fleet(const struct agents *agents, uint32_t at)
{
	return agents->cards[at].number;
}

/* A fleet is of use from the second agent on. */
static struct fleet *fleet_of(struct account *account)
{
	if (!account->fleet && account->watched.n > 1)
		account->fleet = calloc(1, sizeof(*account->fleet));
	return account->fleet;
}

static void score(struct agents *agents, uint32_t at, const struct behavior_event *event, struct behavior_score *out)
{
	const struct behavior *behavior = &agents->profiles[at];
	const struct population *population = &agents->population.population;
	struct behavior_prior prior;

	population_prior(population, NULL, behavior_previous(behavior, event), event, &prior);
	behavior_score(behavior, population, &prior, event, out);
}

void agents_score(struct agents *agents, uint32_t at, struct behavior_event *event, int64_t now_ms, struct behavior_score *out)
{
	struct agent_card *card = &agents->cards[at];
	struct fleet *fleet = event->target ? fleet_of(card->account) : NULL;

	event->role = card->role;
	event->together = 0;
	if (fleet)
		event->together = (uint8_t)fleet_act(fleet, agent_of_fleet(agents, at), event->tool, event->target, (uint64_t)(now_ms / 1000));
	score(agents, at, event, out);
}

void agents_commit(struct agents *agents, uint32_t at, const struct behavior_event *event, int64_t now_ms)
{
	struct agent_card *card = &agents->cards[at];
	struct behavior_score result;

	if (card->state != AGENT_READY)
		return; /* its past is under way */
	score(agents, at, event, &result);
	behavior_commit(&agents->profiles[at], &result, (uint64_t)(now_ms / 1000), true);
	agents->n_dirty += !card->dirty;
	card->dirty = true;
	agents->committed++;
}

static void end_held(struct agents *agents, struct agent_held *held, bool happened)
{
	if (!held->number)
		return;
	held->number = 0;
	if (happened && agents->cards[held->agent].number == held->agent_number)
		agents_commit(agents, held->agent, &held->event, held->time_ms);
	else
		agents->dropped++;
}

static struct agent_held *held_at(const struct agents *agents, uint32_t i)
{
	return &agents->held[(agents->held_first + i) % AGENTS_HELD];
}

static void end_first(struct agents *agents)
{
	struct agent_held *held = held_at(agents, 0);

	end_held(agents, held, held->silent_counts);
	agents->held_first = (agents->held_first + 1) % AGENTS_HELD;
	agents->n_held--;
}

void agents_hold(struct agents *agents, uint32_t at, const struct behavior_event *event, uint64_t number, bool silent_counts, int64_t now_ms)
{
	if (agents->n_held == AGENTS_HELD)
		end_first(agents);
	*held_at(agents, agents->n_held++) = (struct agent_held){
		.number = number, .agent = at, .agent_number = agents->cards[at].number, .time_ms = now_ms, .silent_counts = silent_counts, .event = *event,
	};
}

/* Settled ones keep their place in the order: their number is 0, their neighbours' are looked at instead. */
bool agents_settle(struct agents *agents, const struct account *account, uint64_t number, bool happened)
{
	for (uint32_t i = agents->n_held; i-- > 0;) {
		struct agent_held *held = held_at(agents, i);

		if (held->number && held->number < number)
			return false;
		if (held->number != number)
			continue;
		if (agents->cards[held->agent].number != held->agent_number || agents->cards[held->agent].account != account)
			return false;
		end_held(agents, held, happened);
		return true;
	}
	return false;
}

static void flush(struct agents *agents, bool all)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < agents->used && agents->n_dirty && (all || n < FLUSH_MOST); i++) {
		uint32_t at = agents->sweep = (agents->sweep + 1) % agents->used;

		if (agents->cards[at].dirty) {
			save(agents, at);
			n++;
		}
	}
}

int64_t agents_tend(struct agents *agents, int64_t now_ms, int64_t commit_ms, bool all)
{
	int64_t wait_ms;

	while (agents->n_held && (all || !held_at(agents, 0)->number || now_ms - held_at(agents, 0)->time_ms >= AGENTS_SILENCE_MS || now_ms < held_at(agents, 0)->time_ms))
		end_first(agents);
	if (agents->n_dirty && (all || now_ms - agents->flushed_ms >= commit_ms || now_ms < agents->flushed_ms)) {
		flush(agents, all);
		agents->flushed_ms = now_ms;
	}
	if (agents->n_dirty)
		return commit_ms;
	if (!agents->n_held)
		return -1;
	wait_ms = AGENTS_SILENCE_MS - (now_ms - held_at(agents, 0)->time_ms);
	return wait_ms < 1 ? 1 : wait_ms;
}
