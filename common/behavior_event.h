#ifndef TCPBEHAV_BEHAVIOR_EVENT_H
#define TCPBEHAV_BEHAVIOR_EVENT_H

/* From an analysed call to the event that an agent's profile is held against. Pure, thread safe. */

#include "common/analysis.h"
#include "common/behavior.h"

/* Fills in all but role and together. session: what says who named the target; may be NULL. False when nothing runs. */
bool behavior_event_of(const struct analysis *analysis, const struct session *session, const char *session_name,
                       struct behavior_event *out);

#endif
