#ifndef TCPBEHAV_EVAL_INTERNAL_H
#define TCPBEHAV_EVAL_INTERNAL_H

/* What the files of the evaluator (eval*.c) share. Nobody else includes it. Everything lives in run->arena; nothing here
 * is thread safe by itself: one run belongs to one thread.
 *
 *   eval.c          entry points, lists, pipelines; eval_stream.c what flows: output, substitutions
 *   eval_flow.c     if, while, for, case
 *   eval_function.c functions, aliases, traps: code that runs later
 *   eval_simple.c   simple commands
 *   eval_redirect.c redirections
 *   eval_builtin.c  builtins that change the state; eval_declare.c those that bind names
 *   eval_word.c     words to fields; eval_text.c, eval_brace.c, eval_param.c, eval_pattern.c,
 *                   eval_arith.c, eval_number.c parts of that
 *   eval_var.c      names and scopes; eval_array.c arrays
 */

#include "common/run.h"

#define EVAL_VALUE_MAX 65536u /* bytes of a computed value; longer ones are not known */
#define EVAL_NAMES_MAX 4096u
#define EVAL_ITEMS_MAX 16u    /* rounds of a loop that are evaluated one by one */
#define EVAL_BRACES_MAX 256u  /* words out of one brace expansion */
#define EVAL_DEPTH_MAX 400u   /* nodes inside nodes, through functions and substitutions too */

/* A text as far as it is known: may hold TEXT_* bytes. */
struct eval_value {
	const char *text; /* NUL terminated */
	uint32_t len;
	bool unknown; /* holds TEXT_UNKNOWN */
	bool glob;    /* holds TEXT_STAR or TEXT_ANY */
	uint8_t taint;
	const char *origin;
};

struct eval_element {
	struct eval_value key; /* decimal for an indexed array */
	struct eval_value value;
};

/* Copied when an element changes, so that an undone binding finds its old elements. */
struct eval_array {
	struct eval_element *items;
	uint32_t n;
	bool unknown; /* has elements that are not known */
};

struct eval_scope;

struct eval_function {
	const struct shell_node *body;
	const char *text; /* that the body's offsets count in */
	uint32_t text_len;
	bool nested;      /* defined in nested text: its spans mean nothing outside */
	uint8_t active;   /* calls of it that are under way */
	struct eval_scope *scope; /* of the outermost of these */
	struct eval_function *otherwise; /* may be what the name means instead */
	bool maybe;       /* the definition may not have run: the command of that name is possible too */
};

enum eval_kind { EVAL_VARIABLE, EVAL_FUNCTION, EVAL_ALIAS };
enum eval_state_of { EVAL_ABSENT, EVAL_UNSET, EVAL_SET }; /* never touched by the line; unset by it; set by it */

struct eval_binding {
	enum eval_state_of state;
	bool exported;
	uint16_t shell; /* state->shell when it was bound */
	struct eval_value value;
	const struct eval_array *array;       /* or NULL */
	struct eval_function *function;       /* EVAL_FUNCTION */
};

struct eval_name {
	struct eval_name *next; /* in its bucket */
	const char *text;
	uint32_t len;
	uint32_t hash;
	enum eval_kind kind;
	uint32_t join; /* state->join that has seen it */
	struct eval_binding now;
};

struct eval_undo {
	struct eval_name *name;
	struct eval_binding old;
};

/* Standard input of a part of the line; shared by all commands in it, which consume it. */
struct eval_input {
	struct stream stream;
	bool touched; /* some command may have read from it: what the next read gives is not known */
};

/* Where standard output of a part of the line is collected. */
struct eval_sink {
	struct run *run;
	const char *text; /* borrowed while only one stream came in */
	char *own;
	uint32_t len;
	uint32_t cap;
	bool unknown;
	uint8_t taint;
	const char *origin;
	uint64_t request; /* of the riskiest stream that came from an earlier call */
	uint8_t risk;
	bool sends;
};

struct eval_io {
	struct eval_input *input;
	struct eval_sink *sink; /* NULL: terminal, or nobody looks at it */
	bool in_pipeline;
	bool background;
};

/* Positional parameters. */
struct eval_args {
	const struct field *items; /* $0, $1, ..; NULL: not known */
	uint32_t n;
	bool open; /* a word among them may be any number of words: how many there are is not known */
};

/* The folders of pushd, without the current one. */
struct eval_dirs {
	const struct eval_dirs *next;
	const char *path; /* NULL: not known */
};

/* A variable that "local" has covered: what it was before. */
struct eval_local {
	struct eval_local *next;
	const char *text;
	uint32_t len;
	struct eval_binding old;
};

/* An alias that is being expanded: not again inside itself. */
struct eval_alias_frame {
	const struct eval_alias_frame *outer;
	const struct eval_name *name;
};

#define EVAL_BUCKETS 256u
#define EVAL_FDS 10u

struct eval_state {
	struct eval_name **buckets; /* NULL until a name is bound */
	uint32_t n_names;
	uint32_t n_functions;       /* ever defined: 0 makes calls quick */
	uint32_t n_aliases;
	struct eval_undo *undo;
	uint32_t n_undo;
	uint32_t cap_undo;
	uint32_t scopes;            /* open ones: nothing is logged without */
	uint32_t join;              /* how many joins there were */
	struct eval_args args;
	const char *oldpwd;         /* NULL: not known */
	const struct eval_dirs *dirs;
	struct stream *fds;         /* EVAL_FDS streams opened with exec or a redirection; or NULL */
	struct eval_io *io;         /* of the command that is being expanded */
	const char *text;           /* parsed text that the nodes' offsets count in */
	uint32_t text_len;
	enum shell_dialect dialect;
	uint32_t moves;             /* how often cd or pushd ran */
	uint32_t doubt;             /* not 0: what arithmetic assigns is not known */
	uint32_t depth;
	uint32_t function_depth;
	uint16_t shell;             /* how many new shells (sh -c) are around: names that are not exported stay outside */
	uint16_t next_fd;
	struct eval_local *locals;  /* of the function that is being called */
	const struct eval_alias_frame *aliases;
	bool ifs_set;               /* IFS was assigned: ifs holds it */
	bool ifs_unknown;
	bool control_noted;
	char ifs[32];
};

/* --- eval.c --- */

struct span eval_span(const struct run *run, uint32_t start, uint32_t end);
struct span eval_node_span(const struct run *run, const struct shell_node *node); /* NULL: an empty one */
void eval_node(struct run *run, const struct shell_node *node, struct eval_io *io);
void eval_list(struct run *run, const struct shell_node *nodes, struct eval_io *io);

/* --- eval_stream.c --- */

/* Evaluates node in a private copy of the state with its output collected. */
void eval_capture(struct run *run, const struct shell_node *node, struct eval_input *input, struct stream *output);

/* What $(..) of a captured output stands for. */
void eval_output_value(struct run *run, const struct stream *output, struct eval_value *value);

/* A command substitution; $(< file) too. */
void eval_substitute(struct run *run, const struct shell_node *node, struct eval_value *value);

/* <(..): a path under /dev/fd that the line knows the content of. */
void eval_process_in(struct run *run, const struct shell_node *node, struct eval_value *value);

/* >(..) with what flows into it. */
void eval_process_out(struct run *run, const struct shell_node *node, const struct stream *input);

void eval_sink_add(struct eval_sink *sink, const struct stream *stream);
struct stream eval_sink_stream(const struct eval_sink *sink, struct span span);

/* --- eval_flow.c --- */

void eval_if(struct run *run, const struct shell_node *node, struct eval_io *io);
void eval_while(struct run *run, const struct shell_node *node, struct eval_io *io);
void eval_for(struct run *run, const struct shell_node *node, struct eval_io *io);
void eval_arith_for(struct run *run, const struct shell_node *node, struct eval_io *io);
void eval_case(struct run *run, const struct shell_node *node, struct eval_io *io);

/* --- eval_function.c --- */

void eval_define(struct run *run, const struct shell_node *node);

/* Calls the function named by the call's first word; true when there is one and it is certain that it, and no command,
 * runs. */
bool eval_call_function(struct run *run, struct call *call);

/* Evaluates node with its first word replaced by what its alias says; false when it is none. */
bool eval_alias(struct run *run, const struct shell_node *node, struct eval_io *io);

/* Evaluates the substitutions inside text that the shell will expand by itself (prompts, arithmetic). */
void eval_embedded(struct run *run, const struct eval_value *text, struct span span);

/* Text as code in the current shell, with spans of the word it came from. */
void eval_code(struct run *run, const struct eval_value *text, struct span span, const struct stream *input,
               struct stream *output);

/* Words as positional parameters: behind one that may be several, nothing is certain. */
struct eval_args eval_args_of(struct run *run, const struct field *items, uint32_t n);

/* What an assignment to PROMPT_COMMAND, PS1 and so on makes the shell run. */
void eval_prompt(struct run *run, const char *name, uint32_t len, const struct eval_value *value, struct span span);

/* --- eval_simple.c --- */

void eval_simple(struct run *run, const struct shell_node *node, struct eval_io *io);

/* Carries out an assignment as parsed; exported: for the environment of one command. */
void eval_assign(struct run *run, const struct shell_assign *assign, bool exported, struct eval_value *value);

/* --- eval_redirect.c --- */

struct eval_redirects {
	struct call_redirect *files;
	uint32_t n_files;
	const struct shell_node *process;  /* of > >(..): what standard output flows into; or NULL */
	struct eval_input input;           /* valid when has_input */
	bool has_input;
	bool output_gone;                  /* standard output does not flow on */
};

/* Expands the redirections. */
void eval_redirects(struct run *run, const struct shell_redirect *redirect, struct eval_io *io,
                    struct eval_redirects *out);

/* After what they belong to has run and has written output: notes the files. */
void eval_redirects_done(struct run *run, const struct eval_redirects *redirects, const struct stream *output);

/* Keeps them for the rest of the shell: exec without a command. */
void eval_redirects_keep(struct run *run, const struct eval_redirects *redirects, struct eval_io *io);

/* --- eval_builtin.c --- */

/* How a builtin's operands NAME=value are expanded, and what it does to the state. */
struct eval_builtin {
	const char *name;
	void (*run)(struct run *run, struct call *call);
	bool declares; /* NAME=value operands are assignments: no splitting */
};

const struct eval_builtin *eval_builtin_find(const char *name, uint32_t len);

/* --- eval_declare.c --- */

void eval_do_declare(struct run *run, struct call *call);

/* An alias or function of that name: not one that stands in the guard's place. */
void eval_replaces_guard(struct run *run, const char *name, size_t len, struct span span);
void eval_do_unset(struct run *run, struct call *call);
void eval_do_read(struct run *run, struct call *call);
void eval_do_mapfile(struct run *run, struct call *call);
void eval_do_printf(struct run *run, struct call *call);
void eval_do_getopts(struct run *run, struct call *call);
void eval_do_let(struct run *run, struct call *call);

/* Makes a variable local to the function that is being called; text must stay. */
void eval_cover(struct run *run, const char *text, uint32_t len);

struct eval_fields {
	struct field *items;
	uint32_t n;
	uint32_t cap;
};

enum { EXPAND_SPLIT = 1, EXPAND_GLOB = 2, EXPAND_ASSIGN = 4, EXPAND_PATTERN = 8 };

/* A text in the making. */
struct eval_buf {
	struct run *run;
	char *data;
	uint32_t len;
	uint32_t cap;
	uint32_t bracket; /* where an active [ stands, plus one; 0: none is open */
	bool unknown;
	bool glob;
	bool quoted;
	bool started;     /* there is a field, even when it is empty */
	bool many;        /* may turn out to be several words */
	uint8_t taint;
	const char *origin;
};

/* A word that is being expanded into fields. */
struct eval_expander {
	struct eval_buf buf;
	struct eval_fields *fields;
	unsigned mode;
	struct span span;
	bool splits; /* literals too: they stand in a ${x:-..} */
};

/* --- eval_word.c --- */

void eval_words(struct run *run, const struct shell_word *words, struct eval_fields *out);
void eval_word(struct run *run, const struct shell_word *word, unsigned mode, struct eval_fields *out);
void eval_word_value(struct run *run, const struct shell_word *word, unsigned mode, struct eval_value *out);
void eval_push(struct run *run, struct eval_fields *fields, const struct field *field);

void eval_expand_value(struct eval_expander *x, const struct eval_value *value, bool quoted);
void eval_expand_parts(struct eval_expander *x, const struct shell_word *word, bool quoted);
void eval_expand_break(struct eval_expander *x); /* ends a field; an empty one too when it was started */

/* --- eval_text.c --- */

void eval_put(struct eval_buf *buf, const char *text, size_t len);
void eval_put_unknown(struct eval_buf *buf);
void eval_put_value(struct eval_buf *buf, const struct eval_value *value); /* flags and taint too; capped */
void eval_take(struct eval_buf *buf, struct eval_value *out);

struct field eval_field(const struct eval_value *value, struct span span, bool quoted);
struct eval_value eval_value_of(const struct field *field);
struct eval_value eval_constant(const char *text, size_t len); /* text must stay and end with a NUL */
struct eval_value eval_copy(struct run *run, const char *text, size_t len); /* looks for TEXT_* bytes */
struct eval_value eval_unknown(uint8_t taint, const char *origin);
struct eval_value eval_number(struct run *run, int64_t number);
struct eval_value eval_some_number(void); /* not known, but neither empty nor with a slash */
bool eval_is_constant(const struct eval_value *value);
bool eval_equal(const struct eval_value *a, const struct eval_value *b);

/* --- eval_brace.c --- */

/* The words that brace expansion makes of word, linked by next; word itself when there is nothing to expand; NULL when
 * there are more than EVAL_BRACES_MAX. */
const struct shell_word *eval_braces(struct run *run, const struct shell_word *word);

/* --- eval_param.c --- */

void eval_param(struct eval_expander *x, const struct shell_part *part);

/* --- eval_pattern.c --- */

enum eval_match { EVAL_NO, EVAL_YES, EVAL_MAYBE };

/* pattern: as EXPAND_PATTERN makes it. */
enum eval_match eval_match(struct run *run, const struct eval_value *pattern, const char *text, uint32_t len);

/* ${value#pattern} and its kin; op of one or two bytes. */
struct eval_value eval_strip(struct run *run, const struct eval_value *value, const char *op, uint32_t op_len,
                             const struct eval_value *pattern);
struct eval_value eval_replace(struct run *run, const struct eval_value *value, const char *op, uint32_t op_len,
                               const struct eval_value *pattern, const struct eval_value *by);
struct eval_value eval_change_case(struct run *run, const struct eval_value *value, char how, bool all);

/* --- eval_number.c --- */

struct eval_number {
	int64_t value;
	bool known;
	const char *name; /* the variable it was read from: may be assigned to; or NULL */
	uint32_t name_len;
};

uint32_t eval_digit(char c); /* 0..35; 99: none */

/* 10, 0x1f, 017, 2#101; false: not a number as a whole. */
bool eval_read_number(const char *text, size_t len, int64_t *out);
struct eval_number eval_number_of(const struct eval_value *value);

/* op: a binary operator; not known when an operand is not, or the result is not defined. */
struct eval_number eval_compute(const char *op, struct eval_number left, struct eval_number right);

/* --- eval_arith.c --- */

/* Evaluates an arithmetic expression, with its assignments; false when its value is not known. */
bool eval_arith(struct run *run, const char *text, uint32_t len, int64_t *out);

/* The same for text out of the tree: the substitutions in words are evaluated first. */
bool eval_arith_words(struct run *run, const char *text, uint32_t len, const struct shell_word *words, int64_t *out);

/* --- eval_var.c --- */

struct eval_name *eval_find(const struct run *run, enum eval_kind kind, const char *text, uint32_t len);

/* The binding of a name, to be written: the old one can be undone. NULL past a bound. */
struct eval_binding *eval_bind(struct run *run, enum eval_kind kind, const char *text, uint32_t len);
void eval_set(struct run *run, const char *text, uint32_t len, const struct eval_value *value);

/* The value of a variable; EVAL_ABSENT: the line says nothing about it, value is unknown. */
enum eval_state_of eval_get(struct run *run, const char *text, uint32_t len, struct eval_value *value);
void eval_restore(struct run *run, enum eval_kind kind, const char *text, uint32_t len, const struct eval_binding *old);
bool eval_is_name(const char *text, uint32_t len);
bool eval_ifs(const struct run *run, char c);

struct eval_scope {
	uint32_t mark;
	const char *cwd;
	const char *oldpwd;
	const struct eval_dirs *dirs;
	struct eval_args args;
	struct stream *fds;
	uint16_t shell;
};

/* A private copy of everything that a subshell can change ... */
void eval_enter(struct run *run, struct eval_scope *scope);
/* ... thrown away, ... */
void eval_leave(struct run *run, const struct eval_scope *scope);
/* ... or kept as what may have happened: what differs is no longer known. True when something did that was known. */
bool eval_join(struct run *run, const struct eval_scope *scope);
/* ... or kept as what has happened. */
void eval_keep(struct run *run);
/* What changed since the scope was entered is no longer known; the scope stays open. */
bool eval_widen(struct run *run, const struct eval_scope *scope);

/* --- eval_array.c --- */

/* The array of a variable, or NULL. */
const struct eval_array *eval_get_array(const struct run *run, const char *text, uint32_t len);
enum eval_state_of eval_array_get(struct run *run, const struct eval_array *array, const struct eval_value *key,
                                  struct eval_value *value);
void eval_array_set(struct run *run, const char *text, uint32_t len, const struct eval_value *key,
                    const struct eval_value *value);
/* items: used, not copied. */
void eval_array_assign(struct run *run, const char *text, uint32_t len, struct eval_element *items, uint32_t n,
                       bool unknown, bool append);

#endif
