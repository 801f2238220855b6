#include "config.h"
#include "common/content.h"

#include <string.h>

#define MAKE_VARIABLES_MAX 32

struct make_variables {
	struct { const char *name, *value; size_t name_len, value_len; } items[MAKE_VARIABLES_MAX];
	size_t n;
};

/* NAME = value, :=, ?=: remembered when it is constant. */
static void make_assign(struct make_variables *variables, const char *line, size_t len)
{
	const char *equals = memchr(line, '=', len);
	size_t name_len = equals ? (size_t)(equals - line) : 0;
	const char *value = equals ? equals + 1 : line;
	size_t value_len = equals ? len - name_len - 1 : 0;

	while (name_len && strchr(":?", line[name_len - 1]))
		name_len--;
	content_trim(&line, &name_len);
	if (!name_len || memchr(line, ' ', name_len) || memchr(value, '$', value_len) || variables->n == MAKE_VARIABLES_MAX)
		return;
	content_trim(&value, &value_len);
	variables->items[variables->n].name = line;
	variables->items[variables->n].name_len = name_len;
	variables->items[variables->n].value = value;
	variables->items[variables->n++].value_len = value_len;
}

static const char *make_value(const struct make_variables *variables, const char *name, size_t len, size_t *value_len)
{
	for (size_t i = 0; i < variables->n; i++)
		if (variables->items[i].name_len == len && memcmp(variables->items[i].name, name, len) == 0) {
			*value_len = variables->items[i].value_len;
			return variables->items[i].value;
		}
	if (len == 2 && memcmp(name, "RM", 2) == 0) {
		*value_len = 5;
		return "rm -f";
	}
	return NULL;
}

/* $(NAME), ${NAME}, $@ at text: bytes taken. A variable set elsewhere counts as a tool that does nothing or a plain name. */
static size_t make_expand(const struct make_variables *variables, const char *text, size_t len, struct text *out)
{
	char close = len > 1 && text[1] == '(' ? ')' : len > 1 && text[1] == '{' ? '}' : '\0';
	const char *end = close ? memchr(text, close, len) : NULL;
	size_t taken = end ? (size_t)(end - text) + 1 : len > 1 ? 2 : 1, value_len = 0;
	const char *value = end ? make_value(variables, text + 2, taken - 3, &value_len) : NULL;

	if (len > 1 && text[1] == '$')
		text_putc(out, '$');
	else if (value)
		text_put(out, value, value_len);
	else
		text_puts(out, out->len ? "variable" : "true");
	return taken;
}

static void make_recipe(const struct content *content, const struct make_variables *variables, const char *line, size_t len)
{
	struct text out;

	while (len && strchr("\t @-+", *line) && *line) {
		line++;
		len--;
	}
	text_init(&out, content->run->arena, len + 16);
	for (size_t i = 0; i < len;) {
		if (line[i] == '$')
			i += make_expand(variables, line + i, len - i, &out);
		else
			text_putc(&out, line[i++]);
	}
	if (out.len && !out.failed)
		content_shell(content, out.data, out.len);
}

static void make_read_variables(const struct content *content, struct make_variables *variables)
{
	const char *line;
	size_t len;

	for (uint32_t at = 0; content_line(content, &at, &line, &len);)
		if (len && line[0] != '\t' && line[0] != '#')
			make_assign(variables, line, len);
}

void content_make(const struct content *content)
{
	struct make_variables variables = { .n = 0 };
	const char *line;
	size_t len;

	make_read_variables(content, &variables);
	for (uint32_t at = 0; content_line(content, &at, &line, &len);)
		if (len && line[0] == '\t')
			make_recipe(content, &variables, line, len);
}

/* --- what a goal reaches --- */

#define REACHED_MAX 64u
#define PASSES_MAX 8 /* over the rules: a goal may stand behind what needs it */

struct words {
	const char *at;
	const char *end;
};

static bool next_word(struct words *words, const char **word, size_t *len)
{
	while (words->at < words->end && content_is_blank(*words->at))
		words->at++;
	*word = words->at;
	while (words->at < words->end && !content_is_blank(*words->at))
		words->at++;
	*len = (size_t)(words->at - *word);
	return *len > 0;
}

struct rule {
	struct words targets;
	struct words needs;
	const char *recipe; /* behind a semicolon */
	size_t recipe_len;
};

/* "a b: c d ; recipe", its variables expanded. */
static bool read_rule(const struct content *content, const struct make_variables *variables, const char *line, size_t len, struct rule *rule)
{
	const char *colon, *end, *needs, *semicolon;
	struct text out;

	if (len == 0 || content_is_blank(*line) || *line == '#')
		return false;
	text_init(&out, content->run->arena, len + 16);
	for (size_t i = 0; i < len;) {
		if (line[i] == '$')
			i += make_expand(variables, line + i, len - i, &out);
		else
			text_putc(&out, line[i++]);
	}
	colon = out.failed || !out.len ? NULL : memchr(out.data, ':', out.len);
	if (!colon || memchr(out.data, '=', (size_t)(colon - out.data)))
		return false;
	end = out.data + out.len;
	needs = colon + 1 + (colon + 1 < end && colon[1] == ':');
	if (needs < end && *needs == '=')
		return false;
	semicolon = memchr(needs, ';', (size_t)(end - needs));
	rule->targets = (struct words){ out.data, colon };
	rule->needs = (struct words){ needs, semicolon ? semicolon : end };
	rule->recipe = semicolon ? semicolon + 1 : end;
	rule->recipe_len = (size_t)(end - rule->recipe);
	return true;
}

struct reached {
	struct { const char *name; size_t len; } items[REACHED_MAX];
	unsigned n;
};

static bool is_reached(const struct reached *reached, const char *name, size_t len)
{
	for (unsigned i = 0; i < reached->n; i++)
		if (reached->items[i].len == len && memcmp(reached->items[i].name, name, len) == 0)
			return true;
	return false;
}

static bool reach(struct reached *reached, const char *name, size_t len)
{
	if (reached->n == REACHED_MAX || is_reached(reached, name, len))
		return false;
	reached->items[reached->n].name = name;
	reached->items[reached->n++].len = len;
	return true;
}

static bool makes_reached(const struct reached *reached, const struct rule *rule)
{
	struct words words = rule->targets;
	const char *word;
	size_t len;

	while (next_word(&words, &word, &len))
		if (is_reached(reached, word, len))
			return true;
	return false;
}

/* One pass over the rules; true when something was reached that was not. Nothing at all yet: the first goal of the file. */
static bool reach_on(const struct content *content, const struct make_variables *variables, struct reached *reached)
{
	const char *line, *word;
	bool grew = false;
	struct rule rule;
	size_t len;

	for (uint32_t at = 0; content_line(content, &at, &line, &len);) {
		if (!read_rule(content, variables, line, len, &rule))
			continue;
		for (struct words words = rule.targets; !reached->n && next_word(&words, &word, &len);)
			if (*word != '.' && !memchr(word, '%', len))
				grew = reach(reached, word, len);
		while (makes_reached(reached, &rule) && next_word(&rule.needs, &word, &len))
			grew |= reach(reached, word, len);
	}
	return grew;
}

/* The recipes of what is reached; findings lie in their lines. */
static void run_reached(const struct content *content, const struct make_variables *variables, const struct reached *reached)
{
	struct span fixed = content->run->fixed;
	bool runs = false;
	const char *line;
	struct rule rule;
	size_t len;

	for (uint32_t at = 0, start = 0; content_line(content, &at, &line, &len); start = at) {
		content->run->fixed = (struct span){ start, at };
		if (len && line[0] == '\t' && runs) {
			make_recipe(content, variables, line, len);
		} else if (len && line[0] != '\t' && read_rule(content, variables, line, len, &rule)) {
			runs = makes_reached(reached, &rule);
			if (runs)
				make_recipe(content, variables, rule.recipe, rule.recipe_len);
		}
	}
	content->run->fixed = fixed;
}

void content_make_goals(const struct content *content, const struct field *const *goals, uint32_t n)
{
	struct make_variables variables = { .n = 0 };
	struct reached reached = { .n = 0 };

	make_read_variables(content, &variables);
	for (uint32_t i = 0; i < n; i++)
		if (!memchr(goals[i]->text, '=', goals[i]->len))
			reach(&reached, goals[i]->text, goals[i]->len);
	for (int pass = 0; pass < PASSES_MAX && reach_on(content, &variables, &reached); pass++)
		;
	run_reached(content, &variables, &reached);
}
