#include "config.h"
#include "common/command.h"

#include <string.h>

/* The words of one call, as the parser walks over them. */
struct cursor {
	struct resolved *r;
	uint32_t at;   /* next word */
	bool operands_only;
	bool ended;    /* an option ended everything */
};

static const struct table *table_of(const struct resolved *r)
{
	return r->run->table;
}

/* Makes room for one more pointer behind n; the room doubles. False when memory ran out. */
static bool make_room(struct arena *arena, void *list, uint32_t n, uint32_t *room)
{
	void *grown;

	if (n < *room)
		return true;
	grown = arena_alloc(arena, 2 * (size_t)*room * sizeof(void *));
	if (!grown)
		return false;
	memcpy(grown, *(void **)list, n * sizeof(void *));
	*(void **)list = grown;
	*room *= 2;
	return true;
}

static bool add_operand(struct resolved *r, const struct field *word)
{
	if (!make_room(r->run->arena, &r->operands, r->n_operands, &r->room_operands))
		return false;
	r->operands[r->n_operands++] = word;
	return true;
}

static struct option_hit *add_hit(struct resolved *r, uint32_t option)
{
	struct option_hit *hit;

	if (r->n_hits == HITS_MAX || !make_room(r->run->arena, &r->hits, r->n_hits, &r->room_hits))
		return NULL;
	hit = arena_new(r->run->arena, struct option_hit);
	if (!hit)
		return NULL;
	hit->option = &table_of(r)->options[option];
	hit->kind = hit->option->value;
	r->hits[r->n_hits++] = hit;
	if (hit->option->bit < 64)
		r->seen |= UINT64_C(1) << hit->option->bit;
	return hit;
}

static void attach(struct option_hit *hit, const struct field *word, uint32_t from)
{
	hit->attached = *word;
	hit->attached.text = word->text + from;
	hit->attached.len = word->len - from;
	hit->values = &hit->attached;
	hit->n_values = 1;
}

static bool is_terminator(const struct table *table, const struct table_option *option, const struct field *word)
{
	for (uint32_t i = 0; i < option->n_until; i++)
		if (strcmp(table_string(table, table->strings[option->until + i]), word->text) == 0)
			return true;
	return false;
}

/* Values that are words of their own. */
static void take_values(struct cursor *c, struct option_hit *hit)
{
	const struct table_option *option = hit->option;
	const struct call *call = c->r->call;
	uint32_t want = option->arity ? option->arity : 1;

	hit->values = &call->argv[c->at];
	if (option->n_until || option->value == OPERAND_COMMAND || option->value == OPERAND_COMMAND_REMOTE) {
		while (c->at < call->argc && !is_terminator(table_of(c->r), option, &call->argv[c->at])) {
			c->at++;
			hit->n_values++;
		}
		c->at += c->at < call->argc;
		return;
	}
	while (hit->n_values < want && c->at < call->argc) {
		c->at++;
		hit->n_values++;
	}
}

static void finish_option(struct cursor *c, struct option_hit *hit)
{
	if (!(hit->option->flags & OPTION_ENDS))
		return;
	c->ended = true;
	c->r->rest = &c->r->call->argv[c->at];
	c->r->n_rest = c->r->call->argc - c->at;
}

static bool next_is_empty(const struct cursor *c)
{
	return c->at < c->r->call->argc && c->r->call->argv[c->at].len == 0;
}

/* An option found as a whole word (attached_at 0) or with its value behind attached_at bytes. */
static bool option_found(struct cursor *c, uint32_t option, const struct field *word, uint32_t attached_at)
{
	struct option_hit *hit = add_hit(c->r, option);

	if (!hit)
		return false;
	if (hit->option->value != OPERAND_NOTHING) {
		if (attached_at)
			attach(hit, word, attached_at);
		else if (!(hit->option->flags & OPTION_OPTIONAL) || next_is_empty(c)) /* sed -i '' on macOS */
			take_values(c, hit);
	}
	finish_option(c, hit);
	return true;
}

static bool once_done(const struct resolved *r, uint32_t option)
{
	const struct table_option *row = &table_of(r)->options[option];

	if (!(row->flags & OPTION_ONCE))
		return false;
	for (uint32_t i = 0; i < r->n_hits; i++)
		if (r->hits[i]->option == row)
			return true;
	return false;
}

static bool parse_long(struct cursor *c, const struct field *word)
{
	struct resolved *r = c->r;
	const char *equals = memchr(word->text, '=', word->len);
	uint32_t name_len = equals ? (uint32_t)(equals - word->text) : word->len;
	uint32_t option = equals ? table_find_option(table_of(r), r->node, word->text, word->len) : TABLE_NONE;

	if (option != TABLE_NONE) /* a value that means something of its own: --prune=now */
		return option_found(c, option, word, 0);
	option = table_find_option(table_of(r), r->node, word->text, name_len);
	if (option == TABLE_NONE && r->node->style == STYLE_SINGLE && name_len > 2)
		option = table_find_option(table_of(r), r->node, word->text + 1, name_len - 1);
	if (option == TABLE_NONE)
		return !(r->node->flags & NODE_UNKNOWN_TEXT) || add_operand(r, word);
	return option_found(c, option, word, equals ? name_len + 1 : 0);
}

static bool is_number(const char *text)
{
	return *text && strspn(text, "0123456789") == strlen(text);
}

/* "-abc": one option of that name, else bundled letters, the last of which may have its value attached or behind. */
static bool parse_short(struct cursor *c, const struct field *word, uint32_t first)
{
	struct resolved *r = c->r;
	char name[3] = { '-', 0, 0 };

	for (uint32_t i = first; i < word->len && !c->ended; i++) {
		uint32_t option;
		const struct table_option *row;

		name[1] = word->text[i];
		option = table_find_option(table_of(r), r->node, name, 2);
		if (option == TABLE_NONE) {
			if (i == first && (r->node->flags & NODE_UNKNOWN_TEXT))
				return add_operand(r, word);
			if (!(r->node->flags & NODE_BUNDLE))
				return true;
			continue;
		}
		row = &table_of(r)->options[option];
		if (row->value != OPERAND_NOTHING && (i + 1 < word->len)) {
			if (!(row->flags & OPTION_OPTIONAL) || !(r->node->flags & NODE_BUNDLE) || i == first)
				return option_found(c, option, word, i + 1 + (word->text[i + 1] == '='));
		}
		if (!option_found(c, option, word, 0))
			return false;
		if (!(r->node->flags & NODE_BUNDLE) && row->value == OPERAND_NOTHING)
			return true;
	}
	return true;
}

/* tar's old form, "xzf": every letter with a value takes the next word. */
static bool parse_old_bundle(struct cursor *c, const struct field *word)
{
	struct resolved *r = c->r;
	char name[3] = { '-', 0, 0 };

	for (uint32_t i = 0; i < word->len; i++) {
		uint32_t option;

		name[1] = word->text[i];
		option = table_find_option(table_of(r), r->node, name, 2);
		if (option != TABLE_NONE && !option_found(c, option, word, 0))
			return false;
	}
	return true;
}

static bool parse_option(struct cursor *c, const struct field *word)
{
	struct resolved *r = c->r;
	uint32_t option;

	if (word->text[1] == '-')
		return parse_long(c, word);
	option = word->len > 2 || r->node->style == STYLE_SINGLE
	             ? table_find_option(table_of(r), r->node, word->text, word->len)
	             : TABLE_NONE;
	if (option == TABLE_NONE && is_number(word->text + 1)) {
		option = table_find_option(table_of(r), r->node, "-NUM", 4);
		if (option != TABLE_NONE && once_done(r, option))
			return add_operand(r, word);
	}
	if (option != TABLE_NONE)
		return option_found(c, option, word, 0);
	return r->node->style == STYLE_SINGLE ? parse_long(c, word) : parse_short(c, word, 1);
}

/* "if=x" and the like, and words such as "(" that are options of style single. */
static bool parse_word_option(struct cursor *c, const struct field *word, bool *found)
{
	struct resolved *r = c->r;
	const char *equals = memchr(word->text, '=', word->len);
	uint32_t option = TABLE_NONE;
	uint32_t len = 0;

	if (equals) {
		len = (uint32_t)(equals - word->text) + 1;
		option = table_find_option(table_of(r), r->node, word->text, len);
	} else if (r->node->style == STYLE_SINGLE) {
		option = table_find_option(table_of(r), r->node, word->text, word->len);
	}
	*found = option != TABLE_NONE;
	return !*found || option_found(c, option, word, len);
}

static void enter_subcommand(struct resolved *r, const struct field *word)
{
	const char *parent = table_string(table_of(r), r->node->name);
	size_t parent_len = strlen(parent);
	char key[256];
	uint32_t node;

	if (word->unknown || parent_len + 1 + word->len >= sizeof(key)) {
		r->unknown_subcommand = true;
		r->subcommand = word;
		return;
	}
	memcpy(key, parent, parent_len);
	key[parent_len] = ' ';
	memcpy(key + parent_len + 1, word->text, word->len);
	node = table_find(table_of(r), key, parent_len + 1 + word->len);
	if (node != TABLE_NONE) {
		r->node_index = node;
		r->node = &table_of(r)->nodes[node];
		r->seen = 0;
		r->n_operands = 0;
	} else if (!(r->node->flags & NODE_SUB_OPTIONAL)) {
		r->unknown_subcommand = true;
		r->subcommand = word;
	}
}

static bool parse_operand(struct cursor *c, const struct field *word)
{
	struct resolved *r = c->r;
	const struct table_node *before = r->node;

	if ((r->node->flags & NODE_SUBCOMMANDS) && r->n_operands == 0 && !r->unknown_subcommand) {
		enter_subcommand(r, word);
		if (r->node != before)
			return true;
	}
	if (!(r->node->flags & NODE_PERMUTE))
		c->operands_only = true;
	return add_operand(r, word);
}

/* -${x}delete: an option all the same when x is nothing. */
static const struct field *without_unknown(struct resolved *r, const struct field *word)
{
	struct field *known;
	char *text, *to;

	if (!word->unknown || word->text[word->len - 1] == TEXT_UNKNOWN)
		return word;
	known = arena_new(r->run->arena, struct field);
	text = to = arena_dup(r->run->arena, word->text, word->len);
	if (!known || !text)
		return word;
	for (const char *from = text; *from; from++)
		if (*from != TEXT_UNKNOWN)
			*to++ = *from;
	*to = '\0';
	*known = *word;
	known->text = text;
	known->len = (uint32_t)(to - text);
	known->unknown = false;
	return table_find_option(table_of(r), r->node, known->text, known->len) == TABLE_NONE ? word : known;
}

static bool parse_next(struct cursor *c)
{
	struct resolved *r = c->r;
	const struct field *word = &r->call->argv[c->at++];
	bool found;

	if (c->operands_only || r->node->style == STYLE_NONE)
		return parse_operand(c, word);
	if (word->len == 2 && word->text[0] == '-' && word->text[1] == '-' && r->node->style != STYLE_SINGLE) {
		uint32_t option = table_find_option(table_of(r), r->node, "--", 2); /* git checkout: what follows are files */

		c->operands_only = true;
		return option == TABLE_NONE || add_hit(r, option);
	}
	if (word->len > 1 && word->text[0] == '-')
		return parse_option(c, without_unknown(r, word));
	if (r->node->style == STYLE_TAR && c->at == 2)
		return parse_old_bundle(c, word);
	if (!parse_word_option(c, word, &found))
		return false;
	return found || parse_operand(c, word);
}

/* What options change about each other and about the operands. */
static void apply_turns(struct resolved *r)
{
	const struct table *table = table_of(r);
	bool first_taken = false;

	for (uint32_t i = 0; i < r->n_hits; i++) {
		const struct table_option *option = r->hits[i]->option;

		for (uint32_t t = 0; t < option->n_turns; t++) {
			uint32_t other = table->strings[option->turns + 2 * t];
			uint32_t kind = table->strings[option->turns + 2 * t + 1];

			for (uint32_t h = 0; h < r->n_hits; h++)
				if (r->hits[h]->option == &table->options[other])
					r->hits[h]->kind = (uint8_t)kind;
		}
		if (option->flags & OPTION_HAS_OPERANDS) {
			r->kinds = table->operands + option->operands;
			r->n_kinds = option->n_operands;
		}
		first_taken |= option->flags & OPTION_TAKES_FIRST;
		if (option->output)
			r->output = (enum stream_role)(option->output - 1);
		if (option->input)
			r->input = (enum stream_role)(option->input - 1);
	}
	if (first_taken && r->n_kinds) { /* sed -e: the script is not an operand */
		r->kinds++;
		r->n_kinds--;
	}
}

/* A structured tool: names and values by turns. Arguments that the table does not know are left out. */
static bool parse_typed(struct resolved *r)
{
	const struct call *call = r->call;

	for (uint32_t i = 1; i + 1 < call->argc; i += 2) {
		uint32_t option = table_find_option(table_of(r), r->node, call->argv[i].text, call->argv[i].len);
		struct option_hit *hit;

		if (option == TABLE_NONE)
			continue;
		hit = add_hit(r, option);
		if (!hit)
			return false;
		hit->values = &call->argv[i + 1];
		hit->n_values = 1;
	}
	return true;
}

static bool parse_words(struct resolved *r)
{
	struct cursor c = { .r = r, .at = 1 };

	while (c.at < r->call->argc && !c.ended) {
		if (!parse_next(&c))
			return false;
	}
	return true;
}

bool command_parse(struct resolved *r)
{
	r->hits = r->few_hits;
	r->operands = r->few_operands;
	r->room_hits = r->room_operands = FEW;
	if (!(r->node->flags & NODE_TYPED ? parse_typed(r) : parse_words(r)))
		return false;
	r->kinds = table_of(r)->operands + r->node->operands;
	r->n_kinds = r->node->n_operands;
	r->output = (enum stream_role)r->node->output;
	r->input = (enum stream_role)r->node->input;
	apply_turns(r);
	return true;
}
