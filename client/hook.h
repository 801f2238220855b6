#ifndef TCPBEHAV_CLIENT_HOOK_H
#define TCPBEHAV_CLIENT_HOOK_H

/* A host's hook answered in this process, because the daemon did not. Whatever goes wrong, the host is told not to run the
 * command unasked. */

#include "common/host.h"

#include <stdbool.h>

#define HOOK_EXIT_BLOCK 2 /* what every host takes as "do not run it" */
#define HOOK_PAYLOAD_MAX ((size_t)8 << 20)
#define HOOK_HEARD_MAX ((size_t)1 << 20) /* of a payload that is only heard: its beginning and its end */

struct hook_context {
	const char *home;    /* absolute, or NULL */
	const char *cwd;     /* for a payload that names none; absolute, or NULL */
	const char *project; /* the folder that the host says is the project's, or NULL */
	const char *table;   /* image that was named; NULL: the installed one */
	bool daemon_missing; /* the system's daemon is required: ask from MEDIUM up */
};

/* Standard input into *payload, from malloc(): all of it, or, when the host's event is only heard, what HOOK_HEARD_MAX leaves.
 * 0; -EFBIG past HOOK_PAYLOAD_MAX; -ENOMEM; -errno. The caller frees *payload in any case. */
int hook_read(enum host_id host, char **payload, size_t *len);

/* The host's answer to a payload; read_error: what hook_read() returned. In the arena. */
void hook_judge(const struct hook_context *context, enum host_id host, const char *payload, size_t len, int read_error,
                struct arena *arena, struct hook_answer *out);

/* Writes the answer to standard output and error; the exit code of the hook. */
int hook_put(const struct hook_answer *answer);

#endif
