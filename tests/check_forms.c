#include "config.h"

/* The same command in another form is judged no milder: behind a wrapper, in quotes, nested, in a list, in a loop. Every case
 * is put into every form that keeps what it does. */

#include "tests/case_reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum needs { ANY, SIMPLE, PROGRAM };

/* %s: the command as it is; %q: in single quotes. */
static const struct {
	const char *form;
	enum needs needs; /* SIMPLE: one command, no operators, quotes or expansions; PROGRAM: one that is no builtin or keyword */
} forms[] = {
	{ "%s; true", SIMPLE },
	{ "true && %s", SIMPLE },
	{ "true && { %s\n}", ANY },
	{ "%s || true", SIMPLE },
	{ "\n%s\n", ANY },
	{ "( %s\n)", ANY },
	{ "{ %s\n}", ANY },
	{ "if true; then %s\nfi", ANY },
	{ "if false; then :; else %s\nfi", ANY },
	{ "while true; do %s\nbreak; done", ANY },
	{ "for i in 1; do %s\ndone", ANY },
	{ "case a in a) %s\n;; esac", ANY },
	{ "f() { %s\n}; f", ANY },
	{ "x=$(%s\n)", ANY },
	{ "echo \"$(%s\n)\"", ANY },
	{ "cat <(%s\n)", ANY },
	{ "eval %q", ANY },
	{ "sh -c %q", ANY },
	{ "bash -lc %q", ANY },
	{ "X=%q; eval \"$X\"", ANY },
	{ "X=%q; sh -c \"$X\"", ANY },
	{ "echo %q | sh", ANY },
	{ "printf '%%s\\n' %q | bash", ANY },
	{ "bash <<< %q", ANY },
	{ "bash <<'E_O_F'\n%s\nE_O_F", SIMPLE },
	{ "trap %q EXIT", ANY },
	{ "sudo sh -c %q", ANY },
	{ "su -c %q", ANY },
	{ "timeout 60 bash -c %q", ANY },
	{ "nohup sh -c %q &", ANY },
	{ "busybox sh -c %q", ANY },
	{ "python3 -c \"import os; os.system('%s')\"", SIMPLE },
	{ "perl -e 'system(\"%s\")'", SIMPLE },
	{ "node -e 'require(\"child_process\").execSync(\"%s\")'", SIMPLE },
	{ "ruby -e 'system(\"%s\")'", SIMPLE },
	{ "awk 'BEGIN { system(\"%s\") }'", SIMPLE },
	{ "%s > /dev/null 2>&1", SIMPLE },
	{ "%s &", SIMPLE },
	{ "A=b %s", SIMPLE },
	{ "alias zz=%q\nzz", SIMPLE },
	{ "env %s", PROGRAM },
	{ "env A=b %s", PROGRAM },
	{ "command %s", PROGRAM },
	{ "exec %s", PROGRAM },
	{ "nice -n 5 %s", PROGRAM },
	{ "nohup %s", PROGRAM },
	{ "setsid %s", PROGRAM },
	{ "stdbuf -oL %s", PROGRAM },
	{ "timeout 5 %s", PROGRAM },
	{ "time %s", PROGRAM },
	{ "sudo %s", PROGRAM },
	{ "xargs %s < /dev/null", PROGRAM },
	{ "find . -maxdepth 0 -exec %s \\;", PROGRAM },
	{ "\\%s", PROGRAM },
	{ "/usr/bin/%s", PROGRAM },
};

#define FORMS (sizeof(forms) / sizeof(*forms))

static unsigned milder[FORMS], tried[FORMS];

static bool is_simple(const char *command)
{
	return command[strcspn(command, "\"'\\`$|&;<>(){}*?[]~!#\n\t=")] == '\0';
}

static bool is_program(const struct table *table, const char *command)
{
	static const char *const words[] = { "cd", "export", "eval", "source", "alias", "unset", "set", "trap", "exec", "exit", "read",
		                             "history", "time", "if", "for", "while", "command", "builtin", "declare", "local", "return",
		                             "pushd", "popd", "umask", "ulimit", "wait", "jobs", "fg", "bg", "type", "hash", "shopt",
		                             "let", "test", "coproc", "function" };
	size_t len = strcspn(command, " ");

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strlen(words[i]) == len && memcmp(words[i], command, len) == 0)
			return false;
	return !memchr(command, '/', len) && command[0] != '.' && table_find(table, command, len) != TABLE_NONE;
}

static void put_quoted(struct text *out, const char *command)
{
	text_putc(out, '\'');
	for (; *command; command++) {
		if (*command == '\'')
			text_puts(out, "'\\''");
		else
			text_putc(out, *command);
	}
	text_putc(out, '\'');
}

static void write_form(struct text *out, const char *form, const char *command)
{
	for (; *form; form++) {
		if (*form != '%') {
			text_putc(out, *form);
			continue;
		}
		form++;
		if (*form == 's')
			text_puts(out, command);
		else if (*form == 'q')
			put_quoted(out, command);
		else
			text_putc(out, *form);
	}
	text_putc(out, '\0');
}

static int strictness(const struct verdict *verdict)
{
	return verdict->verdict == VERDICT_DENY ? 2 : verdict->verdict == VERDICT_ASK;
}

static void run_case(struct case_reader *reader, const char *file, unsigned line_number, const struct cJSON *line)
{
	static char line_text[1 << 17];
	const char *command = case_field(line, "command", NULL);
	struct analysis analysis;
	struct verdict plain, formed;

	if (!command)
		return;
	case_judge(reader, line, command, &analysis, &plain);
	if (strictness(&plain) == 0 || analysis.incomplete)
		return;
	for (size_t i = 0; i < FORMS; i++) {
		struct text out;

		if ((forms[i].needs != ANY && !is_simple(command)) ||
		    (forms[i].needs == PROGRAM && !is_program(&reader->table, command)))
			continue;
		text_init_fixed(&out, line_text, sizeof(line_text));
		write_form(&out, forms[i].form, command);
		case_judge(reader, line, line_text, &analysis, &formed);
		tried[i]++;
		if (strictness(&formed) >= strictness(&plain)) {
			reader->n_passed++;
			continue;
		}
		reader->n_failed++;
		if (milder[i]++ < 3)
			fprintf(stderr, "%s:%u: %s instead of %s: %s\n", file, line_number, policy_verdict_name(formed.verdict),
			        policy_verdict_name(plain.verdict), line_text);
	}
}

int main(void)
{
	struct case_reader reader = { .run = run_case };

	if (!case_reader_run(&reader))
		return 1;
	for (size_t i = 0; i < FORMS; i++)
		if (milder[i])
			fprintf(stderr, "%u of %u milder: %s\n", milder[i], tried[i], forms[i].form);
	printf("%u forms passed, %u failed\n", reader.n_passed, reader.n_failed);
	case_reader_free(&reader);
	return reader.n_failed || reader.n_passed < 1000;
}
