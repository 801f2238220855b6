#include "config.h"

#include "common/replay.h"

#include "common/behavior_internal.h"
#include "common/fleet.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct replayed {
	struct behavior behavior;
	const struct population_share *share;
};

struct replay {
	const struct population_model *model;
	bool freeze;
	struct population_map index; /* agent's hash -> 1 + its number, in .distinct */
	struct population_map named; /* agent, session, target -> 1 + enum behavior_origin, in .distinct */
	struct replayed **agents;    /* each of its own, so that growing copies none */
	size_t n_agents, capacity;
	struct fleet fleet;
};

struct replay *replay_new(const struct population_model *model, bool freeze)
{
	struct replay *replay = calloc(1, sizeof(*replay));

	if (replay) {
		replay->model = model;
		replay->freeze = freeze;
	}
	return replay;
}

void replay_free(struct replay *replay)
{
	if (!replay)
		return;
	for (size_t i = 0; i < replay->n_agents; i++)
		free(replay->agents[i]);
	free(replay->agents);
	population_map_free(&replay->index);
	population_map_free(&replay->named);
	free(replay);
}

static int add_agent(struct replay *replay, const struct replay_line *line, struct population_count *entry)
{
	struct replayed *agent;

	if (replay->n_agents >= REPLAY_AGENTS_MAX)
		return -E2BIG;
	if (replay->n_agents == replay->capacity) {
		size_t wanted = replay->capacity ? 2 * replay->capacity : 64;
		struct replayed **grown = realloc(replay->agents, wanted * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		replay->agents = grown;
		replay->capacity = wanted;
	}
	agent = malloc(sizeof(*agent));
	if (!agent)
		return -ENOMEM;
	behavior_init(&agent->behavior);
	agent->share = population_model_share(replay->model, line->agent, line->agent_len);
	replay->agents[replay->n_agents++] = agent;
	entry->distinct = (uint32_t)replay->n_agents;
	return 0;
}

/* What notes said of a target in this session. */
static uint64_t named_key(const struct replay_line *line, uint32_t target)
{
	return population_key(COUNT_ROLE_ACT, behavior_hash(line->agent, line->agent_len), line->event.session, target);
}

static enum behavior_origin origin_of(const struct replay *replay, const struct replay_line *line)
{
	const struct population_count *named;

	if (line->origin_known || line->event.target == 0)
		return line->event.origin;
	named = population_map_find(&replay->named, named_key(line, line->event.target));
	return named ? (enum behavior_origin)(named->distinct - 1) : ORIGIN_NEITHER;
}

int replay_event(struct replay *replay, const struct replay_line *line, struct behavior_score *out)
{
	struct population_count *entry = population_map_put(&replay->index, population_name_key(line->agent, line->agent_len));
	struct behavior_event event = line->event;
	struct behavior_prior prior;
	struct replayed *agent;
	int rc;

	if (!entry)
		return -ENOMEM;
	rc = entry->distinct ? 0 : add_agent(replay, line, entry);
	if (rc < 0)
		return rc;
	agent = replay->agents[entry->distinct - 1];
	event.origin = origin_of(replay, line);
	event.together = event.target == 0 ? 0 : (uint8_t)fleet_act(&replay->fleet, entry->distinct, event.tool, event.target, line->time_s);
	population_prior(&replay->model->population, agent->share, behavior_previous(&agent->behavior, &event), &event, &prior);
	behavior_score(&agent->behavior, &replay->model->population, &prior, &event, out);
	behavior_commit(&agent->behavior, out, line->time_s, !replay->freeze);
	return 0;
}

/* A word of a note, as targets are written. */
static bool in_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c & 0x80) || (c && strchr("._-/@:+~%#=?&", c));
}

/* The first who named a target counts, but what the user said is never made a tool's. */
static int name_target(struct replay *replay, const struct replay_line *line, const char *word, size_t len)
{
	struct population_count *entry;

	if (replay->named.used >= REPLAY_NAMED_MAX)
		return -E2BIG;
	entry = population_map_put(&replay->named, named_key(line, behavior_hash(word, len)));
	if (!entry)
		return -ENOMEM;
	if (!entry->distinct || line->event.origin == ORIGIN_USER)
		entry->distinct = 1u + line->event.origin;
	return 0;
}

int replay_note(struct replay *replay, const struct replay_line *line)
{
	const char *at = line->text;
	int rc = 0;

	while (*at && rc == 0) {
		const char *start;
		size_t len;

		while (*at && !in_word(*at))
			at++;
		for (start = at; *at && in_word(*at); at++)
			;
		for (len = (size_t)(at - start); len && strchr(".:?", start[len - 1]); len--)
			;
		if (len)
			rc = name_target(replay, line, start, len);
	}
	return rc;
}

/* --- lines --- */

static int bad(struct message_error *error, const char *format, const char *what)
{
	error->code = ERROR_BAD_REQUEST;
	error->retry_after_ms = 0;
	snprintf(error->text, sizeof(error->text), format, what);
	return -EINVAL;
}

static int get(const struct cJSON *root, const char *key, const char **out, struct message_error *error)
{
	struct json_error json;

	*out = NULL;
	return json_get_string(root, key, out, &json) < 0 ? bad(error, "%s", json.what) : 0;
}

static uint32_t hash_of(const char *name)
{
	return name && *name ? behavior_hash(name, strlen(name)) : 0;
}

static int read_origin(const char *name, struct replay_line *out, struct message_error *error)
{
	int origin = name ? behavior_origin_from_name(name) : ORIGIN_NEITHER;

	if (origin < 0)
		return bad(error, "\"%s\" is no origin; there are user, tool-output and neither", name);
	out->event.origin = (enum behavior_origin)origin;
	out->origin_known = name != NULL;
	return 0;
}

static int read_risk(const struct cJSON *root, struct replay_line *out, struct message_error *error)
{
	const char *name;
	int risk = 0;

	if (get(root, "risk", &name, error) < 0)
		return -EINVAL;
	if (name && (risk = risk_from_name(name)) < 0)
		return bad(error, "\"%s\" is no risk; there are safe, low, medium, high and critical", name);
	out->event.risk = (enum risk)risk;
	out->event.risk_known = name != NULL;
	return 0;
}

static int read_event(const struct cJSON *root, struct replay_line *out, struct message_error *error)
{
	const char *role, *tool, *target, *origin;

	if (get(root, "role", &role, error) < 0 || get(root, "tool", &tool, error) < 0 || get(root, "target", &target, error) < 0 ||
	    get(root, "origin", &origin, error) < 0)
		return -EINVAL;
	if (!tool || !*tool)
		return bad(error, "\"%s\" is missing: the tool that was used", "tool");
	out->event.role = hash_of(role);
	out->event.tool = hash_of(tool);
	out->event.target = hash_of(target);
	return read_origin(origin, out, error) < 0 ? -EINVAL : read_risk(root, out, error);
}

static int read_note(const struct cJSON *root, const char *note, struct replay_line *out, struct message_error *error)
{
	out->note = true;
	if (strcmp(note, behavior_origin_name(ORIGIN_NEITHER)) == 0)
		return bad(error, "a note is of user or tool-output, not of %s", note);
	if (read_origin(note, out, error) < 0 || get(root, "text", &out->text, error) < 0)
		return -EINVAL;
	return out->text ? 0 : bad(error, "\"%s\" is missing: what was said", "text");
}

/* What events and notes have alike. */
static int read_common(const struct cJSON *root, struct replay_line *out, struct message_error *error)
{
	const char *session;
	struct json_error json;
	double time_s = 0;

	if (get(root, "agent", &out->agent, error) < 0 || get(root, "session", &session, error) < 0)
		return -EINVAL;
	if (json_get_double(root, "time", 0, 1e11, &time_s, &json) < 0)
		return bad(error, "%s", json.what);
	out->agent_len = out->agent ? strlen(out->agent) : 0;
	out->event.session = hash_of(session);
	out->time_s = (uint64_t)time_s;
	return 0;
}

int replay_read_event(const struct cJSON *root, struct replay_line *out, struct message_error *error)
{
	memset(out, 0, sizeof(*out));
	return read_common(root, out, error) < 0 ? -EINVAL : read_event(root, out, error);
}

int replay_read_line(struct arena *arena, const char *line, size_t len, struct replay_line *out, struct message_error *error)
{
	const char *note;
	struct json_document document;
	struct json_error json;
	int rc = json_parse(arena, line, len, &document, &json);

	memset(out, 0, sizeof(*out));
	if (rc < 0) {
		error->code = ERROR_BAD_JSON;
		error->retry_after_ms = 0;
		snprintf(error->text, sizeof(error->text), "byte %zu: %.160s", json.byte + 1, rc == -ENOMEM ? "too much for one line" : json.what);
		return -EINVAL;
	}
	if (!json_is_object(document.root))
		return bad(error, "%s", "a line must be an object: {\"agent\":..,\"tool\":..}");
	if (read_common(document.root, out, error) < 0 || get(document.root, "note", &note, error) < 0)
		return -EINVAL;
	if (!out->agent || !*out->agent)
		return bad(error, "\"%s\" is missing: whose event it is", "agent");
	return note ? read_note(document.root, note, out, error) : read_event(document.root, out, error);
}

static void write_nats(struct json_writer *writer, const char *key, int32_t nats)
{
	json_key(writer, key);
	json_double(writer, (double)nats / FIXED_ONE, 4);
}

static void write_novelty(struct json_writer *writer, uint8_t novelty)
{
	static const struct { uint8_t bit; const char *name; } names[] = {
		{ NOVEL_TOOL, "tool" }, { NOVEL_BIGRAM, "bigram" }, { NOVEL_TARGET, "target" }, { NOVEL_UNTRUSTED_TARGET, "untrusted-target" },
	};

	json_key(writer, "novelty");
	json_begin_array(writer);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (novelty & names[i].bit)
			json_cstring(writer, names[i].name);
	json_end_array(writer);
}

void behavior_write_score(struct json_writer *writer, const struct behavior_score *score)
{
	json_member_u64(writer, "score", score->score);
	json_member_string(writer, "level", policy_level_name(score->level));
	json_member_string(writer, "channel", behavior_channel_name(score->channel));
	write_novelty(writer, score->novelty);
	write_nats(writer, "confidence", score->confidence);
	write_nats(writer, "llr", score->llr);
	write_nats(writer, "intent", score->intent);
	write_nats(writer, "evidence", score->evidence);
}

void replay_write(struct text *out, uint64_t n, const struct replay_line *line, const struct behavior_score *score)
{
	struct json_writer writer;

	json_writer_init(&writer, out);
	json_begin_object(&writer);
	json_member_u64(&writer, "n", n);
	json_key(&writer, "agent");
	json_string(&writer, line->agent, line->agent_len);
	behavior_write_score(&writer, score);
	json_end_object(&writer);
	text_putc(out, '\n');
}
