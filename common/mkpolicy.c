#include "config.h"
#include "common/policy.h"

/* Copies a manual from standard input to standard output and puts in what policy.def, caps.def and places.def say, where a line
 * is @places@, @risks@, @profiles@, @tiers@, @levels@, @deciders@, or @table PROFILE@. So the manual shows every cell. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const places[] = {
#define PLACE(ID, name, help) ".It Cm " name "\n" help,
#include "common/places.def"
#undef PLACE
	NULL,
};
static const char *const risks[] = {
#define RISK(bit, ID, name, help) ".It Cm " name "\n" help,
#define CAP(bit, ID, help)
#include "common/caps.def"
#undef RISK
#undef CAP
	NULL,
};
static const char *const profiles[] = {
#define PROFILE(ID, name, help, ...) ".It Cm " name "\n" help,
#include "common/policy.def"
	NULL,
};
static const char *const tiers[] = {
#define TIER(ID, name, help, ...) ".It Cm " name "\n" help,
#include "common/policy.def"
	NULL,
};
static const char *const levels[] = {
#define LEVEL(ID, name, help, ...) ".It Cm " name "\n" help,
#include "common/policy.def"
	NULL,
};
static const char *const deciders[] = {
#define DECIDER(ID, name, help) ".It Cm " name "\n" help,
#include "common/policy.def"
	NULL,
};

static const struct {
	const char *line;
	const char *const *items;
} lists[] = {
	{ "@places@\n", places }, { "@risks@\n", risks },   { "@profiles@\n", profiles },
	{ "@tiers@\n", tiers },   { "@levels@\n", levels }, { "@deciders@\n", deciders },
};

static bool put_list(const char *line)
{
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		if (strcmp(line, lists[i].line) != 0)
			continue;
		for (const char *const *item = lists[i].items; *item; item++)
			puts(*item);
		return true;
	}
	return false;
}

static bool put_table(const struct policy *policy, struct arena *arena, const char *line)
{
	char name[32];
	struct text text;
	int profile;

	if (sscanf(line, "@table %31[a-z]@", name) != 1)
		return false;
	profile = policy_profile_from_name(name);
	if (profile < 0)
		return false;
	text_init(&text, arena, 1 << 16);
	policy_print_table(policy, (enum policy_profile)profile, true, &text);
	fwrite(text.data, 1, text.len, stdout);
	return true;
}

int main(void)
{
	struct policy policy;
	struct arena arena;
	char line[1024];

	policy_init(&policy);
	if (arena_init(&arena, 1 << 16, 0) < 0)
		return EXIT_FAILURE;
	while (fgets(line, sizeof(line), stdin)) {
		if (line[0] != '@') {
			fputs(line, stdout);
		} else if (!put_list(line) && !put_table(&policy, &arena, line)) {
			fprintf(stderr, "mkpolicy: there is nothing to put in for %s", line);
			return EXIT_FAILURE;
		}
	}
	arena_deinit(&arena);
	return ferror(stdin) || fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}
