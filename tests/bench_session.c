#include "config.h"
#include "tests/bench.h"

#include "common/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What remembering costs: taking in a call that left marks, and reading a text for targets. */

#define BLOCKS 200
#define EVENTS 500
#define NOTE_BYTES ((size_t)1 << 20)

static const uint64_t seed[2] = { UINT64_C(0x243f6a8885a308d3), UINT64_C(0x13198a2e03707344) };

/* One call: a file was written. Twice as many paths as a session has room for, so that some must make room. */
static void event_row(struct session *session)
{
	struct bench_row row = { .name = "session.event", .unit = "ns", .bar = 100, .floor_name = "floor.l1" };
	static char paths[8 * EVENTS][48];
	double samples[BLOCKS];
	size_t next = 0;

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		snprintf(paths[i], sizeof(paths[i]), "/home/dev/p/src/part%zu/file.c", i);
	session_init(session, seed);
	for (size_t block = 0; block < BLOCKS; block++) {
		uint64_t start = bench_now_ns();

		for (size_t i = 0; i < EVENTS; i++) {
			struct analysis_mark mark = { .kind = MARK_FILE, .text = paths[next++ % (sizeof(paths) / sizeof(*paths))], .flags = MARK_WRITTEN };
			struct analysis analysis = { .marks = &mark };

			session_event(session, &analysis, next);
		}
		samples[block] = (double)(bench_now_ns() - start) / EVENTS;
	}
	bench_keep(session);
	bench_fill(&row, samples, BLOCKS);
	bench_report(&row);
}

static size_t fill(char *text, size_t size)
{
	size_t len = 0;

	for (unsigned i = 0; len + 200 < size; i++)
		len += (size_t)snprintf(text + len, size - len,
		                        "src/part%u/main.c:%u: the value of retry%u is wrong, see https://docs%u.example/x?y=%u or ask ops@corp.example\n", i % 97,
		                        i % 1009, i % 31, i % 7, i % 13);
	return len;
}

static void note_row(void)
{
	struct bench_row row = { .name = "session.note", .unit = "ms", .bar = 3 };
	struct session_targets *targets = malloc(sizeof(*targets));
	char *text = malloc(NOTE_BYTES);
	size_t len = fill(text, NOTE_BYTES);
	double samples[32];

	for (size_t i = 0; i < 32; i++) {
		uint64_t start = bench_now_ns();

		session_scan(seed, text, len, targets);
		bench_keep(targets);
		samples[i] = (double)(bench_now_ns() - start) / 1e6;
	}
	bench_fill(&row, samples, 32);
	bench_report(&row);
	free(targets);
	free(text);
}

void bench_session(const struct bench_setup *setup)
{
	struct session *session = malloc(sizeof(*session));

	(void)setup;
	event_row(session);
	note_row();
	free(session);
}
