#ifndef TCPBEHAV_COMMAND_H
#define TCPBEHAV_COMMAND_H

/* Internal to command*.c: one call resolved against the table.
 *
 *   command.c          name -> node, wrappers, the order of steps
 *   command_parse.c    argv -> options, operands, subcommand
 *   command_operand.c  which operand is of which kind
 *   command_handlers.c operand kinds -> effects; command_network.c those that name another machine
 *   command_wrapped.c commands inside commands, with the input of xargs
 *   command_stream.c   standard input and output, code that is run, redirections
 */

#include "common/run.h"

#define FEW 8
#define HITS_MAX 65536
#define READ_WORDS_MAX 8 /* paths remembered as what a list of names starts from */

/* An option that was seen, with its values. */
struct option_hit {
	const struct table_option *option;
	const struct field *values; /* option->arity of them, or fewer at the end of the words */
	uint32_t n_values;
	struct field attached;      /* "--x=value", "-xvalue": values points here */
	uint8_t kind;               /* of the values, after "turns" */
};

/* The paths that a call writes, the last one first. */
struct written {
	const struct field *word;
	struct written *next;
};

struct resolved {
	struct run *run;
	struct call *call;
	uint32_t node_index;             /* TABLE_NONE: unknown */
	const struct table_node *node;
	struct option_hit **hits;
	uint32_t n_hits;
	uint32_t room_hits;
	const struct field **operands;
	uint32_t n_operands;
	uint32_t room_operands;
	struct option_hit *few_hits[FEW];        /* where the two start, so that an ordinary call takes no memory for them */
	const struct field *few_operands[FEW];
	const struct field *rest;        /* words behind an option that ends the parsing */
	uint32_t n_rest;
	uint64_t seen;                   /* option bits of node */
	const struct table_operand *kinds; /* of the operands, after options replaced them */
	uint32_t n_kinds;
	uint32_t flags;                  /* capabilities, and the highest risk bit of base, options and whens */
	enum risk lowered_to;
	bool lowered;                    /* only shows or checks */
	bool unknown_subcommand;
	const struct field *subcommand;  /* the word that was not known */
	enum stream_role input;
	enum stream_role output;
	/* filled in while operands are gone through */
	bool has_script;                 /* code was named: standard input is not code */
	uint8_t read_taint;              /* of the files read */
	const char *read_origin;
	uint8_t printed;                 /* taint of what inline code may print */
	const struct run_file *read_file; /* content of the one file read, when this line knows it */
	const struct field *read_words[READ_WORDS_MAX];
	uint32_t n_read;                 /* may be more than are remembered */
	const struct field *endpoint;  /* path of a service's API */
	const struct field *address;     /* first host or URL */
	const struct field *written;     /* last path written */
	struct written *all_written;
	const struct field *created;     /* last path created: a folder for what comes */
	const char *content_path;        /* of a structured tool */
	const struct field *fetched;     /* path on another machine that is read */
	const struct field *method;      /* of an HTTP request */
	const struct field *database;    /* file that SQL works on */
	bool sends_remote;               /* an operand is a remote destination */
	bool archive;                    /* an archive was named */
	bool sends_files;                /* content of files goes to the address */
	bool wrapped;                    /* ran another command: output is set */
};

/* Fills in hits, operands and node (which moves to the subcommand). Returns false when there are too many
 * options or memory ran out. */
bool command_parse(struct resolved *r);

/* Goes through the operands and option values and notes what they do. */
void command_operands(struct resolved *r);

/* Notes what one operand or value of a kind does: command_handlers.c. */
void command_judge(struct resolved *r, const struct field *word, enum operand_kind kind);

/* What a request does on the other side, once all options are known. */
void command_request(struct resolved *r);

/* Runs words as a command of their own, as r's call would (xargs adds its input). */
void command_wrapped(struct resolved *r, const struct field *const *words, uint32_t n, bool elsewhere);

/* A program or script that may have come out of an archive from elsewhere, unpacked before in this line. */
void command_run_unpacked(struct run *run, const struct field *program, bool as_root);

/* make and the like: what the project's file says that they run. script.c */
void script_load(struct resolved *r);

/* Files of unknown names came from elsewhere (origin; or NULL) into a folder (NULL: one named after the address, or the current one). */
void command_arrived(struct resolved *r, const char *origin, const struct field *into);

/* Standard input that is run, sent or written; then what the call writes on its standard output. */
void command_input(struct resolved *r);
void command_output(struct resolved *r);

/* The taint of a word that goes to another machine. A secret that a tool printed may be shown where one logs in (a header), and be given
 * to tools that know what it is for (helm --set): there it does not count as one. */
uint8_t command_sent_taint(const struct field *word, enum operand_kind kind);

/* What the tool hands to a program that does a part of its work (OPERAND_HELPER), once its operands are judged. */
void command_feed(struct resolved *r, struct stream *out);

/* What a search finds below base (NULL: the current folder): all of it, or what its name patterns before the
 * option until (NULL: all of them) let through. */
struct field command_found(struct resolved *r, const struct field *base, const struct option_hit *until);

/* Words joined by blanks as one text, with span and taint of all. */
struct field command_join(struct run *run, const struct field *const *words, uint32_t n);

/* The same with the words of standard input behind them where the tool takes its input as words (parallel). */
struct field command_join_input(struct resolved *r, const struct field *const *words, uint32_t n);

/* Does a part of value, between any of the separators, lie in a temporary folder, where anybody may put something? */
bool command_names_temporary(const struct run *run, const struct field *value, const char *separators);

/* Is name (as git config has it) a setting whose value is run? */
bool command_git_setting_runs(struct run *run, const char *name, size_t len);

/* The stream role that runs code of an operand kind; STREAM_NONE for kinds that are not code. */
enum stream_role command_code_role(enum operand_kind kind);

/* The language a script file is run as when only its name and first line are known. */
enum stream_role command_script_role(const char *path, const struct stream *content, enum stream_role preferred);

/* How data went, for explain and for the sentence of a finding. */
void command_flow(struct run *run, struct span span, const char *from, const char *to);

/* True when an option of this (first) name was seen. */
bool command_has_option(const struct resolved *r, const char *option);

/* command_files.c: what the files hold that the call writes. out: its output, decoded from what it read or not. */
void command_files(struct resolved *r, const struct stream *out, bool decoded);

/* A package that is not fetched by name, but lies in a file or folder: what its scripts are is known from there. */
bool command_is_local_package(const struct field *word);
void command_run_package(struct resolved *r, const struct field *word);

/* --- memory_sends.c --- */

/* What a call that contacts other machines says there: secrets among its words, and what the session knows of them. */
void memory_call(struct resolved *r);

#endif
