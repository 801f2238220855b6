#include "config.h"

#include "tests/case_reader.h"

#include <cjson/cJSON.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const patterns[] = { "/etc/tools.d/*.cases.jsonl", "/tests/cases/*.cases.jsonl" };

static void report(void *data, const char *file, unsigned line, const char *what)
{
	(void)data;
	fprintf(stderr, "%s:%u: %s\n", file, line, what);
}

const char *case_field(const struct cJSON *line, const char *key, const char *otherwise)
{
	const struct cJSON *item = cJSON_GetObjectItemCaseSensitive(line, key);

	return cJSON_IsString(item) ? item->valuestring : otherwise;
}

void case_judge(struct case_reader *reader, const struct cJSON *line, const char *command, struct analysis *analysis,
                struct verdict *verdict)
{
	const char *workspace = case_field(line, "workspace", "/home/dev/p");
	struct analysis_context context = { .place = { .cwd = case_field(line, "cwd", "/home/dev/p"),
		                                       .home = case_field(line, "home", "/home/dev"), .user = "dev",
		                                       .workspaces = &workspace, .n_workspaces = 1 },
		                            .observed = reader->observed, .n_observed = reader->n_observed,
		                            .scripts = reader->scripts, .n_scripts = reader->n_scripts };
	struct policy_asker asker;

	arena_reset(&reader->arena);
	analysis_run(&reader->table, &context, command, strlen(command), &reader->arena, analysis);
	policy_asker_init(&asker);
	policy_judge(&reader->policy, &asker, analysis, verdict);
}

static void run_file(struct case_reader *reader, const char *file)
{
	FILE *stream = fopen(file, "r");
	char *text = NULL;
	size_t room = 0;
	unsigned number = 0;

	while (stream && getline(&text, &room, stream) > 0) {
		struct cJSON *line = cJSON_Parse(text);

		number++;
		if (line)
			reader->run(reader, file, number, line);
		else if (text[0] != '\n')
			fprintf(stderr, "%s:%u: not JSON\n", file, number), reader->n_failed++;
		cJSON_Delete(line);
	}
	free(text);
	if (stream)
		fclose(stream);
}

static void run_folder(struct case_reader *reader, const char *top, const char *pattern)
{
	char path[4096];
	glob_t found;

	snprintf(path, sizeof(path), "%s%s", top, pattern);
	if (glob(path, 0, NULL, &found) != 0)
		return;
	for (size_t i = 0; i < found.gl_pathc; i++)
		run_file(reader, found.gl_pathv[i]);
	globfree(&found);
}

bool case_reader_run(struct case_reader *reader)
{
	const char *top = getenv("top_srcdir") ? getenv("top_srcdir") : ".";
	char tools[4096], why[256];

	snprintf(tools, sizeof(tools), "%s/etc/tools.d", top);
	if (build_paths((const char *const[]){ tools }, 1, report, NULL, &reader->image) != 0 ||
	    table_open(&reader->table, reader->image.data, reader->image.size, TABLE_CHECK_ALL, why, sizeof(why)) != 0 ||
	    arena_init(&reader->arena, 1 << 16, (size_t)64 << 20) != 0)
		return false;
	policy_init(&reader->policy);
	for (size_t i = 0; i < sizeof(patterns) / sizeof(*patterns); i++)
		run_folder(reader, top, patterns[i]);
	return true;
}

void case_reader_free(struct case_reader *reader)
{
	arena_deinit(&reader->arena);
	image_free(&reader->image);
}
