#include "config.h"
#include "tests/bench.h"

#include "common/build.h"
#include "common/table.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define ROWS_MAX 64

static struct bench_row rows[ROWS_MAX];
static size_t n_rows;
static bool json;
static const char *only; /* NULL: all rows */

uint64_t bench_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

void bench_fill(struct bench_row *row, double *samples, size_t n)
{
	qsort(samples, n, sizeof(*samples), compare);
	row->median = samples[n / 2];
	row->p99 = samples[n - 1 - n / 100];
}

static void find_floor(struct bench_row *row)
{
	for (size_t i = 0; row->floor_name && i < n_rows; i++)
		if (strcmp(rows[i].name, row->floor_name) == 0)
			row->floor = rows[i].median;
}

static bool is_met(const struct bench_row *row)
{
	if (row->bar_is_ratio)
		return row->floor > 0 && row->median / row->floor <= row->bar;
	return row->bar_is_least ? row->median >= row->bar : row->median <= row->bar;
}

static void print_json(const struct bench_row *row)
{
	printf("%s{\"name\":\"%s\",\"unit\":\"%s\"", n_rows ? ",\n " : "\n ", row->name, row->unit);
	if (row->why) {
		printf(",\"met\":null,\"why\":\"%s\"}", row->why);
		return;
	}
	printf(",\"median\":%.3f,\"p99\":%.3f", row->median, row->p99);
	if (row->floor > 0)
		printf(",\"floor\":%.3f,\"floor_name\":\"%s\",\"ratio\":%.3f", row->floor, row->floor_name, row->median / row->floor);
	if (row->peer_name)
		printf(",\"peer\":{\"name\":\"%s\",\"median\":%.3f}", row->peer_name, row->peer);
	if (row->bar > 0)
		printf(",\"bar\":%.3f,\"bar_is_ratio\":%s,\"bar_is_least\":%s,\"met\":%s", row->bar, row->bar_is_ratio ? "true" : "false",
		       row->bar_is_least ? "true" : "false", is_met(row) ? "true" : "false");
	printf("}");
}

static void print_text(const struct bench_row *row)
{
	char ratio[32] = "", bar[48] = "", peer[80] = "";

	if (row->why) {
		printf("%-26s not measured: %s\n", row->name, row->why);
		return;
	}
	if (row->floor > 0)
		snprintf(ratio, sizeof(ratio), "%.2fx %s", row->median / row->floor, row->floor_name);
	if (row->bar > 0)
		snprintf(bar, sizeof(bar), "bar %s%g%s %s", row->bar_is_least ? ">= " : "", row->bar, row->bar_is_ratio ? "x" : "",
		         is_met(row) ? "met" : "MISSED");
	if (row->peer_name)
		snprintf(peer, sizeof(peer), "; %s %.2f", row->peer_name, row->peer);
	printf("%-26s %10.2f %-3s p99 %10.2f  %-22s %s%s\n", row->name, row->median, row->unit, row->p99, ratio, bar, peer);
}

static bool is_wanted(const char *name)
{
	return !only || strncmp(name, only, strlen(only)) == 0 || strncmp(name, "floor.", 6) == 0;
}

void bench_report(struct bench_row *row)
{
	find_floor(row);
	if (is_wanted(row->name) && json)
		print_json(row);
	else if (is_wanted(row->name))
		print_text(row);
	fflush(stdout);
	if (n_rows < ROWS_MAX)
		rows[n_rows++] = *row;
}

static void report_problem(void *data, const char *file, unsigned line, const char *what)
{
	(void)data;
	fprintf(stderr, "%s:%u: %s\n", file, line, what);
}

static void print_host(void)
{
	char line[256] = "", *value = NULL;
	FILE *cpuinfo = fopen("/proc/cpuinfo", "r");

	while (cpuinfo && fgets(line, sizeof(line), cpuinfo))
		if (strncmp(line, "model name", 10) == 0 && (value = strchr(line, ':')))
			break;
	if (cpuinfo)
		fclose(cpuinfo);
	if (value)
		value[strcspn(value, "\n")] = '\0';
	printf(json ? "{\"host\":{\"cpu\":\"%s\",\"cores\":%ld},\"results\":[" : "host: %s, %ld cores\n", value ? value + 2 : "unknown",
	       sysconf(_SC_NPROCESSORS_ONLN));
}

/* Runs the groups that may hold a wanted row; the floors always. */
static void run_groups(const struct bench_setup *setup)
{
	static const struct {
		const char *prefix;
		void (*run)(const struct bench_setup *setup);
	} groups[] = {
		{ "floor.", bench_floors },   { "lookup.", bench_lookups }, { "analyze.", bench_analyses },
		{ "session.", bench_session }, { "behavior.", bench_behavior },
		{ "socket.", bench_sockets }, { "hook.", bench_hooks },
	};

	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		size_t len = strlen(groups[i].prefix);

		if (!only || i == 0 || strncmp(groups[i].prefix, only, strlen(only) < len ? strlen(only) : len) == 0)
			groups[i].run(setup);
	}
}

/* bench [--json] [--only NAME] TOOLS_D [INSTALLED_PREFIX [EMPTY [PEER]]]; NAME: what a row's name starts with; PEER: a shared
 * object with someone else's parser; $CORPORA names a folder of real command lines. */
int main(int argc, char **argv)
{
	struct bench_setup setup = { .corpora = getenv("CORPORA") };
	struct image image = { 0 };
	struct table table;
	char why[256], cases[4096], bindir[4096], sbindir[4096], empty[4096], tmpdir[] = "/tmp/tcpbehav-bench.XXXXXX";

	json = argc > 1 && strcmp(argv[1], "--json") == 0;
	argv += json;
	argc -= json;
	if (argc > 2 && strcmp(argv[1], "--only") == 0) {
		only = argv[2];
		argv += 2;
		argc -= 2;
	}
	if (argc < 2 || !mkdtemp(tmpdir))
		return 64;
	if (build_paths((const char *const *)&argv[1], 1, report_problem, NULL, &image) != 0 ||
	    table_open(&table, image.data, image.size, TABLE_CHECK_ALL, why, sizeof(why)) != 0)
		return 1;
	snprintf(cases, sizeof(cases), "%s", argv[1]);
	setup.table = &table;
	setup.cases = cases;
	setup.tmpdir = tmpdir;
	if (argc > 2) {
		snprintf(bindir, sizeof(bindir), "%s/bin", argv[2]);
		snprintf(sbindir, sizeof(sbindir), "%s/sbin", argv[2]);
		setup.bindir = bindir;
		setup.sbindir = sbindir;
	}
	if (argc > 3) {
		snprintf(empty, sizeof(empty), "%s", argv[3]);
		setup.empty_program = empty;
	}
	if (argc > 4)
		setup.peer = argv[4];
	print_host();
	run_groups(&setup);
	if (json)
		printf("\n]}\n");
	image_free(&image);
	rmdir(tmpdir);
	return 0;
}
