#include "config.h"
#include "common/policy_rules.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *const layer_names[] = { "administrator", "user", "project" };

const char *policy_layer_name(enum policy_layer layer)
{
	return layer_names[layer];
}

/* --- pieces of a rule --- */

static int place_bit(const char *name)
{
	for (int place = 0; place < PLACE_COUNT; place++)
		if (strcmp(place_name((enum place)place), name) == 0)
			return place;
	return -1;
}

static int add_cap(const char *name, uint32_t *set, struct json_error *error)
{
	int bit = caps_bit_from_name(name);

	if (bit < 0)
		return json_fail(error, "no capability \"%.40s\"; tcpctl help capabilities lists them", name);
	*set |= UINT32_C(1) << bit;
	return 0;
}

static int add_place(const char *name, uint32_t *set, struct json_error *error)
{
	int bit = place_bit(name);

	if (bit < 0)
		return json_fail(error, "no place \"%.40s\"; there are workspace, temporary, home, system, secret, guard, remote, unknown",
		                 name);
	*set |= UINT32_C(1) << bit;
	return 0;
}

/* A glob of printable ASCII, copied. */
static int copy_glob(struct arena *arena, const char *glob, const char **out, struct json_error *error)
{
	size_t len = strlen(glob);

	if (len == 0 || len >= POLICY_PATTERN_MAX)
		return json_fail(error, "a pattern has 1 to %d bytes", POLICY_PATTERN_MAX - 1);
	for (size_t i = 0; i < len; i++)
		if (glob[i] < 0x20 || glob[i] >= 0x7f)
			return json_fail(error, "a pattern is printable ASCII");
	*out = arena_dup(arena, glob, len);
	return *out ? 0 : -ENOMEM;
}

/* Every rule, wherever it comes from, ends here. */
static int check_rule(const struct policy_rule *rule, struct json_error *error)
{
	if (!rule->tool && !rule->finding && !rule->caps && !rule->places)
		return json_fail(error, "a rule must say what it matches: tool, rule, capability or place");
	if (rule->verdict == VERDICT_ALLOW && rule->layer == LAYER_PROJECT)
		return json_fail(error, "a project's own file may only tighten: \"verdict\" must be ask or deny");
	if (rule->verdict == VERDICT_ALLOW && rule->tool && strspn(rule->tool, "*") == strlen(rule->tool))
		return json_fail(error, "allowing every tool is not a rule; set \"profile\" to permissive instead");
	return 0;
}

/* --- patterns: git push | rule:fs.delete.* | cap:NETWORK|UPLOAD | place:home, joined by commas --- */

static int read_set(char *names, int (*add)(const char *, uint32_t *, struct json_error *), uint32_t *set,
                    struct json_error *error)
{
	char *rest = NULL;
	int rc = *names ? 0 : json_fail(error, "a name is missing behind the colon");

	for (char *name = strtok_r(names, "|", &rest); rc == 0 && name; name = strtok_r(NULL, "|", &rest))
		rc = add(name, set, error);
	return rc;
}

static int read_piece(struct arena *arena, char *piece, struct policy_rule *rule, struct json_error *error)
{
	while (*piece == ' ')
		piece++;
	if (strncmp(piece, "rule:", 5) == 0)
		return copy_glob(arena, piece + 5, &rule->finding, error);
	if (strncmp(piece, "cap:", 4) == 0)
		return read_set(piece + 4, add_cap, &rule->caps, error);
	if (strncmp(piece, "place:", 6) == 0)
		return read_set(piece + 6, add_place, &rule->places, error);
	return copy_glob(arena, piece + (strncmp(piece, "tool:", 5) == 0 ? 5 : 0), &rule->tool, error);
}

int policy_rule_from_pattern(struct arena *arena, const char *pattern, enum policy_layer layer, enum policy_verdict verdict,
                             struct policy_rule *rule, struct json_error *error)
{
	char *copy = arena_dup(arena, pattern, strlen(pattern));
	char *rest = NULL;
	int rc = 0;

	memset(rule, 0, sizeof(*rule));
	rule->layer = layer;
	rule->verdict = verdict;
	if (!copy)
		return -ENOMEM;
	if (strlen(pattern) >= POLICY_PATTERN_MAX)
		return json_fail(error, "a pattern has 1 to %d bytes", POLICY_PATTERN_MAX - 1);
	for (char *piece = strtok_r(copy, ",", &rest); rc == 0 && piece; piece = strtok_r(NULL, ",", &rest))
		rc = read_piece(arena, piece, rule, error);
	return rc ? rc : check_rule(rule, error);
}

static void begin_piece(struct text *out, size_t start, const char *prefix)
{
	if (out->len > start)
		text_putc(out, ',');
	text_puts(out, prefix);
}

static void print_names(struct text *out, uint32_t set, const char *(*name)(unsigned))
{
	for (unsigned bit = 0; set; set >>= 1, bit++)
		if (set & 1) {
			text_puts(out, name(bit));
			text_puts(out, set >> 1 ? "|" : "");
		}
}

static const char *name_of_place(unsigned bit)
{
	return place_name((enum place)bit);
}

void policy_rule_print(const struct policy_rule *rule, struct text *out)
{
	size_t start = out->len;

	if (rule->tool)
		text_puts(out, rule->tool);
	if (rule->finding) {
		begin_piece(out, start, "rule:");
		text_puts(out, rule->finding);
	}
	if (rule->caps) {
		begin_piece(out, start, "cap:");
		print_names(out, rule->caps, caps_bit_name);
	}
	if (rule->places) {
		begin_piece(out, start, "place:");
		print_names(out, rule->places, name_of_place);
	}
}

/* --- rules as JSON --- */

static int read_names(struct arena *arena, const struct cJSON *object, const char *key,
                      int (*add)(const char *, uint32_t *, struct json_error *), uint32_t *set, struct json_error *error)
{
	const char *const *names = NULL;
	size_t n = 0;
	int rc = json_get_strings(arena, object, key, &names, &n, error);

	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = add(names[i], set, error);
	return rc < 0 ? rc : 0;
}

static int read_glob(struct arena *arena, const struct cJSON *object, const char *key, const char **out, struct json_error *error)
{
	const char *glob = NULL;
	int rc = json_get_string(object, key, &glob, error);

	return rc == 0 ? copy_glob(arena, glob, out, error) : rc < 0 ? rc : 0;
}

/* The administrator's own words, shown to people and models: kept short and printable. */
static int read_why(struct arena *arena, const struct cJSON *object, const char **out, struct json_error *error)
{
	const char *why = NULL;
	struct text text;
	int rc = json_get_string(object, "why", &why, error);

	if (rc)
		return rc < 0 ? rc : 0;
	text_init(&text, arena, 256);
	text_put_printable(&text, why, strlen(why), 240);
	*out = text_end(&text);
	return *out ? 0 : -ENOMEM;
}

static int read_verdict(const struct cJSON *object, enum policy_verdict *out, struct json_error *error)
{
	const char *name = NULL;
	int rc = json_get_string(object, "verdict", &name, error);
	int verdict = rc == 0 ? policy_verdict_from_name(name) : -1;

	if (rc < 0)
		return rc;
	if (verdict < VERDICT_ALLOW)
		return json_fail(error, "\"verdict\" must be allow, ask or deny");
	*out = (enum policy_verdict)verdict;
	return 0;
}

static int read_rule(struct arena *arena, const struct cJSON *object, enum policy_layer layer, struct policy_rule *rule,
                     struct json_error *error)
{
	static const char *const keys[] = { "tool", "rule", "capability", "place", "verdict", "why" };
	int rc;

	rule->layer = layer;
	if (!json_is_object(object))
		return json_fail(error, "a rule must be an object");
	/* a project's file carries no free text: a repository must not speak to the model */
	if ((rc = json_only_keys(object, keys, layer == LAYER_PROJECT ? 5 : 6, error)) ||
	    (rc = read_verdict(object, &rule->verdict, error)) ||
	    (rc = read_glob(arena, object, "tool", &rule->tool, error)) ||
	    (rc = read_glob(arena, object, "rule", &rule->finding, error)) ||
	    (rc = read_names(arena, object, "capability", add_cap, &rule->caps, error)) ||
	    (rc = read_names(arena, object, "place", add_place, &rule->places, error)) ||
	    (rc = read_why(arena, object, &rule->why, error)))
		return rc;
	return check_rule(rule, error);
}

/* --- files --- */

struct policy_file {
	struct arena *arena;
	const char *text;
	size_t len;
	enum policy_layer layer;
	struct json_document document;
	struct json_error *error;
};

/* Puts the place of a value into the error: its byte, and its line and key into the sentence. */
static int fail_at(const struct policy_file *file, const char *key, size_t index)
{
	char what[sizeof(file->error->what)];
	size_t byte = json_position(file->text, file->len, key, index);

	memcpy(what, file->error->what, sizeof(what));
	file->error->byte = byte;
	snprintf(file->error->what, sizeof(file->error->what), "line %u, %s: %.110s",
	         json_line(file->text, file->len, byte == JSON_NOWHERE ? 0 : byte), key, what);
	return -EINVAL;
}

static size_t unknown_key_at(const struct policy_file *file, const char *const *keys, size_t n_keys)
{
	for (const struct cJSON *item = json_first(file->document.root); item; item = json_next(item)) {
		const char *key = json_key_of(item);
		bool known = false;

		for (size_t i = 0; i < n_keys; i++)
			known |= strcmp(key, keys[i]) == 0;
		if (!known)
			return json_position(file->text, file->len, key, 0);
	}
	return JSON_NOWHERE;
}

static int open_file(struct policy_file *file, const char *const *keys, size_t n_keys)
{
	struct json_error *error = file->error;
	char what[sizeof(error->what)];
	int rc = json_parse(file->arena, file->text, file->len, &file->document, error);

	if (rc == 0 && !json_is_object(file->document.root)) {
		json_fail(error, "the file must be one object: {...}");
		error->byte = 0;
		rc = -EINVAL;
	}
	if (rc == 0) {
		rc = json_only_keys(file->document.root, keys, n_keys, error);
		if (rc == -EINVAL)
			error->byte = unknown_key_at(file, keys, n_keys);
	}
	if (rc != -EINVAL || error->byte == JSON_NOWHERE)
		return rc;
	memcpy(what, error->what, sizeof(what));
	snprintf(error->what, sizeof(error->what), "line %u: %.130s", json_line(file->text, file->len, error->byte), what);
	return rc;
}

static int read_rules(struct policy_file *file, const struct policy_rule **out, size_t *n_out)
{
	const struct cJSON *array = NULL;
	struct policy_rule *rules;
	size_t n = 0;
	int rc = json_get_array(file->document.root, "rules", &array, file->error);

	if (rc)
		return rc < 0 ? fail_at(file, "rules", 0) : 0;
	for (const struct cJSON *item = json_first(array); item; item = json_next(item))
		n++;
	if (n > POLICY_RULES_MAX) {
		json_fail(file->error, "more than %d rules", POLICY_RULES_MAX);
		return fail_at(file, "rules", POLICY_RULES_MAX);
	}
	rules = arena_zalloc(file->arena, n * sizeof(*rules));
	if (!rules)
		return -ENOMEM;
	*out = rules;
	*n_out = n;
	n = 0;
	for (const struct cJSON *item = json_first(array); item && rc == 0; item = json_next(item), n++) {
		rc = read_rule(file->arena, item, file->layer, &rules[n], file->error);
		if (rc == -EINVAL)
			return fail_at(file, "rules", n);
	}
	return rc;
}

static int read_profile(struct policy_file *file, enum policy_profile *out)
{
	const char *name = NULL;
	int rc = json_get_string(file->document.root, "profile", &name, file->error);
	int profile = rc == 0 ? policy_profile_from_name(name) : -1;

	if (rc == JSON_ABSENT)
		return 0;
	if (rc == 0 && profile < 0)
		rc = json_fail(file->error, "must be permissive, standard or strict");
	if (rc)
		return fail_at(file, "profile", 0);
	*out = (enum policy_profile)profile;
	return 0;
}

static int read_ceiling(struct policy_file *file, enum risk *out)
{
	const char *name = NULL;
	int rc = json_get_string(file->document.root, "ceiling", &name, file->error);
	int risk = rc == 0 ? risk_from_name(name) : -1;

	if (rc == JSON_ABSENT)
		return 0;
	if (rc == 0 && (risk < 0 || risk > RISK_HIGH))
		rc = json_fail(file->error, "must be safe, low, medium or high: what is critical is not for users to allow");
	if (rc)
		return fail_at(file, "ceiling", 0);
	*out = (enum risk)risk;
	return 0;
}

int policy_read(struct arena *arena, const char *text, size_t len, struct policy *policy, struct json_error *error)
{
	static const char *const keys[] = { "profile", "ceiling", "rules" };
	struct policy_file file = { .arena = arena, .text = text, .len = len, .layer = LAYER_ADMIN, .error = error };
	int rc;

	policy_init(policy);
	if ((rc = open_file(&file, keys, 3)) || (rc = read_profile(&file, &policy->profile)) ||
	    (rc = read_ceiling(&file, &policy->ceiling)))
		return rc;
	return read_rules(&file, &policy->rules, &policy->n_rules);
}

int policy_read_project(struct arena *arena, const char *text, size_t len, struct policy_project *project,
                        struct json_error *error)
{
	static const char *const keys[] = { "profile", "rules" };
	struct policy_file file = { .arena = arena, .text = text, .len = len, .layer = LAYER_PROJECT, .error = error };
	int rc;

	memset(project, 0, sizeof(*project));
	if ((rc = open_file(&file, keys, 2)) || (rc = read_profile(&file, &project->profile)))
		return rc;
	return read_rules(&file, &project->rules, &project->n_rules);
}
