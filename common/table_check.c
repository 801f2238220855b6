#include "config.h"
#include "common/descriptor.h"
#include "common/table_layout.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <zlib.h>

struct checker {
	const struct table *table;
	const struct table_header *header;
	char *why;
	size_t why_size;
};

uint32_t table_checksum(const struct table_header *header)
{
	return (uint32_t)crc32_z(crc32(0, NULL, 0), (const uint8_t *)(header + 1), header->size_bytes - sizeof(*header));
}

/* Says what is wrong at an address inside the image; always false. */
static bool bad(const struct checker *checker, const void *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static bool bad(const struct checker *checker, const void *at, const char *format, ...)
{
	char what[128];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	snprintf(checker->why, checker->why_size, "byte %zu: %s: damaged; run tcpctl table build",
	         (size_t)((const char *)at - (const char *)checker->header), what);
	return false;
}

static bool in_range(uint32_t first, uint64_t n, uint32_t count)
{
	return first + n <= count;
}

static bool is_string(const struct checker *checker, uint32_t ref)
{
	return ref < checker->header->pool_bytes && (ref == 0 || checker->table->pool[ref - 1] == '\0');
}

static bool check_effect(const struct checker *checker, const struct table_effect *effect)
{
	uint32_t risk = effect->flags & CAPS_RISK_MASK;

	if (risk & (risk - 1))
		return bad(checker, &effect->flags, "more than one risk bit");
	if (!is_string(checker, effect->why) || !is_string(checker, effect->safer) || !is_string(checker, effect->rule))
		return bad(checker, &effect->why, "a text is not a string of the pool");
	return true;
}

static bool check_string_list(const struct checker *checker, const void *at, uint32_t first, uint32_t n)
{
	if (!in_range(first, n, checker->header->n_strings))
		return bad(checker, at, "strings %u + %u past the last of %u", first, n, checker->header->n_strings);
	for (uint32_t i = first; i < first + n; i++)
		if (!is_string(checker, checker->table->strings[i]))
			return bad(checker, &checker->table->strings[i], "not a string of the pool");
	return true;
}

static bool check_turns(const struct checker *checker, const struct table_option *option)
{
	const uint32_t *strings = checker->table->strings;

	if (!in_range(option->turns, (uint64_t)option->n_turns * 2, checker->header->n_strings))
		return bad(checker, &option->turns, "turns %u + 2 * %u past the last of %u strings", option->turns, option->n_turns,
		           checker->header->n_strings);
	for (uint32_t i = option->turns; i < option->turns + option->n_turns * 2; i += 2)
		if (strings[i] >= checker->header->n_options || strings[i + 1] >= OPERAND_COUNT)
			return bad(checker, &strings[i], "turns an option or into a kind that does not exist");
	return true;
}

static bool check_option(const struct checker *checker, const struct table_option *option)
{
	const uint8_t known = OPTION_OPTIONAL | OPTION_ONCE | OPTION_ENDS | OPTION_LOWERS | OPTION_HAS_OPERANDS |
	                      OPTION_TAKES_FIRST;

	if (option->value >= OPERAND_COUNT || option->flags & ~known || option->lowers_to >= RISK_COUNT ||
	    (option->bit >= 64 && option->bit != 255) || option->output > STREAM_ROLE_COUNT || option->input > STREAM_ROLE_COUNT)
		return bad(checker, &option->value, "an option's kind, flag, risk, bit or role does not exist");
	if (!is_string(checker, option->name))
		return bad(checker, &option->name, "an option's name is not a string of the pool");
	if (!in_range(option->operands, option->n_operands, checker->header->n_operands))
		return bad(checker, &option->operands, "operands %u + %u past the last of %u", option->operands, option->n_operands,
		           checker->header->n_operands);
	return check_effect(checker, &option->effect) && check_turns(checker, option) &&
	       check_string_list(checker, &option->until, option->until, option->n_until);
}

static bool check_when(const struct checker *checker, const struct table_when *when)
{
	if (when->lowers_to > RISK_COUNT)
		return bad(checker, &when->lowers_to, "lowers to a risk that does not exist");
	return check_effect(checker, &when->effect) &&
	       check_string_list(checker, &when->operands, when->operands, when->n_operands);
}

/* Names are strictly ascending (so that the binary search finds them) and lead to options of their own node. */
static bool check_option_names(const struct checker *checker, const struct table_node *node)
{
	const struct table_option_name *names = checker->table->option_names + node->option_names;

	for (uint32_t i = 0; i < node->n_option_names; i++) {
		if (!is_string(checker, names[i].name))
			return bad(checker, &names[i].name, "an option's name is not a string of the pool");
		if (names[i].option < node->options || names[i].option - node->options >= node->n_options)
			return bad(checker, &names[i].option, "option %u belongs to another tool", names[i].option);
		if (i && strcmp(checker->table->pool + names[i - 1].name, checker->table->pool + names[i].name) >= 0)
			return bad(checker, &names[i].name, "the names of options are not sorted");
	}
	return true;
}

static bool check_ranges(const struct checker *checker, const struct table_node *node)
{
	const struct table_header *header = checker->header;

	if (in_range(node->options, node->n_options, header->n_options) &&
	    in_range(node->option_names, node->n_option_names, header->n_option_names) &&
	    in_range(node->operands, node->n_operands, header->n_operands) &&
	    in_range(node->whens, node->n_whens, header->n_whens))
		return true;
	return bad(checker, &node->options, "options, operands or when clauses past the last");
}

static bool check_node(const struct checker *checker, const struct table_node *node)
{
	const struct table *table = checker->table;
	uint32_t index = (uint32_t)(node - table->nodes);

	if (!is_string(checker, node->name) || !is_string(checker, node->about))
		return bad(checker, &node->name, "a tool's name is not a string of the pool");
	if (node->parent != TABLE_NONE && node->parent >= index)
		return bad(checker, &node->parent, "node %u belongs to node %u, which is not before it", index, node->parent);
	if (node->depth > DEPTH_INFERRED || node->style > STYLE_NONE || node->flags & ~(NODE_UNKNOWN_TEXT * 2 - 1) ||
	    node->output >= STREAM_ROLE_COUNT || node->input >= STREAM_ROLE_COUNT)
		return bad(checker, &node->depth, "a tool's depth, style, flag or role does not exist");
	if (!check_effect(checker, &node->effect) || !check_ranges(checker, node) || !check_option_names(checker, node))
		return false;
	if (!(node->effect.flags & CAPS_RISK_MASK))
		return bad(checker, &node->effect.flags, "a tool without a risk");
	if (table_find(table, table_string(table, node->name), strlen(table_string(table, node->name))) != index)
		return bad(checker, &node->name, "node %u is not found under its name", index);
	return true;
}

/* The key of an entry; false when it points outside the pool. */
static bool entry_key(const struct checker *checker, const struct table_entry *entry, const char **key, uint32_t *len)
{
	uint32_t offset;

	*key = entry->key;
	*len = entry->len;
	if (entry->len <= TABLE_KEY_INLINE)
		return true;
	memcpy(&offset, entry->key, sizeof(offset));
	memcpy(len, entry->key + sizeof(offset), sizeof(*len));
	*key = checker->table->pool + offset;
	return entry->len == TABLE_KEY_LONG && *len > TABLE_KEY_INLINE && *len <= TABLE_KEY_MAX && is_string(checker, offset) &&
	       in_range(offset, *len, checker->header->pool_bytes);
}

static bool check_entry(const struct checker *checker, const struct table_entry *entry)
{
	const struct table_node *nodes = checker->table->nodes;
	struct descriptor descriptor;
	const char *key;
	uint32_t len;

	if (!entry_key(checker, entry, &key, &len))
		return bad(checker, &entry->len, "a key is not inside its entry or the pool");
	if (entry->node >= checker->header->n_nodes)
		return bad(checker, &entry->node, "node %u of %u", entry->node, checker->header->n_nodes);
	if (table_lookup(checker->table, key, len) != entry)
		return bad(checker, entry, "a key is not in its slot");
	if (descriptor_decode(entry->descriptor, len, &descriptor) != DESCRIPTOR_OURS ||
	    descriptor.hash != descriptor_hash(key, len) || descriptor.flags != nodes[entry->node].effect.flags)
		return bad(checker, entry->descriptor, "a descriptor does not agree with its tool");
	return true;
}

static bool check_entries(const struct checker *checker)
{
	static const struct table_entry empty = { .node = TABLE_NONE };
	const struct table_entry *entries = checker->table->entries;
	uint32_t n_keys = 0;

	for (uint32_t slot = 0; slot < checker->header->n_slots; slot++) {
		if (memcmp(&entries[slot], &empty, sizeof(empty)) == 0)
			continue;
		if (!check_entry(checker, &entries[slot]))
			return false;
		n_keys++;
	}
	if (n_keys != checker->header->n_keys)
		return bad(checker, &checker->header->n_keys, "%u keys instead of %u", n_keys, checker->header->n_keys);
	return true;
}

static bool check_operand(const struct checker *checker, const struct table_operand *operand)
{
	if (operand->kind < OPERAND_COUNT && operand->repeats <= 1 && !operand->reserved)
		return true;
	return bad(checker, operand, "an operand of a kind that does not exist");
}

#define CHECK_EACH(section, count, check)                                          \
	for (uint32_t i = 0; i < checker.header->count; i++)                       \
		if (!check(&checker, &checker.table->section[i]))                  \
			return -EINVAL

int table_check_all(const struct table *table, char *why, size_t why_size)
{
	struct checker checker = { table, table->header, why, why_size };

	if (table_checksum(table->header) != table->header->checksum) {
		bad(&checker, &table->header->checksum, "the checksum does not hold");
		return -EINVAL;
	}
	CHECK_EACH(operands, n_operands, check_operand);
	CHECK_EACH(options, n_options, check_option);
	CHECK_EACH(whens, n_whens, check_when);
	CHECK_EACH(nodes, n_nodes, check_node);
	return check_entries(&checker) ? 0 : -EINVAL;
}
