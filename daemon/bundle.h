#ifndef TCPBEHAV_BUNDLE_H
#define TCPBEHAV_BUNDLE_H

/* What a reload replaces, as one piece: settings, policy, table. It never changes once it is loaded; whoever works with it
 * holds a reference, counted on the loop's thread only. */

#include "common/policy.h"
#include "daemon/conf.h"
#include "daemon/image.h"

struct bundle {
	struct conf conf;
	struct policy policy;
	struct arena policy_arena; /* strings of the policy's rules */
	struct image image;
	uint64_t generation; /* 1 at the start, one more for each reload */
	unsigned users;
};

/* What the command line says; NULL: as in the file. */
struct bundle_source {
	const char *conf_path; /* NULL: the default one, which may be missing */
	const char *socket;
	const char *state;
	const char *table;
};

/* Reads the settings alone: file, then command line. 0, or -errno with a sentence in why. */
int bundle_read_conf(const struct bundle_source *source, struct conf *conf, char *why, size_t why_size);

/* Loads everything; users is 1. Any thread. 0, or -errno with a sentence in why. */
int bundle_load(const struct bundle_source *source, struct bundle **bundle_out, char *why, size_t why_size);

/* Loop thread. */
struct bundle *bundle_ref(struct bundle *bundle);
void bundle_unref(struct bundle *bundle); /* accepts NULL */

#endif
