#include "config.h"
#include "common/command.h"

#include "common/printable.h"

#include <ctype.h>
#include <string.h>

#define INPUT_WORDS_MAX 64 /* words of known input that become operands; more are not known */
#define INPUT_LINES_MAX 16 /* lines of known input that a command with a placeholder is run for */

/* A piece of the input as a word. */
static struct field input_piece(struct resolved *r, const char *text, size_t len)
{
	const struct stream *input = &r->call->input;
	struct field word = { .span = r->call->span, .taint = input->taint, .origin = input->origin };

	word.text = arena_dup(r->run->arena, text, len);
	if (!word.text)
		word.text = "";
	word.len = (uint32_t)strlen(word.text);
	word.unknown = memchr(word.text, TEXT_UNKNOWN, word.len);
	word.glob = memchr(word.text, TEXT_STAR, word.len);
	return word;
}

static struct field unknown_piece(struct resolved *r)
{
	static const char unknown[] = { TEXT_UNKNOWN };

	return input_piece(r, unknown, 1);
}

/* The next piece of known input: up to a blank, or up to the end of the line. */
static bool next_piece(struct resolved *r, const char **at, bool lines, struct field *piece)
{
	const char *end = r->call->input.text + r->call->input.len, *from;

	while (*at < end && isspace((unsigned char)**at))
		(*at)++;
	from = *at;
	while (*at < end && (lines ? **at != '\n' : !isspace((unsigned char)**at)))
		(*at)++;
	*piece = input_piece(r, from, (size_t)(*at - from));
	return *at > from;
}

/* What xargs makes of its input; what is not known is one word that could be anything. */
static uint32_t input_pieces(struct resolved *r, bool lines, struct field *pieces, uint32_t max)
{
	const struct stream *input = &r->call->input;
	const char *at = input->text;
	uint32_t n = 0;

	if (!input->present)
		return 0;
	while (input->known && n < max && next_piece(r, &at, lines, &pieces[n]))
		n++;
	if (!input->known || at < input->text + input->len)
		pieces[n < max ? n++ : max - 1] = unknown_piece(r);
	return n;
}

/* What stands for the input in a word of xargs or parallel: {} or the value of -I. */
static const char *placeholder(const struct resolved *r)
{
	for (uint32_t i = 0; i < r->n_hits; i++) {
		const char *name = table_string(r->run->table, r->hits[i]->option->name);

		if (strcmp(name, "-I") == 0 && r->hits[i]->n_values && r->hits[i]->values[0].len)
			return r->hits[i]->values[0].text;
	}
	return "{}";
}

static void replace_placeholder(struct resolved *r, struct field *word, const struct field *with)
{
	const char *mark = strstr(word->text, placeholder(r));

	if (!mark)
		return;
	word->text = printable_join(r->run->arena, arena_dup(r->run->arena, word->text, (size_t)(mark - word->text)), with->text,
	                            mark + strlen(placeholder(r)), NULL);
	word->len = (uint32_t)strlen(word->text);
	word->unknown |= with->unknown;
	word->glob |= with->glob;
	word->taint |= with->taint;
}

static bool has_placeholder(const struct resolved *r, const struct field *const *words, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (strstr(words[i]->text, placeholder(r)))
			return true;
	return false;
}

static void run_wrapped(struct resolved *r, const struct field *argv, uint32_t argc, bool elsewhere)
{
	struct run *run = r->run;
	struct analysis_command *current = run->current;
	const char *cwd = run->cwd;
	struct call call = *r->call;

	call.argv = argv;
	call.argc = argc;
	call.n_env = 0;
	call.n_redirects = 0;
	call.depth++;
	call.as_root = call.as_root || (r->flags & CAP_SUDO);
	call.elsewhere = call.elsewhere || elsewhere;
	if (r->input == STREAM_ARGS)
		call.input = (struct stream){ .present = false };
	if (elsewhere)
		run->cwd = NULL;
	run->nesting++;
	eval_call(run, &call, false);
	run->nesting--;
	run->cwd = cwd;
	run->current = current;
	r->call->output = call.output;
	r->wrapped = true;
}

static struct field *copy_words(struct resolved *r, const struct field *const *words, uint32_t n, uint32_t more)
{
	struct field *argv = arena_alloc(r->run->arena, ((size_t)n + more) * sizeof(*argv));

	for (uint32_t i = 0; argv && i < n; i++)
		argv[i] = *words[i];
	return argv;
}

/* xargs: the words with the input in the place of the placeholder, line by line, else behind them. */
static bool run_with_input(struct resolved *r, const struct field *const *words, uint32_t n, bool elsewhere)
{
	struct field lines[INPUT_LINES_MAX];
	struct field *argv;
	uint32_t n_lines;

	if (!has_placeholder(r, words, n)) {
		argv = copy_words(r, words, n, INPUT_WORDS_MAX);
		if (argv)
			run_wrapped(r, argv, n + input_pieces(r, false, argv + n, INPUT_WORDS_MAX), elsewhere);
		return argv;
	}
	n_lines = input_pieces(r, true, lines, INPUT_LINES_MAX);
	for (uint32_t line = 0; line < n_lines || line == 0; line++) {
		argv = copy_words(r, words, n, 0);
		if (!argv)
			return false;
		for (uint32_t i = 0; i < n && n_lines; i++)
			replace_placeholder(r, &argv[i], &lines[line]);
		run_wrapped(r, argv, n, elsewhere);
	}
	return true;
}

/* The words lie side by side in the outer call, unless something was put among them. */
static bool side_by_side(const struct field *const *words, uint32_t n)
{
	for (uint32_t i = 1; i < n; i++)
		if (words[i] != words[0] + i)
			return false;
	return true;
}

void command_wrapped(struct resolved *r, const struct field *const *words, uint32_t n, bool elsewhere)
{
	const struct field *argv;
	bool ran = r->run->nesting < RUN_NESTING_MAX;

	if (n == 0)
		return;
	if (ran && r->input == STREAM_ARGS) {
		ran = run_with_input(r, words, n, elsewhere);
	} else if (ran) {
		argv = side_by_side(words, n) ? words[0] : copy_words(r, words, n, 0);
		ran = argv;
		if (argv)
			run_wrapped(r, argv, n, elsewhere);
	}
	if (!ran)
		run_too_complex(r->run, r->call->span.start, "commands are wrapped too deeply");
}

struct field command_join_input(struct resolved *r, const struct field *const *words, uint32_t n)
{
	struct field pieces[INPUT_WORDS_MAX];
	const struct field **all = arena_alloc(r->run->arena, ((size_t)n + INPUT_WORDS_MAX) * sizeof(*all));
	uint32_t n_pieces;

	if (!all || r->input != STREAM_ARGS || has_placeholder(r, words, n))
		return command_join(r->run, words, n);
	n_pieces = input_pieces(r, false, pieces, INPUT_WORDS_MAX);
	for (uint32_t i = 0; i < n; i++)
		all[i] = words[i];
	for (uint32_t i = 0; i < n_pieces; i++)
		all[n + i] = &pieces[i];
	return command_join(r->run, all, n + n_pieces);
}
