#include "config.h"
#include "common/json.h"

#include <errno.h>
#include <string.h>

static int digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Length of what was decoded, or -1: a byte that is no digit, or a length that cannot be. */
static ptrdiff_t decode(const char *s, size_t len, char *out)
{
	char *at = out;
	uint32_t bits = 0;
	unsigned n_bits = 0;

	while (len > 0 && s[len - 1] == '=')
		len--;
	if (len % 4 == 1)
		return -1;
	for (size_t i = 0; i < len; i++) {
		int value = digit(s[i]);
		if (value < 0)
			return -1;
		bits = bits << 6 | (uint32_t)value;
		n_bits += 6;
		if (n_bits >= 8) {
			n_bits -= 8;
			*at++ = (char)(bits >> n_bits);
		}
	}
	*at = '\0';
	return at - out;
}

int json_get_base64(struct arena *arena, const struct cJSON *object, const char *key, const char **out, size_t *len_out,
                    struct json_error *error)
{
	const char *text = NULL;
	int rc = json_get_string(object, key, &text, error);
	size_t len = rc == 0 ? strlen(text) : 0;
	char *bytes;
	ptrdiff_t n;

	if (rc)
		return rc;
	bytes = arena_alloc(arena, len / 4 * 3 + 4);
	if (!bytes)
		return -ENOMEM;
	n = decode(text, len, bytes);
	if (n < 0)
		return json_fail(error, "\"%s\" must be base64", key);
	*out = bytes;
	*len_out = (size_t)n;
	return 0;
}
