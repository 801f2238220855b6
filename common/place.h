#ifndef TCPBEHAV_PLACE_H
#define TCPBEHAV_PLACE_H

/* Where a path or host lies and what it is, from its text alone: lexical, no file access, no allocation but from the
 * arena. Lists of secrets, start-up files, system folders and so on are tables in place_tables.def. */

#include "common/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* PLACE(ID, "name", "what it means"): the second dimension of the policy table. */
enum place {
#define PLACE(ID, name, help) PLACE_##ID,
#include "common/places.def"
#undef PLACE
	PLACE_COUNT
};

const char *place_name(enum place place);
const char *place_help(enum place place);

/* TARGET(ID, "name", "what it is"): what exactly a path is; finer than its place. */
enum target_kind {
#define TARGET(ID, name, place, help) TARGET_##ID,
#include "common/targets.def"
#undef TARGET
	TARGET_COUNT
};

const char *target_kind_name(enum target_kind kind);

/* What the caller knows about where a command will run. Strings may be NULL (not known) and need not outlive the call
 * of analysis_run. Paths are absolute. */
struct place_context {
	const char *cwd;
	const char *home;
	const char *user;
	const char *const *workspaces;
	size_t n_workspaces;
};

/* In texts of words (struct field): what is not constant. */
#define TEXT_UNKNOWN '\x01' /* stands for any text, also an empty one */
#define TEXT_STAR '\x02'    /* an active glob * */
#define TEXT_ANY '\x03'     /* an active glob ? or [..] */

struct target {
	enum target_kind kind;
	enum place place;
	const char *path;    /* absolute where it could be made so; NUL terminated; may hold TEXT_* bytes */
	uint32_t len;
	bool contents;       /* a trailing glob: what is in path, not path itself */
	bool wide;           /* stands for many files: contains TEXT_STAR or TEXT_UNKNOWN */
	bool unknown;        /* starts with something unknown: could be anywhere */
	const char *detail;  /* static: what kind of secret, start-up file and so on ("ssh key"); or NULL */
};

/* Joins path to base (absolute, or NULL when not known) and resolves ".", ".." and "//" lexically; "~" has been expanded
 * before. Returns a NUL-terminated arena string, relative when base is NULL and path is; its length in len_out. */
const char *place_join(struct arena *arena, const char *base, const char *path, size_t len, uint32_t *len_out);

/* Classifies a path as written in a word (TEXT_* bytes allowed), relative to cwd (NULL: not known).
 * A relative path with an unknown cwd is TARGET_UNKNOWN. A folder that holds the home, a workspace or the guard is
 * classified as what it holds at worst (kind ROOT, HOME, ANCESTOR). */
void place_path(struct arena *arena, const struct place_context *context, const char *cwd, const char *path, size_t len,
                struct target *target);

enum host_kind { HOST_UNKNOWN, HOST_LOOPBACK, HOST_PRIVATE, HOST_PUBLIC, HOST_METADATA };

struct host {
	enum host_kind kind;
	const char *name; /* points into the text; without user, port and brackets */
	uint32_t len;
	bool has_password; /* user:password@ */
	bool tls;          /* https, ssh, git+ssh, ftps, wss */
	bool is_url;       /* had a scheme:// */
};

/* Classifies a URL, host, host:port, user@host, or scp-like host:path. Addresses are seen in all spellings (decimal,
 * octal, hexadecimal, IPv4 in IPv6, trailing dot, case). */
void place_host(const char *text, size_t len, struct host *host);

/* Does a URL or host:port name the usual port of a service that keeps data or rules others (a search engine, a gateway, a queue)? */
bool place_is_data_service(const char *text, size_t len);

/* The host's name in the one form that every spelling of it has: small letters, addresses as inet_ntop() writes them. Returns
 * its length; 0: there is no name, or it is too long. */
#define PLACE_HOST_MAX 256
size_t place_host_plain(const struct host *host, char out[PLACE_HOST_MAX]);

/* True when the text is a scp-like host:path or URL, not a local path. */
bool place_is_remote_path(const char *text, size_t len);

#endif
