#include "config.h"
#include "common/content.h"

#include <string.h>

static bool starts_with(const char *text, size_t len, const char *prefix)
{
	size_t n = strlen(prefix);

	return len >= n && memcmp(text, prefix, n) == 0;
}

void content_dockerfile(const struct content *content)
{
	bool elsewhere = content->run->elsewhere;
	const char *line;
	size_t len;

	content->run->elsewhere = true;
	for (uint32_t at = 0; content_line(content, &at, &line, &len);) {
		content_trim(&line, &len);
		if (len < 4 || (memcmp(line, "RUN ", 4) != 0 && memcmp(line, "run ", 4) != 0))
			continue;
		line += 4;
		len -= 4;
		content_trim(&line, &len);
		while (starts_with(line, len, "--")) { /* --mount=.. */
			const char *blank = memchr(line, ' ', len);
			size_t n = blank ? (size_t)(blank - line) : len;

			line += n;
			len -= n;
			content_trim(&line, &len);
		}
		content_shell(content, line, len);
	}
	content->run->elsewhere = elsewhere;
}

void content_crontab(const struct content *content, bool with_user)
{
	const char *line;
	size_t len;

	for (uint32_t at = 0; content_line(content, &at, &line, &len);) {
		size_t fields = (size_t)5 + with_user, blank = 0;

		content_trim(&line, &len);
		if (!len || line[0] == '#' || !strchr("*@0123456789", line[0]))
			continue;
		if (line[0] == '@')
			fields = (size_t)1 + with_user;
		for (; fields && len; fields--) {
			for (blank = 0; blank < len && !content_is_blank(line[blank]); blank++)
				;
			line += blank;
			len -= blank;
			content_trim(&line, &len);
		}
		content_shell(content, line, len);
	}
}

void content_unit(const struct content *content)
{
	const char *line;
	size_t len;

	for (uint32_t at = 0; content_line(content, &at, &line, &len);) {
		const char *equals;

		content_trim(&line, &len);
		equals = starts_with(line, len, "Exec") ? memchr(line, '=', len) : NULL;
		if (!equals)
			continue;
		len -= (size_t)(equals + 1 - line);
		line = equals + 1;
		while (len && strchr("-+!@: ", *line) && *line) {
			line++;
			len--;
		}
		content_shell(content, line, len);
	}
}

/* "//go:generate COMMAND" runs when somebody asks for it. */
void content_go(const struct content *content)
{
	static const char mark[] = "//go:generate ";
	const char *line;
	size_t len;

	for (uint32_t at = 0; content_line(content, &at, &line, &len);)
		if (starts_with(line, len, mark))
			content_shell(content, line + sizeof(mark) - 1, len - (sizeof(mark) - 1));
}

/* "+++ b/path\t2026-01-01": both b/path and path, for nobody knows -p. */
static void patched(struct run *run, enum action action, const char *path, size_t len, struct span span)
{
	const char *slash;

	len = strcspn(path, "\t\r\n") < len ? strcspn(path, "\t\r\n") : len;
	if (len == 0 || (len == 9 && memcmp(path, "/dev/null", 9) == 0))
		return;
	slash = memchr(path, '/', len);
	if (path[0] != '/' && slash)
		code_path(run, action, slash + 1, len - (size_t)(slash + 1 - path), span);
	code_path(run, action, path, len, span);
}

void content_patch(struct run *run, const char *text, uint32_t len, struct span span)
{
	static const struct { const char *start; enum action action; } lines[] = {
		{ "+++ ", ACTION_WRITE }, { "--- ", ACTION_WRITE }, { "rename to ", ACTION_WRITE }, { "rename from ", ACTION_MOVE },
		{ "copy to ", ACTION_WRITE },
	};
	struct content content = { run, text, len, span };
	const char *line;
	uint32_t at = 0;
	size_t n;

	while (content_line(&content, &at, &line, &n))
		for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
			if (n > strlen(lines[i].start) && memcmp(line, lines[i].start, strlen(lines[i].start)) == 0)
				patched(run, lines[i].action, line + strlen(lines[i].start), n - strlen(lines[i].start), span);
}
