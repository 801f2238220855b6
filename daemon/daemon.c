#include "config.h"

#include "daemon/daemon.h"

#include "common/log.h"
#include "daemon/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TAG "daemon"
#define NUMBERS_SKIPPED 1000 /* after a kill: numbers given out, whose rows were not yet committed, never come again */

static struct store_settings settings_of(const struct conf *conf)
{
	return (struct store_settings){ conf->commit_ms, conf->retention_days, conf->retention_rows };
}

static void load_rule(void *context, const struct store_rule *row)
{
	struct daemon *daemon = context;
	struct account *account = account_get(&daemon->accounts, row->uid);
	struct json_error error = { 0, "out of memory" };

	if (!account || account_add_rule(account, row, &error) < 0)
		log_error(TAG, "rule %llu of uid %u cannot be used: %s", (unsigned long long)row->id,
		          row->uid, error.what);
}

static void load_approval(void *context, const struct store_approval *row)
{
	struct daemon *daemon = context;
	struct account *account = account_get(&daemon->accounts, row->uid);

	if (account)
		account_add_approval(account, row->number, &row->approval);
}

static void load_request(void *context, const struct store_row *row)
{
	struct daemon *daemon = context;
	struct account *account = account_get(&daemon->accounts, row->uid);

	if (account)
		pending_fill(account_new_pending(account), row);
}

static void load_profile(void *context, const struct store_profile *row)
{
	struct daemon *daemon = context;
	struct account *account = account_get(&daemon->accounts, row->uid);

	if (account)
		agents_take(&daemon->agents, account, row, (uint32_t)daemon->bundle->conf.profiles);
}

static int open_agents(struct daemon *daemon, char *why, size_t why_size)
{
	const struct conf *conf = &daemon->bundle->conf;

	if (agents_init(&daemon->agents, (uint32_t)conf->profiles_total) < 0) {
		snprintf(why, why_size, "no memory for %lld agents (limits.profiles_total)", (long long)conf->profiles_total);
		return -ENOMEM;
	}
	return agents_read_population(&daemon->agents, conf->population, why, why_size);
}

int daemon_open_store(struct daemon *daemon, void (*notify)(void *context), void *notify_context, char *why, size_t why_size)
{
	struct store_loader loader = { load_rule, load_approval, load_request, load_profile, (size_t)daemon->bundle->conf.profiles_total + 1, daemon, 1, 1 };
	struct store_settings settings = settings_of(&daemon->bundle->conf);
	int rc = open_agents(daemon, why, why_size);

	if (rc < 0)
		return rc;
	rc = store_open(daemon->bundle->conf.state, &settings, &loader, notify, notify_context, &daemon->store, why, why_size);

	if (rc < 0)
		return rc;
	daemon->next_request = loader.next_number == 1 ? 1 : loader.next_number + NUMBERS_SKIPPED;
	daemon->next_rule = loader.next_rule_id;
	daemon->agents.store = daemon->store;
	arc4random_buf(daemon->session_seed, sizeof(daemon->session_seed));
	return 0;
}

int64_t daemon_tend(struct daemon *daemon, bool all)
{
	return agents_tend(&daemon->agents, clock_wall_ms(), daemon->bundle->conf.commit_ms, all);
}

static void warn_if_changed(const char *key, const char *before, const char *after)
{
	if (strcmp(before, after) != 0)
		log_warn(TAG, "\"%s\" changed from %s to %s: that needs a restart", key, before, after);
}

void daemon_take_bundle(struct daemon *daemon, struct bundle *bundle)
{
	struct store_settings settings = settings_of(&bundle->conf);
	struct bundle *old = daemon->bundle;
	char why[STORE_WHY_MAX];

	warn_if_changed("socket", old->conf.socket, bundle->conf.socket);
	warn_if_changed("state", old->conf.state, bundle->conf.state);
	if (agents_read_population(&daemon->agents, bundle->conf.population, why, sizeof(why)) < 0)
		log_error(TAG, "%s; the population in force stays", why);
	bundle->generation = old->generation + 1;
	daemon->bundle = bundle;
	store_set(daemon->store, &settings);
	log_set_level((enum log_level)bundle->conf.log_level);
	bundle_unref(old);
}

void daemon_deinit(struct daemon *daemon)
{
	if (daemon->store)
		daemon_tend(daemon, true);
	store_close(daemon->store);
	daemon->store = NULL;
	agents_deinit(&daemon->agents);
	accounts_free(&daemon->accounts);
	bundle_unref(daemon->bundle);
	daemon->bundle = NULL;
}
