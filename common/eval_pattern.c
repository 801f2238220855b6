#include "config.h"
#include "common/eval_internal.h"

#include <string.h>

/* Glob matching as in case and ${x#pattern}: TEXT_STAR and TEXT_ANY are active, all else stands for itself. Linear for
 * the last star; the work is taken from the budget. */

static bool match(const char *pattern, uint32_t pattern_len, const char *text, uint32_t len)
{
	uint32_t p = 0, t = 0, star = UINT32_MAX, star_text = 0;

	while (t < len) {
		if (p < pattern_len && pattern[p] == TEXT_STAR) {
			star = p++;
			star_text = t;
		} else if (p < pattern_len && (pattern[p] == TEXT_ANY || pattern[p] == text[t])) {
			p++;
			t++;
		} else if (star != UINT32_MAX) {
			p = star + 1;
			t = ++star_text;
		} else {
			return false;
		}
	}
	while (p < pattern_len && pattern[p] == TEXT_STAR)
		p++;
	return p == pattern_len;
}

enum eval_match eval_match(struct run *run, const struct eval_value *pattern, const char *text, uint32_t len)
{
	if (pattern->unknown || !run_spend(run, 1 + (uint64_t)len * (pattern->len + 1) / 32))
		return EVAL_MAYBE;
	return match(pattern->text, pattern->len, text, len) ? EVAL_YES : EVAL_NO;
}

/* --- ${x#p} ${x##p} ${x%p} ${x%%p} --- */

static struct eval_value part_of(struct run *run, const struct eval_value *value, uint32_t from, uint32_t to)
{
	struct eval_value part = eval_copy(run, value->text + from, to - from);

	part.taint = value->taint;
	part.origin = value->origin;
	return part;
}

static bool has_bytes(const char *text, uint32_t len, bool stars_too)
{
	for (uint32_t i = 0; i < len; i++)
		if (text[i] == TEXT_UNKNOWN || (stars_too && (text[i] == TEXT_STAR || text[i] == TEXT_ANY)))
			return true;
	return false;
}

/* Values that hold globs (the items of for f in *.c): what is removed must be literal in them, except that a star in the
 * name of a file never hides a slash. */
static bool strip_wild(struct run *run, const struct eval_value *value, bool front, bool longest,
                       const struct eval_value *pattern, struct eval_value *out)
{
	const char *p = pattern->text, *text = value->text;
	uint32_t len = pattern->len;

	if (pattern->unknown || value->unknown)
		return false;
	if (!pattern->glob) {
		const char *at = front ? text : text + value->len - len;

		if (len > value->len || memcmp(at, p, len) != 0)
			return false;
		*out = part_of(run, value, front ? len : 0, front ? value->len : value->len - len);
		return true;
	}
	if (len != 2 || p[front ? 0 : 1] != TEXT_STAR || p[front ? 1 : 0] == TEXT_STAR || p[front ? 1 : 0] == TEXT_ANY)
		return false;
	for (uint32_t i = 0; i < value->len; i++) {
		bool last = front == longest; /* the separator that counts is the last one in the value */
		uint32_t at = last ? value->len - 1 - i : i;

		if (text[at] != p[front ? 1 : 0])
			continue;
		if (text[at] != '/' && (last ? has_bytes(text + at, value->len - at, true) : has_bytes(text, at, true)))
			return false;
		*out = front ? part_of(run, value, at + 1, value->len) : part_of(run, value, 0, at);
		return true;
	}
	return false;
}

struct eval_value eval_strip(struct run *run, const struct eval_value *value, const char *op, uint32_t op_len,
                             const struct eval_value *pattern)
{
	bool front = op[0] == '#', longest = op_len == 2;
	struct eval_value out;

	if (!eval_is_constant(value))
		return strip_wild(run, value, front, longest, pattern, &out) ? out : eval_unknown(value->taint, value->origin);
	if (!pattern->glob && !pattern->unknown && pattern->len > value->len)
		return *value;
	for (uint32_t i = 0; i <= value->len; i++) {
		uint32_t n = longest ? value->len - i : i;
		enum eval_match result = eval_match(run, pattern, front ? value->text : value->text + value->len - n, n);

		if (result == EVAL_MAYBE)
			return eval_unknown(value->taint, value->origin);
		if (result == EVAL_YES)
			return front ? part_of(run, value, n, value->len) : part_of(run, value, 0, value->len - n);
	}
	return *value;
}

/* --- ${x/p/r} --- */

/* The longest match at from; 0: none (an empty match replaces nothing). UINT32_MAX: not known. */
static uint32_t match_at(struct run *run, const struct eval_value *value, uint32_t from, const struct eval_value *pattern)
{
	uint32_t most = value->len - from;

	if (!pattern->glob && !pattern->unknown) {
		if (!run_spend(run, 1))
			return UINT32_MAX;
		return pattern->len <= most && memcmp(value->text + from, pattern->text, pattern->len) == 0 ? pattern->len : 0;
	}
	for (uint32_t n = most; n > 0; n--)
		switch (eval_match(run, pattern, value->text + from, n)) {
		case EVAL_YES:
			return n;
		case EVAL_MAYBE:
			return UINT32_MAX;
		case EVAL_NO:
			break;
		}
	return 0;
}

static bool anchored_at(const struct eval_value *value, char anchor, uint32_t from, uint32_t n)
{
	return anchor == '#' ? from == 0 : anchor != '%' || from + n == value->len;
}

struct eval_value eval_replace(struct run *run, const struct eval_value *value, const char *op, uint32_t op_len,
                               const struct eval_value *pattern, const struct eval_value *by)
{
	struct eval_buf buf = { .run = run, .taint = value->taint, .origin = value->origin };
	char anchor = op_len == 2 ? op[1] : '\0';
	struct eval_value out;
	uint32_t i = 0;
	bool done = false;

	if (!eval_is_constant(value) || pattern->unknown)
		return eval_unknown((uint8_t)(value->taint | by->taint), value->origin);
	while (i < value->len) {
		uint32_t n = done ? 0 : match_at(run, value, i, pattern);

		if (n == UINT32_MAX)
			return eval_unknown((uint8_t)(value->taint | by->taint), value->origin);
		if (n > 0 && anchored_at(value, anchor, i, n)) {
			eval_put_value(&buf, by);
			i += n;
			done = anchor != '/';
		} else {
			eval_put(&buf, value->text + i++, 1);
			done = done || anchor == '#';
		}
	}
	eval_take(&buf, &out);
	return out;
}

/* --- ${x^^} --- */

struct eval_value eval_change_case(struct run *run, const struct eval_value *value, char how, bool all)
{
	struct eval_value out = part_of(run, value, 0, value->len);
	char *text = (char *)(uintptr_t)out.text;

	for (uint32_t i = 0; i < out.len && (all || i == 0) && out.len == value->len; i++) {
		char c = text[i];

		if (how == '^' && c >= 'a' && c <= 'z')
			text[i] = (char)(c - 32);
		else if (how == ',' && c >= 'A' && c <= 'Z')
			text[i] = (char)(c + 32);
	}
	return out;
}
