#include "config.h"
#include "common/place.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#define SCHEME(name, tls)
#define HOST_NAME(suffix, KIND)
#define ADDRESS4(a, b, c, d, bits, KIND)
#define ADDRESS6(address, bits, KIND)

#undef SCHEME
#define SCHEME(name, tls) { name, tls },
static const struct { const char *name; bool tls; } schemes[] = {
#include "common/place_hosts.def"
};
#undef SCHEME
#define SCHEME(name, tls)

#undef HOST_NAME
#define HOST_NAME(suffix, KIND) { suffix, HOST_##KIND },
static const struct { const char *suffix; enum host_kind kind; } names[] = {
#include "common/place_hosts.def"
};
#undef HOST_NAME
#define HOST_NAME(suffix, KIND)

#undef ADDRESS4
#define ADDRESS4(a, b, c, d, bits, KIND) { (uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d), bits, HOST_##KIND },
static const struct { uint32_t address; unsigned bits; enum host_kind kind; } ranges4[] = {
#include "common/place_hosts.def"
};
#undef ADDRESS4
#define ADDRESS4(a, b, c, d, bits, KIND)

#undef ADDRESS6
#define ADDRESS6(address, bits, KIND) { address, bits, HOST_##KIND },
static const struct { const char *address; unsigned bits; enum host_kind kind; } ranges6[] = {
#include "common/place_hosts.def"
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static enum host_kind kind_of_address4(uint32_t address)
{
	for (size_t i = 0; i < COUNT(ranges4); i++)
		if ((address ^ ranges4[i].address) >> (32 - ranges4[i].bits) == 0)
			return ranges4[i].kind;
	return HOST_PUBLIC;
}

static bool same_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	unsigned bytes = bits / 8, rest = bits % 8;

	return memcmp(a, b, bytes) == 0 && (!rest || (a[bytes] ^ b[bytes]) >> (8 - rest) == 0);
}

static uint32_t address4_at(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static enum host_kind kind_of_address6(const uint8_t address[16])
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	static const uint8_t compatible[12];
	static const uint8_t nat64[12] = { 0, 0x64, 0xff, 0x9b };

	for (size_t i = 0; i < COUNT(ranges6); i++) {
		uint8_t range[16];

		if (inet_pton(AF_INET6, ranges6[i].address, range) == 1 && same_bits(address, range, ranges6[i].bits))
			return ranges6[i].kind;
	}
	if (memcmp(address, mapped, 12) == 0 || memcmp(address, compatible, 12) == 0 || memcmp(address, nat64, 12) == 0)
		return kind_of_address4(address4_at(address + 12));
	if (address[0] == 0x20 && address[1] == 0x02)
		return kind_of_address4(address4_at(address + 2));
	return HOST_PUBLIC;
}

/* One number as inet_aton() reads it: 10, 012, 0xa. Returns the bytes taken, 0 when it is none. */
static size_t read_number(const char *text, size_t len, uint64_t *value)
{
	unsigned base = len > 1 && text[0] == '0' ? ((text[1] | 0x20) == 'x' ? 16 : 8) : 10;
	size_t start = base == 16 ? 2 : 0, i;

	*value = 0;
	for (i = start; i < len; i++) {
		unsigned digit = text[i] >= '0' && text[i] <= '9' ? (unsigned)(text[i] - '0') : 99;
		unsigned letter = (unsigned)(text[i] | 0x20);

		if (base == 16 && letter >= 'a' && letter <= 'f')
			digit = letter - 'a' + 10;
		if (digit >= base)
			break;
		*value = *value * base + digit;
		if (*value > UINT32_MAX)
			return 0;
	}
	return i > start ? i : 0;
}

/* An IPv4 address in any spelling: 127.0.0.1, 127.1, 0177.1, 2130706433, 0x7f000001. */
static bool read_address4(const char *text, size_t len, uint32_t *address)
{
	uint32_t high = 0;
	unsigned parts = 0;
	size_t at = 0;

	for (;;) {
		uint64_t value;
		size_t n = read_number(text + at, len - at, &value);

		at += n;
		if (!n || parts == 4)
			return false;
		if (at == len) {
			*address = high | (uint32_t)value;
			return value >> (32 - 8 * parts) == 0;
		}
		if (text[at++] != '.' || value > 255)
			return false;
		high |= (uint32_t)value << (24 - 8 * parts++);
	}
}

static bool read_address6(const char *text, size_t len, uint8_t address[16])
{
	const char *zone = memchr(text, '%', len);
	char copy[INET6_ADDRSTRLEN];

	if (zone)
		len = (size_t)(zone - text);
	if (len < 2 || len >= sizeof(copy) || !memchr(text, ':', len))
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	return inet_pton(AF_INET6, copy, address) == 1;
}

static bool is_below(const char *name, size_t len, const char *suffix)
{
	size_t n = strlen(suffix);

	return len >= n && strncasecmp(name + len - n, suffix, n) == 0 && (len == n || name[len - n - 1] == '.');
}

/* Names whose bytes hide what they are, or are not known, are unknown. */
static bool is_plain_name(const char *name, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((uint8_t)name[i] <= ' ' || (uint8_t)name[i] >= 0x7f || strchr("%\\\"<>{}|^`", name[i]))
			return false;
	return len > 0;
}

static enum host_kind kind_of_host(const char *name, size_t len, bool is_url)
{
	uint8_t address6[16];
	uint32_t address4;

	if (read_address6(name, len, address6))
		return kind_of_address6(address6);
	if (!is_plain_name(name, len))
		return HOST_UNKNOWN;
	while (len > 1 && name[len - 1] == '.')
		len--;
	if (read_address4(name, len, &address4))
		return kind_of_address4(address4);
	for (size_t i = 0; i < COUNT(names); i++)
		if (is_below(name, len, names[i].suffix))
			return names[i].kind;
	/* a bare name in a URL is one of the local network; elsewhere it may be an alias of ssh for any host */
	return is_url && !memchr(name, '.', len) ? HOST_PRIVATE : HOST_PUBLIC;
}

/* Length of "scheme" when text starts with scheme://, else 0. */
static size_t scheme_length(const char *text, size_t len)
{
	size_t n = 0;

	while (n < len && ((text[n] >= '0' && text[n] <= '9') || ((text[n] | 0x20) >= 'a' && (text[n] | 0x20) <= 'z') ||
	                   memchr("+-.", text[n], 3)))
		n++;
	return len - n >= 3 && memcmp(text + n, "://", 3) == 0 ? n : 0;
}

static bool scheme_is_tls(const char *scheme, size_t len)
{
	for (size_t i = 0; i < COUNT(schemes); i++)
		if (strlen(schemes[i].name) == len && strncasecmp(schemes[i].name, scheme, len) == 0)
			return schemes[i].tls;
	return false;
}

static bool is_file_scheme(const char *scheme, size_t len)
{
	return len == 4 && strncasecmp(scheme, "file", 4) == 0;
}

static size_t span_until(const char *text, size_t len, const char *stops)
{
	size_t n = 0;

	while (n < len && (!text[n] || !strchr(stops, text[n])))
		n++;
	return n;
}

/* Takes "user:password@" away. */
static void skip_user(const char **text, size_t *len, struct host *host)
{
	const char *at = memrchr(*text, '@', *len);
	const char *colon;

	if (!at)
		return;
	colon = memchr(*text, ':', (size_t)(at - *text));
	host->has_password = colon && colon + 1 < at;
	*len -= (size_t)(at + 1 - *text);
	*text = at + 1;
}

void place_host(const char *text, size_t len, struct host *host)
{
	size_t scheme = scheme_length(text, len);
	uint8_t ignored[16];

	memset(host, 0, sizeof(*host));
	host->is_url = scheme > 0;
	if (is_file_scheme(text, scheme)) {
		host->kind = HOST_LOOPBACK;
		host->name = text + scheme + 3;
		return;
	}
	host->tls = scheme ? scheme_is_tls(text, scheme) : memchr(text, '@', len) && place_is_remote_path(text, len);
	if (scheme) {
		text += scheme + 3;
		len -= scheme + 3;
	} else if (len > 2 && text[0] == '/' && text[1] == '/') {
		text += 2;
		len -= 2;
	}
	len = span_until(text, len, scheme ? "/?#\\" : "/");
	skip_user(&text, &len, host);
	if (len && text[0] == '[') {
		text++;
		len = span_until(text, len - 1, "]");
	} else if (!read_address6(text, len, ignored)) {
		len = span_until(text, len, ":");
	}
	host->name = text;
	host->len = (uint32_t)len;
	host->kind = kind_of_host(text, len, host->is_url);
}

size_t place_host_plain(const struct host *host, char out[PLACE_HOST_MAX])
{
	size_t len = host->len;
	uint8_t address6[16];
	uint32_t address;

	if (read_address4(host->name, len, &address)) {
		address = htonl(address);
		return inet_ntop(AF_INET, &address, out, PLACE_HOST_MAX) ? strlen(out) : 0;
	}
	if (read_address6(host->name, len, address6))
		return inet_ntop(AF_INET6, address6, out, PLACE_HOST_MAX) ? strlen(out) : 0;
	while (len && host->name[len - 1] == '.')
		len--;
	if (len >= PLACE_HOST_MAX)
		return 0;
	for (size_t i = 0; i < len; i++)
		out[i] = (char)(host->name[i] >= 'A' && host->name[i] <= 'Z' ? host->name[i] | 0x20 : host->name[i]);
	out[len] = '\0';
	return len;
}

bool place_is_remote_path(const char *text, size_t len)
{
	size_t scheme = scheme_length(text, len), colon;

	if (scheme)
		return !is_file_scheme(text, scheme);
	if (len && text[0] == '[')
		return memmem(text, len, "]:", 2) != NULL;
	colon = span_until(text, len, ":/");
	if (colon == 0 || colon == len || text[colon] != ':')
		return false;
	return colon > 1 || len < 3 || !memchr("/\\", text[2], 2);
}

bool place_is_data_service(const char *text, size_t len)
{
	static const char *const ports[] = {
#define DATA_PORT(port) ":" port,
#include "common/place_ports.def"
#undef DATA_PORT
	};

	for (size_t i = 0; i < sizeof(ports) / sizeof(*ports); i++) {
		size_t n = strlen(ports[i]);
		const char *at = memmem(text, len, ports[i], n);

		if (at && (at + n == text + len || at[n] == '/' || at[n] == '?'))
			return true;
	}
	return false;
}
