#ifndef TCPBEHAV_POPULATION_INTERNAL_H
#define TCPBEHAV_POPULATION_INTERNAL_H

/* Between population_build.c (counts) and population_calibrate.c (how rare is what). */

#include "common/population_build.h"

struct source {
	uint64_t agent;
	struct behavior_event *events;
	size_t n_events, capacity;
};

/* Fills channels and scores of model->population from replays of the sources, each without its own share. sources and
 * model->shares are in the same order. 0 or -ENOMEM. */
int population_calibrate(struct population_model *model, const struct source *sources, size_t n_sources, population_progress *progress,
                         void *data);

#endif
