#include "config.h"
#include "common/command.h"

#include "common/glob.h"
#include "common/printable.h"

#include <string.h>

/* Variables that make the command behind them run or load something: environment.def. */

enum how { HOW_LOADED, HOW_SHELL, HOW_OPTIONS, HOW_FOLDERS, HOW_SOURCE, HOW_SETTING, HOW_FILE };

struct variable {
	const char *name;
	enum how how;
	const char *values;
	const char *why;
};

static const struct variable variables[] = {
#define ENVIRONMENT(name, how, values, why) { name, HOW_##how, values, why },
#include "common/environment.def"
#undef ENVIRONMENT
};

static const char *const package_sources[] = {
#define PACKAGE_SOURCE(host) host,
#include "common/package_sources.def"
#undef PACKAGE_SOURCE
};

static enum place place_of(const struct run *run, const char *text, size_t len)
{
	struct target target;

	place_path(run->arena, &run->context->place, run->cwd, text, len, &target);
	return target.place;
}

bool command_names_temporary(const struct run *run, const struct field *value, const char *separators)
{
	for (const char *at = value->text; *at;) {
		size_t len = strcspn(at, separators);

		if (len && *at == '/' && place_of(run, at, len) == PLACE_TEMPORARY)
			return true;
		at += len;
		at += strspn(at, separators);
	}
	return false;
}

/* Is one of the options, which stand with blanks between them, among those of value? "--x=y" and "-xy" are "--x" and "-x". */
static bool has_option(const char *options, const struct field *value)
{
	for (const char *at = options; *at;) {
		size_t len = strcspn(at, " ");
		const char *found = memmem(value->text, value->len, at, len);

		if (found && (found == value->text || strchr(" =\t", found[-1])))
			return true;
		at += len;
		at += strspn(at, " ");
	}
	return false;
}

static bool foreign_source(const struct field *value)
{
	struct host host;

	place_host(value->text, value->len, &host);
	if (host.kind == HOST_LOOPBACK)
		return false;
	for (size_t i = 0; i < sizeof(package_sources) / sizeof(*package_sources); i++)
		if (host.len == strlen(package_sources[i]) && memcmp(host.name, package_sources[i], host.len) == 0)
			return false;
	return true;
}

static bool runs_unseen_code(struct run *run, const struct variable *variable, const struct field *value)
{
	switch (variable->how) {
	case HOW_SHELL:
		eval_text(run, value->text, value->len, run->context->dialect, value->span, NULL, 0, true, NULL, NULL);
		effect_note(run, CAP_EXEC_CODE, RISK_LOW, PLACE_WORKSPACE);
		return command_names_temporary(run, value, " \t\"'");
	case HOW_OPTIONS:
		return has_option(variable->values, value);
	case HOW_FOLDERS:
		return command_names_temporary(run, value, ":");
	case HOW_SOURCE:
		return foreign_source(value);
	case HOW_SETTING:
		return command_git_setting_runs(run, value->text, value->len);
	case HOW_FILE:
		return memchr(value->text, '/', value->len);
	case HOW_LOADED:
	default:
		return true;
	}
}

void command_environment(struct run *run, const struct field *name, const struct field *value)
{
	if (value->len && strcmp(name->text, "PATH") == 0)
		memory_path(run, value);
	for (size_t i = 0; value->len && i < sizeof(variables) / sizeof(*variables); i++) {
		const struct variable *variable = &variables[i];

		if ((variable->name[0] != name->text[0] && variable->name[0] != '*') || !glob_match(variable->name, name->text, name->len))
			continue;
		if (runs_unseen_code(run, variable, value))
			effect_finding(run, "environment.code", RISK_HIGH, PLACE_SYSTEM, CAP_EXEC_CODE, value->span,
			               printable_join(run->arena, printable_quote(run->arena, value->text, value->len), " ",
			                              variable->why, " (", variable->name, ")", NULL),
			               NULL);
		return;
	}
}
