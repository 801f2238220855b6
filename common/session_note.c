#include "config.h"
#include "common/session_internal.h"

#include <ctype.h>
#include <string.h>

/* Targets in free text: one pass over its words. A word is what stands between blanks, quotes and brackets. */

#define WORD_MAX 2048

static const bool ends_word[256] = {
	['\0'] = true, [' '] = true, ['\t'] = true, ['\r'] = true, ['\n'] = true, ['"'] = true, ['\''] = true, ['`'] = true, ['<'] = true,
	['>'] = true,  ['('] = true, [')'] = true,  ['['] = true,  [']'] = true,  ['{'] = true, ['}'] = true,  [','] = true, [';'] = true,
	['|'] = true,  ['*'] = true,
};

/* What a page says when it wants something installed; a name alone, in an error message, asks for nothing. */
static const char *const installing[] = { "install", "add", "i", "get", "require", "pull", "run", "npx", "uvx", "pipx", "dlx", "package",
	                                  "packages", "dependency", "crate", "gem", "module", "library", "tap", "image" };

static bool is_installing(const char *word, size_t len)
{
	for (size_t i = 0; i < sizeof(installing) / sizeof(*installing); i++)
		if (strlen(installing[i]) == len && memcmp(installing[i], word, len) == 0)
			return true;
	return false;
}

struct note {
	const uint64_t *seed;
	struct session_targets *targets;
	bool installs; /* a word of this line is about installing */
};

static void name(struct note *note, enum mark_kind kind, const char *text, size_t len)
{
	struct session_targets *targets = note->targets;
	char lower[256];
	uint64_t key;

	if (len == 0 || len > sizeof(lower) || targets->n >= SESSION_TARGETS_MAX)
		return;
	for (size_t i = 0; i < len; i++)
		lower[i] = (char)tolower((unsigned char)text[i]);
	key = session_key(note->seed, kind, lower, len);
	if (!targets->n || targets->list[targets->n - 1].key != key)
		targets->list[targets->n++] = (struct session_target){ key, kind };
}

static bool is_name_byte(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '_' || c == '.';
}

/* "host.example", an address of numbers, or an IPv6 one in brackets' place. */
static bool is_host(const char *text, size_t len)
{
	bool dot = false;

	for (size_t i = 0; i < len; i++) {
		if (!is_name_byte(text[i]))
			return false;
		dot |= text[i] == '.' && i > 0 && i + 1 < len;
	}
	return dot;
}

/* scheme://[user@]host[:port]/.., user@host:path, user@host, host, host:port, host/path */
static void take_host(struct note *note, const char *word, size_t len)
{
	const char *scheme = memmem(word, len, "://", 3);
	const char *start = scheme ? scheme + 3 : word;
	size_t left = len - (size_t)(start - word), n = 0;
	const char *at;

	while (n < left && start[n] != '/' && start[n] != '?' && start[n] != '#')
		n++;
	at = memrchr(start, '@', n);
	if (at) {
		n -= (size_t)(at + 1 - start);
		start = at + 1;
	}
	for (size_t i = 0; i < n; i++)
		if (start[i] == ':')
			n = i;
	if (n && (scheme || at || is_host(start, n)) && (scheme || is_host(start, n)))
		name(note, MARK_HOST, start, n);
}

/* A name that a package, a remote or a branch could have; versions are cut off. */
static void take_name(struct note *note, const char *word, size_t len)
{
	size_t n = word[0] == '@' ? 1 : 0;

	while (n < len && (is_name_byte(word[n]) || word[n] == '/'))
		n++;
	if (n > 1 && isalnum((unsigned char)word[word[0] == '@']) && (n == len || strchr("=@<>~!^:[", word[n])))
		name(note, MARK_NAME, word, n);
}

static void take_word(struct note *note, const char *word, size_t len, enum session_origin origin)
{
	size_t n = len;

	while (n && strchr(".:!?", word[n - 1]))
		n--;
	if (n > 1 && n <= WORD_MAX) {
		take_host(note, word, n);
		if (note->installs || origin == SESSION_ORIGIN_USER)
			take_name(note, word, n);
	}
	note->installs |= is_installing(word, n);
}

void session_scan(const uint64_t seed[2], enum session_origin origin, const char *text, size_t len, struct session_targets *targets)
{
	struct note note = { seed, targets, false };

	targets->n = 0;
	for (size_t i = 0; i < len;) {
		size_t start = i;

		while (i < len && !ends_word[(unsigned char)text[i]])
			i++;
		if (i > start)
			take_word(&note, text + start, i - start, origin);
		if (i < len && text[i] == '\n')
			note.installs = false;
		i += i < len;
	}
}
