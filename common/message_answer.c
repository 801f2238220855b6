#include "config.h"
#include "common/message_internal.h"

#include <errno.h>
#include <string.h>

/* --- writing --- */

void check_answer_fill(struct check_answer *answer, const struct analysis *analysis, const struct verdict *verdict)
{
	memset(answer, 0, sizeof(*answer));
	answer->risk = analysis->risk;
	answer->caps = analysis->caps;
	answer->findings = analysis->findings;
	answer->unknown = analysis->unknown;
	answer->n_unknown = analysis->n_unknown;
	answer->why = analysis->problem;
	answer->pure = !verdict;
	answer->standing = TIER_STANDARD;
	if (!verdict)
		return;
	answer->verdict = verdict->verdict;
	answer->decided_by = verdict->decided_by;
	answer->decided = verdict->finding;
	answer->why = verdict->why;
	answer->standing = verdict->tier;
	answer->level = verdict->level;
	if (verdict->verdict == VERDICT_ALLOW) {
		answer->look = analysis->look;
		answer->n_look = analysis->n_look;
		answer->read = analysis->read;
		answer->n_read = analysis->n_read;
	}
}

static void write_id(struct json_writer *writer, const char *id, size_t id_len)
{
	json_key(writer, "id");
	if (id)
		json_raw(writer, id, id_len);
	else
		json_null(writer);
}

void message_write_capabilities(struct json_writer *writer, uint32_t caps)
{
	json_key(writer, "capabilities");
	json_begin_array(writer);
	for (unsigned bit = RISK_COUNT; bit < 32; bit++)
		if (caps & UINT32_C(1) << bit)
			json_cstring(writer, caps_bit_name(bit));
	json_end_array(writer);
}

static void write_finding(struct json_writer *writer, const struct finding *finding, bool decides)
{
	json_begin_object(writer);
	json_member_string(writer, "rule", finding->rule);
	json_member_u64(writer, "start", finding->span.start);
	json_member_u64(writer, "end", finding->span.end);
	json_member_string(writer, "why", finding->why);
	json_member_string(writer, "safer", finding->safer);
	json_member_string(writer, "risk", risk_name(finding->risk));
	json_member_string(writer, "place", place_name(finding->place));
	if (finding->earlier)
		json_member_u64(writer, "earlier", finding->earlier);
	if (decides)
		json_member_bool(writer, "decides", true);
	json_end_object(writer);
}

/* Which findings are shown when there are too many: all above a risk, and as many of that risk as there is room for. */
struct selection {
	int risk;
	uint32_t room; /* for findings of that risk */
	uint32_t left_out;
};

static struct selection select_findings(const struct finding *findings)
{
	struct selection selection = { .risk = RISK_COUNT - 1, .room = MESSAGE_FINDINGS_MAX };
	uint32_t n[RISK_COUNT] = { 0 };
	uint32_t total = 0;

	for (const struct finding *f = findings; f; f = f->next, total++)
		n[f->risk]++;
	while (selection.risk > 0 && n[selection.risk] <= selection.room)
		selection.room -= n[selection.risk--];
	selection.left_out = total > MESSAGE_FINDINGS_MAX ? total - MESSAGE_FINDINGS_MAX : 0;
	return selection;
}

static void write_findings(struct json_writer *writer, const struct check_answer *answer)
{
	struct selection selection = select_findings(answer->findings);

	json_key(writer, "findings");
	json_begin_array(writer);
	for (const struct finding *f = answer->findings; f; f = f->next) {
		bool decides = f == answer->decided;
		bool show = (int)f->risk > selection.risk || ((int)f->risk == selection.risk && selection.room > 0);
		if (show && (int)f->risk == selection.risk)
			selection.room--;
		if (show || decides)
			write_finding(writer, f, decides);
	}
	json_end_array(writer);
	if (selection.left_out)
		json_member_u64(writer, "findings_left_out", selection.left_out);
}

static void write_unknown(struct json_writer *writer, const struct check_answer *answer)
{
	json_key(writer, "unknown");
	json_begin_array(writer);
	for (uint32_t i = 0; i < answer->n_unknown && i < MESSAGE_FINDINGS_MAX; i++)
		json_cstring(writer, answer->unknown[i]);
	json_end_array(writer);
}

static void write_number(struct json_writer *writer, const char *key, uint64_t number, bool as_string)
{
	json_key(writer, key);
	if (!number)
		json_null(writer);
	else if (as_string)
		json_u64_string(writer, number);
	else
		json_u64(writer, number);
}

void message_write_paths(struct json_writer *writer, const char *key, const char *const *paths, uint32_t n)
{
	if (!n)
		return;
	json_key(writer, key);
	json_begin_array(writer);
	for (uint32_t i = 0; i < n; i++)
		json_cstring(writer, paths[i]);
	json_end_array(writer);
}

void message_write_check_members(struct json_writer *writer, const struct check_answer *answer)
{
	if (!answer->pure)
		json_member_string(writer, "verdict", policy_verdict_name(answer->verdict));
	json_member_string(writer, "risk", risk_name(answer->risk));
	message_write_capabilities(writer, answer->caps);
	write_findings(writer, answer);
	write_unknown(writer, answer);
	if (!answer->pure) {
		json_member_string(writer, "decided_by", policy_decider_name(answer->decided_by));
		write_number(writer, "request", answer->request, false);
		write_number(writer, "event", answer->event, true);
		json_member_string(writer, "standing", policy_tier_name(answer->standing));
		json_member_string(writer, "level", policy_level_name(answer->level));
	}
	if (answer->why)
		json_member_string(writer, "why", answer->why);
	message_write_paths(writer, "look", answer->look, answer->n_look);
	message_write_paths(writer, "read", answer->read, answer->n_read);
}

void message_write_check(struct text *out, const struct check_answer *answer)
{
	struct json_writer writer;

	json_writer_init(&writer, out);
	json_begin_object(&writer);
	write_id(&writer, answer->id, answer->id_len);
	message_write_check_members(&writer, answer);
	json_member_string(&writer, "mode", answer->embedded ? "embedded" : "socket");
	message_end(&writer);
}

void message_write_error(struct text *out, const char *id, size_t id_len, const struct message_error *error)
{
	struct json_writer writer;

	json_writer_init(&writer, out);
	json_begin_object(&writer);
	write_id(&writer, id, id_len);
	json_member_bool(&writer, "ok", false);
	json_key(&writer, "error");
	json_begin_object(&writer);
	json_member_string(&writer, "code", protocol_errors[error->code].name);
	json_member_string(&writer, "message", error->text);
	if (error->retry_after_ms)
		json_member_u64(&writer, "retry_after_ms", error->retry_after_ms);
	json_end_object(&writer);
	message_end(&writer);
}

void message_begin_ok(struct json_writer *writer, struct text *out, const struct message *message)
{
	json_writer_init(writer, out);
	json_begin_object(writer);
	write_id(writer, message->id, message->id_len);
	json_member_bool(writer, "ok", true);
}

void message_end(struct json_writer *writer)
{
	json_end_object(writer);
	text_putc(writer->text, '\n');
}

/* --- reading --- */

static int bad_answer(struct message_error *error, const char *why)
{
	return message_fail(error, ERROR_INTERNAL, "the daemon's answer cannot be read: %s", why);
}

/* An error answer: the peer's code and sentence become ours. */
static int read_error(const struct cJSON *object, struct message_error *error)
{
	struct json_error json;
	const char *code = NULL;
	const char *text = "";
	uint32_t retry_after_ms = 0;
	int known;

	if (json_get_string(object, "code", &code, &json) < 0 || json_get_string(object, "message", &text, &json) < 0 ||
	    json_get_u32(object, "retry_after_ms", UINT32_MAX, &retry_after_ms, &json) < 0 || !code)
		return bad_answer(error, "\"error\" has no code");
	known = protocol_error_from_name(code);
	message_fail(error, known < 0 ? ERROR_INTERNAL : (enum protocol_error)known, "%s", text);
	error->retry_after_ms = retry_after_ms;
	return MESSAGE_REFUSED;
}

int message_open_answer(struct arena *arena, const char *line, size_t len, struct message *answer, struct message_error *error)
{
	struct json_document document;
	struct json_error json;
	const struct cJSON *refusal = NULL;

	memset(answer, 0, sizeof(*answer));
	if (json_parse(arena, line, len, &document, &json) < 0)
		return bad_answer(error, "it is not JSON");
	if (!json_is_object(document.root))
		return bad_answer(error, "it is no object");
	answer->root = document.root;
	answer->id = document.id;
	answer->id_len = document.id_len;
	if (json_get_object(document.root, "error", &refusal, &json) == 0)
		return read_error(refusal, error);
	return 0;
}

/* Looks a member's name up; what the peer says and we do not know is an error, never the first of the list. */
static int read_named(const struct cJSON *object, const char *key, int (*from_name)(const char *), int *out)
{
	struct json_error json;
	const char *name = NULL;
	int rc = json_get_string(object, key, &name, &json);

	if (rc)
		return rc == JSON_ABSENT ? 0 : -EINVAL;
	*out = from_name(name);
	return *out < 0 ? -EINVAL : 0;
}

static int place_from_name(const char *name)
{
	for (int place = 0; place < PLACE_COUNT; place++)
		if (strcmp(place_name((enum place)place), name) == 0)
			return place;
	return -1;
}

static int read_finding(const struct cJSON *object, struct finding *finding)
{
	struct json_error json;
	bool decides = false;
	int risk = RISK_HIGH;
	int place = PLACE_UNKNOWN;

	if (!json_is_object(object) || json_get_string(object, "rule", &finding->rule, &json) ||
	    json_get_string(object, "why", &finding->why, &json) < 0 ||
	    json_get_string(object, "safer", &finding->safer, &json) < 0 ||
	    json_get_u32(object, "start", UINT32_MAX, &finding->span.start, &json) < 0 ||
	    json_get_u32(object, "end", UINT32_MAX, &finding->span.end, &json) < 0 ||
	    json_get_bool(object, "decides", &decides, &json) < 0 || json_get_u64(object, "earlier", &finding->earlier, &json) < 0 ||
	    read_named(object, "risk", risk_from_name, &risk) < 0 || read_named(object, "place", place_from_name, &place) < 0)
		return -EINVAL;
	finding->risk = (enum risk)risk;
	finding->place = (enum place)place;
	return decides;
}

static int read_findings(struct arena *arena, const struct cJSON *root, struct check_answer *answer)
{
	const struct cJSON *array = NULL;
	struct json_error json;
	const struct finding **tail = &answer->findings;
	int rc = json_get_array(root, "findings", &array, &json);

	for (const struct cJSON *item = rc ? NULL : json_first(array); item; item = json_next(item)) {
		struct finding *finding = arena_new(arena, struct finding);
		rc = finding ? read_finding(item, finding) : -ENOMEM;
		if (rc < 0)
			return rc;
		if (rc > 0)
			answer->decided = finding;
		*tail = finding;
		tail = (const struct finding **)&finding->next;
	}
	return rc < 0 ? rc : 0;
}

static int read_capabilities(struct arena *arena, const struct cJSON *root, uint32_t *caps)
{
	const char *const *names = NULL;
	struct json_error json;
	size_t n = 0;

	if (json_get_strings(arena, root, "capabilities", &names, &n, &json) < 0)
		return -EINVAL;
	for (size_t i = 0; i < n; i++) {
		int bit = caps_bit_from_name(names[i]);
		if (bit < 0)
			return -EINVAL;
		*caps |= UINT32_C(1) << bit;
	}
	return 0;
}

static int read_judgement(const struct cJSON *root, struct check_answer *answer)
{
	struct json_error json;
	int verdict = -1;
	int decided_by = DECIDED_BY_POLICY;
	int tier = TIER_STANDARD;
	int level = LEVEL_NORMAL;

	if (read_named(root, "verdict", policy_verdict_from_name, &verdict) < 0 ||
	    read_named(root, "decided_by", policy_decider_from_name, &decided_by) < 0 ||
	    read_named(root, "standing", policy_tier_from_name, &tier) < 0 ||
	    read_named(root, "level", policy_level_from_name, &level) < 0 ||
	    json_get_u64(root, "request", &answer->request, &json) < 0 || json_get_u64(root, "event", &answer->event, &json) < 0)
		return -EINVAL;
	answer->pure = verdict < 0;
	answer->verdict = verdict < 0 ? VERDICT_NONE : (enum policy_verdict)verdict;
	answer->decided_by = (enum policy_decider)decided_by;
	answer->standing = (enum policy_tier)tier;
	answer->level = (enum policy_level)level;
	return 0;
}

int message_read_answer(struct arena *arena, const char *line, size_t len, struct check_answer *answer,
                        struct message_error *error)
{
	struct message opened;
	struct json_error json;
	const char *const *unknown = NULL, *const *look = NULL, *const *read = NULL;
	const char *mode = "socket";
	size_t n_unknown = 0, n_look = 0, n_read = 0;
	int risk = -1;
	int rc = message_open_answer(arena, line, len, &opened, error);

	memset(answer, 0, sizeof(*answer));
	answer->id = opened.id;
	answer->id_len = opened.id_len;
	if (rc)
		return rc;
	if (read_named(opened.root, "risk", risk_from_name, &risk) < 0 || risk < 0 ||
	    read_capabilities(arena, opened.root, &answer->caps) < 0 || read_findings(arena, opened.root, answer) < 0 ||
	    read_judgement(opened.root, answer) < 0 || json_get_string(opened.root, "why", &answer->why, &json) < 0 ||
	    json_get_string(opened.root, "mode", &mode, &json) < 0 ||
	    json_get_strings(arena, opened.root, "unknown", &unknown, &n_unknown, &json) < 0 ||
	    json_get_strings(arena, opened.root, "look", &look, &n_look, &json) < 0 ||
	    json_get_strings(arena, opened.root, "read", &read, &n_read, &json) < 0)
		return bad_answer(error, "it is not that of a check");
	answer->risk = (enum risk)risk;
	answer->unknown = unknown;
	answer->n_unknown = (uint32_t)n_unknown;
	answer->look = look;
	answer->n_look = (uint32_t)n_look;
	answer->read = read;
	answer->n_read = (uint32_t)n_read;
	answer->embedded = strcmp(mode, "embedded") == 0;
	return 0;
}
