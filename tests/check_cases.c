#include "config.h"

/* Every case beside the knowledge (etc/tools.d/FAMILY.cases.jsonl) and in tests/cases: a command and what must come of it.
 * Lines: {"command", "verdict", "rule"?, "risk"?, "cwd"?, "home"?, "workspace"?}. */

#include "tests/case_reader.h"

#include <stdio.h>
#include <string.h>

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

static void run_case(struct case_reader *reader, const char *file, unsigned line_number, const struct cJSON *line)
{
	const char *command = case_field(line, "command", NULL), *expected = case_field(line, "verdict", NULL);
	const char *rule = case_field(line, "rule", NULL), *risk = case_field(line, "risk", NULL);
	struct analysis analysis;
	struct verdict verdict;

	if (!command || !expected || policy_verdict_from_name(expected) < 0) {
		fprintf(stderr, "%s:%u: a case needs \"command\" and \"verdict\" (allow, ask, deny, none)\n", file, line_number);
		reader->n_failed++;
		return;
	}
	case_judge(reader, line, command, &analysis, &verdict);
	if (verdict.verdict == (enum policy_verdict)policy_verdict_from_name(expected) && (!rule || has_rule(&analysis, rule)) &&
	    (!risk || strcmp(risk, risk_name(analysis.risk)) == 0)) {
		reader->n_passed++;
		return;
	}
	reader->n_failed++;
	fprintf(stderr, "%s:%u: %s\n  expected %s%s%s, got %s, risk %s\n", file, line_number, command, expected, rule ? " by " : "",
	        rule ? rule : "", policy_verdict_name(verdict.verdict), risk_name(analysis.risk));
	print_rules(&analysis);
}

int main(void)
{
	struct case_reader reader = { .run = run_case };

	if (!case_reader_run(&reader))
		return 1;
	printf("%u cases passed, %u failed\n", reader.n_passed, reader.n_failed);
	case_reader_free(&reader);
	return reader.n_failed || reader.n_passed < 70;
}
