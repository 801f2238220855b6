#include "config.h"

/* Scoring: what an event says, channel by channel. Fractions have 32 fractional bits while they are built, logarithms 16. */

#include "common/behavior_internal.h"
#include "common/fixed.h"
#include "common/population.h"

#include <string.h>

/* How the parameters were chosen: DESIGN.md, "Behavior". */
#define LN_2_32 FIXED(22.18070978)   /* ln 2^32: what fractions are scaled by */
#define VOCABULARY_LEAST 256         /* tools that a population knows at least, for the share of what it never saw */
#define ROLE_WEIGHT 20               /* events' worth of everybody in what a role does */
#define TOOL_WEIGHT 1                /* events' worth of the role in the unigram below the bigram */
#define BAYES_WEIGHT 6               /* ... in the naive-Bayes term */
#define PAIR_WEIGHT 4                /* events' worth of the unigram in the bigram */
#define PAIR_LIMIT FIXED(5)
#define TARGETS_WEIGHT 20            /* events' worth of everybody in how often targets are new */
#define TARGET_OWN_WEIGHT 5          /* events' worth of the population in an agent's targets of a tool */
#define TARGET_RAREST 2048           /* one in so many is as rare as an unseen target gets */
#define BURST 20                     /* events within which doing the same again is no news */
#define CLASS_WEIGHT 100             /* events' worth of everybody in an agent's mix of classes */
#define RATIO_LIMIT FIXED(7)
#define ACTS_MOST FIXED(3)           /* what one block of acts says at most: a rough hour is one piece of evidence */
#define TAINT_FROM 174               /* score of an intent from which on its window is not learned */
#define EVIDENCE_LEAST FIXED(-20)
#define EVIDENCE_MOST FIXED(32)
#define INTENT_FADES 32              /* a 32nd of the intent is lost at each event */
#define CONFIDENCE_HALF 500          /* learned events that are half of certainty */

const struct behavior_classes behavior_classes[CHANNEL_COUNT] = {
#define CHANNEL(ID, name, first, last, ln_share, ln_rest, help) [CHANNEL_##ID] = { CLASS_##first, CLASS_##last + 1 },
#define CLASS(CHANNEL, ID, intruder, help)
#include "common/behavior.def"
#undef CLASS
#undef CHANNEL
};

/* ln of the intruder's share of all events, and of the rest. */
static const struct {
	int32_t share, rest;
} shares[CHANNEL_COUNT] = {
#define CHANNEL(ID, name, first, last, ln_share, ln_rest, help) [CHANNEL_##ID] = { FIXED(ln_share), FIXED(ln_rest) },
#define CLASS(CHANNEL, ID, intruder, help)
#include "common/behavior.def"
#undef CLASS
#undef CHANNEL
};

static const uint16_t intruder[CLASS_COUNT] = {
#define CHANNEL(ID, name, first, last, ln_share, ln_rest, help)
#define CLASS(CHANNEL, ID, intruder, help) intruder,
#include "common/behavior.def"
#undef CLASS
#undef CHANNEL
};

/* The intent's weight by who named the target, and by risk class; 256 is 1. */
static const int32_t origin_weight[ORIGIN_COUNT] = {[ORIGIN_NEITHER] = 205, [ORIGIN_USER] = 26, [ORIGIN_TOOL_OUTPUT] = 256};
static const int32_t risk_weight[RISK_COUNT] = {160, 192, 256, 320, 384};

uint32_t behavior_hash(const char *name, size_t len)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (uint8_t)name[i]) * 16777619u;
	hash = (uint32_t)(behavior_mix(hash) >> 16);
	return hash + (hash == 0);
}

void behavior_init(struct behavior *behavior)
{
	memset(behavior, 0, sizeof *behavior);
	for (unsigned i = 0; i < CHANNEL_COUNT; i++)
		behavior->head.evidence[i] = EVIDENCE_LEAST;
}

/* Everything that the parts of one score share. */
struct scoring {
	const struct behavior *behavior;
	const struct behavior_prior *prior;
	const struct behavior_event *event;
	struct slot tool, pair, act;
	bool repeated;       /* the tool was used in this window already */
	bool repeated_act;   /* ... on this target */
	uint32_t previous;   /* tool of the event before, of the same session; 0: none */
	unsigned tool_class; /* CLASS_TOOL_DAILY .. CLASS_TOOL_STRANGE */
	uint64_t share;      /* of the tool in the population */
	uint64_t role_share; /* in the role */
	uint64_t own_share;  /* of the agent, with the role as its prior */
	int32_t ln_share;
};

static int32_t ln_fraction(uint64_t fraction)
{
	return fixed_ln(fraction) - LN_2_32;
}

/* (count + weight x prior) / (total + weight) */
static uint64_t smoothed(uint32_t count, uint32_t weight, uint64_t prior, uint32_t total)
{
	return (((uint64_t)count << 32) + weight * prior) / ((uint64_t)total + weight);
}

static void find_shares(struct scoring *s)
{
	const struct behavior_prior *prior = s->prior;
	uint32_t vocabulary = prior->vocabulary > VOCABULARY_LEAST ? prior->vocabulary : VOCABULARY_LEAST;

	s->share = ((2 * (uint64_t)prior->tool + 1) << 32) / (2 * (uint64_t)prior->events + vocabulary);
	s->role_share = smoothed(prior->role_tool, ROLE_WEIGHT, s->share, prior->role_events);
	s->own_share = smoothed(s->tool.count, TOOL_WEIGHT, s->role_share, s->behavior->head.learned);
	s->ln_share = ln_fraction(s->share);
}

/* Naive-Bayes term against a profile of total events of which count were this tool. */
static int32_t bayes_ratio(const struct scoring *s, uint32_t count, uint32_t total)
{
	return s->ln_share - ln_fraction(smoothed(count, BAYES_WEIGHT, s->role_share, total));
}

static int32_t pair_ratio(const struct scoring *s)
{
	const struct behavior_head *head = &s->behavior->head;
	uint64_t shared, own;

	if (s->previous == 0)
		return 0;
	shared = smoothed(s->prior->pair, PAIR_WEIGHT, s->share, head->previous_shared);
	own = smoothed(s->pair.count, PAIR_WEIGHT, s->own_share, head->previous_own);
	return fixed_clamp(fixed_ln(shared) - fixed_ln(own), -PAIR_LIMIT, PAIR_LIMIT);
}

/* How often a target is new to this agent, 16 fractional bits; between 1 and 99 %. */
static int32_t new_target_rate(const struct scoring *s)
{
	const struct behavior *behavior = s->behavior;
	uint64_t shared = (((uint64_t)s->prior->new_targets + 3) << 16) / ((uint64_t)s->prior->met_targets + 10);
	uint64_t rate = (((uint64_t)behavior->new_targets << 16) + TARGETS_WEIGHT * shared) / (behavior->met_targets + TARGETS_WEIGHT);

	return fixed_clamp((int32_t)rate, 655, 64880);
}

/* ln((1 - share) + share x intruder / own) for the event's class, whose own share is smoothed with everybody's. */
static int32_t class_ratio(const struct scoring *s, unsigned channel, unsigned class)
{
	uint64_t own = smoothed(s->behavior->classes[class], CLASS_WEIGHT, s->prior->class_shares[class], s->behavior->class_totals[channel]);
	int32_t ratio = fixed_clamp(fixed_ln((uint64_t)intruder[class] << 16) - fixed_ln(own), -RATIO_LIMIT, RATIO_LIMIT);

	return fixed_ln_add(shares[channel].rest, ratio + shares[channel].share);
}

/* The agent never did this to that target, nor did it just now. */
static bool act_new(const struct scoring *s)
{
	return s->event->target != 0 && s->act.count == 0 && !s->repeated_act;
}

static uint8_t act_class(const struct scoring *s)
{
	unsigned kind = !act_new(s) ? CLASS_SAFE_OLD : s->event->origin == ORIGIN_USER ? CLASS_SAFE_USER : CLASS_SAFE_NEW;

	return (uint8_t)(kind + (s->event->risk_known ? s->event->risk : RISK_SAFE) * (CLASS_LOW_OLD - CLASS_SAFE_OLD));
}

/* How rare the tool is for the agent on day 0 (or so far) and for everybody. */
static unsigned tool_class(const struct scoring *s)
{
	uint64_t learned = s->behavior->settled ? BEHAVIOR_SETTLED : s->behavior->head.learned + 1;
	uint64_t own = ((uint64_t)(s->behavior->settled ? s->tool.day0 : s->tool.count) << 32) / learned;
	uint64_t share = own > s->share ? own : s->share;
	unsigned class = CLASS_TOOL_DAILY;

	for (unsigned bits = 26; bits > 18 && share < (uint64_t)1 << bits; bits -= 2)
		class++;
	return class;
}

/* Whether one of the last 100 events used the tool: what the open window has not written over yet is of the one before. */
static bool used_lately(const struct scoring *s)
{
	uint16_t tool = behavior_short(s->event->tool);
	bool found = false;

	for (unsigned i = 0; i < BEHAVIOR_WINDOW; i++)
		found |= ((s->behavior->tools[i] ^ tool) & 0x7FFF) == 0;
	return found;
}

static uint8_t rarity_class(const struct scoring *s)
{
	if (s->repeated)
		return CLASS_NONE;
	if (s->tool_class >= CLASS_TOOL_RARE && used_lately(s))
		return s->event->target == 0 ? CLASS_TOOL_AGAIN_ON_NOTHING : CLASS_TOOL_AGAIN;
	return (uint8_t)s->tool_class;
}

static uint8_t together_class(const struct scoring *s)
{
	if (s->event->together == 0 || s->act.count != 0 || s->event->origin == ORIGIN_USER)
		return CLASS_ALONE;
	return (uint8_t)(s->tool_class >= CLASS_TOOL_RARE ? CLASS_TOGETHER_RARE : CLASS_ALONE + s->event->together);
}

static uint8_t steered_class(const struct scoring *s)
{
	if (!s->event->risk_known || s->event->risk < RISK_MEDIUM || s->event->origin != ORIGIN_TOOL_OUTPUT || !act_new(s))
		return CLASS_FREE;
	return (uint8_t)(CLASS_STEERED_MEDIUM + (s->event->risk - RISK_MEDIUM));
}

/* -ln P(target | tool) for the agent, whose prior is the role, whose prior is how common the target is (PPM-C weights: different
 * targets met count as those to come), by who named it and by risk. */
static int32_t intent_of(const struct scoring *s, int32_t rate)
{
	const struct behavior_prior *prior = s->prior;
	uint64_t everywhere, role, own, weight;
	int64_t surprise;

	if (s->event->target == 0)
		return 0;
	everywhere = (((uint64_t)prior->target + 1) << 32) / ((uint64_t)prior->target_events + prior->targets + 1);
	if (everywhere < ((uint64_t)1 << 32) / TARGET_RAREST)
		everywhere = ((uint64_t)1 << 32) / TARGET_RAREST;
	role = smoothed(prior->act, prior->distinct + (prior->distinct == 0), everywhere, prior->acts);
	weight = TARGET_OWN_WEIGHT + ((uint64_t)rate * s->tool.count >> 16);
	own = smoothed(s->act.count, (uint32_t)weight, role, s->tool.count);
	surprise = -ln_fraction(own) - ln_fraction(s->own_share) / 4;
	surprise = surprise * origin_weight[s->event->origin] >> 8;
	if (s->event->risk_known)
		surprise = surprise * risk_weight[s->event->risk] >> 8;
	return (int32_t)surprise;
}

/* A block is full: its values become evidence. */
static void end_block(struct behavior_head *head, const struct population *population, int32_t means[CHANNEL_COUNT])
{
	for (unsigned i = 0; i < CHANNEL_COUNT; i++) {
		const struct population_channel *channel = &population->channels[i];
		int32_t evalue;

		means[i] = head->block[i] / BEHAVIOR_BLOCK;
		evalue = i == CHANNEL_BLOCKS ? channel->evalue[population_bin(channel, means[i])] : head->block[i];
		if (i == CHANNEL_ACTS && evalue > ACTS_MOST)
			evalue = ACTS_MOST;

		if (head->learned >= BEHAVIOR_EVIDENCE_FROM)
			head->evidence[i] = fixed_clamp(fixed_ln_add(0, head->evidence[i]) + evalue, EVIDENCE_LEAST, EVIDENCE_MOST);
		head->block[i] = 0;
	}
	head->block_events = 0;
}

static enum policy_level level_of(uint8_t score)
{
	return score >= BEHAVIOR_ALARM ? LEVEL_ALARM : score >= BEHAVIOR_SUSPICIOUS ? LEVEL_SUSPICIOUS :
	       score >= BEHAVIOR_UNUSUAL ? LEVEL_UNUSUAL : LEVEL_NORMAL;
}

/* The highest score of all channels. The agent's own ones reach alarm only when it is settled. */
static void fill_level(const struct population *population, bool settled, struct behavior_score *out)
{
	int32_t sum = EVIDENCE_LEAST;

	out->score = population_score(population, CHANNEL_COUNT, out->next.intent);
	out->channel = CHANNEL_COUNT;
	for (unsigned i = 0; i < CHANNEL_COUNT; i++) {
		uint8_t score = population_score(population, i, out->next.evidence[i]);

		if (!settled && score >= BEHAVIOR_ALARM)
			score = BEHAVIOR_ALARM - 1;
		if (score > out->score) {
			out->score = score;
			out->channel = (uint8_t)i;
		}
		sum = fixed_ln_add(sum, out->next.evidence[i]);
	}
	out->evidence = sum - FIXED(1.60943791); /* the mean of five */
	out->level = level_of(out->score);
	out->next.level = (uint8_t)out->level;
}

static uint8_t novelty_of(const struct scoring *s)
{
	uint8_t novelty = 0;

	if (s->tool.count == 0)
		novelty |= NOVEL_TOOL;
	if (s->pair.count == 0 && s->previous != 0)
		novelty |= NOVEL_BIGRAM;
	if (s->event->target != 0 && s->act.count == 0)
		novelty |= s->event->origin == ORIGIN_TOOL_OUTPUT ? NOVEL_TARGET | NOVEL_UNTRUSTED_TARGET : NOVEL_TARGET;
	return novelty;
}

/* Finds the agent's counters of the event. */
static void find_slots(struct scoring *s, const struct behavior_score *out)
{
	const struct behavior *behavior = s->behavior;
	uint16_t previous = s->previous == 0 ? 0 : behavior_short(s->previous);

	s->tool = slot_find(behavior->lines, BEHAVIOR_LINES, slot_key_tool(out->tool16));
	s->pair = slot_find(behavior->lines, BEHAVIOR_LINES, slot_key_pair(previous, out->tool16));
	s->act = (struct slot){0, 0};
	if (s->event->target != 0)
		s->act = slot_find(behavior->target_lines, BEHAVIOR_TARGET_LINES, slot_key_act(out->tool16, out->target16));
}

static uint16_t session_of(const struct behavior_event *event)
{
	return event->session == 0 ? 0 : behavior_short(event->session);
}

int32_t behavior_confidence(const struct behavior *behavior)
{
	return (int32_t)(((uint64_t)behavior->head.learned << 16) / ((uint64_t)behavior->head.learned + CONFIDENCE_HALF));
}

uint32_t behavior_previous(const struct behavior *behavior, const struct behavior_event *event)
{
	return session_of(event) == behavior->head.session ? behavior->head.previous : 0;
}

/* The intent fades from event to event. In another session, what an injected page began is over. */
static int32_t faded_intent(const struct behavior_head *head, const struct behavior_event *event)
{
	return session_of(event) == head->session ? head->intent - head->intent / INTENT_FADES : 0;
}

static void add_classes(struct scoring *s, struct behavior_score *out)
{
	out->classes[CHANNEL_BLOCKS] = CLASS_NONE;
	s->tool_class = tool_class(s);
	out->classes[CHANNEL_ACTS] = act_class(s);
	out->classes[CHANNEL_RARITY] = rarity_class(s);
	out->classes[CHANNEL_TOGETHER] = together_class(s);
	out->classes[CHANNEL_STEERED] = steered_class(s);
	for (unsigned i = CHANNEL_BLOCKS + 1; i < CHANNEL_COUNT; i++)
		if (out->classes[i] != CLASS_NONE)
			out->next.block[i] += class_ratio(s, i, out->classes[i]);
}

/* A burst is one piece of evidence: what the open window holds already counts less. */
static void find_repeated(struct scoring *s, const struct behavior_score *out)
{
	const struct behavior *behavior = s->behavior;

	unsigned end = behavior->head.window_events;

	for (unsigned i = end > BURST ? end - BURST : 0; i < end; i++) {
		bool same = ((behavior->tools[i] ^ out->tool16) & 0x7FFF) == 0;

		s->repeated |= same;
		s->repeated_act |= same && behavior->targets[i] == out->target16;
	}
}

void behavior_score(const struct behavior *behavior, const struct population *population, const struct behavior_prior *prior,
                    const struct behavior_event *event, struct behavior_score *out)
{
	struct scoring s = {.behavior = behavior, .prior = prior, .event = event, .previous = behavior_previous(behavior, event)};
	struct behavior_head *next = &out->next;
	int32_t rate, intent;

	*next = behavior->head;
	out->seen = behavior->seen;
	out->tool16 = behavior_short(event->tool);
	out->target16 = event->target == 0 ? 0 : behavior_short(event->target);
	find_slots(&s, out);
	find_repeated(&s, out);
	find_shares(&s);
	rate = new_target_rate(&s);
	out->llr = bayes_ratio(&s, s.tool.count, behavior->head.learned) + pair_ratio(&s);
	intent = intent_of(&s, rate);

	next->intent = faded_intent(next, event);
	if (intent > next->intent)
		next->intent = intent;
	next->session = session_of(event);
	next->tainted = (uint8_t)(next->tainted + (population_score(population, CHANNEL_COUNT, intent) >= TAINT_FROM));
	add_classes(&s, out);
	next->block[CHANNEL_BLOCKS] += out->llr;
	next->window += out->llr;
	next->previous = event->tool;
	next->previous_own = (uint16_t)s.tool.count;
	next->previous_shared = prior->tool;
	out->block_ended = ++next->block_events == BEHAVIOR_BLOCK;
	if (out->block_ended)
		end_block(next, population, out->block);
	next->window_events++;
	out->intent = next->intent;
	out->novelty = novelty_of(&s);
	out->target_met = event->target == 0 ? TARGET_NONE : s.act.count != 0 ? TARGET_MET : TARGET_NEW;
	out->begins_session = s.previous == 0;
	out->confidence = behavior_confidence(behavior);
	fill_level(population, behavior->settled, out);
}
