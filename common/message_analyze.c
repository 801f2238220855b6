#include "config.h"
#include "common/message.h"

#include <string.h>

static void refuse_length(struct analysis *out)
{
	memset(out, 0, sizeof(*out));
	out->too_complex = true;
	out->explained = true;
	out->problem = "the command is longer than 1 MiB";
	out->problem_at = (uint32_t)ANALYSIS_LENGTH_MAX;
	out->risk = RISK_HIGH;
	out->exposure[RISK_HIGH] = 1u << PLACE_UNKNOWN;
	out->caps = CAP_UNKNOWN;
}

void check_request_analyze(const struct check_request *request, const struct table *table, const char *user,
                           struct arena *arena, struct analysis *out)
{
	struct analysis_context context = {
		.place = {
			.cwd = request->cwd,
			.home = request->home,
			.user = user,
			.workspaces = request->workspaces,
			.n_workspaces = request->n_workspaces,
		},
		.dialect = request->dialect,
		.explain = request->detailed,
		.observed = request->observed,
		.n_observed = request->n_observed,
		.scripts = request->scripts,
		.n_scripts = request->n_scripts,
		.session = request->memory,
		.remembers = request->remembers,
	};

	if (request->too_long)
		refuse_length(out);
	else if (request->command)
		analysis_run(table, &context, request->command, request->command_len, arena, out);
	else
		analysis_run_tool(table, &context, request->tool, request->arguments, request->n_arguments, arena, out);
}
