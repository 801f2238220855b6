#ifndef TCPBEHAV_RUN_H
#define TCPBEHAV_RUN_H

/* The state of one analysis and the seams between its parts. Internal to common/; who includes what:
 *
 *   eval.c     (tree -> calls)       calls command_run() for every simple command, follows pipes, variables, cwd
 *   command.c  (call -> effects)     resolves tool, subcommand, options, operands; calls effect_*() and, for nested
 *                                    code, eval_text() and code_scan()
 *   effect.c   (action x target -> risk, capabilities, finding)
 *   look.c     (what is changed through a path -> what a link would lead to)
 *   script.c   (a file that is run -> its text, when somebody read it)
 *   place.c    (path or host -> what it is)
 *   code*.c    (inline code in other languages -> effects)
 *   content.c  (text written into a file that will run -> effects)
 */

#include "common/analysis.h"

enum taint {
	TAINT_NETWORK = 1,  /* came over the network */
	TAINT_DECODED = 2,  /* was decoded, decrypted or decompressed */
	TAINT_SECRET = 4,   /* holds a secret */
	TAINT_FILE = 8,     /* content of a local file */
	TAINT_GUARD = 32,   /* made of the guard's settings */
	TAINT_INPUT = 16,   /* from the user, a tool or the environment: not known */
	TAINT_ISSUED = 64,  /* with TAINT_SECRET: a tool printed it, to be used (kubectl get secret, gh auth token) */
};

/* What flows through a pipe, a variable or a file. */
struct stream {
	const char *text;   /* valid when known */
	uint32_t len;
	bool known;         /* the whole text is constant */
	bool present;       /* something is connected (a pipe, a redirection); false: terminal or nothing */
	uint8_t taint;      /* enum taint bits */
	struct span span;   /* where it comes from */
	const char *origin; /* printable: host, path or tool it came from; or NULL */
	uint64_t request;   /* the earlier call that it comes from; 0: this one */
	uint8_t risk;       /* enum risk that its text was judged at then */
	bool sends;         /* written after a secret was read, and contacts other machines */
};

/* One word after expansion. */
struct field {
	const char *text;   /* NUL terminated; may hold TEXT_UNKNOWN, TEXT_STAR, TEXT_ANY */
	uint32_t len;
	struct span span;   /* of the outermost command */
	bool unknown;       /* holds TEXT_UNKNOWN */
	bool glob;          /* holds TEXT_STAR or TEXT_ANY */
	bool quoted;        /* was (partly) quoted, and is one word whatever is unknown in it */
	uint8_t taint;
	const char *origin; /* of the taint; or NULL */
};

struct call_assign {
	struct field name;
	struct field value;
};

enum call_redirect_kind { REDIRECT_READ, REDIRECT_WRITE, REDIRECT_APPEND, REDIRECT_OTHER };

struct call_redirect {
	enum call_redirect_kind kind;
	int fd;
	struct field target;
	struct span span;
};

/* A simple command, expanded. */
struct call {
	const struct field *argv; /* argc >= 1 */
	uint32_t argc;
	const struct call_assign *env; /* NAME=value before the command */
	uint32_t n_env;
	const struct call_redirect *redirects; /* files only; here-documents and -strings are in input */
	uint32_t n_redirects;
	struct stream input;      /* standard input */
	struct stream output;     /* filled in by command_run: standard output */
	struct span span;
	uint8_t depth;            /* wrappers around it */
	bool as_root;             /* below sudo, doas, su */
	bool elsewhere;           /* below ssh, docker exec, chroot: paths and processes are not those of this machine */
	bool in_pipeline;
	bool background;
	bool input_is_operands;   /* below xargs: more operands, not known, follow */
	bool dry;                 /* below a wrapper that only shows what it would do */
};

struct eval_state; /* variables, functions, aliases: eval.c */

/* A file written earlier in the same line. */
struct run_file {
	struct run_file *next;
	const char *path; /* absolute */
	struct stream content;
	bool executable;  /* chmod +x was seen */
	bool adds;        /* to what was there before this line */
};

#define RUN_LINKS_MAX 16
#define RUN_RECENT 16

/* A file whose text is being judged because what is around it runs it. */
struct run_script {
	const struct run_script *outer; /* NULL: the line itself runs it */
	const char *path;
	struct run *line; /* the outermost run: what is to be read is noted there */
};

struct run {
	const struct table *table;
	const struct analysis_context *context;
	struct arena *arena;
	struct analysis *out;
	struct eval_state *eval;
	const char *cwd;        /* now; NULL: not known */
	struct run_file *files;
	uint32_t n_files;
	uint32_t branches;      /* around what is evaluated: what is written there may or may not be */
	uint32_t n_findings;
	uint32_t nesting;       /* of eval_text and wrappers; bound RUN_NESTING_MAX */
	uint64_t budget;        /* steps left; run_spend() */
	const char *root_text;  /* the outermost text, for spans */
	uint32_t root_len;
	bool nested;            /* inside nested text: every span is fixed */
	struct span fixed;
	const char *new_remote; /* name that git remote add gave in this line */
	const char *unpacked;   /* where files of unknown names came from (an archive, a copy of a folder); NULL: none from elsewhere */
	const char *unpacked_into; /* the folder they lie in; NULL: not known */
	uint64_t earlier;       /* the earlier call that the next finding is about as well; 0: none */
	uint32_t n_marks;
	const char *path;       /* folders that this line looks for programs in; NULL: the usual ones */
	struct observation *links; /* that this line made; n_links of RUN_LINKS_MAX */
	uint32_t n_links;
	uint32_t n_scripts;     /* times that a script's text was judged, in the outermost run */
	const struct run_script *script; /* whose text this is; NULL: the line's own */
	bool judges_ahead;      /* the text of a file that may run later: leaves no marks */
	struct stream put;      /* text that the latest sed script may put into the files it edits */
	uint8_t printed;        /* TAINT_NETWORK, TAINT_DECODED, TAINT_SECRET: what inline code may print */
	bool sql_changes;       /* SQL of this call does more than read, or is not known */
	bool met_choice;        /* something was left open: ${x:-y}, $1 when nobody knows whether it is set, what stands behind && */
	bool second;            /* analysed once more: no such x and $1 is set, what stands in front of && succeeds */
	bool as_root;           /* set while nested text runs below sudo */
	bool elsewhere;
	bool machine;           /* on another machine, not only in a container: changes there are nobody's toys */
	struct finding **findings_tail;
	struct finding *recent[RUN_RECENT]; /* the latest findings, to see the same one again */
	struct analysis_command **commands_tail;
	const char *tool;       /* that runs now, tool_len bytes; NULL: none */
	size_t tool_len;
	struct analysis_command *current; /* command that effects are noted for; or NULL */
	struct analysis_flow **flows_tail;
};

#define RUN_NESTING_MAX 32

/* Takes steps from the budget; false (and too_complex) when none are left: stop then, nothing will be allowed. */
bool run_spend(struct run *run, uint64_t steps);

/* Marks the analysis as past a bound. */
void run_too_complex(struct run *run, uint32_t at, const char *problem);

/* The content of a file as far as this line knows it (written, downloaded or decoded into it before), or NULL. A path
 * that is not absolute is taken from run->cwd. */
const struct run_file *run_file_find(const struct run *run, const char *path);

/* The absolute path that a word names for run_file_find and run_file_set, also when a part of it (mktemp's) is not known; NULL when
 * it could be anywhere. */
const char *run_file_path(const struct run *run, const struct field *word);

/* Remembers what a file now holds; its name is copied. Returns the file to mark it further, or NULL past a bound (the
 * run is too complex then) and for a relative path in a folder that is not known. What is written in a branch, or to a file
 * whose name is not wholly known, does not replace what was there. */
struct run_file *run_file_set(struct run *run, const char *path, const struct stream *content);

/* --- eval.c --- */

/* Sets up run->eval (variables known from the context: HOME, PWD, USER, TMPDIR, IFS). */
void eval_init(struct run *run);

/* Parses and evaluates text as shell code. input: standard input of the whole text (may be NULL); output: filled in
 * with what it writes (may be NULL). span: of the word the text came from; at the outermost level (run->nested false)
 * spans are those of the text itself and span is ignored. args: $0, $1, .. (may be NULL). A private copy of variables
 * and cwd is used when subshell is true. */
void eval_text(struct run *run, const char *text, uint32_t len, enum shell_dialect dialect, struct span span,
               const struct field *args, uint32_t n_args, bool subshell, const struct stream *input, struct stream *output);

/* Runs a call whose words are already expanded: function of the line, builtin that changes the state (cd, export,
 * alias, eval, set, ...), else command_run(). command.c uses it for what stands behind a wrapper like "command". */
void eval_call(struct run *run, struct call *call, bool functions_too);

/* --- command.c --- */

/* Resolves one simple command against the table and notes what it does; recurses into wrapped commands and code. */
void command_run(struct run *run, struct call *call);

/* Runs content (a stream that is executed as code in the language of role, STREAM_CODE_*): known text is analysed,
 * tainted text is a flow, unknown text a finding. via: printable name of what runs it. */
void command_run_stream(struct run *run, enum stream_role role, const struct stream *code, struct span span,
                        const struct field *args, uint32_t n_args, const struct stream *input, struct stream *output,
                        const char *via, bool as_root);

/* A redirection of a command or compound command (also without any command: "> file"). */
void command_redirect(struct run *run, const struct call_redirect *redirect, const struct stream *content);

/* Notes a variable in the environment of commands: names that make them run or load something. */
void command_environment(struct run *run, const struct field *name, const struct field *value);

/* --- effect.c --- */

/* ACTION(ID, "name"): what is done to a path. */
enum action {
#define ACTION(ID, name, caps) ACTION_##ID,
#include "common/actions.def"
#undef ACTION
	ACTION_COUNT
};

/* Notes an action on a path. bulk: recursive or many. least: risk it has at least. */
void effect_path(struct run *run, enum action action, const struct field *path, bool bulk, enum risk least);

/* Notes that git writes into the repository of the workspace it works in: .git may be a link to another. */
void effect_repository(struct run *run, struct span span);

/* What goes to the other side: nothing but the question; text of the line itself; what files or commands hold. */
enum network_use { NETWORK_FETCH, NETWORK_SAY, NETWORK_SEND, NETWORK_USES };

/* Something is said to a host, and to what it is below when its first label may be what is said: a goal of the call. */
void effect_sending(struct run *run, const struct host *host);

/* Notes contact with a host or URL. taint and origin: of what is said or sent. */
void effect_network(struct run *run, const struct field *address, enum network_use use, uint8_t taint, const char *origin);

/* Notes a request that changes something on the other side (DELETE ..). */
void effect_request(struct run *run, const struct field *address, const char *method, struct span span);

/* Notes a finding with its risk, place and capabilities. why and safer are copied, bounded and made printable. */
void effect_finding(struct run *run, const char *rule, enum risk risk, enum place place, uint32_t caps, struct span span,
                    const char *why, const char *safer);

/* Notes capabilities and a risk without a finding. */
void effect_note(struct run *run, uint32_t caps, enum risk risk, enum place place);

/* --- look.c --- */

/* The line makes a link: what is done by its path from now on, here and in later calls, is judged where it leads as well. A
 * symbolic link's target counts from the link's folder, and, as people err, from the working folder too. */
void run_link(struct run *run, const struct field *link, const struct field *to, bool symbolic);

/* An action on a path of the workspace or a temporary folder may go through links. Without observations the path is noted in
 * out->look; with one that applies: true, the link, and the word that names the same thing behind it. */
bool look_along(struct run *run, enum action action, const struct field *path, const struct target *target,
                const struct observation **link, struct field *real);

/* The same for links that this line or an earlier call made: number at (from 0) of those that the path goes through. *request:
 * the call that made it; 0: this line. */
bool look_made(struct run *run, enum action action, const struct field *path, uint32_t at, const struct observation **link,
               struct field *real, uint64_t *request);

/* --- script.c --- */

/* A file of the workspace is about to run, of which neither this line nor the session knows the content: findings of HIGH or more in its
 * text count here as well, or the path is noted in out->read. */
struct script_use {
	enum stream_role preferred; /* the language that who runs it expects */
	const struct field *const *goals; /* of a Makefile; n_goals */
	uint32_t n_goals;
	const char *entry;          /* of package.json: the name of the script in it; NULL: it is none */
	bool as_root;
};
void script_run(struct run *run, const struct script_use *use, const char *path, struct span span);

/* --- memory.c: what the session remembers --- */

/* What this line leaves for later calls goes to out->marks. */
void memory_note(struct run *run, enum mark_kind kind, const char *text, uint16_t flags);
void memory_keep(struct run *run);

/* The file as an earlier call left it; NULL: nothing is remembered. path is absolute. */
const struct run_file *memory_file(const struct run *run, const char *path);

/* The call that brought a folder around path from elsewhere; 0: none. */
uint64_t memory_arrived(const struct run *run, const char *path);

/* Findings on what is run, loaded, sent to or installed, where earlier calls make it one. */
void memory_ran(struct run *run, const struct stream *code, struct span span, const char *via);
void memory_loads(struct run *run, const char *tool, const char *called, struct span span);
void memory_sends(struct run *run, const struct host *host, struct span span);
void memory_asks(struct run *run, const struct field *address, const struct host *host);
void memory_installs(struct run *run, const struct field *word);

/* Whether an address carries words of its own: a query, something unknown, a label that is no word. */
/* Its first label is no word: tq81mbslw02.t.example */
bool memory_coded_label(const struct host *host);
bool memory_address_speaks(const struct field *address, const struct host *host);
void memory_moves(struct run *run, const struct field *from, const struct field *to);
void memory_some(struct run *run, const struct field *word);
/* Is the daemon meant, as a program of that name, and not a folder on the way to a file? */
bool memory_names_guard(const char *text, size_t len);
void memory_kills(struct run *run, const struct field *pid);
void memory_module(struct run *run, const char *name, size_t len, struct span span);
void memory_program(struct run *run, const struct field *word, const char *name, size_t len);
uint8_t memory_folder(const struct run *run, const char *path);
bool memory_is_ours(const struct run *run, const char *path);
void memory_path(struct run *run, const struct field *value);
void memory_guard(struct run *run, uint64_t request, struct span span, const char *does);
bool memory_user_named(const struct run *run, const struct field *address);
bool memory_is_new_remote(const struct run *run, const struct field *word);

/* --- code.c --- */

/* Looks through code in another language for file, process, network and dynamic-evaluation calls with constant
 * arguments; linear. role: STREAM_CODE_PYTHON .. STREAM_CODE_SQL, or STREAM_CODE_OTHER (a finding that it is not seen). */
void code_scan(struct run *run, enum stream_role role, const char *text, uint32_t len, struct span span);

/* An awk program, a sed script: as used by awk and sed operands. */
void code_scan_awk(struct run *run, const char *text, uint32_t len, struct span span);
void code_scan_sed(struct run *run, const char *text, uint32_t len, struct span span);

/* --- content.c --- */

/* Judges text that is about to be written to path (Write, Edit, here-document into a file): scripts, Makefiles,
 * package.json, hooks, CI files, start-up files are analysed like the commands they hold; findings keep span. */
/* The files that a patch changes, by the names in it, with and without their first folder. */
void content_patch(struct run *run, const char *text, uint32_t len, struct span span);
void content_analyze(struct run *run, const char *path, const char *text, uint32_t len, struct span span);

#endif
