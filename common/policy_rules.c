#include "config.h"
#include "common/policy_rules.h"

#include <string.h>

#define ALL_PLACES ((UINT32_C(1) << PLACE_COUNT) - 1)
#define PAIRS_MAX ((uint64_t)1 << 16) /* of commands and findings, or rules and either, that are held against each other */

/* --- one rule, one item --- */

bool policy_glob(const char *glob, const char *text)
{
	const char *star = NULL;
	const char *resume = NULL;

	while (*text) {
		if (*glob == '*') {
			star = glob++;
			resume = text;
		} else if (*glob == *text || *glob == '?') {
			glob++;
			text++;
		} else if (star) {
			glob = star + 1;
			text = ++resume;
		} else {
			return false;
		}
	}
	while (*glob == '*')
		glob++;
	return *glob == '\0';
}

/* "git push" is matched by "git push", "git *", and by "git": a tool and all its subcommands. */
static bool tool_matches(const char *glob, const char *tool)
{
	char head[POLICY_PATTERN_MAX];

	if (policy_glob(glob, tool))
		return true;
	for (const char *blank = strchr(tool, ' '); blank; blank = strchr(blank + 1, ' ')) {
		size_t len = (size_t)(blank - tool);
		if (len >= sizeof(head))
			return false;
		memcpy(head, tool, len);
		head[len] = '\0';
		if (policy_glob(glob, head))
			return true;
	}
	return false;
}

bool policy_rule_matches(const struct policy_rule *rule, const struct policy_item *item)
{
	if (rule->tool && !(item->tool ? tool_matches(rule->tool, item->tool) : rule->verdict != VERDICT_ALLOW))
		return false;
	if (rule->finding && !(item->finding && policy_glob(rule->finding, item->finding)))
		return false;
	if (rule->caps && !(rule->caps & item->caps))
		return false;
	return !rule->places || (rule->places & item->places);
}

/* --- items of an analysis --- */

static bool contains(const struct span *outer, const struct span *inner)
{
	return outer->start <= inner->start && outer->end >= inner->end;
}

/* The tool that a finding belongs to: that of the smallest command around it. Several of one size (what stood in one quoted
 * word) must be the same tool; else NULL, because an allowed tool must not excuse its neighbor. */
static const char *tool_of(const struct analysis *analysis, const struct finding *finding)
{
	uint32_t smallest = UINT32_MAX;
	const char *tool = NULL;

	for (const struct analysis_command *c = analysis->commands; c; c = c->next) {
		uint32_t size = c->span.end - c->span.start;
		if (!contains(&c->span, &finding->span) || size > smallest)
			continue;
		if (size == smallest && tool && strcmp(tool, c->tool) != 0)
			tool = NULL;
		else if (size < smallest)
			tool = c->tool;
		smallest = size;
	}
	return tool;
}

static struct policy_item item_of_finding(const struct analysis *analysis, const struct finding *finding)
{
	struct policy_item item = {
		.tool = tool_of(analysis, finding),
		.finding = finding->rule,
		.caps = finding->caps,
		.places = UINT32_C(1) << finding->place,
	};

	return item;
}

static uint32_t places_of(const struct analysis *analysis, const struct analysis_command *command)
{
	uint32_t places = 0;

	for (const struct analysis_target *t = command ? command->targets : NULL; t; t = t->next)
		places |= UINT32_C(1) << t->place;
	for (int risk = 0; !places && risk < RISK_COUNT; risk++)
		places |= analysis->exposure[risk];
	return places ? places : ALL_PLACES;
}

/* --- rules that stop --- */

static void stop(const struct policy_rule *rules, size_t n, const struct policy_item *item, const struct policy_rule **strictest)
{
	for (size_t i = 0; i < n; i++)
		if (rules[i].verdict > VERDICT_ALLOW && (!*strictest || rules[i].verdict > (*strictest)->verdict) &&
		    policy_rule_matches(&rules[i], item))
			*strictest = &rules[i];
}

static void stop_item(const struct policy *policy, const struct policy_asker *asker, const struct policy_item *item,
                      const struct policy_rule **strictest)
{
	stop(policy->rules, policy->n_rules, item, strictest);
	stop(asker->rules, asker->n_rules, item, strictest);
}

const struct policy_rule *policy_rules_stop(const struct policy *policy, const struct policy_asker *asker,
                                            const struct analysis *analysis)
{
	const struct policy_rule *strictest = NULL;
	struct policy_item item;

	for (const struct finding *f = analysis->findings; f; f = f->next) {
		item = item_of_finding(analysis, f);
		stop_item(policy, asker, &item, &strictest);
	}
	for (const struct analysis_command *c = analysis->commands; c; c = c->next) {
		item = (struct policy_item){ .tool = c->tool, .caps = c->caps, .places = places_of(analysis, c) };
		stop_item(policy, asker, &item, &strictest);
	}
	if (!analysis->commands) {
		item = (struct policy_item){ .tool = "", .caps = analysis->caps, .places = places_of(analysis, NULL) };
		stop_item(policy, asker, &item, &strictest);
	}
	return strictest;
}

/* --- rules that allow --- */

static bool may_loosen(const struct policy *policy, const struct policy_rule *rule, enum risk risk)
{
	if (rule->verdict != VERDICT_ALLOW)
		return false;
	return rule->layer == LAYER_ADMIN || (rule->layer == LAYER_USER && risk <= policy->ceiling && risk < RISK_CRITICAL);
}

static const struct policy_rule *loosen(const struct policy *policy, const struct policy_rule *rules, size_t n, enum risk risk,
                                        const struct policy_item *item)
{
	for (size_t i = 0; i < n; i++)
		if (may_loosen(policy, &rules[i], risk) && policy_rule_matches(&rules[i], item))
			return &rules[i];
	return NULL;
}

static const struct policy_rule *loosen_item(const struct policy *policy, const struct policy_asker *asker, enum risk risk,
                                             const struct policy_item *item)
{
	const struct policy_rule *rule = loosen(policy, policy->rules, policy->n_rules, risk, item);

	return rule ? rule : loosen(policy, asker->rules, asker->n_rules, risk, item);
}

static bool speaks_here(const struct finding *finding, enum risk risk, enum place place)
{
	return finding->risk == risk && finding->place == place;
}

/* A finding at this cell speaks for the command around it. */
static bool has_finding(const struct analysis *analysis, const struct analysis_command *command, enum risk risk, enum place place)
{
	for (const struct finding *f = analysis->findings; f; f = f->next)
		if (speaks_here(f, risk, place) && contains(&command->span, &f->span))
			return true;
	return false;
}

const struct policy_rule *policy_rules_excuse(const struct policy *policy, const struct policy_asker *asker,
                                              const struct analysis *analysis, enum risk risk, enum place place)
{
	const struct policy_rule *rule = NULL;

	if (place == PLACE_GUARD)
		return NULL;
	for (const struct finding *f = analysis->findings; f; f = f->next) {
		if (!speaks_here(f, risk, place))
			continue;
		struct policy_item item = item_of_finding(analysis, f);
		rule = loosen_item(policy, asker, risk, &item);
		if (!rule)
			return NULL;
	}
	for (const struct analysis_command *c = analysis->commands; c; c = c->next) {
		struct policy_item item = { .tool = c->tool, .caps = c->caps, .places = UINT32_C(1) << place };
		const struct policy_rule *own = c->risk >= risk ? loosen_item(policy, asker, risk, &item) : NULL;
		if (own)
			rule = own;
		else if (c->risk >= risk && !has_finding(analysis, c, risk, place))
			return NULL;
	}
	return rule;
}

bool policy_rules_know(const struct policy *policy, const struct policy_asker *asker, const char *tool)
{
	struct policy_item item = { .tool = tool, .caps = CAP_UNKNOWN, .places = ALL_PLACES };

	return loosen_item(policy, asker, RISK_HIGH, &item) != NULL;
}

bool policy_rules_too_many(const struct policy *policy, const struct policy_asker *asker, const struct analysis *analysis)
{
	uint64_t rules = policy->n_rules + asker->n_rules;
	uint64_t findings = 0;
	uint64_t commands = 0;

	if (!analysis->explained)
		return true;
	for (const struct finding *f = analysis->findings; f; f = f->next)
		findings++;
	for (const struct analysis_command *c = analysis->commands; c; c = c->next)
		commands++;
	return findings * commands > PAIRS_MAX || (findings + commands + analysis->n_unknown) * rules > PAIRS_MAX;
}
