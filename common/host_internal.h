#ifndef TCPBEHAV_HOST_INTERNAL_H
#define TCPBEHAV_HOST_INTERNAL_H

#include "common/host.h"

/* Fills in call for a payload of one of the events that are only heard, whatever is wrong with it: what cannot be found becomes
 * HOST_EVENT_OTHER. call->host and call->event are set. */
void host_hear(struct arena *arena, const char *payload, size_t len, struct host_call *call);

#endif
