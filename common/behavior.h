#ifndef TCPBEHAV_BEHAVIOR_H
#define TCPBEHAV_BEHAVIOR_H

/* Does this event fit the agent that makes it? One agent's profile is plain data of fixed size; scoring reads it, committing
 * writes it, and nothing else is touched: pure, no allocation, integers only. One writer at a time for each profile.
 *
 * An event's *log-likelihood ratio* l (nats; positive: more like everybody than like this agent) is the sum of a naive-Bayes term on
 * the tool (Maxion & Townsend, DSN 2002) and a hierarchical bigram term on the tool behind the one before. Evidence adds up over
 * *blocks* of 10 events, in *channels*, each a Shiryaev-Roberts statistic R' = (R + 1) e kept as a logarithm. In the channel "blocks" e is
 * the e-value of the block's mean l (conformal p-value among the population's blocks, mixture of betting functions, Vovk). In the others
 * (behavior.def) e is how much likelier the events' classes are if an intruder did a share of them; that is no e-value, and what
 * its values mean is measured. Beside them stands the *intent*: how surprising the target is for this tool, times who named it, times
 * the risk; a maximum that fades, because one call suffices for harm and a mean would hide it.
 *
 * The *population* (population.h) says how rare each value is among clean agents: the score is -51 log10 of that, 0..255.
 *
 * What is learned: windows of 100 events whose mean l lies below a gate that narrows as the profile grows, and that come some
 * windows after strange ones; never an event that was denied. A change that stays and does no harm leaks in slowly. */

#include "common/caps.h"
#include "common/fleet.h"
#include "common/policy.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BEHAVIOR_VERSION 2
#define BEHAVIOR_BLOCK 10
#define BEHAVIOR_WINDOW 100
#define BEHAVIOR_LINES 34        /* of 16 counters: tools and pairs of tools */
#define BEHAVIOR_TARGET_LINES 3  /* of 16 counters: (tool, target) */
#define BEHAVIOR_SETTLED 1000    /* learned events that make day 0, and from which on the agent's own channels may alarm */
#define BEHAVIOR_EVIDENCE_FROM 500 /* learned events from which on blocks count */
#define BEHAVIOR_BYTES_MAX 3000

#define BEHAVIOR_UNUSUAL 128     /* scores at which levels begin: 3 in 1,000 clean events reach the first, */
#define BEHAVIOR_SUSPICIOUS 180  /* 3 in 10,000 this, */
#define BEHAVIOR_ALARM 234       /* and 3 in 100,000 this, in each channel, by its budget */

/* Blocks are compared as a whole; the others by the class that each event falls into (behavior.def). */
enum behavior_channel {
	CHANNEL_BLOCKS,
#define CHANNEL(ID, name, first, last, ln_share, ln_rest, help) CHANNEL_##ID,
#define CLASS(CHANNEL, ID, intruder, help)
#include "common/behavior.def"
#undef CHANNEL
#undef CLASS
	CHANNEL_COUNT
};

enum behavior_class {
#define CHANNEL(ID, name, first, last, ln_share, ln_rest, help)
#define CLASS(CHANNEL, ID, intruder, help) CLASS_##ID,
#include "common/behavior.def"
#undef CHANNEL
#undef CLASS
	CLASS_COUNT,
	CLASS_NONE = CLASS_COUNT /* the event says nothing in this channel */
};

enum behavior_novelty { NOVEL_TOOL = 1, NOVEL_BIGRAM = 2, NOVEL_TARGET = 4, NOVEL_UNTRUSTED_TARGET = 8 };

enum behavior_origin { ORIGIN_NEITHER, ORIGIN_USER, ORIGIN_TOOL_OUTPUT, ORIGIN_COUNT };

/* What happened. Hashes are behavior_hash() of names; 0: none. */
struct behavior_event {
	uint32_t tool;
	uint32_t target;
	uint32_t role;
	uint32_t session;
	uint32_t caps;
	enum behavior_origin origin; /* who named the target */
	enum risk risk;
	bool risk_known;
	uint8_t together; /* fleet_act(): how unlikely it is that other agents did the same just now */
};

/* How often the population did what an event does. All counts are without the agent's own part when it is one of the sources. */
struct behavior_prior {
	uint32_t events, vocabulary;     /* of all; different tools */
	uint32_t tool, pair;             /* this tool; it behind the one before */
	uint32_t role_events, role_tool; /* of the role; 0, 0: nothing known of it */
	uint32_t acts, distinct;         /* in the role, of this tool: with a target, with different ones */
	uint32_t act;                    /* ... with this one */
	uint32_t target, target_events, targets; /* in the role: with this target, with any; different ones */
	const uint64_t *class_shares;    /* CLASS_COUNT: of the events of all agents in a channel, 32 fractional bits */
	uint32_t new_targets, met_targets; /* of all agents: targets that the agent had not met, and all */
};

/* What every event reads and writes. */
struct behavior_head {
	uint32_t learned;        /* events that count as normal */
	uint32_t previous;       /* tool of the event before; 0: none in this session */
	uint32_t previous_shared;/* how often the population used it */
	uint16_t previous_own;   /* how often the agent did */
	uint16_t session;
	uint8_t block_events;
	uint8_t window_events;
	uint8_t tainted;         /* events of the window whose own intent was suspicious */
	uint8_t level;           /* of the last event */
	int32_t block[CHANNEL_COUNT];    /* sums, nats */
	int32_t evidence[CHANNEL_COUNT]; /* ln R */
	int32_t window;          /* sum of l */
	int32_t strain;          /* fading maximum of the windows' means */
	int32_t intent;
};

struct behavior_line {
	uint16_t tags[16];   /* 0: free */
	uint16_t counts[16]; /* low 12 bits: how often; high 4: the same on day 0, its number of bits */
};

struct behavior {
	struct behavior_head head;
	uint32_t seen;            /* events committed */
	uint32_t rejected;        /* windows in a row that were not learned */
	uint32_t day;             /* of the newest event, days since 1970 */
	uint16_t day_windows;     /* learned on that day */
	uint16_t met_targets, new_targets; /* learned: events with a target, with one not met before */
	uint16_t classes[CLASS_COUNT]; /* learned: events of each class */
	uint32_t class_totals[CHANNEL_COUNT];
	uint16_t alarms;          /* times the level rose to alarm */
	uint16_t windows_rejected, windows_leaked;
	uint16_t before_window;   /* tool in front of the window, its short form */
	uint8_t window_classes[CLASS_COUNT]; /* of the window that is open */
	uint8_t window_new, window_met;
	bool settled;             /* day 0 is kept */
	uint16_t tools[BEHAVIOR_WINDOW];   /* of the window that is open: short forms */
	uint16_t targets[BEHAVIOR_WINDOW];
	uint8_t history[16];      /* highest score of each of the last windows, newest last */
	struct behavior_line target_lines[BEHAVIOR_TARGET_LINES];
	struct behavior_line lines[BEHAVIOR_LINES];
};

_Static_assert(sizeof(struct behavior) <= BEHAVIOR_BYTES_MAX, "an agent's profile has outgrown its bound");

struct behavior_score {
	uint8_t score;
	enum policy_level level;
	uint8_t novelty;      /* set of enum behavior_novelty */
	uint8_t channel;      /* whose score it is; CHANNEL_COUNT: the intent */
	int32_t llr;          /* l, nats */
	int32_t intent;       /* nats */
	int32_t evidence;     /* ln of the mean of the channels' R */
	int32_t confidence;   /* 0..FIXED_ONE */
	bool block_ended;     /* with this event; block: the means of its channels */
	int32_t block[CHANNEL_COUNT];
	/* what committing needs */
	struct behavior_head next;
	uint32_t seen;        /* events committed when it was scored */
	uint16_t tool16, target16;
	bool begins_session;
	uint8_t classes[CHANNEL_COUNT]; /* the event's in each channel; CLASS_NONE */
	enum behavior_target { TARGET_NONE, TARGET_NEW, TARGET_MET } target_met;
};

struct population;

/* 32 bits of a name (FNV-1a, then mixed); never 0. The same on every machine: populations are shipped. */
uint32_t behavior_hash(const char *name, size_t len);

/* An agent without past. */
void behavior_init(struct behavior *behavior);

/* The tool that came before event in its session; 0: none. */
uint32_t behavior_previous(const struct behavior *behavior, const struct behavior_event *event);

/* Scores event without changing anything. prior: population_prior() of the same event behind behavior_previous(). */
void behavior_score(const struct behavior *behavior, const struct population *population, const struct behavior_prior *prior,
                    const struct behavior_event *event, struct behavior_score *out);

/* It happened: takes up what behavior_score() found. When other events of the agent were committed in between, score again
 * first (score->seen != behavior->seen). time_s: seconds since 1970, 0: not known; clocks that jump back count as the day they left.
 * learn: the window becomes part of the profile when this event ends it and it fits. */
void behavior_commit(struct behavior *behavior, const struct behavior_score *score, uint64_t time_s, bool learn);

/* The agent's own profile of the tool (how often it was learned, how often on day 0, about), for people. */
uint32_t behavior_tool_count(const struct behavior *behavior, uint32_t tool, uint32_t *day0_out);

/* How sure the profile is of itself: 0..FIXED_ONE by the number of events learned. */
int32_t behavior_confidence(const struct behavior *behavior);

/* Of the classes of each channel: where the channel begins, and where it ends. */
struct behavior_classes {
	uint8_t first, end;
};
extern const struct behavior_classes behavior_classes[CHANNEL_COUNT];

/* 0 when behavior (from a file) holds only what this code writes; -EINVAL. */
int behavior_valid(const struct behavior *behavior);

/* "tools" .. "drift", and "intent" for CHANNEL_COUNT. */
const char *behavior_channel_name(unsigned channel);

/* "neither", "user", "tool-output"; and back, -1 for others. */
const char *behavior_origin_name(enum behavior_origin origin);
int behavior_origin_from_name(const char *name);

#endif
