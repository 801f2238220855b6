#include "config.h"
#include "common/command.h"

#include "common/glob.h"
#include "common/glyph.h"
#include "common/printable.h"

#include <string.h>

/* Folders whose programs are what their names say. */
static const char *const program_folders[] = {
	"/bin/", "/sbin/", "/usr/bin/", "/usr/sbin/", "/usr/local/bin/", "/usr/local/sbin/", "/opt/homebrew/bin/", "/snap/bin/",
};

struct named {
	const char *name; /* without folder */
	uint32_t len;
	bool in_folder;   /* had a path that is none of program_folders */
};

static struct named split_name(const struct field *word)
{
	struct named named = { word->text, word->len, false };
	const char *slash = memrchr(word->text, '/', word->len);
	uint32_t folder_len;

	if (!slash)
		return named;
	folder_len = (uint32_t)(slash - word->text) + 1;
	named.name = slash + 1;
	named.len = word->len - folder_len;
	named.in_folder = true;
	for (size_t i = 0; i < sizeof(program_folders) / sizeof(*program_folders); i++)
		if (strlen(program_folders[i]) == folder_len && memcmp(program_folders[i], word->text, folder_len) == 0)
			named.in_folder = false;
	return named;
}

/* python3.11, gcc-12, pip3, prettier@3: the name without its version. */
static uint32_t find_tool(const struct table *table, const char *name, uint32_t len)
{
	const char *version = len > 1 ? memchr(name + 1, '@', len - 1) : NULL;
	uint32_t node = table_find(table, name, len);
	uint32_t shorter = len;

	if (node == TABLE_NONE && version)
		return table_find(table, name, (size_t)(version - name));
	while (node == TABLE_NONE && shorter > 1 && strchr("0123456789.-", name[shorter - 1])) {
		shorter--;
		if (shorter < len && name[len - 1] != '-' && name[len - 1] != '.')
			node = table_find(table, name, shorter);
	}
	return node;
}

static void note_unknown(struct run *run, const char *name, uint32_t len)
{
	struct analysis *out = run->out;

	for (uint32_t i = 0; i < out->n_unknown; i++)
		if (strlen(out->unknown[i]) == len && memcmp(out->unknown[i], name, len) == 0)
			return;
	if (!out->unknown)
		out->unknown = arena_alloc(run->arena, ANALYSIS_UNKNOWN_MAX * sizeof(*out->unknown));
	if (out->unknown && out->n_unknown < ANALYSIS_UNKNOWN_MAX)
		out->unknown[out->n_unknown++] = printable(run->arena, name, len, PRINTABLE_MAX);
}

static void unknown_tool(struct run *run, const struct call *call, const struct named *named)
{
	const struct field *word = &call->argv[0];
	const char *twin;

	if (named->in_folder) { /* judged as the path it is */
		effect_note(run, CAP_UNKNOWN, RISK_SAFE, PLACE_WORKSPACE);
		return;
	}
	if (call->elsewhere) { /* the other side's tools are its own */
		effect_note(run, CAP_UNKNOWN, RISK_MEDIUM, PLACE_REMOTE);
		return;
	}
	note_unknown(run, named->name, named->len);
	twin = glyph_ascii(run->arena, named->name, named->len);
	if (twin && find_tool(run->table, twin, (uint32_t)strlen(twin)) != TABLE_NONE)
		effect_finding(run, "text.homoglyph", RISK_HIGH, PLACE_UNKNOWN, CAP_OBFUSCATED | CAP_UNKNOWN, word->span,
		               printable_join(run->arena, printable_quote(run->arena, word->text, word->len), " looks like ", twin,
		                              " and is another command", NULL),
		               twin);
	effect_finding(run, "tool.unknown", RISK_MEDIUM, PLACE_UNKNOWN, CAP_UNKNOWN, word->span,
	               printable_join(run->arena, "nothing is known about ", printable_quote(run->arena, word->text, word->len), NULL),
	               NULL);
}

static void unknown_word(struct run *run, const struct call *call)
{
	const struct field *word = &call->argv[0];

	if (word->taint & (TAINT_NETWORK | TAINT_DECODED)) {
		struct stream code = { .present = true, .taint = word->taint, .span = word->span, .origin = word->origin };

		command_run_stream(run, STREAM_CODE_SH, &code, word->span, NULL, 0, NULL, NULL, "the shell", call->as_root);
		return;
	}
	effect_finding(run, "shell.unknown-command", RISK_MEDIUM, PLACE_UNKNOWN, CAP_UNKNOWN, word->span,
	               printable_join(run->arena, "which command runs is only known when ",
	                              printable_quote(run->arena, word->text, word->len), " has its value", NULL),
	               "write the command's name");
}

/* --- what base, options and combinations add --- */

static enum place own_place(uint32_t flags)
{
	if (flags & (CAP_SYSTEM | CAP_KERNEL | CAP_SUDO | CAP_PRIVESC))
		return PLACE_SYSTEM;
	return flags & CAP_REMOTE_STATE ? PLACE_REMOTE : PLACE_WORKSPACE;
}

/* A rule id from "git push" and "--force": "git.push.force". */
static const char *default_rule(struct run *run, const char *key, const char *option)
{
	size_t key_len = strlen(key);
	char *rule = arena_alloc(run->arena, key_len + strlen(option) + 2);
	char *p = rule;

	if (!rule)
		return "tool";
	for (const char *s = key; *s; s++)
		*p++ = *s == ' ' ? '.' : *s;
	while (*option == '-')
		option++;
	if (*option)
		*p++ = '.';
	strcpy(p, option);
	return rule;
}

static const char *safer_form(struct resolved *r, const char *template)
{
	const char *mark = strstr(template, "{operands}");
	const char *operands = "";

	if (!mark)
		return template;
	for (uint32_t i = 0; i < r->n_operands && i < 8; i++)
		operands = printable_join(r->run->arena, operands, i ? " " : "",
		                          printable_quote(r->run->arena, r->operands[i]->text, r->operands[i]->len), NULL);
	return printable_join(r->run->arena, arena_dup(r->run->arena, template, (size_t)(mark - template)), operands,
	                      mark + strlen("{operands}"), NULL);
}

static void apply_effect(struct resolved *r, const struct table_effect *effect, const char *option)
{
	const struct table *table = r->run->table;
	uint32_t risk_bits = effect->flags & CAPS_RISK_MASK;
	enum risk risk;
	const char *why, *rule, *key;

	r->flags = (r->flags | effect->flags) & ~CAPS_RISK_MASK;
	if (!risk_bits)
		return;
	risk = caps_risk(effect->flags);
	if (risk <= RISK_LOW) {
		effect_note(r->run, effect->flags, risk, own_place(effect->flags));
		return;
	}
	key = table_string(table, r->node->name);
	rule = table_string(table, effect->rule);
	why = table_string(table, effect->why);
	if (!*why)
		why = printable_join(r->run->arena, key, *option ? " " : "", option, ": ", table_string(table, r->node->about), NULL);
	effect_finding(r->run, *rule ? rule : default_rule(r->run, key, option), risk, own_place(r->flags | effect->flags),
	               effect->flags, r->call->span, why, safer_form(r, table_string(table, effect->safer)));
}

/* A word of which nothing is known matches patterns, but is not taken for one certain word (kill $PID is not kill 1). */
static bool word_matches(const char *pattern, const struct field *word)
{
	static const char nothing_known[] = { TEXT_UNKNOWN, TEXT_STAR, TEXT_ANY, '\0' };

	if (word->len > 0 && strspn(word->text, nothing_known) == word->len)
		return strpbrk(pattern, "*?") != NULL;
	return glob_match(pattern, word->text, word->len);
}

static bool when_operand(const struct resolved *r, const struct table_when *when)
{
	const struct table *table = r->run->table;

	for (uint32_t g = 0; g < when->n_operands; g++) {
		const char *pattern = table_string(table, table->strings[when->operands + g]);

		for (uint32_t i = 0; i < r->n_operands; i++)
			if ((when->operand_at == 255 || when->operand_at == i) &&
			    word_matches(pattern, r->operands[i]))
				return true;
	}
	return when->n_operands == 0;
}

static bool when_matches(const struct resolved *r, const struct table_when *when)
{
	return (r->seen & when->all) == when->all && (!when->any || (r->seen & when->any)) && !(r->seen & when->none) &&
	       r->n_operands >= when->min_operands && r->n_operands <= when->max_operands && when_operand(r, when);
}

static void lower(struct resolved *r, enum risk to)
{
	if (!r->lowered || to < r->lowered_to)
		r->lowered_to = to;
	r->lowered = true;
}

static bool is_raising(const struct table_when *when)
{
	return when->effect.flags & (CAP_RISK_HIGH | CAP_RISK_CRITICAL);
}

/* Options that lower always do; a combination that lowers gives way to one that raises. */
static void find_lowering(struct resolved *r)
{
	const struct table_when *whens = r->run->table->whens + r->node->whens;
	int to = -1;

	for (uint32_t i = 0; i < r->n_hits; i++)
		if (r->hits[i]->option->flags & OPTION_LOWERS)
			lower(r, (enum risk)r->hits[i]->option->lowers_to);
	for (uint32_t i = 0; i < r->node->n_whens; i++) {
		if ((!whens[i].lowers_to && !is_raising(&whens[i])) || !when_matches(r, &whens[i]))
			continue;
		if (is_raising(&whens[i]))
			return;
		if (to < 0 || whens[i].lowers_to - 1 < to)
			to = whens[i].lowers_to - 1;
	}
	if (to >= 0)
		lower(r, (enum risk)to);
}

static void apply_effects(struct resolved *r)
{
	const struct table *table = r->run->table;
	const struct table_when *whens = table->whens + r->node->whens;

	if (r->lowered) {
		effect_note(r->run, 0, r->lowered_to, PLACE_WORKSPACE);
		return;
	}
	apply_effect(r, &r->node->effect, "");
	for (uint32_t i = 0; i < r->n_hits; i++)
		apply_effect(r, &r->hits[i]->option->effect, table_string(table, r->hits[i]->option->name));
	for (uint32_t i = 0; i < r->node->n_whens; i++)
		if (!whens[i].lowers_to && when_matches(r, &whens[i]))
			apply_effect(r, &whens[i].effect, "");
	effect_note(r->run, r->flags, RISK_SAFE, PLACE_WORKSPACE);
}

static void unknown_subcommand(struct resolved *r)
{
	struct run *run = r->run;
	const char *key = table_string(run->table, r->node->name);

	effect_finding(run, "tool.unknown-subcommand", RISK_MEDIUM, PLACE_UNKNOWN, CAP_UNKNOWN, r->subcommand->span,
	               printable_join(run->arena, "nothing is known about ", key, " ",
	                              printable_quote(run->arena, r->subcommand->text, r->subcommand->len), NULL),
	               NULL);
}

/* --- one call --- */

static void open_command(struct run *run, const struct call *call)
{
	struct analysis_command *command;
	const char *text = "";

	if (!run->context->explain)
		return;
	command = arena_new(run->arena, struct analysis_command);
	if (!command)
		return;
	for (uint32_t i = 0; i < call->argc && i < 32; i++)
		text = printable_join(run->arena, text, i ? " " : "", printable_quote(run->arena, call->argv[i].text, call->argv[i].len), NULL);
	command->text = printable(run->arena, text, strlen(text), 4 * PRINTABLE_MAX);
	command->tool = printable(run->arena, call->argv[0].text, call->argv[0].len, PRINTABLE_MAX);
	command->span = run->nested ? run->fixed : call->span;
	command->depth = call->depth;
	*run->commands_tail = command;
	run->commands_tail = &command->next;
	run->current = command;
}

static void run_resolved(struct run *run, struct call *call, uint32_t node)
{
	struct resolved r = { .run = run, .call = call, .node_index = node, .node = &run->table->nodes[node] };
	const char *cwd = run->cwd;

	if (!command_parse(&r)) {
		run_too_complex(run, call->span.start, "a command has too many options");
		return;
	}
	run->tool = table_string(run->table, r.node->name);
	run->tool_len = strlen(run->tool);
	if (run->current) {
		run->current->tool = run->tool;
		run->current->known = true;
	}
	find_lowering(&r);
	if (r.unknown_subcommand && !r.lowered)
		unknown_subcommand(&r);
	apply_effects(&r);
	if (!r.lowered) {
		if ((r.flags & CAP_FILE_WRITE) && strncmp(table_string(run->table, r.node->name), "git ", 4) == 0)
			effect_repository(run, call->span);
		run->sql_changes = false;
		run->put.present = false;
		command_operands(&r);
		command_request(&r);
		command_input(&r);
		memory_call(&r);
		script_load(&r);
		memory_loads(run, table_string(run->table, r.node->name), call->argv[0].text, call->span);
		if (r.database)
			effect_path(run, run->sql_changes ? ACTION_WRITE : ACTION_READ, r.database, false, RISK_SAFE);
	}
	command_output(&r);
	run->cwd = cwd;
}

/* A program that is named by a path: what this line knows of it, else where it lies. */
static void run_path(struct run *run, struct call *call)
{
	const struct field *word = &call->argv[0];
	const char *path = run_file_path(run, word);
	const struct run_file *file = path ? run_file_find(run, path) : NULL;

	effect_path(run, ACTION_EXEC, word, false, RISK_SAFE);
	if (file)
		command_run_stream(run, command_script_role(path, &file->content, STREAM_CODE_SH), &file->content, word->span, call->argv,
		                   call->argc, &call->input, &call->output, path, call->as_root);
	else
		command_run_unpacked(run, word, call->as_root);
	if (!file && path)
		script_run(run, &(struct script_use){ .preferred = STREAM_CODE_SH, .as_root = call->as_root }, path, word->span);
}

/* /b?n/r?: a program is found by a pattern, and not among the project's own. */
static bool globbed_elsewhere(const struct run *run, const struct field *word)
{
	struct target target;

	if (!word->glob)
		return false;
	place_path(run->arena, &run->context->place, run->cwd, word->text, word->len, &target);
	return target.place != PLACE_WORKSPACE || !memchr(word->text, '/', word->len);
}

void command_run(struct run *run, struct call *call)
{
	struct analysis_command *outer = run->current;
	const char *outer_tool = run->tool;
	size_t outer_tool_len = run->tool_len;
	bool elsewhere = run->elsewhere;
	struct named named;
	uint32_t node;

	if (!run_spend(run, 1 + call->argc) || call->argc == 0)
		return;
	run->elsewhere = elsewhere || call->elsewhere;
	call->output = (struct stream){ .present = true, .span = call->span };
	open_command(run, call);
	for (uint32_t i = 0; i < call->n_env; i++)
		command_environment(run, &call->env[i].name, &call->env[i].value);
	named = split_name(&call->argv[0]);
	run->tool = named.name;
	run->tool_len = named.len;
	if ((call->argv[0].unknown && memchr(named.name, TEXT_UNKNOWN, named.len)) || globbed_elsewhere(run, &call->argv[0])) {
		unknown_word(run, call);
		goto out;
	}
	if (named.in_folder)
		run_path(run, call);
	else
		memory_program(run, &call->argv[0], named.name, named.len);
	node = find_tool(run->table, named.name, named.len);
	if (node == TABLE_NONE)
		unknown_tool(run, call, &named);
	else
		run_resolved(run, call, node);
out:
	run->current = outer;
	run->tool = outer_tool;
	run->tool_len = outer_tool_len;
	run->elsewhere = elsewhere;
}
