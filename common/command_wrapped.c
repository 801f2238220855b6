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

/* What ends a piece of the input: a blank, the end of a line, what -d says, or nothing but its end (-0). */
enum pieces { PIECES_WORDS, PIECES_LINES, PIECES_WHOLE };

/* Names that find and ls print: here they stand in lines, whatever ends them. */
static bool names_files(const struct resolved *r)
{
	static const char found[] = { TEXT_STAR, TEXT_ANY, TEXT_UNKNOWN, '\0' };

	return r->call->input.text && strpbrk(r->call->input.text, found);
}

static enum pieces pieces_by_option(const struct resolved *r, enum pieces otherwise)
{
	for (uint32_t i = 0; i < r->n_hits; i++) {
		const char *name = table_string(r->run->table, r->hits[i]->option->name);
		const struct field *value = r->hits[i]->n_values ? &r->hits[i]->values[0] : NULL;

		if (strcmp(name, "-0") == 0)
			return names_files(r) ? PIECES_LINES : PIECES_WHOLE;
		if (strcmp(name, "-d") == 0 && value)
			return strcmp(value->text, "\\n") == 0 || strcmp(value->text, "\n") == 0 ? PIECES_LINES : PIECES_WHOLE;
	}
	return otherwise;
}

static bool ends_piece(char c, enum pieces pieces)
{
	return pieces == PIECES_WORDS ? isspace((unsigned char)c) : pieces == PIECES_LINES && c == '\n';
}

/* The next piece of known input. */
static bool next_piece(struct resolved *r, const char **at, enum pieces pieces, struct field *piece)
{
	const char *end = r->call->input.text + r->call->input.len, *from;

	while (*at < end && isspace((unsigned char)**at))
		(*at)++;
	from = *at;
	while (*at < end && !ends_piece(**at, pieces))
		(*at)++;
	*piece = input_piece(r, from, (size_t)(*at - from));
	return *at > from;
}

/* What xargs makes of its input; what is not known is one word that could be anything. */
static uint32_t input_pieces(struct resolved *r, enum pieces kind, struct field *pieces, uint32_t max)
{
	const struct stream *input = &r->call->input;
	const char *at = input->text;
	uint32_t n = 0;

	if (!input->present)
		return 0;
	kind = pieces_by_option(r, kind);
	while (input->known && n < max && next_piece(r, &at, kind, &pieces[n]))
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
			run_wrapped(r, argv, n + input_pieces(r, PIECES_WORDS, argv + n, INPUT_WORDS_MAX), elsewhere);
		if (argv && words[n - 1]->text[0] == '-' && words[n - 1]->text[1] != '-' && !names_files(r) && input_pieces(r, PIECES_WHOLE, argv + n, 1))
			run_wrapped(r, argv, n + 1, elsewhere); /* the value of an option: sh -c takes it for code */
		return argv;
	}
	n_lines = input_pieces(r, PIECES_LINES, lines, INPUT_LINES_MAX);
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

/* parallel: the words in front of ::: and the arguments behind it. */
static uint32_t words_before_arguments(const struct field *const *words, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (strncmp(words[i]->text, ":::", 3) == 0)
			return i;
	return n;
}

/* A word as the shell has to be given it to stay one. */
static struct field quoted_word(struct resolved *r, const struct field *word)
{
	struct field quoted = *word;
	const char *text = "'", *from = word->text;

	if (!strpbrk(word->text, " \t\n'\"$`\\;&|<>(){}#!"))
		return quoted;
	for (const char *quote; (quote = strchr(from, '\'')); from = quote + 1)
		text = printable_join(r->run->arena, text, arena_dup(r->run->arena, from, (size_t)(quote - from)), "'\\''", NULL);
	quoted.text = printable_join(r->run->arena, text, from, "'", NULL);
	quoted.len = (uint32_t)strlen(quoted.text);
	return quoted;
}

struct lines {
	const struct field **words;
	uint32_t n;
	uint32_t room;
};

static void put_word(struct lines *lines, const struct field *word)
{
	if (lines->words && lines->n < lines->room)
		lines->words[lines->n++] = word;
}

/* The words with the argument in the place of the placeholder, else behind them; a ; behind it all. GNU parallel quotes the argument, not
 * the words: a word with blanks in it falls apart, which is hardly ever meant, so both are looked at (quote_words). */
static void put_line(struct resolved *r, struct lines *lines, const struct field *const *words, uint32_t n, const struct field *argument,
                     bool quote_words)
{
	static const struct field semicolon = { .text = ";", .len = 1 };
	bool replaced = has_placeholder(r, words, n);
	struct field *argv = copy_words(r, words, n, 1);

	if (!argv)
		return;
	argv[n] = n ? quoted_word(r, argument) : *argument;
	for (uint32_t i = 0; i < n; i++) {
		replace_placeholder(r, &argv[i], quote_words ? argument : &argv[n]);
		if (quote_words)
			argv[i] = quoted_word(r, &argv[i]);
		put_word(lines, &argv[i]);
	}
	if (!replaced)
		put_word(lines, &argv[n]);
	put_word(lines, &semicolon);
}

/* parallel: a command line for each argument; without words it is the line. */
static struct field join_lines(struct resolved *r, const struct field *const *words, uint32_t n, const struct field *const *arguments,
                               uint32_t n_arguments)
{
	struct lines lines = { .room = 2 * INPUT_LINES_MAX * (n + 2) };

	lines.words = arena_alloc(r->run->arena, lines.room * sizeof(*lines.words));
	for (uint32_t i = 0; i < n_arguments && i < INPUT_LINES_MAX; i++) {
		put_line(r, &lines, words, n, arguments[i], false);
		if (n > 1)
			put_line(r, &lines, words, n, arguments[i], true);
	}
	return lines.n ? command_join(r->run, lines.words, lines.n) : *arguments[0]; /* no memory: nothing is allowed then */
}

struct field command_join_input(struct resolved *r, const struct field *const *words, uint32_t n)
{
	struct field pieces[INPUT_WORDS_MAX];
	const struct field **all = arena_alloc(r->run->arena, ((size_t)n + INPUT_WORDS_MAX) * sizeof(*all));
	uint32_t n_words = words_before_arguments(words, n), n_arguments = 0;

	if (!all || r->input != STREAM_ARGS)
		return command_join(r->run, words, n);
	for (uint32_t i = n_words + 1; i < n; i++)
		all[n_arguments++] = words[i];
	if (n_words == n) {
		n_arguments = input_pieces(r, n ? PIECES_LINES : PIECES_WHOLE, pieces, INPUT_WORDS_MAX);
		for (uint32_t i = 0; i < n_arguments; i++)
			all[i] = &pieces[i];
	}
	return n_arguments ? join_lines(r, words, n_words, all, n_arguments) : command_join(r->run, words, n_words);
}
