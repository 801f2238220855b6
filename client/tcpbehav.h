#ifndef TCPBEHAV_H
#define TCPBEHAV_H

/* libtcpbehav: what a command line can do, and whether it may run (Tool Capability Protocol, not the transport protocol).
 *
 *	struct tcpbehav_client *client;
 *	const struct tcpbehav_answer *answer;
 *	struct tcpbehav_call call = { .size = sizeof(call), .command = "rm -rf build", .cwd = "/home/dev/p" };
 *
 *	if (tcpbehav_open(NULL, &client) == TCPBEHAV_OK && tcpbehav_check(client, &call, &answer) == TCPBEHAV_OK)
 *		run = answer->verdict == TCPBEHAV_ALLOW;
 *	tcpbehav_close(client);
 *
 * Whatever is not TCPBEHAV_ALLOW must not run unasked; an error is not an allow.
 *
 * Threads: one client belongs to one thread at a time; any number of clients may be used side by side. Functions without a
 * client are thread safe. Nothing here installs signal handlers or changes the environment.
 * Strings are NUL terminated UTF-8 where nothing else is said. */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define TCPBEHAV_API __attribute__((visibility("default")))
#else
#define TCPBEHAV_API
#endif

/* What a function came to: 0, or one of these. */
enum tcpbehav_status {
	TCPBEHAV_OK = 0,
	TCPBEHAV_ERROR_ARGUMENT = -1,  /* a required argument is missing or makes no sense */
	TCPBEHAV_ERROR_MEMORY = -2,    /* out of memory */
	TCPBEHAV_ERROR_NO_DAEMON = -3, /* nobody listens */
	TCPBEHAV_ERROR_UNTRUSTED = -4, /* somebody listens who is neither root, the service's user nor the caller */
	TCPBEHAV_ERROR_TIMEOUT = -5,   /* no answer within timeout_ms */
	TCPBEHAV_ERROR_PROTOCOL = -6,  /* the answer is not one; the connection was closed */
	TCPBEHAV_ERROR_REFUSED = -7,   /* the daemon answered with an error: tcpbehav_error() has its text */
	TCPBEHAV_ERROR_NO_TABLE = -8,  /* the image of tools is missing, broken or not to be trusted */
	TCPBEHAV_ERROR_NOT_FOUND = -9, /* no tool of that name is known: it is not safe, it is unknown */
	TCPBEHAV_ERROR_SYSTEM = -10    /* the operating system refused something: tcpbehav_error() says what */
};

/* A sentence for a status; static. */
TCPBEHAV_API const char *tcpbehav_strerror(int status);

/* "0.1.0"; static. */
TCPBEHAV_API const char *tcpbehav_version(void);

/* --- opening --- */

struct tcpbehav_client;

enum tcpbehav_mode {
	TCPBEHAV_AUTO,    /* the daemon where there is one, else embedded */
	TCPBEHAV_SOCKET,  /* the daemon only */
	TCPBEHAV_EMBEDDED /* in this process, on the installed image: no memory between calls, and answers say so */
};

/* All but size may be zero. */
struct tcpbehav_options {
	size_t size;           /* sizeof(struct tcpbehav_options) */
	enum tcpbehav_mode mode;
	const char *socket;    /* path; NULL: $TCPBEHAVD_SOCKET, the user's runtime folder, the system's path */
	const char *table;     /* image file; NULL: the installed one */
	uint32_t timeout_ms;   /* for each question, connecting included; 0: 1000 */
};

/* Opens a client. options may be NULL; its strings are copied. In mode TCPBEHAV_SOCKET the daemon must be there now
 * (NO_DAEMON, UNTRUSTED, TIMEOUT); otherwise it is looked for again whenever a question needs it. The image is mapped when
 * it is first needed. Where the administrator requires the system's daemon (client.conf), socket and table are ignored.
 * On an error *client_out is NULL. Close what you opened. */
TCPBEHAV_API int tcpbehav_open(const struct tcpbehav_options *options, struct tcpbehav_client **client_out);

/* Releases everything, also answers that it gave. NULL is fine. */
TCPBEHAV_API void tcpbehav_close(struct tcpbehav_client *client);

/* What was wrong the last time a function of this client returned an error, in detail; valid until its next call. */
TCPBEHAV_API const char *tcpbehav_error(const struct tcpbehav_client *client);

/* --- tools --- */

/* What is known about one tool or subcommand ("git push"). */
struct tcpbehav_tool {
	uint8_t descriptor[24]; /* Tool Capability Protocol, version 2, big-endian */
	uint32_t flags;         /* its capability flags: bits 0-4 the risk, 5-31 capabilities */
};

/* Looks a whole name up in the image; no system call once it is mapped. NOT_FOUND, NO_TABLE, ARGUMENT. */
TCPBEHAV_API int tcpbehav_lookup(struct tcpbehav_client *client, const char *name, struct tcpbehav_tool *tool_out);

/* "safe" .. "critical" for bits 0..4, "SUDO" .. "UNKNOWN" for 5..31, else NULL; static. */
TCPBEHAV_API const char *tcpbehav_flag_name(unsigned bit);

/* --- calls --- */

enum tcpbehav_verdict { TCPBEHAV_NONE, TCPBEHAV_ALLOW, TCPBEHAV_ASK, TCPBEHAV_DENY };
enum tcpbehav_risk { TCPBEHAV_SAFE, TCPBEHAV_LOW, TCPBEHAV_MEDIUM, TCPBEHAV_HIGH, TCPBEHAV_CRITICAL };

/* What an agent wants to do: command, or tool and arguments. Absent paths are not guessed: then what a relative path
 * means is unknown, and writing to it asks. */
struct tcpbehav_call {
	size_t size;                     /* sizeof(struct tcpbehav_call) */
	const char *command;             /* a shell command line, or NULL */
	size_t command_len;              /* bytes; 0: up to the NUL */
	const char *tool;                /* a structured tool ("Write", "mcp__github__create_issue"), or NULL */
	const char *arguments_json;      /* its arguments, a JSON object, or NULL */
	const char *cwd;                 /* absolute, or NULL */
	const char *home;                /* absolute, or NULL */
	const char *const *workspaces;   /* absolute */
	size_t n_workspaces;
	const char *agent;               /* names the agent, or NULL */
	const char *session;             /* names its run, or NULL */
	const char *profile;             /* "standard", "strict", "permissive": may only tighten what is configured; or NULL */
};

struct tcpbehav_finding {
	const char *rule;   /* "fs.delete.workspace" */
	const char *why;    /* one sentence */
	const char *safer;  /* a safer form, or NULL */
	size_t start;       /* bytes of the command that caused it, half-open */
	size_t end;
};

/* Fields may be added at the end. */
struct tcpbehav_answer {
	enum tcpbehav_verdict verdict;           /* of check; NONE: there was nothing to run */
	enum tcpbehav_risk risk;
	uint32_t capabilities;                   /* flags 5..31 */
	const struct tcpbehav_finding *findings;
	size_t n_findings;
	const char *const *unknown;              /* tools that nothing is known about */
	size_t n_unknown;
	const char *decided_by;                  /* "policy", "rule", "bound", ... */
	const char *reason;                      /* for people and models: what, why, safer form; "" for allow */
	uint64_t request;                        /* number in the daemon's record; 0: not recorded */
	int embedded;                            /* not 0: judged in this process */
};

/* What the call does: pure, in this process, never recorded; verdict is NONE. NO_TABLE, ARGUMENT, MEMORY. The answer belongs to
 * the client and lives until the client's next call. */
TCPBEHAV_API int tcpbehav_analyze(struct tcpbehav_client *client, const struct tcpbehav_call *call,
                                  const struct tcpbehav_answer **answer_out);

/* The verdict: the daemon's, which is recorded; in mode AUTO without a daemon, or EMBEDDED, this process's (embedded is
 * set). Any error but NO_TABLE and ARGUMENT may go away when tried again. The answer belongs to the client and
 * lives until the client's next call. */
TCPBEHAV_API int tcpbehav_check(struct tcpbehav_client *client, const struct tcpbehav_call *call,
                                const struct tcpbehav_answer **answer_out);

/* --- the daemon --- */

/* Round trip to the daemon in nanoseconds (round_trip_ns_out may be NULL). NO_DAEMON, UNTRUSTED, TIMEOUT, PROTOCOL. */
TCPBEHAV_API int tcpbehav_ping(struct tcpbehav_client *client, uint64_t *round_trip_ns_out);

/* One request as one line of JSON without a newline inside ({"op":"status"}), one answer as one line, whatever it says; the
 * answer belongs to the client, is NUL terminated and lives until the client's next call. ARGUMENT, NO_DAEMON, UNTRUSTED, TIMEOUT,
 * PROTOCOL, MEMORY. */
TCPBEHAV_API int tcpbehav_request(struct tcpbehav_client *client, const char *line, size_t len, const char **answer_out,
                                  size_t *answer_len_out);

#ifdef __cplusplus
}
#endif

#endif
