#include "config.h"

/* How rare is what among clean agents: every source is replayed as if it were not among the sources. The first replay collects
 * the values of blocks and makes of them p-values and e-values; the second counts how often evidence and intent rise
 * past each value, and makes of that the scores. Offline, therefore in floating point. */

#include "common/population_internal.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EVALUE_MOST 2.0     /* ln: one odd block alone is never an alarm */
#define RISES_SURE 5        /* rises that are enough to read a rate from; rarer ones are extrapolated */
#define RISES_SLOPE 50      /* rises from which on the tail is taken for exponential */
#define SLOPE_LEAST 0.05    /* of the tail, per step of the table, when there is nothing to read it from */
#define DWELL 100           /* events that one stay above a value lasts, about */
#define SCORE_DECADE 51.0   /* points of score for ten times rarer */

#define TALLIES 64          /* shares of the work */

/* What a channel may have of all false alarms: it scores as if it were so much rarer or more frequent. Chosen for what each finds, on
 * half of the simulator (DESIGN.md, "Behavior"). */
static const double budget[CHANNEL_COUNT + 1] = {
	[CHANNEL_BLOCKS] = 0.1, [CHANNEL_ACTS] = 2.0, [CHANNEL_RARITY] = 1.3, [CHANNEL_TOGETHER] = 0.9, [CHANNEL_STEERED] = 1.0,
	[CHANNEL_COUNT] = 1.2,
};

/* What replays tell. */
struct tally {
	int32_t *blocks[CHANNEL_COUNT];
	size_t n_blocks, capacity;
	uint32_t classes[CLASS_COUNT];
	uint64_t rises[CHANNEL_COUNT + 1][POPULATION_SCORES];
	uint64_t at[CHANNEL_COUNT + 1][POPULATION_SCORES]; /* events at a value */
	uint64_t events[CHANNEL_COUNT + 1];
};

static void tally_free(struct tally *tally)
{
	for (unsigned i = 0; i < CHANNEL_COUNT; i++)
		free(tally->blocks[i]);
}

static bool keep_block(struct tally *tally, const struct behavior_score *score)
{
	if (tally->n_blocks == tally->capacity) {
		size_t wanted = tally->capacity == 0 ? 4096 : 2 * tally->capacity;

		for (unsigned i = 0; i < CHANNEL_COUNT; i++) {
			int32_t *grown = realloc(tally->blocks[i], wanted * sizeof *grown);

			if (grown == NULL)
				return false;
			tally->blocks[i] = grown;
		}
		tally->capacity = wanted;
	}
	for (unsigned i = 0; i < CHANNEL_COUNT; i++)
		tally->blocks[i][tally->n_blocks] = score->block[i];
	tally->n_blocks++;
	return true;
}

static unsigned score_bin(int32_t value)
{
	uint32_t at = value <= 0 ? 0 : (uint32_t)value / POPULATION_STEP;

	return at < POPULATION_SCORES ? at : POPULATION_SCORES - 1;
}

/* From before to now, each step between is risen past once. */
static void count_rise(struct tally *tally, unsigned channel, int32_t before, int32_t now)
{
	for (unsigned at = score_bin(before) + 1; at <= score_bin(now); at++)
		tally->rises[channel][at]++;
	tally->at[channel][score_bin(now)]++;
	tally->events[channel]++;
}

static void count_intent(struct tally *tally, const struct behavior *before, const struct behavior_score *score)
{
	count_rise(tally, CHANNEL_COUNT, before->head.intent, score->next.intent);
}

static void count_rises(struct tally *tally, const struct behavior *before, const struct behavior_score *score)
{
	if (before->head.learned < BEHAVIOR_EVIDENCE_FROM)
		return;
	for (unsigned i = 0; i < CHANNEL_COUNT; i++)
		count_rise(tally, i, before->head.evidence[i], score->next.evidence[i]);
}

static void count_classes(struct tally *tally, const struct behavior_score *score)
{
	for (unsigned i = 0; i < CHANNEL_COUNT; i++)
		if (score->classes[i] != CLASS_NONE)
			tally->classes[score->classes[i]]++;
}

static bool replay(const struct population *population, const struct population_share *share, const struct source *source,
                   bool blocks, struct tally *tally)
{
	struct behavior behavior;
	bool ok = true;

	behavior_init(&behavior);
	for (size_t i = 0; i < source->n_events && ok; i++) {
		const struct behavior_event *event = &source->events[i];
		struct behavior_prior prior;
		struct behavior_score score;

		population_prior(population, share, behavior_previous(&behavior, event), event, &prior);
		behavior_score(&behavior, population, &prior, event, &score);
		if (blocks)
			count_intent(tally, &behavior, &score);
		if (blocks && behavior.head.learned >= BEHAVIOR_EVIDENCE_FROM)
			count_classes(tally, &score);
		if (!blocks)
			count_rises(tally, &behavior, &score);
		else if (score.block_ended && behavior.head.learned >= BEHAVIOR_EVIDENCE_FROM)
			ok = keep_block(tally, &score);
		behavior_commit(&behavior, &score, 0, true);
	}
	return ok;
}

static int compare_values(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return x < y ? -1 : x > y;
}

/* Vovk's mixture of the calibrators k p^(k-1), as a logarithm. */
static double evalue_of(double p)
{
	static const double exponents[] = {0.1, 0.3, 0.5, 0.7, 0.9};
	double sum = 0;

	for (size_t i = 0; i < sizeof exponents / sizeof *exponents; i++)
		sum += exponents[i] * pow(p, exponents[i] - 1);
	sum = log(sum / (double)(sizeof exponents / sizeof *exponents));
	return sum < EVALUE_MOST ? sum : EVALUE_MOST;
}

/* Bins from the median up to the highest but one in 2,000; what lies below the median is a p-value of 1. */
static void fill_channel(struct population_channel *channel, int32_t *values, size_t n)
{
	size_t above = n;

	qsort(values, n, sizeof *values, compare_values);
	channel->low = values[n / 2];
	channel->step = (values[n - 1 - n / 2000] - channel->low) / (POPULATION_BINS - 2) + 1;
	for (unsigned bin = POPULATION_BINS; bin-- > 0;) {
		int64_t edge = (int64_t)channel->low + (int64_t)bin * channel->step;
		double p;

		while (above > 0 && values[above - 1] >= edge)
			above--;
		p = bin == 0 ? 1 : (double)(n - above + 1) / (double)(n + 1);
		channel->evalue[bin] = (int32_t)lround(evalue_of(p) * FIXED_ONE);
	}
}

/* Where rises are too few to count, the tail goes on as it came down before. */
static void fill_scores(uint8_t scores[POPULATION_SCORES], const uint64_t rises[POPULATION_SCORES], double events)
{
	unsigned sure = 0, from = 0;
	double slope = (double)POPULATION_STEP / FIXED_ONE; /* an e-fold for each nat */

	for (unsigned at = 1; at < POPULATION_SCORES && rises[at] >= RISES_SURE; at++) {
		sure = at;
		if (rises[at] >= RISES_SLOPE)
			from = at;
	}
	if (sure > from && from > 0)
		slope = log((double)rises[from] / (double)rises[sure]) / (sure - from);
	if (slope < SLOPE_LEAST)
		slope = SLOPE_LEAST;
	for (unsigned at = 1; at < POPULATION_SCORES; at++) {
		double count = at <= sure ? (double)rises[at] : (sure > 0 ? (double)rises[sure] : 1) * exp(-slope * (at - sure));
		double score = -SCORE_DECADE * log10(count / (events + 1));

		score = score < 0 ? 0 : score > UINT8_MAX ? UINT8_MAX : score;
		scores[at] = score > scores[at - 1] ? (uint8_t)score : scores[at - 1];
	}
}

/* All sources on all processors. Which tally a source goes into does not hang on how many those are. */
static int replay_all(const struct population_model *model, const struct source *sources, size_t n, bool blocks, struct tally *tallies)
{
	int failed = 0;

#pragma omp parallel for schedule(dynamic, 1) reduction(| : failed)
	for (size_t t = 0; t < TALLIES; t++)
		for (size_t i = t; i < n; i += TALLIES)
			failed |= !replay(&model->population, &model->shares[i], &sources[i], blocks, &tallies[t]);
	return failed != 0 ? -ENOMEM : 0;
}

static int join_blocks(const struct tally *tallies, int32_t **values_out, size_t *n_out, unsigned channel)
{
	size_t total = 0, at = 0;
	int32_t *values;

	for (size_t i = 0; i < TALLIES; i++)
		total += tallies[i].n_blocks;
	values = malloc((total + 1) * sizeof *values);
	if (values == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < TALLIES; i++) {
		if (tallies[i].n_blocks > 0)
			memcpy(values + at, tallies[i].blocks[channel], tallies[i].n_blocks * sizeof *values);
		at += tallies[i].n_blocks;
	}
	*values_out = values;
	*n_out = total;
	return 0;
}

static int fill_channels(struct population *population, const struct tally *tallies)
{
	for (unsigned i = 0; i < CHANNEL_COUNT; i++) {
		int32_t *values;
		size_t n_values;
		int rc = join_blocks(tallies, &values, &n_values, i);

		if (rc < 0)
			return rc;
		if (n_values > 0)
			fill_channel(&population->channels[i], values, n_values);
		free(values);
	}
	return 0;
}

static void fill_classes(struct population *population, const struct tally *tallies)
{
	for (size_t t = 0; t < TALLIES; t++)
		for (unsigned i = 0; i < CLASS_COUNT; i++)
			population->classes[i] += tallies[t].classes[i];
	population_add_up(population);
}

static void fill_channel_scores(struct population *population, const struct tally *tallies, unsigned from, unsigned to)
{
	for (unsigned channel = from; channel <= to; channel++) {
		uint64_t rises[POPULATION_SCORES] = {0}, events = 0;

		uint64_t above = 0;

		for (size_t i = 0; i < TALLIES; i++) {
			events += tallies[i].events[channel];
			for (unsigned at = 0; at < POPULATION_SCORES; at++)
				rises[at] += tallies[i].rises[channel][at];
		}
		/* where agents dwell without rising is no less usual */
		for (unsigned at = POPULATION_SCORES; at-- > 0;) {
			for (size_t i = 0; i < TALLIES; i++)
				above += tallies[i].at[channel][at];
			if (rises[at] < above / DWELL)
				rises[at] = above / DWELL;
		}
		if (events > 0)
			fill_scores(population->scores[channel], rises, budget[channel] * (double)events);
	}
}

int population_calibrate(struct population_model *model, const struct source *sources, size_t n_sources, population_progress *progress,
                         void *data)
{
	struct tally *tallies = calloc(TALLIES, sizeof *tallies);
	int rc = tallies == NULL ? -ENOMEM : 0;

	/* Nothing is suspicious before it is known how rare it is. */
	memset(model->population.scores, 0, sizeof model->population.scores);

	if (rc == 0)
		rc = replay_all(model, sources, n_sources, true, tallies);
	if (progress != NULL)
		progress(data, n_sources, 2 * n_sources);
	if (rc == 0)
		rc = fill_channels(&model->population, tallies);
	if (rc == 0) {
		fill_classes(&model->population, tallies);
		fill_channel_scores(&model->population, tallies, CHANNEL_COUNT, CHANNEL_COUNT);
	}
	if (rc == 0)
		rc = replay_all(model, sources, n_sources, false, tallies);
	if (rc == 0)
		fill_channel_scores(&model->population, tallies, 0, CHANNEL_COUNT - 1);
	if (progress != NULL)
		progress(data, 2 * n_sources, 2 * n_sources);
	for (size_t i = 0; i < TALLIES && tallies != NULL; i++)
		tally_free(&tallies[i]);
	free(tallies);
	return rc;
}
