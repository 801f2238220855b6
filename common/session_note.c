#include "config.h"
#include "common/session_internal.h"

#include "common/place.h"

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
	uint64_t key = targets->n < SESSION_TARGETS_MAX ? session_key(note->seed, kind, text, len) : 0;

	if (key && (!targets->n || targets->list[targets->n - 1].key != key))
		targets->list[targets->n++] = (struct session_target){ key, kind, note->installs };
}

static bool is_name_byte(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '_' || c == '.' || (unsigned char)c >= 0x80;
}

/* host.example, an IPv4 address, an IPv6 one; not 3.14, main.c or ../x */
static bool is_host(const char *text, size_t len)
{
	size_t dots = 0, colons = 0;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == ':')
			colons++;
		else if (!is_name_byte(text[i]))
			return false;
		dots += text[i] == '.' && i > 0 && i + 1 < len;
	}
	return colons > 1 || (colons == 0 && dots > 0);
}

/* scheme://[user@]host[:port]/.., user@host:path, user@host, host, host:port, host/path. Returns the bytes up to the end of a
 * host without scheme, behind which the name of a repository may follow; 0: none. */
static size_t take_host(struct note *note, const char *word, size_t len)
{
	bool url = memmem(word, len, "://", 3), user = memchr(word, '@', len);
	char plain[PLACE_HOST_MAX];
	struct host host;
	size_t n;

	if (!url && !memchr(word, '.', len) && !memchr(word, ':', len))
		return 0;
	place_host(word, len, &host);
	if (host.len == 0 || (!url && !user && !is_host(host.name, host.len)))
		return 0;
	n = place_host_plain(&host, plain);
	if (n)
		name(note, MARK_HOST, plain, n);
	return url || user ? 0 : (size_t)(host.name + host.len - word);
}

/* A name that a package, a repository, an account or a branch could have; versions are cut off. */
static void take_name(struct note *note, const char *word, size_t len)
{
	char lower[256];
	size_t n = word[0] == '@' ? 1 : 0;

	while (n < len && (is_name_byte(word[n]) || word[n] == '/'))
		n++;
	if (n < 2 || n > sizeof(lower) || !isalnum((unsigned char)word[word[0] == '@']) || (n < len && !strchr("=@<>~!^:[", word[n])))
		return;
	for (size_t i = 0; i < n; i++)
		lower[i] = (char)tolower((unsigned char)word[i]);
	name(note, MARK_NAME, lower, n);
}

static void take_word(struct note *note, const char *word, size_t len)
{
	size_t n = len, host;

	while (n && strchr(".:!?", word[n - 1]))
		n--;
	if (n > 1 && n <= WORD_MAX) {
		host = take_host(note, word, n);
		take_name(note, word, n);
		if (host && host + 1 < n && word[host] == '/')
			take_name(note, word + host + 1, n - host - 1);
	}
	note->installs |= is_installing(word, n);
}

void session_scan(const uint64_t seed[2], const char *text, size_t len, struct session_targets *targets)
{
	struct note note = { seed, targets, false };

	targets->n = 0;
	for (size_t i = 0; i < len;) {
		size_t start = i;

		while (i < len && !ends_word[(unsigned char)text[i]])
			i++;
		if (i > start)
			take_word(&note, text + start, i - start);
		if (i < len && text[i] == '\n')
			note.installs = false;
		i += i < len;
	}
}
