#include "config.h"
#include "common/eval_internal.h"

#include <string.h>

/* Numbers as the shell writes and computes them. */

static struct eval_number unknown_number(void)
{
	return (struct eval_number){ 0 };
}

static struct eval_number known_number(int64_t value)
{
	return (struct eval_number){ .value = value, .known = true };
}

uint32_t eval_digit(char c)
{
	if (c >= '0' && c <= '9')
		return (uint32_t)(c - '0');
	if (c >= 'a' && c <= 'z')
		return (uint32_t)(c - 'a') + 10;
	if (c >= 'A' && c <= 'Z')
		return (uint32_t)(c - 'A') + 10;
	return 99;
}

bool eval_read_number(const char *text, size_t len, int64_t *out)
{
	uint64_t value = 0;
	uint32_t base = 10;
	size_t i = 0;

	if (len > 2 && text[0] == '0' && (text[1] | 32) == 'x') {
		base = 16;
		i = 2;
	} else if (len > 1 && text[0] == '0') {
		base = 8;
		i = 1;
	}
	for (; i < len; i++) {
		if (text[i] == '#' && base == 10 && value >= 2 && value <= 36 && i + 1 < len) {
			base = (uint32_t)value;
			value = 0;
			continue;
		}
		if (eval_digit(text[i]) >= base || value > (UINT64_C(1) << 57))
			return false;
		value = value * base + eval_digit(text[i]);
	}
	*out = (int64_t)value;
	return len > 0;
}

struct eval_number eval_number_of(const struct eval_value *value)
{
	const char *text = value->text;
	size_t len = value->len;
	bool minus = len > 1 && text[0] == '-';
	int64_t number;

	if (!eval_is_constant(value))
		return unknown_number();
	if (len == 0)
		return known_number(0);
	if (!eval_read_number(text + minus, len - minus, &number))
		return unknown_number();
	return known_number(minus ? -number : number);
}

static struct eval_number power(struct eval_number l, struct eval_number r)
{
	uint64_t result = 1;

	if (r.value < 0 || r.value > 64)
		return unknown_number();
	for (int64_t i = 0; i < r.value; i++)
		result *= (uint64_t)l.value;
	return known_number((int64_t)result);
}

static struct eval_number divide(char how, struct eval_number l, struct eval_number r)
{
	if (r.value == 0 || (r.value == -1 && l.value == INT64_MIN))
		return unknown_number();
	return known_number(how == '/' ? l.value / r.value : l.value % r.value);
}

struct eval_number eval_compute(const char *op, struct eval_number left, struct eval_number right)
{
	uint64_t x = (uint64_t)left.value, y = (uint64_t)right.value;

	if (!left.known || !right.known)
		return unknown_number();
	if (strcmp(op, "**") == 0)
		return power(left, right);
	if (op[1] == '=')
		return known_number(op[0] == '<'   ? left.value <= right.value
		                    : op[0] == '>' ? left.value >= right.value
		                    : op[0] == '=' ? x == y
		                                   : x != y);
	if (op[1]) {
		switch (op[0]) {
		case '<':
			return y < 64 ? known_number((int64_t)(x << y)) : unknown_number();
		case '>':
			return y < 64 ? known_number(left.value >> y) : unknown_number();
		case '&':
			return known_number(x && y);
		default:
			return known_number(x || y);
		}
	}
	switch (op[0]) {
	case '*':
		return known_number((int64_t)(x * y));
	case '+':
		return known_number((int64_t)(x + y));
	case '-':
		return known_number((int64_t)(x - y));
	case '<':
		return known_number(left.value < right.value);
	case '>':
		return known_number(left.value > right.value);
	case '&':
		return known_number((int64_t)(x & y));
	case '^':
		return known_number((int64_t)(x ^ y));
	case '|':
		return known_number((int64_t)(x | y));
	default:
		return divide(op[0], left, right);
	}
}
