#include "config.h"
#include "common/code.h"

#include <string.h>

struct sed {
	struct text put; /* lines that it may write: what a, i, c and s put in */
	struct run *run;
	struct span span;
	const char *text;
	uint32_t len;
	uint32_t at;
};

/* To just behind the next unescaped delimiter; brackets hide it in a pattern. */
static void skip_part(struct sed *sed, char delimiter)
{
	while (sed->at < sed->len && sed->text[sed->at] != delimiter)
		sed->at += 1u + (sed->text[sed->at] == '\\');
	sed->at++;
}

static uint32_t line_length(const struct sed *sed)
{
	const char *end = sed->at < sed->len ? memchr(sed->text + sed->at, '\n', sed->len - sed->at) : NULL;

	return end ? (uint32_t)(end - sed->text) - sed->at : sed->at < sed->len ? sed->len - sed->at : 0;
}

static void skip_blanks(struct sed *sed)
{
	while (sed->at < sed->len && (sed->text[sed->at] == ' ' || sed->text[sed->at] == '\t'))
		sed->at++;
}

/* The rest of the line is a file name or a command. */
static void take_line(struct sed *sed, char what)
{
	uint32_t n;

	skip_blanks(sed);
	n = line_length(sed);
	if (what == 'e')
		code_shell(sed->run, sed->text + sed->at, n, sed->span, "sed");
	else
		code_path(sed->run, what == 'w' ? ACTION_WRITE : ACTION_READ, sed->text + sed->at, n, sed->span);
	sed->at += n;
}

static void put_line(struct sed *sed, const char *text, size_t len)
{
	text_put(&sed->put, text, len);
	text_putc(&sed->put, '\n');
}

/* s/a/b/ runs what the line became when it has the flag e. */
static void take_substitution(struct sed *sed)
{
	char delimiter = sed->at < sed->len ? sed->text[sed->at++] : '\0';
	uint32_t start;

	skip_part(sed, delimiter);
	start = sed->at;
	skip_part(sed, delimiter);
	if (start < sed->at - 1 && sed->at - 1 <= sed->len)
		put_line(sed, sed->text + start, sed->at - 1 - start);
	for (; sed->at < sed->len && strchr("gpiImMe0123456789w", sed->text[sed->at]) && sed->text[sed->at]; sed->at++) {
		if (sed->text[sed->at] == 'e')
			effect_finding(sed->run, "code.dynamic", RISK_HIGH, PLACE_UNKNOWN, CAP_EXEC_CODE, sed->span,
			               "runs each changed line as a command (flag e of sed's s)", "drop the flag e");
		if (sed->text[sed->at] == 'w') {
			sed->at++;
			take_line(sed, 'w');
			return;
		}
	}
}

/* The text of a, i and c: to the end of a line that does not end in a backslash. */
static void skip_text(struct sed *sed)
{
	bool goes_on;

	if (sed->at + 1 < sed->len && sed->text[sed->at] == '\\' && sed->text[sed->at + 1] == '\n')
		sed->at += 2;
	skip_blanks(sed);
	do {
		uint32_t n = line_length(sed);

		put_line(sed, sed->text + sed->at, n);
		goes_on = n > 0 && sed->text[sed->at + n - 1] == '\\';
		sed->at += n + goes_on;
	} while (goes_on && sed->at < sed->len);
}

static bool skip_address(struct sed *sed, char c)
{
	if (c == '/') {
		sed->at++;
		skip_part(sed, '/');
	} else if (c == '\\' && sed->at + 1 < sed->len) {
		sed->at += 2;
		skip_part(sed, sed->text[sed->at - 1]);
	} else if (c && strchr(" \t\n;,!{}$+~0123456789", c)) {
		sed->at++;
	} else {
		return false;
	}
	while (sed->at < sed->len && c == '/' && (sed->text[sed->at] == 'I' || sed->text[sed->at] == 'M'))
		sed->at++;
	return true;
}

void code_scan_sed(struct run *run, const char *text, uint32_t len, struct span span)
{
	struct sed sed = { .run = run, .span = span, .text = text, .len = len };

	text_init(&sed.put, run->arena, 0);
	while (sed.at < len && run_spend(run, 1)) {
		char c = text[sed.at];

		if (skip_address(&sed, c))
			continue;
		sed.at++;
		if (c == 's') {
			take_substitution(&sed);
		} else if (c == 'y') {
			char delimiter = sed.at < len ? text[sed.at++] : '\0';

			skip_part(&sed, delimiter);
			skip_part(&sed, delimiter);
		} else if (c == 'w' || c == 'W') {
			take_line(&sed, 'w');
		} else if (c == 'r' || c == 'R') {
			take_line(&sed, 'r');
		} else if (c == 'e') {
			take_line(&sed, 'e');
		} else if (c == 'a' || c == 'i' || c == 'c') {
			skip_text(&sed);
		} else if (c == '#' || c == ':') {
			sed.at += line_length(&sed);
		} else if (c == 'b' || c == 't' || c == 'T') {
			while (sed.at < len && !strchr(";\n}", text[sed.at]))
				sed.at++;
		}
	}
	if (sed.put.len && !sed.put.failed)
		run->put = (struct stream){ .present = true, .known = true, .text = sed.put.data, .len = (uint32_t)sed.put.len, .span = span };
}
