#include "config.h"

#include "daemon/clock.h"
#include "daemon/handlers.h"
#include "daemon/heap.h"

static void write_table(struct json_writer *writer, const struct bundle *bundle)
{
	json_key(writer, "table");
	json_begin_object(writer);
	json_member_string(writer, "path", bundle->conf.table);
	json_member_u64(writer, "keys", bundle->image.table.header->n_keys);
	json_member_u64(writer, "bytes", bundle->image.size_bytes);
	json_member_u64(writer, "generation", bundle->generation);
	json_member_bool(writer, "locked", bundle->image.locked);
	json_member_bool(writer, "sealed", bundle->image.fd >= 0);
	json_end_object(writer);
}

/* An object of those counters that are not 0; the name of number i comes from name(). */
static void write_counters(struct json_writer *writer, const char *key, const uint64_t *counters, int n,
                           const char *(*name)(int i))
{
	json_key(writer, key);
	json_begin_object(writer);
	for (int i = 0; i < n; i++)
		if (counters[i])
			json_member_u64(writer, name(i), counters[i]);
	json_end_object(writer);
}

static const char *op_name(int i)
{
	return protocol_ops[i].name;
}

static const char *error_name(int i)
{
	return protocol_errors[i].name;
}

static const char *reason_name(int i)
{
	return conn_reason_name((enum conn_reason)i);
}

static const char *verdict_name(int i)
{
	return policy_verdict_name((enum policy_verdict)i);
}

static void write_stats(struct json_writer *writer, const struct daemon *daemon)
{
	const struct stats *stats = &daemon->stats;

	json_key(writer, "connections");
	json_begin_object(writer);
	json_member_u64(writer, "open", daemon->connections);
	json_member_u64(writer, "accepted", stats->accepted);
	json_end_object(writer);
	write_counters(writer, "ops", stats->ops, OP_COUNT, op_name);
	write_counters(writer, "errors", stats->errors, ERROR_COUNT, error_name);
	write_counters(writer, "closes", stats->closes, CONN_REASON_COUNT, reason_name);
	write_counters(writer, "verdicts", stats->verdicts, VERDICT_DENY + 1, verdict_name);
	json_member_u64(writer, "worker_requests", stats->deferred);
	json_key(writer, "sessions");
	json_begin_object(writer);
	json_member_u64(writer, "remembered", daemon->accounts.sessions);
	json_member_u64(writer, "bytes", daemon->accounts.sessions * sizeof(struct session));
	json_member_u64(writer, "calls_lost", stats->sessions_lost);
	json_end_object(writer);
	json_member_u64(writer, "reloads", stats->reloads);
	json_member_u64(writer, "reloads_failed", stats->reloads_failed);
	json_key(writer, "check_latency");
	json_begin_object(writer);
	json_member_u64(writer, "count", stats->check_ns.count);
	json_member_u64(writer, "p50_ns", histogram_quantile(&stats->check_ns, 0.5));
	json_member_u64(writer, "p99_ns", histogram_quantile(&stats->check_ns, 0.99));
	json_end_object(writer);
}

static void write_store(struct json_writer *writer, struct daemon *daemon)
{
	struct store_state state;

	store_status(daemon->store, &state);
	json_key(writer, "store");
	json_begin_object(writer);
	json_member_string(writer, "folder", daemon->bundle->conf.state);
	json_member_bool(writer, "failing", state.failing);
	json_member_u64(writer, "rows", state.rows);
	json_member_u64(writer, "lost", state.lost);
	json_member_u64(writer, "commits", state.commits);
	json_member_u64(writer, "failures", state.failures);
	if (state.problem[0])
		json_member_string(writer, "problem", state.problem);
	json_end_object(writer);
}

static void write_agents(struct json_writer *writer, const struct agents *agents)
{
	uint32_t watched = 0;

	for (uint32_t i = 0; i < agents->used; i++)
		watched += agents->cards[i].state != AGENT_FREE;
	json_key(writer, "agents");
	json_begin_object(writer);
	json_member_u64(writer, "watched", watched);
	json_member_u64(writer, "capacity", agents->capacity);
	json_member_u64(writer, "profile_bytes", sizeof(struct behavior));
	json_member_bool(writer, "locked_in_memory", agents->locked);
	json_member_u64(writer, "events_waiting", agents->n_held);
	json_member_u64(writer, "events_taken_in", agents->committed);
	json_member_u64(writer, "events_dropped", agents->dropped);
	json_member_u64(writer, "unsaved", agents->n_dirty + agents->n_saving);
	json_member_u64(writer, "made_room", agents->evicted);
	json_member_string(writer, "population", agents->population.population.version);
	json_end_object(writer);
}

static void write_heap(struct json_writer *writer)
{
	struct heap_state state;
	bool known = heap_state(&state);

	json_key(writer, "heap");
	json_begin_object(writer);
	json_member_string(writer, "allocator", state.allocator);
	if (known) {
		json_member_u64(writer, "allocated_bytes", state.allocated_bytes);
		json_member_u64(writer, "resident_bytes", state.resident_bytes);
	}
	json_end_object(writer);
}

static void write_account(struct json_writer *writer, const struct account *account)
{
	json_key(writer, "yours");
	json_begin_object(writer);
	json_member_u64(writer, "connections", account->connections);
	json_member_u64(writer, "inflight_bytes", account->inflight_bytes);
	json_member_u64(writer, "worker_jobs", account->jobs_running + account->jobs_waiting);
	json_member_u64(writer, "agents", account->n_agents);
	json_member_u64(writer, "rules", account->n_rules);
	json_end_object(writer);
}

static const char *mode_note(bool guarding)
{
	return guarding ? "administration is for root and the admin group"
	                : "stops accidents and injected text, not a hostile process of the same user";
}

enum request_result handle_status(struct request *request)
{
	struct daemon *daemon = request->daemon;
	struct json_writer writer;

	message_begin_ok(&writer, &request->out, &request->message);
	json_member_string(&writer, "version", VERSION);
	json_member_u64(&writer, "protocol", PROTOCOL_VERSION);
	json_member_string(&writer, "mode", daemon->trust.guarding ? "guarding" : "advisory");
	json_member_string(&writer, "mode_means", mode_note(daemon->trust.guarding));
	json_member_u64(&writer, "uptime_ms", (uint64_t)(clock_wall_ms() - daemon->started_ms));
	json_member_string(&writer, "socket", daemon->bundle->conf.socket);
	json_member_string(&writer, "profile", policy_profile_name(daemon->bundle->policy.profile));
	write_table(&writer, daemon->bundle);
	write_store(&writer, daemon);
	write_agents(&writer, &daemon->agents);
	write_stats(&writer, daemon);
	write_account(&writer, request->peer->account);
	write_heap(&writer);
	message_end(&writer);
	return REQUEST_ANSWERED;
}
