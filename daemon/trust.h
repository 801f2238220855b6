#ifndef TCPBEHAV_TRUST_H
#define TCPBEHAV_TRUST_H

/* Who may administrate (approve, loosen, release, trust, reload).
 *
 * Guarding (the daemon has a uid of its own): root; and members of the admin group, when a person asks. Advisory (the
 * daemon runs under the user's own uid): that user, when a person asks; root. A person is a process with a controlling
 * terminal of which no ancestor is an agent host: neither by its program's name (settings, "hosts") nor because it said
 * hello. A connection that said hello never administrates, whoever it belongs to. */

#include "common/protocol.h"
#include "daemon/conf.h"
#include "daemon/peer.h"

#define TRUST_HOSTS 256

/* Processes that said hello, the newest ones. */
struct trust {
	bool guarding;
	uid_t daemon_uid;
	struct trust_host {
		pid_t pid;
		uint64_t start;
	} hosts[TRUST_HOSTS];
	unsigned next_host;
};

/* Decides guarding or advisory from the settings and the daemon's own uid. */
void trust_init(struct trust *trust, const struct conf *conf, uid_t daemon_uid);

/* Remembers the peer's process as an agent host. */
void trust_add_host(struct trust *trust, pid_t pid);

/* True when the peer may ask for an op of this permission; else why says what is missing. Reads /proc and the user database for
 * administration only. */
bool trust_permits(const struct trust *trust, const struct conf *conf, const struct peer *peer,
                   enum protocol_permission permission, char *why, size_t why_size);

/* True when the peer sees and touches what belongs to every uid: root, and in guarding mode whoever may administrate. */
bool trust_sees_all(const struct trust *trust, const struct conf *conf, const struct peer *peer);

#endif
