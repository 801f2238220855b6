#include "config.h"
#include "common/glyph.h"

#include "common/printable.h"

#include <stdio.h>
#include <string.h>

static const struct {
	uint32_t code;
	char ascii;
} glyphs[] = {
#define GLYPH(code, ascii) { code, ascii },
#include "common/glyphs.def"
#undef GLYPH
};

/* From .. to: characters that have no picture. HIDES: text can be hidden in them, or is shown in another order. */
static const struct {
	uint32_t from;
	uint32_t to;
	bool hides;
} invisible[] = {
	{ 0x00ad, 0x00ad, false }, { 0x061c, 0x061c, true },  { 0x180e, 0x180e, false }, { 0x200b, 0x200c, false }, { 0x200e, 0x200f, true },
	{ 0x202a, 0x202e, true },  { 0x2060, 0x2064, false }, { 0x2066, 0x2069, true },  { 0xfeff, 0xfeff, false }, { 0xe0000, 0xe007f, true },
};

/* The code point at text and the bytes it takes; a byte that is no UTF-8 is itself. */
static uint32_t code_point(const char *text, size_t len, size_t *taken)
{
	uint8_t first = (uint8_t)text[0];
	size_t n = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	uint32_t code = n == 1 ? first : first & (0x7fu >> n);

	*taken = 1;
	if (n > len)
		return first;
	for (size_t i = 1; i < n; i++) {
		if (((uint8_t)text[i] & 0xc0) != 0x80)
			return first;
		code = code << 6 | ((uint8_t)text[i] & 0x3f);
	}
	*taken = n;
	return code;
}

static bool is_ascii(const char *text, size_t len)
{
	uint64_t high = 0;
	size_t i = 0;

	for (; i + 8 <= len; i += 8) {
		uint64_t word;

		memcpy(&word, text + i, 8);
		high |= word;
	}
	for (; i < len; i++)
		high |= (uint64_t)(uint8_t)text[i] << 56 | (uint8_t)text[i];
	return !(high & UINT64_C(0x8080808080808080));
}

static void report(struct run *run, uint32_t code, bool hides, uint32_t at, size_t len)
{
	char why[120];

	snprintf(why, sizeof(why), "U+%04X %s", code,
	         hides ? "hides text or turns it round: what is shown is not what runs" : "cannot be seen: two words that look the same may differ");
	effect_finding(run, hides ? "text.hidden" : "text.invisible", hides ? RISK_MEDIUM : RISK_LOW, PLACE_UNKNOWN, CAP_OBFUSCATED,
	               (struct span){ at, at + (uint32_t)len }, why, NULL);
}

void glyph_check(struct run *run, const char *text, size_t len)
{
	size_t taken;

	if (is_ascii(text, len))
		return;
	for (size_t i = 0; i < len; i += taken) {
		uint32_t code = code_point(text + i, len - i, &taken);

		for (size_t k = 0; code >= 0x80 && k < sizeof(invisible) / sizeof(invisible[0]); k++)
			if (code >= invisible[k].from && code <= invisible[k].to) {
				report(run, code, invisible[k].hides, (uint32_t)i, taken);
				return; /* one is enough to look closer */
			}
	}
}

static char looks_like(uint32_t code)
{
	if (code >= 0xff01 && code <= 0xff5e)
		return (char)(code - 0xfee0);
	for (size_t i = 0; i < sizeof(glyphs) / sizeof(glyphs[0]); i++)
		if (glyphs[i].code == code)
			return glyphs[i].ascii;
	return '\0';
}

const char *glyph_ascii(struct arena *arena, const char *name, size_t len)
{
	char *out = is_ascii(name, len) ? NULL : arena_alloc(arena, len + 1);
	size_t n = 0, taken;

	for (size_t i = 0; out && i < len; i += taken) {
		uint32_t code = code_point(name + i, len - i, &taken);
		char c = code < 0x80 ? (char)code : looks_like(code);
		bool unseen = false;

		for (size_t k = 0; k < sizeof(invisible) / sizeof(invisible[0]); k++)
			unseen |= code >= invisible[k].from && code <= invisible[k].to;
		if (unseen)
			continue;
		if (!c)
			return NULL;
		out[n++] = c;
	}
	if (out)
		out[n] = '\0';
	return out;
}
