#include "config.h"
#include "common/code_read.h"

static void set_alias(struct code_scanner *s, const struct code_token *name, const struct code_value *module, const struct code_token *part)
{
	struct code_value value = *module;

	if (part)
		code_value_extend_module(s, &value, part->text, part->len);
	code_variable_set(s, name, &value);
}

/* --- what a module is taken apart into --- */

#define NAMES_MAX 8

/* Names in { a, b: c } that a module is taken apart into. */
struct names {
	struct code_token part[NAMES_MAX];
	struct code_token name[NAMES_MAX];
	uint32_t n;
};

/* A block of code, a dictionary, or the left side of const {a, b: c} = require(..). */
static void read_block(struct code_scanner *s, struct names *names)
{
	bool colon = false;

	names->n = 0;
	if (!code_enter(s))
		return;
	while (s->lexer.token.kind != TOKEN_END && !code_is_punct(s, '}')) {
		struct code_token token = s->lexer.token;
		const char *before = s->lexer.text + s->lexer.at;
		struct code_value ignored;

		code_read_value(s, &ignored);
		if (token.kind == TOKEN_NAME && colon && names->n) {
			names->name[names->n - 1] = token;
		} else if (token.kind == TOKEN_NAME && names->n < NAMES_MAX) {
			names->part[names->n] = names->name[names->n] = token;
			names->n++;
		}
		colon = code_is_punct(s, ':') || (s->lexer.token.kind == TOKEN_NAME && code_token_is(&s->lexer.token, "as"));
		if (!code_is_punct(s, '}') && (s->lexer.token.kind == TOKEN_PUNCT || s->lexer.token.kind == TOKEN_NEWLINE || colon ||
		                          before == s->lexer.text + s->lexer.at))
			code_next(s);
	}
	if (code_is_punct(s, '}'))
		code_next(s);
	s->depth--;
}

static void alias_names(struct code_scanner *s, const struct names *names, const struct code_value *module)
{
	for (uint32_t i = 0; module->module && i < names->n; i++)
		set_alias(s, &names->name[i], module, &names->part[i]);
}

void code_read_braces(struct code_scanner *s, struct code_value *value)
{
	struct names names;
	bool empty;

	code_next(s);
	empty = code_is_punct(s, '}');
	read_block(s, &names);
	*value = empty ? code_constant("", 0) : code_unknown();
	for (uint32_t i = 0; i < names.n; i++)
		s->body |= code_token_is(&names.part[i], "body");
	if (!code_is_punct(s, '='))
		return;
	code_next(s);
	code_read_value(s, value);
	alias_names(s, &names, value);
}

/* --- import --- */

/* A module of the project runs when it is imported. */
static void imported(struct code_scanner *s, const struct code_value *module)
{
	if (!s->constants_only)
		memory_module(s->run, module->module, module->module_len, s->span);
}

/* a [as b], c [as d] of a Python import; prefix: the module they come from, or NULL. */
static void read_python_names(struct code_scanner *s, const struct code_value *prefix)
{
	while (s->lexer.token.kind == TOKEN_NAME || code_is_punct(s, ',') || code_is_punct(s, '(')) {
		struct code_token part = s->lexer.token, name = part;
		struct code_value module = code_constant("", 0);

		code_next(s);
		if (part.kind != TOKEN_NAME)
			continue;
		if (code_is_name(s, "as")) {
			code_next(s);
			name = s->lexer.token;
			code_next(s);
		}
		module.module = part.text;
		module.module_len = part.len;
		if (prefix) {
			struct code_value whole = *prefix;

			code_value_extend_module(s, &whole, part.text, part.len);
			imported(s, &whole);
		} else {
			imported(s, &module);
		}
		if (prefix || name.text != part.text)
			set_alias(s, &name, prefix ? prefix : &module, prefix ? &part : NULL);
	}
}

/* import a, b as c; from a import b as c */
static bool read_python_import(struct code_scanner *s)
{
	struct code_value module = code_unknown();
	bool from = code_is_name(s, "from");

	if (!from && !code_is_name(s, "import"))
		return false;
	code_next(s);
	if (from) {
		module.module = s->lexer.token.text;
		module.module_len = s->lexer.token.len;
		imported(s, &module);
		code_next(s);
		if (!code_is_name(s, "import"))
			return true;
		code_next(s);
	}
	read_python_names(s, from ? &module : NULL);
	return true;
}

static struct code_value module_named(struct code_scanner *s, const struct code_token *name)
{
	struct code_arguments args = { .n = 1, .receiver = { .module = "require", .module_len = 7 } };

	args.values[0] = code_constant(name->text, name->len);
	return code_call(s, "require", 7, &args);
}

/* import x from 'm'; import * as x from 'm'; import {a as b} from 'm' */
static bool read_js_import(struct code_scanner *s)
{
	struct code_token whole = { .kind = TOKEN_END };
	struct names names = { .n = 0 };
	struct code_value module;

	if (!code_is_name(s, "import"))
		return false;
	code_next(s);
	if (code_is_punct(s, '(')) {
		code_read_list(s, ')', &module);
		return true;
	}
	while (s->lexer.token.kind == TOKEN_NAME || code_is_punct(s, ',') || code_is_punct(s, '{') ||
	       (s->lexer.token.kind == TOKEN_PUNCT && s->lexer.token.punct == 'o')) {
		if (code_is_name(s, "from")) {
			code_next(s);
			break;
		}
		if (code_is_punct(s, '{')) {
			code_next(s);
			read_block(s, &names);
			continue;
		}
		if (s->lexer.token.kind == TOKEN_NAME && !code_is_name(s, "as"))
			whole = s->lexer.token;
		code_next(s);
	}
	if (s->lexer.token.kind != TOKEN_STRING)
		return true;
	module = module_named(s, &s->lexer.token);
	code_next(s);
	if (whole.kind == TOKEN_NAME && module.module)
		set_alias(s, &whole, &module, NULL);
	alias_names(s, &names, &module);
	return true;
}

bool code_read_import(struct code_scanner *s)
{
	return (s->language == CODE_PY && read_python_import(s)) || (s->language == CODE_JS && read_js_import(s));
}
