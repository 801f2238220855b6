#include "config.h"

/* Committing: what happened is kept in a window of 100 events, and a window becomes part of the profile when it fits. */

#include "common/behavior_internal.h"
#include "common/fixed.h"

#include <errno.h>
#include <string.h>

/* How the parameters were chosen: DESIGN.md, "Behavior". */
#define GATE FIXED(0.75)            /* mean l of a window that is learned by a grown profile */
#define GATE_YOUNG FIXED(2000)      /* ... and this divided by the events learned on top of it */
#define STRAIN_MOST FIXED(3)        /* how strange a window counts for those behind it */
#define STRAIN_FADES_NUM 7          /* what is left of that, in tenths, a window later */
#define LEAK_AFTER 30               /* windows rejected in a row before one leaks in, and quiet ones */
#define LEAK_EVERY 16               /* of whose events one in so many counts */
#define WINDOWS_A_DAY 100           /* learned at most: 10,000 events */
#define SECONDS_A_DAY 86400
#define SUM_MOST FIXED(8192)        /* no sum of a window gets there */

const char *behavior_channel_name(unsigned channel)
{
	static const char *const names[CHANNEL_COUNT + 1] = {
		"blocks",
#define CHANNEL(ID, name, first, last, ln_share, ln_rest, help) name,
#define CLASS(CHANNEL, ID, intruder, help)
#include "common/behavior.def"
#undef CLASS
#undef CHANNEL
		"intent",
	};

	return names[channel <= CHANNEL_COUNT ? channel : CHANNEL_COUNT];
}

static const char *const origin_names[ORIGIN_COUNT] = {"neither", "user", "tool-output"};

const char *behavior_origin_name(enum behavior_origin origin)
{
	return origin_names[origin];
}

int behavior_origin_from_name(const char *name)
{
	for (int i = 0; i < ORIGIN_COUNT; i++)
		if (strcmp(origin_names[i], name) == 0)
			return i;
	return -1;
}

static void add_up_classes(struct behavior *behavior)
{
	for (unsigned i = 0; i < CHANNEL_COUNT; i++) {
		behavior->class_totals[i] = 0;
		for (unsigned class = behavior_classes[i].first; class < behavior_classes[i].end; class++)
			behavior->class_totals[i] += behavior->classes[class];
	}
}

static void halve_all(struct behavior *behavior)
{
	slots_halve(behavior->lines, BEHAVIOR_LINES);
	slots_halve(behavior->target_lines, BEHAVIOR_TARGET_LINES);
	behavior->head.learned /= 2;
	behavior->met_targets /= 2;
	behavior->new_targets /= 2;
	for (unsigned i = 0; i < CLASS_COUNT; i++)
		behavior->classes[i] /= 2;
	add_up_classes(behavior);
}

/* Event number i of the window becomes part of the profile. */
static void learn_event(struct behavior *behavior, unsigned i)
{
	uint16_t tool = behavior->tools[i] & (uint16_t)~SHORT_SESSION_START;
	uint16_t previous = i == 0 ? behavior->before_window : behavior->tools[i - 1] & (uint16_t)~SHORT_SESSION_START;
	bool full = slot_add(behavior->lines, BEHAVIOR_LINES, slot_key_tool(tool));

	if ((behavior->tools[i] & SHORT_SESSION_START) == 0)
		full |= slot_add(behavior->lines, BEHAVIOR_LINES, slot_key_pair(previous, tool));
	if (behavior->targets[i] != 0)
		full |= slot_add(behavior->target_lines, BEHAVIOR_TARGET_LINES, slot_key_act(tool, behavior->targets[i]));
	behavior->head.learned++;
	if (full || behavior->head.learned >= UINT16_MAX) /* classes and targets are counted in 16 bits, too */
		halve_all(behavior);
	if (!behavior->settled && behavior->head.learned == BEHAVIOR_SETTLED) {
		slots_keep_day0(behavior->lines, BEHAVIOR_LINES);
		behavior->settled = true;
	}
}

static void add_saturating(uint16_t *count, uint32_t more)
{
	uint32_t sum = *count + more;

	*count = sum > UINT16_MAX ? UINT16_MAX : (uint16_t)sum;
}

static void learn_window(struct behavior *behavior, unsigned every)
{
	for (unsigned i = 0; i < BEHAVIOR_WINDOW; i += every)
		learn_event(behavior, i);
	for (unsigned i = 0; i < CLASS_COUNT; i++)
		add_saturating(&behavior->classes[i], behavior->window_classes[i] / every);
	add_up_classes(behavior);
	add_saturating(&behavior->met_targets, (behavior->window_met + behavior->window_new) / every);
	add_saturating(&behavior->new_targets, behavior->window_new / every);
	behavior->day_windows++;
}

/* Nothing in the window did harm: such a one may leak in. */
static bool window_quiet(const struct behavior *behavior)
{
	unsigned grave = 0;

	for (unsigned i = CLASS_HIGH_OLD; i <= CLASS_CRITICAL_NEW; i++)
		grave += behavior->window_classes[i];
	return behavior->head.tainted == 0 && grave == 0;
}

static void judge_window(struct behavior *behavior)
{
	struct behavior_head *head = &behavior->head;
	int32_t mean = head->window / BEHAVIOR_WINDOW;
	int32_t gate = GATE + GATE_YOUNG / (int32_t)(head->learned + 1);
	int32_t strain = mean < STRAIN_MOST ? mean : STRAIN_MOST;

	head->strain = head->strain * STRAIN_FADES_NUM / 10;
	if (strain > head->strain)
		head->strain = strain;
	if (head->strain < gate && mean < gate && head->tainted == 0) {
		behavior->rejected = 0;
		if (behavior->day_windows < WINDOWS_A_DAY)
			learn_window(behavior, 1);
		return;
	}
	add_saturating(&behavior->windows_rejected, 1);
	if (!window_quiet(behavior))
		behavior->rejected = 0;
	else if (++behavior->rejected > LEAK_AFTER && behavior->day_windows < WINDOWS_A_DAY) {
		learn_window(behavior, LEAK_EVERY);
		add_saturating(&behavior->windows_leaked, 1);
	}
}

static void end_window(struct behavior *behavior, bool learn)
{
	if (learn)
		judge_window(behavior);
	behavior->before_window = behavior->tools[BEHAVIOR_WINDOW - 1] & (uint16_t)~SHORT_SESSION_START;
	behavior->head.window = 0;
	behavior->head.window_events = 0;
	behavior->head.tainted = 0;
	memset(behavior->window_classes, 0, sizeof(behavior->window_classes));
	behavior->window_new = 0;
	behavior->window_met = 0;
	memmove(behavior->history, behavior->history + 1, sizeof behavior->history - 1);
	behavior->history[sizeof behavior->history - 1] = 0;
}

/* Days only go forward: a clock that jumps back gives nobody another day's learning. */
static void turn_day(struct behavior *behavior, uint64_t time_s)
{
	uint64_t day = time_s / SECONDS_A_DAY;

	if (time_s == 0) {
		behavior->day_windows = 0;
	} else if (day > behavior->day && day <= UINT32_MAX) {
		behavior->day = (uint32_t)day;
		behavior->day_windows = 0;
	}
}

void behavior_commit(struct behavior *behavior, const struct behavior_score *score, uint64_t time_s, bool learn)
{
	unsigned at = behavior->head.window_events;
	uint8_t *highest = &behavior->history[sizeof behavior->history - 1];

	turn_day(behavior, time_s);
	if (score->next.level == LEVEL_ALARM && behavior->head.level != LEVEL_ALARM)
		add_saturating(&behavior->alarms, 1);
	behavior->tools[at] = (uint16_t)(score->tool16 | (score->begins_session ? SHORT_SESSION_START : 0));
	behavior->targets[at] = score->target16;
	for (unsigned i = 0; i < CHANNEL_COUNT; i++)
		if (score->classes[i] != CLASS_NONE)
			behavior->window_classes[score->classes[i]]++;
	behavior->window_met = (uint8_t)(behavior->window_met + (score->target_met == TARGET_MET));
	behavior->window_new = (uint8_t)(behavior->window_new + (score->target_met == TARGET_NEW));
	if (score->score > *highest)
		*highest = score->score;
	behavior->head = score->next;
	behavior->seen++;
	if (behavior->head.window_events == BEHAVIOR_WINDOW)
		end_window(behavior, learn);
}

uint32_t behavior_tool_count(const struct behavior *behavior, uint32_t tool, uint32_t *day0_out)
{
	struct slot slot = slot_find(behavior->lines, BEHAVIOR_LINES, slot_key_tool(behavior_short(tool)));

	*day0_out = slot.day0;
	return slot.count;
}

static bool plausible(const int32_t *sums, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (sums[i] < -SUM_MOST || sums[i] > SUM_MOST)
			return false;
	return true;
}

int behavior_valid(const struct behavior *behavior)
{
	const struct behavior_head *head = &behavior->head;
	uint8_t settled;

	memcpy(&settled, &behavior->settled, 1);
	if (settled > 1 || !plausible(head->block, CHANNEL_COUNT) || !plausible(head->evidence, CHANNEL_COUNT) ||
	    !plausible(&head->window, 1) || !plausible(&head->strain, 1) || !plausible(&head->intent, 1))
		return -EINVAL;
	if (behavior->head.window_events >= BEHAVIOR_WINDOW || behavior->head.block_events >= BEHAVIOR_BLOCK ||
	    behavior->head.level >= LEVEL_COUNT)
		return -EINVAL;
	return 0;
}
