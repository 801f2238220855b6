#ifndef TCPBEHAV_DAEMON_H
#define TCPBEHAV_DAEMON_H

/* Everything that handlers work with. One per process, loop thread only. */

#include "daemon/account.h"
#include "daemon/agents.h"
#include "daemon/bundle.h"
#include "daemon/stats.h"
#include "daemon/store.h"
#include "daemon/trust.h"

struct daemon {
	struct bundle *bundle;
	struct bundle_source bundle_source; /* where a reload reads from */
	struct trust trust;
	struct accounts accounts;
	struct agents agents;
	struct store *store;
	struct stats stats;
	unsigned connections;
	uint64_t next_request;
	uint64_t next_rule;
	uint64_t session_seed[2]; /* secret of this run: what keys the marks of sessions */
	int64_t started_ms; /* since the epoch */
	/* Starts a reload in the background; done (may be NULL) is called on the loop's thread when it is over: rc 0, or -errno with
	 * a sentence in why. False when one is under way. The server's. */
	bool (*reload)(struct daemon *daemon, void (*done)(void *context, int rc, const char *why), void *context);
};

/* Opens the store as the settings say and takes in what it holds. notify: see store_open(). 0, or -errno with why. */
int daemon_open_store(struct daemon *daemon, void (*notify)(void *context), void *notify_context, char *why, size_t why_size);

/* What time brings; ms until it is needed again, or -1. Everything that waits is settled when all is true. */
int64_t daemon_tend(struct daemon *daemon, bool all);

/* Makes a freshly loaded bundle the one in force. */
void daemon_take_bundle(struct daemon *daemon, struct bundle *bundle);

/* Releases what it holds; store first, so that everything is committed. */
void daemon_deinit(struct daemon *daemon);

#endif
