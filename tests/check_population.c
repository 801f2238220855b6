#include "config.h"

#include "common/fleet.h"
#include "common/population_build.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uint32_t hash(const char *name)
{
	return behavior_hash(name, strlen(name));
}

static void add(struct population_builder *builder, const char *agent, const char *tool, const char *target, const char *role)
{
	struct behavior_event event = { .tool = hash(tool), .target = *target ? hash(target) : 0, .role = *role ? hash(role) : 0 };

	ck_assert_int_eq(population_builder_add(builder, agent, strlen(agent), &event, 0), 0);
}

/* without: an agent that is left out. */
static struct population_model build(const char *without)
{
	static const struct { const char *agent, *tool, *target, *role; } rows[] = {
		{ "a", "git", "x", "coder" }, { "a", "make", "", "coder" }, { "b", "git", "y", "coder" }, { "a", "git", "x", "coder" },
		{ "c", "send", "x", "clerk" }, { "b", "rare", "z", "coder" }, { "b", "git", "y", "coder" }, { "c", "git", "x", "clerk" },
	};
	struct population_builder *builder = population_builder_new();
	struct population_model model;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (strcmp(rows[i].agent, without) != 0)
			add(builder, rows[i].agent, rows[i].tool, rows[i].target, rows[i].role);
	ck_assert_int_eq(population_builder_finish(builder, "test", NULL, NULL, &model), 0);
	population_builder_free(builder);
	return model;
}

static struct behavior_prior prior_of(const struct population_model *model, const char *agent, const char *previous, const char *tool,
                                      const char *target, const char *role)
{
	struct behavior_event event = { .tool = hash(tool), .target = hash(target), .role = hash(role) };
	struct behavior_prior prior;

	population_prior(&model->population, population_model_share(model, agent, strlen(agent)), hash(previous), &event, &prior);
	return prior;
}

START_TEST(counts_are_what_happened)
{
	struct population_model model = build("");
	struct behavior_prior prior = prior_of(&model, "nobody", "git", "git", "x", "coder");

	ck_assert_uint_eq(prior.events, 8);
	ck_assert_uint_eq(prior.vocabulary, 4);
	ck_assert_uint_eq(prior.tool, 5);
	ck_assert_uint_eq(prior.role_events, 6);
	ck_assert_uint_eq(prior.role_tool, 4);
	ck_assert_uint_eq(prior.acts, 4);
	ck_assert_uint_eq(prior.distinct, 2);
	ck_assert_uint_eq(prior.act, 2);
	ck_assert_uint_eq(prior.target, 2);
	ck_assert_uint_eq(prior.target_events, 5);
	ck_assert_uint_eq(prior.targets, 3);
	ck_assert_uint_eq(prior_of(&model, "nobody", "make", "git", "x", "coder").pair, 1);
	population_model_free(&model);
}
END_TEST

/* Taking an agent's share out is the same as never having had it. */
START_TEST(a_share_is_taken_out)
{
	static const char *const tools[] = { "git", "make", "send", "rare" }, *const targets[] = { "x", "y", "z" };
	static const char *const roles[] = { "coder", "clerk" }, *const agents[] = { "a", "b", "c" };

	for (size_t a = 0; a < 3; a++) {
		struct population_model all = build(""), rest = build(agents[a]);

		for (size_t i = 0; i < 4 * 3 * 2 * 4; i++) {
			const char *tool = tools[i % 4], *target = targets[i / 4 % 3], *role = roles[i / 12 % 2], *previous = tools[i / 24];
			struct behavior_prior x = prior_of(&all, agents[a], previous, tool, target, role);
			struct behavior_prior y = prior_of(&rest, "nobody", previous, tool, target, role);

			x.class_shares = y.class_shares = NULL; /* those are of all, always */
			ck_assert_mem_eq(&x, &y, sizeof(x));
		}
		population_model_free(&all);
		population_model_free(&rest);
	}
}
END_TEST

static uint8_t *read_file(const char *path, size_t *len)
{
	FILE *file = fopen(path, "rb");
	uint8_t *bytes = malloc(1 << 20);

	ck_assert_ptr_nonnull(file);
	*len = fread(bytes, 1, 1 << 20, file);
	fclose(file);
	return bytes;
}

START_TEST(a_file_is_whole_or_refused)
{
	char path[] = "/tmp/check_population.XXXXXX";
	struct population_model model = build(""), again;
	const char *why;
	uint8_t *bytes;
	size_t len;

	close(mkstemp(path));
	ck_assert_int_eq(population_write(&model, path), 0);
	ck_assert_int_eq(population_read(path, true, &again, &why), 0);
	ck_assert_str_eq(again.population.version, "test");
	ck_assert_uint_eq(again.n_agents, 3);
	ck_assert_mem_eq(again.population.scores, model.population.scores, sizeof(model.population.scores));
	ck_assert_mem_eq(again.population.channels, model.population.channels, sizeof(model.population.channels));
	ck_assert_uint_eq(prior_of(&again, "a", "make", "git", "x", "coder").tool, 3);
	population_model_free(&again);
	ck_assert_int_eq(population_read(path, false, &again, &why), 0);
	ck_assert_uint_eq(again.n_agents, 0);
	population_model_free(&again);
	bytes = read_file(path, &len);
	for (size_t n = 0; n < len; n += 1 + n / 50)
		ck_assert_int_lt(population_read_bytes(bytes, n, true, &again, &why), 0);
	for (size_t at = 0; at < len; at += 1 + at / 50) {
		bytes[at] ^= 0x40;
		ck_assert_int_lt(population_read_bytes(bytes, len, true, &again, &why), 0);
		ck_assert_ptr_nonnull(why);
		bytes[at] ^= 0x40;
	}
	bytes[7]++;
	ck_assert_int_lt(population_read_bytes(bytes, len, true, &again, &why), 0);
	ck_assert_ptr_nonnull(strstr(why, "version"));
	free(bytes);
	population_model_free(&model);
	ck_assert_int_lt(population_write(&model, "/tmp/no/such/folder/x"), 0);
	unlink(path);
}
END_TEST

START_TEST(anonymous_ones_tell_no_targets)
{
	char path[] = "/tmp/check_population.XXXXXX";
	struct population_builder *builder = population_builder_new();
	struct population_model model, again;
	const char *why;

	add(builder, "a", "git", "secret-host", "coder");
	add(builder, "b", "git", "secret-host", "coder");
	ck_assert_int_eq(population_builder_finish(builder, "test", NULL, NULL, &model), 0);
	population_anonymize(builder, &model);
	close(mkstemp(path));
	ck_assert_int_eq(population_write(&model, path), 0);
	ck_assert_int_eq(population_read(path, true, &again, &why), 0);
	ck_assert_uint_eq(again.n_agents, 0);
	ck_assert_uint_eq(prior_of(&again, "a", "", "git", "secret-host", "coder").target, 0);
	ck_assert_uint_eq(prior_of(&again, "a", "", "git", "secret-host", "coder").act, 0);
	ck_assert_uint_eq(prior_of(&again, "a", "", "git", "secret-host", "coder").tool, 2);
	ck_assert_ptr_null(population_map_find(&again.population.map, population_key(COUNT_ROLE_TARGET, 0, hash("secret-host"), 0)));
	population_model_free(&model);
	population_model_free(&again);
	population_builder_free(builder);
	unlink(path);
}
END_TEST

START_TEST(rarer_is_never_scored_lower)
{
	struct population_model model = build("");

	for (unsigned channel = 0; channel <= CHANNEL_COUNT; channel++)
		for (unsigned at = 1; at < POPULATION_SCORES; at++)
			ck_assert_uint_ge(model.population.scores[channel][at], model.population.scores[channel][at - 1]);
	population_model_free(&model);
}
END_TEST

START_TEST(nothing_makes_no_population)
{
	struct population_builder *builder = population_builder_new();
	struct population_model model;

	ck_assert_int_lt(population_builder_finish(builder, "test", NULL, NULL, &model), 0);
	population_builder_free(builder);
}
END_TEST

START_TEST(together_is_others_soon_and_not_by_chance)
{
	struct fleet *fleet = calloc(1, sizeof(*fleet));
	uint64_t start = 1000000, later = start + 100 * 86400;

	ck_assert_uint_eq(fleet_act(fleet, 1, 5, 6, 0), 0);
	ck_assert_uint_eq(fleet_act(fleet, 1, 5, 6, start), 0);
	ck_assert_uint_eq(fleet_act(fleet, 1, 5, 6, start + 5), 0); /* the same agent */
	ck_assert_uint_eq(fleet_act(fleet, 2, 9, 9, later), 0);
	ck_assert_uint_eq(fleet_act(fleet, 3, 9, 9, later + 60), 3);
	ck_assert_uint_eq(fleet_act(fleet, 4, 9, 9, later + 400), 0); /* too late */
	for (unsigned i = 0; i < 60000; i++)
		fleet_act(fleet, 2, 7, 7, later + 500 + i * 130);
	ck_assert_uint_eq(fleet_act(fleet, 3, 7, 7, later + 500 + 59999 * 130 + 10), 0); /* done all the time */
	free(fleet);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("population");
	TCase *tcase = tcase_create("model");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, counts_are_what_happened);
	tcase_add_test(tcase, a_share_is_taken_out);
	tcase_add_test(tcase, a_file_is_whole_or_refused);
	tcase_add_test(tcase, anonymous_ones_tell_no_targets);
	tcase_add_test(tcase, rarer_is_never_scored_lower);
	tcase_add_test(tcase, nothing_makes_no_population);
	tcase_add_test(tcase, together_is_others_soon_and_not_by_chance);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
