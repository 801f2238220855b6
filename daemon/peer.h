#ifndef TCPBEHAV_PEER_H
#define TCPBEHAV_PEER_H

/* Who is at the other end of a connection, as the system says it, and what it said of itself in hello. */

#include "common/message.h"
#include "daemon/account.h"

struct peer {
	uid_t uid;
	gid_t gid;
	pid_t pid;      /* 0: not known */
	struct account *account;
	bool greeted;   /* hello: this connection belongs to an agent host from now on, for good */
	char agent[MESSAGE_NAME_MAX]; /* full name, "host/agent"; "": none */
	char session[MESSAGE_NAME_MAX + 1];
	char role[MESSAGE_NAME_MAX + 1]; /* of the agent; "": none */
};

#endif
