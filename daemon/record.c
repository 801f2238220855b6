#include "config.h"

#include "daemon/record.h"

#include <string.h>

enum { RECORD_AGENT, RECORD_SESSION, RECORD_RULE, RECORD_COMMAND, RECORD_CWD, RECORD_STRINGS };

struct record {
	struct store_row row; /* its pointers mean nothing here */
	uint16_t len[RECORD_STRINGS]; /* with the NUL; 0: NULL. The strings follow in this order */
};

static uint16_t string_len(const char *s)
{
	size_t len = s ? strnlen(s, STORE_COMMAND_MAX + 1) + 1 : 0; /* one more: redact() sees that it is cut */

	return (uint16_t)len;
}

static char *put_string(char *at, const char *s, uint16_t len)
{
	if (len == 0)
		return at;
	memcpy(at, s, (size_t)len - 1);
	at[len - 1] = '\0';
	return at + len;
}

bool record_add(struct ring *ring, const struct store_row *row)
{
	const char *strings[RECORD_STRINGS] = { row->agent, row->session, row->rule, row->command, row->cwd };
	struct record record = { .row = *row };
	size_t size = sizeof(record);
	char *at;

	for (int i = 0; i < RECORD_STRINGS; i++) {
		record.len[i] = string_len(strings[i]);
		size += record.len[i];
	}
	at = ring_reserve(ring, size);
	if (!at)
		return false;
	memcpy(at, &record, sizeof(record));
	at += sizeof(record);
	for (int i = 0; i < RECORD_STRINGS; i++)
		at = put_string(at, strings[i], record.len[i]);
	ring_publish(ring);
	return true;
}

void record_read(const void *data, struct store_row *row)
{
	struct record record;
	const char *at = (const char *)data + sizeof(record), *strings[RECORD_STRINGS];

	memcpy(&record, data, sizeof(record));
	for (int i = 0; i < RECORD_STRINGS; i++) {
		strings[i] = record.len[i] ? at : NULL;
		at += record.len[i];
	}
	*row = record.row;
	row->agent = strings[RECORD_AGENT];
	row->session = strings[RECORD_SESSION];
	row->rule = strings[RECORD_RULE];
	row->command = strings[RECORD_COMMAND];
	row->cwd = strings[RECORD_CWD];
}
