#ifndef TCPBEHAV_STORE_H
#define TCPBEHAV_STORE_H

/* What outlives the process: recorded requests, approvals, rules; SQLite in the state folder, written by one thread of its
 * own. The loop hands over recorded requests without lock, heap or file access (store_record); they are committed
 * together every few ms. Ops (a rule, an approval, reading the log) are committed at once and come back with a result.
 * A disk that fails stops nothing: answers go on, rows wait as long as there is room, then are counted as lost. */

#include "common/behavior.h"
#include "common/message.h"
#include "common/policy.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define STORE_COMMAND_MAX 4096 /* bytes of a command that are kept, redacted; of a longer one hand over more than that */
#define STORE_WHY_MAX 256

struct store;

/* One recorded request. Strings may be NULL; they are copied. */
struct store_row {
	uint64_t number;
	int64_t time_ms; /* since the epoch */
	uid_t uid;
	enum policy_verdict verdict;
	enum risk risk;
	enum policy_decider decided_by;
	const char *agent;
	const char *session;
	const char *rule;
	const char *command; /* to store_record(): as it came, redacted in the store's thread; from the store: redacted */
	const char *cwd;
	uint8_t hash[POLICY_HASH_BYTES];
};

struct store_settings {
	int64_t commit_ms;
	int64_t retention_days;
	int64_t retention_rows; /* per uid */
};

/* A rule or approval as it is kept. */
struct store_rule {
	uint64_t id; /* given by store_open's readers and by the caller of STORE_RULE_ADD */
	uid_t uid;
	enum policy_verdict verdict;
	char pattern[256];
	char project[1024]; /* "": everywhere */
};

struct store_approval {
	uint64_t number; /* of the request */
	uid_t uid;       /* whose request it is */
	uid_t by_uid;    /* who approved */
	struct policy_approval approval;
};

/* An agent's profile. */
struct store_profile {
	uid_t uid;
	char name[MESSAGE_NAME_MAX + 1];
	char role[MESSAGE_NAME_MAX + 1]; /* "": none */
	int64_t seen_ms;
	struct behavior behavior;
};

enum store_op_kind { STORE_LOG, STORE_RULE_ADD, STORE_APPROVAL_ADD, STORE_APPROVAL_USED, STORE_PROFILE_PUT, STORE_PROFILE_GET };

/* One op; allocated by who submits it, given back to done() on the loop's thread. */
struct store_op {
	struct store_op *next;
	enum store_op_kind kind;
	int result;                             /* 0 or -EIO */
	void (*done)(struct store_op *op);
	bool lazy;                              /* losing it with the machine's power is no harm: not forced onto the disk */
	/* STORE_PROFILE_*: by uid and name; of GET the rest is filled in when found, in the store's thread */
	struct store_profile *profile;
	bool found;
	/* STORE_LOG: rows of uid (or of everybody) with numbers below `before` (0: all), newest first; row() runs in the
	 * store's thread */
	uid_t uid;
	bool everybody;
	uint32_t limit;
	uint64_t before;
	void (*row)(struct store_op *op, const struct store_row *row);
	/* the others */
	struct store_rule rule;
	struct store_approval approval;
};

/* What store_open found, handed to the caller row by row. */
struct store_loader {
	void (*rule)(void *context, const struct store_rule *rule);
	void (*approval)(void *context, const struct store_approval *approval);   /* not used and not out of date */
	void (*request)(void *context, const struct store_row *row);              /* the newest ask and deny, oldest first */
	void (*profile)(void *context, const struct store_profile *profile);      /* the profiles_max that were seen latest, oldest first; NULL: not wanted */
	size_t profiles_max;
	void *context;
	uint64_t next_number;  /* filled in: greater than every request's number so far */
	uint64_t next_rule_id;
};

/* Opens (makes) the database in folder, which is made with mode 0700. A corrupt file is set aside as NAME.corrupt-TIME and
 * reported, in the log and in store_status(). notify(notify_context) is called in the store's thread whenever ops are done.
 * 0, or -errno with a sentence in why. */
int store_open(const char *folder, const struct store_settings *settings, struct store_loader *loader,
               void (*notify)(void *context), void *notify_context, struct store **store_out, char *why, size_t why_size);

/* Commits what is there, ends the thread. Ops that are not done are done with -EIO. Accepts NULL. */
void store_close(struct store *store);

/* Loop thread. False when there is no room: the row is lost and counted. */
bool store_record(struct store *store, const struct store_row *row);

/* Loop thread, after answers were sent: wakes the store's thread when it sleeps and there is something to write. */
void store_kick(struct store *store);

/* Loop thread. */
void store_submit(struct store *store, struct store_op *op);

/* Loop thread: calls done() of every op that is finished. */
void store_dispatch_done(struct store *store);

/* Any thread: new settings. */
void store_set(struct store *store, const struct store_settings *settings);

struct store_state {
	uint64_t rows;     /* written */
	uint64_t lost;     /* no room */
	uint64_t commits;
	uint64_t failures;
	bool failing;      /* the last commit failed */
	char problem[STORE_WHY_MAX]; /* of the last failure or of the start; "": none */
};

/* Any thread. */
void store_status(struct store *store, struct store_state *state);

#endif
