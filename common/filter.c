#include "config.h"
#include "common/filter.h"

#include <string.h>

#define SET_MAX 512 /* characters of a set; longer ones are not understood */

/* The character at *at of a set, and *at behind it; -1 at its end. */
static int set_char(const struct field *set, uint32_t *at)
{
	static const char names[] = "abfnrtv\\", values[] = "\a\b\f\n\r\t\v\\";
	const char *name;
	int value = 0;

	if (*at >= set->len)
		return -1;
	if (set->text[*at] != '\\' || *at + 1 >= set->len)
		return (unsigned char)set->text[(*at)++];
	(*at)++;
	name = strchr(names, set->text[*at]);
	if (name) {
		(*at)++;
		return (unsigned char)values[name - names];
	}
	if (set->text[*at] < '0' || set->text[*at] > '7')
		return (unsigned char)set->text[(*at)++];
	for (int digits = 0; digits < 3 && *at < set->len && set->text[*at] >= '0' && set->text[*at] <= '7'; digits++)
		value = value * 8 + (set->text[(*at)++] - '0');
	return value & 0xff;
}

/* A set written out; its length, or 0 when it is not understood. */
static size_t expand_set(const struct field *set, unsigned char out[SET_MAX])
{
	size_t n = 0;
	uint32_t at = 0;
	int first;

	if (!set || set->unknown || strstr(set->text, "[:") || strstr(set->text, "[=") || strchr(set->text, '*'))
		return 0;
	while ((first = set_char(set, &at)) >= 0) {
		int last = first;

		if (at + 1 < set->len && set->text[at] == '-') {
			at++;
			last = set_char(set, &at);
		}
		if (last < first || n + (size_t)(last - first) >= SET_MAX)
			return 0;
		for (int c = first; c <= last; c++)
			out[n++] = (unsigned char)c;
	}
	return n;
}

/* map: what becomes of each byte; -1: nothing. */
static const char *map_bytes(struct arena *arena, const struct stream *from, const int map[256], uint32_t *len_out)
{
	char *out = arena_alloc(arena, (size_t)from->len + 1);
	uint32_t n = 0;

	if (!out)
		return NULL;
	for (uint32_t i = 0; i < from->len; i++)
		if (map[(unsigned char)from->text[i]] >= 0)
			out[n++] = (char)map[(unsigned char)from->text[i]];
	out[n] = '\0';
	*len_out = n;
	return out;
}

const char *filter_tr(struct arena *arena, const struct stream *from, const struct field *first, const struct field *second,
                      bool remove, uint32_t *len_out)
{
	unsigned char before[SET_MAX], after[SET_MAX];
	size_t n_before = expand_set(first, before), n_after = remove ? 1 : expand_set(second, after);
	int map[256];

	if (n_before == 0 || n_after == 0)
		return NULL;
	for (int c = 0; c < 256; c++)
		map[c] = c;
	for (size_t i = 0; i < n_before; i++)
		map[before[i]] = remove ? -1 : after[i < n_after ? i : n_after - 1];
	return map_bytes(arena, from, map, len_out);
}

/* The parts of s/a/b/flags. False when a pattern is not literal, or an escape or & stands in it. */
static bool sed_parts(const struct field *script, struct field *pattern, struct field *with, const char **flags)
{
	const char *text = script->text, *middle, *end;

	if (script->unknown || script->len < 4 || text[1] == '\\' || strpbrk(text, "\\&[]*^$;{}") != NULL)
		return false;
	middle = strchr(text + 2, text[1]);
	end = middle ? strchr(middle + 1, text[1]) : NULL;
	if (!end)
		return false;
	*pattern = (struct field){ .text = text + 2, .len = (uint32_t)(middle - text - 2) };
	*with = (struct field){ .text = middle + 1, .len = (uint32_t)(end - middle - 1) };
	*flags = end + 1;
	return pattern->len > 0 && !memchr(pattern->text, '.', pattern->len);
}

static const char *substitute(struct arena *arena, const struct stream *from, const struct field *pattern, const struct field *with,
                              bool all, uint32_t *len_out)
{
	size_t most = (size_t)from->len + ((size_t)from->len / pattern->len + 1) * with->len + 1;
	char *out = most <= ANALYSIS_LENGTH_MAX ? arena_alloc(arena, most) : NULL;
	uint32_t n = 0;
	bool done = false; /* in this line */

	if (!out)
		return NULL;
	for (uint32_t i = 0; i < from->len;) {
		if (from->text[i] == '\n')
			done = false;
		if ((all || !done) && from->len - i >= pattern->len && memcmp(from->text + i, pattern->text, pattern->len) == 0) {
			memcpy(out + n, with->text, with->len);
			n += with->len;
			i += pattern->len;
			done = true;
		} else {
			out[n++] = from->text[i++];
		}
	}
	out[n] = '\0';
	*len_out = n;
	return out;
}

const char *filter_sed(struct arena *arena, const struct stream *from, const struct field *script, uint32_t *len_out)
{
	struct field first, second;
	const char *flags;

	if (!sed_parts(script, &first, &second, &flags))
		return NULL;
	if (script->text[0] == 'y' && *flags == '\0') {
		first.text = arena_dup(arena, first.text, first.len);
		second.text = arena_dup(arena, second.text, second.len);
		return first.len == second.len && first.text && second.text ? filter_tr(arena, from, &first, &second, false, len_out) : NULL;
	}
	if (script->text[0] != 's' || (*flags && strcmp(flags, "g") != 0))
		return NULL;
	return substitute(arena, from, &first, &second, *flags == 'g', len_out);
}

const char *filter_rev(struct arena *arena, const struct stream *from, uint32_t *len_out)
{
	char *out = arena_alloc(arena, (size_t)from->len + 1);

	if (!out)
		return NULL;
	for (uint32_t start = 0, end; start < from->len; start = end + 1) {
		const char *line_end = memchr(from->text + start, '\n', from->len - start);

		end = line_end ? (uint32_t)(line_end - from->text) : from->len;
		for (uint32_t i = start; i < end; i++)
			out[i] = from->text[start + end - 1 - i];
		if (end < from->len)
			out[end] = '\n';
	}
	out[from->len] = '\0';
	*len_out = from->len;
	return out;
}

const char *filter_tac(struct arena *arena, const struct stream *from, uint32_t *len_out)
{
	char *out = arena_alloc(arena, (size_t)from->len + 2);
	uint32_t n = 0, end = from->len;

	if (!out)
		return NULL;
	if (end && from->text[end - 1] == '\n')
		end--;
	for (bool more = true; more;) {
		const char *before = memrchr(from->text, '\n', end);
		uint32_t start = before ? (uint32_t)(before - from->text) + 1 : 0;

		memcpy(out + n, from->text + start, end - start);
		n += end - start;
		out[n++] = '\n';
		more = before != NULL;
		end = start ? start - 1 : 0;
	}
	out[n] = '\0';
	*len_out = n;
	return out;
}
