#include "config.h"

/* Any bytes as a command: what was cut short by a bound is never allowed, nor is what a look with little memory did not see to its end. The
 * same bytes as a script that is run: never judged harder than when they are typed. As a Makefile and a package.json: just any bytes. */

#include "common/build.h"
#include "common/policy.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct image image;
static struct table table;
static struct policy policy;

static void load_table(void)
{
	const char *source = getenv("top_srcdir");
	char folder[4096];
	const char *path = folder;
	char why[256];

	if (image.data)
		return;
	snprintf(folder, sizeof(folder), "%s/etc/tools.d", source ? source : ".");
	if (build_paths(&path, 1, NULL, NULL, &image) != 0 || table_open(&table, image.data, image.size, TABLE_CHECK_ALL, why, sizeof(why)) != 0) {
		fprintf(stderr, "no knowledge in %s; set top_srcdir\n", folder);
		exit(1);
	}
	policy_init(&policy);
}

static enum policy_verdict judge(const char *text, size_t size, const struct script *script, size_t limit)
{
	static const char *const workspace = "/home/dev/p";
	const struct analysis_context context = { .place = { .cwd = workspace, .home = "/home/dev", .user = "dev", .workspaces = &workspace,
		                                             .n_workspaces = 1 },
		                                  .scripts = script, .n_scripts = script != NULL };
	struct analysis analysis;
	struct policy_asker asker;
	struct verdict verdict;
	struct arena arena;

	if (arena_init(&arena, 1024, limit) != 0)
		return VERDICT_ASK;
	analysis_run(&table, &context, text, size, &arena, &analysis);
	policy_asker_init(&asker);
	policy_judge(&policy, &asker, &analysis, &verdict);
	if ((analysis.too_complex || analysis.incomplete) && verdict.verdict == VERDICT_ALLOW)
		abort();
	arena_deinit(&arena);
	return verdict.verdict;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char run[] = "./x.sh";
	static const size_t limits[] = { 1024, 4096, 16384, 65536 };
	const char *text = (const char *)data;
	enum policy_verdict whole;

	if (memchr(text, '\0', size)) /* refused before */
		return 0;
	load_table();
	judge("make x", 6, &(struct script){ "/home/dev/p/Makefile", text, size }, (size_t)1 << 26);
	judge("npm run x", 9, &(struct script){ "/home/dev/p/package.json", text, size }, (size_t)1 << 26);
	whole = judge(text, size, NULL, (size_t)1 << 26);
	for (size_t i = 0; whole != VERDICT_ALLOW && whole != VERDICT_NONE && i < sizeof(limits) / sizeof(limits[0]); i++)
		if (judge(text, size, NULL, limits[i]) == VERDICT_ALLOW)
			abort();
	if (whole == VERDICT_ALLOW && judge(run, sizeof(run) - 1, &(struct script){ "/home/dev/p/x.sh", text, size }, (size_t)1 << 26) != VERDICT_ALLOW &&
	    !(size > 1 && memcmp(text, "#!", 2) == 0)) /* of another language */
		abort();
	return 0;
}
