#include "config.h"
#include "common/code_read.h"

#include <pthread.h>
#include <string.h>

bool code_enter(struct code_scanner *s)
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

/* --- arguments and lists --- */

/* All variables of the environment at once, tokens among them. */
static void note_environment(struct code_scanner *s, const struct code_value *value)
{
	static const char *const names[] = { "os.environ", "process.env", "ENV", "Deno.env.toObject", "_ENV" };

	for (size_t i = 0; value->module && i < sizeof(names) / sizeof(names[0]); i++)
		if (value->module_len == strlen(names[i]) && memcmp(value->module, names[i], value->module_len) == 0) {
			s->read_taint |= TAINT_SECRET;
			s->read_origin = "the environment";
		}
}

static void commit(struct code_scanner *s, struct code_arguments *args, const struct code_value *value)
{
	static const char *const positional[] = { "args", "cmd", "command", "path", "name", "file", "url", "source", "src" };
	const struct code_token *name = &s->assigned;

	note_environment(s, value);
	if (name->len && code_token_is(name, "shell")) {
		args->shell = !value->module || value->module_len != 5 || memcmp(value->module, "False", 5) != 0;
		return;
	}
	if (name->len && code_token_is(name, "mode") && args->n < CODE_ARGUMENTS_MAX) {
		args->values[CODE_ARGUMENTS_MAX - 1] = *value;
		args->mode = &args->values[CODE_ARGUMENTS_MAX - 1];
		return;
	}
	if (name->len && s->language == CODE_PY) {
		size_t i = 0;

		while (i < sizeof(positional) / sizeof(positional[0]) && !code_token_is(name, positional[i]))
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

	if (!code_enter(s))
		return;
	while (s->lexer.token.kind != TOKEN_END && !(close && code_is_punct(s, close))) {
		struct code_value value;
		const char *before = s->lexer.text + s->lexer.at;

		s->assigned.len = 0;
		code_read_value(s, &value);
		if (mixed) {
			uint8_t taint = value.taint;

			value = code_unknown();
			value.taint = taint;
		}
		mixed = !code_is_punct(s, ',') && !(close && code_is_punct(s, close));
		if (!mixed || !close)
			commit(s, args, &value);
		if (!close && mixed)
			break;
		if (code_is_punct(s, ',') || before == s->lexer.text + s->lexer.at)
			code_next(s);
	}
	if (close && code_is_punct(s, close))
		code_next(s);
	s->assigned.len = 0;
	s->depth--;
}

void code_read_list(struct code_scanner *s, char close, struct code_value *out)
{
	uint32_t n = 0;
	struct code_value value;

	*out = code_constant("", 0);
	if (!code_enter(s))
		return;
	while (s->lexer.token.kind != TOKEN_END && !code_is_punct(s, close)) {
		const char *before = s->lexer.text + s->lexer.at;

		code_read_value(s, &value);
		code_value_taint(out, &value);
		if (n++ == 0 && close == ')' && code_is_punct(s, close)) {
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
		if (!code_is_punct(s, close) && (code_is_punct(s, ',') || s->lexer.token.kind == TOKEN_NEWLINE || before == s->lexer.text + s->lexer.at ||
		                            s->lexer.token.kind == TOKEN_PUNCT))
			code_next(s);
	}
	out->list |= close == ']';
	if (code_is_punct(s, close))
		code_next(s);
	s->depth--;
}

/* --- operands --- */

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
		if (code_token_is(token, keywords[i])) {
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
		code_value_extend_module(s, &value, dot + 1, name->len - first - 1);
	}
	*rest = NULL;
	*rest_len = 0;
	return value;
}

static bool starts_argument(const struct code_scanner *s)
{
	enum code_token_kind kind = s->lexer.token.kind;

	return kind == TOKEN_STRING || kind == TOKEN_NAME || kind == TOKEN_NUMBER || kind == TOKEN_COMMAND || code_is_punct(s, '[') ||
	       code_is_punct(s, '{');
}

/* The token behind a name, method or function value may make it a call. True: it was one, and value is what it gives. */
static bool read_call(struct code_scanner *s, const char *name, uint32_t len, struct code_value *value)
{
	struct code_arguments args = { .receiver = *value };
	bool brackets = code_is_punct(s, '(');

	if (!brackets && !((s->language & (CODE_PL | CODE_RB | CODE_LUA | CODE_PHP)) && starts_argument(s) && code_is_known_call(s, name, len)))
		return false;
	if (brackets)
		code_next(s);
	read_arguments(s, &args, brackets ? ')' : '\0');
	*value = code_call(s, name, len, &args);
	return true;
}

/* name += value, at its operator. */
static void grow_variable(struct code_scanner *s, const struct code_token *name, struct code_value *value)
{
	const struct code_value *before = code_variable_find(s, name->text, name->len);
	struct code_value grown = before ? *before : code_unknown();

	code_next(s);
	code_read_value(s, value);
	code_value_combine(s, &grown, '+', value);
	code_variable_set(s, name, &grown);
	*value = grown;
}

static void read_named(struct code_scanner *s, struct code_value *value)
{
	struct code_token name = s->lexer.token;
	const char *rest;
	uint32_t rest_len;

	code_next(s);
	if (code_is_punct(s, '=')) {
		code_next(s);
		code_read_value(s, value);
		code_variable_set(s, &name, value);
		s->assigned = name;
		return;
	}
	if (code_is_punct(s, 'a') && !memchr(name.text, '.', name.len)) {
		grow_variable(s, &name, value);
		return;
	}
	if (s->language == CODE_JS && name.text[name.len - 1] == '$' && s->lexer.token.kind == TOKEN_STRING) { /* $`command` of Bun and zx */
		*value = code_constant(s->lexer.token.text, s->lexer.token.len);
		code_run_shell(s, value);
		*value = code_unknown();
		code_next(s);
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
				code_value_extend_module(s, value, name.text, name.len);
				read_call(s, value->module, value->module_len, value);
			} else if (!read_call(s, name.text, name.len, value)) {
				code_value_set(value, code_unknown().text, 1);
				value->list = value->path = false;
			}
		} else if (code_is_punct(s, '(') && value->module) {
			read_call(s, value->module, value->module_len, value);
		} else if (code_is_punct(s, '[')) {
			struct code_value index;
			uint8_t taint = value->taint;

			code_next(s);
			code_read_list(s, ']', &index);
			*value = code_unknown();
			value->taint = taint;
		} else {
			return;
		}
	}
}

/* One operand; false when the token does not start one. */
static bool read_operand(struct code_scanner *s, struct code_value *value)
{
	struct code_token token = s->lexer.token;

	if (code_read_import(s)) {
		*value = code_unknown();
		return true;
	}
	while (skip_keyword(s))
		token = s->lexer.token;
	if (token.kind == TOKEN_NAME || token.kind == TOKEN_METHOD) {
		*value = code_unknown();
		read_named(s, value);
	} else if (token.kind == TOKEN_STRING || token.kind == TOKEN_NUMBER) {
		*value = code_constant(token.text, token.len);
		code_next(s);
	} else if (token.kind == TOKEN_COMMAND) {
		*value = code_constant(token.text, token.len);
		code_run_shell(s, value);
		*value = code_unknown();
		code_next(s);
	} else if (code_is_punct(s, '(') || code_is_punct(s, '[')) {
		code_next(s);
		code_read_list(s, token.punct == '(' ? ')' : ']', value);
	} else if (code_is_punct(s, '{')) {
		code_read_braces(s, value);
		return true;
	} else {
		return false;
	}
	read_postfix(s, value);
	return true;
}

/* --- expressions and statements --- */

void code_read_value(struct code_scanner *s, struct code_value *out)
{
	bool have = false, was_string = false;
	char operator = '\0';

	*out = code_unknown();
	if (!code_enter(s))
		return;
	for (;;) {
		const struct code_token *token = &s->lexer.token;
		bool is_string = token->kind == TOKEN_STRING;
		struct code_value value;

		if (token->kind == TOKEN_NEWLINE && operator) {
			code_next(s);
			continue;
		}
		if (token->kind == TOKEN_PUNCT && strchr("+/%|><oa=", token->punct) && (have || token->punct == 'o' || token->punct == 'a' || token->punct == '<')) {
			operator = operator && operator != token->punct ? 'o' : token->punct;
			code_next(s);
			continue;
		}
		if (have && !operator && !(is_string && was_string && (s->language & (CODE_PY | CODE_RB))))
			break;
		if (!read_operand(s, &value))
			break;
		if (have)
			code_value_combine(s, out, operator ? operator : '+', &value);
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
	if (!code_enter(s))
		return;
	s->lexer = (struct code_lexer){ .text = text, .len = len };
	code_next(s);
	while (s->lexer.token.kind != TOKEN_END) {
		uint32_t before = s->lexer.at;
		struct code_value ignored;

		code_read_value(s, &ignored);
		if (s->lexer.at == before || s->lexer.token.kind == TOKEN_NEWLINE)
			code_next(s);
	}
	s->depth--;
}
