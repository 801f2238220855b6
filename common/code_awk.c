#include "config.h"
#include "common/code.h"

#include <string.h>

enum pending { PENDING_NOTHING, PENDING_WRITE, PENDING_READ, PENDING_COMMAND };

/* An awk program being read: statement by statement, with the last concatenation of texts as far as it is constant. */
struct awk {
	struct run *run;
	struct span span;
	const char *text;
	uint32_t len;
	uint32_t at;
	struct text value;      /* texts side by side; TEXT_UNKNOWN for variables, fields and calls */
	enum pending pending;   /* what becomes of value at the end of the statement */
	uint32_t brackets;
	uint32_t system_at;     /* bracket depth inside system(..), or 0 */
	bool printing;          /* in print or printf: ">" and "|" send its output */
	bool getline;           /* "<" names its file */
	bool operand;           /* the last thing read was a value: "/" divides */
};

static void forget(struct awk *awk)
{
	awk->value.len = 0;
	awk->operand = false;
}

static void put_unknown(struct awk *awk)
{
	if (!awk->value.len || awk->value.data[awk->value.len - 1] != TEXT_UNKNOWN)
		text_putc(&awk->value, TEXT_UNKNOWN);
	awk->operand = true;
}

static void run_line(struct awk *awk)
{
	const char *line = arena_dup(awk->run->arena, awk->value.data, awk->value.len);
	struct field address = { .text = line, .len = (uint32_t)awk->value.len, .span = awk->span };

	if (!line || awk->value.len == 0)
		return;
	if (strncmp(line, "/inet", 5) == 0) {
		const char *host = strchr(line + 1, '/');

		for (int i = 0; host && i < 2; i++)
			host = strchr(host + 1, '/');
		address.text = host ? host + 1 : "";
		address.len = (uint32_t)strcspn(address.text, "/");
		effect_network(awk->run, &address, NETWORK_SAY, 0, NULL);
	} else {
		code_shell(awk->run, line, awk->value.len, awk->span, "awk");
	}
}

static void settle(struct awk *awk)
{
	if (awk->pending == PENDING_WRITE)
		code_path(awk->run, ACTION_WRITE, awk->value.data ? awk->value.data : "", awk->value.len, awk->span);
	else if (awk->pending == PENDING_READ)
		code_path(awk->run, ACTION_READ, awk->value.data ? awk->value.data : "", awk->value.len, awk->span);
	else if (awk->pending == PENDING_COMMAND)
		run_line(awk);
	awk->pending = PENDING_NOTHING;
	awk->getline = false;
	forget(awk);
}

static void read_string(struct awk *awk)
{
	for (awk->at++; awk->at < awk->len && awk->text[awk->at] != '"'; awk->at++) {
		char c = awk->text[awk->at];

		if (c == '\\' && awk->at + 1 < awk->len) {
			c = awk->text[++awk->at];
			c = c == 'n' ? '\n' : c == 't' ? '\t' : c;
		}
		text_putc(&awk->value, c);
	}
	awk->at++;
	awk->operand = true;
}

static void skip_regex(struct awk *awk)
{
	for (awk->at++; awk->at < awk->len && awk->text[awk->at] != '/' && awk->text[awk->at] != '\n'; awk->at++)
		awk->at += awk->text[awk->at] == '\\';
	awk->at++;
	put_unknown(awk);
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$';
}

static void read_word(struct awk *awk)
{
	const char *word = awk->text + awk->at;
	size_t n = 0;

	while (awk->at < awk->len && is_word(awk->text[awk->at])) {
		awk->at++;
		n++;
	}
	if ((n == 5 && memcmp(word, "print", 5) == 0) || (n == 6 && memcmp(word, "printf", 6) == 0)) {
		awk->printing = true;
		forget(awk);
	} else if (n == 7 && memcmp(word, "getline", 7) == 0) {
		awk->getline = true;
	} else if (n == 6 && memcmp(word, "system", 6) == 0) {
		forget(awk);
		awk->system_at = awk->brackets + 1;
	} else {
		put_unknown(awk);
	}
}

static void read_close(struct awk *awk)
{
	if (awk->system_at && awk->brackets == awk->system_at) {
		run_line(awk);
		awk->system_at = 0;
		forget(awk);
	} else if (awk->pending == PENDING_READ) {
		settle(awk);
	}
	awk->brackets -= awk->brackets > 0;
	awk->operand = true;
}

static bool next_is(const struct awk *awk, const char *word)
{
	uint32_t at = awk->at;
	size_t n = strlen(word);

	while (at < awk->len && (awk->text[at] == ' ' || awk->text[at] == '\t' || awk->text[at] == '&'))
		at++;
	return awk->len - at >= n && memcmp(awk->text + at, word, n) == 0;
}

static void read_pipe(struct awk *awk)
{
	awk->at++;
	if (awk->at < awk->len && awk->text[awk->at] == '|') {
		awk->at++;
		forget(awk);
		return;
	}
	awk->at += awk->at < awk->len && awk->text[awk->at] == '&';
	if (next_is(awk, "getline"))
		run_line(awk);
	forget(awk);
	if (awk->printing && !awk->brackets)
		awk->pending = PENDING_COMMAND;
}

static void read_other(struct awk *awk, char c)
{
	awk->at++;
	if (c == '>' && awk->printing && !awk->brackets) {
		awk->at += awk->at < awk->len && awk->text[awk->at] == '>';
		forget(awk);
		awk->pending = PENDING_WRITE;
	} else if (c == '<' && awk->getline) {
		forget(awk);
		awk->pending = PENDING_READ;
	} else if (c == '(') {
		awk->brackets++;
		if (awk->pending == PENDING_NOTHING)
			forget(awk);
	} else if (c == ')') {
		read_close(awk);
	} else if (c == ']') {
		put_unknown(awk);
	} else if (c != ' ' && c != '\t' && awk->pending == PENDING_NOTHING && !awk->system_at) {
		forget(awk);
	}
}

void code_scan_awk(struct run *run, const char *text, uint32_t len, struct span span)
{
	struct awk awk = { .run = run, .span = span, .text = text, .len = len };

	text_init(&awk.value, run->arena, 64);
	while (awk.at < len && run_spend(run, 1)) {
		char c = text[awk.at];

		if (c == '"') {
			read_string(&awk);
		} else if (c == '#') {
			while (awk.at < len && text[awk.at] != '\n')
				awk.at++;
		} else if (c == '/' && !awk.operand) {
			skip_regex(&awk);
		} else if (c == ';' || c == '{' || c == '}' || c == '\n') {
			settle(&awk);
			awk.printing = false;
			awk.brackets = awk.system_at = 0;
			awk.at++;
		} else if (is_word(c)) {
			read_word(&awk);
		} else if (c == TEXT_UNKNOWN) {
			put_unknown(&awk);
			awk.at++;
		} else if (c == '|') {
			read_pipe(&awk);
		} else {
			read_other(&awk, c);
		}
	}
	settle(&awk);
}
