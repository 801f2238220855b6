#include "config.h"
#include "common/run.h"

#include "common/glyph.h"

#include <string.h>

#define STEPS_BASE 4096   /* work that any line may take */
#define STEPS_PER_BYTE 4 /* and what every byte adds: keeps the whole linear */

static void run_init(struct run *run, const struct table *table, const struct analysis_context *context, struct arena *arena,
                     struct analysis *out)
{
	memset(out, 0, sizeof(*out));
	memset(run, 0, sizeof(*run));
	run->table = table;
	run->context = context;
	run->arena = arena;
	run->out = out;
	run->cwd = context->place.cwd;
	out->explained = context->explain;
	run->findings_tail = &out->findings;
	run->commands_tail = &out->commands;
	run->flows_tail = &out->flows;
}

static bool comes_before(const struct finding *a, const struct finding *b)
{
	if (a->span.start != b->span.start)
		return a->span.start < b->span.start;
	return a->risk > b->risk;
}

/* Insertion sort: they come nearly in order and are bounded in number. */
static struct finding *sort_findings(struct finding *list)
{
	struct finding *sorted = NULL;

	while (list) {
		struct finding *finding = list;
		struct finding **at = &sorted;

		list = list->next;
		while (*at && !comes_before(finding, *at))
			at = &(*at)->next;
		finding->next = *at;
		*at = finding;
	}
	return sorted;
}

static void finish(struct run *run)
{
	struct analysis *out = run->out;
	bool nothing = true;

	memory_keep(run);
	if (run->arena->exhausted)
		run_too_complex(run, 0, "the command needs too much memory to be analysed");
	for (int risk = 0; risk < RISK_COUNT; risk++)
		nothing = nothing && !out->exposure[risk];
	out->empty = nothing && !out->incomplete && !out->too_complex;
	out->findings = sort_findings(out->findings);
}

static void run_text(struct run *run, const char *text, size_t len)
{
	run->root_text = text;
	run->root_len = (uint32_t)len;
	run->budget = STEPS_BASE + STEPS_PER_BYTE * (uint64_t)len;
	eval_init(run);
	eval_text(run, text, (uint32_t)len, run->context->dialect, (struct span){ 0, (uint32_t)len }, NULL, 0, false, NULL, NULL);
}

/* Once more, the other way where the first run left something open: the worse of both counts. Only what the first run did not find
 * is added. */
static void run_second(struct run *run, const char *text, size_t len)
{
	struct analysis_command *commands = NULL;
	struct analysis_flow *flows = NULL;
	struct run again = { .table = run->table, .context = run->context, .arena = run->arena, .out = run->out, .cwd = run->context->place.cwd,
		             .findings_tail = run->findings_tail, .n_findings = run->n_findings, .second = true,
		             .commands_tail = &commands, .flows_tail = run->out->flows ? &flows : &run->out->flows };

	run_text(&again, text, len);
}

void analysis_run(const struct table *table, const struct analysis_context *context, const char *text, size_t len,
                  struct arena *arena, struct analysis *out)
{
	struct run run;

	run_init(&run, table, context, arena, out);
	if (len > ANALYSIS_LENGTH_MAX) {
		run_too_complex(&run, ANALYSIS_LENGTH_MAX, "the command is longer than 1 MiB");
		return;
	}
	glyph_check(&run, text, len);
	run_text(&run, text, len);
	if (run.met_choice)
		run_second(&run, text, len);
	finish(&run);
}

/* "edits.0.new_string" is the argument "edits.new_string". */
static const char *argument_name(struct arena *arena, const char *name)
{
	char *out = arena_dup(arena, name, strlen(name));
	char *to = out;

	for (const char *from = out; from && *from;) {
		size_t part = strcspn(from, ".");

		if (strspn(from, "0123456789") != part || part == 0) {
			if (to != out)
				*to++ = '.';
			memmove(to, from, part);
			to += part;
		}
		from += part + (from[part] == '.');
	}
	if (out)
		*to = '\0';
	return out ? out : "";
}

/* A structured call is a call whose options are its named arguments, each with its value behind it. */
static struct field *argument_words(struct run *run, const char *tool, const struct analysis_argument *arguments, size_t n)
{
	struct field *words = arena_alloc(run->arena, (2 * n + 1) * sizeof(*words));

	if (!words)
		return NULL;
	memset(words, 0, (2 * n + 1) * sizeof(*words));
	words[0].text = tool;
	words[0].len = (uint32_t)strlen(tool);
	for (size_t i = 0; i < n; i++) {
		words[2 * i + 1].text = argument_name(run->arena, arguments[i].name);
		words[2 * i + 1].len = (uint32_t)strlen(words[2 * i + 1].text);
		words[2 * i + 2].text = arguments[i].value;
		words[2 * i + 2].len = (uint32_t)arguments[i].len;
		words[2 * i + 2].quoted = true;
	}
	return words;
}

void analysis_run_tool(const struct table *table, const struct analysis_context *context, const char *tool,
                       const struct analysis_argument *arguments, size_t n_arguments, struct arena *arena,
                       struct analysis *out)
{
	struct run run;
	struct call call = { 0 };
	size_t bytes = 0;

	run_init(&run, table, context, arena, out);
	for (size_t i = 0; i < n_arguments; i++)
		bytes += arguments[i].len;
	if (bytes > ANALYSIS_LENGTH_MAX || n_arguments > UINT16_MAX) {
		run_too_complex(&run, 0, "the call's arguments are longer than 1 MiB");
		return;
	}
	run.root_text = tool;
	run.nested = true; /* there is no line that spans could point into */
	run.budget = STEPS_BASE + STEPS_PER_BYTE * (uint64_t)bytes;
	eval_init(&run);
	call.argv = argument_words(&run, tool, arguments, n_arguments);
	call.argc = (uint32_t)(2 * n_arguments + 1);
	if (call.argv)
		command_run(&run, &call);
	finish(&run);
}
