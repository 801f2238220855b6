#include "config.h"
#include "client/projectfile.h"

#include "common/project.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* All of it, or NULL: a folder, a pipe, a disk that fails. */
static const char *read_all(int fd, struct arena *arena, size_t *len)
{
	char *text = arena_alloc(arena, PROJECT_FILE_MAX + 1);
	struct stat st;
	ssize_t n = 1;

	*len = 0;
	if (!text || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return NULL;
	while (n && *len <= PROJECT_FILE_MAX) {
		n = read(fd, text + *len, PROJECT_FILE_MAX + 1 - *len);
		if (n < 0 && errno != EINTR) {
			*len = 0;
			return NULL;
		}
		if (n > 0)
			*len += (size_t)n;
	}
	return text;
}

static char *path_in(const char *workspace, struct arena *arena)
{
	struct text path;

	text_init(&path, arena, strlen(workspace) + sizeof("/" POLICY_PROJECT_FILE));
	text_puts(&path, workspace);
	text_puts(&path, "/" POLICY_PROJECT_FILE);
	return text_end(&path);
}

/* False when there is none. */
static bool read_one(const char *workspace, struct arena *arena, struct script *file)
{
	char *path = path_in(workspace, arena);
	int fd = path ? open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC) : -1;

	*file = (struct script){ .path = path ? path : workspace };
	if (path && fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return false;
	if (fd >= 0) {
		file->text = read_all(fd, arena, &file->len);
		close(fd);
	}
	return true;
}

bool projectfile_find(struct check_request *request, struct arena *arena)
{
	size_t n = request->n_workspaces < MESSAGE_WORKSPACES_MAX ? request->n_workspaces : MESSAGE_WORKSPACES_MAX;
	struct script *files;

	if (request->project_files || n == 0)
		return false;
	files = arena_alloc(arena, n * sizeof(*files));
	if (!files)
		return false;
	for (size_t i = 0; i < n; i++)
		request->n_project_files += read_one(request->workspaces[i], arena, &files[request->n_project_files]);
	request->project_files = files;
	return request->n_project_files > 0;
}
