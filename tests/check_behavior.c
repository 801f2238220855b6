#include "config.h"

#include "common/population_build.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct population population;
static struct behavior agent;

static uint32_t hash(const char *name)
{
	return behavior_hash(name, strlen(name));
}

/* A population that does a hundred tools alike, in which no intent is suspicious. */
static void setup(void)
{
	char name[16];

	population_init(&population);
	memset(population.scores, 0, sizeof(population.scores));
	for (unsigned i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "tool%u", i);
		population_map_put(&population.map, population_key(COUNT_TOOL, hash(name), 0, 0))->count = 1000;
	}
	population.events = 100000;
	population.vocabulary = 100;
	behavior_init(&agent);
}

static void teardown(void)
{
	population_map_free(&population.map);
}

static struct behavior_score score(const struct behavior_event *event)
{
	struct behavior_prior prior;
	struct behavior_score out;

	population_prior(&population, NULL, behavior_previous(&agent, event), event, &prior);
	behavior_score(&agent, &population, &prior, event, &out);
	return out;
}

static struct behavior_score happens(const struct behavior_event *event, uint64_t time_s)
{
	struct behavior_score out = score(event);

	behavior_commit(&agent, &out, time_s, true);
	return out;
}

/* Tools from first on, n of them in turn. */
static void work(unsigned events, unsigned first, unsigned n, enum risk risk, uint64_t time_s)
{
	char name[16];

	for (unsigned i = 0; i < events; i++) {
		struct behavior_event event = { .risk = risk, .risk_known = true };

		snprintf(name, sizeof(name), "tool%u", first + i % n);
		event.tool = hash(name);
		happens(&event, time_s);
	}
}

static uint32_t learned(const char *tool)
{
	uint32_t day0;

	return behavior_tool_count(&agent, hash(tool), &day0);
}

START_TEST(scoring_changes_nothing_and_is_the_same_twice)
{
	struct behavior_event event = { .tool = hash("tool1"), .target = hash("x"), .risk = RISK_HIGH, .risk_known = true };
	struct behavior before;
	struct behavior_score first, second;

	work(250, 0, 5, RISK_LOW, 0);
	before = agent;
	memset(&first, 0, sizeof(first));
	memset(&second, 0, sizeof(second));
	first = score(&event);
	second = score(&event);
	ck_assert_mem_eq(&before, &agent, sizeof(agent));
	ck_assert_int_eq(first.llr, second.llr);
	ck_assert_int_eq(first.intent, second.intent);
	ck_assert_mem_eq(&first.next, &second.next, sizeof(first.next));
}
END_TEST

START_TEST(own_work_is_own_and_foreign_work_is_foreign)
{
	struct behavior_event own = { .tool = hash("tool1") }, foreign = { .tool = hash("tool77") };
	struct behavior_score result;

	work(2000, 0, 5, RISK_LOW, 0);
	agent.head.previous = hash("tool0");
	result = score(&own);
	ck_assert_int_lt(result.llr, 0);
	ck_assert_uint_eq(result.novelty, 0);
	result = score(&foreign);
	ck_assert_int_gt(result.llr, 0);
	ck_assert_uint_eq(result.novelty, NOVEL_TOOL | NOVEL_BIGRAM);
	ck_assert_int_gt(result.confidence, FIXED_ONE / 2);
}
END_TEST

START_TEST(what_is_not_learned_leaves_no_count)
{
	struct behavior_event event = { .tool = hash("tool9") };

	work(1000, 0, 5, RISK_LOW, 0);
	for (unsigned i = 0; i < 100; i++) {
		struct behavior_score out = score(&event);

		behavior_commit(&agent, &out, 0, false);
	}
	ck_assert_uint_eq(learned("tool9"), 0);
	ck_assert_uint_eq(agent.seen, 1100);
	ck_assert_uint_eq(agent.head.learned, 1000);
}
END_TEST

/* Another's work is not taken over for 3,000 events; when it goes on and harms nobody, it leaks in, and then it is the agent's. */
START_TEST(foreign_windows_wait_and_leak)
{
	work(3000, 0, 5, RISK_LOW, 0);
	work(1000, 50, 5, RISK_LOW, 0);
	ck_assert_uint_eq(learned("tool50"), 0);
	ck_assert_uint_eq(agent.head.learned, 3000);
	ck_assert_uint_eq(agent.windows_rejected, 10);
	work(2000, 50, 5, RISK_LOW, 0);
	ck_assert_uint_eq(agent.windows_leaked, 0);
	work(1000, 50, 5, RISK_LOW, 0);
	ck_assert_uint_ge(agent.windows_leaked, 1);
	ck_assert_uint_ge(learned("tool50") + learned("tool51") + learned("tool52"), 1);
}
END_TEST

/* Ten thousand times the same odd and risky act among foreign ones: it never leaks in, and every window shows it. */
START_TEST(repeating_a_risky_act_does_not_make_it_normal)
{
	work(3000, 0, 5, RISK_LOW, 0);
	work(10000, 60, 1, RISK_HIGH, 0);
	ck_assert_uint_eq(learned("tool60"), 0);
	ck_assert_uint_eq(agent.windows_rejected, 100);
	ck_assert_uint_eq(agent.windows_leaked, 0);
}
END_TEST

START_TEST(a_day_has_a_most_and_clocks_do_not_go_back)
{
	uint64_t noon = 20000 * UINT64_C(86400) + 43200;

	work(12000, 0, 5, RISK_LOW, noon);
	ck_assert_uint_eq(agent.day_windows, 100);
	work(1000, 0, 5, RISK_LOW, noon - 86400);
	ck_assert_uint_eq(agent.day_windows, 100);
	ck_assert_uint_eq(agent.day, 20000);
	work(100, 0, 5, RISK_LOW, noon + 86400);
	ck_assert_uint_eq(agent.day_windows, 1);
}
END_TEST

START_TEST(day_0_stays)
{
	uint32_t before, after;

	work(1000, 0, 5, RISK_LOW, 0);
	ck_assert(agent.settled);
	behavior_tool_count(&agent, hash("tool1"), &before);
	ck_assert_uint_gt(before, 100);
	work(30000, 0, 5, RISK_LOW, 0);
	ck_assert_uint_gt(behavior_tool_count(&agent, hash("tool1"), &after), 1000);
	ck_assert_uint_eq(before, after);
	ck_assert_uint_lt(agent.head.learned, 31000); /* counts were halved */
}
END_TEST

START_TEST(many_tools_do_not_push_out_day_0)
{
	uint32_t day0;
	char name[16];

	work(1000, 0, 5, RISK_LOW, 0);
	for (unsigned i = 0; i < 20000; i++) {
		struct behavior_event event = { 0 };
		struct behavior_score out;

		snprintf(name, sizeof(name), "x%u", i);
		event.tool = hash(name);
		out = score(&event);
		out.next.window = 0; /* as if it fitted */
		behavior_commit(&agent, &out, 0, true);
	}
	for (unsigned i = 0; i < 5; i++) {
		snprintf(name, sizeof(name), "tool%u", i);
		ck_assert_uint_gt(behavior_tool_count(&agent, hash(name), &day0), 0);
		ck_assert_uint_gt(day0, 0);
	}
}
END_TEST

static int32_t intent_of(enum behavior_origin origin, enum risk risk)
{
	struct behavior_event event = { .tool = hash("tool1"), .target = hash("elsewhere"), .origin = origin, .risk = risk, .risk_known = true };

	return score(&event).intent;
}

START_TEST(intent_is_who_named_it_and_what_it_may_do)
{
	population_map_put(&population.map, population_key(COUNT_ROLE_TARGETS, 0, 0, 0))->count = 1000;
	work(1000, 0, 5, RISK_LOW, 0);
	ck_assert_int_gt(intent_of(ORIGIN_TOOL_OUTPUT, RISK_HIGH), intent_of(ORIGIN_NEITHER, RISK_HIGH));
	ck_assert_int_gt(intent_of(ORIGIN_NEITHER, RISK_HIGH), intent_of(ORIGIN_USER, RISK_HIGH));
	ck_assert_int_gt(intent_of(ORIGIN_TOOL_OUTPUT, RISK_HIGH), intent_of(ORIGIN_TOOL_OUTPUT, RISK_LOW));
}
END_TEST

START_TEST(sessions_do_not_mix)
{
	struct behavior_event event = { .tool = hash("tool1"), .target = hash("elsewhere"), .origin = ORIGIN_TOOL_OUTPUT, .session = 7 };

	population_map_put(&population.map, population_key(COUNT_ROLE_TARGETS, 0, 0, 0))->count = 1000;
	happens(&event, 0);
	ck_assert_int_gt(agent.head.intent, 0);
	event = (struct behavior_event){ .tool = hash("tool2"), .session = 8 };
	ck_assert_uint_eq(behavior_previous(&agent, &event), 0);
	ck_assert_int_eq(score(&event).intent, 0);
	ck_assert_uint_eq(score(&event).novelty & NOVEL_BIGRAM, 0);
	event.session = 7;
	ck_assert_uint_eq(behavior_previous(&agent, &event), hash("tool1"));
	ck_assert_int_gt(score(&event).intent, 0);
}
END_TEST

/* An agent without a past of its own may be suspicious, not more, unless it is what it does to whom. */
START_TEST(the_young_do_not_alarm_from_their_own_past)
{
	struct behavior_event event = { .tool = hash("tool1") };

	memset(population.scores, 255, sizeof(population.scores));
	memset(population.scores[CHANNEL_COUNT], 0, sizeof(population.scores[CHANNEL_COUNT]));
	work(900, 0, 5, RISK_LOW, 0);
	ck_assert_int_eq(score(&event).level, LEVEL_SUSPICIOUS);
	agent.settled = true;
	ck_assert_int_eq(score(&event).level, LEVEL_ALARM);
}
END_TEST

START_TEST(names_go_there_and_back)
{
	for (int origin = 0; origin < ORIGIN_COUNT; origin++)
		ck_assert_int_eq(behavior_origin_from_name(behavior_origin_name((enum behavior_origin)origin)), origin);
	ck_assert_int_eq(behavior_origin_from_name("god"), -1);
	ck_assert_str_eq(behavior_channel_name(CHANNEL_COUNT), "intent");
	ck_assert_int_eq(behavior_valid(&agent), 0);
	agent.head.window_events = BEHAVIOR_WINDOW;
	ck_assert_int_lt(behavior_valid(&agent), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("behavior");
	TCase *tcase = tcase_create("profile");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, scoring_changes_nothing_and_is_the_same_twice);
	tcase_add_test(tcase, own_work_is_own_and_foreign_work_is_foreign);
	tcase_add_test(tcase, what_is_not_learned_leaves_no_count);
	tcase_add_test(tcase, foreign_windows_wait_and_leak);
	tcase_add_test(tcase, repeating_a_risky_act_does_not_make_it_normal);
	tcase_add_test(tcase, a_day_has_a_most_and_clocks_do_not_go_back);
	tcase_add_test(tcase, day_0_stays);
	tcase_add_test(tcase, many_tools_do_not_push_out_day_0);
	tcase_add_test(tcase, intent_is_who_named_it_and_what_it_may_do);
	tcase_add_test(tcase, sessions_do_not_mix);
	tcase_add_test(tcase, the_young_do_not_alarm_from_their_own_past);
	tcase_add_test(tcase, names_go_there_and_back);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
