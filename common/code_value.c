#include "config.h"
#include "common/code.h"

#include <pthread.h>
#include <string.h>

static bool is_punct(const struct code_scanner *s, char punct)
{
	return s->lexer.token.kind == TOKEN_PUNCT && s->lexer.token.punct == punct;
}

static bool token_is(const struct code_token *token, const char *text)
{
	return token->len == strlen(text) && memcmp(token->text, text, token->len) == 0;
}

/* --- values --- */

struct code_value code_unknown(void)
{
	static const char unknown[] = { TEXT_UNKNOWN, '\0' };

	return (struct code_value){ .text = unknown, .len = 1 };
}

static struct code_value constant(const char *text, uint32_t len)
{
	return (struct code_value){ .text = text, .len = len };
}

/* Room for more bytes behind the value; NULL, and the value unknown, past the bounds. */
static char *make_room(struct code_scanner *s, struct code_value *value, uint32_t more)
{
	uint32_t room = (value->room ? 2 : 1) * (value->len + more) + 16; /* the second time it will go on growing */
	char *copy;

	if (value->len + more <= value->room)
		return (char *)(uintptr_t)value->text + value->len;
	copy = value->len + more <= CODE_VALUE_MAX && run_spend(s->run, 1 + value->len) ? arena_alloc(s->run->arena, room) : NULL;
	if (!copy) {
		uint8_t taint = value->taint;

		*value = code_unknown();
		value->taint = taint;
		return NULL;
	}
	memcpy(copy, value->text, value->len);
	value->text = copy;
	value->room = room;
	return copy + value->len;
}

void code_value_append(struct code_scanner *s, struct code_value *value, const char *text, uint32_t len)
{
	char *end = make_room(s, value, len);

	if (!end)
		return;
	memcpy(end, text, len);
	value->len += len;
}

void code_value_append_quoted(struct code_scanner *s, struct code_value *value, const char *text, uint32_t len)
{
	code_value_append(s, value, value->len ? " '" : "'", value->len ? 2 : 1);
	while (len) {
		const char *quote = memchr(text, '\'', len);
		uint32_t n = quote ? (uint32_t)(quote - text) : len;

		code_value_append(s, value, text, n);
		if (quote)
			code_value_append(s, value, "'\\''", 4);
		n += quote != NULL;
		text += n;
		len -= n;
	}
	code_value_append(s, value, "'", 1);
}

static void add_taint(struct code_value *value, const struct code_value *other)
{
	value->taint |= other->taint;
	if (!value->origin)
		value->origin = other->origin;
}

/* --- variables --- */

static uint32_t variable_index(const struct code_scanner *s, const char *name, uint32_t len)
{
	uint32_t i = 0;

	while (i < CODE_VARIABLES_MAX && i < s->n_variables &&
	       (s->variables[i].len != len || memcmp(s->variables[i].name, name, len) != 0))
		i++;
	return i;
}

const struct code_value *code_variable_find(const struct code_scanner *s, const char *name, uint32_t len)
{
	uint32_t i = variable_index(s, name, len);

	return i < CODE_VARIABLES_MAX && i < s->n_variables ? &s->variables[i].value : NULL;
}

/* When there are too many, the oldest is forgotten and so unknown. */
static void set_variable(struct code_scanner *s, const struct code_token *name, const struct code_value *value)
{
	uint32_t i = variable_index(s, name->text, name->len);

	if (i >= CODE_VARIABLES_MAX || i >= s->n_variables)
		i = s->n_variables++ % CODE_VARIABLES_MAX;
	s->variables[i] = (struct code_variable){ name->text, name->len, *value };
	s->variables[i].value.room = 0;
}

/* module "os" and name "path.join" to "os.path.join". */
static void extend_module(struct code_scanner *s, struct code_value *value, const char *name, uint32_t len)
{
	struct code_value joined = constant(value->module, value->module_len);

	code_value_append(s, &joined, ".", 1);
	code_value_append(s, &joined, name, len);
	value->module = joined.text;
	value->module_len = joined.len;
}

static void set_alias(struct code_scanner *s, const struct code_token *name, const struct code_value *module, const struct code_token *part)
{
	struct code_value value = *module;

	if (part)
		extend_module(s, &value, part->text, part->len);
	set_variable(s, name, &value);
}

/* --- reading --- */

static void read_value(struct code_scanner *s, struct code_value *out);

static bool enter(struct code_scanner *s)
{
	if (s->depth < CODE_DEPTH_MAX) {
		s->depth++;
		return true;
	}
	run_too_complex(s->run, s->span.start, "code is nested too deeply");
	s->lexer.at = s->lexer.len;
	code_next(s);
	return false;
}

static void commit(struct code_scanner *s, struct code_arguments *args, const struct code_value *value)
{
	static const char *const positional[] = { "args", "cmd", "command", "path", "name", "file", "url", "source", "src" };
	const struct code_token *name = &s->assigned;

	if (name->len && token_is(name, "shell")) {
		args->shell = !value->module || value->module_len != 5 || memcmp(value->module, "False", 5) != 0;
		return;
	}
	if (name->len && token_is(name, "mode") && args->n < CODE_ARGUMENTS_MAX) {
		args->values[CODE_ARGUMENTS_MAX - 1] = *value;
		args->mode = &args->values[CODE_ARGUMENTS_MAX - 1];
		return;
	}
	if (name->len && s->language == CODE_PY) {
		size_t i = 0;

		while (i < sizeof(positional) / sizeof(positional[0]) && !token_is(name, positional[i]))
			i++;
		if (args->n > 0 || i == sizeof(positional) / sizeof(positional[0]))
			return;
	}
	if (args->n < CODE_ARGUMENTS_MAX - 1)
		args->values[args->n++] = *value;
}

/* Arguments up to close, which is taken; close '\0': those of a call without brackets, up to the end of the statement. */
static void read_arguments(struct code_scanner *s, struct code_arguments *args, char close)
{
	bool mixed = false;

	if (!enter(s))
		return;
	while (s->lexer.token.kind != TOKEN_END && !(close && is_punct(s, close))) {
		struct code_value value;
		const char *before = s->lexer.text + s->lexer.at;

		s->assigned.len = 0;
		read_value(s, &value);
		if (mixed) {
			uint8_t taint = value.taint;

			value = code_unknown();
			value.taint = taint;
		}
		mixed = !is_punct(s, ',') && !(close && is_punct(s, close));
		if (!mixed || !close)
			commit(s, args, &value);
		if (!close && mixed)
			break;
		if (is_punct(s, ',') || before == s->lexer.text + s->lexer.at)
			code_next(s);
	}
	if (close && is_punct(s, close))
		code_next(s);
	s->assigned.len = 0;
	s->depth--;
}

/* (a, b) or [a, b]: a list, or the value itself when it is the only one between round brackets. */
static void read_list(struct code_scanner *s, char close, struct code_value *out)
{
	uint32_t n = 0;
	struct code_value value;

	*out = constant("", 0);
	if (!enter(s))
		return;
	while (s->lexer.token.kind != TOKEN_END && !is_punct(s, close)) {
		const char *before = s->lexer.text + s->lexer.at;

		read_value(s, &value);
		add_taint(out, &value);
		if (n++ == 0 && close == ')' && is_punct(s, close)) {
			*out = value;
			break;
		}
		if (value.list) {
			code_value_append(s, out, " ", 1);
			code_value_append(s, out, value.text, value.len);
		} else {
			code_value_append_quoted(s, out, value.text, value.len);
		}
		out->list = true;
		if (!is_punct(s, close) && (is_punct(s, ',') || s->lexer.token.kind == TOKEN_NEWLINE || before == s->lexer.text + s->lexer.at ||
		                            s->lexer.token.kind == TOKEN_PUNCT))
			code_next(s);
	}
	out->list |= close == ']';
	if (is_punct(s, close))
		code_next(s);
	s->depth--;
}

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
	if (!enter(s))
		return;
	while (s->lexer.token.kind != TOKEN_END && !is_punct(s, '}')) {
		struct code_token token = s->lexer.token;
		const char *before = s->lexer.text + s->lexer.at;
		struct code_value ignored;

		read_value(s, &ignored);
		if (token.kind == TOKEN_NAME && colon && names->n) {
			names->name[names->n - 1] = token;
		} else if (token.kind == TOKEN_NAME && names->n < NAMES_MAX) {
			names->part[names->n] = names->name[names->n] = token;
			names->n++;
		}
		colon = is_punct(s, ':') || (s->lexer.token.kind == TOKEN_NAME && token_is(&s->lexer.token, "as"));
		if (!is_punct(s, '}') && (s->lexer.token.kind == TOKEN_PUNCT || s->lexer.token.kind == TOKEN_NEWLINE || colon ||
		                          before == s->lexer.text + s->lexer.at))
			code_next(s);
	}
	if (is_punct(s, '}'))
		code_next(s);
	s->depth--;
}

static void alias_names(struct code_scanner *s, const struct names *names, const struct code_value *module)
{
	for (uint32_t i = 0; module->module && i < names->n; i++)
		set_alias(s, &names->name[i], module, &names->part[i]);
}

static struct code_value module_named(struct code_scanner *s, const struct code_token *name)
{
	struct code_arguments args = { .n = 1, .receiver = { .module = "require", .module_len = 7 } };

	args.values[0] = constant(name->text, name->len);
	return code_call(s, "require", 7, &args);
}

static bool is_name(const struct code_scanner *s, const char *name)
{
	return s->lexer.token.kind == TOKEN_NAME && token_is(&s->lexer.token, name);
}

/* a [as b], c [as d] of a Python import; prefix: the module they come from, or NULL. */
static void read_python_names(struct code_scanner *s, const struct code_value *prefix)
{
	while (s->lexer.token.kind == TOKEN_NAME || is_punct(s, ',') || is_punct(s, '(')) {
		struct code_token part = s->lexer.token, name = part;
		struct code_value module = constant("", 0);

		code_next(s);
		if (part.kind != TOKEN_NAME)
			continue;
		if (is_name(s, "as")) {
			code_next(s);
			name = s->lexer.token;
			code_next(s);
		}
		module.module = part.text;
		module.module_len = part.len;
		if (prefix || name.text != part.text)
			set_alias(s, &name, prefix ? prefix : &module, prefix ? &part : NULL);
	}
}

/* import a, b as c; from a import b as c */
static bool read_python_import(struct code_scanner *s)
{
	struct code_value module = code_unknown();
	bool from = is_name(s, "from");

	if (!from && !is_name(s, "import"))
		return false;
	code_next(s);
	if (from) {
		module.module = s->lexer.token.text;
		module.module_len = s->lexer.token.len;
		code_next(s);
		if (!is_name(s, "import"))
			return true;
		code_next(s);
	}
	read_python_names(s, from ? &module : NULL);
	return true;
}

/* import x from 'm'; import * as x from 'm'; import {a as b} from 'm' */
static __attribute__((noinline)) bool read_js_import(struct code_scanner *s)
{
	struct code_token whole = { .kind = TOKEN_END };
	struct names names = { .n = 0 };
	struct code_value module;

	if (!is_name(s, "import"))
		return false;
	code_next(s);
	if (is_punct(s, '(')) {
		read_list(s, ')', &module);
		return true;
	}
	while (s->lexer.token.kind == TOKEN_NAME || is_punct(s, ',') || is_punct(s, '{') ||
	       (s->lexer.token.kind == TOKEN_PUNCT && s->lexer.token.punct == 'o')) {
		if (is_name(s, "from")) {
			code_next(s);
			break;
		}
		if (is_punct(s, '{')) {
			code_next(s);
			read_block(s, &names);
			continue;
		}
		if (s->lexer.token.kind == TOKEN_NAME && !is_name(s, "as"))
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

/* Words that say nothing about a value. print is a function in Python. */
static const char *const keywords[] = { "new", "await", "return", "const", "let", "var", "my", "our", "local", "if", "elsif", "elif",
	                                "else", "not", "lambda", "async", "typeof", "then", "do", "end", "function", "def", "sub", "begin",
	                                "while", "unless", "for", "with", "try", "yield", "static", "public", "and", "or", "in", "as",
	                                "puts", "echo", "raise", "throw", "assert", "del", "print" };
static uint32_t keyword_lengths[256]; /* by first byte: most names are no keyword */
static pthread_once_t keywords_once = PTHREAD_ONCE_INIT;

static void index_keywords(void)
{
	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
		keyword_lengths[(uint8_t)keywords[i][0]] |= UINT32_C(1) << strlen(keywords[i]);
}

static bool skip_keyword(struct code_scanner *s)
{
	const struct code_token *token = &s->lexer.token;

	pthread_once(&keywords_once, index_keywords);
	if (token->kind != TOKEN_NAME || token->len > 8 || !(keyword_lengths[(uint8_t)token->text[0]] & UINT32_C(1) << token->len))
		return false;
	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]) - (s->language == CODE_PY); i++)
		if (token_is(token, keywords[i])) {
			s->lexer.operand = false; /* a pattern or quote operator may follow */
			code_next(s);
			return true;
		}
	return false;
}

/* What a dotted name stands for: aliases of modules resolved; of a variable the value, with rest at what follows it. */
static struct code_value resolve(struct code_scanner *s, const struct code_token *name, const char **rest, uint32_t *rest_len)
{
	const char *dot = memchr(name->text, '.', name->len);
	uint32_t first = dot ? (uint32_t)(dot - name->text) : name->len;
	const struct code_value *variable = code_variable_find(s, name->text, first);
	struct code_value value = variable ? *variable : code_unknown();

	*rest = dot ? dot + 1 : NULL;
	*rest_len = dot ? name->len - first - 1 : 0;
	if (variable && !variable->module)
		return value;
	if (!variable) {
		value.module = name->text;
		value.module_len = name->len;
	} else if (dot) {
		extend_module(s, &value, dot + 1, name->len - first - 1);
	}
	*rest = NULL;
	*rest_len = 0;
	return value;
}

static bool starts_argument(const struct code_scanner *s)
{
	enum code_token_kind kind = s->lexer.token.kind;

	return kind == TOKEN_STRING || kind == TOKEN_NAME || kind == TOKEN_NUMBER || kind == TOKEN_COMMAND || is_punct(s, '[') ||
	       is_punct(s, '{');
}

/* The token behind a name, method or function value may make it a call. True: it was one, and value is what it gives. */
static bool read_call(struct code_scanner *s, const char *name, uint32_t len, struct code_value *value)
{
	struct code_arguments args = { .receiver = *value };
	bool brackets = is_punct(s, '(');

	if (!brackets && !((s->language & (CODE_PL | CODE_RB | CODE_LUA | CODE_PHP)) && starts_argument(s) && code_is_known_call(s, name, len)))
		return false;
	if (brackets)
		code_next(s);
	read_arguments(s, &args, brackets ? ')' : '\0');
	*value = code_call(s, name, len, &args);
	return true;
}

static void read_named(struct code_scanner *s, struct code_value *value)
{
	struct code_token name = s->lexer.token;
	const char *rest;
	uint32_t rest_len;

	code_next(s);
	if (is_punct(s, '=')) {
		code_next(s);
		read_value(s, value);
		set_variable(s, &name, value);
		s->assigned = name;
		return;
	}
	*value = resolve(s, &name, &rest, &rest_len);
	if (value->module) {
		read_call(s, value->module, value->module_len, value);
	} else if (rest && !read_call(s, rest, rest_len, value)) {
		uint8_t taint = value->taint;

		*value = code_unknown();
		value->taint = taint;
	}
}

/* .method(..), .property, [index], (..) behind a value. */
static void read_postfix(struct code_scanner *s, struct code_value *value)
{
	for (;;) {
		if (s->lexer.token.kind == TOKEN_METHOD) {
			struct code_token name = s->lexer.token;

			code_next(s);
			if (value->module) {
				extend_module(s, value, name.text, name.len);
				read_call(s, value->module, value->module_len, value);
			} else if (!read_call(s, name.text, name.len, value)) {
				code_value_set(value, code_unknown().text, 1);
				value->list = value->path = false;
			}
		} else if (is_punct(s, '(') && value->module) {
			read_call(s, value->module, value->module_len, value);
		} else if (is_punct(s, '[')) {
			struct code_value index;
			uint8_t taint = value->taint;

			code_next(s);
			read_list(s, ']', &index);
			*value = code_unknown();
			value->taint = taint;
		} else {
			return;
		}
	}
}

/* A block or dictionary as an operand, and what a module is taken apart into. */
static __attribute__((noinline)) void read_braces(struct code_scanner *s, struct code_value *value)
{
	struct names names;

	code_next(s);
	read_block(s, &names);
	*value = code_unknown();
	if (!is_punct(s, '='))
		return;
	code_next(s);
	read_value(s, value);
	alias_names(s, &names, value);
}

/* One operand; false when the token does not start one. */
static bool read_operand(struct code_scanner *s, struct code_value *value)
{
	struct code_token token = s->lexer.token;

	if ((s->language == CODE_PY && read_python_import(s)) || (s->language == CODE_JS && read_js_import(s))) {
		*value = code_unknown();
		return true;
	}
	while (skip_keyword(s))
		token = s->lexer.token;
	if (token.kind == TOKEN_NAME || token.kind == TOKEN_METHOD) {
		*value = code_unknown();
		read_named(s, value);
	} else if (token.kind == TOKEN_STRING || token.kind == TOKEN_NUMBER) {
		*value = constant(token.text, token.len);
		code_next(s);
	} else if (token.kind == TOKEN_COMMAND) {
		*value = constant(token.text, token.len);
		code_run_shell(s, value);
		*value = code_unknown();
		code_next(s);
	} else if (is_punct(s, '(') || is_punct(s, '[')) {
		code_next(s);
		read_list(s, token.punct == '(' ? ')' : ']', value);
	} else if (is_punct(s, '{')) {
		read_braces(s, value);
		return true;
	} else {
		return false;
	}
	read_postfix(s, value);
	return true;
}

/* a % b: what stands for a value in a is not known. */
static void fill_format(struct code_scanner *s, struct code_value *format)
{
	struct code_value filled = constant("", 0);
	uint32_t from = 0;

	for (uint32_t i = 0; i + 1 < format->len; i++)
		if (format->text[i] == '%') {
			code_value_append(s, &filled, format->text + from, i - from);
			code_value_append(s, &filled, code_unknown().text, 1);
			from = ++i + 1;
		}
	code_value_append(s, &filled, format->text + from, format->len - from);
	code_value_set(format, filled.text, filled.len);
}

static void combine(struct code_scanner *s, struct code_value *left, char operator, const struct code_value *right)
{
	add_taint(left, right);
	left->module = NULL;
	if (operator == '+') {
		if (left->list)
			code_value_append(s, left, " ", 1);
		code_value_append(s, left, right->text, right->len);
		left->list |= right->list;
	} else if (operator == '/' && (left->path || right->path)) {
		if (right->len && right->text[0] == '/') {
			code_value_set(left, right->text, right->len);
		} else {
			code_value_append(s, left, "/", 1);
			code_value_append(s, left, right->text, right->len);
		}
		left->path = true;
	} else if (operator == '%' && s->language == CODE_PY) {
		fill_format(s, left);
	} else {
		code_value_set(left, code_unknown().text, 1);
		left->list = left->path = false;
	}
}

/* An expression up to a token that cannot go on with it: , ; : ) ] } a line end, or an operand without operator. */
static void read_value(struct code_scanner *s, struct code_value *out)
{
	bool have = false, was_string = false;
	char operator = '\0';

	*out = code_unknown();
	if (!enter(s))
		return;
	for (;;) {
		const struct code_token *token = &s->lexer.token;
		bool is_string = token->kind == TOKEN_STRING;
		struct code_value value;

		if (token->kind == TOKEN_NEWLINE && operator) {
			code_next(s);
			continue;
		}
		if (token->kind == TOKEN_PUNCT && strchr("+/%|><o=", token->punct) && (have || token->punct == 'o' || token->punct == '<')) {
			operator = operator && operator != token->punct ? 'o' : token->punct;
			code_next(s);
			continue;
		}
		if (have && !operator && !(is_string && was_string && (s->language & (CODE_PY | CODE_RB))))
			break;
		if (!read_operand(s, &value))
			break;
		if (have)
			combine(s, out, operator ? operator : '+', &value);
		else
			*out = value;
		was_string = is_string;
		have = true;
		operator = '\0';
	}
	s->depth--;
}

void code_statements(struct code_scanner *s, const char *text, uint32_t len)
{
	if (!enter(s))
		return;
	s->lexer = (struct code_lexer){ .text = text, .len = len };
	code_next(s);
	while (s->lexer.token.kind != TOKEN_END) {
		uint32_t before = s->lexer.at;
		struct code_value ignored;

		read_value(s, &ignored);
		if (s->lexer.at == before || s->lexer.token.kind == TOKEN_NEWLINE)
			code_next(s);
	}
	s->depth--;
}
