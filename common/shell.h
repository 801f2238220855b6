#ifndef TCPBEHAV_SHELL_H
#define TCPBEHAV_SHELL_H

/* Text to syntax tree: POSIX sh and bash (zsh where it differs in common use). A hand-written recursive-descent
 * parser: one pass, linear in the input, bounded nesting, everything in one arena, no heap of its own, no file.
 * The tree says what was written; nothing is expanded here (see eval.h). All offsets are bytes of the parsed text. */

#include "common/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHELL_NESTING_MAX 100

enum shell_dialect { SHELL_BASH, SHELL_POSIX, SHELL_ZSH };

enum shell_part_kind {
	SHELL_LITERAL,       /* text/len: quotes and backslashes already removed ($'..' decoded) */
	SHELL_PARAM,         /* $x ${x} ${x:-word} ${!x} ${#x} ${x[i]} ${x@P} ...: see struct shell_param */
	SHELL_COMMAND_SUBST, /* $(..) `..`: node */
	SHELL_PROCESS_IN,    /* <(..), zsh =(..): node */
	SHELL_PROCESS_OUT,   /* >(..): node */
	SHELL_ARITH,         /* $((..)) $[..]: text/len is the expression as written; words: the expansions inside it */
	SHELL_EXTGLOB,       /* ?(..) *(..) +(..) @(..) !(..), zsh (..): text/len as written; words: the expansions inside it */
};

struct shell_word;
struct shell_node;

struct shell_param {
	const char *name; /* "x", "1", "@", "?", ... */
	uint32_t name_len;
	bool length;              /* ${#x} */
	bool indirect;            /* ${!x}, ${!x@} (op "@", empty arg), ${!x*} (op "", arg "*") */
	struct shell_word *index; /* ${x[word]}, or NULL; [@] and [*] are literal words "@" and "*" */
	const char *op;           /* as written: "" ":-" "-" ":=" "=" ":?" "?" ":+" "+" "#" "##" "%" "%%" "/" "//" "/#" "/%" "^" "^^"
	                             "," ",," ":" (substring) "@" (transformation, arg is its letter); not NUL terminated: op_len */
	uint32_t op_len;          /* 0 with an arg: no expansion that bash knows (${x y}, zsh modifiers) */
	struct shell_word *arg;   /* word behind op (first operand of / and :), or NULL */
	struct shell_word *arg2;  /* replacement of /, length of :, or NULL */
};

struct shell_part {
	struct shell_part *next;
	enum shell_part_kind kind;
	bool quoted;    /* inside '..', "..", $'..' or behind a backslash: no splitting, globbing, tilde or braces */
	uint32_t start; /* span in the parsed text, quotes included */
	uint32_t end;
	const char *text; /* LITERAL, ARITH, EXTGLOB; points into the parsed text or into the arena; not NUL terminated */
	uint32_t len;
	union {
		struct shell_param *param;
		struct shell_node *node;  /* *_SUBST, PROCESS_*: list inside, NULL when empty */
		struct shell_word *words; /* ARITH, EXTGLOB: every expansion found inside, in order */
	};
};

struct shell_word {
	struct shell_word *next;
	struct shell_part *parts; /* NULL: the empty word '' */
	uint32_t start;
	uint32_t end;
	bool quoted;    /* some part was quoted: '' is a word, and here-document delimiters and keywords care */
	bool has_glob;  /* an unquoted * ? or [ */
	bool has_brace; /* an unquoted { that may be a brace expansion */
	bool has_tilde; /* starts with an unquoted ~ (also behind = or : in an assignment) */
};

enum shell_redirect_op {
	SHELL_REDIRECT_IN,          /* < */
	SHELL_REDIRECT_OUT,         /* > */
	SHELL_REDIRECT_CLOBBER,     /* >| (zsh >!) */
	SHELL_REDIRECT_APPEND,      /* >> */
	SHELL_REDIRECT_IN_OUT,      /* <> */
	SHELL_REDIRECT_DUP_IN,      /* <& */
	SHELL_REDIRECT_DUP_OUT,     /* >& followed by a number, - or expansion */
	SHELL_REDIRECT_OUT_ALL,     /* &>, and >& followed by a file name */
	SHELL_REDIRECT_APPEND_ALL,  /* &>> */
	SHELL_REDIRECT_HEREDOC,     /* << and <<-: body */
	SHELL_REDIRECT_HERESTRING,  /* <<< */
};

struct shell_redirect {
	struct shell_redirect *next;
	enum shell_redirect_op op;
	int fd;                    /* as written, else the default 0 or 1; -1: {name}> */
	struct shell_word *target; /* file, number or here-string; for a here-document its delimiter as written */
	struct shell_word *body;   /* here-document text: one literal part when the delimiter was quoted */
	uint32_t start;
	uint32_t end;
};

struct shell_assign {
	struct shell_assign *next;
	const char *name;
	uint32_t name_len;
	bool append;               /* += */
	bool is_array;             /* name=(..): elements */
	struct shell_word *index;  /* name[word]=, or NULL */
	struct shell_word *value;  /* NULL: empty */
	struct shell_assign *elements; /* of an array: name_len 0, index and value */
	uint32_t start;
	uint32_t end;
};

enum shell_node_kind {
	SHELL_SIMPLE,     /* assigns, words, redirects; also "redirects only". declare a=(..) b=c: the array is in assigns (it
	                     starts behind the first word), b=c is a word */
	SHELL_PIPELINE,   /* children joined by | (stderr_too on a child: |&); negated: leading ! */
	SHELL_AND,        /* children: a && b && .., two or more; a && b || c is (a && b) || c */
	SHELL_OR,         /* children: a || b || .., two or more */
	SHELL_SEQUENCE,   /* children separated by ; newline or & (background on the child) */
	SHELL_SUBSHELL,   /* ( children ): one child, the list inside */
	SHELL_GROUP,      /* { children; }: one child; zsh's always block is a second one */
	SHELL_IF,         /* condition, body, otherwise (an IF for elif, else any node, or NULL) */
	SHELL_WHILE,      /* condition, body */
	SHELL_UNTIL,      /* condition, body */
	SHELL_FOR,        /* name, words (has_in false: "$@"), body; select is the same with is_select;
	                     without a name: zsh's repeat */
	SHELL_ARITH_FOR,  /* for ((..)): text; words: expansions inside; body */
	SHELL_CASE,       /* words: the subject; items */
	SHELL_FUNCTION,   /* name, body */
	SHELL_TEST,       /* [[ .. ]]: words in order, operators as literal words */
	SHELL_ARITH_CMD,  /* (( .. )): text; words: expansions inside */
	SHELL_COPROC,     /* name (may be empty), body */
	SHELL_TIME,       /* time [-p] pipeline: body */
};

struct shell_case_item {
	struct shell_case_item *next;
	struct shell_word *patterns;
	struct shell_node *body; /* NULL: empty */
};

struct shell_node {
	struct shell_node *next; /* sibling in the parent's children */
	enum shell_node_kind kind;
	uint32_t start;
	uint32_t end;
	bool negated;
	bool background; /* followed by & */
	bool stderr_too; /* this child's pipe is |& */
	bool has_in;
	bool is_select;
	struct shell_assign *assigns;
	struct shell_word *words;
	struct shell_redirect *redirects; /* of simple and of compound commands, in order */
	struct shell_node *children;
	struct shell_node *condition;
	struct shell_node *body;
	struct shell_node *otherwise;
	struct shell_case_item *items;
	const char *name;
	uint32_t name_len;
	const char *text;
	uint32_t text_len;
};

struct shell_script {
	struct shell_node *root;  /* NULL: nothing but blanks and comments */
	bool incomplete;          /* ended inside a quote, here-document, list or compound command */
	bool malformed;           /* a syntax error: the tree holds what was read up to it and as much behind it as makes sense */
	bool too_complex;         /* nesting or memory bound reached */
	uint32_t problem_at;      /* byte where the first of these was noticed */
	const char *problem;      /* static text, or NULL */
};

/* Parses len bytes at text (need not be NUL terminated; must stay valid as long as the tree). Never fails: what is
 * wrong is said in script. Work is linear in len. */
void shell_parse(struct arena *arena, const char *text, size_t len, enum shell_dialect dialect, struct shell_script *script);

#endif
