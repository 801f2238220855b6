#include "config.h"
#include "common/content.h"

#include "common/glob.h"

#include <string.h>

enum how {
	HOW_DATA, HOW_BY_SHEBANG, HOW_SHELL, HOW_PYTHON, HOW_JS, HOW_PERL, HOW_RUBY, HOW_PHP, HOW_LUA, HOW_MAKE, HOW_PACKAGE_JSON,
	HOW_TASKS_JSON, HOW_CI, HOW_DOCKERFILE, HOW_CRONTAB, HOW_CRONTAB_USER, HOW_UNIT, HOW_AWK, HOW_GO,
};

static const struct {
	const char *pattern;
	enum how how;
} rows[] = {
#define CONTENT(pattern, HOW) { pattern, HOW_##HOW },
#include "common/content.def"
#undef CONTENT
};

static const struct {
	const char *name; /* of the interpreter; versions may follow */
	enum how how;
} interpreters[] = {
	{ "sh", HOW_SHELL },     { "bash", HOW_SHELL },    { "dash", HOW_SHELL }, { "zsh", HOW_SHELL }, { "ksh", HOW_SHELL },
	{ "ash", HOW_SHELL },    { "python", HOW_PYTHON }, { "node", HOW_JS },    { "nodejs", HOW_JS }, { "bun", HOW_JS },
	{ "deno", HOW_JS },      { "tsx", HOW_JS },        { "perl", HOW_PERL },  { "ruby", HOW_RUBY }, { "php", HOW_PHP },
	{ "lua", HOW_LUA },      { "luajit", HOW_LUA },    { "make", HOW_MAKE },
};

static enum how how_of_interpreter(const char *name, size_t len)
{
	while (len && (name[len - 1] == '.' || (name[len - 1] >= '0' && name[len - 1] <= '9')))
		len--;
	for (size_t i = 0; i < sizeof(interpreters) / sizeof(interpreters[0]); i++)
		if (strlen(interpreters[i].name) == len && memcmp(interpreters[i].name, name, len) == 0)
			return interpreters[i].how;
	return HOW_DATA;
}

/* "#!/usr/bin/env -S python3 -u": the last component of the first word, or of the first word behind env and its options. */
static enum how how_of_shebang(const char *text, uint32_t len)
{
	const char *end = memchr(text, '\n', len);
	const char *at = text + 2;

	if (len < 3 || memcmp(text, "#!", 2) != 0)
		return HOW_DATA;
	end = end ? end : text + len;
	while (at < end) {
		const char *word, *slash;

		while (at < end && (*at == ' ' || *at == '\t'))
			at++;
		word = at;
		while (at < end && *at != ' ' && *at != '\t' && *at != '\r')
			at++;
		slash = memrchr(word, '/', (size_t)(at - word));
		word = slash ? slash + 1 : word;
		if (at - word == 3 && memcmp(word, "env", 3) == 0)
			continue;
		if (word < at && *word != '-' && !memchr(word, '=', (size_t)(at - word)))
			return how_of_interpreter(word, (size_t)(at - word));
		at += at < end && *at == '\r';
	}
	return HOW_DATA;
}

static enum how how_of(const char *path, const char *text, uint32_t len)
{
	enum how by_shebang = how_of_shebang(text, len);
	size_t path_len = strlen(path);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (glob_match_surely(rows[i].pattern, strlen(rows[i].pattern), path, path_len))
			return rows[i].how != HOW_BY_SHEBANG ? rows[i].how : by_shebang ? by_shebang : HOW_SHELL;
	return by_shebang;
}

void content_shell(const struct content *content, const char *text, size_t len)
{
	struct analysis *out = content->run->out;
	bool incomplete = out->incomplete;
	uint32_t problem_at = out->problem_at;
	const char *problem = out->problem;

	if (len == 0 || !run_spend(content->run, 1))
		return;
	eval_text(content->run, text, (uint32_t)len, content->run->context->dialect, content->span, NULL, 0, true, NULL, NULL);
	if (out->too_complex)
		return;
	out->incomplete = incomplete;
	out->problem_at = problem_at;
	out->problem = problem;
}

bool content_line(const struct content *content, uint32_t *at, const char **line, size_t *len)
{
	struct text joined;
	bool first = true;

	text_init(&joined, content->run->arena, 0);
	while (*at < content->len && run_spend(content->run, 1)) {
		const char *start = content->text + *at;
		const char *end = memchr(start, '\n', content->len - *at);
		size_t n = end ? (size_t)(end - start) : content->len - *at;
		bool goes_on = n > 0 && start[n - 1] == '\\';

		*at += (uint32_t)n + (end != NULL);
		if (first && !goes_on) {
			*line = start;
			*len = n - (n > 0 && start[n - 1] == '\r');
			return true;
		}
		first = false;
		text_put(&joined, start, n - goes_on);
		if (!goes_on)
			break;
		text_putc(&joined, ' ');
	}
	*line = joined.data ? joined.data : "";
	*len = joined.len;
	return !first;
}

static void analyze(const struct content *content, enum how how)
{
	static const enum stream_role roles[] = { [HOW_PYTHON] = STREAM_CODE_PYTHON, [HOW_JS] = STREAM_CODE_JS,
		                                  [HOW_PERL] = STREAM_CODE_PERL,     [HOW_RUBY] = STREAM_CODE_RUBY,
		                                  [HOW_PHP] = STREAM_CODE_PHP,       [HOW_LUA] = STREAM_CODE_LUA };
	static const char *const task_keys[] = { "command", "runtimeExecutable", "postCreateCommand", "postStartCommand", "initializeCommand",
		                                 NULL };

	switch (how) {
	case HOW_DATA:
	case HOW_BY_SHEBANG:
		break;
	case HOW_SHELL:
		content_shell(content, content->text, content->len);
		break;
	case HOW_MAKE:
		content_make(content);
		break;
	case HOW_PACKAGE_JSON:
		content_json(content, "scripts", NULL);
		break;
	case HOW_TASKS_JSON:
		content_json(content, NULL, task_keys);
		break;
	case HOW_CI:
		content_ci(content);
		break;
	case HOW_DOCKERFILE:
		content_dockerfile(content);
		break;
	case HOW_CRONTAB:
	case HOW_CRONTAB_USER:
		content_crontab(content, how == HOW_CRONTAB_USER);
		break;
	case HOW_AWK:
		code_scan_awk(content->run, content->text, content->len, content->span);
		break;
	case HOW_GO:
		content_go(content);
		break;
	case HOW_UNIT:
		content_unit(content);
		break;
	default:
		code_scan_file(content->run, roles[how], content->text, content->len, content->span);
	}
}

void content_analyze(struct run *run, const char *path, const char *text, uint32_t len, struct span span)
{
	struct content content = { run, text, len, span };
	enum how how = path && text ? how_of(path, text, len) : HOW_DATA;

	if (how != HOW_DATA)
		analyze(&content, how);
}
