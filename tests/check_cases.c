#include "config.h"

/* Every case beside the knowledge (etc/tools.d/FAMILY.cases.jsonl) and in tests/cases: a command and what must come of it.
 * Lines: {"command", "verdict", "rule"?, "risk"?, "tool"?, "cwd"?, "home"?, "workspace"?}. */

#include "common/build.h"
#include "common/message.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *pattern;
} folders[] = { { "/etc/tools.d/*.cases.jsonl" }, { "/tests/cases/*.cases.jsonl" } };

struct runner {
	struct table table;
	struct policy policy;
	struct arena arena;
	unsigned n_passed;
	unsigned n_failed;
};

static void report(void *data, const char *file, unsigned line, const char *what)
{
	(void)data;
	fprintf(stderr, "%s:%u: %s\n", file, line, what);
}

static const char *field(const struct cJSON *line, const char *key, const char *otherwise)
{
	const struct cJSON *item = cJSON_GetObjectItemCaseSensitive(line, key);

	return cJSON_IsString(item) ? item->valuestring : otherwise;
}

static bool has_rule(const struct analysis *analysis, const char *rule)
{
	for (const struct finding *finding = analysis->findings; finding; finding = finding->next)
		if (strcmp(finding->rule, rule) == 0)
			return true;
	return !rule;
}

static void print_rules(const struct analysis *analysis)
{
	for (const struct finding *finding = analysis->findings; finding; finding = finding->next)
		fprintf(stderr, "    %s (%s, %s): %s\n", finding->rule, risk_name(finding->risk), place_name(finding->place), finding->why);
	for (uint32_t i = 0; i < analysis->n_unknown; i++)
		fprintf(stderr, "    unknown: %s\n", analysis->unknown[i]);
	if (analysis->problem)
		fprintf(stderr, "    %s at byte %u\n", analysis->problem, analysis->problem_at);
}

static void run_case(struct runner *runner, const char *file, unsigned line_number, const struct cJSON *line)
{
	const char *workspace = field(line, "workspace", "/home/dev/p");
	const char *command = field(line, "command", NULL), *expected = field(line, "verdict", NULL);
	const char *rule = field(line, "rule", NULL), *risk = field(line, "risk", NULL);
	struct analysis_context context = { .place = { .cwd = field(line, "cwd", "/home/dev/p"), .home = field(line, "home", "/home/dev"),
		                                       .user = "dev", .workspaces = &workspace, .n_workspaces = 1 } };
	struct policy_asker asker;
	struct analysis analysis;
	struct verdict verdict;

	if (!command || !expected || policy_verdict_from_name(expected) < 0) {
		fprintf(stderr, "%s:%u: a case needs \"command\" and \"verdict\" (allow, ask, deny, none)\n", file, line_number);
		runner->n_failed++;
		return;
	}
	arena_reset(&runner->arena);
	analysis_run(&runner->table, &context, command, strlen(command), &runner->arena, &analysis);
	policy_asker_init(&asker);
	policy_judge(&runner->policy, &asker, &analysis, &verdict);
	if (verdict.verdict == (enum policy_verdict)policy_verdict_from_name(expected) && (!rule || has_rule(&analysis, rule)) &&
	    (!risk || strcmp(risk, risk_name(analysis.risk)) == 0)) {
		runner->n_passed++;
		return;
	}
	runner->n_failed++;
	fprintf(stderr, "%s:%u: %s\n  expected %s%s%s, got %s, risk %s\n", file, line_number, command, expected, rule ? " by " : "",
	        rule ? rule : "", policy_verdict_name(verdict.verdict), risk_name(analysis.risk));
	print_rules(&analysis);
}

static void run_file(struct runner *runner, const char *file)
{
	FILE *stream = fopen(file, "r");
	char *text = NULL;
	size_t room = 0;
	unsigned number = 0;

	while (stream && getline(&text, &room, stream) > 0) {
		struct cJSON *line = cJSON_Parse(text);

		number++;
		if (line)
			run_case(runner, file, number, line);
		else if (text[0] != '\n')
			fprintf(stderr, "%s:%u: not JSON\n", file, number), runner->n_failed++;
		cJSON_Delete(line);
	}
	free(text);
	if (stream)
		fclose(stream);
}

static void run_folder(struct runner *runner, const char *top, const char *pattern)
{
	char path[4096];
	glob_t found;

	snprintf(path, sizeof(path), "%s%s", top, pattern);
	if (glob(path, 0, NULL, &found) != 0)
		return;
	for (size_t i = 0; i < found.gl_pathc; i++)
		run_file(runner, found.gl_pathv[i]);
	globfree(&found);
}

int main(void)
{
	const char *top = getenv("top_srcdir") ? getenv("top_srcdir") : ".";
	struct runner runner = { 0 };
	struct image image = { 0 };
	char tools[4096], why[256];

	snprintf(tools, sizeof(tools), "%s/etc/tools.d", top);
	if (build_paths((const char *const[]){ tools }, 1, report, NULL, &image) != 0 ||
	    table_open(&runner.table, image.data, image.size, TABLE_CHECK_ALL, why, sizeof(why)) != 0 ||
	    arena_init(&runner.arena, 1 << 16, (size_t)64 << 20) != 0)
		return 1;
	policy_init(&runner.policy);
	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
		run_folder(&runner, top, folders[i].pattern);
	printf("%u cases passed, %u failed\n", runner.n_passed, runner.n_failed);
	arena_deinit(&runner.arena);
	image_free(&image);
	return runner.n_failed || runner.n_passed < 70;
}
