#include "config.h"
#include "common/json.h"

#include <string.h>

void json_writer_init(struct json_writer *writer, struct text *text)
{
	writer->text = text;
	writer->comma = false;
}

static void before_value(struct json_writer *writer)
{
	if (writer->comma)
		text_putc(writer->text, ',');
	writer->comma = true;
}

static void begin(struct json_writer *writer, char bracket)
{
	before_value(writer);
	text_putc(writer->text, bracket);
	writer->comma = false;
}

static void end(struct json_writer *writer, char bracket)
{
	text_putc(writer->text, bracket);
	writer->comma = true;
}

void json_begin_object(struct json_writer *writer)
{
	begin(writer, '{');
}

void json_end_object(struct json_writer *writer)
{
	end(writer, '}');
}

void json_begin_array(struct json_writer *writer)
{
	begin(writer, '[');
}

void json_end_array(struct json_writer *writer)
{
	end(writer, ']');
}

void json_key(struct json_writer *writer, const char *key)
{
	before_value(writer);
	text_putc(writer->text, '"');
	text_puts(writer->text, key);
	text_put(writer->text, "\":", 2);
	writer->comma = false;
}

static void put_escape(struct text *text, uint8_t c)
{
	static const char hex[] = "0123456789abcdef";
	static const char named[] = "\"\"\\\\\bb\ff\nn\rr\tt";
	char escape[6] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };

	for (size_t i = 0; i + 1 < sizeof(named); i += 2)
		if ((uint8_t)named[i] == c) {
			escape[1] = named[i + 1];
			text_put(text, escape, 2);
			return;
		}
	text_put(text, escape, sizeof(escape));
}

/* How many bytes from s on need neither escape nor a closer look. */
static size_t plain_len(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && (uint8_t)s[n] >= 0x20 && (uint8_t)s[n] < 0x7f && s[n] != '"' && s[n] != '\\')
		n++;
	return n;
}

void json_string(struct json_writer *writer, const char *s, size_t len)
{
	struct text *text = writer->text;

	before_value(writer);
	text_putc(text, '"');
	for (size_t at = 0; at < len && !text->failed;) {
		size_t n = plain_len(s + at, len - at);
		text_put(text, s + at, n);
		at += n;
		if (at == len)
			break;
		if ((uint8_t)s[at] < 0x80) {
			put_escape(text, (uint8_t)s[at++]);
			continue;
		}
		n = text_utf8_len(s + at, len - at);
		text_put(text, n ? s + at : "\xef\xbf\xbd", n ? n : 3);
		at += n ? n : 1;
	}
	text_putc(text, '"');
}

void json_cstring(struct json_writer *writer, const char *s)
{
	if (s)
		json_string(writer, s, strlen(s));
	else
		json_null(writer);
}

void json_u64(struct json_writer *writer, uint64_t number)
{
	before_value(writer);
	text_put_u64(writer->text, number);
}

void json_i64(struct json_writer *writer, int64_t number)
{
	before_value(writer);
	if (number < 0)
		text_putc(writer->text, '-');
	text_put_u64(writer->text, number < 0 ? -(uint64_t)number : (uint64_t)number);
}

void json_u64_string(struct json_writer *writer, uint64_t number)
{
	before_value(writer);
	text_putc(writer->text, '"');
	text_put_u64(writer->text, number);
	text_putc(writer->text, '"');
}

/* By hand: printf would write a comma in some locales. */
void json_double(struct json_writer *writer, double number, unsigned decimals)
{
	uint64_t unit = 1;
	double absolute = number < 0 ? -number : number;
	uint64_t scaled;

	for (unsigned i = 0; i < decimals && i < 9; i++)
		unit *= 10;
	if (!(absolute * (double)unit < 9e18)) {
		json_null(writer);
		return;
	}
	scaled = (uint64_t)(absolute * (double)unit + 0.5);
	before_value(writer);
	if (number < 0 && scaled)
		text_putc(writer->text, '-');
	text_put_u64(writer->text, scaled / unit);
	if (unit > 1)
		text_putc(writer->text, '.');
	for (unit /= 10; unit; unit /= 10)
		text_putc(writer->text, (char)('0' + scaled / unit % 10));
}

void json_bool(struct json_writer *writer, bool value)
{
	before_value(writer);
	text_puts(writer->text, value ? "true" : "false");
}

void json_null(struct json_writer *writer)
{
	before_value(writer);
	text_puts(writer->text, "null");
}

void json_raw(struct json_writer *writer, const char *json, size_t len)
{
	before_value(writer);
	text_put(writer->text, json, len);
}

void json_member_string(struct json_writer *writer, const char *key, const char *s)
{
	json_key(writer, key);
	json_cstring(writer, s);
}

void json_member_u64(struct json_writer *writer, const char *key, uint64_t number)
{
	json_key(writer, key);
	json_u64(writer, number);
}

void json_member_bool(struct json_writer *writer, const char *key, bool value)
{
	json_key(writer, key);
	json_bool(writer, value);
}
