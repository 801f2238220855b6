#include "config.h"

#include "common/population_build.h"

#include "common/behavior_internal.h"
#include "common/fleet.h"
#include "common/population_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct population_builder {
	struct population_map index; /* hash of the name -> 1 + source, in .distinct */
	struct source *sources;
	size_t n_sources, capacity;
	size_t n_events;
	struct fleet fleet;
};

uint64_t population_name_key(const char *name, size_t len)
{
	uint64_t hash = 14695981039346656037u;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (uint8_t)name[i]) * 1099511628211u;
	hash = behavior_mix(hash);
	return hash + (hash == 0);
}

const struct population_share *population_model_share(const struct population_model *model, const char *agent, size_t len)
{
	uint64_t hash = population_name_key(agent, len);
	size_t low = 0, high = model->n_agents;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (model->agents[middle] < hash)
			low = middle + 1;
		else
			high = middle;
	}
	return low < model->n_agents && model->agents[low] == hash ? &model->shares[low] : NULL;
}

void population_model_free(struct population_model *model)
{
	for (size_t i = 0; i < model->n_agents; i++)
		population_map_free(&model->shares[i].map);
	population_map_free(&model->population.map);
	free(model->agents);
	free(model->shares);
	memset(model, 0, sizeof *model);
}

struct population_builder *population_builder_new(void)
{
	return calloc(1, sizeof(struct population_builder));
}

void population_builder_free(struct population_builder *builder)
{
	if (builder == NULL)
		return;
	for (size_t i = 0; i < builder->n_sources; i++)
		free(builder->sources[i].events);
	free(builder->sources);
	population_map_free(&builder->index);
	free(builder);
}

size_t population_builder_events(const struct population_builder *builder)
{
	return builder->n_events;
}

/* Room for one more of size bytes. */
static bool reserve(void **items, size_t n, size_t *capacity, size_t size)
{
	size_t wanted = *capacity == 0 ? 16 : 2 * *capacity;
	void *grown;

	if (n < *capacity)
		return true;
	grown = realloc(*items, wanted * size);
	if (grown == NULL)
		return false;
	*items = grown;
	*capacity = wanted;
	return true;
}

static struct source *source_of(struct population_builder *builder, const char *agent, size_t len)
{
	uint64_t hash = population_name_key(agent, len);
	struct population_count *entry = population_map_put(&builder->index, hash);

	if (entry == NULL)
		return NULL;
	if (entry->distinct == 0) {
		if (builder->n_sources >= POPULATION_AGENTS_MAX ||
		    !reserve((void **)&builder->sources, builder->n_sources, &builder->capacity, sizeof *builder->sources))
			return NULL;
		builder->sources[builder->n_sources] = (struct source){.agent = hash};
		entry->distinct = (uint32_t)++builder->n_sources;
	}
	return &builder->sources[entry->distinct - 1];
}

int population_builder_add(struct population_builder *builder, const char *agent, size_t len, const struct behavior_event *event,
                           uint64_t time_s)
{
	struct source *source;

	if (builder->n_events >= POPULATION_EVENTS_MAX)
		return -E2BIG;
	source = source_of(builder, agent, len);
	if (source == NULL || !reserve((void **)&source->events, source->n_events, &source->capacity, sizeof *source->events))
		return -ENOMEM;
	source->events[source->n_events] = *event;
	source->events[source->n_events++].together =
		event->target == 0 ? 0 : (uint8_t)fleet_act(&builder->fleet, (uint32_t)source->agent, event->tool, event->target, time_s);
	builder->n_events++;
	return 0;
}

/* --- counting --- */

/* A key was met once more, in the population and in the share. False without memory. *first: the source had not met it. */
static bool count(struct population_map *all, struct population_map *own, uint64_t key, bool *first)
{
	struct population_count *entry = population_map_put(all, key);

	if (entry == NULL)
		return false;
	entry->count++;
	entry = population_map_put(own, key);
	if (entry == NULL)
		return false;
	*first = entry->count++ == 0;
	return true;
}

/* What the event tells of its role: of everybody's (0), and of the one it has. */
static bool count_role(struct population *all, struct population_share *own, uint32_t role, const struct behavior_event *event,
                       bool *new_target)
{
	bool first;

	if (!count(&all->map, &own->map, population_key(COUNT_ROLE, role, 0, 0), &first) ||
	    !count(&all->map, &own->map, population_key(COUNT_ROLE_TOOL, role, event->tool, 0), &first))
		return false;
	if (event->target == 0)
		return true;
	return count(&all->map, &own->map, population_key(COUNT_ROLE_ACTS, role, event->tool, 0), &first) &&
	       count(&all->map, &own->map, population_key(COUNT_ROLE_TARGETS, role, 0, 0), &first) &&
	       count(&all->map, &own->map, population_key(COUNT_ROLE_TARGET, role, event->target, 0), &first) &&
	       count(&all->map, &own->map, population_key(COUNT_ROLE_ACT, role, event->tool, event->target), new_target);
}

static bool count_event(struct population *all, struct population_share *own, uint32_t previous, const struct behavior_event *event)
{
	bool first, new_target = false;

	if (!count(&all->map, &own->map, population_key(COUNT_TOOL, event->tool, 0, 0), &first) ||
	    (previous != 0 && !count(&all->map, &own->map, population_key(COUNT_PAIR, previous, event->tool, 0), &first)) ||
	    !count_role(all, own, 0, event, &new_target) ||
	    (event->role != 0 && !count_role(all, own, event->role, event, &new_target)))
		return false;
	own->events++;
	if (event->target != 0) {
		own->met_targets++;
		own->new_targets += new_target;
	}
	return true;
}

static void add_totals(struct population *all, const struct population_share *own)
{
	all->events += own->events;
	all->met_targets += own->met_targets;
	all->new_targets += own->new_targets;
}

static bool count_source(struct population *all, struct population_share *own, const struct source *source)
{
	uint32_t previous = 0, session = 0;

	for (size_t i = 0; i < source->n_events; i++) {
		const struct behavior_event *event = &source->events[i];

		if (event->session != session)
			previous = 0;
		if (!count_event(all, own, previous, event))
			return false;
		previous = event->tool;
		session = event->session;
	}
	add_totals(all, own);
	return true;
}

/* Where a source was the only one: so many different things less are left without it. What one event tells is looked at once, when
 * the share still has it whole (distinct is where it is marked). */
static bool count_alone(struct population *all, struct population_share *own, uint32_t role, const struct behavior_event *event)
{
	uint64_t key = population_key(COUNT_ROLE_ACT, role, event->tool, event->target);
	struct population_count *mine = population_map_put(&own->map, key);
	struct population_count *total = population_map_put(&all->map, key);
	bool alone;

	if (mine == NULL || total == NULL)
		return false;
	if (mine->distinct != 0)
		return true;
	alone = mine->count == total->count;
	mine->distinct = 1;
	total->distinct++;
	population_map_put(&all->map, population_key(COUNT_ROLE_ACTS, role, event->tool, 0))->distinct += total->distinct == 1;
	population_map_put(&own->map, population_key(COUNT_ROLE_ACTS, role, event->tool, 0))->distinct += alone;
	key = population_key(COUNT_ROLE_TARGET, role, event->target, 0);
	mine = population_map_put(&own->map, key);
	total = population_map_put(&all->map, key);
	if (mine->distinct != 0)
		return true;
	alone = mine->count == total->count;
	mine->distinct = 1;
	total->distinct++;
	population_map_put(&all->map, population_key(COUNT_ROLE_TARGETS, role, 0, 0))->distinct += total->distinct == 1;
	population_map_put(&own->map, population_key(COUNT_ROLE_TARGETS, role, 0, 0))->distinct += alone;
	return true;
}

static bool count_distinct(struct population *all, struct population_share *own, const struct source *source)
{
	for (size_t i = 0; i < source->n_events; i++) {
		const struct behavior_event *event = &source->events[i];
		uint64_t key = population_key(COUNT_TOOL, event->tool, 0, 0);
		struct population_count *mine = population_map_put(&own->map, key);
		struct population_count *total = population_map_put(&all->map, key);

		if (mine == NULL || total == NULL)
			return false;
		if (mine->distinct == 0) {
			mine->distinct = 1;
			all->vocabulary += total->distinct++ == 0;
			own->vocabulary += mine->count == total->count;
		}
		if (event->target == 0)
			continue;
		if (!count_alone(all, own, 0, event) || (event->role != 0 && !count_alone(all, own, event->role, event)))
			return false;
	}
	return true;
}

static int compare_sources(const void *a, const void *b)
{
	const struct source *x = a, *y = b;

	return x->agent < y->agent ? -1 : x->agent > y->agent;
}

static int count_all(struct population_builder *builder, struct population_model *out)
{
	out->shares = calloc(builder->n_sources, sizeof *out->shares);
	out->agents = calloc(builder->n_sources, sizeof *out->agents);
	if (out->shares == NULL || out->agents == NULL)
		return -ENOMEM;
	qsort(builder->sources, builder->n_sources, sizeof *builder->sources, compare_sources);
	out->n_agents = builder->n_sources;
	for (size_t i = 0; i < builder->n_sources; i++) {
		out->agents[i] = builder->sources[i].agent;
		if (!count_source(&out->population, &out->shares[i], &builder->sources[i]))
			return -ENOMEM;
	}
	for (size_t i = 0; i < builder->n_sources; i++)
		if (!count_distinct(&out->population, &out->shares[i], &builder->sources[i]))
			return -ENOMEM;
	return 0;
}

int population_builder_finish(struct population_builder *builder, const char *version, population_progress *progress, void *data,
                              struct population_model *out)
{
	int rc;

	memset(out, 0, sizeof *out);
	if (builder->n_events == 0)
		return -ENODATA;
	population_init(&out->population);
	snprintf(out->population.version, sizeof out->population.version, "%s", version);
	rc = count_all(builder, out);
	if (rc == 0)
		rc = population_calibrate(out, builder->sources, builder->n_sources, progress, data);
	if (rc < 0)
		population_model_free(out);
	return rc;
}

/* Counts of 0 are not written. */
static void forget(struct population_map *map, uint64_t key)
{
	struct population_count *entry = population_map_put(map, key);

	if (entry != NULL)
		entry->count = 0;
}

static void forget_targets(struct population_map *map, uint32_t role, const struct behavior_event *event)
{
	forget(map, population_key(COUNT_ROLE_ACT, role, event->tool, event->target));
	forget(map, population_key(COUNT_ROLE_TARGET, role, event->target, 0));
}

void population_anonymize(const struct population_builder *builder, struct population_model *model)
{
	for (size_t i = 0; i < builder->n_sources; i++)
		for (size_t k = 0; k < builder->sources[i].n_events; k++) {
			const struct behavior_event *event = &builder->sources[i].events[k];

			if (event->target == 0)
				continue;
			forget_targets(&model->population.map, 0, event);
			if (event->role != 0)
				forget_targets(&model->population.map, event->role, event);
		}
	for (size_t i = 0; i < model->n_agents; i++)
		population_map_free(&model->shares[i].map);
	model->n_agents = 0;
}
