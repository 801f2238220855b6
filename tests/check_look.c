#include "config.h"

/* What somebody saw of links: which paths the analysis wants to be looked at, and what becomes of an observation. What was seen only ever adds:
 * that is tried with every case there is. */

#include "tests/case_reader.h"

#include <stdio.h>
#include <string.h>

#define P "/home/dev/p"

/* look: the paths, each with a blank behind it. */
static const struct {
	const char *command;
	const char *look;
} looks[] = {
	{ "ls -la; git status; cat build/x", "" },
	{ "rm -rf build", "" },
	{ "rm -rf ./build notes.txt; mv a b/", P "/b " },
	{ "rm -rf build/", P "/build " },
	{ "rm -rf build/*", P "/build " },
	{ "rm -rf build/* build/.[a-z]*", P "/build " },
	{ "rm -rf build/sub/x build/sub/y", P "/build/sub " },
	{ "rm -rf ./build//sub/./x", P "/build/sub " },
	{ "rm -rf build/../x/", P "/build/../x " },
	{ "rm -rf *", "" },
	{ "cd build && rm -rf *", P "/build " },
	{ "cd build && rm -rf ../x/*", P "/build/../x " P "/build " },
	{ "chmod -R u+w build", P "/build " },
	{ "echo x > out", P "/out " },
	{ "echo x > /dev/null 2>&1", "" },
	{ "rm -rf /tmp/x", "" },
	{ "rm -rf /tmp/x/", "/tmp/x " },
	{ "git commit -m x", P "/.git " },
	{ "ssh host rm -rf build/", "" },
	{ "echo 'rm -rf build/'", "" },
};

/* path is a link to real. */
static const struct {
	const char *command;
	const char *path;
	const char *real;
	const char *verdict;
} links[] = {
	{ "rm -rf build/", P "/build", "/home/dev/docs", "ask" },
	{ "rm -rf build/*", P "/build", "/home/dev/docs", "ask" },
	{ "rm -rf build/*", P "/build/", "/home/dev/docs", "ask" },
	{ "rm -rf build/sub", P "/build", "/home/dev/docs", "ask" },
	{ "rm -rf build", P "/build", "/home/dev/docs", "allow" },
	{ "rm -rf builds/*", P "/build", "/home/dev/docs", "allow" },
	{ "rm -rf build/../x", P "/build", "/home/dev/docs", "ask" },
	{ "rm -rf build/*", P "/build", "/", "deny" },
	{ "rm -rf build/*", P "/build", "/home/dev", "deny" },
	{ "rm -rf build/*", P "/build", P "/out", "allow" },
	{ "rm -rf build/*", P "/build", "/tmp/x", "allow" },
	{ "chmod -R 700 build", P "/build", "/etc", "deny" },
	{ "echo x > note", P "/note", "/home/dev/.bashrc", "ask" },
	{ "echo x > hooks/pre-commit", P "/hooks", P "/.git/hooks", "ask" },
	{ "rm -rf ~/docs/*", "/home/dev/docs", P "/docs", "ask" },
	{ "rm -rf ~/*", "/home/dev", "/tmp/x", "deny" },
	{ "git commit -m x", P "/.git", "/srv/other/.git", "ask" },
	{ "git commit -m x", P "/.git", P "/main/.git", "allow" },
	{ "git log", P "/.git", "/srv/other/.git", "allow" },
	{ "cat build/x", P "/build", "/home/dev/docs", "allow" },
};

/* Seen everywhere at once: none of them may make anything milder. */
static const struct observation harmless[] = {
	{ "/", "/tmp/x" }, { "/home/dev", "/tmp/x" }, { "/home/dev/p", "/tmp/x" }, { "/etc", P "/etc" }, { "/home/dev/p/build", P "/b" },
};

static unsigned n_strange;

static void fail(const char *command, const char *wanted, const char *got)
{
	fprintf(stderr, "%s\n  wanted \"%s\", got \"%s\"\n", command, wanted, got);
	n_strange++;
}

static void check_looks(struct case_reader *reader)
{
	for (size_t i = 0; i < sizeof(looks) / sizeof(*looks); i++) {
		char got[4096] = "";
		struct analysis analysis;
		struct verdict verdict;

		case_judge(reader, NULL, looks[i].command, &analysis, &verdict);
		for (uint32_t n = 0; n < analysis.n_look; n++)
			strcat(strcat(got, analysis.look[n]), " ");
		if (strcmp(got, looks[i].look) != 0)
			fail(looks[i].command, looks[i].look, got);
	}
}

static void check_links(struct case_reader *reader)
{
	for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++) {
		const struct observation seen = { links[i].path, links[i].real };
		struct analysis analysis;
		struct verdict verdict;

		reader->observed = &seen;
		reader->n_observed = 1;
		case_judge(reader, NULL, links[i].command, &analysis, &verdict);
		if (strcmp(policy_verdict_name(verdict.verdict), links[i].verdict) != 0)
			fail(links[i].command, links[i].verdict, policy_verdict_name(verdict.verdict));
		if (analysis.n_look)
			fail(links[i].command, "nothing more to look at", analysis.look[0]);
	}
	reader->n_observed = 0;
}

/* A line with more paths than anybody looks at. */
static void check_bound(struct case_reader *reader)
{
	char command[512] = "rm -rf";
	struct analysis analysis;
	struct verdict verdict;

	for (unsigned i = 0; i < 30; i++)
		sprintf(command + strlen(command), " d%u/", i);
	case_judge(reader, NULL, command, &analysis, &verdict);
	if (analysis.n_look != ANALYSIS_LOOK_MAX || strcmp(analysis.look[ANALYSIS_LOOK_MAX - 1], P "/d15") != 0)
		fail(command, "16 paths", "another number");
}

static void never_milder(struct case_reader *reader, const char *file, unsigned line_number, const struct cJSON *line)
{
	const char *command = case_field(line, "command", "");
	struct analysis plain, seen;
	struct verdict before, after;
	bool milder;

	reader->n_observed = 0;
	case_judge(reader, line, command, &plain, &before);
	reader->observed = harmless;
	reader->n_observed = sizeof(harmless) / sizeof(*harmless);
	case_judge(reader, line, command, &seen, &after);
	milder = after.verdict < before.verdict || seen.risk < plain.risk || (plain.caps & ~seen.caps);
	for (int risk = 0; risk < RISK_COUNT; risk++)
		milder = milder || (plain.exposure[risk] & ~seen.exposure[risk]);
	if (milder) {
		fprintf(stderr, "%s:%u: %s: milder for what was seen\n", file, line_number, command);
		reader->n_failed++;
	} else {
		reader->n_passed++;
	}
	reader->n_observed = 0;
}

int main(void)
{
	struct case_reader reader = { .run = never_milder };

	if (!case_reader_run(&reader))
		return 1;
	check_looks(&reader);
	check_links(&reader);
	check_bound(&reader);
	printf("%u cases no milder, %u milder; %u answers not as wanted\n", reader.n_passed, reader.n_failed, n_strange);
	case_reader_free(&reader);
	return reader.n_failed || n_strange || reader.n_passed < 300;
}
