#ifndef TCPBEHAV_VERIFY_H
#define TCPBEHAV_VERIFY_H

/* What `tcpctl table verify --strict` says beyond table_open(CHECK_ALL): knowledge that is well formed but contradicts itself or leaves
 * people without help. Pure; thread safe. */

#include "common/table.h"

/* key: the tool, "git push"; what: a sentence with the remedy; valid during the call only. */
typedef void (*verify_report)(void *data, const char *key, const char *what);

/* Reports every problem of a fully checked table, in order of nodes; returns their number. */
unsigned verify_strict(const struct table *table, verify_report report, void *data);

#endif
