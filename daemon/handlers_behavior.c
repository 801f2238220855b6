#include "config.h"

/* How a call fits the agent that makes it: scored when it is checked, held until it is known what became of it, shown to people. */

#include "common/behavior_event.h"
#include "common/replay.h"
#include "daemon/clock.h"
#include "daemon/handlers.h"

#include <string.h>

#define TOOLS_SHOWN 12

static bool switched_off(const struct request *request)
{
	return request->bundle->conf.behavior == CONF_BEHAVIOR_OFF;
}

static uint32_t place_of(struct request *request, const char *agent, int64_t now_ms)
{
	struct daemon *daemon = request->daemon;

	if (switched_off(request) || !*agent)
		return AGENTS_NONE;
	return agents_get(&daemon->agents, request->peer->account, agent, request->peer->role, (uint32_t)request->bundle->conf.profiles, now_ms);
}

void watch_call(struct request *request, const char *agent, const char *session, struct watched *watched)
{
	int64_t now_ms = clock_wall_ms();

	memset(watched, 0, sizeof(*watched));
	watched->agent = AGENTS_NONE;
	if (!behavior_event_of(&request->analysis, request->check.memory, session, &watched->event))
		return;
	watched->agent = place_of(request, agent, now_ms);
	if (watched->agent != AGENTS_NONE)
		agents_score(&request->daemon->agents, watched->agent, &watched->event, now_ms, &watched->score);
}

enum policy_level watched_level(const struct request *request, const struct watched *watched)
{
	return request->bundle->conf.behavior == CONF_BEHAVIOR_ENFORCE ? watched->score.level : LEVEL_NORMAL;
}

/* Denied: nothing of it becomes normal. Asked: only what is known to have run does. */
void hold_call(struct request *request, const struct watched *watched, uint64_t number, enum policy_verdict verdict)
{
	if (watched->agent != AGENTS_NONE && verdict != VERDICT_DENY)
		agents_hold(&request->daemon->agents, watched->agent, &watched->event, number, verdict == VERDICT_ALLOW, clock_wall_ms());
}

/* --- observe --- */

static void write_score(struct request *request, const struct behavior_score *score)
{
	struct json_writer writer;

	message_begin_ok(&writer, &request->out, &request->message);
	behavior_write_score(&writer, score);
	message_end(&writer);
}

enum request_result observe_event(struct request *request)
{
	struct agents *agents = &request->daemon->agents;
	int64_t now_ms = clock_wall_ms();
	struct behavior_score score;
	struct replay_line line;
	const char *agent;
	uint32_t at;

	if (replay_read_event(request->message.root, &line, &request->error) < 0) {
		request_fail(request, request->error.code, "%s", request->error.text);
		return REQUEST_ANSWERED;
	}
	agent = line.agent ? line.agent : request->peer->agent;
	if (!*agent || !message_name_valid(agent)) {
		request_fail(request, ERROR_BAD_REQUEST, "\"agent\" is missing: name it here or in hello, in at most %d letters, digits and ._:@/+-",
		             MESSAGE_NAME_MAX);
		return REQUEST_ANSWERED;
	}
	at = place_of(request, agent, now_ms);
	if (at == AGENTS_NONE) {
		request_fail(request, ERROR_LIMIT, switched_off(request) ? "behavior is switched off (\"behavior\" in the configuration)" :
		             "no room for another agent (limits.profiles_total)");
		return REQUEST_ANSWERED;
	}
	agents_score(agents, at, &line.event, now_ms, &score);
	agents_commit(agents, at, &line.event, now_ms);
	write_score(request, &score);
	return REQUEST_ANSWERED;
}

/* --- behavior --- */

struct top_tool {
	const char *name;
	uint32_t count, day0;
};

static void keep_top(struct top_tool *top, const struct top_tool *tool)
{
	size_t at = TOOLS_SHOWN;

	while (at > 0 && (!top[at - 1].name || top[at - 1].count < tool->count))
		at--;
	if (at == TOOLS_SHOWN)
		return;
	memmove(top + at + 1, top + at, (TOOLS_SHOWN - 1 - at) * sizeof(*top));
	top[at] = *tool;
}

/* A profile holds no names: those that the table knows are looked up in it. */
static void find_top(const struct table *table, const struct behavior *behavior, struct top_tool *top)
{
	for (uint32_t i = 0; i < table->header->n_nodes; i++) {
		struct top_tool tool = { .name = table_string(table, table->nodes[i].name) };

		tool.count = behavior_tool_count(behavior, behavior_hash(tool.name, strlen(tool.name)), &tool.day0);
		if (tool.count)
			keep_top(top, &tool);
	}
}

static void write_tools(struct json_writer *writer, const struct table *table, const struct behavior *behavior)
{
	struct top_tool top[TOOLS_SHOWN] = { { 0 } };

	find_top(table, behavior, top);
	json_key(writer, "tools");
	json_begin_array(writer);
	for (size_t i = 0; i < TOOLS_SHOWN && top[i].name; i++) {
		json_begin_object(writer);
		json_member_string(writer, "tool", top[i].name);
		json_member_u64(writer, "learned", top[i].count);
		json_member_u64(writer, "day0_about", top[i].day0);
		json_end_object(writer);
	}
	json_end_array(writer);
}

static void write_channels(struct json_writer *writer, const struct population *population, const struct behavior_head *head)
{
	json_key(writer, "channels");
	json_begin_array(writer);
	for (unsigned i = 0; i <= CHANNEL_COUNT; i++) {
		int32_t value = i < CHANNEL_COUNT ? head->evidence[i] : head->intent;

		json_begin_object(writer);
		json_member_string(writer, "channel", behavior_channel_name(i));
		json_key(writer, "value");
		json_double(writer, (double)value / FIXED_ONE, 2);
		json_member_u64(writer, "score", population_score(population, i, value));
		json_end_object(writer);
	}
	json_end_array(writer);
}

static void write_history(struct json_writer *writer, const struct behavior *behavior)
{
	json_key(writer, "history");
	json_begin_array(writer);
	for (size_t i = 0; i < sizeof(behavior->history); i++)
		json_u64(writer, behavior->history[i]);
	json_end_array(writer);
}

static void write_profile(struct request *request, uint32_t at)
{
	const struct agents *agents = &request->daemon->agents;
	const struct agent_card *card = &agents->cards[at];
	const struct behavior *behavior = &agents->profiles[at];
	struct json_writer writer;

	message_begin_ok(&writer, &request->out, &request->message);
	json_member_string(&writer, "agent", card->name);
	json_member_string(&writer, "role", card->role_name);
	json_member_string(&writer, "level", policy_level_name((enum policy_level)behavior->head.level));
	json_member_u64(&writer, "events", behavior->seen);
	json_member_u64(&writer, "learned", behavior->head.learned);
	json_member_bool(&writer, "settled", behavior->settled);
	json_key(&writer, "confidence");
	json_double(&writer, (double)behavior_confidence(behavior) / FIXED_ONE, 4);
	json_member_u64(&writer, "alarms", behavior->alarms);
	json_member_u64(&writer, "windows_rejected", behavior->windows_rejected);
	json_member_u64(&writer, "windows_leaked", behavior->windows_leaked);
	write_channels(&writer, &agents->population.population, &behavior->head);
	write_history(&writer, behavior);
	write_tools(&writer, &request->bundle->image.table, behavior);
	json_member_string(&writer, "population", agents->population.population.version);
	json_member_bool(&writer, "enforced", request->bundle->conf.behavior == CONF_BEHAVIOR_ENFORCE);
	message_end(&writer);
}

enum request_result handle_behavior(struct request *request)
{
	const char *agent = NULL, *reason;
	uint32_t at;

	if (message_read_agent(&request->message, &agent, &reason, &request->error) < 0) {
		request_fail(request, request->error.code, "%s", request->error.text);
		return REQUEST_ANSWERED;
	}
	at = agents_find(&request->daemon->agents, request->peer->account, agent);
	if (at == AGENTS_NONE)
		request_fail(request, ERROR_NOT_FOUND, "no agent %s of this user is at work; those in tcpctl log are known by the names there", agent);
	else
		write_profile(request, at);
	return REQUEST_ANSWERED;
}
