#include "config.h"
#include "common/project.h"

#include <errno.h>
#include <string.h>

/* What the reader says up to the first word that it quotes: that may come from the file. */
static void put_own_words(struct text *out, const char *what)
{
	size_t len = strcspn(what, "\"");

	while (len && strchr(" ;:", what[len - 1]))
		len--;
	text_put(out, what, len);
}

static const char *describe(const struct script *file, const char *what, struct arena *arena)
{
	struct text text;

	text_init(&text, arena, 256);
	text_put_quoted(&text, file->path, strlen(file->path), 200);
	text_puts(&text, ": ");
	put_own_words(&text, what);
	text_puts(&text, "; it counts as strict until that is mended, see tcpbehavd-policy(5)");
	return text_end(&text);
}

/* Nothing of the file is known, but that it was meant to tighten. */
static void hold_strict(struct project *project, const struct script *file, const char *what, struct arena *arena)
{
	project->profile = PROFILE_STRICT;
	if (!project->problem)
		project->problem = describe(file, what, arena);
}

/* Two lists of rules as one, in the arena. False without memory. */
static bool join_rules(const struct policy_rule **rules, size_t *n, const struct policy_rule *more, size_t n_more, struct arena *arena)
{
	struct policy_rule *joined;

	if (n_more == 0)
		return true;
	joined = arena_alloc(arena, (*n + n_more) * sizeof(*joined));
	if (!joined)
		return false;
	if (*n)
		memcpy(joined, *rules, *n * sizeof(*joined));
	memcpy(joined + *n, more, n_more * sizeof(*joined));
	*rules = joined;
	*n += n_more;
	return true;
}

static void read_file(const struct script *file, struct arena *arena, struct project *out)
{
	struct json_error error = { JSON_NOWHERE, "there is no memory for it" };
	struct policy_project project;

	if (!file->text) {
		hold_strict(out, file, "it cannot be read as a file", arena);
		return;
	}
	if (file->len > PROJECT_FILE_MAX) {
		hold_strict(out, file, "it has more than 65536 bytes", arena);
		return;
	}
	if (policy_read_project(arena, file->text, file->len, &project, &error) < 0 ||
	    !join_rules(&out->rules, &out->n_rules, project.rules, project.n_rules, arena)) {
		hold_strict(out, file, error.what, arena);
		return;
	}
	if (project.profile > out->profile)
		out->profile = project.profile;
}

void project_read(const struct script *files, size_t n, struct arena *arena, struct project *out)
{
	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < n; i++)
		read_file(&files[i], arena, out);
}

void project_judge(const struct policy *policy, struct policy_asker *asker, const struct project *project,
                   const struct analysis *analysis, struct arena *arena, struct verdict *out)
{
	if (project->profile > asker->profile)
		asker->profile = project->profile;
	if (!join_rules(&asker->rules, &asker->n_rules, project->rules, project->n_rules, arena))
		asker->profile = PROFILE_STRICT;
	policy_judge(policy, asker, analysis, out);
	if (project->problem && !out->why && out->verdict != VERDICT_NONE)
		out->why = project->problem;
}
