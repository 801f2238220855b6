#include "config.h"

/* audit: finds histories and lets audit.c judge them. */

#include "client/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <string.h>
#include <unistd.h>

#define DEPTH_MAX 32
#define LIMIT_DEFAULT 20
#define LIMIT_MAX 1000
#define PROGRESS_MS 200

/* --- progress, for who waits at a terminal --- */

/* NULL: takes it away. */
static void show_progress(const struct audit *audit)
{
	static int64_t last_ms;
	static bool shown;
	int64_t now_ms = endpoint_now_ms();

	if (!audit && shown)
		fputs("\r\033[K", stderr);
	shown = shown && audit;
	if (!audit || now_ms - last_ms < PROGRESS_MS)
		return;
	last_ms = now_ms;
	fprintf(stderr, "\r\033[K%llu histories, %llu calls, %llu MiB", (unsigned long long)audit->total.files + 1,
	        (unsigned long long)(audit->total.calls + audit->now.calls), (unsigned long long)((audit->total.bytes + audit->now.bytes) >> 20));
	shown = true;
}

/* --- files --- */

struct walk {
	struct audit *audit;
	bool json;
	int result; /* exit code so far */
};

/* A later problem does not hide an earlier one that is worse. */
static void fail(struct walk *walk, int code)
{
	if (walk->result != EXIT_NO_INPUT)
		walk->result = code;
}

/* Names of files are somebody else's, too. */
static void tell(const char *path, const char *what)
{
	char name[MESSAGE_PATH_MAX];

	snprintf(name, sizeof(name), "%s", path);
	text_make_printable(name);
	cli_error("audit: %s: %s", name, what);
}

static int take_file(struct walk *walk, const char *path, bool named)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | (named ? 0 : O_NOFOLLOW | O_NONBLOCK));
	int rc;

	if (fd < 0) {
		tell(path, strerror(errno));
		fail(walk, named ? EXIT_NO_INPUT : EXIT_DATA);
		return 0;
	}
	rc = audit_file(walk->audit, fd, path);
	close(fd);
	if (rc < 0 || walk->audit->now.skipped)
		fail(walk, rc < 0 && named ? EXIT_NO_INPUT : EXIT_DATA);
	return audit_report_file(walk->audit, walk->json);
}

static int take_entry(struct walk *walk, FTS *tree, FTSENT *entry)
{
	char what[64];

	switch (entry->fts_info) {
	case FTS_D:
		if (entry->fts_level < DEPTH_MAX)
			return 0;
		snprintf(what, sizeof(what), "more than %d folders deep; not looked into", DEPTH_MAX);
		tell(entry->fts_path, what);
		fail(walk, EXIT_DATA);
		fts_set(tree, entry, FTS_SKIP);
		return 0;
	case FTS_DNR:
	case FTS_ERR:
	case FTS_NS:
		tell(entry->fts_path, strerror(entry->fts_errno));
		fail(walk, entry->fts_level == 0 ? EXIT_NO_INPUT : EXIT_DATA);
		return 0;
	case FTS_F:
		return entry->fts_level == 0 || history_is_named(entry->fts_name) ? take_file(walk, entry->fts_path, entry->fts_level == 0) : 0;
	case FTS_DEFAULT: /* a pipe */
		return entry->fts_level == 0 ? take_file(walk, entry->fts_path, true) : 0;
	default:
		return 0;
	}
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static int take_path(struct walk *walk, char *path)
{
	char *const paths[] = { path, NULL };
	uint64_t before = walk->audit->total.files;
	int seen = walk->result, rc = 0;
	FTSENT *entry;
	FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, by_name);

	if (!tree) {
		tell(path, strerror(errno));
		fail(walk, EXIT_NO_INPUT);
		return 0;
	}
	while (rc == 0 && (errno = 0, entry = fts_read(tree)))
		rc = take_entry(walk, tree, entry);
	if (rc == 0 && errno) {
		tell(path, strerror(errno));
		fail(walk, EXIT_DATA);
	}
	fts_close(tree);
	if (rc == 0 && walk->audit->total.files == before && walk->result == seen) {
		tell(path, "holds no histories (files named *.jsonl or *history); name a file to have it read in any case");
		fail(walk, EXIT_NO_INPUT);
	}
	return rc;
}

static int take_all(struct walk *walk, const struct cli *cli, size_t limit)
{
	int rc = audit_report_begin(walk->audit, walk->json);

	for (size_t i = 0; rc == 0 && i < cli->n_operands; i++)
		rc = take_path(walk, cli->operands[i]);
	if (rc == 0)
		rc = audit_report_end(walk->audit, walk->json, limit);
	return rc ? rc : walk->result;
}

static int read_profile(const struct cli *cli, enum policy_profile *profile)
{
	const char *name = cli->values[CLI_PROFILE];
	int number = name ? policy_profile_from_name(name) : PROFILE_PERMISSIVE;

	if (number < 0) {
		cli_error("--profile %s: no such profile; permissive, standard or strict", name);
		return EXIT_USAGE;
	}
	*profile = (enum policy_profile)number;
	return 0;
}

static int audit_all(struct judge *judge, const struct cli *cli)
{
	int64_t limit = cli_number(cli, CLI_LIMIT, LIMIT_DEFAULT, 1, LIMIT_MAX);
	struct walk walk = { .json = cli->json };
	int rc = limit < 0 ? EXIT_USAGE : judge_need_engine(judge);

	if (rc)
		return rc;
	walk.audit = audit_new(judge);
	if (!walk.audit) {
		cli_error("audit: out of memory");
		return EXIT_OS;
	}
	walk.audit->workspaces_given = cli->n_workspaces != 0;
	walk.audit->progress = isatty(STDERR_FILENO) ? show_progress : NULL;
	rc = read_profile(cli, &walk.audit->profile);
	if (rc == 0)
		rc = take_all(&walk, cli, (size_t)limit);
	audit_free(walk.audit);
	return rc;
}

int command_audit(const struct cli *cli)
{
	struct judge judge;
	int rc = judge_init(&judge, cli, false);

	if (rc == 0)
		rc = audit_all(&judge, cli);
	judge_deinit(&judge);
	return rc;
}
