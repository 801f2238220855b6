#include "config.h"
#include "common/glob.h"
#include "common/place.h"

#include <string.h>

static bool pattern_star(char c)
{
	return c == '*';
}

static bool text_star(char c)
{
	return c == TEXT_STAR || c == TEXT_UNKNOWN;
}

static bool may_equal(char pattern, char text)
{
	return pattern == text || pattern == '?' || text == TEXT_ANY;
}

static bool may_equal_swapped(char text, char pattern)
{
	return may_equal(pattern, text);
}

static bool surely_equals(char pattern, char text)
{
	return pattern == text || (pattern == '?' && !text_star(text));
}

/* Only a has stars: the classic walk that goes back to the last star and lets it take one byte more. Most texts end in another
 * byte than the pattern: that is looked at first. */
__attribute__((always_inline)) static inline bool walk(const char *a, size_t a_len, const char *b, size_t b_len, bool (*star)(char), bool (*equal)(char, char))
{
	size_t i = 0, j = 0, star_i = SIZE_MAX, star_j = 0;

	if (a_len > 0 && !star(a[a_len - 1]) && (b_len == 0 || !equal(a[a_len - 1], b[b_len - 1])))
		return false;
	while (j < b_len) {
		if (i < a_len && star(a[i])) {
			star_i = i++;
			star_j = j;
		} else if (i < a_len && equal(a[i], b[j])) {
			i++;
			j++;
		} else if (star_i != SIZE_MAX) {
			i = star_i + 1;
			j = ++star_j;
		} else {
			return false;
		}
	}
	while (i < a_len && star(a[i]))
		i++;
	return i == a_len;
}

/* Both have stars: what stands between them can always be woven together, so only both ends must agree. */
static bool ends_agree(const char *pattern, size_t pattern_len, const char *text, size_t len)
{
	size_t least = pattern_len < len ? pattern_len : len;

	for (size_t i = 0; i < least && !pattern_star(pattern[i]) && !text_star(text[i]); i++)
		if (!may_equal(pattern[i], text[i]))
			return false;
	for (size_t i = 1; i <= least && !pattern_star(pattern[pattern_len - i]) && !text_star(text[len - i]); i++)
		if (!may_equal(pattern[pattern_len - i], text[len - i]))
			return false;
	return true;
}

bool glob_match_bytes(const char *pattern, size_t pattern_len, const char *text, size_t len)
{
	if (!memchr(text, TEXT_STAR, len) && !memchr(text, TEXT_UNKNOWN, len))
		return walk(pattern, pattern_len, text, len, pattern_star, may_equal);
	if (!memchr(pattern, '*', pattern_len))
		return walk(text, len, pattern, pattern_len, text_star, may_equal_swapped);
	return ends_agree(pattern, pattern_len, text, len);
}

bool glob_match(const char *pattern, const char *text, size_t len)
{
	return glob_match_bytes(pattern, strlen(pattern), text, len);
}

bool glob_match_surely(const char *pattern, size_t pattern_len, const char *text, size_t len)
{
	return walk(pattern, pattern_len, text, len, pattern_star, surely_equals);
}
