#ifndef TCPBEHAV_BENCH_H
#define TCPBEHAV_BENCH_H

/* Benchmarks: each row is a name, a unit, a bar and a floor that is measured in the same run. Rows are measured over
 * blocks; what is printed is the median and the 99th percentile over blocks (or over single round trips and processes). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bench_row {
	const char *name;
	const char *unit;
	double median;
	double p99;
	double bar;             /* 0: none */
	bool bar_is_ratio;      /* bar is a multiple of the floor */
	bool bar_is_least;      /* the median is to reach the bar, not to stay below it */
	const char *floor_name; /* row of this run, or NULL */
	double floor;
	const char *peer_name;  /* someone else's program at the same work in this run, or NULL */
	double peer;            /* its median */
	const char *why;        /* not measured, and why; or NULL */
};

/* Nanoseconds since some point in the past. */
uint64_t bench_now_ns(void);

/* Sorts samples and fills in median and p99. */
void bench_fill(struct bench_row *row, double *samples, size_t n);

/* A line for people, or one object for machines, and remembers the row as a floor of later ones. */
void bench_report(struct bench_row *row);

/* Keeps a value from being optimised away. */
static inline void bench_keep(const void *p)
{
	__asm__ volatile("" : : "r"(p) : "memory");
}

/* Parses len bytes of text and throws the tree away; false when it cannot. What a peer's shared object exports as
 * "bench_peer_parse" (tests/peer_tree_sitter.c): the benchmarks are built and run without it, too. */
bool bench_peer_parse(const char *text, size_t len);

struct table;

/* What the rows work on. */
struct bench_setup {
	const struct table *table;
	const char *corpora;  /* folder with nl2bash.jsonl and tldr.jsonl, or NULL: the project's own cases */
	const char *cases;    /* folder of *.cases.jsonl */
	const char *bindir;   /* of the installed programs, or NULL */
	const char *sbindir;
	const char *tmpdir;   /* for sockets */
	const char *empty_program; /* an empty static program */
	const char *peer;          /* shared object with bench_peer_parse, or NULL */
};

void bench_floors(const struct bench_setup *setup);
void bench_lookups(const struct bench_setup *setup);
void bench_analyses(const struct bench_setup *setup);
void bench_behavior(const struct bench_setup *setup);
void bench_session(const struct bench_setup *setup);
void bench_sockets(const struct bench_setup *setup);
void bench_hooks(const struct bench_setup *setup);

/* Runs argv with /dev/null or the file input as standard input and its output thrown away; wall time in ns, or 0 when it could
 * not be started. status_out may be NULL. */
uint64_t bench_spawn_ns(const char *const *argv, const char *const *env, const char *input, int *status_out);

/* A daemon of the bench's own; false with a reason when it does not come up. */
struct bench_daemon {
	int pid;
	char socket[108];
};
bool bench_daemon_start(const struct bench_setup *setup, struct bench_daemon *daemon, const char **why);
void bench_daemon_stop(struct bench_daemon *daemon);

#endif
