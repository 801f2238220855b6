#include "config.h"
#include "common/place_match.h"

#include "common/glob.h"

#include <pthread.h>
#include <string.h>

#define COMPONENTS_MAX 7
#define SLOTS 1024 /* power of two, some times the number of rows */
#define NO_ROW INT16_MAX

static const struct place_row rows[] = {
#define SPECIAL(pattern, KIND, detail) { pattern, detail, PLACE_ROW_SPECIAL, TARGET_##KIND },
#define EXCEPT(pattern) { pattern, NULL, PLACE_ROW_EXCEPT, TARGET_UNKNOWN },
#define FOLDER(pattern, KIND) { pattern, NULL, PLACE_ROW_FOLDER, TARGET_##KIND },
#include "common/place_tables.def"
#include "common/place_system.def"
#include "common/place_names.def"
#include "common/place_folders.def"
#undef SPECIAL
#undef EXCEPT
#undef FOLDER
};

#define N_ROWS ((int)(sizeof(rows) / sizeof(rows[0])))
_Static_assert(sizeof(rows) / sizeof(rows[0]) < SLOTS, "the index needs more slots");

struct piece {
	const char *text;
	size_t len;
};

enum anchor { ANCHOR_ROOT, ANCHOR_HOME, ANCHOR_ANY };

/* A row's pattern taken apart. Its key is the component (or ".suffix" of the last one) under which it is found. */
struct compiled {
	struct piece components[COMPONENTS_MAX];
	struct piece key;
	int n;
	int at;           /* index of the component with the key */
	enum anchor anchor;
	bool deep;        /* takes everything below it too */
	int16_t next;     /* row with the same slot */
	int16_t next_first; /* row whose key starts with the same byte */
};

static struct compiled compiled[sizeof(rows) / sizeof(rows[0])];
static int16_t slots[SLOTS];
static int16_t by_first[256];       /* rows by the first byte of a whole-component key, for components with globs */
static int16_t loose[256];          /* rows without any key ("**", ".env.*"), by the first byte of the last component */
/* Lengths (capped at 31) of keys by depth (see depth_of) and mixed first and last byte: most components stop here. */
static uint32_t lengths[COMPONENTS_MAX + 1][256];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static unsigned slot_of(struct piece key, unsigned depth)
{
	uint64_t word = 0;

	for (size_t i = 0; i < key.len && i < sizeof(word); i++)
		word = word << 8 | (uint8_t)key.text[i];
	return (unsigned)(((word ^ (key.len << 56) ^ ((uint64_t)depth << 61)) * UINT64_C(0x9e3779b97f4a7c15)) >> 54) & (SLOTS - 1);
}

/* A key of a pattern from the root is looked for at its very place in the path, counted from 1; others anywhere: 0. */
static unsigned depth_of(const struct compiled *row)
{
	return row->anchor == ANCHOR_ROOT ? (unsigned)row->at + 1 : 0;
}

static uint32_t length_bit(size_t len)
{
	return UINT32_C(1) << (len < 31 ? len : 31);
}

static uint32_t *lengths_of(struct piece key, unsigned depth)
{
	return &lengths[depth][(uint8_t)(key.text[0] * 7 + key.text[key.len - 1])];
}

static bool same_piece(struct piece a, struct piece b)
{
	return a.len == b.len && memcmp(a.text, b.text, a.len) == 0;
}

static void split_pattern(const char *pattern, struct compiled *row)
{
	row->anchor = *pattern == '/' ? ANCHOR_ROOT : *pattern == '~' ? ANCHOR_HOME : ANCHOR_ANY;
	pattern = strchr(pattern, '/') + 1;
	while (*pattern && row->n < COMPONENTS_MAX) {
		size_t len = strcspn(pattern, "/");

		row->components[row->n++] = (struct piece){ pattern, len };
		row->deep = pattern[len] == '/';
		pattern += len + row->deep;
	}
}

/* The last component without a glob; else what follows the last "*" of the last component when it is a suffix. */
static void choose_key(struct compiled *row)
{
	struct piece last = row->components[row->n - 1];

	for (row->at = row->n - 1; row->at >= 0; row->at--) {
		row->key = row->components[row->at];
		if (!memchr(row->key.text, '*', row->key.len))
			return;
	}
	row->at = row->n - 1;
	row->key.len = 0;
	for (size_t i = last.len; i > 0 && last.text[i - 1] != '*'; i--)
		if (last.text[i - 1] == '.')
			row->key = (struct piece){ last.text + i - 1, last.len - i + 1 };
}

static void chain(int16_t *head, int16_t *next, int i)
{
	*next = *head;
	*head = (int16_t)i;
}

static void build_index(void)
{
	for (int i = 0; i < SLOTS; i++)
		slots[i] = NO_ROW;
	for (int i = 0; i < 256; i++)
		by_first[i] = loose[i] = NO_ROW;
	for (int i = N_ROWS - 1; i >= 0; i--) {
		struct compiled *row = &compiled[i];

		split_pattern(rows[i].pattern, row);
		choose_key(row);
		if (!row->key.len) {
			chain(&loose[(uint8_t)row->components[row->at].text[0]], &row->next, i);
			continue;
		}
		chain(&slots[slot_of(row->key, depth_of(row))], &row->next, i);
		chain(&by_first[(uint8_t)row->key.text[0]], &row->next_first, i);
		*lengths_of(row->key, depth_of(row)) |= length_bit(row->key.len);
	}
}

/* One path under look-up. */
struct lookup {
	const char *home;
	const char *text;
	size_t len;
	size_t root;  /* where the path proper starts: behind /private and the like */
	int special;  /* lowest rows so far */
	int folder;
};

static bool is_text_byte(char c)
{
	return c == TEXT_UNKNOWN || c == TEXT_STAR || c == TEXT_ANY;
}

static size_t literal_prefix(struct piece piece)
{
	size_t n = 0;

	while (n < piece.len && !is_text_byte(piece.text[n]))
		n++;
	return n;
}

/* What a component with globs may be counts only when enough of it is there to mean it: "*" is not ".ssh". */
static bool component_matches(const struct compiled *row, enum place_row_form form, struct piece pattern, struct piece text)
{
	if (same_piece(pattern, text) || glob_match_surely(pattern.text, pattern.len, text.text, text.len))
		return true;
	if (form == PLACE_ROW_EXCEPT || rows[row - compiled].kind == TARGET_DEVICE_HARMLESS)
		return false;
	return literal_prefix(text) < text.len && literal_prefix(text) >= (row->anchor == ANCHOR_ROOT ? 1 : 2) &&
	       glob_match_bytes(pattern.text, pattern.len, text.text, text.len);
}

static bool is_home(const struct lookup *look, size_t len)
{
	static const struct piece parents[] = { { "/home/", 6 }, { "/Users/", 7 } };
	const char *text = look->text + look->root;

	len -= look->root;
	if (look->home && strlen(look->home) == len && len > 1 && memcmp(look->home, text, len) == 0)
		return true;
	for (size_t i = 0; i < 2; i++)
		if (len > parents[i].len && memcmp(text, parents[i].text, parents[i].len) == 0)
			return !memchr(text + parents[i].len, '/', len - parents[i].len);
	if ((len == 5 && memcmp(text, "/root", 5) == 0) || (len == 9 && memcmp(text, "/var/root", 9) == 0))
		return true;
	return text[0] == TEXT_UNKNOWN || (len > 1 && text[1] == TEXT_UNKNOWN);
}

static bool anchor_holds(const struct lookup *look, enum anchor anchor, size_t at)
{
	if (anchor == ANCHOR_ANY)
		return true;
	if (at == 0 || at <= look->root)
		return false;
	return anchor == ANCHOR_ROOT ? at - 1 == look->root : is_home(look, at - 1);
}

/* The components behind the key's, up to the end of the pattern or of the path. */
static bool matches_behind(const struct lookup *look, const struct compiled *row, enum place_row_form form, size_t end)
{
	for (int i = row->at + 1; i < row->n; i++) {
		size_t start = end + 1;

		if (end >= look->len)
			return false;
		for (end = start; end < look->len && look->text[end] != '/'; end++)
			;
		if (!component_matches(row, form, row->components[i], (struct piece){ look->text + start, end - start }))
			return false;
	}
	return end == look->len || row->deep;
}

static bool matches_before(const struct lookup *look, const struct compiled *row, enum place_row_form form, size_t start)
{
	for (int i = row->at - 1; i >= 0; i--) {
		size_t end = start - 1;

		if (start <= look->root + 1)
			return false;
		for (start = end; start > look->root && look->text[start - 1] != '/'; start--)
			;
		if (!component_matches(row, form, row->components[i], (struct piece){ look->text + start, end - start }))
			return false;
	}
	return anchor_holds(look, row->anchor, start);
}

/* Row i against the path, its key's component being the one from start to end. */
static void try_row(struct lookup *look, int i, size_t start, size_t end)
{
	const struct compiled *row = &compiled[i];
	enum place_row_form form = rows[i].form;
	int *best = form == PLACE_ROW_FOLDER ? &look->folder : &look->special;
	struct piece text = { look->text + start, end - start };

	if (i < *best && component_matches(row, form, row->components[row->at], text) &&
	    matches_behind(look, row, form, end) && matches_before(look, row, form, start))
		*best = i;
}

static void try_key(struct lookup *look, struct piece key, unsigned depth, size_t start, size_t end)
{
	if (!(*lengths_of(key, depth) & length_bit(key.len)))
		return;
	for (int i = slots[slot_of(key, depth)]; i != NO_ROW; i = compiled[i].next)
		if (same_piece(compiled[i].key, key))
			try_row(look, i, start, end);
}

/* A component with globs: every row whose key starts like it. */
static void try_wide(struct lookup *look, struct piece component, size_t start, size_t end)
{
	if (literal_prefix(component) == 0)
		return;
	for (int i = by_first[(uint8_t)component.text[0]]; i != NO_ROW; i = compiled[i].next_first)
		try_row(look, i, start, end);
}

static void try_last(struct lookup *look, struct piece component, size_t start, size_t end)
{
	for (size_t i = component.len; i > 1; i--)
		if (component.text[i - 1] == '.') {
			try_key(look, (struct piece){ component.text + i - 1, component.len - i + 1 }, 0, start, end);
			break;
		}
	for (int i = loose[(uint8_t)component.text[0]]; i != NO_ROW; i = compiled[i].next)
		try_row(look, i, start, end);
}

/* Length of /proc/PID/root at the start of text, another name of the root folder; or 0. */
static size_t skip_process_root(const char *text, size_t len)
{
	const char *slash = len > 6 ? memchr(text + 6, '/', len - 6) : NULL;
	size_t at = slash ? (size_t)(slash - text) : len;

	if (memcmp(text, "/proc/", 6) != 0 || len - at < 5 || memcmp(slash, "/root", 5) != 0)
		return 0;
	return len - at == 5 || slash[5] == '/' ? at + 5 : 0;
}

/* Length of what stands before the path proper where a folder of the root has another name (macOS). */
static size_t skip_alias(const char *text, size_t len)
{
	static const struct { const char *prefix; size_t skip; } aliases[] = {
		{ "/private/etc/", 8 }, { "/private/tmp/", 8 }, { "/private/var/", 8 }, { "/System/Volumes/Data/", 20 },
	};

	if (len < 10 || (text[1] != 'p' && text[1] != 'S'))
		return 0;
	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++) {
		size_t n = strlen(aliases[i].prefix);

		if (len >= n - 1 && memcmp(text, aliases[i].prefix, len < n ? len : n) == 0)
			return aliases[i].skip;
	}
	return skip_process_root(text, len);
}

void place_match(const char *home, const char *text, size_t len, struct place_found *found)
{
	struct lookup look = { home, text, len, 0, NO_ROW, NO_ROW };
	unsigned depth = 0;
	size_t end;

	pthread_once(&once, build_index);
	look.root = skip_alias(text, len);
	for (size_t start = look.root + (len > look.root && text[look.root] == '/'); start < len; start = end + 1) {
		struct piece component = { text + start, 0 };
		bool wide = false;

		for (end = start; end < len && text[end] != '/'; end++)
			wide |= (uint8_t)text[end] <= TEXT_ANY;
		component.len = end - start;
		try_key(&look, component, 0, start, end);
		if (++depth <= COMPONENTS_MAX)
			try_key(&look, component, depth, start, end);
		if (wide)
			try_wide(&look, component, start, end);
		if (end == len)
			try_last(&look, component, start, end);
	}
	found->is_root = look.root > 0 && look.root == len;
	found->special = look.special == NO_ROW || rows[look.special].form == PLACE_ROW_EXCEPT ? NULL : &rows[look.special];
	found->folder = look.folder == NO_ROW ? NULL : &rows[look.folder];
}
