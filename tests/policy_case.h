#ifndef TCPBEHAV_TESTS_POLICY_CASE_H
#define TCPBEHAV_TESTS_POLICY_CASE_H

/* One call to be judged, put together by hand: what happens, what runs, who asks, which rules the user has. */

#include "common/policy_rules.h"

extern struct arena arena;
extern struct policy policy;
extern struct policy_asker asker;
extern struct verdict verdict;
extern struct analysis analysis;
extern struct json_error error;

/* The checked fixture: an explained call in which nothing happens, the policy as it comes, an asker without rules. */
void policy_setup(void);
void policy_teardown(void);

/* Judges into verdict. */
void judge(void);

/* Something of this risk happens there; with a rule id there is a finding about it. */
void happens(enum risk risk, enum place place, const char *rule, uint32_t start, uint32_t end);

/* A known command stands at these bytes. */
void runs(const char *tool, enum risk risk, uint32_t caps, uint32_t start, uint32_t end);

/* The asker's user has this rule, too; at most 8. */
void user_rule(const char *pattern, enum policy_verdict what);

#endif
