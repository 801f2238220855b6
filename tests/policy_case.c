#include "config.h"
#include "tests/policy_case.h"

#include <check.h>

struct arena arena;
struct policy policy;
struct policy_asker asker;
struct verdict verdict;
struct analysis analysis;
struct json_error error;

static struct policy_rule rules[8];

void policy_setup(void)
{
	ck_assert_int_eq(arena_init(&arena, 4096, (size_t)1 << 24), 0);
	policy_init(&policy);
	policy_asker_init(&asker);
	analysis = (struct analysis){ .explained = true };
}

void policy_teardown(void)
{
	arena_deinit(&arena);
}

void judge(void)
{
	policy_judge(&policy, &asker, &analysis, &verdict);
}

void happens(enum risk risk, enum place place, const char *rule, uint32_t start, uint32_t end)
{
	struct finding **tail = &analysis.findings;

	analysis.exposure[risk] |= (uint8_t)(1u << place);
	if (risk > analysis.risk)
		analysis.risk = risk;
	if (!rule)
		return;
	while (*tail)
		tail = &(*tail)->next;
	*tail = arena_new(&arena, struct finding);
	**tail = (struct finding){ .rule = rule, .why = "because", .span = { start, end }, .risk = risk, .place = place };
}

void runs(const char *tool, enum risk risk, uint32_t caps, uint32_t start, uint32_t end)
{
	struct analysis_command **tail = &analysis.commands;

	while (*tail)
		tail = &(*tail)->next;
	*tail = arena_new(&arena, struct analysis_command);
	**tail = (struct analysis_command){ .tool = tool, .text = tool, .span = { start, end }, .risk = risk, .caps = caps, .known = true };
	analysis.caps |= caps;
}

void user_rule(const char *pattern, enum policy_verdict what)
{
	ck_assert_int_eq(policy_rule_from_pattern(&arena, pattern, LAYER_USER, what, &rules[asker.n_rules], &error), 0);
	asker.rules = rules;
	asker.n_rules++;
}
