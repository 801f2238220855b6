#include "config.h"
#include "common/knowledge_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPTIONS_PER_NODE_MAX = 4096, BITS_MAX = 64, NO_BIT = 255, ARITY_MAX = 255 };

static const struct source_key option_keys[] = {
	{ "names", SHAPE_STRINGS, true },     { "value", SHAPE_STRING, false },   { "arity", SHAPE_NUMBER, false },
	{ "optional", SHAPE_BOOL, false },    { "once", SHAPE_BOOL, false },      { "ends", SHAPE_BOOL, false },
	{ "takes_first", SHAPE_BOOL, false },
	{ "until", SHAPE_STRINGS, false },    { "adds", SHAPE_STRINGS, false },   { "risk", SHAPE_STRING, false },
	{ "why", SHAPE_STRING, false },       { "safer", SHAPE_STRING, false },   { "rule", SHAPE_STRING, false },
	{ "lowers", SHAPE_STRING, false },    { "operands", SHAPE_STRINGS, false }, { "turns", SHAPE_OBJECT, false },
	{ "output", SHAPE_STRING, false },    { "input", SHAPE_STRING, false },   { "about", SHAPE_STRING, false },
	{ NULL, SHAPE_STRING, false },
};

static const struct source_key when_keys[] = {
	{ "all", SHAPE_STRINGS, false },      { "any", SHAPE_STRINGS, false },    { "none", SHAPE_STRINGS, false },
	{ "operands", SHAPE_STRINGS, false }, { "at", SHAPE_NUMBER, false },      { "min_operands", SHAPE_NUMBER, false },
	{ "max_operands", SHAPE_NUMBER, false }, { "risk", SHAPE_STRING, false }, { "adds", SHAPE_STRINGS, false },
	{ "why", SHAPE_STRING, false },       { "safer", SHAPE_STRING, false },   { "rule", SHAPE_STRING, false },
	{ "lowers", SHAPE_STRING, false },    { NULL, SHAPE_STRING, false },
};

static void option_label(const struct draft *draft, const cJSON *json, char *label, size_t size)
{
	const cJSON *names = source_get(json, "names", SHAPE_STRINGS);
	const cJSON *first = cJSON_GetArrayItem(names, 0);

	snprintf(label, size, "\"%.60s\" option \"%.40s\"", draft->key, first ? first->valuestring : "");
}

static bool has_letter_or_digit(const char *s)
{
	for (; *s; s++)
		if ((*s >= '0' && *s <= '9') || (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z'))
			return true;
	return false;
}

static void check_option_name(struct reader *reader, const struct draft *draft, const cJSON *item, const char *what)
{
	const char *name = item->valuestring;
	size_t len = strlen(name);
	bool dashed = name[0] == '-' || name[0] == '+';

	if (!check_text(reader, item, what))
		return;
	if (strchr(name, ' '))
		reader_problem(reader, source_line(item), "%s: the name \"%.40s\" holds a blank; one word a name", what, name);
	else if (dashed && len > 1 && name[len - 1] == '=')
		reader_problem(reader, source_line(item), "%s: write \"%.*s\" with \"value\" instead of \"%.40s\"", what,
		               (int)(len - 1 < 40 ? len - 1 : 40), name, name);
	else if (!dashed && name[len - 1] != '=' && has_letter_or_digit(name))
		reader_problem(reader, source_line(item), "%s: the name \"%.40s\" must begin with - or + or end with =", what, name);
	else if (dashed && draft->node.style == STYLE_NONE)
		reader_problem(reader, source_line(item), "%s: style \"none\" has no options; give the tool another style or make it an operand",
		               what);
}

static void add_spelling(struct reader *reader, struct draft *draft, const char *name, uint32_t option, unsigned line, bool own)
{
	struct spelling spelling = { name, option, line, own };

	section_add(reader, &draft->spellings, &spelling);
}

static void read_until(struct reader *reader, const cJSON *json, const char *what, struct table_option *option)
{
	const cJSON *list = source_get(json, "until", SHAPE_STRINGS);
	const cJSON *item;

	if (!list)
		return;
	if (option->value != OPERAND_COMMAND && option->value != OPERAND_COMMAND_REMOTE)
		reader_problem(reader, source_line(list), "%s: \"until\" needs \"value\": \"command\"", what);
	option->until = reader->knowledge->strings.n;
	cJSON_ArrayForEach(item, list) {
		uint32_t ref = store_string(reader, item->valuestring);
		if (option->n_until == UINT8_MAX || !check_text(reader, item, what))
			break;
		section_add(reader, &reader->knowledge->strings, &ref);
		option->n_until++;
	}
}

static void read_value(struct reader *reader, const cJSON *json, const char *what, struct table_option *option)
{
	const cJSON *value = source_get(json, "value", SHAPE_STRING);
	int kind = value ? read_kind(reader, value, value->valuestring) : OPERAND_NOTHING;

	option->value = (uint8_t)(kind < 0 ? OPERAND_TEXT : kind);
	option->arity = (uint8_t)source_number(reader, json, "arity", option->value != OPERAND_NOTHING, 1, ARITY_MAX);
	if (option->value == OPERAND_NOTHING && (cJSON_HasObjectItem(json, "arity") || source_bool(json, "optional", false)))
		reader_problem(reader, source_line(json), "%s: \"arity\" or \"optional\" without \"value\"; say what the value is", what);
	read_until(reader, json, what, option);
}

static void read_option_behavior(struct reader *reader, const cJSON *json, const char *what, struct table_option *option)
{
	int lowers = read_risk(reader, json, "lowers");

	if (source_bool(json, "optional", false))
		option->flags |= OPTION_OPTIONAL;
	if (source_bool(json, "once", false))
		option->flags |= OPTION_ONCE;
	if (source_bool(json, "takes_first", false))
		option->flags |= OPTION_TAKES_FIRST;
	if (source_bool(json, "ends", false))
		option->flags |= OPTION_ENDS;
	if (lowers >= 0) {
		option->flags |= OPTION_LOWERS;
		option->lowers_to = (uint8_t)lowers;
	}
	if (source_get(json, "operands", SHAPE_STRINGS)) {
		option->flags |= OPTION_HAS_OPERANDS;
		option->operands = read_operands(reader, json, what, &option->n_operands);
	}
	if (source_string(json, "output"))
		option->output = (uint8_t)(read_role(reader, json, "output", STREAM_DATA) + 1);
	if (source_string(json, "input"))
		option->input = (uint8_t)(read_role(reader, json, "input", STREAM_DATA) + 1);
}

/* The spelling that explains best: the first long one, else the first. */
static const char *speaking_name(const cJSON *names)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, names)
		if (strncmp(item->valuestring, "--", 2) == 0)
			return item->valuestring;
	return cJSON_GetArrayItem(names, 0)->valuestring;
}

static void read_option(struct reader *reader, struct draft *draft, const cJSON *json, bool own)
{
	const cJSON *names = source_get(json, "names", SHAPE_STRINGS);
	struct table_option option = { .bit = NO_BIT };
	struct option_source source = { json, 0, own };
	char what[160];
	const cJSON *item;

	option_label(draft, json, what, sizeof(what));
	source_check(reader, json, option_keys, what);
	if (!names)
		return;
	if (!names->child) {
		reader_problem(reader, source_line(names), "%s: no names; give at least one", what);
		return;
	}
	read_effect(reader, json, what, draft->key, speaking_name(names), &option.effect);
	read_value(reader, json, what, &option);
	read_option_behavior(reader, json, what, &option);
	option.name = store_string(reader, names->child->valuestring);
	source.option = section_add(reader, &reader->knowledge->options, &option);
	section_add(reader, &draft->sources, &source);
	cJSON_ArrayForEach(item, names) {
		check_option_name(reader, draft, item, what);
		add_spelling(reader, draft, item->valuestring, source.option, source_line(item), own);
	}
}

static void read_option_list(struct reader *reader, struct draft *draft, const cJSON *tool, bool own)
{
	const cJSON *list = source_get(tool, "options", SHAPE_OBJECTS);
	const cJSON *item;

	cJSON_ArrayForEach(item, list)
		if (!reader_stopped(reader))
			read_option(reader, draft, item, own);
}

/* --help, and --version of the tool itself, only show something, whatever else stands on the line. */
static void add_help(struct reader *reader, struct draft *draft)
{
	static const char *const names[] = { "--help", "--version", "-help", "-version" };
	size_t n = draft->node.style == STYLE_SINGLE ? 4 : 2;
	bool subcommand = strchr(draft->key, ' '); /* --version often takes a value there */

	for (size_t i = 0; i < n; i += 1 + subcommand) {
		struct table_option option = { .bit = NO_BIT, .flags = OPTION_LOWERS, .lowers_to = RISK_SAFE };
		option.name = store_string(reader, names[i]);
		add_spelling(reader, draft, names[i], section_add(reader, &reader->knowledge->options, &option), 0, false);
	}
}

/* A structured tool's arguments are options without dashes. */
static void read_arguments(struct reader *reader, struct draft *draft, const cJSON *arguments)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, arguments) {
		struct table_option option = { .bit = NO_BIT, .arity = 1 };
		int kind = cJSON_IsString(item) ? read_kind(reader, item, item->valuestring) : -1;
		if (!cJSON_IsString(item) || !*item->string)
			reader_problem(reader, source_line(item), "\"%.60s\" argument \"%.40s\" must be a name and an operand kind", draft->key,
			               item->string);
		option.value = (uint8_t)(kind < 0 ? OPERAND_TEXT : kind);
		option.name = store_string(reader, item->string);
		add_spelling(reader, draft, item->string, section_add(reader, &reader->knowledge->options, &option), source_line(item),
		             true);
	}
}

/* By name; of equal names the one read first (own before inherited before --help) comes first. */
static int compare_spellings(const void *a, const void *b)
{
	const struct spelling *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : (x->option > y->option) - (x->option < y->option);
}

/* Sorts the spellings, drops what an own option hides, and makes the image's names of them. */
static void settle_names(struct reader *reader, struct draft *draft)
{
	struct knowledge_section *section = &draft->spellings;
	struct spelling *spellings = section->items;
	uint32_t kept = 0;

	if (section->n)
		qsort(spellings, section->n, sizeof(*spellings), compare_spellings);
	for (uint32_t i = 0; i < section->n; i++) {
		if (!kept || strcmp(spellings[kept - 1].name, spellings[i].name) != 0)
			spellings[kept++] = spellings[i];
		else if (spellings[i].own)
			reader_problem(reader, spellings[i].line, "\"%.60s\": option \"%.40s\" is listed twice; keep one", draft->key,
			               spellings[i].name);
	}
	section->n = kept;
	draft->node.option_names = reader->knowledge->option_names.n;
	for (uint32_t i = 0; i < kept; i++) {
		struct table_option_name name = { store_string(reader, spellings[i].name), spellings[i].option };
		section_add(reader, &reader->knowledge->option_names, &name);
	}
	draft->node.n_option_names = (uint16_t)kept;
}

static int compare_spelling_name(const void *name, const void *spelling)
{
	return strcmp(name, ((const struct spelling *)spelling)->name);
}

/* The option of that spelling; TABLE_NONE when a problem was reported. */
static uint32_t find_spelling(struct reader *reader, const struct draft *draft, const char *name, unsigned line)
{
	const struct spelling *found = NULL;

	if (draft->spellings.n)
		found = bsearch(name, draft->spellings.items, draft->spellings.n, sizeof(*found), compare_spelling_name);
	if (found)
		return found->option;
	reader_problem(reader, line, "\"%.60s\" has no option \"%.40s\"; list it under \"options\" or remove it here", draft->key,
	               name);
	return TABLE_NONE;
}

static void read_turns(struct reader *reader, const struct draft *draft, const struct option_source *source)
{
	struct knowledge_section *strings = &reader->knowledge->strings;
	uint32_t first = strings->n;
	uint32_t n = 0;
	const cJSON *item;

	cJSON_ArrayForEach(item, source_get(source->json, "turns", SHAPE_OBJECT)) {
		uint32_t option = find_spelling(reader, draft, item->string, source_line(item));
		int kind = cJSON_IsString(item) ? read_kind(reader, item, item->valuestring) : -1;
		uint32_t value = (uint32_t)kind;
		if (!cJSON_IsString(item))
			reader_problem(reader, source_line(item), "\"turns\" gives option names operand kinds, as {\"-f\": \"path:write\"}");
		if (option == TABLE_NONE || kind < 0)
			continue;
		section_add(reader, strings, &option);
		section_add(reader, strings, &value);
		n++;
	}
	if (!n || reader->error)
		return;
	SECTION_AT(&reader->knowledge->options, struct table_option, source->option)->turns = first;
	SECTION_AT(&reader->knowledge->options, struct table_option, source->option)->n_turns = n;
}

static void read_all_turns(struct reader *reader, struct draft *draft)
{
	for (uint32_t i = 0; i < draft->sources.n; i++) {
		const struct option_source *source = SECTION_AT(&draft->sources, struct option_source, i);
		bool quiet = reader->quiet;
		reader->quiet = quiet || !source->own;
		read_turns(reader, draft, source);
		reader->quiet = quiet;
	}
}

static void read_inherited(struct reader *reader, struct draft *draft)
{
	bool quiet = reader->quiet;

	reader->quiet = true;
	for (const struct draft *up = draft->parent; up && source_bool(up->json, "inherit", false); up = up->parent)
		read_option_list(reader, draft, up->json, false);
	reader->quiet = quiet;
}

void read_options(struct reader *reader, struct draft *draft)
{
	const cJSON *arguments = source_get(draft->json, "arguments", SHAPE_OBJECT);
	uint32_t n;

	draft->node.options = reader->knowledge->options.n;
	if (arguments) {
		read_arguments(reader, draft, arguments);
	} else {
		read_option_list(reader, draft, draft->json, true);
		read_inherited(reader, draft);
		if (draft->node.style != STYLE_NONE)
			add_help(reader, draft);
	}
	n = reader->knowledge->options.n - draft->node.options;
	if (n > OPTIONS_PER_NODE_MAX || draft->spellings.n > UINT16_MAX)
		reader_problem(reader, source_line(draft->json), "\"%.60s\" has more than %d options; split it into subcommands", draft->key,
		               OPTIONS_PER_NODE_MAX);
	draft->node.n_options = (uint16_t)n;
	settle_names(reader, draft);
	read_all_turns(reader, draft);
}

/* --- when --- */

static uint64_t read_option_set(struct reader *reader, struct draft *draft, const cJSON *when, const char *name)
{
	const cJSON *list = source_get(when, name, SHAPE_STRINGS);
	uint64_t set = 0;
	const cJSON *item;

	cJSON_ArrayForEach(item, list) {
		uint32_t index = find_spelling(reader, draft, item->valuestring, source_line(item));
		if (index == TABLE_NONE || reader->error)
			continue;
		struct table_option *option = SECTION_AT(&reader->knowledge->options, struct table_option, index);
		if (option->bit == NO_BIT && draft->n_bits == BITS_MAX) {
			reader_problem(reader, source_line(item), "\"%.60s\": its when clauses name more than %d options; use fewer", draft->key,
			               BITS_MAX);
			continue;
		}
		if (option->bit == NO_BIT)
			option->bit = (uint8_t)draft->n_bits++;
		set |= UINT64_C(1) << option->bit;
	}
	return set;
}

static void read_globs(struct reader *reader, const cJSON *json, const char *what, struct table_when *when)
{
	const cJSON *list = source_get(json, "operands", SHAPE_STRINGS);
	const cJSON *item;

	when->operands = reader->knowledge->strings.n;
	cJSON_ArrayForEach(item, list) {
		uint32_t ref = store_string(reader, item->valuestring);
		if (when->n_operands == UINT16_MAX || !check_text(reader, item, what))
			break;
		section_add(reader, &reader->knowledge->strings, &ref);
		when->n_operands++;
	}
}

/* "recursive.force" of {"all": ["-r", "--force"]}: the end of the default rule id. */
static void when_word(const cJSON *json, char *word, size_t size)
{
	const cJSON *list = source_get(json, "all", SHAPE_STRINGS);
	const cJSON *item;

	if (!list || !list->child)
		list = source_get(json, "any", SHAPE_STRINGS);
	word[0] = '\0';
	cJSON_ArrayForEach(item, list)
		rule_append(word, size, item->valuestring);
}

static void read_when(struct reader *reader, struct draft *draft, const cJSON *json)
{
	struct table_when when = { 0 };
	int lowers = read_risk(reader, json, "lowers");
	char what[128], word[96];

	snprintf(what, sizeof(what), "\"%.60s\" when", draft->key);
	source_check(reader, json, when_keys, what);
	when_word(json, word, sizeof(word));
	read_effect(reader, json, what, draft->key, word, &when.effect);
	when.all = read_option_set(reader, draft, json, "all");
	when.any = read_option_set(reader, draft, json, "any");
	when.none = read_option_set(reader, draft, json, "none");
	read_globs(reader, json, what, &when);
	when.operand_at = (uint8_t)source_number(reader, json, "at", UINT8_MAX, 0, UINT8_MAX - 1);
	when.min_operands = source_number(reader, json, "min_operands", 0, 0, UINT32_MAX - 1);
	when.max_operands = source_number(reader, json, "max_operands", TABLE_NONE, 0, UINT32_MAX - 1);
	when.lowers_to = (uint8_t)(lowers + 1);
	if (!when.all && !when.any && !when.none && !when.n_operands && !when.min_operands && when.max_operands == TABLE_NONE)
		reader_problem(reader, source_line(json), "%s: no condition; give all, any, none, operands, min_operands or max_operands",
		               what);
	if (!when.effect.flags && !when.effect.why && !when.lowers_to)
		reader_problem(reader, source_line(json), "%s: no effect; give risk, adds, why or lowers", what);
	section_add(reader, &reader->knowledge->whens, &when);
}

void read_whens(struct reader *reader, struct draft *draft)
{
	const cJSON *list = source_get(draft->json, "when", SHAPE_OBJECTS);
	const cJSON *item;

	draft->node.whens = reader->knowledge->whens.n;
	cJSON_ArrayForEach(item, list)
		if (!reader_stopped(reader))
			read_when(reader, draft, item);
	if (reader->knowledge->whens.n - draft->node.whens > UINT16_MAX)
		reader_problem(reader, source_line(list), "\"%.60s\" has more than %d when clauses", draft->key, UINT16_MAX);
	draft->node.n_whens = (uint16_t)(reader->knowledge->whens.n - draft->node.whens);
}
