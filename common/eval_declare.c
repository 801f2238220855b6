#include "config.h"
#include "common/eval_internal.h"

#include "common/decode.h"

#include <string.h>

/* --- export, declare, local, readonly, typeset --- */

static bool has_option(const struct call *call, char option)
{
	for (uint32_t i = 1; i < call->argc && call->argv[i].text[0] == '-'; i++)
		if (strchr(call->argv[i].text, option))
			return true;
	return false;
}

void eval_cover(struct run *run, const char *text, uint32_t len)
{
	struct eval_local *local = arena_new(run->arena, struct eval_local);
	const struct eval_name *name = eval_find(run, EVAL_VARIABLE, text, len);

	if (!local) {
		run_too_complex(run, 0, "it needs too much memory to follow");
		return;
	}
	local->text = text;
	local->len = len;
	if (name)
		local->old = name->now;
	local->next = run->eval->locals;
	run->eval->locals = local;
}

static struct eval_value declared_value(struct run *run, const struct field *word, const char *equals)
{
	struct eval_value value = eval_copy(run, equals + 1, word->len - (size_t)(equals + 1 - word->text));

	value.taint = word->taint;
	value.origin = word->origin;
	return value;
}

static void declare(struct run *run, const struct field *word, bool local, bool exported)
{
	const char *equals = memchr(word->text, '=', word->len);
	uint32_t len = equals ? (uint32_t)(equals - word->text) : word->len;
	bool append = equals && len > 0 && equals[-1] == '+';
	struct eval_binding *binding;
	struct eval_value value;

	len -= append;
	if (!eval_is_name(word->text, len)) {
		if (word->unknown)
			run_too_complex(run, word->span.start, "it sets a variable whose name is not known");
		return;
	}
	if (local && run->eval->function_depth > 0) {
		eval_cover(run, word->text, len);
		if (!equals && (binding = eval_bind(run, EVAL_VARIABLE, word->text, len)))
			*binding = (struct eval_binding){ .state = EVAL_UNSET, .shell = run->eval->shell };
	}
	if (equals) {
		value = append ? eval_unknown(word->taint, word->origin) : declared_value(run, word, equals);
		eval_set(run, word->text, len, &value);
		eval_prompt(run, word->text, len, &value, word->span);
	}
	if (!exported || (!equals && !eval_find(run, EVAL_VARIABLE, word->text, len)))
		return;
	binding = eval_bind(run, EVAL_VARIABLE, word->text, len);
	if (binding)
		binding->exported = true;
}

static void export_function(struct run *run, const struct field *word)
{
	struct eval_binding *binding;

	if (!eval_find(run, EVAL_FUNCTION, word->text, word->len))
		return;
	binding = eval_bind(run, EVAL_FUNCTION, word->text, word->len);
	if (binding)
		binding->exported = true;
}

void eval_do_declare(struct run *run, struct call *call)
{
	char first = call->argv[0].text[0];
	bool is_export = first == 'e';
	bool local = (first == 'l' || first == 'd' || first == 't') && !has_option(call, 'g');
	bool exported = is_export || has_option(call, 'x');
	bool fails = first == 'l' && run->eval->function_depth == 0; /* or does not: depends on the shell */
	bool changes = fails || (!is_export && first != 'r' && (has_option(call, 'i') || has_option(call, 'n') || has_option(call, 'u') ||
	                                                        has_option(call, 'l')));

	for (uint32_t i = 1; i < call->argc; i++) {
		const struct field *word = &call->argv[i];

		if (word->text[0] == '-' || word->text[0] == '+')
			continue;
		if (is_export && has_option(call, 'f')) {
			export_function(run, word);
			continue;
		}
		declare(run, word, local, exported);
		if (changes) { /* the value is computed, or another variable's */
			struct eval_value unknown = eval_unknown(TAINT_INPUT, NULL);
			const char *equals = strchr(word->text, '=');

			eval_set(run, word->text, equals ? (uint32_t)(equals - word->text) : word->len, &unknown);
		}
	}
}

void eval_do_unset(struct run *run, struct call *call)
{
	bool functions = has_option(call, 'f');

	for (uint32_t i = 1; i < call->argc; i++) {
		const struct field *word = &call->argv[i];
		enum eval_kind kind = EVAL_VARIABLE;
		struct eval_binding *binding;

		if (word->text[0] == '-')
			continue;
		if (functions || (!has_option(call, 'v') && !eval_find(run, EVAL_VARIABLE, word->text, word->len) &&
		                  eval_find(run, EVAL_FUNCTION, word->text, word->len)))
			kind = EVAL_FUNCTION;
		if (!eval_is_name(word->text, word->len) && kind == EVAL_VARIABLE) {
			uint32_t len = (uint32_t)strcspn(word->text, "[");
			struct eval_value unknown = eval_unknown(TAINT_INPUT, NULL);

			if (eval_is_name(word->text, len))
				eval_set(run, word->text, len, &unknown);
			continue;
		}
		if (kind == EVAL_FUNCTION && !eval_find(run, kind, word->text, word->len))
			continue;
		binding = eval_bind(run, kind, word->text, word->len);
		if (binding)
			*binding = (struct eval_binding){ .state = EVAL_UNSET, .shell = run->eval->shell };
	}
}

/* --- read --- */

/* Options of read and mapfile that take a value. */
static uint32_t skip_options(const struct call *call, const char *with_value)
{
	uint32_t i = 1;

	while (i < call->argc && call->argv[i].text[0] == '-' && call->argv[i].len > 1) {
		const struct field *word = &call->argv[i];

		if (strcmp(word->text, "--") == 0)
			return i + 1;
		i += strchr(with_value, word->text[word->len - 1]) ? 2 : 1;
	}
	return i;
}

/* Cuts the next line off the stream; false when it is not known. */
static bool take_line(struct stream *stream, const char **line, uint32_t *len)
{
	const char *newline;

	if (!stream->present || !stream->known)
		return false;
	newline = stream->len ? memchr(stream->text, '\n', stream->len) : NULL;
	*line = stream->text;
	*len = newline ? (uint32_t)(newline - stream->text) : stream->len;
	stream->text += *len + (newline ? 1 : 0);
	stream->len -= *len + (newline ? 1 : 0);
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/* The next word of a line; the last name gets all that is left. */
static struct eval_value take_word(struct run *run, const char **at, const char *end, bool last)
{
	const char *start = *at, *stop;

	while (start < end && is_blank(*start) && eval_ifs(run, *start))
		start++;
	for (stop = start; stop < end && (last || !eval_ifs(run, *stop)); stop++)
		;
	*at = stop;
	while (*at < end && is_blank(**at) && eval_ifs(run, **at))
		(*at)++;
	if (*at < end && eval_ifs(run, **at))
		(*at)++;
	while (last && stop > start && is_blank(stop[-1]) && eval_ifs(run, stop[-1]))
		stop--;
	return eval_copy(run, start, (size_t)(stop - start));
}

static void read_nothing_known(struct run *run, const struct call *call, uint32_t first)
{
	struct eval_value value = eval_unknown((uint8_t)(call->input.present ? call->input.taint : TAINT_INPUT),
	                                       call->input.origin);

	for (uint32_t i = first; i < call->argc; i++)
		if (eval_is_name(call->argv[i].text, call->argv[i].len))
			eval_set(run, call->argv[i].text, call->argv[i].len, &value);
	if (first >= call->argc)
		eval_set(run, "REPLY", 5, &value);
}

void eval_do_read(struct run *run, struct call *call)
{
	uint32_t first = skip_options(call, "adinNptu"), len;
	const char *line, *end;
	bool raw = has_option(call, 'r');

	for (uint32_t i = 1; i < first && i < call->argc; i++)
		if (strpbrk(call->argv[i].text, "adnNu") && call->argv[i].text[0] == '-') {
			call->input.known = false; /* not a line, or not from here */
			if (strchr(call->argv[i].text, 'a') && i + 1 < call->argc)
				first = i + 1;
		}
	if (run->eval->ifs_unknown || !take_line(&call->input, &line, &len) || (!raw && memchr(line, '\\', len))) {
		call->input.known = false;
		read_nothing_known(run, call, first);
		return;
	}
	end = line + len;
	for (uint32_t i = first; i < call->argc; i++) {
		struct eval_value value = take_word(run, &line, end, i + 1 == call->argc);

		value.taint |= call->input.taint;
		value.origin = call->input.origin;
		if (eval_is_name(call->argv[i].text, call->argv[i].len))
			eval_set(run, call->argv[i].text, call->argv[i].len, &value);
	}
	if (first >= call->argc) {
		struct eval_value value = eval_copy(run, line, len);

		value.taint |= call->input.taint;
		eval_set(run, "REPLY", 5, &value);
	}
}

void eval_do_mapfile(struct run *run, struct call *call)
{
	uint32_t first = skip_options(call, "dnOsucC"), len, n = 0;
	const char *name = first < call->argc ? call->argv[first].text : "MAPFILE";
	struct eval_element *items = NULL;
	const char *line;
	bool plain = first == 2 && strcmp(call->argv[1].text, "-t") == 0; /* else the newlines stay */

	if (!eval_is_name(name, (uint32_t)strlen(name)))
		return;
	if (plain && call->input.present && call->input.known && run_spend(run, call->input.len / 16))
		items = arena_zalloc(run->arena, (EVAL_BRACES_MAX + 1) * sizeof(*items));
	while (items && call->input.len > 0 && n <= EVAL_BRACES_MAX && take_line(&call->input, &line, &len)) {
		items[n].value = eval_copy(run, line, len);
		items[n++].value.taint |= call->input.taint;
	}
	eval_array_assign(run, name, (uint32_t)strlen(name), items, items ? n : 0, !items || n > EVAL_BRACES_MAX, false);
	call->input.known = false;
}

/* --- others --- */

/* What printf -v NAME FORMAT WORDS.. puts into NAME; otherwise: when a part of it is not known. */
static struct eval_value printed(struct run *run, const struct call *call, struct eval_value otherwise)
{
	const struct field **words = arena_alloc(run->arena, call->argc * sizeof(*words));
	struct eval_value value = otherwise;

	for (uint32_t i = 3; i < call->argc; i++)
		if (call->argv[i].unknown || call->argv[i].glob || !words)
			return otherwise;
		else
			words[i - 3] = &call->argv[i];
	value.text = call->argc > 3 ? decode_printf(run->arena, words, call->argc - 3, &value.len) : NULL;
	value.unknown = false;
	return value.text ? value : otherwise;
}

void eval_do_printf(struct run *run, struct call *call)
{
	struct eval_value value;

	if (call->argc < 3 || strcmp(call->argv[1].text, "-v") != 0)
		return;
	value = eval_unknown(0, NULL);
	for (uint32_t i = 3; i < call->argc; i++) {
		value.taint |= call->argv[i].taint;
		if (!value.origin)
			value.origin = call->argv[i].origin;
	}
	value = printed(run, call, value);
	if (eval_is_name(call->argv[2].text, call->argv[2].len))
		eval_set(run, call->argv[2].text, call->argv[2].len, &value);
}

void eval_do_getopts(struct run *run, struct call *call)
{
	struct eval_value value = eval_unknown(TAINT_INPUT, NULL);

	if (call->argc > 2 && eval_is_name(call->argv[2].text, call->argv[2].len))
		eval_set(run, call->argv[2].text, call->argv[2].len, &value);
	eval_set(run, "OPTARG", 6, &value);
}

void eval_do_let(struct run *run, struct call *call)
{
	int64_t number;

	for (uint32_t i = 1; i < call->argc; i++)
		eval_arith(run, call->argv[i].text, call->argv[i].len, &number);
}
