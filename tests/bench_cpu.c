#include "config.h"

/* What needs no other process: memory floors, lookups, analysis. */

#include "common/analysis.h"
#include "common/build.h"
#include "tests/bench.h"

#include <cjson/cJSON.h>
#include <dlfcn.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCKS 400
#define BLOCK_OPS 512

/* --- floors --- */

/* A chain of loads, each of which needs the one before, over bytes of memory. */
static void chase(const char *name, size_t bytes, size_t blocks)
{
	size_t n = bytes / 64;
	size_t(*lines)[8] = aligned_alloc(64, n * 64);
	size_t *order = malloc(n * sizeof(*order));
	double *samples = malloc(blocks * sizeof(*samples));
	struct bench_row row = { .name = name, .unit = "ns" };
	size_t at = 0;

	for (size_t i = 0; i < n; i++)
		order[i] = i;
	for (size_t i = n - 1; i > 0; i--) {
		size_t j = (size_t)random() % i;
		size_t swap = order[i];

		order[i] = order[j];
		order[j] = swap;
	}
	for (size_t i = 0; i < n; i++)
		lines[order[i]][0] = order[(i + 1) % n];
	for (size_t b = 0; b < blocks; b++) {
		uint64_t start = bench_now_ns();

		for (int i = 0; i < 4096; i++)
			at = lines[at][0];
		samples[b] = (double)(bench_now_ns() - start) / 4096;
		bench_keep(&at);
	}
	bench_fill(&row, samples, blocks);
	bench_report(&row);
	free(lines);
	free(order);
	free(samples);
}

void bench_floors(const struct bench_setup *setup)
{
	(void)setup;
	chase("floor.l1", 16384, BLOCKS);
	chase("floor.dram", (size_t)64 << 20, 100);
}

/* --- lookups --- */

static char *many_tools(size_t n, char (*keys)[16])
{
	size_t room = n * 64 + 64;
	char *text = malloc(room), *p = text;

	p += sprintf(p, "{\"family\":\"bench\",\"about\":\"bench\",\"tools\":[");
	for (size_t i = 0; i < n; i++) {
		snprintf(keys[i], sizeof(keys[i]), "tool-%zx-%zu", i * 2654435761u % 65536, i);
		p += sprintf(p, "%s{\"name\":\"%s\",\"about\":\"x\",\"risk\":\"low\"}", i ? "," : "", keys[i]);
	}
	strcpy(p, "]}");
	return text;
}

static void lookup_rows(const struct table *table, char (*keys)[16], size_t n, const char *independent, const char *dependent)
{
	static double samples[BLOCKS];
	struct bench_row row = { .name = independent, .unit = "ns", .bar = 10, .floor_name = "floor.l1" };
	size_t *order = malloc(BLOCK_OPS * sizeof(*order));
	size_t *lens = malloc(n * sizeof(*lens));

	for (size_t i = 0; i < n; i++)
		lens[i] = strlen(keys[i]);
	for (size_t b = 0; b < BLOCKS; b++) {
		for (size_t i = 0; i < BLOCK_OPS; i++)
			order[i] = (size_t)random() % n;
		uint64_t start = bench_now_ns();
		for (size_t i = 0; i < BLOCK_OPS; i++)
			bench_keep(table_lookup(table, keys[order[i]], lens[order[i]]));
		samples[b] = (double)(bench_now_ns() - start) / BLOCK_OPS;
	}
	bench_fill(&row, samples, BLOCKS);
	bench_report(&row);
	if (dependent) {
		struct bench_row chained = { .name = dependent, .unit = "ns", .bar = 13, .floor_name = "floor.l1" };
		size_t at = 0;

		for (size_t b = 0; b < BLOCKS; b++) {
			uint64_t start = bench_now_ns();

			for (size_t i = 0; i < BLOCK_OPS; i++)
				at = (order[i] + table_lookup(table, keys[at], lens[at])->node) % n;
			samples[b] = (double)(bench_now_ns() - start) / BLOCK_OPS;
			bench_keep(&at);
		}
		bench_fill(&chained, samples, BLOCKS);
		bench_report(&chained);
	}
	free(order);
	free(lens);
}

static void lookups_of(size_t n, const char *independent, const char *dependent)
{
	char(*keys)[16] = malloc(n * sizeof(*keys));
	char *text = many_tools(n, keys);
	struct knowledge *knowledge = NULL;
	struct image image = { 0 };
	struct table table;
	char why[256];

	if (knowledge_load_text("bench", text, strlen(text), NULL, NULL, &knowledge) == 0 && build_image(knowledge, &image) == 0 &&
	    table_open(&table, image.data, image.size, TABLE_CHECK_HEADER, why, sizeof(why)) == 0)
		lookup_rows(&table, keys, n, independent, dependent);
	image_free(&image);
	knowledge_free(knowledge);
	free(text);
	free(keys);
}

void bench_lookups(const struct bench_setup *setup)
{
	(void)setup;
	lookups_of(1000, "lookup.name.1k", "lookup.dependent.1k");
	lookups_of(10000, "lookup.name.10k", NULL);
}

/* --- analysis --- */

struct lines {
	char **text;
	size_t n;
	size_t room;
};

static void add_lines(struct lines *lines, const char *file)
{
	FILE *stream = fopen(file, "r");
	char *text = NULL;
	size_t room = 0;

	while (stream && getline(&text, &room, stream) > 0) {
		struct cJSON *line = cJSON_Parse(text);
		const struct cJSON *command = cJSON_GetObjectItem(line, cJSON_GetObjectItem(line, "cmd") ? "cmd" : "command");

		if (lines->n == lines->room) {
			lines->room = lines->room ? 2 * lines->room : 1024;
			lines->text = realloc(lines->text, lines->room * sizeof(*lines->text));
		}
		if (cJSON_IsString(command) && command->valuestring[0])
			lines->text[lines->n++] = strdup(command->valuestring);
		cJSON_Delete(line);
	}
	free(text);
	if (stream)
		fclose(stream);
}

static void add_folder(struct lines *lines, const char *folder, const char *pattern)
{
	char path[4096];
	glob_t found;

	snprintf(path, sizeof(path), "%s/%s", folder, pattern);
	if (glob(path, 0, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc; i++)
			add_lines(lines, found.gl_pathv[i]);
	globfree(&found);
}

static const char *const workspaces[] = { "/home/dev/p" };
static const struct analysis_context context = {
	.place = { .cwd = "/home/dev/p", .home = "/home/dev", .user = "dev", .workspaces = workspaces, .n_workspaces = 1 },
};

static double analyze_ns(const struct table *table, struct arena *arena, const char *text, size_t len, unsigned repeats)
{
	struct analysis analysis;
	uint64_t start = bench_now_ns();

	for (unsigned i = 0; i < repeats; i++) {
		arena_reset(arena);
		analysis_run(table, &context, text, len, arena, &analysis);
		bench_keep(&analysis);
	}
	return (double)(bench_now_ns() - start) / repeats;
}

static double parse_ns(__typeof__(bench_peer_parse) *parse, const char *text, size_t len, unsigned repeats)
{
	uint64_t start = bench_now_ns();

	for (unsigned i = 0; i < repeats; i++)
		parse(text, len);
	return (double)(bench_now_ns() - start) / repeats;
}

/* The peer's parser, or NULL with a reason. It stays loaded. */
static __typeof__(bench_peer_parse) *open_peer(const char *path, const char **why)
{
	__typeof__(bench_peer_parse) *parse = NULL;
	void *object = path && access(path, R_OK) == 0 ? dlopen(path, RTLD_NOW) : NULL;
	void *symbol = object ? dlsym(object, "bench_peer_parse") : NULL;

	memcpy(&parse, &symbol, sizeof(parse)); /* ISO C has no cast from an object's pointer to a function's */
	if (!parse)
		*why = "no parser to compare with: ./bootstrap bench fetches it (Debian's libtree-sitter-dev, and npm for the grammar)";
	else if (!parse("true", 4))
		*why = "the library refuses the grammar: remove build/peers and run ./bootstrap bench again";
	return *why ? NULL : parse;
}

#define REPEATS 32

/* Each line by both, one after the other, so that what else the machine does hits both alike. */
static void line_rows(const struct bench_setup *setup, struct arena *arena, const struct lines *lines)
{
	struct bench_row row = { .name = "analyze.line", .unit = "ns", .bar = 1000, .floor_name = "floor.l1" };
	struct bench_row parsed = { 0 }, faster = { .name = "analyze.tree-sitter", .unit = "x", .bar = 3, .bar_is_least = true };
	double *samples = malloc(2 * lines->n * sizeof(*samples)), *peers = samples + lines->n;
	__typeof__(bench_peer_parse) *parse = open_peer(setup->peer, &faster.why);

	for (size_t i = 0; i < lines->n; i++) {
		size_t len = strlen(lines->text[i]);

		samples[i] = analyze_ns(setup->table, arena, lines->text[i], len, REPEATS);
		if (parse)
			peers[i] = parse_ns(parse, lines->text[i], len, REPEATS);
	}
	bench_fill(&row, samples, lines->n);
	if (parse) {
		bench_fill(&parsed, peers, lines->n);
		row.peer_name = "tree-sitter-bash parse";
		row.peer = parsed.median;
		faster.median = parsed.median / row.median;
		faster.p99 = parsed.p99 / row.p99;
	}
	bench_report(&row);
	bench_report(&faster);
	free(samples);
}

/* The same lines one after the other, once each: mean, with caches and predictors as a daemon has them. */
static void sweep_row(const struct bench_setup *setup, struct arena *arena, const struct lines *lines)
{
	struct bench_row row = { .name = "analyze.sweep", .unit = "ns", .floor_name = "floor.l1" };
	double sweeps[5];

	for (size_t pass = 0; pass < 5; pass++) {
		double sum = 0;

		for (size_t i = 0; i < lines->n; i++) /* 24: the clock's own time */
			sum += analyze_ns(setup->table, arena, lines->text[i], strlen(lines->text[i]), 1) - 24;
		sweeps[pass] = sum / (double)lines->n;
	}
	bench_fill(&row, sweeps, 5);
	bench_report(&row);
}

static void analyze_lines(const struct bench_setup *setup, struct arena *arena)
{
	struct lines lines = { 0 };
	struct bench_row missing = { .name = "analyze.line", .unit = "ns" };

	if (setup->corpora) {
		add_folder(&lines, setup->corpora, "nl2bash.jsonl");
		add_folder(&lines, setup->corpora, "tldr.jsonl");
	}
	if (lines.n == 0)
		add_folder(&lines, setup->cases, "*.cases.jsonl");
	if (lines.n == 0) {
		missing.why = "no command lines to analyse: set CORPORA to a folder that holds nl2bash.jsonl or tldr.jsonl";
		bench_report(&missing);
		return;
	}
	line_rows(setup, arena, &lines);
	sweep_row(setup, arena, &lines);
	for (size_t i = 0; i < lines.n; i++)
		free(lines.text[i]);
	free(lines.text);
}

/* Inputs made to hurt. each: what is repeated; close: what is put behind the same number of times. */
static const struct {
	const char *name;
	const char *each;
	const char *close;
} hostile[] = {
	{ "substitutions", "$(", ")" }, { "unclosed", "$(", "" }, { "backticks", "`", "" }, { "arithmetic", "((", "" },
	{ "words", "a", "" }, { "blanks", "a ", "" }, { "here-documents", "cat <<A\n", "" }, { "pipes", "cat|", "" },
	{ "quotes", "\"$(\"", "" }, { "braces", "{a,", "}" }, { "parameters", "${a:-", "}" }, { "assignments", "a=$a$a;", "" },
	{ "stars", "rm *;", "" }, { "options", "-r ", "" }, { "paths", "../", "" }, { "functions", "f(){ f;};", "" },
	{ "redirections", ">a ", "" }, { "files", "cat a >b;", "" }, { "folders", "cd a;", "" }, { "wrappers", "sudo ", "" },
	{ "input", "xargs ", "" }, { "alternatives", "{a,b}", "" }, { "shells", "echo ls|sh;", "" }, { "code", "python -c 'import os';", "" },
};

#define HOSTILE (sizeof(hostile) / sizeof(*hostile))

static char *hostile_text(size_t row, size_t bytes, size_t *len_out)
{
	size_t each = strlen(hostile[row].each), close = strlen(hostile[row].close);
	size_t n = bytes / (each + close);
	char *text = malloc(n * (each + close) + 8), *p = text;

	if (hostile[row].each[0] == '-' || hostile[row].each[0] == '.')
		p = stpcpy(p, "rm ");
	for (size_t i = 0; i < n; i++)
		p = stpcpy(p, hostile[row].each);
	for (size_t i = 0; i < n; i++)
		p = stpcpy(p, hostile[row].close);
	*len_out = (size_t)(p - text);
	return text;
}

static double worst_us(const struct bench_setup *setup, struct arena *arena, size_t bytes, const char **worst, double *each_us)
{
	double most = 0;

	for (size_t i = 0; i < HOSTILE; i++) {
		size_t len;
		char *text = hostile_text(i, bytes, &len);
		double best = 1e18;

		for (int round = 0; round < 5; round++) {
			double ns = analyze_ns(setup->table, arena, text, len, 1);

			best = ns < best ? ns : best;
		}
		each_us[i] = best / 1000;
		if (best / 1000 > most) {
			most = best / 1000;
			*worst = hostile[i].name;
		}
		free(text);
	}
	return most;
}

/* Ten times the length in ten times the time: the worst of the inputs. A megabyte leaves the caches, which costs up to 2 x; what is
 * quadratic shows 10. */
static void report_linear(const double *shorter_us, const double *longer_us)
{
	struct bench_row row = { .name = "analyze.linear", .unit = "x", .bar = 3 };

	for (size_t i = 0; i < HOSTILE; i++)
		if (longer_us[i] / shorter_us[i] / 10 > row.median)
			row.median = longer_us[i] / shorter_us[i] / 10;
	row.p99 = row.median;
	bench_report(&row);
}

void bench_analyses(const struct bench_setup *setup)
{
	static double each_us[3][HOSTILE];
	static const struct {
		const char *name;
		size_t bytes;
		double bar;
	} sizes[] = { { "analyze.10kb", 10000, 0 }, { "analyze.100kb", 100000, 1000 }, { "analyze.1mb", 1000000, 0 } };
	struct arena arena;

	if (arena_init(&arena, 1 << 16, (size_t)256 << 20) != 0)
		return;
	analyze_lines(setup, &arena);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		const char *worst = "";
		struct bench_row row = { .name = sizes[i].name, .unit = "us", .bar = sizes[i].bar };

		row.median = row.p99 = worst_us(setup, &arena, sizes[i].bytes, &worst, each_us[i]);
		bench_report(&row);
		fprintf(stderr, "  %s: worst of the hostile inputs is \"%s\"\n", sizes[i].name, worst);
	}
	report_linear(each_us[1], each_us[2]);
	arena_deinit(&arena);
}
