#ifndef TCPBEHAV_POLICY_RULES_H
#define TCPBEHAV_POLICY_RULES_H

/* Rules on top of the table, in three layers: the administrator's (policy.json), the user's (rows of the daemon's store), the
 * project's own (.tcpbehavd.json in the workspace; may only tighten, carries no free text). A rule says what it matches
 * (everything that is given must hold) and the verdict for that:
 *
 *   {"tool": "git push", "verdict": "ask"}       the tool of that key and its subcommands; * and ? stand for any text, any byte
 *   {"rule": "fs.delete.*", "verdict": "deny"}   findings
 *   {"capability": "NETWORK", "place": "remote", "verdict": "ask"}
 */

#include "common/json.h"
#include "common/policy.h"

enum policy_layer { LAYER_ADMIN, LAYER_USER, LAYER_PROJECT };

const char *policy_layer_name(enum policy_layer layer);

#define POLICY_RULES_MAX 1024
#define POLICY_PATTERN_MAX 256

struct policy_rule {
	enum policy_layer layer;
	enum policy_verdict verdict;
	const char *tool;     /* glob, or NULL */
	const char *finding;  /* glob over rule ids, or NULL */
	const char *why;      /* administrator's own words, or NULL */
	uint32_t caps;        /* any of these; 0: not asked */
	uint32_t places;      /* set of (1 << enum place); 0: not asked */
	uint64_t id;          /* number in the store; 0: from a file */
};

/* Reads what people type behind "tcpctl allow" and "forbid", and what the store keeps: a tool ("git push", "docker *"), or
 * "rule:fs.delete.*", "cap:NETWORK", "place:home"; several are joined by commas. Strings are copied to the arena.
 * 0, -EINVAL with error->what, -ENOMEM. */
int policy_rule_from_pattern(struct arena *arena, const char *pattern, enum policy_layer layer, enum policy_verdict verdict,
                             struct policy_rule *rule, struct json_error *error);

/* The reverse, for lists. */
void policy_rule_print(const struct policy_rule *rule, struct text *out);

/* Reads policy.json (layer ADMIN): {"profile", "ceiling", "rules": [...]}; unknown keys are errors. Strings go to the arena, which
 * must outlive the policy. 0, -ENOMEM, or -EINVAL with error: byte, and a sentence that names line, key and remedy. */
int policy_read(struct arena *arena, const char *text, size_t len, struct policy *policy, struct json_error *error);

/* A project's own file: {"profile", "rules": [...]}; a rule that allows is an error, as is free text. */
struct policy_project {
	enum policy_profile profile; /* PROFILE_PERMISSIVE: no wish */
	const struct policy_rule *rules;
	size_t n_rules;
};
#define POLICY_PROJECT_FILE ".tcpbehavd.json"
int policy_read_project(struct arena *arena, const char *text, size_t len, struct policy_project *project,
                        struct json_error *error);

/* --- how policy_judge() asks them --- */

/* What a rule is asked about: one finding, one command, or one name without knowledge. */
struct policy_item {
	const char *tool;    /* key of the command; NULL: not known */
	const char *finding; /* rule id, or NULL */
	uint32_t caps;
	uint32_t places;     /* set of (1 << enum place) */
};

/* True when everything that the rule asks holds for the item. Where the tool is not known a rule that allows does not
 * match, and one that stops does. */
bool policy_rule_matches(const struct policy_rule *rule, const struct policy_item *item);

/* True when text is matched by the glob: * any text, ? any byte. At most the product of both lengths in steps. */
bool policy_glob(const char *glob, const char *text);

/* The strictest rule that asks or denies for anything in the analysis, or NULL. */
const struct policy_rule *policy_rules_stop(const struct policy *policy, const struct policy_asker *asker,
                                            const struct analysis *analysis);

/* A rule that allows everything in the analysis that could have led to this risk at this place, or NULL: each finding there, and
 * each command that may have contributed without one. An allowed finding never excuses another. */
const struct policy_rule *policy_rules_excuse(const struct policy *policy, const struct policy_asker *asker,
                                              const struct analysis *analysis, enum risk risk, enum place place);

/* True when rules allow the use of a tool that the table does not know. */
bool policy_rules_know(const struct policy *policy, const struct policy_asker *asker, const char *tool);

/* True when every rule cannot be asked about everything: too much of both, or an analysis without its commands. */
bool policy_rules_too_many(const struct policy *policy, const struct policy_asker *asker, const struct analysis *analysis);

#endif
