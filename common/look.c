#include "config.h"
#include "common/run.h"

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

/* The observation that leads furthest along the path, and what then stands for it. */
static bool look_find(struct run *run, const struct walk *walk, enum link_use use, const struct field *path,
                      const struct observation **link, struct field *real)
{
	const struct analysis_context *context = run->context;
	size_t longest = 0, real_len;
	char *text;

	for (size_t i = 0; i < context->n_observed; i++) {
		size_t len = covered(context->observed[i].path, walk, use);

		if (len > longest) {
			longest = len;
			*link = &context->observed[i];
		}
	}
	if (!longest)
		return false;
	real_len = strlen((*link)->real);
	text = arena_alloc(run->arena, real_len + walk->len - longest + 1);
	if (!text)
		return false;
	memcpy(text, (*link)->real, real_len);
	memcpy(text + real_len, walk->text + longest, walk->len - longest + 1);
	*real = *path;
	real->text = text;
	real->len = (uint32_t)(real_len + walk->len - longest);
	return true;
}

bool look_along(struct run *run, enum action action, const struct field *path, const struct target *target,
                const struct observation **link, struct field *real)
{
	bool ours = (target->place == PLACE_WORKSPACE || target->place == PLACE_TEMPORARY) && target->kind != TARGET_DEVICE_HARMLESS;
	struct walk walk;

	if (link_uses[action] == LINK_UNSEEN || run->elsewhere || !(ours || run->context->n_observed) || !walk_init(run, path, &walk))
		return false;
	if (run->context->n_observed)
		return look_find(run, &walk, link_uses[action], path, link, real);
	look_note(run, &walk, link_uses[action]);
	return false;
}
