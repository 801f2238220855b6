#ifndef TCPBEHAV_CLIENT_ENGINE_H
#define TCPBEHAV_CLIENT_ENGINE_H

/* Answers without a daemon: the installed image, the administrator's policy and the project's own files of the request, and nothing that would need a
 * memory. Not thread safe; engines side by side are. */

#include "common/message.h"

#include <stdbool.h>

#define ENGINE_IMAGE TCPBEHAV_DATADIR "/default.tcpt"
#define ENGINE_POLICY TCPBEHAV_SYSCONFDIR "/policy.json"
#define ENGINE_WHY_MAX 512

/* A file in memory, read-only. */
struct engine_file {
	void *data;
	size_t size;
};

struct engine {
	struct engine_file image;
	struct table table;
	struct policy policy;
	struct arena policy_arena;
	bool daemon_missing; /* the system's daemon is required and does not answer: ask from MEDIUM up */
};

/* Maps the image (path NULL: the installed one) and reads policy.json where there is one. The image must belong to root or the
 * caller and be writable by nobody else. -ENOENT, -EACCES, -EINVAL, -ENOMEM with a sentence in why. */
int engine_open(struct engine *engine, const char *path, char *why, size_t why_size);

/* Also fine on a zeroed engine and after an error. */
void engine_close(struct engine *engine);

/* Analysis, verdict and answer of one request, all in the arena. verdict_out and answer->id are left for the caller. */
void engine_check(const struct engine *engine, const struct check_request *request, struct arena *arena,
                  struct analysis *analysis, struct verdict *verdict, struct check_answer *answer);

/* The same without a verdict. */
void engine_analyze(const struct engine *engine, const struct check_request *request, struct arena *arena,
                    struct analysis *analysis, struct check_answer *answer);

/* Maps a file as it is: 0, or -errno with a sentence in why. trusted: refuse one that others could have written. */
int engine_file_open(const char *path, bool trusted, struct engine_file *file, char *why, size_t why_size);
void engine_file_close(struct engine_file *file);

#endif
