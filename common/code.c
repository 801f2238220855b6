#include "config.h"
#include "common/code.h"

#include <string.h>

static int language_of(enum stream_role role)
{
	static const int languages[STREAM_ROLE_COUNT] = {
		[STREAM_CODE_PYTHON] = CODE_PY, [STREAM_CODE_JS] = CODE_JS,   [STREAM_CODE_PERL] = CODE_PL,
		[STREAM_CODE_RUBY] = CODE_RB,   [STREAM_CODE_PHP] = CODE_PHP, [STREAM_CODE_LUA] = CODE_LUA,
	};

	return languages[role];
}

static void scan(struct run *run, enum stream_role role, const char *text, uint32_t len, struct span span, bool constants_only)
{
	struct code_scanner *s = arena_new(run->arena, struct code_scanner);

	if (!s || run->nesting >= RUN_NESTING_MAX) {
		run_too_complex(run, span.start, "code is nested too deeply");
		return;
	}
	s->run = run;
	s->language = (enum code_language)language_of(role);
	s->role = role;
	s->span = span;
	s->constants_only = constants_only;
	run->nesting++;
	code_statements(s, text, len);
	code_finish_files(s);
	run->nesting--;
}

void code_scan(struct run *run, enum stream_role role, const char *text, uint32_t len, struct span span)
{
	if (role == STREAM_CODE_SQL)
		code_scan_sql(run, text, len, span);
	else if (language_of(role))
		scan(run, role, text, len, span, false);
	else
		effect_finding(run, "code.unseen", RISK_MEDIUM, PLACE_UNKNOWN, CAP_EXEC_CODE | CAP_UNKNOWN, span,
		               "runs code in a language that is not looked into", NULL);
}

void code_scan_file(struct run *run, enum stream_role role, const char *text, uint32_t len, struct span span)
{
	scan(run, role, text, len, span, true);
}

void code_path(struct run *run, enum action action, const char *text, size_t len, struct span span)
{
	struct field field = { .text = arena_dup(run->arena, text, len), .len = (uint32_t)len, .span = span, .quoted = true,
		               .unknown = memchr(text, TEXT_UNKNOWN, len) != NULL };

	if (len && field.text)
		effect_path(run, action, &field, false, RISK_SAFE);
}

void code_shell(struct run *run, const char *text, size_t len, struct span span, const char *via)
{
	struct stream code = { .text = text, .len = (uint32_t)len, .known = !memchr(text, TEXT_UNKNOWN, len), .present = true, .span = span };

	if (len)
		command_run_stream(run, STREAM_CODE_SH, &code, span, NULL, 0, NULL, NULL, via, false);
}

bool code_is_interactive_shell(const struct code_value *value)
{
	static const char *const shells[] = { "sh", "bash", "zsh", "dash", "ksh", "ash" };
	char line[32];
	size_t n = 0;
	char *name, *slash;

	for (uint32_t i = 0; i < value->len; i++)
		if (!strchr("'\"", value->text[i]) && n + 1 < sizeof(line))
			line[n++] = value->text[i];
	line[n] = '\0';
	slash = strrchr(line, '/');
	name = slash ? slash + 1 : line + strspn(line, " ");
	name[strcspn(name, " ")] = '\0';
	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++)
		if (strcmp(name, shells[i]) == 0)
			return !memmem(value->text, value->len, "-c", 2) && value->len <= 24;
	return false;
}
