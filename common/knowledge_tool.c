#include "config.h"
#include "common/knowledge_read.h"
#include "common/descriptor.h"
#include "common/table_layout.h"

#include <stdio.h>
#include <string.h>

enum { SUBCOMMAND_DEPTH_MAX = 8, KEYS_PER_NODE_MAX = 256 };

static const struct source_key family_keys[] = {
	{ "$schema", SHAPE_STRING, false }, { "family", SHAPE_STRING, true }, { "about", SHAPE_STRING, false },
	{ "tools", SHAPE_OBJECTS, true },   { NULL, SHAPE_STRING, false },
};

static const struct source_key tool_keys[] = {
	{ "name", SHAPE_STRING, true },       { "aliases", SHAPE_STRINGS, false },       { "about", SHAPE_STRING, false },
	{ "depth", SHAPE_STRING, false },     { "risk", SHAPE_STRING, true },            { "adds", SHAPE_STRINGS, false },
	{ "why", SHAPE_STRING, false },       { "safer", SHAPE_STRING, false },          { "rule", SHAPE_STRING, false },
	{ "style", SHAPE_STRING, false },     { "permute", SHAPE_BOOL, false },          { "bundle", SHAPE_BOOL, false },
	{ "abbreviate", SHAPE_BOOL, false },  { "unknown_options", SHAPE_STRING, false }, { "inherit", SHAPE_BOOL, false },
	{ "subcommand", SHAPE_STRING, false }, { "subcommands", SHAPE_OBJECTS, false },  { "options", SHAPE_OBJECTS, false },
	{ "operands", SHAPE_STRINGS, false }, { "when", SHAPE_OBJECTS, false },          { "output", SHAPE_STRING, false },
	{ "input", SHAPE_STRING, false },     { "arguments", SHAPE_OBJECT, false },      { "performance", SHAPE_OBJECT, false },
	{ NULL, SHAPE_STRING, false },
};

static const struct source_key performance_keys[] = {
	{ "exec_ms", SHAPE_NUMBER, false }, { "mem_mb", SHAPE_NUMBER, false }, { "out_kb", SHAPE_NUMBER, false },
	{ NULL, SHAPE_STRING, false },
};

static const char *const depth_names[] = { [DEPTH_FULL] = "full", [DEPTH_BRIEF] = "brief", [DEPTH_INFERRED] = "inferred" };

/* What a style says unless bundle or abbreviate say otherwise. */
static const struct {
	const char *name;
	uint8_t flags;
} styles[] = {
	[STYLE_GNU] = { "gnu", NODE_BUNDLE | NODE_ABBREVIATE },
	[STYLE_SINGLE] = { "single", 0 },
	[STYLE_TAR] = { "tar", NODE_BUNDLE | NODE_ABBREVIATE },
	[STYLE_NONE] = { "none", 0 },
};

enum { N_DEPTHS = sizeof(depth_names) / sizeof(depth_names[0]), N_STYLES = sizeof(styles) / sizeof(styles[0]) };

static const char *depth_name(unsigned i)
{
	return depth_names[i];
}

static const char *style_name(unsigned i)
{
	return styles[i].name;
}

/* The index of the value of a key among n names; 0 when it is not there or unknown (reported). */
static uint8_t read_choice(struct reader *reader, const cJSON *object, const char *key, const char *(*name_of)(unsigned i),
                           unsigned n)
{
	const cJSON *item = source_get(object, key, SHAPE_STRING);

	if (!item)
		return 0;
	for (unsigned i = 0; i < n; i++)
		if (strcmp(item->valuestring, name_of(i)) == 0)
			return (uint8_t)i;
	reader_unknown(reader, source_line(item), key, item->valuestring, name_of, n);
	return 0;
}

/* For keys with one or two words that need no table: true when the value is word, false when it is other (may be NULL). */
static bool read_word(struct reader *reader, const cJSON *object, const char *key, const char *word, const char *other)
{
	const cJSON *item = source_get(object, key, SHAPE_STRING);

	if (!item || (other && strcmp(item->valuestring, other) == 0))
		return false;
	if (strcmp(item->valuestring, word) == 0)
		return true;
	if (other)
		reader_problem(reader, source_line(item), "\"%s\" must be \"%s\" or \"%s\"", key, other, word);
	else
		reader_problem(reader, source_line(item), "\"%s\" must be \"%s\" or left out", key, word);
	return false;
}

static void read_flags(struct reader *reader, const cJSON *json, struct table_node *node)
{
	uint8_t flags = styles[node->style].flags;
	bool optional = read_word(reader, json, "subcommand", "optional", "required");

	if (!source_bool(json, "bundle", flags & NODE_BUNDLE))
		flags &= (uint8_t)~NODE_BUNDLE;
	else
		flags |= NODE_BUNDLE;
	if (!source_bool(json, "abbreviate", flags & NODE_ABBREVIATE))
		flags &= (uint8_t)~NODE_ABBREVIATE;
	else
		flags |= NODE_ABBREVIATE;
	if (source_bool(json, "permute", true))
		flags |= NODE_PERMUTE;
	if (read_word(reader, json, "unknown_options", "operands", NULL))
		flags |= NODE_UNKNOWN_TEXT;
	if (cJSON_HasObjectItem(json, "subcommands"))
		flags |= (uint8_t)(NODE_SUBCOMMANDS | (optional ? NODE_SUB_OPTIONAL : 0));
	else if (cJSON_HasObjectItem(json, "subcommand"))
		reader_problem(reader, source_line(json), "\"subcommand\" without \"subcommands\"; list them or remove it");
	if (cJSON_HasObjectItem(json, "arguments"))
		flags |= NODE_TYPED;
	node->flags = flags;
}

static void read_performance(struct reader *reader, const cJSON *json, const char *what)
{
	const cJSON *object = source_get(json, "performance", SHAPE_OBJECT);
	struct knowledge_performance performance;

	if (object)
		source_check(reader, object, performance_keys, what);
	performance.exec_ms = source_number(reader, object, "exec_ms", 100, 0, DESCRIPTOR_EXEC_MS_MAX);
	performance.mem_mb = (uint16_t)source_number(reader, object, "mem_mb", 10, 0, UINT16_MAX);
	performance.out_kb = (uint16_t)source_number(reader, object, "out_kb", 1, 0, UINT16_MAX);
	section_add(reader, &reader->knowledge->performance, &performance);
}

/* What cannot be true at the same time. */
static void check_tool(struct reader *reader, const struct draft *draft, const char *what)
{
	static const char *const untyped[] = { "options", "operands", "subcommands", "style" };
	const struct table_node *node = &draft->node;
	unsigned line = source_line(draft->json);

	if (node->depth != DEPTH_FULL && node->effect.flags & CAP_RISK_SAFE)
		reader_problem(reader, line, "%s: depth %s is never safe; make it full, with cases, or raise the risk to low", what,
		               depth_names[node->depth]);
	for (size_t i = 0; node->flags & NODE_TYPED && i < sizeof(untyped) / sizeof(untyped[0]); i++)
		if (cJSON_HasObjectItem(draft->json, untyped[i]))
			reader_problem(reader, line, "%s: \"arguments\" and \"%s\" exclude each other; a structured tool has only arguments",
			               what, untyped[i]);
}

/* --- keys --- */

/* One word that can stand as a command or subcommand. */
static bool check_word(struct reader *reader, const cJSON *item, const char *what)
{
	if (!check_text(reader, item, what))
		return false;
	if (!strpbrk(item->valuestring, " /"))
		return true;
	reader_problem(reader, source_line(item), "%s \"%.60s\" holds a blank or slash; give one word, subcommands go under \"subcommands\"",
	               what, item->valuestring);
	return false;
}

static void add_key(struct reader *reader, const char *prefix, const char *word, uint32_t node, unsigned line)
{
	char name[TABLE_KEY_MAX + 1];
	int len = snprintf(name, sizeof(name), "%s%s%s", prefix, *prefix ? " " : "", word);

	if (len < 0 || (size_t)len >= sizeof(name)) {
		reader_problem(reader, line, "the name \"%.60s...\" is over %d bytes; shorten it", name, TABLE_KEY_MAX);
		return;
	}
	struct knowledge_key key = { store_string(reader, name), node, reader->file_at, line };
	section_add(reader, &reader->knowledge->keys, &key);
}

/* word behind every key of the parent: "push" -> "git push", and "g push" when git is also called g. */
static void add_keys(struct reader *reader, const struct draft *draft, const cJSON *word)
{
	char prefix[TABLE_KEY_MAX + 1];

	if (!draft->parent) {
		add_key(reader, "", word->valuestring, draft->index, source_line(word));
		return;
	}
	for (uint32_t i = 0; i < draft->parent->n_keys && !reader_stopped(reader); i++) {
		uint32_t at = draft->parent->first_key + i;
		uint32_t name = SECTION_AT(&reader->knowledge->keys, struct knowledge_key, at)->name;
		snprintf(prefix, sizeof(prefix), "%s", stored_string(reader->knowledge, name));
		add_key(reader, prefix, word->valuestring, draft->index, source_line(word));
	}
}

static void read_names(struct reader *reader, struct draft *draft, const char *what)
{
	const cJSON *item;

	draft->first_key = reader->knowledge->keys.n;
	add_keys(reader, draft, source_get(draft->json, "name", SHAPE_STRING));
	cJSON_ArrayForEach(item, source_get(draft->json, "aliases", SHAPE_STRINGS))
		if (check_word(reader, item, what))
			add_keys(reader, draft, item);
	draft->n_keys = reader->knowledge->keys.n - draft->first_key;
	if (draft->n_keys > KEYS_PER_NODE_MAX)
		reader_problem(reader, source_line(draft->json), "%s has more than %d names with those of what it belongs to; use fewer aliases",
		               what, KEYS_PER_NODE_MAX);
}

/* --- tools --- */

static void read_tool(struct reader *reader, const cJSON *json, const struct draft *parent);

static void read_subcommands(struct reader *reader, const struct draft *draft)
{
	const cJSON *list = source_get(draft->json, "subcommands", SHAPE_OBJECTS);
	const cJSON *item;

	if (list && draft->depth == SUBCOMMAND_DEPTH_MAX) {
		reader_problem(reader, source_line(list), "\"%.60s\": subcommands nested over %d deep", draft->key, SUBCOMMAND_DEPTH_MAX);
		return;
	}
	cJSON_ArrayForEach(item, list)
		if (!reader_stopped(reader))
			read_tool(reader, item, draft);
}

static void read_node(struct reader *reader, struct draft *draft, const char *what)
{
	struct table_node *node = &draft->node;
	const cJSON *about = source_get(draft->json, "about", SHAPE_STRING);
	uint32_t n_operands;

	node->name = store_string(reader, draft->key);
	node->about = about && check_text(reader, about, what) ? store_string(reader, about->valuestring) : 0;
	node->parent = draft->parent ? draft->parent->index : TABLE_NONE;
	node->depth = read_choice(reader, draft->json, "depth", depth_name, N_DEPTHS);
	node->style = read_choice(reader, draft->json, "style", style_name, N_STYLES);
	if (cJSON_HasObjectItem(draft->json, "arguments"))
		node->style = STYLE_NONE;
	node->output = (uint8_t)read_role(reader, draft->json, "output", STREAM_DATA);
	node->input = (uint8_t)read_role(reader, draft->json, "input", STREAM_NONE);
	read_flags(reader, draft->json, node);
	read_effect(reader, draft->json, what, draft->key, NULL, &node->effect);
	read_options(reader, draft);
	node->operands = read_operands(reader, draft->json, what, &n_operands);
	node->n_operands = (uint16_t)n_operands;
	read_whens(reader, draft);
	read_performance(reader, draft->json, what);
	check_tool(reader, draft, what);
}

/* A tool or subcommand, and all below it. The node's place is taken first: those below it come behind. */
static void read_tool(struct reader *reader, const cJSON *json, const struct draft *parent)
{
	struct draft draft = { .json = json, .parent = parent, .depth = parent ? parent->depth + 1 : 1 };
	const cJSON *name = source_get(json, "name", SHAPE_STRING);
	char key[TABLE_KEY_MAX + 1], what[128];

	snprintf(key, sizeof(key), "%s%s%s", parent ? parent->key : "", parent ? " " : "", name ? name->valuestring : "?");
	snprintf(what, sizeof(what), "%s \"%.80s\"", parent ? "subcommand" : "tool", key);
	source_check(reader, json, tool_keys, what);
	if (!name || !check_word(reader, name, what))
		return;
	draft.key = key;
	section_init(&draft.spellings, sizeof(struct spelling));
	section_init(&draft.sources, sizeof(struct option_source));
	draft.index = section_add(reader, &reader->knowledge->nodes, &draft.node);
	read_node(reader, &draft, what);
	section_free(&draft.spellings);
	section_free(&draft.sources);
	if (reader->error)
		return;
	*SECTION_AT(&reader->knowledge->nodes, struct table_node, draft.index) = draft.node;
	read_names(reader, &draft, what);
	read_subcommands(reader, &draft);
}

void read_family(struct reader *reader, const cJSON *family)
{
	const cJSON *name = source_get(family, "family", SHAPE_STRING);
	const cJSON *item;

	if (!cJSON_IsObject(family)) {
		reader_problem(reader, source_line(family), "the file must hold one object: {\"family\": \"...\", \"tools\": [...]}");
		return;
	}
	source_check(reader, family, family_keys, "family");
	if (name)
		check_text(reader, name, "\"family\"");
	cJSON_ArrayForEach(item, source_get(family, "tools", SHAPE_OBJECTS))
		if (!reader_stopped(reader))
			read_tool(reader, item, NULL);
}
