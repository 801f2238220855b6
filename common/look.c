#include "config.h"
#include "common/run.h"
#include "common/session.h"

#include <string.h>

#define PATH_BYTES 4096 /* longer ones no system call takes */

/* What an action does with a link at the end of its path. One further up leads every action away. */
enum link_use { LINK_UNSEEN, LINK_ITSELF, LINK_FOLLOWED };

static const enum link_use link_uses[ACTION_COUNT] = {
	[ACTION_WRITE] = LINK_FOLLOWED,  [ACTION_APPEND] = LINK_FOLLOWED, [ACTION_CREATE] = LINK_FOLLOWED,
	[ACTION_MODE] = LINK_FOLLOWED,   [ACTION_DEVICE_WRITE] = LINK_FOLLOWED,
	[ACTION_DELETE] = LINK_ITSELF,   [ACTION_MOVE] = LINK_ITSELF,
};

/* A path as the system would walk it: ".." is kept, for behind a link it leads elsewhere than the text says. */
struct walk {
	char *text;
	size_t len;
	bool slash; /* ends in one: a link there is followed */
};

static void walk_add(struct walk *walk, const char *path, size_t len)
{
	for (size_t i = 0; i < len;) {
		size_t start = i;

		while (i < len && path[i] != '/')
			i++;
		if (i > start)
			walk->slash = i < len;
		if (i > start && !(i - start == 1 && path[start] == '.')) {
			walk->text[walk->len++] = '/';
			memcpy(walk->text + walk->len, path + start, i - start);
			walk->len += i - start;
		} else if (i > start) {
			walk->slash = true;
		}
		i += i == start;
	}
	walk->text[walk->len] = '\0';
}

/* False when it cannot be absolute, or there is no memory. */
static bool walk_init(struct run *run, const struct field *path, struct walk *walk)
{
	bool absolute = path->len && path->text[0] == '/';
	size_t base = absolute || !run->cwd ? 0 : strlen(run->cwd);

	*walk = (struct walk){ 0 };
	if ((!absolute && !run->cwd) || base > PATH_BYTES || path->len > PATH_BYTES)
		return false;
	walk->text = arena_alloc(run->arena, base + path->len + 4);
	if (!walk->text)
		return false;
	walk_add(walk, run->cwd, base);
	walk_add(walk, path->text, path->len);
	return true;
}

static void cut_component(struct walk *walk)
{
	while (walk->len && walk->text[--walk->len] != '/')
		;
	walk->text[walk->len] = '\0';
}

/* Leaves of a path what is known and followed for sure. */
static void cut_followed(struct walk *walk, enum link_use use)
{
	for (size_t i = 0; i < walk->len; i++)
		if (walk->text[i] >= TEXT_UNKNOWN && walk->text[i] <= TEXT_ANY) {
			walk->len = i;
			cut_component(walk);
			return;
		}
	if (use == LINK_ITSELF && !walk->slash)
		cut_component(walk);
}

/* Where nobody needs to look: a workspace itself, a folder of the root. */
static bool is_given(const struct place_context *context, const struct walk *walk)
{
	if (walk->len == 0 || !strchr(walk->text + 1, '/'))
		return true;
	for (size_t i = 0; i < context->n_workspaces; i++)
		if (strcmp(context->workspaces[i], walk->text) == 0)
			return true;
	return false;
}

static void look_note(struct run *run, struct walk *walk, enum link_use use)
{
	struct analysis *out = run->out;

	cut_followed(walk, use);
	if (is_given(&run->context->place, walk) || out->n_look == ANALYSIS_LOOK_MAX)
		return;
	for (uint32_t i = 0; i < out->n_look; i++)
		if (strcmp(out->look[i], walk->text) == 0)
			return;
	if (!out->look)
		out->look = arena_alloc(run->arena, ANALYSIS_LOOK_MAX * sizeof(*out->look));
	if (out->look)
		out->look[out->n_look++] = walk->text;
}

/* Bytes of text that an observation stands for; 0: none. Its own end counts when something follows, or the action follows it. */
static size_t covered(const char *path, const struct walk *walk, enum link_use use)
{
	size_t len = strlen(path);

	while (len > 1 && path[len - 1] == '/')
		len--;
	if (len > walk->len || memcmp(path, walk->text, len) != 0)
		return 0;
	if (walk->text[len] == '/')
		return len;
	return !walk->text[len] && (walk->slash || use == LINK_FOLLOWED) ? len : 0;
}

/* What stands for a path when its first len bytes are a link. */
static bool put_real(struct run *run, const struct walk *walk, const char *link, size_t len, const struct field *path, struct field *real)
{
	size_t real_len = strlen(link);
	char *text = arena_alloc(run->arena, real_len + walk->len - len + 1);

	if (!text)
		return false;
	memcpy(text, link, real_len);
	memcpy(text + real_len, walk->text + len, walk->len - len + 1);
	*real = *path;
	real->text = text;
	real->len = (uint32_t)(real_len + walk->len - len);
	return true;
}

/* The observation that leads furthest along the path, and what then stands for it. */
static bool look_find(struct run *run, const struct observation *seen, size_t n_seen, const struct walk *walk, enum link_use use,
                      const struct field *path, const struct observation **link, struct field *real)
{
	size_t longest = 0;

	for (size_t i = 0; i < n_seen; i++) {
		size_t len = covered(seen[i].path, walk, use);

		if (len > longest) {
			longest = len;
			*link = &seen[i];
		}
	}
	return longest && put_real(run, walk, (*link)->real, longest, path, real);
}

bool look_along(struct run *run, enum action action, const struct field *path, const struct target *target,
                const struct observation **link, struct field *real)
{
	const struct analysis_context *context = run->context;
	bool ours = (target->place == PLACE_WORKSPACE || target->place == PLACE_TEMPORARY) && target->kind != TARGET_DEVICE_HARMLESS;
	struct walk walk;

	if (link_uses[action] == LINK_UNSEEN || run->elsewhere || !(ours || context->n_observed) || !walk_init(run, path, &walk))
		return false;
	if (context->n_observed)
		return look_find(run, context->observed, context->n_observed, &walk, link_uses[action], path, link, real);
	look_note(run, &walk, link_uses[action]);
	return false;
}

/* --- links that this line, or an earlier call of the session, made --- */

void run_link(struct run *run, const struct field *link, const struct field *to, bool symbolic)
{
	const char *path = run_file_path(run, link), *slash = path ? strrchr(path, '/') : NULL;
	const char *folders[] = { run->cwd, symbolic && slash ? arena_dup(run->arena, path, (size_t)(slash - path)) : NULL };

	if (!path || to->unknown || to->len == 0 || run->elsewhere)
		return;
	if (!run->links)
		run->links = arena_alloc(run->arena, RUN_LINKS_MAX * sizeof(*run->links));
	for (int i = 0; i < 2 && run->links && run->n_links < RUN_LINKS_MAX; i++) {
		bool taken = i == 1 || !symbolic || to->text[0] != '.' || to->text[1] != '.'; /* nobody means ../x from where they are */
		const char *real = folders[i] && taken ? place_join(run->arena, folders[i], to->text, to->len, &(uint32_t){ 0 }) : NULL;

		if (real && real[0] == '/' && strcmp(real, path) != 0 && (run->n_links == 0 || strcmp(real, run->links[run->n_links - 1].real) != 0))
			run->links[run->n_links++] = (struct observation){ .path = path, .real = real };
	}
}

/* Number at of those links that the path goes through; the first ones are those of this line. */
static bool find_link(struct run *run, const struct walk *walk, enum link_use use, uint32_t at, const struct field *path,
                      const struct observation **link, struct field *real, uint64_t *request)
{
	const struct session *session = run->context->session;
	struct observation *found;
	size_t len = 0;

	for (uint32_t i = 0; i < run->n_links; i++)
		if ((len = covered(run->links[i].path, walk, use)) && at-- == 0) {
			*link = &run->links[i];
			*request = 0;
			return put_real(run, walk, (*link)->real, len, path, real);
		}
	for (len = 1; session && session->n_links && len <= walk->len; len++) {
		const struct session_link *made;

		if ((walk->text[len] && walk->text[len] != '/') || (!walk->text[len] && use == LINK_ITSELF && !walk->slash))
			continue;
		made = session_link(session, walk->text, len);
		if (!made || at-- != 0)
			continue;
		found = arena_new(run->arena, struct observation);
		if (!found)
			return false;
		*found = (struct observation){ arena_dup(run->arena, walk->text, len), made->real };
		*link = found;
		*request = made->request;
		return put_real(run, walk, made->real, len, path, real);
	}
	return false;
}

bool look_made(struct run *run, enum action action, const struct field *path, uint32_t at, const struct observation **link,
               struct field *real, uint64_t *request)
{
	const struct session *session = run->context->session;
	enum link_use use = link_uses[action] == LINK_UNSEEN ? LINK_FOLLOWED : link_uses[action];
	struct walk walk;

	if ((!run->n_links && !(session && session->n_links)) || run->elsewhere || !walk_init(run, path, &walk))
		return false;
	return find_link(run, &walk, use, at, path, link, real, request);
}
