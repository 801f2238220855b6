#include "config.h"
#include "common/command.h"
#include "common/content.h"
#include "common/printable.h"
#include "common/text.h"

#include <ctype.h>
#include <string.h>

/* Files that are run: their text is judged aside, as a line of its own, and what it certainly does that is of high risk counts for the
 * line. What is only not known in it (a tool, $1) says nothing against a project's own script, or each would ask. */

#define RUNS_MAX 16u     /* of scripts, in one line */
#define DEPTH_MAX 3u     /* of variables whose value names variables */
#define VARIABLES_MAX 4u /* in one piece of a script that counts */

static bool has_unknown(const char *path)
{
	for (; *path; path++)
		if (*path >= TEXT_UNKNOWN && *path <= TEXT_ANY)
			return true;
	return false;
}

/* The workspace that path lies in, or NULL. */
static const char *workspace_of(const struct run *run, const char *path)
{
	const struct place_context *context = &run->context->place;

	for (size_t i = 0; i < context->n_workspaces; i++) {
		size_t len = strlen(context->workspaces[i]);

		if (strncmp(context->workspaces[i], path, len) == 0 && path[len] == '/')
			return context->workspaces[i];
	}
	return NULL;
}

static const struct script *find(const struct run *run, const char *path)
{
	for (size_t i = 0; i < run->context->n_scripts; i++)
		if (strcmp(run->context->scripts[i].path, path) == 0)
			return &run->context->scripts[i];
	return NULL;
}

/* For who can read it. */
static void note(struct run *line, const char *path)
{
	struct analysis *out = line->out;

	for (uint32_t i = 0; i < out->n_read; i++)
		if (strcmp(out->read[i], path) == 0)
			return;
	if (out->n_read == ANALYSIS_READ_MAX)
		return;
	if (!out->read)
		out->read = arena_alloc(line->arena, ANALYSIS_READ_MAX * sizeof(*out->read));
	if (out->read)
		out->read[out->n_read++] = path;
}

/* --- judging --- */

/* ", line 7", or nothing when it is about the whole. */
static const char *line_of(struct arena *arena, const struct script *script, const struct span *span)
{
	struct text text;
	uint64_t line = 1;

	if (span->start == 0 && span->end >= script->len)
		return "";
	for (uint32_t i = 0; i < span->start && i < script->len; i++)
		line += script->text[i] == '\n';
	text_init(&text, arena, 32);
	text_puts(&text, ", line ");
	text_put_u64(&text, line);
	return text_end(&text);
}

static bool is_name_byte(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static bool is_certain(const struct script *script, uint32_t start, uint32_t end, unsigned depth);

/* Its only assignment gives a certain value. */
static bool is_assigned(const struct script *script, const char *at, unsigned depth)
{
	const char *end = script->text + script->len, *line = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;

	return at < end && *at == '=' && is_certain(script, (uint32_t)(at - script->text), (uint32_t)((line ? line : end) - script->text), depth + 1);
}

/* Named but once where it is not used: one assignment, no loop over it, no read into it. Else what it holds in the end depends on the way
 * that the script takes. */
static bool is_settled(const struct script *script, const char *name, size_t len, unsigned depth)
{
	const char *end = script->text + script->len, *at = script->text, *only = NULL;
	unsigned named = 0;

	if (len == 0 || isdigit((unsigned char)*name))
		return false;
	while (named < 2 && (at = memmem(at, (size_t)(end - at), name, len))) {
		bool whole = (at == script->text || !is_name_byte(at[-1])) && (at + len == end || !is_name_byte(at[len]));
		bool used = at > script->text && (at[-1] == '$' || at[-1] == '{');

		at += len;
		if (whole && !used) {
			named++;
			only = at;
		}
	}
	return named == 0 ? len == 4 && memcmp(name, "HOME", 4) == 0 : named == 1 && is_assigned(script, only, depth);
}

/* Whether a piece of the text says by itself what it is about, with no more than such variables. */
static bool is_certain(const struct script *script, uint32_t start, uint32_t end, unsigned depth)
{
	const char *text = script->text;
	unsigned variables = 0;

	for (uint32_t i = start; i < end; i++) {
		uint32_t name = i + 1 + (i + 1 < end && text[i + 1] == '{'), behind = name;

		if (text[i] == '`')
			return false;
		if (text[i] != '$')
			continue;
		while (behind < end && is_name_byte(text[behind]))
			behind++;
		if (text[i + 1] == '{' && (behind == end || text[behind] != '}'))
			return false;
		if (depth == DEPTH_MAX || ++variables > VARIABLES_MAX || !is_settled(script, text + name, behind - name, depth))
			return false;
	}
	return true;
}

/* What came from elsewhere, and what earlier calls are part of, counts although nobody knows what it does. */
static bool counts(const struct script *script, const struct finding *finding, bool shell)
{
	if (finding->risk < RISK_HIGH || (finding->place == PLACE_UNKNOWN && !finding->earlier && strncmp(finding->rule, "flow.", 5) != 0))
		return false;
	return !shell || is_certain(script, finding->span.start, finding->span.end < script->len ? finding->span.end : (uint32_t)script->len, 0);
}

static void take_over(struct run *run, const struct script *script, const struct finding *finding, struct span span)
{
	const char *name = script->path + strlen(workspace_of(run, script->path)) + 1;
	const char *line = line_of(run->arena, script, &finding->span);

	run->earlier = finding->earlier;
	effect_finding(run, finding->rule, finding->risk, finding->place, finding->caps, span,
	               printable_join(run->arena, "in ", name, line ? line : "", ": ", finding->why, NULL), finding->safer);
	run->earlier = 0;
}

/* npm runs "prex" and "postx" around "x". */
static void run_entry(const struct content *content, const char *entry)
{
	struct arena *arena = content->run->arena;
	const char *const keys[] = { entry, printable_join(arena, "pre", entry, NULL), printable_join(arena, "post", entry, NULL), NULL };

	content_json(content, "scripts", keys);
}

static void run_text(struct run *run, const struct script_use *use, enum stream_role role, const struct script *script, const struct stream *code)
{
	const struct content content = { run, script->text, (uint32_t)script->len, run->fixed };

	if (use->entry)
		run_entry(&content, use->entry);
	else if (role == STREAM_CODE_MAKE)
		content_make_goals(&content, use->goals, use->n_goals);
	else
		command_run_stream(run, role, code, run->fixed, NULL, 0, NULL, NULL, script->path, use->as_root);
}

static void judge(struct run *outer, const struct script_use *use, const struct script *script, struct span span)
{
	const struct stream code = { .text = script->text, .len = (uint32_t)script->len, .known = true, .present = true };
	const struct span whole = { 0, code.len };
	enum stream_role role = command_script_role(script->path, &code, use->preferred);
	struct analysis_context context = *outer->context;
	struct run_script frame = { outer->script, script->path, outer->script ? outer->script->line : outer };
	struct analysis out = { 0 };
	struct run run = { .table = outer->table, .context = &context, .arena = outer->arena, .out = &out, .cwd = outer->cwd,
		           .root_text = code.text, .root_len = code.len, .script = &frame, .second = outer->second, .as_root = outer->as_root,
		           .nested = role != STREAM_CODE_SH || use->entry, .fixed = whole, .judges_ahead = true, .budget = 4096 + 4 * (uint64_t)code.len };

	context.explain = false;
	run.findings_tail = &out.findings;
	run.commands_tail = &out.commands;
	run.flows_tail = &out.flows;
	eval_init(&run);
	run_text(&run, use, role, script, &code);
	for (const struct finding *finding = out.findings; finding; finding = finding->next)
		if (counts(script, finding, !run.nested))
			take_over(outer, script, finding, span);
	outer->met_choice |= run.met_choice;
}

static bool is_running(const struct run *run, const char *path)
{
	for (const struct run_script *script = run->script; script; script = script->outer)
		if (strcmp(script->path, path) == 0)
			return true;
	return false;
}

void script_run(struct run *run, const struct script_use *use, const char *path, struct span span)
{
	struct run *line = run->script ? run->script->line : run;
	const struct script *script;

	if (run->elsewhere || (run->judges_ahead && !run->script) || has_unknown(path) || !workspace_of(run, path) || is_running(run, path))
		return;
	script = find(run, path);
	if (!script)
		note(line, path);
	else if (line->n_scripts++ < RUNS_MAX)
		judge(run, use, script, span);
	else
		run_too_complex(line, span.start, "it runs scripts too often to follow");
}

/* --- tools that run what a file of a fixed name holds --- */

static const char *const makefiles[] = { "GNUmakefile", "makefile", "Makefile", NULL };
static const char *const packages[] = { "package.json", NULL };

static const struct loader {
	const char *tool;
	const char *const *files; /* the first one that is there counts */
	const char *entry;        /* of package.json; "": the word of the subcommand, or what is behind "run" */
} loaders[] = {
	{ "make", makefiles, NULL }, { "npm run", packages, "" }, { "npm test", packages, "test" }, { "npm start", packages, "" },
	{ "yarn run", packages, "" }, { "yarn", packages, "" }, { "bun run", packages, "" },
};

static const char *entry_of(const struct resolved *r, const struct loader *loader)
{
	const struct field *word = r->call->argc > 1 ? &r->call->argv[1] : NULL;

	if (loader->entry[0])
		return loader->entry;
	if (word && word->text[0] != '-' && strncmp(word->text, "run", 3) != 0)
		return word->text;
	return r->n_operands && !r->operands[0]->unknown ? r->operands[0]->text : NULL;
}

static void load(struct resolved *r, const struct loader *loader)
{
	struct script_use use = { .preferred = STREAM_CODE_MAKE, .goals = r->operands, .n_goals = r->n_operands, .as_root = r->call->as_root };

	if (loader->entry && !(use.entry = entry_of(r, loader)))
		return;
	for (const char *const *file = loader->files; *file; file++) {
		const char *path = printable_join(r->run->arena, r->run->cwd, "/", *file, NULL);

		if (run_file_find(r->run, path))
			return; /* what is known of it is held against the call already */
		script_run(r->run, &use, path, r->call->span);
		if (find(r->run, path))
			return;
	}
}

void script_load(struct resolved *r)
{
	const char *tool = table_string(r->run->table, r->node->name);

	if (r->has_script || !r->run->cwd)
		return;
	for (size_t i = 0; i < sizeof(loaders) / sizeof(*loaders); i++)
		if (strcmp(tool, loaders[i].tool) == 0)
			load(r, &loaders[i]);
}
