#include "config.h"
#include "client/observe.h"

#include "client/scripts.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAMES_MAX 128 /* looked up for one path */
#define LINKS_MAX 40  /* followed for one path; systems follow no more */
#define ROOM 4096

/* A path on its way through the file system. */
struct walk {
	char real[ROOM];        /* what lies behind, free of links, no slash at the end */
	size_t real_len;
	char pending[2 * ROOM]; /* what is still ahead, at the end of the buffer */
	char *at;
	const char *behind;     /* what stands behind the name of this step */
	char through[ROOM];     /* what lies behind the last link */
	unsigned names;
	unsigned links;
	bool gone;              /* from here on names are only joined: nothing is there, or nobody may see it */
};

static char *walk_end(struct walk *walk)
{
	return walk->pending + sizeof(walk->pending);
}

static bool walk_prepend(struct walk *walk, const char *text, size_t len)
{
	if (len > (size_t)(walk->at - walk->pending))
		return false;
	walk->at -= len;
	memcpy(walk->at, text, len);
	return true;
}

static void walk_parent(struct walk *walk)
{
	while (walk->real_len && walk->real[--walk->real_len] != '/')
		;
}

/* Puts "/name" behind; false when that is too long. */
static bool walk_append(struct walk *walk, const char *name, size_t len)
{
	if (walk->real_len + len + 2 > sizeof(walk->real))
		return false;
	walk->real[walk->real_len++] = '/';
	memcpy(walk->real + walk->real_len, name, len);
	walk->real_len += len;
	walk->real[walk->real_len] = '\0';
	return true;
}

enum step { STEP_PLAIN, STEP_LINK, STEP_END };

/* What was just put behind: when it is a link, it is taken away again and where it leads comes next. */
static enum step walk_follow(struct walk *walk)
{
	char target[ROOM];
	ssize_t len;

	if (walk->gone || walk->names++ == NAMES_MAX) {
		walk->gone = true;
		return STEP_PLAIN;
	}
	len = readlink(walk->real, target, sizeof(target));
	if (len < 0) {
		walk->gone = errno != EINVAL;
		return STEP_PLAIN;
	}
	if (len == 0 || (size_t)len == sizeof(target) || walk->links++ == LINKS_MAX)
		return STEP_END;
	walk_parent(walk);
	if (target[0] == '/')
		walk->real_len = 0;
	while (len && target[len - 1] == '/') /* so that it ends where what is behind it begins */
		len--;
	return walk_prepend(walk, target, (size_t)len) ? STEP_LINK : STEP_END;
}

/* The next name of what is ahead. */
static enum step walk_step(struct walk *walk)
{
	const char *name, *end = walk_end(walk);
	size_t len;

	while (walk->at < end && *walk->at == '/')
		walk->at++;
	name = walk->at;
	while (walk->at < end && *walk->at != '/')
		walk->at++;
	walk->behind = walk->at;
	len = (size_t)(walk->at - name);
	if (len == 0 || (len == 1 && name[0] == '.'))
		return STEP_PLAIN;
	if (len == 2 && name[0] == '.' && name[1] == '.') {
		walk_parent(walk);
		return STEP_PLAIN;
	}
	return walk_append(walk, name, len) ? walk_follow(walk) : STEP_END;
}

/* Follows path, whose first root_len bytes are taken as they are. Returns how many bytes of it the last link on the way stands for; where that
 * leads is in walk->through. 0: there is no link, or only one that leads in a circle. */
static size_t walk_path(struct walk *walk, const char *path, size_t root_len)
{
	size_t len = strlen(path), covered = 0;
	const char *behind = NULL; /* where a link is being followed: what stands behind it */

	if (len >= ROOM)
		return 0;
	walk->at = walk_end(walk);
	walk->names = walk->links = 0;
	walk->gone = false;
	memcpy(walk->real, path, root_len);
	walk->real_len = root_len;
	walk_prepend(walk, path + root_len, len - root_len);
	while (walk->at < walk_end(walk)) {
		enum step step = walk_step(walk);

		if (step == STEP_END)
			break;
		if (step == STEP_LINK && !behind)
			behind = walk->behind;
		if (!behind || walk->at < behind)
			continue;
		covered = len - (size_t)(walk_end(walk) - behind);
		behind = NULL;
		memcpy(walk->through, walk->real, walk->real_len);
		walk->through[walk->real_len] = '\0';
	}
	return covered;
}

/* --- names of folders --- */

static const char *const temporary[] = { "/tmp", "/var/tmp" };

static bool is_inside(const char *path, const char *folder, size_t folder_len)
{
	return strncmp(path, folder, folder_len) == 0 && (!path[folder_len] || path[folder_len] == '/');
}

/* A folder that path lies in and whose own way is nobody's question: i counts workspaces, home, temporary folders. NULL: no more. */
static const char *root_at(const struct check_request *request, size_t i)
{
	if (i < request->n_workspaces)
		return request->workspaces[i];
	i -= request->n_workspaces;
	if (i == 0)
		return request->home ? request->home : "/";
	i--;
	return i < sizeof(temporary) / sizeof(temporary[0]) ? temporary[i] : NULL;
}

static size_t root_of(const struct check_request *request, const char *path)
{
	size_t longest = 0;
	const char *root;

	for (size_t i = 0; (root = root_at(request, i)); i++) {
		size_t len = strlen(root);

		while (len && root[len - 1] == '/')
			len--;
		if (len > longest && is_inside(path, root, len))
			longest = len;
	}
	return longest;
}

/* What lies in a workspace or the home whose own path has links is called by the name that everybody else uses. */
static const char *usual_name(const struct check_request *request, const char *real, struct arena *arena)
{
	const char *root;

	for (size_t i = 0; (root = root_at(request, i)); i++) {
		char resolved[PATH_MAX];
		struct text name;

		if (!realpath(root, resolved) || !resolved[1] || !is_inside(real, resolved, strlen(resolved)))
			continue;
		text_init(&name, arena, ROOM);
		text_puts(&name, root);
		text_puts(&name, real + strlen(resolved));
		return text_end(&name);
	}
	return *real ? arena_dup(arena, real, strlen(real)) : "/";
}

static bool is_known(const struct observation *observed, size_t n, const char *path)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(observed[i].path, path) == 0)
			return true;
	return false;
}

size_t observe_paths(const struct check_request *request, const char *const *look, size_t n_look, struct arena *arena,
                     struct observation *observed)
{
	struct walk walk;
	struct stat st;
	size_t n = 0;

	if (request->n_workspaces && stat(request->workspaces[0], &st) < 0)
		return 0;
	for (size_t i = 0; i < n_look && i < ANALYSIS_LOOK_MAX; i++) {
		size_t covered = look[i][0] == '/' ? walk_path(&walk, look[i], root_of(request, look[i])) : 0;
		struct observation *found = &observed[n];

		if (!covered)
			continue;
		found->path = arena_dup(arena, look[i], covered);
		found->real = usual_name(request, walk.through, arena);
		if (found->path && found->real && !is_known(observed, n, found->path))
			n++;
	}
	return n;
}

bool observe_request(struct check_request *request, const struct check_answer *answer, struct arena *arena)
{
	bool look = answer->n_look && !request->n_observed, read = scripts_read(request, answer->read, answer->n_read, arena);
	struct observation *observed = look ? arena_alloc(arena, ANALYSIS_LOOK_MAX * sizeof(*observed)) : NULL;

	if (!observed)
		return read;
	request->observed = observed;
	request->n_observed = observe_paths(request, answer->look, answer->n_look, arena, observed);
	return read || request->n_observed > 0;
}
