#include "config.h"
#include "tests/bench.h"

#include "common/population_build.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

/* What watching costs: the population's counts, the score, and taking the event in, with the learning of every hundredth. One agent that
 * is hot, and a random one of many each time, as a daemon meets them: nothing is fetched ahead. */

#define BLOCKS 200
#define EVENTS 1000
#define TOOLS 100

static uint32_t random_state = 2463534242u;

static uint32_t random_below(uint32_t n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return (uint32_t)((uint64_t)random_state * n >> 32);
}

/* Some tools are used much more than others. */
static struct behavior_event make_event(bool with_target)
{
	uint32_t tool = random_below(TOOLS);

	tool = 1 + (tool < random_below(TOOLS) ? tool : random_below(10));
	return (struct behavior_event){
		.tool = behavior_hash((const char *)&tool, sizeof(tool)),
		.target = with_target ? 1 + random_below(200) : 0,
		.origin = with_target ? (enum behavior_origin)random_below(ORIGIN_COUNT) : ORIGIN_NEITHER,
		.risk = (enum risk)random_below(RISK_HIGH),
		.risk_known = true,
	};
}

static bool make_population(struct population_model *model)
{
	struct population_builder *builder = population_builder_new();
	char name[16];
	bool ok = builder != NULL;

	for (unsigned i = 0; i < 100 * 1000 && ok; i++) {
		struct behavior_event event = make_event(true);
		int len = snprintf(name, sizeof(name), "a%u", i % 100);

		ok = population_builder_add(builder, name, (size_t)len, &event, 0) == 0;
	}
	ok = ok && population_builder_finish(builder, "bench", NULL, NULL, model) == 0;
	population_builder_free(builder);
	return ok;
}

static void happen(struct behavior *agent, const struct population *population, const struct behavior_event *event)
{
	struct behavior_prior prior;
	struct behavior_score score;

	population_prior(population, NULL, behavior_previous(agent, event), event, &prior);
	behavior_score(agent, population, &prior, event, &score);
	behavior_commit(agent, &score, 0, true);
}

static void row(const char *name, double bar, const struct population *population, struct behavior *agents, uint32_t n, bool with_target)
{
	struct bench_row row = { .name = name, .unit = "ns", .bar = bar, .floor_name = n > 100 ? "floor.dram" : "floor.l1" };
	static struct behavior_event events[EVENTS];
	static uint32_t whose[EVENTS];
	double samples[BLOCKS];

	for (size_t block = 0; block < BLOCKS; block++) {
		uint64_t start;

		for (size_t i = 0; i < EVENTS; i++) {
			events[i] = make_event(with_target);
			whose[i] = random_below(n);
		}
		start = bench_now_ns();
		for (size_t i = 0; i < EVENTS; i++)
			happen(&agents[whose[i]], population, &events[i]);
		samples[block] = (double)(bench_now_ns() - start) / EVENTS;
	}
	bench_keep(agents);
	bench_fill(&row, samples, BLOCKS);
	bench_report(&row);
}

/* A young past for each, so that counters are found. */
static void raise_agents(struct behavior *agents, uint32_t n, const struct population *population)
{
	struct behavior grown;

	behavior_init(&grown);
	for (unsigned i = 0; i < 3000; i++) {
		struct behavior_event event = make_event(true);

		happen(&grown, population, &event);
	}
	for (uint32_t i = 0; i < n; i++)
		agents[i] = grown;
}

static void many(const char *name, double bar, const struct population *population, uint32_t n)
{
	size_t bytes = (size_t)n * sizeof(struct behavior);
	struct behavior *agents = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct bench_row missing = { .name = name, .unit = "ns", .bar = bar, .why = "there is not enough memory" };

	if (agents == MAP_FAILED) {
		bench_report(&missing);
		return;
	}
#ifdef MADV_HUGEPAGE
	madvise(agents, bytes, MADV_HUGEPAGE);
#endif
	raise_agents(agents, n, population);
	row(name, bar, population, agents, n, false);
	munmap(agents, bytes);
}

void bench_behavior(const struct bench_setup *setup)
{
	struct population_model model;
	static struct behavior agent;

	(void)setup;
	if (!make_population(&model))
		return;
	raise_agents(&agent, 1, &model.population);
	row("behavior.hot", 35, &model.population, &agent, 1, false);
	row("behavior.hot.target", 60, &model.population, &agent, 1, true);
	many("behavior.20k", 100, &model.population, 20000);
	many("behavior.200k", 0, &model.population, 200000);
	many("behavior.1m", 0, &model.population, 1000000);
	population_model_free(&model);
}
