#include "config.h"
#include "common/knowledge_read.h"

#include <stdio.h>
#include <string.h>

enum { OPERANDS_MAX = 255 };

static const char *kind_name(unsigned i)
{
	return operand_kind_name((enum operand_kind)i);
}

static const char *role_name(unsigned i)
{
	return stream_role_name((enum stream_role)i);
}

static const char *capability_name(unsigned i)
{
	return i < RISK_COUNT ? NULL : caps_bit_name(i);
}

static const char *level_name(unsigned i)
{
	return risk_name((enum risk)i);
}

bool check_text(struct reader *reader, const cJSON *string, const char *what)
{
	const char *text = string->valuestring;

	if (!*text) {
		reader_problem(reader, source_line(string), "%s is empty; write it or remove it", what);
		return false;
	}
	for (; *text; text++) {
		if ((unsigned char)*text < ' ' || *text == 0x7f) {
			reader_problem(reader, source_line(string), "%s holds a control character (0x%02x); remove it", what,
			               (unsigned char)*text);
			return false;
		}
	}
	return true;
}

int read_risk(struct reader *reader, const cJSON *object, const char *name)
{
	const cJSON *item = source_get(object, name, SHAPE_STRING);
	int risk = item ? risk_from_name(item->valuestring) : -1;

	if (item && risk < 0)
		reader_unknown(reader, source_line(item), "risk", item->valuestring, level_name, RISK_COUNT);
	return risk;
}

enum stream_role read_role(struct reader *reader, const cJSON *object, const char *name, enum stream_role otherwise)
{
	const cJSON *item = source_get(object, name, SHAPE_STRING);
	int role = item ? stream_role_from_name(item->valuestring) : -1;

	if (item && role < 0)
		reader_unknown(reader, source_line(item), name, item->valuestring, role_name, STREAM_ROLE_COUNT);
	return role < 0 ? otherwise : (enum stream_role)role;
}

int read_kind(struct reader *reader, const cJSON *item, const char *name)
{
	int kind = operand_kind_from_name(name);

	if (kind < 0)
		reader_unknown(reader, source_line(item), "operand kind", name, kind_name, OPERAND_COUNT);
	return kind;
}

uint32_t read_operands(struct reader *reader, const cJSON *object, const char *what, uint32_t *n_operands)
{
	static const char dots[] = "...";
	const cJSON *list = source_get(object, "operands", SHAPE_STRINGS);
	uint32_t first = reader->knowledge->operands.n;
	unsigned repeating = 0;
	const cJSON *item;

	*n_operands = 0;
	cJSON_ArrayForEach(item, list) {
		struct table_operand operand = { 0 };
		size_t len = strlen(item->valuestring);
		char name[64];
		operand.repeats = len > 3 && strcmp(item->valuestring + len - 3, dots) == 0;
		snprintf(name, sizeof(name), "%.*s", (int)(operand.repeats ? len - 3 : len), item->valuestring);
		int kind = read_kind(reader, item, name);
		if (kind == OPERAND_NOTHING)
			reader_problem(reader, source_line(item), "%s: \"nothing\" is no operand; leave it out", what);
		repeating += operand.repeats;
		if (repeating > 1 && operand.repeats)
			reader_problem(reader, source_line(item), "%s: two operands repeat (\"...\"); only one can", what);
		operand.kind = (uint8_t)(kind < 0 ? OPERAND_TEXT : kind);
		section_add(reader, &reader->knowledge->operands, &operand);
		++*n_operands;
	}
	if (*n_operands > OPERANDS_MAX)
		reader_problem(reader, source_line(list), "%s: more than %d operands; use \"...\"", what, OPERANDS_MAX);
	return first;
}

static uint32_t read_adds(struct reader *reader, const cJSON *object)
{
	const cJSON *list = source_get(object, "adds", SHAPE_STRINGS);
	uint32_t flags = 0;
	const cJSON *item;

	cJSON_ArrayForEach(item, list) {
		int bit = caps_bit_from_name(item->valuestring);
		if (bit < 0)
			reader_unknown(reader, source_line(item), "capability", item->valuestring, capability_name, 32);
		else
			flags |= UINT32_C(1) << bit;
	}
	return flags;
}

static bool is_rule_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

void rule_append(char *rule, size_t size, const char *part)
{
	size_t at = strlen(rule);

	part += strspn(part, "-+");
	if (at && *part && at + 1 < size)
		rule[at++] = '.';
	for (; *part && at + 1 < size; part++)
		rule[at++] = is_rule_char(*part) ? *part : *part == '=' ? '-' : '.';
	while (at && (rule[at - 1] == '.' || rule[at - 1] == '-'))
		at--;
	rule[at] = '\0';
}

static uint32_t read_rule(struct reader *reader, const cJSON *object, const char *what, const char *key, const char *word)
{
	const cJSON *item = source_get(object, "rule", SHAPE_STRING);
	char rule[256] = "";

	if (item) {
		const char *c = item->valuestring;
		while (is_rule_char(*c) || (*c == '.' && c > item->valuestring && c[-1] != '.'))
			c++;
		if (*c || c == item->valuestring || c[-1] == '.')
			reader_problem(reader, source_line(item), "%s: rule \"%.60s\" must be words of letters, digits, - and _ joined by dots",
			               what, item->valuestring);
		return store_string(reader, item->valuestring);
	}
	rule_append(rule, sizeof(rule), key);
	if (word)
		rule_append(rule, sizeof(rule), word);
	return store_string(reader, rule);
}

static uint32_t read_text(struct reader *reader, const cJSON *object, const char *name, const char *what)
{
	const cJSON *item = source_get(object, name, SHAPE_STRING);
	char full[192];

	if (!item)
		return 0;
	snprintf(full, sizeof(full), "%s: \"%s\"", what, name);
	check_text(reader, item, full);
	return store_string(reader, item->valuestring);
}

void read_effect(struct reader *reader, const cJSON *object, const char *what, const char *key, const char *word,
                 struct table_effect *effect)
{
	int risk = read_risk(reader, object, "risk");

	effect->flags = read_adds(reader, object);
	effect->why = read_text(reader, object, "why", what);
	effect->safer = read_text(reader, object, "safer", what);
	if (risk >= 0)
		effect->flags = caps_with_risk(effect->flags, (enum risk)risk);
	if (effect->flags || effect->why || source_string(object, "rule"))
		effect->rule = read_rule(reader, object, what, key, word);
	if (risk >= RISK_HIGH && !effect->why)
		reader_problem(reader, source_line(object), "%s: risk %s without \"why\"; say in one sentence what can happen", what,
		               risk_name((enum risk)risk));
	if (risk == RISK_SAFE && effect->flags & CAP_DESTRUCTIVE)
		reader_problem(reader, source_line(object), "%s: risk safe and DESTRUCTIVE contradict each other; raise the risk", what);
}
