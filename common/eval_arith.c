#include "config.h"
#include "common/eval_internal.h"

#include <string.h>

/* Arithmetic on what is constant: C's integer operators with C's precedence. A number that is not known stays so
 * through every operator; names that are assigned lose their old value either way. Both sides of ?:, && and || are
 * looked at; an assignment in them that may not happen is one that is not known. */

#define ARITH_NESTING_MAX 32u

struct arith {
	struct run *run;
	const char *at;
	const char *end;
	uint32_t nesting;
	uint32_t doubt; /* inside something that may not be evaluated */
	bool failed;
};

struct operator {
	char text[3];
	uint8_t level;
	bool assigns; /* has a form with = behind it */
};

/* Binary ones, the longest first; a higher level binds closer. */
static const struct operator operators[] = {
	{ "**", 11, false }, { "<<", 8, true },  { ">>", 8, true },  { "<=", 7, false }, { ">=", 7, false },
	{ "==", 6, false },  { "!=", 6, false }, { "&&", 2, false }, { "||", 1, false }, { "*", 10, true },
	{ "/", 10, true },   { "%", 10, true },  { "+", 9, true },   { "-", 9, true },   { "<", 7, false },
	{ ">", 7, false },   { "&", 5, true },   { "^", 4, true },   { "|", 3, true },
};

static struct eval_number unknown_number(void)
{
	return (struct eval_number){ 0 };
}

static struct eval_number known_number(int64_t value)
{
	return (struct eval_number){ .value = value, .known = true };
}

static void skip_blanks(struct arith *a)
{
	while (a->at < a->end && (*a->at == ' ' || *a->at == '\t' || *a->at == '\n' || *a->at == '\\'))
		a->at++;
}

static bool accept(struct arith *a, const char *text)
{
	size_t len = strlen(text);

	skip_blanks(a);
	if ((size_t)(a->end - a->at) < len || memcmp(a->at, text, len) != 0)
		return false;
	a->at += len;
	return true;
}

/* A variable's value is an expression of its own for the shell; substitutions in it run. */
static struct eval_number variable(struct arith *a, const char *name, uint32_t len)
{
	struct eval_value value;
	struct eval_number number;

	eval_get(a->run, name, len, &value);
	if (memchr(value.text, '`', value.len) || memchr(value.text, '$', value.len))
		eval_embedded(a->run, &value, eval_span(a->run, 0, 0));
	number = eval_number_of(&value);
	number.name = name;
	number.name_len = len;
	return number;
}

static struct eval_number expression(struct arith *a);

static void skip_index(struct arith *a)
{
	uint32_t depth = 0;

	for (; a->at < a->end; a->at++) {
		if (*a->at == '[')
			depth++;
		if (*a->at == ']' && --depth == 0) {
			a->at++;
			return;
		}
	}
}

/* An index is not followed: an element has no known value, and what is assigned to one may be any of them. */
static void element(struct arith *a, struct eval_number *number)
{
	struct eval_value any = eval_some_number();

	skip_index(a);
	skip_blanks(a);
	if (a->at < a->end && strchr("=+-*/%<>&|^", *a->at))
		eval_array_set(a->run, number->name, number->name_len, &any, &any);
	*number = unknown_number();
}

static struct eval_number name_or_number(struct arith *a)
{
	const char *start = a->at;
	int64_t value;
	struct eval_number number;

	while (a->at < a->end && (eval_digit(*a->at) < 36 || *a->at == '_' || *a->at == '#'))
		a->at++;
	if (a->at == start) {
		a->failed = true;
		return unknown_number();
	}
	if (*start >= '0' && *start <= '9')
		return eval_read_number(start, (size_t)(a->at - start), &value) ? known_number(value) : unknown_number();
	number = variable(a, start, (uint32_t)(a->at - start));
	if (a->at < a->end && *a->at == '[')
		element(a, &number);
	return number;
}

/* $x, ${x}: as the name; $(..) and the rest have been evaluated and are not known. */
static struct eval_number dollar(struct arith *a)
{
	bool brace = accept(a, "{");
	const char *start = a->at;
	uint32_t depth = 0;
	char open, close;

	while (a->at < a->end && (eval_digit(*a->at) < 36 || *a->at == '_'))
		a->at++;
	if (a->at > start && (!brace || (a->at < a->end && *a->at == '}'))) {
		struct eval_number number = variable(a, start, (uint32_t)(a->at - start));

		a->at += brace;
		number.name = NULL;
		if (*start >= '0' && *start <= '9')
			number.known = false;
		return number;
	}
	open = brace ? '{' : '(';
	close = brace ? '}' : ')';
	depth = brace;
	for (; a->at < a->end; a->at++) {
		depth += *a->at == open;
		if (*a->at == close && --depth == 0) {
			a->at++;
			break;
		}
		if (depth == 0) {
			a->at++;
			break;
		}
	}
	return unknown_number();
}

static void assign(struct arith *a, const struct eval_number *target, const struct eval_number *value)
{
	struct eval_value text = value->known && !a->doubt ? eval_number(a->run, value->value) : eval_some_number();

	if (target->name && !(*target->name >= '0' && *target->name <= '9'))
		eval_set(a->run, target->name, target->name_len, &text);
}

static struct eval_number step(struct arith *a, struct eval_number number, int64_t by)
{
	struct eval_number changed = number;

	changed.value = (int64_t)((uint64_t)number.value + (uint64_t)by);
	assign(a, &number, &changed);
	changed.name = NULL;
	return changed;
}

static struct eval_number primary(struct arith *a)
{
	struct eval_number number;

	skip_blanks(a);
	if (a->at == a->end || a->nesting >= ARITH_NESTING_MAX || !run_spend(a->run, 1)) {
		a->failed = true;
		return unknown_number();
	}
	if (accept(a, "(")) {
		a->nesting++;
		number = expression(a);
		a->nesting--;
		a->failed = !accept(a, ")") || a->failed;
		number.name = NULL;
		return number;
	}
	if (accept(a, "$"))
		return dollar(a);
	if (*a->at == '`' || *a->at == '"' || *a->at == '\'') {
		a->failed = true;
		return unknown_number();
	}
	number = name_or_number(a);
	if (number.name && accept(a, "++")) {
		step(a, number, 1);
		number.name = NULL;
	} else if (number.name && accept(a, "--")) {
		step(a, number, -1);
		number.name = NULL;
	}
	return number;
}

static struct eval_number unary(struct arith *a)
{
	struct eval_number number;

	skip_blanks(a);
	if (a->nesting >= ARITH_NESTING_MAX) {
		a->failed = true;
		return unknown_number();
	}
	a->nesting++;
	if (accept(a, "++")) {
		number = step(a, unary(a), 1);
	} else if (accept(a, "--")) {
		number = step(a, unary(a), -1);
	} else if (accept(a, "-")) {
		number = unary(a);
		number.value = (int64_t)(0 - (uint64_t)number.value);
		number.name = NULL;
	} else if (accept(a, "+")) {
		number = unary(a);
		number.name = NULL;
	} else if (accept(a, "!")) {
		number = unary(a);
		number.value = !number.value;
		number.name = NULL;
	} else if (accept(a, "~")) {
		number = unary(a);
		number.value = ~number.value;
		number.name = NULL;
	} else {
		number = primary(a);
	}
	a->nesting--;
	return number;
}

static const struct operator *binary_operator(struct arith *a)
{
	skip_blanks(a);
	for (size_t i = 0; i < sizeof(operators) / sizeof(*operators); i++) {
		size_t len = strlen(operators[i].text);

		if ((size_t)(a->end - a->at) < len || memcmp(a->at, operators[i].text, len) != 0)
			continue;
		if (operators[i].assigns && a->at + len < a->end && a->at[len] == '=')
			return NULL;
		return &operators[i];
	}
	return NULL;
}

static struct eval_number binary(struct arith *a, unsigned level)
{
	struct eval_number left = unary(a);
	const struct operator *op;

	while (!a->failed && (op = binary_operator(a)) && op->level >= level) {
		bool doubt = op->level <= 2;
		struct eval_number right;

		a->at += strlen(op->text);
		a->doubt += doubt;
		right = binary(a, op->level + 1u);
		a->doubt -= doubt;
		left = eval_compute(op->text, left, right);
	}
	return left;
}

/* op: of "+=" and its kin; NULL for a plain "=". */
static bool accept_assignment(struct arith *a, const struct operator **op)
{
	const char *before = a->at;

	for (size_t i = 0; i < sizeof(operators) / sizeof(*operators); i++) {
		*op = &operators[i];
		if (operators[i].assigns && accept(a, operators[i].text) && a->at < a->end && *a->at == '=') {
			a->at++;
			return true;
		}
		a->at = before;
	}
	*op = NULL;
	return accept(a, "=");
}

static struct eval_number assignment(struct arith *a)
{
	const struct operator *op;
	struct eval_number left, right;

	if (a->nesting >= ARITH_NESTING_MAX) {
		a->failed = true;
		return unknown_number();
	}
	a->nesting++;
	left = binary(a, 1);
	if (!a->failed && left.name && accept_assignment(a, &op)) {
		right = assignment(a);
		if (op)
			right = eval_compute(op->text, left, right);
		assign(a, &left, &right);
		right.name = NULL;
		left = right;
	} else if (!a->failed && accept(a, "?")) {
		a->doubt++;
		left = unknown_number();
		expression(a);
		a->failed = !accept(a, ":") || a->failed;
		assignment(a);
		a->doubt--;
	}
	a->nesting--;
	return left;
}

static struct eval_number expression(struct arith *a)
{
	struct eval_number number = assignment(a);

	while (!a->failed && accept(a, ","))
		number = assignment(a);
	return number;
}

/* What could not be read may assign anything that it names. */
static void forget_names(struct run *run, const char *text, uint32_t len)
{
	uint32_t i = 0;

	while (i < len) {
		uint32_t start = i;
		struct eval_value unknown = eval_unknown(TAINT_INPUT, NULL);

		while (i < len && (eval_digit(text[i]) < 36 || text[i] == '_'))
			i++;
		if (i > start && eval_is_name(text + start, i - start) && eval_find(run, EVAL_VARIABLE, text + start, i - start))
			eval_set(run, text + start, i - start, &unknown);
		i += i == start;
	}
}

bool eval_arith(struct run *run, const char *text, uint32_t len, int64_t *out)
{
	struct arith a = { .run = run, .at = text, .end = text + len, .doubt = run->eval->doubt };
	struct eval_number number;

	skip_blanks(&a);
	if (a.at == a.end) {
		*out = 0;
		return true;
	}
	if (!run_spend(run, 1 + len / 16))
		return false;
	number = expression(&a);
	skip_blanks(&a);
	if (a.failed || a.at != a.end) {
		if (memchr(text, '=', len) || memchr(text, '+', len) || memchr(text, '-', len))
			forget_names(run, text, len);
		return false;
	}
	*out = number.value;
	return number.known;
}

bool eval_arith_words(struct run *run, const char *text, uint32_t len, const struct shell_word *words, int64_t *out)
{
	struct eval_value value;

	for (; words; words = words->next)
		eval_word_value(run, words, 0, &value);
	return eval_arith(run, text, len, out);
}
