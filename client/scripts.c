#include "config.h"
#include "client/scripts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The workspace that path lies in; *rest: what is behind it. */
static const char *workspace_of(const struct check_request *request, const char *path, const char **rest)
{
	for (size_t i = 0; i < request->n_workspaces; i++) {
		size_t len = strlen(request->workspaces[i]);

		if (strncmp(request->workspaces[i], path, len) == 0 && path[len] == '/') {
			*rest = path + len + 1;
			return request->workspaces[i];
		}
	}
	return NULL;
}

/* Opens rest below folder, name by name, through no link and without waiting; -1 when that cannot be. */
static int open_below(const char *folder, const char *rest)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	while (fd >= 0) {
		size_t len = strcspn(rest, "/");
		bool last = rest[len] == '\0';
		char name[NAME_MAX + 1];
		int next;

		if (len == 0 || len > NAME_MAX || (len == 2 && memcmp(rest, "..", 2) == 0)) {
			close(fd);
			return -1;
		}
		memcpy(name, rest, len);
		name[len] = '\0';
		next = openat(fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | (last ? 0 : O_DIRECTORY));
		close(fd);
		if (last)
			return next;
		fd = next;
		rest += len + 1;
	}
	return -1;
}

/* Whole lines of what fits. */
static bool read_text(int fd, struct arena *arena, struct script *script)
{
	char *text = arena_alloc(arena, ANALYSIS_SCRIPT_BYTES);
	const char *end;
	ssize_t n;

	script->len = 0;
	while (text && script->len < ANALYSIS_SCRIPT_BYTES) {
		n = read(fd, text + script->len, ANALYSIS_SCRIPT_BYTES - script->len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		script->len += (size_t)n;
	}
	if (!text || script->len == 0 || memchr(text, '\0', script->len))
		return false;
	if (script->len == ANALYSIS_SCRIPT_BYTES && (end = memrchr(text, '\n', script->len)))
		script->len = (size_t)(end + 1 - text);
	script->text = text;
	return true;
}

static bool read_script(const struct check_request *request, const char *path, struct arena *arena, struct script *script)
{
	const char *rest, *folder = workspace_of(request, path, &rest);
	int fd = folder ? open_below(folder, rest) : -1;
	struct stat st;
	bool good;

	if (fd < 0)
		return false;
	script->path = arena_dup(arena, path, strlen(path));
	good = script->path && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && read_text(fd, arena, script);
	close(fd);
	return good;
}

static bool is_read(const struct check_request *request, const char *path)
{
	for (size_t i = 0; i < request->n_scripts; i++)
		if (strcmp(request->scripts[i].path, path) == 0)
			return true;
	return false;
}

bool scripts_read(struct check_request *request, const char *const *paths, size_t n, struct arena *arena)
{
	size_t before = request->n_scripts;
	struct script *scripts = n ? arena_alloc(arena, ANALYSIS_SCRIPTS_MAX * sizeof(*scripts)) : NULL;

	if (!scripts)
		return false;
	for (size_t i = 0; i < before; i++)
		scripts[i] = request->scripts[i];
	request->scripts = scripts;
	for (size_t i = 0; i < n && request->n_scripts < ANALYSIS_SCRIPTS_MAX; i++)
		if (!is_read(request, paths[i]) && read_script(request, paths[i], arena, &scripts[request->n_scripts]))
			request->n_scripts++;
	return request->n_scripts > before;
}
