#ifndef TCPBEHAV_POPULATION_BUILD_H
#define TCPBEHAV_POPULATION_BUILD_H

/* Making a population from events, and keeping it in a file. Offline: allocates, uses all processors. */

#include "common/population.h"

#include <stdio.h>

#define POPULATION_EVENTS_MAX 50000000u /* 32 bytes each while a population is built */
#define POPULATION_AGENTS_MAX 1000000u

/* 64 bits of an agent's name; never 0. */
uint64_t population_name_key(const char *name, size_t len);

/* A population with what each of its sources put in. */
struct population_model {
	struct population population;
	uint64_t *agents; /* hashes of the sources' names, ascending */
	struct population_share *shares;
	size_t n_agents;
};

/* The share of an agent that is among the sources, or NULL. */
const struct population_share *population_model_share(const struct population_model *model, const char *agent, size_t len);

void population_model_free(struct population_model *model);

struct population_builder;

/* NULL without memory. */
struct population_builder *population_builder_new(void);
void population_builder_free(struct population_builder *builder);

/* One event of an agent, in the order in which it happened; time_s in seconds since 1970, 0: not known. 0, -ENOMEM or -E2BIG. */
int population_builder_add(struct population_builder *builder, const char *agent, size_t len, const struct behavior_event *event,
                           uint64_t time_s);

size_t population_builder_events(const struct population_builder *builder);

typedef void population_progress(void *data, size_t done, size_t of);

/* Counts, replays every source as if it were not among them, and takes from that how rare blocks, evidence and intents are among
 * clean agents. progress (may be NULL) is told how many replays of agents are done. 0, -ENOMEM, -ENODATA without events. */
int population_builder_finish(struct population_builder *builder, const char *version, population_progress *progress, void *data,
                              struct population_model *out);

/* Takes out of the model what tells of its sources: who they are, and the targets that they had (their hashes could be guessed). How
 * rare things are stays. builder: the one that made it. */
void population_anonymize(const struct population_builder *builder, struct population_model *model);

/* 0, or -errno. The file is there whole or not at all. */
int population_write(const struct population_model *model, const char *path);

/* 0, -errno, or -EINVAL with a reason: no population, another version, cut short, damaged. with_shares false: only the population. */
int population_read(const char *path, bool with_shares, struct population_model *out, const char **why);

/* The same of bytes in memory. */
int population_read_bytes(const uint8_t *bytes, size_t len, bool with_shares, struct population_model *out, const char **why);

#endif
