#ifndef TCPBEHAV_RECORD_H
#define TCPBEHAV_RECORD_H

/* A recorded request as it lies in the ring between the loop and the store's thread: without pointers. */

#include "daemon/ring.h"
#include "daemon/store.h"

/* The ring's writer: copies the row and its strings into the ring. False: no room. Strings are cut one byte behind
 * STORE_COMMAND_MAX. */
bool record_add(struct ring *ring, const struct store_row *row);

/* The ring's reader: what ring_peek() gave as a row, whose strings stay in the ring. */
void record_read(const void *data, struct store_row *row);

#endif
