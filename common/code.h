#ifndef TCPBEHAV_CODE_H
#define TCPBEHAV_CODE_H

/* Inline code of other languages, as far as it is constant: a tokenizer that knows each language's quoting, a reader of
 * expressions that follows strings, and a table of calls (code_calls.def). Linear and bounded. Internal to code*.c and
 * content*.c; the seams are in run.h. */

#include "common/run.h"
#include "common/text.h"

/* As sets in code_calls.def. */
enum code_language { CODE_PY = 1, CODE_JS = 2, CODE_PL = 4, CODE_RB = 8, CODE_PHP = 16, CODE_LUA = 32 };

#define CODE_DEPTH_MAX 96       /* nested brackets and interpolations */
#define CODE_VALUE_MAX 16384    /* bytes of a constant that is followed */
#define CODE_VARIABLES_MAX 32
#define CODE_ARGUMENTS_MAX 8
#define CODE_WRITTEN_MAX 8      /* files that are followed */

enum code_token_kind {
	TOKEN_END,
	TOKEN_NEWLINE, /* outside of round and square brackets */
	TOKEN_NAME,    /* dotted; "::" "->" and Lua's ":" are written as dots */
	TOKEN_METHOD,  /* a name behind a dot that follows a value, without the dot */
	TOKEN_STRING,  /* decoded; what is not constant in it is TEXT_UNKNOWN */
	TOKEN_COMMAND, /* the same in `..`, qx(..), %x(..) */
	TOKEN_NUMBER,
	TOKEN_PUNCT,   /* one of ( ) [ ] { } , ; : = + . / % | > <, 'a' for += (Perl, PHP .=, Ruby also <<), 'o' for any other operator */
};

struct code_token {
	enum code_token_kind kind;
	char punct;
	const char *text;
	uint32_t len;
};

/* What an expression is known to be. */
struct code_value {
	const char *text;   /* may hold TEXT_UNKNOWN; of a list: its elements quoted for the shell */
	uint32_t len;
	uint32_t room;      /* bytes at text, when no other value shares them and more may be put behind; else 0 */
	bool list;
	bool path;          /* of pathlib: "/" joins */
	const char *module; /* it is this module or function; NULL: a value */
	uint32_t module_len;
	uint8_t taint;
	const char *origin;
};

struct code_variable {
	const char *name;
	uint32_t len;
	struct code_value value;
};

struct code_lexer {
	const char *text;
	uint32_t len;
	uint32_t at;
	uint32_t brackets;   /* open round and square ones: no TOKEN_NEWLINE */
	bool operand;        /* the token before ended a value: "/" divides */
	struct code_token token; /* the current one */
};

struct code_scanner {
	struct run *run;
	enum code_language language;
	enum stream_role role;
	struct span span;
	bool constants_only; /* text of a file, not run now: what is not known in it says nothing */
	uint32_t depth;
	struct code_lexer lexer;
	uint8_t read_taint;  /* of all that was read so far */
	uint8_t flow_taint;  /* TAINT_NETWORK, TAINT_DECODED: what any call gave back */
	struct run_file *written[CODE_WRITTEN_MAX]; /* files that it wrote, n_written */
	uint32_t n_written;
	const char *read_origin;
	bool connected;      /* the code contacted another machine, or lets it connect */
	bool started_shell;  /* an interactive one */
	bool body;           /* {body: ..} was read since the last request */
	struct code_variable variables[CODE_VARIABLES_MAX];
	uint32_t n_variables;
	struct code_token assigned; /* name of the last assignment or named argument */
};

struct code_arguments {
	struct code_value values[CODE_ARGUMENTS_MAX]; /* values[0..n-1]; the last holds the last of too many */
	uint32_t n;
	struct code_value receiver; /* of a method */
	bool shell;                 /* shell=True */
	const struct code_value *mode; /* mode='w'; NULL: values[1] */
};

/* --- code_lex.c, code_string.c --- */

/* Reads the next token into s->lexer.token. */
void code_next(struct code_scanner *s);

/* Reads a quoted text that starts at the lexer's position into the token; false when there is none. */
bool code_read_string(struct code_scanner *s);

/* Length of the name at text, without dots: 0 when there is none. */
uint32_t code_name_length(const struct code_scanner *s, const char *text, uint32_t len);

/* --- code_read.c --- */

/* Reads statements to the end of the text, for their effects. */
void code_statements(struct code_scanner *s, const char *text, uint32_t len);

/* --- code_value.c --- */

/* The value of a variable, or NULL. */
const struct code_value *code_variable_find(const struct code_scanner *s, const char *name, uint32_t len);

/* A value that nothing is known of. */
struct code_value code_unknown(void);

/* Another text for the value, which it does not own. */
static inline void code_value_set(struct code_value *value, const char *text, uint32_t len)
{
	value->text = text;
	value->len = len;
	value->room = 0;
}

/* Puts more behind the value's text: as it is, or as one word quoted for the shell. Past the bounds it is unknown. */
void code_value_append(struct code_scanner *s, struct code_value *value, const char *text, uint32_t len);
void code_value_append_quoted(struct code_scanner *s, struct code_value *value, const char *text, uint32_t len);

/* --- code_call.c --- */

/* True when some row is about this name (dotted, aliases resolved) in the scanner's language. */
bool code_is_known_call(const struct code_scanner *s, const char *name, uint32_t len);

/* Notes what the call does; returns its value. */
struct code_value code_call(struct code_scanner *s, const char *name, uint32_t len, const struct code_arguments *arguments);

/* code_files.c: what the code wrote may be made of all that it read: their taints go to the files, and to what it prints (run->printed). */
void code_finish_files(struct code_scanner *s);

/* Runs text in a shell, as far as it is known. */
void code_run_shell(struct code_scanner *s, const struct code_value *value);

/* --- code.c --- */

/* code_scan() for text that is written into a file: what is not constant in it is not held against it. */
void code_scan_file(struct run *run, enum stream_role role, const char *text, uint32_t len, struct span span);

/* An action on a path and a shell line that stand in a script of another kind. Text may hold TEXT_UNKNOWN. */
void code_path(struct run *run, enum action action, const char *text, size_t len, struct span span);
void code_shell(struct run *run, const char *text, size_t len, struct span span, const char *via);

/* A command line that is nothing but a shell (and -i): it waits for commands. */
bool code_is_interactive_shell(const struct code_value *value);

/* --- code_sql.c --- */

void code_scan_sql(struct run *run, const char *text, uint32_t len, struct span span);

#endif
