#ifndef TCPBEHAV_CLIENT_AUDIT_H
#define TCPBEHAV_CLIENT_AUDIT_H

/* Histories judged in this process, with a session's memory for each session in them: audit.c does it, audit_report.c tells it.
 * Nothing is written; of the file system only the histories are read, and whether a folder is a repository. Bounded memory. Not
 * thread safe. */

#include "client/history.h"
#include "client/judge.h"
#include "client/tally.h"

#define AUDIT_SESSIONS 8             /* of one file, at the same time */
#define AUDIT_FLOWS 1000             /* kept */
#define AUDIT_TOLD 3                 /* problems of one file */
#define AUDIT_SEEN ((size_t)1 << 16) /* calls known to be copies when they come again */
#define AUDIT_EXAMPLE_MAX 160

struct audit_counts {
	uint64_t files;
	uint64_t lines;
	uint64_t bytes;
	uint64_t sessions;
	uint64_t calls;                      /* with something to run */
	uint64_t verdicts[VERDICT_DENY + 1];
	uint64_t host_asks;
	uint64_t hosted_asks;                /* of the asks: where the host asks, too */
	uint64_t flows;
	uint64_t refused;                    /* calls that the user did not let run */
	uint64_t repeated;                   /* calls that another session had before: resumed ones; not among calls */
	uint64_t skipped;                    /* lines */
	uint64_t unknown;                    /* lines of a kind that is not known */
};

struct audit_flow {
	const char *file;
	const char *rule;
	const char *why;
	const char *example;
	uint64_t line;
	uint64_t earlier; /* line in the same file */
	enum policy_verdict verdict;
};

struct audit_session {
	uint64_t key;  /* of its name */
	uint64_t used; /* line; 0: empty */
	struct session *memory;
	char workspace[MESSAGE_PATH_MAX];
};

struct audit {
	struct judge *judge;
	enum policy_profile profile;
	bool workspaces_given;
	void (*progress)(const struct audit *audit); /* now and then, and with NULL before something is told; or NULL */
	struct arena line;                           /* what the line at hand holds; the judge's arena: one event of it */
	struct arena kept;                           /* what the report holds on to */
	struct audit_counts total;
	struct audit_counts now;                     /* of the file at hand */
	const char *file;                            /* its name, printable */
	struct history history;
	bool formats[HISTORY_FORMATS];               /* that had calls */
	struct tally rules;                          /* what asked or denied */
	struct tally unknown;                        /* tools */
	struct audit_flow flows[AUDIT_FLOWS];        /* at most that many of total.flows */
	size_t n_flows;
	struct audit_session sessions[AUDIT_SESSIONS];
	uint64_t seen[AUDIT_SEEN];                   /* keys of calls */
};

/* The judge has its engine and outlives the audit. NULL: no memory. */
struct audit *audit_new(struct judge *judge);
void audit_free(struct audit *audit);

/* Judges a history; counts are in audit->now, and added to the total. Problems of single lines are told as errors. 0 or -errno:
 * told as well. */
int audit_file(struct audit *audit, int fd, const char *path);

/* The report: a file at a time, then all. json: one document. 0 or an exit code after an error was told. */
int audit_report_begin(const struct audit *audit, bool json);
int audit_report_file(const struct audit *audit, bool json);
int audit_report_end(struct audit *audit, bool json, size_t limit);

#endif
