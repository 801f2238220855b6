#include "config.h"
#include "common/eval_internal.h"

#include <string.h>

/* $x and ${x...}. What is not constant becomes unknown with its taint; words inside are expanded even when they are
 * not used, because their substitutions may run. */

static bool is_op(const struct shell_param *p, const char *op)
{
	return strlen(op) == p->op_len && memcmp(p->op, op, p->op_len) == 0;
}

static bool is_at(const struct shell_word *index, char which)
{
	const struct shell_part *part = index ? index->parts : NULL;

	return part && !part->next && part->kind == SHELL_LITERAL && part->len == 1 && part->text[0] == which;
}

/* --- lists: $@ $* ${a[@]} --- */

struct list {
	const struct field *fields; /* positional parameters */
	const struct eval_array *array;
	uint32_t n;
	bool known;
};

static struct eval_value list_item(const struct list *list, uint32_t i)
{
	return list->array ? list->array->items[i].value : eval_value_of(&list->fields[i]);
}

/* False: the parameter is no list. joined: $* and ${a[*]}. */
static bool get_list(struct run *run, const struct shell_param *p, struct list *list, bool *joined)
{
	const struct eval_state *state = run->eval;

	*list = (struct list){ 0 };
	if (!p->index && p->name_len == 1 && (p->name[0] == '@' || p->name[0] == '*')) {
		*joined = p->name[0] == '*';
		run->met_choice |= !state->args.items;
		list->known = run->second && !state->args.items;
		if (list->known)
			return true;
		list->known = state->args.items && !state->args.open;
		list->n = list->known && state->args.n ? state->args.n - 1 : 0;
		list->fields = list->known ? state->args.items + 1 : NULL;
		return true;
	}
	if (!is_at(p->index, '@') && !is_at(p->index, '*'))
		return false;
	*joined = is_at(p->index, '*');
	list->array = eval_get_array(run, p->name, p->name_len);
	list->known = list->array && !list->array->unknown;
	list->n = list->known ? list->array->n : 0;
	return true;
}

static void put_separator(struct eval_expander *x, bool joined)
{
	struct eval_value ifs;
	char c = ' ';

	eval_get(x->buf.run, "IFS", 3, &ifs);
	if (joined && !eval_is_constant(&ifs))
		eval_put_unknown(&x->buf);
	else if (!joined || ifs.len > 0)
		eval_put(&x->buf, joined && ifs.len ? ifs.text : &c, 1);
}

static void expand_list(struct eval_expander *x, const struct list *list, bool joined, bool quoted)
{
	for (uint32_t i = 0; i < list->n; i++) {
		struct eval_value item = list_item(list, i);

		if (i > 0 && x->fields && (x->mode & EXPAND_SPLIT) && !(joined && quoted))
			eval_expand_break(x);
		else if (i > 0)
			put_separator(x, joined);
		eval_expand_value(x, &item, quoted);
	}
	if (joined && quoted)
		x->buf.started = true;
}

/* ${@:2} ${a[@]:1:2} */
static bool slice_list(struct run *run, const struct shell_param *p, struct list *list)
{
	struct eval_value text;
	int64_t from, length = INT32_MAX;

	eval_word_value(run, p->arg, 0, &text);
	if (!eval_is_constant(&text) || !eval_arith(run, text.text, text.len, &from))
		return false;
	if (p->arg2) {
		eval_word_value(run, p->arg2, 0, &text);
		if (!eval_is_constant(&text) || !eval_arith(run, text.text, text.len, &length))
			return false;
	}
	if (!list->array) /* $0 counts as number 0 */
		from--;
	if (from < 0 || length < 0)
		return false;
	from = from < list->n ? from : list->n;
	list->n -= (uint32_t)from;
	list->n = length < list->n ? (uint32_t)length : list->n;
	if (list->array) {
		struct eval_array *array = arena_new(run->arena, struct eval_array);

		if (!array)
			return false;
		*array = *list->array;
		array->items += from;
		list->array = array;
	} else {
		list->fields += from;
	}
	return true;
}

/* --- single values --- */

static enum eval_state_of get_positional(struct run *run, const struct shell_param *p, struct eval_value *value)
{
	const struct eval_state *state = run->eval;
	uint32_t n = 0;

	for (uint32_t i = 0; i < p->name_len && n < EVAL_VALUE_MAX; i++)
		n = n * 10 + (uint32_t)(p->name[i] - '0');
	*value = eval_unknown(TAINT_INPUT, NULL);
	if (n < state->args.n) {
		*value = eval_value_of(&state->args.items[n]);
		return EVAL_SET;
	}
	if (!state->args.items && n > 0) { /* a line has none; a script, whose text this may be, may */
		run->met_choice = true;
		if (run->second)
			*value = eval_constant("", 0);
		return run->second ? EVAL_UNSET : EVAL_ABSENT;
	}
	if (!state->args.items || state->args.open)
		return EVAL_ABSENT;
	if (n > 0)
		*value = eval_constant("", 0);
	return n > 0 ? EVAL_UNSET : EVAL_ABSENT;
}

static enum eval_state_of get_single(struct run *run, const struct shell_param *p, struct eval_value *value)
{
	const struct eval_array *array;
	struct eval_value key;

	if (p->name_len == 0)
		goto unknown;
	if (p->name[0] >= '0' && p->name[0] <= '9')
		return get_positional(run, p, value);
	if (!eval_is_name(p->name, p->name_len)) {
		*value = p->name[0] == '-' || p->name[0] == '_' ? eval_unknown(0, NULL) : eval_some_number();
		if (p->name[0] == '#' && run->eval->args.items && !run->eval->args.open)
			*value = eval_number(run, run->eval->args.n ? run->eval->args.n - 1 : 0);
		return EVAL_ABSENT;
	}
	if (!p->index)
		return eval_get(run, p->name, p->name_len, value);
	array = eval_get_array(run, p->name, p->name_len);
	eval_word_value(run, p->index, 0, &key);
	if (array) {
		int64_t number;

		if (eval_is_constant(&key) && array->n && array->items[0].key.text[0] <= '9' &&
		    eval_arith(run, key.text, key.len, &number))
			key = eval_number(run, number);
		return eval_array_get(run, array, &key, value);
	}
	if (eval_is_constant(&key) && strcmp(key.text, "0") == 0)
		return eval_get(run, p->name, p->name_len, value);
unknown:
	*value = eval_unknown(TAINT_INPUT, NULL);
	return EVAL_ABSENT;
}

static enum eval_state_of get_indirect(struct run *run, const struct shell_param *p, struct eval_value *value)
{
	struct shell_param direct = *p;

	direct.indirect = false;
	get_single(run, &direct, value);
	if (!eval_is_constant(value) || value->len == 0 ||
	    !(eval_is_name(value->text, value->len) || strspn(value->text, "0123456789") == value->len)) {
		*value = eval_unknown((uint8_t)(value->taint | TAINT_INPUT), value->origin);
		return EVAL_ABSENT;
	}
	direct.name = value->text;
	direct.name_len = value->len;
	direct.index = NULL;
	return get_single(run, &direct, value);
}

/* --- operators --- */

static struct eval_value with_taint(struct eval_value value, const struct eval_value *more)
{
	value.taint |= more->taint;
	if (!value.origin)
		value.origin = more->origin;
	return value;
}

/* :- - := = :? ? :+ +. True: the word stands in the value's place and has been expanded. */
static bool expand_default(struct eval_expander *x, const struct shell_part *part, enum eval_state_of state,
                           struct eval_value *value)
{
	const struct shell_param *p = part->param;
	struct run *run = x->buf.run;
	char op = p->op[p->op_len - 1];
	bool empty = state == EVAL_UNSET || (p->op_len == 2 && value->len == 0);
	struct eval_value word;

	if (state == EVAL_ABSENT && op != '?' && p->arg) {
		run->met_choice = true;
		if (run->second) {
			*value = eval_constant("", 0);
			empty = op != '+';
		}
	}
	if (!eval_is_constant(value) && value->unknown) {
		eval_word_value(run, p->arg, 0, &word);
		*value = with_taint(eval_unknown(value->taint, value->origin), &word);
		if (op == '=')
			eval_set(run, p->name, p->name_len, value);
		return false;
	}
	if (op == '+' ? empty : !empty) {
		if (op == '+')
			*value = eval_constant("", 0);
		return false;
	}
	if (op == '=') {
		eval_word_value(run, p->arg, 0, value);
		if (eval_is_name(p->name, p->name_len))
			eval_set(run, p->name, p->name_len, value);
		return false;
	}
	if (op == '?') { /* ends the shell: nothing follows */
		*value = eval_unknown(0, NULL);
		return false;
	}
	if (p->arg) {
		bool splits = x->splits;

		x->splits = true;
		eval_expand_parts(x, p->arg, part->quoted);
		x->splits = splits;
	} else if (part->quoted) {
		x->buf.started = true;
	}
	return true;
}

static struct eval_value substring(struct run *run, const struct shell_param *p, const struct eval_value *value)
{
	struct eval_value text, out;
	int64_t from, length = INT32_MAX;

	eval_word_value(run, p->arg, 0, &text);
	if (!eval_is_constant(value) || !eval_is_constant(&text) || !eval_arith(run, text.text, text.len, &from))
		goto unknown;
	if (p->arg2) {
		eval_word_value(run, p->arg2, 0, &text);
		if (!eval_is_constant(&text) || !eval_arith(run, text.text, text.len, &length))
			goto unknown;
	}
	if (from < 0)
		from += value->len;
	if (from < 0 || from > value->len)
		return eval_constant("", 0);
	if (length < 0)
		length += value->len - from;
	if (length < 0)
		goto unknown;
	if (length > value->len - from)
		length = value->len - from;
	out = eval_copy(run, value->text + from, (size_t)length);
	return with_taint(out, value);
unknown:
	return eval_unknown(value->taint, value->origin);
}

/* In quotes, so that eval gets one word of it. */
static struct eval_value quoted_value(struct run *run, const struct eval_value *value)
{
	struct eval_buf buf = { .run = run, .taint = value->taint, .origin = value->origin };
	struct eval_value out;
	const char *at = value->text, *end = value->text + value->len, *quote;

	eval_put(&buf, "'", 1);
	while ((quote = memchr(at, '\'', (size_t)(end - at)))) {
		eval_put(&buf, at, (size_t)(quote - at));
		eval_put(&buf, "'\\''", 4);
		at = quote + 1;
	}
	eval_put(&buf, at, (size_t)(end - at));
	eval_put(&buf, "'", 1);
	buf.unknown = value->unknown;
	buf.glob = value->glob;
	eval_take(&buf, &out);
	return out;
}

static struct eval_value transform(struct eval_expander *x, const struct shell_param *p, const struct eval_value *value)
{
	struct run *run = x->buf.run;
	struct eval_value how;

	eval_word_value(run, p->arg, 0, &how);
	switch (how.text[0]) {
	case 'U':
	case 'L':
		return eval_change_case(run, value, how.text[0] == 'U' ? '^' : ',', true);
	case 'u':
		return eval_change_case(run, value, '^', false);
	case 'Q':
		return quoted_value(run, value);
	case 'E':
		if (eval_is_constant(value) && !strpbrk(value->text, "\\'"))
			return *value;
		break;
	case 'P':
		eval_embedded(run, value, x->span);
		if (eval_is_constant(value) && !strpbrk(value->text, "\\$`"))
			return *value;
		break;
	}
	return eval_unknown(value->taint, value->origin);
}

static void apply_operator(struct eval_expander *x, const struct shell_param *p, struct eval_value *value)
{
	struct run *run = x->buf.run;
	struct eval_value pattern, by;

	switch (p->op[0]) {
	case '#':
	case '%':
		eval_word_value(run, p->arg, EXPAND_PATTERN | EXPAND_GLOB, &pattern);
		*value = eval_strip(run, value, p->op, p->op_len, &pattern);
		return;
	case '/':
		eval_word_value(run, p->arg, EXPAND_PATTERN | EXPAND_GLOB, &pattern);
		eval_word_value(run, p->arg2, 0, &by);
		*value = eval_replace(run, value, p->op, p->op_len, &pattern, &by);
		return;
	case '^':
	case ',':
		if (p->arg && p->arg->parts) { /* only some bytes change */
			eval_word_value(run, p->arg, EXPAND_PATTERN | EXPAND_GLOB, &pattern);
			*value = eval_unknown(value->taint, value->origin);
			return;
		}
		*value = eval_change_case(run, value, p->op[0], p->op_len == 2);
		return;
	case ':':
		*value = substring(run, p, value);
		return;
	case '@':
		*value = transform(x, p, value);
		return;
	default:
		*value = eval_unknown(value->taint, value->origin);
	}
}

static bool is_default(const struct shell_param *p)
{
	char last = p->op_len ? p->op[p->op_len - 1] : '\0';

	return last && (p->op_len == 1 || p->op[0] == ':') && memchr("-=?+", last, 4);
}

/* --- the whole --- */

/* What no shell, or only another one, knows. */
static struct eval_value unknown_expansion(struct run *run, const struct shell_param *p, const struct eval_value *value)
{
	struct eval_value word = eval_constant("", 0);

	if (p->arg)
		eval_word_value(run, p->arg, 0, &word);
	return with_taint(eval_unknown(value->taint, value->origin), &word);
}

static void expand_list_param(struct eval_expander *x, const struct shell_part *part, struct list *list, bool joined)
{
	const struct shell_param *p = part->param;
	struct run *run = x->buf.run;
	struct eval_value value = eval_unknown(TAINT_INPUT, NULL);

	if (p->length) {
		value = list->known ? eval_number(run, list->n) : eval_some_number();
		eval_expand_value(x, &value, part->quoted);
		return;
	}
	if (!list->known && p->index && !eval_get_array(run, p->name, p->name_len))
		eval_get(run, p->name, p->name_len, &value); /* a plain variable is its only element */
	if (list->known && is_default(p)) {
		value = list->n ? eval_constant("x", 1) : eval_constant("", 0);
		if (expand_default(x, part, list->n ? EVAL_SET : EVAL_UNSET, &value) || value.len == 0)
			return;
	} else if (!list->known || p->indirect ||
	           ((p->op_len || p->arg) && !(is_op(p, ":") && slice_list(run, p, list)))) {
		if (p->arg || p->op_len)
			value = unknown_expansion(run, p, &value);
		eval_expand_value(x, &value, part->quoted);
		x->buf.many = !joined;
		return;
	}
	expand_list(x, list, joined, part->quoted);
}

static void expand_single(struct eval_expander *x, const struct shell_part *part)
{
	const struct shell_param *p = part->param;
	struct run *run = x->buf.run;
	struct eval_value value;
	enum eval_state_of state = p->indirect ? get_indirect(run, p, &value) : get_single(run, p, &value);

	if (p->length)
		value = eval_is_constant(&value) ? eval_number(run, value.len) : eval_some_number();
	else if (is_default(p) && expand_default(x, part, state, &value))
		return;
	else if (state == EVAL_UNSET && is_op(p, "@"))
		value = eval_constant("", 0);
	else if (!p->op_len && p->arg)
		value = unknown_expansion(run, p, &value);
	else if (p->op_len && !is_default(p))
		apply_operator(x, p, &value);
	eval_expand_value(x, &value, part->quoted);
}

void eval_param(struct eval_expander *x, const struct shell_part *part)
{
	struct list list;
	bool joined;

	if (get_list(x->buf.run, part->param, &list, &joined))
		expand_list_param(x, part, &list, joined);
	else
		expand_single(x, part);
}
