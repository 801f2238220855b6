#ifndef TCPBEHAV_ANALYSIS_H
#define TCPBEHAV_ANALYSIS_H

/* From a line to what it does: a pure function of (table, line, context). Bounded: linear in the input, nesting and
 * memory capped; past a bound the result says too_complex and never looks harmless. */

#include "common/arena.h"
#include "common/caps.h"
#include "common/place.h"
#include "common/shell.h"
#include "common/table.h"

#define ANALYSIS_UNKNOWN_MAX 64                /* names of unknown tools kept */
#define ANALYSIS_LENGTH_MAX ((size_t)1 << 20) /* bytes of a command */
#define ANALYSIS_LOOK_MAX 16                   /* paths that somebody is asked to look at, and observations taken back */
#define ANALYSIS_READ_MAX 8                    /* files that somebody is asked to read */
#define ANALYSIS_SCRIPTS_MAX 4                 /* and that are taken back */
#define ANALYSIS_SCRIPT_BYTES ((size_t)64 << 10) /* of each, at most */

/* What somebody with a file system saw: path, followed through every link in it, is real. Absolute, as text. */
struct observation {
	const char *path;
	const char *real;
};

/* A file that may run, as somebody read it; path is absolute. */
struct script {
	const char *path;
	const char *text;
	size_t len;
};

struct session;

struct analysis_context {
	struct place_context place;
	enum shell_dialect dialect;
	bool explain; /* also fill in commands, targets and flows */
	const struct observation *observed; /* what is changed below such a path is judged there as well; only ever adds */
	size_t n_observed;
	const struct script *scripts; /* what runs one is judged by its text as well; only ever adds */
	size_t n_scripts;
	const struct session *session; /* what earlier calls left; or NULL */
	bool remembers; /* somebody takes in what this call leaves (marks) */
};

/* Half-open byte span of the outermost command. */
struct span {
	uint32_t start;
	uint32_t end;
};

struct finding {
	struct finding *next;
	const char *rule;  /* "fs.delete.workspace" */
	const char *why;   /* one sentence; free of control characters, bounded */
	const char *safer; /* a safer form, or NULL */
	struct span span;
	uint32_t caps;     /* capabilities that come with it */
	enum risk risk;
	enum place place;
	uint64_t earlier;  /* number of the call or note that it is about as well; 0: none */
};

/* One resolved simple command, for explain. */
struct analysis_command {
	struct analysis_command *next;
	const char *tool;      /* key in the table ("git push"), or the name as written when unknown */
	const char *text;      /* its words, quoted for people, bounded */
	struct span span;
	uint32_t caps;
	enum risk risk;
	uint8_t depth;         /* wrappers around it */
	bool known;
	struct analysis_target *targets;
};

struct analysis_target {
	struct analysis_target *next;
	const char *action;  /* "read", "delete", "fetch", ... */
	const char *text;    /* path or host, printable */
	const char *kind;    /* target_kind_name or host kind */
	enum place place;
	enum risk risk;
};

/* Data that went from one command to another, for explain: "network -> shell (root)". */
struct analysis_flow {
	struct analysis_flow *next;
	const char *text;
	struct span span;
};

#define ANALYSIS_LOADERS_MAX 32

/* What a call leaves for those that come after it. */
enum mark_kind { MARK_FILE, MARK_FOLDER, MARK_HOST, MARK_NAME, MARK_REMOTE, MARK_SECRET, MARK_LINK, MARK_GUARD };

enum mark_flag {
	MARK_DOWNLOADED = 1,   /* as TAINT_NETWORK */
	MARK_DECODED = 2,      /* as TAINT_DECODED */
	MARK_HOLDS_SECRET = 4, /* as TAINT_SECRET */
	MARK_WRITTEN = 8,
	MARK_USER = 16,        /* the user named it */
	MARK_TOOL_OUTPUT = 32, /* a tool's output asked for it, or another machine named it */
	MARK_MENTIONED = 64,   /* a tool of this machine named it, before others did */
	MARK_SENDS = 128,      /* contacts other machines when it runs */
	MARK_KEPT = 256,       /* holds a secret and lies in the workspace */
	MARK_HOLDS_GUARD = 512, /* made of the guard's settings */
	MARK_MOVED = 2048,      /* folder: as a whole it was elsewhere, with suspects in it */
	MARK_SUSPECT = 1024,    /* folder: a file in it was downloaded, decoded, or written with risky content */
};

struct analysis_mark {
	struct analysis_mark *next;
	const char *text;   /* absolute path, or name */
	const char *real;   /* MARK_LINK: where it leads */
	uint64_t from;      /* call that its content came with; 0: this one */
	enum mark_kind kind;
	enum risk risk;     /* of its content, when it runs */
	enum risk loads;    /* the same, when a tool runs it by itself */
	uint32_t loaders;   /* set of tools that run it by themselves (loaders.def) */
	uint16_t flags;
	bool adds;          /* to what is there */
};

/* What a call is, in one pair of words: its riskiest tool and what that is done to. */
struct analysis_act {
	const char *tool;   /* key in the table, or the name as written; not NUL terminated; NULL: nothing runs */
	size_t tool_len;
	const char *target; /* path or host; NULL: none */
	size_t target_len;
	enum risk risk;
};

#define ANALYSIS_GOALS 4

struct analysis {
	uint32_t caps;                   /* union, without risk bits */
	enum risk risk;                  /* highest */
	uint8_t exposure[RISK_COUNT];    /* for each risk, the set of places (1 << enum place) where something of it happens */
	struct finding *findings;        /* in order of span, then of risk, highest first */
	struct analysis_command *commands;
	struct analysis_flow *flows;
	const char **unknown;            /* tool names without knowledge; n_unknown */
	uint32_t n_unknown;
	uint64_t goals[ANALYSIS_GOALS];  /* what the call is after (a path that is changed, a host that gets something, what a rule is
	                                  * about), whatever tool does it: keys to compare calls by; n_goals */
	uint32_t n_goals;
	const char **look;               /* absolute paths that are changed by following them: whether a link leads them away cannot be told here; n_look */
	uint32_t n_look;
	const char **read;               /* absolute paths of the workspace's files that would run and of which nothing is known; n_read */
	uint32_t n_read;
	struct analysis_mark *marks;
	struct analysis_act act;
	bool empty;                      /* nothing to run: no verdict */
	bool incomplete;                 /* the text ended in the middle, or has a syntax error */
	bool too_complex;                /* a bound was reached */
	bool explained;                  /* commands, targets and flows are filled in */
	uint32_t problem_at;             /* byte of the first problem */
	const char *problem;             /* static sentence, or NULL */
};

/* Analyses a shell command line. All of out points into the arena, the table or static text. Never fails. */
void analysis_run(const struct table *table, const struct analysis_context *context, const char *text, size_t len,
                  struct arena *arena, struct analysis *out);

/* One argument of a structured tool call; nested names are joined by dots ("edits.new_string"). */
struct analysis_argument {
	const char *name;
	const char *value; /* scalars as text */
	size_t len;
};

/* Analyses a structured tool call (the hosts' own tools and MCP tools). Spans are 0..0. */
void analysis_run_tool(const struct table *table, const struct analysis_context *context, const char *tool,
                       const struct analysis_argument *arguments, size_t n_arguments, struct arena *arena,
                       struct analysis *out);

#endif
