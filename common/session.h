#ifndef TCPBEHAV_SESSION_H
#define TCPBEHAV_SESSION_H

/* What one session remembers between its calls: marks on files, folders, hosts, packages and remotes, as keyed hashes; no text is
 * kept. Fixed size, ageing: a full set forgets what was only read about first, then the oldest. Pure, no allocation; not thread
 * safe. Numbers of calls are the request numbers that answers and the log show. */

#include "common/analysis.h"

#define SESSION_SETS 256
#define SESSION_WAYS 8
#define SESSION_TARGETS_MAX 4096
#define SESSION_LINKS 16
#define SESSION_LINK_MAX 240 /* longer ones are not followed */

/* Where a target came from: session_note(). */
enum session_origin { SESSION_ORIGIN_USER, SESSION_ORIGIN_TOOL_OUTPUT, SESSION_ORIGINS };

struct session_mark {
	uint64_t key;
	uint64_t request; /* call or note that it comes from */
	uint32_t used;    /* the session's clock then */
	uint16_t flags;   /* enum mark_flag; 0: empty */
	uint8_t risk;     /* enum risk: what a file's content does when it runs */
	uint8_t kind;     /* enum mark_kind */
};

/* The latest risky file among those that some tools run by themselves (Makefile, conftest.py). */
struct session_loaded {
	uint64_t key; /* of the file */
	uint64_t folder; /* of the folder it lies in */
	uint64_t request;
	uint16_t flags;
	uint8_t risk;
};

/* A link that the session made. Where it leads is kept as text, for a path below it has to be put together. */
struct session_link {
	uint64_t key; /* of the link's path; 0: empty */
	uint64_t request;
	char real[SESSION_LINK_MAX];
};

struct session {
	uint64_t seed[2];
	uint64_t secret_request; /* the latest call that read a secret; 0: none */
	uint64_t secret_call;    /* how many calls there were then */
	uint64_t kept_request;   /* the latest call that put a secret into a file of the workspace */
	uint64_t guard_request;  /* the latest call that named the guard */
	uint64_t guard_call;
	uint64_t calls;
	uint64_t notes;
	bool outside; /* the latest call asked another machine: what comes back are others' words */
	uint64_t forgotten; /* marks that made room */
	uint64_t suspects;  /* files so far that nobody should run unseen */
	uint32_t clock;
	uint32_t n_links; /* ever made */
	struct session_link links[SESSION_LINKS];
	uint32_t loaders; /* set of those with something risky */
	struct session_loaded loaded[ANALYSIS_LOADERS_MAX];
	struct session_mark marks[SESSION_SETS][SESSION_WAYS];
};

/* seed: a secret of this installation. */
void session_init(struct session *session, const uint64_t seed[2]);

/* The mark on a target, or NULL. */
const struct session_mark *session_find(const struct session *session, enum mark_kind kind, const char *text, size_t len);

/* The link at this path, or NULL. */
const struct session_link *session_link(const struct session *session, const char *path, size_t len);

/* Whether such a file lies in this folder. */
bool session_is_folder(const struct session *session, const struct session_loaded *loaded, const char *path, size_t len);

/* Takes in what a call did (analysis->marks) that was not denied. */
void session_event(struct session *session, const struct analysis *analysis, uint64_t request);

/* The targets that a text names: hosts, addresses, packages. At most SESSION_TARGETS_MAX of one text. */
struct session_targets {
	uint32_t n;
	struct session_target {
		uint64_t key;
		enum mark_kind kind;
		bool asked; /* reads like a request to install or use it, not like a mention */
	} list[SESSION_TARGETS_MAX];
};

/* Looks through a text, in time linear in len. seed: the sessions' own. Thread safe. */
void session_scan(const uint64_t seed[2], const char *text, size_t len, struct session_targets *targets);

/* Takes them in as named by origin. */
void session_note(struct session *session, enum session_origin origin, const struct session_targets *targets, uint64_t request);

/* The call did not run after all: its marks are taken back. True when it had any. */
bool session_forget(struct session *session, uint64_t request);

/* How many marks of a kind have any of these flags. */
unsigned session_count(const struct session *session, enum mark_kind kind, uint16_t flags);

#endif
