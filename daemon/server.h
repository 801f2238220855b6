#ifndef TCPBEHAV_SERVER_H
#define TCPBEHAV_SERVER_H

/* The process: loop, listener, signals, reload, orderly stop. */

#include "daemon/bundle.h"

/* Serves until SIGTERM or SIGINT; SIGHUP reloads. Takes over the bundle. ready(context) is called once requests are answered
 * (NULL: nobody waits for that). 0 after an orderly stop, -errno with a sentence in why when it could not start. */
int server_run(struct bundle *bundle, const struct bundle_source *source, void (*ready)(void *context), void *context, char *why,
               size_t why_size);

#endif
