#include "config.h"
#include "common/policy_rules.h"

#include <string.h>

/* --- names --- */

static const char *const verdict_names[] = { "none", "allow", "ask", "deny" };
static const char *const profile_names[PROFILE_COUNT] = {
#define PROFILE(ID, name, help, safe, low, medium, high, critical) [PROFILE_##ID] = name,
#include "common/policy.def"
};
static const char *const tier_names[TIER_COUNT] = {
#define TIER(ID, name, help, safe, low, medium, high, critical) [TIER_##ID] = name,
#include "common/policy.def"
};
static const char *const level_names[LEVEL_COUNT] = {
#define LEVEL(ID, name, help, safe, low, medium, high, critical) [LEVEL_##ID] = name,
#include "common/policy.def"
};
static const char *const decider_names[DECIDER_COUNT] = {
#define DECIDER(ID, name, help) [DECIDED_BY_##ID] = name,
#include "common/policy.def"
};

static int find_name(const char *const *names, int n, const char *name)
{
	for (int i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

const char *policy_verdict_name(enum policy_verdict verdict)
{
	return verdict_names[verdict];
}

const char *policy_profile_name(enum policy_profile profile)
{
	return profile_names[profile];
}

const char *policy_tier_name(enum policy_tier tier)
{
	return tier_names[tier];
}

const char *policy_level_name(enum policy_level level)
{
	return level_names[level];
}

const char *policy_decider_name(enum policy_decider decider)
{
	return decider_names[decider];
}

int policy_verdict_from_name(const char *name)
{
	return find_name(verdict_names, VERDICT_DENY + 1, name);
}

int policy_profile_from_name(const char *name)
{
	return find_name(profile_names, PROFILE_COUNT, name);
}

int policy_tier_from_name(const char *name)
{
	return find_name(tier_names, TIER_COUNT, name);
}

int policy_level_from_name(const char *name)
{
	return find_name(level_names, LEVEL_COUNT, name);
}

int policy_decider_from_name(const char *name)
{
	return find_name(decider_names, DECIDER_COUNT, name);
}

/* --- the table --- */

typedef const char *policy_rows[RISK_COUNT];

static const policy_rows profile_rows[PROFILE_COUNT] = {
#define PROFILE(ID, name, help, ...) [PROFILE_##ID] = { __VA_ARGS__ },
#include "common/policy.def"
};
static const policy_rows tier_rows[TIER_COUNT] = {
#define TIER(ID, name, help, ...) [TIER_##ID] = { __VA_ARGS__ },
#include "common/policy.def"
};
static const policy_rows level_rows[LEVEL_COUNT] = {
#define LEVEL(ID, name, help, ...) [LEVEL_##ID] = { __VA_ARGS__ },
#include "common/policy.def"
};

static uint8_t verdict_of_sign(char sign)
{
	return sign == '+' ? VERDICT_ALLOW : sign == 'a' ? VERDICT_ASK : VERDICT_DENY;
}

static uint8_t strictest(uint8_t a, uint8_t b)
{
	return a > b ? a : b;
}

static void fill_cells(struct policy *policy, int profile, int risk, int place)
{
	uint8_t base = verdict_of_sign(profile_rows[profile][risk][place]);

	for (int tier = 0; tier < TIER_COUNT; tier++)
		for (int level = 0; level < LEVEL_COUNT; level++)
			policy->cells[profile][risk][place][tier][level] =
				strictest(base, strictest(verdict_of_sign(tier_rows[tier][risk][place]),
			                                  verdict_of_sign(level_rows[level][risk][place])));
}

void policy_init(struct policy *policy)
{
	memset(policy, 0, sizeof(*policy));
	policy->profile = PROFILE_STANDARD;
	policy->ceiling = RISK_HIGH;
	for (int profile = 0; profile < PROFILE_COUNT; profile++)
		for (int risk = 0; risk < RISK_COUNT; risk++)
			for (int place = 0; place < PLACE_COUNT; place++)
				fill_cells(policy, profile, risk, place);
}

void policy_asker_init(struct policy_asker *asker)
{
	memset(asker, 0, sizeof(*asker));
	asker->tier = TIER_STANDARD;
}

/* --- judging --- */

struct judging {
	const struct policy *policy;
	const struct policy_asker *asker;
	const struct analysis *analysis;
	bool ask_rules; /* there are rules, and not too many of them to be asked */
	struct verdict *out;
};

struct cell {
	enum policy_verdict verdict;
	enum policy_decider decided_by;
	const struct policy_rule *rule;
};

/* What the table says, and whether standing or behavior made it stricter than it is for everybody. */
static struct cell table_cell(const struct judging *j, enum risk risk, enum place place)
{
	const uint8_t(*cells)[LEVEL_COUNT] = j->policy->cells[j->out->profile][risk][place];
	struct cell cell = { .verdict = cells[j->asker->tier][j->asker->level], .decided_by = DECIDED_BY_POLICY };

	if (cell.verdict > cells[TIER_STANDARD][LEVEL_NORMAL])
		cell.decided_by = cells[j->asker->tier][LEVEL_NORMAL] == cell.verdict ? DECIDED_BY_STANDING : DECIDED_BY_BEHAVIOR;
	return cell;
}

/* A rule lifts what the profile says, never what standing or behavior say. */
static struct cell judge_cell(const struct judging *j, enum risk risk, enum place place)
{
	struct cell cell = table_cell(j, risk, place);

	if (cell.verdict > VERDICT_ALLOW && cell.decided_by == DECIDED_BY_POLICY && j->ask_rules) {
		cell.rule = policy_rules_excuse(j->policy, j->asker, j->analysis, risk, place);
		if (cell.rule) {
			cell.verdict = VERDICT_ALLOW;
			cell.decided_by = DECIDED_BY_RULE;
		}
	}
	if (cell.verdict == VERDICT_ALLOW && risk >= RISK_MEDIUM && j->asker->daemon_missing) {
		cell.verdict = VERDICT_ASK;
		cell.decided_by = DECIDED_BY_BOUND;
	}
	return cell;
}

static void take_cell(struct judging *j, struct cell cell, enum risk risk, enum place place)
{
	j->out->verdict = cell.verdict;
	j->out->decided_by = cell.decided_by;
	j->out->rule = cell.rule;
	j->out->risk = risk;
	j->out->place = place;
	j->out->why = cell.decided_by == DECIDED_BY_BOUND ? "the system's daemon, which is required here, does not answer" : NULL;
}

static void fold_exposure(struct judging *j)
{
	for (int risk = RISK_COUNT - 1; risk >= 0; risk--)
		for (int place = 0; place < PLACE_COUNT; place++) {
			if (!(j->analysis->exposure[risk] & 1u << place))
				continue;
			struct cell cell = judge_cell(j, (enum risk)risk, (enum place)place);
			if (cell.verdict > j->out->verdict || (cell.rule && j->out->verdict == VERDICT_ALLOW))
				take_cell(j, cell, (enum risk)risk, (enum place)place);
		}
}

/* The finding that says best why: one of the cell that decided, else one that leads to the same verdict. */
static void find_reason(struct judging *j)
{
	for (const struct finding *f = j->analysis->findings; f; f = f->next)
		if (f->risk == j->out->risk && f->place == j->out->place) {
			j->out->finding = f;
			return;
		}
	for (const struct finding *f = j->analysis->findings; f; f = f->next) {
		struct cell cell = judge_cell(j, f->risk, f->place);
		if (cell.verdict == j->out->verdict && cell.decided_by == j->out->decided_by) {
			take_cell(j, cell, f->risk, f->place);
			j->out->finding = f;
			return;
		}
	}
}

static void tighten(struct judging *j, enum policy_verdict verdict, enum policy_decider by, const char *why)
{
	if (verdict <= j->out->verdict)
		return;
	j->out->verdict = verdict;
	j->out->decided_by = by;
	j->out->finding = NULL;
	j->out->rule = NULL;
	j->out->why = why;
}

static enum policy_verdict strictest_rule(const struct policy_rule *rules, size_t n)
{
	enum policy_verdict verdict = VERDICT_ASK;

	for (size_t i = 0; i < n; i++)
		if (rules[i].verdict > verdict)
			verdict = rules[i].verdict;
	return verdict;
}

static void apply_rules(struct judging *j)
{
	const struct policy_rule *rule;
	static const char too_many[] = "too long a command to hold every rule against all of it";

	if (!j->ask_rules) {
		tighten(j, strictest_rule(j->policy->rules, j->policy->n_rules), DECIDED_BY_BOUND, too_many);
		tighten(j, strictest_rule(j->asker->rules, j->asker->n_rules), DECIDED_BY_BOUND, too_many);
		return;
	}
	rule = policy_rules_stop(j->policy, j->asker, j->analysis);
	if (rule && rule->verdict > j->out->verdict) {
		tighten(j, rule->verdict, DECIDED_BY_RULE, rule->why);
		j->out->rule = rule;
	}
}

/* Also where the cell of "anything could happen" asks already: that has no finding, and people must be told why. */
static void ask_too_complex(struct judging *j)
{
	struct verdict *out = j->out;
	const char *why = j->analysis->problem ? j->analysis->problem : "too complex to be judged";

	tighten(j, VERDICT_ASK, DECIDED_BY_BOUND, why);
	if (out->finding || out->rule || out->why)
		return;
	out->why = why;
	if (out->verdict == VERDICT_ASK && out->decided_by == DECIDED_BY_POLICY)
		out->decided_by = DECIDED_BY_BOUND;
}

static void apply_bounds(struct judging *j)
{
	const struct analysis *analysis = j->analysis;

	if (analysis->too_complex)
		ask_too_complex(j);
	if (analysis->incomplete)
		tighten(j, VERDICT_ASK, DECIDED_BY_BOUND,
		      analysis->problem ? analysis->problem : "the command is not complete, or not shell syntax");
	for (uint32_t i = 0; i < analysis->n_unknown; i++)
		if (!j->ask_rules || !policy_rules_know(j->policy, j->asker, analysis->unknown[i]))
			tighten(j, VERDICT_ASK, DECIDED_BY_BOUND, "it runs a tool about which nothing is known");
}

void policy_judge(const struct policy *policy, const struct policy_asker *asker, const struct analysis *analysis,
                  struct verdict *out)
{
	struct judging j = { .policy = policy, .asker = asker, .analysis = analysis, .out = out };
	bool rules = policy->n_rules + asker->n_rules > 0;

	memset(out, 0, sizeof(*out));
	out->profile = asker->profile > policy->profile ? asker->profile : policy->profile;
	out->tier = asker->tier;
	out->level = asker->level;
	if (analysis->empty && !analysis->incomplete && !analysis->too_complex)
		return;
	j.ask_rules = rules && !policy_rules_too_many(policy, asker, analysis);
	out->verdict = VERDICT_ALLOW;
	out->risk = analysis->risk;
	fold_exposure(&j);
	if (out->verdict > VERDICT_ALLOW)
		find_reason(&j);
	if (rules)
		apply_rules(&j);
	apply_bounds(&j);
}

/* --- approvals --- */

static bool may_be_lifted(const struct policy *policy, const struct verdict *verdict)
{
	if (verdict->verdict != VERDICT_ASK && !(verdict->verdict == VERDICT_DENY && verdict->decided_by == DECIDED_BY_POLICY))
		return false;
	return verdict->decided_by == DECIDED_BY_BOUND ||
	       (verdict->risk <= policy->ceiling && verdict->risk < RISK_CRITICAL && verdict->place != PLACE_GUARD);
}

bool policy_approval_covers(const struct policy *policy, const struct policy_approval *approval, const struct verdict *verdict,
                            const uint8_t hash[POLICY_HASH_BYTES], const char *agent, uint64_t now_ms)
{
	return !approval->used && now_ms < approval->until_ms && may_be_lifted(policy, verdict) &&
	       memcmp(approval->hash, hash, POLICY_HASH_BYTES) == 0 &&
	       strncmp(approval->agent, agent, sizeof(approval->agent)) == 0;
}

void policy_approve(struct verdict *verdict)
{
	verdict->verdict = VERDICT_ALLOW;
	verdict->decided_by = DECIDED_BY_RULE;
	verdict->finding = NULL;
	verdict->rule = NULL;
	verdict->why = "a person approved this very call";
}
