#ifndef TCPBEHAV_REPLAY_H
#define TCPBEHAV_REPLAY_H

/* Events from a file, one line each, scored in order as the daemon would; nothing else is touched. Not thread safe. */

#include "common/message.h"
#include "common/population_build.h"

#define REPLAY_AGENTS_MAX 1000000u
#define REPLAY_NAMED_MAX (1u << 22) /* targets that notes named */

/* One line: an event, or (note true) what the user or a tool said. Strings in the arena. */
struct replay_line {
	const char *agent;
	size_t agent_len;
	struct behavior_event event;
	bool origin_known;
	uint64_t time_s;
	bool note;
	const char *text;
};

/* Reads a line (JSON): {"agent","role","session","tool","target","origin","risk","capabilities","time"} or {"agent","session","note",
 * "text"}. 0, or -EINVAL with *error. */
int replay_read_line(struct arena *arena, const char *line, size_t len, struct replay_line *out, struct message_error *error);

/* The same of an object that is read already; agent may be missing (NULL). */
int replay_read_event(const struct cJSON *root, struct replay_line *out, struct message_error *error);

struct replay;

/* model: where agents are sources, they are scored without their own part; must outlive the replay. freeze: score, learn nothing.
 * NULL without memory. */
struct replay *replay_new(const struct population_model *model, bool freeze);
void replay_free(struct replay *replay);

/* The next event; line->note false. 0, -ENOMEM, or -E2BIG (too many agents). */
int replay_event(struct replay *replay, const struct replay_line *line, struct behavior_score *out);

/* What a note named decides the origin of events that give none. 0, -ENOMEM or -E2BIG. */
int replay_note(struct replay *replay, const struct replay_line *line);

/* Score, level, novelty, confidence and the rest as members of an object. */
void behavior_write_score(struct json_writer *writer, const struct behavior_score *score);

/* The answer to event number n as one JSON line. */
void replay_write(struct text *out, uint64_t n, const struct replay_line *line, const struct behavior_score *score);

#endif
