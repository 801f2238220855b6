#ifndef TCPBEHAV_SHELL_INTERNAL_H
#define TCPBEHAV_SHELL_INTERNAL_H

/* Between the files of the shell parser; nobody else includes this.
 *
 *   shell.c            shell_parse, problems, retries
 *   shell_lex.c        byte classes, blanks, newlines, keywords
 *   shell_word.c       a word: literals, patterns, what is special where
 *   shell_quote.c      '..' ".." $'..' and backslashes
 *   shell_expansion.c  $x, $(..), $((..)), `..`, <(..)
 *   shell_param.c      ${..}
 *   shell_heredoc.c    here-documents
 *   shell_redirect.c   redirections
 *   shell_simple.c     assignments, arrays, simple commands, function definitions
 *   shell_list.c       lists, pipelines, substitutions' contents
 *   shell_compound.c   groups, if, case, coproc; which of all it is
 *   shell_loop.c       while, until, for, select, repeat
 *   shell_test.c       [[ .. ]] and (( .. ))
 *
 * Every function that returns a pointer into the tree returns NULL when the arena is used up; then
 * shell_stop() has made the text end where the parser stands, so that everything unwinds as at its end. */

#include "common/shell.h"

#include <string.h>

enum shell_class_bit {
	CLASS_BLANK = 1,        /* space, tab */
	CLASS_META = 2,         /* ends an unquoted word: blank, newline and | & ; ( ) < > */
	CLASS_NAME = 4,         /* letters, digits and _ */
	CLASS_DIGIT = 8,
	CLASS_PARAM = 16,       /* one-byte parameters: @ * # ? - $ ! */
	CLASS_KEYWORD = 32,     /* begins some keyword */
	CLASS_STOP_WORD = 64,   /* means something in an unquoted word */
	CLASS_STOP_QUOTES = 128,
	CLASS_STOP_HEREDOC = 256,
	CLASS_STOP_BRACE = 512,
	CLASS_STOP_INDEX = 1024,
	CLASS_STOP_ARITH = 2048,
};

extern const uint16_t shell_class[256];

/* Where a piece of a word stands: says what ends it and what is special in it. */
enum shell_context {
	IN_WORD,         /* unquoted; ends at a metacharacter */
	IN_VALUE,        /* the same behind the = of an assignment */
	IN_REGEX,        /* right of =~: parentheses and | belong to it */
	IN_QUOTES,       /* "..": ends at " */
	IN_HEREDOC,      /* ends with the text */
	IN_BRACE,        /* behind the operator of ${..}: ends at } or at until */
	IN_QUOTED_BRACE, /* the same inside ".." or a here-document */
	IN_INDEX,        /* ends at ] */
	IN_ARITH,        /* ends at the closing parentheses (or bracket) */
	IN_EXTGLOB,      /* ends at the closing parenthesis */
};

struct shell_scan {
	struct shell_word *word;
	struct shell_part **tail;
	const char *start;        /* of what this scan reads */
	const char *run;          /* start of the literal being read */
	enum shell_context context;
	uint16_t stop;            /* class bit of the context */
	bool quoted;              /* literals are quoted */
	bool in_quotes;           /* inside ".." (also further out): \" in backticks */
	bool plain_apostrophe;    /* ' is an ordinary byte */
	bool expansions_only;     /* only expansions are kept, the text stays as written */
	bool strip_tabs;          /* <<- */
	bool in_brace;            /* an index inside ${..}: } ends it, too */
	bool not_assignment;      /* the word was looked at and does not begin with name= */
	bool brace_open;          /* an unquoted { was seen */
	char until;               /* IN_BRACE: ends there too; IN_ARITH: closing byte; else 0 */
	uint32_t nested;          /* open brackets or parentheses inside */
};

struct shell_heredoc {
	struct shell_heredoc *next;
	struct shell_redirect *redirect;
	const char *delimiter;
	uint32_t len;
	bool quoted;
	bool strip_tabs;
};

/* What ends a list. */
enum shell_stop_bit {
	STOP_THEN = 1,
	STOP_ELIF = 2,
	STOP_ELSE = 4,
	STOP_FI = 8,
	STOP_DO = 16,
	STOP_DONE = 32,
	STOP_ESAC = 64,
	STOP_BRACE = 128,      /* } */
	STOP_PAREN = 256,      /* ) */
	STOP_CASE_BREAK = 512, /* ;; ;& ;;& */
	STOP_END = 1024,       /* zsh end */
};

enum shell_keyword {
	KEYWORD_NONE,
	KEYWORD_IF, KEYWORD_THEN, KEYWORD_ELIF, KEYWORD_ELSE, KEYWORD_FI,
	KEYWORD_FOR, KEYWORD_SELECT, KEYWORD_WHILE, KEYWORD_UNTIL, KEYWORD_DO, KEYWORD_DONE,
	KEYWORD_CASE, KEYWORD_ESAC, KEYWORD_IN, KEYWORD_FUNCTION, KEYWORD_COPROC, KEYWORD_TIME,
	KEYWORD_OPEN, KEYWORD_CLOSE, KEYWORD_BANG, KEYWORD_TEST,
	KEYWORD_FOREACH, KEYWORD_END, KEYWORD_REPEAT,
};

struct shell_parser {
	const char *at;
	const char *end;
	const char *text;          /* offsets count from here */
	struct arena *arena;
	struct shell_script *script;
	struct shell_heredoc *pending;
	struct shell_heredoc **pending_tail;
	const char *paren_on_line; /* a ) known to lie ahead on the line; see shell_heredoc.c */
	const char *keyword_at;    /* where shell_keyword looked last, and what it found */
	const char *keyword_behind;
	size_t retry_bytes;        /* what may still be read a second time */
	uint32_t stops;            /* enum shell_stop_bit: of this list */
	uint32_t outer_stops;      /* of the lists around it, up to the next parenthesis */
	uint32_t fixed_start;
	uint32_t fixed_end;
	uint16_t depth;
	uint8_t keyword;
	enum shell_dialect dialect;
	bool fixed;                /* the text is a copy: all spans are fixed_start..fixed_end */
	bool in_parentheses;       /* of $(..) or <(..) */
};

struct shell_mark {
	const char *at;
	struct shell_heredoc **pending_tail;
	bool incomplete;
	bool malformed;
	uint32_t problem_at;
	const char *problem;
};

/* shell.c */
void shell_stop(struct shell_parser *p, const char *why);
void shell_malformed(struct shell_parser *p, const char *why);
void shell_incomplete(struct shell_parser *p, const char *why);
/* The same, noted at an earlier byte: that of the opening quote. */
void shell_incomplete_from(struct shell_parser *p, const char *from, const char *why);
/* One level deeper; false (and stopped) at the bound. */
bool shell_enter(struct shell_parser *p);
void shell_leave(struct shell_parser *p);
struct shell_mark shell_mark(const struct shell_parser *p);
/* Back to mark, to read the text once more in another way. false (and stopped) when too much was read twice already. */
bool shell_retry(struct shell_parser *p, const struct shell_mark *mark);
bool shell_spend(struct shell_parser *p, size_t bytes);
/* The text ends at saved again, after a part of it was read on its own. */
void shell_restore_end(struct shell_parser *p, const char *saved);
void *shell_alloc(struct shell_parser *p, size_t size);

/* shell_lex.c */
void shell_skip_blanks(struct shell_parser *p);
/* Blanks, comments and newlines (with the here-documents behind them). */
void shell_skip_newlines(struct shell_parser *p);
/* The keyword that stands here as a word of its own; behind is where it ends. */
enum shell_keyword shell_keyword(struct shell_parser *p, const char **behind);
/* Takes byte c if it comes next, perhaps behind continuation lines. */
bool shell_take(struct shell_parser *p, char c);
void shell_newline(struct shell_parser *p);
bool shell_at_line_end(const struct shell_parser *p);

/* shell_word.c */
struct shell_word *shell_word(struct shell_parser *p, enum shell_context context);
void shell_scan_init(struct shell_scan *s, struct shell_word *word, enum shell_context context);
void shell_scan(struct shell_parser *p, struct shell_scan *s);
struct shell_word *shell_word_new(struct shell_parser *p, const char *start);
/* A word of one unquoted literal. */
struct shell_word *shell_word_literal(struct shell_parser *p, const char *start, const char *end);
/* Adds a part; the literal read so far goes in front of it. NULL: no memory. */
struct shell_part *shell_part_add(struct shell_parser *p, struct shell_scan *s, enum shell_part_kind kind, const char *start);
/* The literal read so far becomes a part. false: no memory; then p->at must not move on. */
bool shell_scan_flush(struct shell_parser *p, struct shell_scan *s);
void shell_part_end(struct shell_parser *p, struct shell_scan *s, struct shell_part *part);
/* A word may begin here. */
bool shell_word_ahead(const struct shell_parser *p);
bool shell_word_is(const struct shell_word *word, const char *text);

struct shell_part *shell_part_append(struct shell_parser *p, struct shell_scan *s, enum shell_part_kind kind, const char *start);

/* shell_quote.c */
void shell_scan_escape(struct shell_parser *p, struct shell_scan *s);
void shell_scan_quoted_escape(struct shell_parser *p, struct shell_scan *s);
void shell_scan_single_quotes(struct shell_parser *p, struct shell_scan *s);
void shell_scan_apostrophe(struct shell_parser *p, struct shell_scan *s);
void shell_scan_double_quotes(struct shell_parser *p, struct shell_scan *s);
void shell_scan_ansi(struct shell_parser *p, struct shell_scan *s);

/* shell_expansion.c */
void shell_scan_dollar(struct shell_parser *p, struct shell_scan *s);
void shell_scan_backtick(struct shell_parser *p, struct shell_scan *s);
void shell_scan_process(struct shell_parser *p, struct shell_scan *s, enum shell_part_kind kind);
/* Every expansion among the parts of holder as a word of its own. */
struct shell_word *shell_words_of(struct shell_parser *p, const struct shell_word *holder);
/* Reads an arithmetic expression up to its closing )) (or ]). The expansions inside it are added to words. false: it does not end so. */
bool shell_arithmetic(struct shell_parser *p, char until, struct shell_word **words);

/* shell_param.c */
void shell_scan_param_brace(struct shell_parser *p, struct shell_scan *s, const char *start);
void shell_scan_param_name(struct shell_parser *p, struct shell_scan *s, const char *start);

/* shell_heredoc.c */
void shell_heredoc_add(struct shell_parser *p, struct shell_redirect *redirect, bool strip_tabs);
void shell_heredoc_read(struct shell_parser *p);

/* shell_redirect.c */
/* A redirection that starts here, or NULL (nothing taken). */
struct shell_redirect *shell_redirect(struct shell_parser *p);
void shell_redirects(struct shell_parser *p, struct shell_node *node);

/* shell_simple.c */
struct shell_node *shell_simple(struct shell_parser *p);
/* Behind the "function" keyword. */
struct shell_node *shell_function(struct shell_parser *p, const char *start);
struct shell_node *shell_function_body(struct shell_parser *p, const char *start, const struct shell_word *name);

/* shell_list.c */
struct shell_node *shell_node_new(struct shell_parser *p, enum shell_node_kind kind, const char *start);
void shell_node_end(struct shell_parser *p, struct shell_node *node);
/* Commands up to one of stops (not taken) or the end. NULL: none. */
struct shell_node *shell_list(struct shell_parser *p, uint32_t stops);
/* The same within parentheses or a text of its own: the stops outside do not count. Here-documents that are still
 * open at its end are handed on. */
struct shell_node *shell_list_inside(struct shell_parser *p, uint32_t stops);
struct shell_node *shell_pipeline(struct shell_parser *p);

/* shell_compound.c */
/* A compound command that starts here, with its redirections; NULL (nothing taken): it is none. */
struct shell_node *shell_compound(struct shell_parser *p);
bool shell_compound_ahead(struct shell_parser *p);
/* True: the keyword stood here and is taken. */
bool shell_take_keyword(struct shell_parser *p, enum shell_keyword keyword);
void shell_expect(struct shell_parser *p, enum shell_keyword keyword, const char *missing);
/* shell_list(), where an empty one is a mistake. */
struct shell_node *shell_list_wanted(struct shell_parser *p, uint32_t stops);
/* Behind the "{": the commands up to "}". */
struct shell_node *shell_brace_list(struct shell_parser *p);

/* shell_loop.c: behind the keyword; start is where it stands. */
struct shell_node *shell_while(struct shell_parser *p, const char *start, enum shell_node_kind kind);
struct shell_node *shell_for(struct shell_parser *p, const char *start, enum shell_keyword keyword);
/* zsh: repeat n commands. */
struct shell_node *shell_repeat(struct shell_parser *p, const char *start);

/* shell_test.c */
struct shell_node *shell_test(struct shell_parser *p, const char *start);
/* At "((": the arithmetic command, or NULL (nothing taken) when it is two subshells. */
struct shell_node *shell_arith_command(struct shell_parser *p);

static inline uint16_t shell_class_of(char c)
{
	return shell_class[(unsigned char)c];
}

/* The byte n further on; -1 behind the end. */
static inline int shell_peek(const struct shell_parser *p, size_t n)
{
	return p->at < p->end && (size_t)(p->end - p->at) > n ? (unsigned char)p->at[n] : -1;
}

static inline uint32_t shell_start_of(const struct shell_parser *p, const char *at)
{
	return p->fixed ? p->fixed_start : (uint32_t)(at - p->text);
}

static inline uint32_t shell_end_of(const struct shell_parser *p, const char *at)
{
	return p->fixed ? p->fixed_end : (uint32_t)(at - p->text);
}

#define shell_new(p, type) ((type *)shell_alloc((p), sizeof(type)))

#endif
