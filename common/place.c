#include "config.h"
#include "common/place.h"

#include "common/glob.h"
#include "common/place_match.h"

#include <string.h>

static const struct {
	const char *name;
	const char *help;
} places[] = {
#define PLACE(ID, name, help) [PLACE_##ID] = { name, help },
#include "common/places.def"
#undef PLACE
};

static const struct {
	const char *name;
	enum place place;
} kinds[] = {
#define TARGET(ID, name, place, help) [TARGET_##ID] = { name, PLACE_##place },
#include "common/targets.def"
#undef TARGET
};

const char *place_name(enum place place)
{
	return place < PLACE_COUNT ? places[place].name : "unknown";
}

const char *place_help(enum place place)
{
	return place < PLACE_COUNT ? places[place].help : places[PLACE_UNKNOWN].help;
}

const char *target_kind_name(enum target_kind kind)
{
	return kind < TARGET_COUNT ? kinds[kind].name : "unknown";
}

/* A path under construction: "/a/b", also for relative ones, whose slash is left out at the end. */
struct builder {
	char *text;
	size_t used;
	size_t floor;  /* ".." takes nothing away below it */
	bool relative;
	bool dots;     /* the last component is "." and globs: may be ".." */
};

/* What was read so far may lie anywhere. */
static void builder_forget(struct builder *b)
{
	b->text[0] = '/';
	b->text[1] = TEXT_UNKNOWN;
	b->used = 2;
	b->floor = 0;
	b->relative = true;
	b->dots = false;
}

static void builder_parent(struct builder *b)
{
	size_t start = b->used;

	if (b->dots) {
		builder_forget(b);
		return;
	}
	if (b->used == b->floor) {
		if (!b->relative)
			return;
		memcpy(b->text + b->used, "/..", 3);
		b->floor = b->used += 3;
		return;
	}
	while (b->text[start - 1] != '/')
		start--;
	if (memchr(b->text + start, TEXT_UNKNOWN, b->used - start))
		builder_forget(b);
	else
		b->used = start - 1;
}

/* True for ".*", ".?" and the like. */
static bool is_dots(const char *component, size_t len)
{
	size_t i = 1;

	while (i < len && (component[i] == '.' || (component[i] >= TEXT_UNKNOWN && component[i] <= TEXT_ANY)))
		i++;
	return i == len;
}

static void builder_add(struct builder *b, const char *component, size_t len)
{
	if (component[0] == '.') {
		if (len == 1)
			return;
		if (len == 2 && component[1] == '.') {
			builder_parent(b);
			return;
		}
	}
	if (b->dots)
		builder_forget(b);
	b->dots = component[0] == '.' && is_dots(component, len);
	b->text[b->used++] = '/';
	memcpy(b->text + b->used, component, len);
	b->used += len;
}

static void builder_add_all(struct builder *b, const char *path, size_t len)
{
	for (size_t i = 0; i < len;) {
		size_t start = i;

		while (i < len && path[i] != '/')
			i++;
		if (i > start)
			builder_add(b, path + start, i - start);
		else
			i++;
	}
}

const char *place_join(struct arena *arena, const char *base, const char *path, size_t len, uint32_t *len_out)
{
	static const char anywhere[] = { TEXT_UNKNOWN, '\0' };
	bool absolute = len > 0 && path[0] == '/';
	size_t base_len = base && !absolute && !(len > 0 && path[0] == TEXT_UNKNOWN) ? strlen(base) : 0;
	struct builder b = { .relative = !absolute && !base_len };

	if (len < UINT32_MAX / 2 && base_len < UINT32_MAX / 4)
		b.text = arena_alloc(arena, base_len + len + 4);
	if (!b.text) {
		*len_out = 1;
		return anywhere;
	}
	builder_add_all(&b, base, base_len);
	builder_add_all(&b, path, len);
	if (!b.used) {
		b.text[0] = '/';
		b.text[1] = b.relative ? '.' : '\0';
		b.used = b.relative ? 2 : 1;
	}
	b.text[b.used] = '\0';
	*len_out = (uint32_t)(b.used - b.relative);
	return b.text + b.relative;
}

enum relation { APART, SAME, INSIDE, ABOVE };

/* How a path with globs lies to a folder. What globs stand for may also lie elsewhere: then it is above at most. */
static enum relation relation_wide(const char *path, size_t len, const char *folder, size_t folder_len)
{
	bool hazy = false;
	size_t i = 0, j = 0;

	while (i < len && j < folder_len) {
		size_t start = ++i, folder_start = ++j;

		while (i < len && path[i] != '/')
			i++;
		while (j < folder_len && folder[j] != '/')
			j++;
		if (i - start == j - folder_start && memcmp(path + start, folder + folder_start, i - start) == 0)
			continue;
		if (!glob_match_bytes(folder + folder_start, j - folder_start, path + start, i - start))
			return APART;
		hazy = true;
	}
	if (j < folder_len)
		return ABOVE;
	if (i < len)
		return hazy ? APART : INSIDE;
	return hazy ? ABOVE : SAME;
}

static enum relation relation_to(const char *path, size_t len, bool wide, const char *folder, size_t folder_len)
{
	size_t common = len < folder_len ? len : folder_len;

	if (memcmp(path, folder, common) == 0) {
		if (len == folder_len)
			return SAME;
		if (len > folder_len && path[folder_len] == '/')
			return INSIDE;
		if (len < folder_len && folder[len] == '/')
			return ABOVE;
	}
	return wide ? relation_wide(path, len, folder, folder_len) : APART;
}

static size_t folder_length(const char *folder)
{
	size_t len = folder ? strlen(folder) : 0;

	while (len > 0 && folder[len - 1] == '/')
		len--;
	return len;
}

/* A path on its way to a target. */
struct query {
	const struct place_context *context;
	const char *path; /* normalized; len leaves out trailing globs */
	size_t len;
	size_t home_len;
	bool wide;
	bool unknown;      /* could be anywhere */
	bool unknown_tail; /* ends in something unknown, perhaps empty */
};

/* The root, a home, what holds it, and system folders are never workspaces. */
static bool is_workspace(const struct query *q, const char *root, size_t root_len)
{
	struct place_found found;
	enum relation to_home;

	if (root_len == 0)
		return false;
	to_home = relation_to(root, root_len, false, q->context->home ? q->context->home : "", q->home_len);
	if (q->home_len && to_home != APART)
		return to_home == INSIDE;
	place_match(NULL, root, root_len, &found);
	return !found.folder || (found.folder->kind != TARGET_SYSTEM_TOP && found.folder->kind != TARGET_TEMPORARY_TOP &&
	                         found.folder->kind != TARGET_ANCESTOR);
}

/* The closest relation to any workspace: inside before same before above. */
static enum relation relation_to_workspaces(const struct query *q)
{
	enum relation best = APART;

	for (size_t i = 0; i < q->context->n_workspaces; i++) {
		const char *root = q->context->workspaces[i];
		size_t root_len = folder_length(root);
		enum relation relation = relation_to(q->path, q->len, q->wide, root, root_len);

		if (relation == APART || !is_workspace(q, root, root_len))
			continue;
		if (relation == SAME)
			return SAME;
		if (relation == INSIDE || best == APART)
			best = relation;
	}
	return best;
}

static bool first_component_is_wide(const struct query *q)
{
	for (size_t i = 1; i < q->len && q->path[i] != '/'; i++)
		if (q->path[i] >= TEXT_UNKNOWN && q->path[i] <= TEXT_ANY)
			return true;
	return false;
}

/* Whose the path is, when it is nothing special. */
static enum target_kind locate(const struct query *q, const struct place_found *found)
{
	const struct place_row *folder = found->folder;
	enum relation to_home, to_workspace;

	if (q->unknown)
		return TARGET_UNKNOWN;
	if (q->len <= 1 || found->is_root)
		return TARGET_ROOT;
	to_home = q->home_len ? relation_to(q->path, q->len, q->wide, q->context->home, q->home_len) : APART;
	if (to_home == SAME)
		return TARGET_HOME_TOP;
	if (folder && folder->kind == TARGET_SYSTEM_TOP)
		return TARGET_SYSTEM_TOP;
	to_workspace = relation_to_workspaces(q);
	if (to_workspace == SAME)
		return TARGET_WORKSPACE_TOP;
	if (to_workspace == INSIDE)
		return TARGET_WORKSPACE;
	if (to_workspace == ABOVE || to_home == ABOVE)
		return TARGET_ANCESTOR;
	if (to_home == INSIDE)
		return TARGET_HOME;
	if (folder)
		return folder->kind;
	return first_component_is_wide(q) ? TARGET_SYSTEM_TOP : TARGET_OUTSIDE;
}

/* "$x" behind a whole folder may be the folder or anything in it: worth a question, not a refusal. */
static enum target_kind soften(enum target_kind kind)
{
	switch (kind) {
	case TARGET_ROOT:
		return TARGET_UNKNOWN;
	case TARGET_HOME_TOP:
		return TARGET_HOME;
	case TARGET_SYSTEM_TOP:
		return TARGET_SYSTEM;
	case TARGET_ANCESTOR:
		return TARGET_HOME_OTHER;
	case TARGET_TEMPORARY_TOP:
		return TARGET_TEMPORARY;
	default:
		return kind;
	}
}

/* Takes trailing components away that are nothing but globs: the contents of the folder before them. */
static void strip_tail(struct query *q, struct target *target)
{
	while (q->len > 0) {
		size_t start = q->len, literal = 0;
		bool unknown = false;

		while (start > 0 && q->path[start - 1] != '/') {
			char c = q->path[--start];

			unknown |= c == TEXT_UNKNOWN;
			literal += c < TEXT_UNKNOWN || c > TEXT_ANY;
		}
		if (start == 0 || start == q->len || literal > (q->path[start] == '.'))
			return;
		q->unknown_tail |= unknown;
		target->contents |= !unknown;
		q->len = start - 1;
	}
}

static bool starts_unknown(const char *path, size_t len)
{
	const char *slash = len ? memchr(path + 1, '/', len - 1) : NULL;

	return path[0] != '/' || memchr(path, TEXT_UNKNOWN, slash ? (size_t)(slash - path) : len);
}

static void classify(struct query *q, struct target *target)
{
	struct place_found found, whole;
	enum target_kind kind;

	place_match(q->context->home, q->path, q->len, &found);
	if (q->unknown_tail) {
		place_match(q->context->home, q->path, target->len, &whole);
		if (whole.special)
			found.special = whole.special;
	}
	kind = found.special ? found.special->kind : TARGET_UNKNOWN;
	if (found.special && kind != TARGET_VCS && kind != TARGET_VCS_EXEC) {
		target->kind = kind;
		target->place = kinds[kind].place;
		target->detail = found.special->detail;
		return;
	}
	target->kind = locate(q, &found);
	if (q->unknown_tail)
		target->kind = soften(target->kind);
	target->place = kinds[target->kind].place;
	if (found.special && target->place != PLACE_TEMPORARY) {
		target->kind = kind;
		target->detail = found.special->detail;
	}
}

void place_path(struct arena *arena, const struct place_context *context, const char *cwd, const char *path, size_t len,
                struct target *target)
{
	struct query q = { .context = context, .home_len = folder_length(context->home) };

	memset(target, 0, sizeof(*target));
	target->path = place_join(arena, cwd, path, len, &target->len);
	target->unknown = starts_unknown(target->path, target->len);
	for (uint32_t i = 0; i < target->len; i++)
		target->wide |= target->path[i] >= TEXT_UNKNOWN && target->path[i] <= TEXT_ANY;
	q.path = target->path;
	q.len = target->len;
	q.wide = target->wide;
	q.unknown = target->unknown;
	if (q.wide)
		strip_tail(&q, target);
	classify(&q, target);
	if (target->contents && !q.unknown_tail) {
		const char *folder = arena_dup(arena, target->path, q.len ? q.len : 1);

		if (folder) {
			target->path = folder;
			target->len = q.len ? (uint32_t)q.len : 1;
		}
	}
}
