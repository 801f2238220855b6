#ifndef TCPBEHAV_POLICY_H
#define TCPBEHAV_POLICY_H

/* From what a call does to whether it may: one dense table [profile][risk][place][tier][level], rules on top, one fold.
 * Judging is pure: no file, no clock, no allocation. A struct policy does not change once it is built, so that any number
 * of threads may judge with it. policy_rules.h has the rules. */

#include "common/analysis.h"
#include "common/text.h"

enum policy_verdict { VERDICT_NONE, VERDICT_ALLOW, VERDICT_ASK, VERDICT_DENY }; /* from loose to strict */

enum policy_profile {
#define PROFILE(ID, name, help, safe, low, medium, high, critical) PROFILE_##ID,
#include "common/policy.def"
	PROFILE_COUNT
};

enum policy_tier {
#define TIER(ID, name, help, safe, low, medium, high, critical) TIER_##ID,
#include "common/policy.def"
	TIER_COUNT
};

enum policy_level {
#define LEVEL(ID, name, help, safe, low, medium, high, critical) LEVEL_##ID,
#include "common/policy.def"
	LEVEL_COUNT
};

enum policy_decider {
#define DECIDER(ID, name, help) DECIDED_BY_##ID,
#include "common/policy.def"
	DECIDER_COUNT
};

/* "allow", "standard", ...; static strings. The reverse: -1 when there is no such name. */
const char *policy_verdict_name(enum policy_verdict verdict);
const char *policy_profile_name(enum policy_profile profile);
const char *policy_tier_name(enum policy_tier tier);
const char *policy_level_name(enum policy_level level);
const char *policy_decider_name(enum policy_decider decider);
int policy_verdict_from_name(const char *name);
int policy_profile_from_name(const char *name);
int policy_tier_from_name(const char *name);
int policy_level_from_name(const char *name);
int policy_decider_from_name(const char *name);

struct policy_rule;

struct policy {
	enum policy_profile profile;      /* configured; a caller may only tighten it */
	enum risk ceiling;                /* highest risk that a user's rule or approval may loosen; at most HIGH */
	const struct policy_rule *rules;  /* the administrator's */
	size_t n_rules;
	uint8_t cells[PROFILE_COUNT][RISK_COUNT][PLACE_COUNT][TIER_COUNT][LEVEL_COUNT]; /* enum policy_verdict */
};

/* Fills in the table; profile standard, ceiling high, no rules. */
void policy_init(struct policy *policy);

/* Who asks, beyond what the call does. Zeroed it is an agent of the best standing: use policy_asker_init(). */
struct policy_asker {
	enum policy_profile profile;     /* the caller's wish; the stricter one of it and the configured one holds */
	enum policy_tier tier;
	enum policy_level level;
	const struct policy_rule *rules; /* the user's and the project's, in any order */
	size_t n_rules;
	bool daemon_missing;             /* "require: system" and no daemon: ask from MEDIUM up */
};

/* Standing standard, level normal, no wish, no rules. */
void policy_asker_init(struct policy_asker *asker);

struct verdict {
	enum policy_verdict verdict;
	enum policy_decider decided_by;
	enum policy_profile profile;     /* that held */
	enum policy_tier tier;
	enum policy_level level;
	enum risk risk;                  /* the cell that decided; meaningless with DECIDED_BY_BOUND and VERDICT_NONE */
	enum place place;
	const struct finding *finding;   /* that decided, or NULL */
	const struct policy_rule *rule;  /* that decided, or NULL */
	const char *why;                 /* one sentence where neither a finding nor a cell says it (bounds, rules); or NULL */
};

/* Folds over the analysis' exposure: the strictest cell decides; rules loosen or tighten finding by finding.
 * With rules the analysis must have its commands (explained), else it asks at least. Nothing to run: VERDICT_NONE. Incomplete, malformed, too complex or unknown tools: at least VERDICT_ASK.
 * Everything in *out points into policy, asker, analysis or static text. */
void policy_judge(const struct policy *policy, const struct policy_asker *asker, const struct analysis *analysis,
                  struct verdict *out);

/* The whole table of a profile as text for people: a line for each tier, level and risk, a column for each place.
 * roff: as rows of a mandoc .Bl -column list, for the manual. */
void policy_print_table(const struct policy *policy, enum policy_profile profile, bool roff, struct text *out);

/* --- approvals: one exact call, once, by a person --- */

#define POLICY_HASH_BYTES 32
#define POLICY_APPROVAL_LIFE_MS (UINT64_C(10) * 60 * 1000)

struct policy_approval {
	uint8_t hash[POLICY_HASH_BYTES]; /* check_request_hash(): the exact command or tool call, and cwd */
	char agent[128];
	uint64_t until_ms;               /* since the epoch */
	bool used;
};

/* True when the approval lets this very call of this agent pass now: not used, not out of date, and the verdict is one that a
 * person may lift (not CRITICAL, not above the ceiling, not the guard; a deny only when it is the profile's own). The caller then marks it used and durably so before it answers. */
bool policy_approval_covers(const struct policy *policy, const struct policy_approval *approval, const struct verdict *verdict,
                            const uint8_t hash[POLICY_HASH_BYTES], const char *agent, uint64_t now_ms);

/* Turns a verdict that an approval covers into VERDICT_ALLOW, decided by a rule. */
void policy_approve(struct verdict *verdict);

#endif
