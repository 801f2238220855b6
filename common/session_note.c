#include "config.h"
#include "common/session_internal.h"

#include "common/place.h"

#include <pthread.h>
#include <string.h>

/* Targets in free text: one pass over its words. A word is what stands between blanks, quotes and brackets. */

#define WORD_MAX 2048
#define NAME_MAX 255
#define SEEN 4096 /* power of two: keys that were taken lately */

/* Room of each kind in a text, so that many words in front cannot push out what follows. */
enum pool { POOL_HOSTS, POOL_ASKED, POOL_NAMES, POOLS };
static const uint32_t rooms[POOLS] = { 1024, 1024, 2048 };
_Static_assert(SESSION_TARGETS_MAX == 1024 + 1024 + 2048, "the rooms are all there is");

enum byte_class { ENDS_WORD = 1, IN_NAME = 2, DOT = 4, COLON = 8, AT = 16, SLASH = 32, OTHER = 64 };
static uint8_t classes[256];

static void set_class(const char *bytes, enum byte_class class)
{
	for (; *bytes; bytes++)
		classes[(unsigned char)*bytes] = (uint8_t)class;
}

static void build_classes(void)
{
	for (int c = 0; c < 256; c++) {
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c >= 0x80;

		classes[c] = letter ? IN_NAME : OTHER;
	}
	set_class(" \t\r\n\"'`<>()[]{},;|*", ENDS_WORD);
	classes[0] = ENDS_WORD;
	set_class("-_", IN_NAME);
	set_class(".", DOT);
	set_class(":", COLON);
	set_class("@", AT);
	set_class("/", SLASH);
}

void session_lower(const char *text, size_t len, char *out)
{
	for (size_t i = 0; i < len; i++)
		out[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] | 0x20 : text[i] == '_' ? '-' : text[i]);
}

/* What a page says when it wants something installed; a name alone, in an error message, asks for nothing. By length. */
static const char *const installing[][5] = {
	[1] = { "i" }, [2] = { NULL }, [3] = { "add", "get", "npx", "uvx", "gem" }, [4] = { "pull", "pipx" }, [5] = { "crate", "image" },
	[7] = { "install", "require" }, [9] = { "extension" },
};
static const char *const running[] = { "run", "dlx", "tap", "use", "try" };

static bool is_installing(const char *word, size_t len)
{
	for (size_t i = 0; len == 3 && i < sizeof(running) / sizeof(*running); i++)
		if (memcmp(word, running[i], 3) == 0)
			return true;
	if (len >= sizeof(installing) / sizeof(*installing))
		return false;
	for (size_t i = 0; i < 5 && installing[len][i]; i++)
		if (memcmp(installing[len][i], word, len) == 0)
			return true;
	return false;
}

struct note {
	const uint64_t *seed;
	struct session_targets *targets;
	uint32_t left[POOLS];
	bool installs; /* a word of this line is about installing */
	uint64_t seen[SEEN];
};

/* Words come again and again: whether this one, as it is meant here, was taken lately. */
static bool is_seen(struct note *note, uint64_t key)
{
	uint64_t *at = &note->seen[key % SEEN];
	bool seen = *at == (key ^ note->installs);

	*at = key ^ note->installs;
	return seen;
}

/* DE89370400440532013000, 0x71c7...: an account or a wallet is never a word in passing. */
static bool is_account(const char *text, size_t len)
{
	size_t digits = 0;

	for (size_t i = 0; i < len; i++) {
		if (!(classes[(unsigned char)text[i]] & IN_NAME) || text[i] == '-')
			return false;
		digits += text[i] >= '0' && text[i] <= '9';
	}
	return (len >= 15 && len <= 34 && digits >= 10 && text[0] >= 'a' && text[1] >= 'a' && text[2] <= '9' && text[3] <= '9') ||
	       (len == 42 && text[0] == '0' && text[1] == 'x');
}

static void name(struct note *note, enum mark_kind kind, const char *text, size_t len)
{
	bool asked = note->installs || (kind == MARK_NAME && is_account(text, len));
	enum pool pool = kind == MARK_HOST ? POOL_HOSTS : asked ? POOL_ASKED : POOL_NAMES;
	uint64_t key;

	if (!note->left[pool])
		return;
	key = session_key(note->seed, kind, text, len);
	if (is_seen(note, key))
		return;
	note->left[pool]--;
	note->targets->list[note->targets->n++] = (struct session_target){ key, kind, asked };
}

/* host.example, an IPv4 address, an IPv6 one; not main.c's folder or ../x */
static bool is_host(const char *text, size_t len)
{
	size_t dots = 0, colons = 0;

	for (size_t i = 0; i < len; i++) {
		uint8_t class = classes[(unsigned char)text[i]];

		if (!(class & (IN_NAME | DOT | COLON)))
			return false;
		colons += class == COLON;
		dots += class == DOT && i > 0 && i + 1 < len;
	}
	return colons > 1 || (colons == 0 && dots > 0);
}

/* A path's first part has no dot: most words with one are no hosts. */
static bool may_be_host(const char *word, size_t len)
{
	size_t colons = 0;

	for (size_t i = 0; i < len && word[i] != '/'; i++) {
		if (word[i] == '.' && i > 0)
			return true;
		colons += word[i] == ':';
	}
	return colons > 1;
}

/* scheme://[user@]host[:port]/.., user@host:path, user@host, host, host:port, host/path. Returns the bytes up to the end of a
 * host without scheme, behind which the name of a repository may follow; 0: none. */
static size_t take_host(struct note *note, const char *word, size_t len, bool url, bool user)
{
	char plain[PLACE_HOST_MAX];
	struct host host;
	size_t n;

	if (!url && !user && !may_be_host(word, len))
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
	size_t n = word[0] == '@' ? 1 : 0;
	char text[NAME_MAX];

	if (!note->left[note->installs ? POOL_ASKED : POOL_NAMES] || !(classes[(unsigned char)word[n < len ? n : 0]] & IN_NAME))
		return;
	while (n < len && classes[(unsigned char)word[n]] & (IN_NAME | DOT | SLASH))
		n++;
	if (n < 2 || n > sizeof(text) || (n < len && !strchr("=@<>~!^:[", word[n])))
		return;
	session_lower(word, n, text);
	name(note, MARK_NAME, text, n);
}

/* classes: of all its bytes. */
static void take_word(struct note *note, const char *word, size_t len, uint8_t all)
{
	bool url = false;
	size_t n = len, host = 0;

	while (n && (word[n - 1] == '.' || word[n - 1] == ':' || word[n - 1] == '!' || word[n - 1] == '?'))
		n--;
	if (n > 1 && n <= WORD_MAX && !is_seen(note, session_key(note->seed, MARK_LINK, word, n))) {
		url = (all & (COLON | SLASH)) == (COLON | SLASH) && memmem(word, n, "://", 3);
		if (all & (DOT | COLON | AT))
			host = take_host(note, word, n, url, all & AT);
		if (!url)
			take_name(note, word, n);
		if (host && host + 1 < n && word[host] == '/')
			take_name(note, word + host + 1, n - host - 1);
	}
	note->installs = note->installs || is_installing(word, n);
}

/* "DE89 3704 0044 0532 0130 00": an account number as people write it. text[0..n) is its first group. */
static void take_groups(struct note *note, const char *text, size_t n, size_t left)
{
	char joined[34];
	size_t len = 0, at = 0;

	if (n != 4 || text[2] > '9' || text[3] > '9' || text[0] < 'A' || text[1] < 'A')
		return;
	for (size_t group = 4; group > 0 && at + group <= left && len + group <= sizeof(joined);) {
		session_lower(text + at, group, joined + len);
		len += group;
		at += group + 1;
		for (group = 0; group < 4 && at + group < left && classes[(unsigned char)text[at + group]] & IN_NAME; group++)
			;
		if (at > left || text[at - 1] != ' ')
			break;
	}
	if (is_account(joined, len))
		name(note, MARK_NAME, joined, len);
}

void session_scan(const uint64_t seed[2], const char *text, size_t len, struct session_targets *targets)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct note note = { .seed = seed, .targets = targets };

	pthread_once(&once, build_classes);
	memcpy(note.left, rooms, sizeof(rooms));
	targets->n = 0;
	for (size_t i = 0; i < len; i++) {
		size_t start = i;
		uint8_t all = 0;

		while (i < len && classes[(unsigned char)text[i]] != ENDS_WORD)
			all |= classes[(unsigned char)text[i++]];
		if (i > start)
			take_word(&note, text + start, i - start, all);
		take_groups(&note, text + start, i - start, len - start);
		if (i < len && text[i] == '\n')
			note.installs = false;
	}
}
