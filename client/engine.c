#include "config.h"
#include "client/engine.h"

#include "common/project.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define POLICY_FILE_MAX ((size_t)1 << 20)

static int file_fail(int error, const char *path, const char *what, char *why, size_t why_size)
{
	snprintf(why, why_size, "%s: %s: %s", path, what, strerror(error));
	return -error;
}

static int file_map(int fd, const char *path, bool trusted, struct engine_file *file, char *why, size_t why_size)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return file_fail(errno, path, "cannot look at", why, why_size);
	if (!S_ISREG(st.st_mode)) {
		snprintf(why, why_size, "%s: not a regular file", path);
		return -EINVAL;
	}
	if (trusted && ((st.st_uid != 0 && st.st_uid != geteuid()) || (st.st_mode & (S_IWGRP | S_IWOTH)))) {
		snprintf(why, why_size, "%s: others could have written it; give it to root and take others' right to write away", path);
		return -EACCES;
	}
	file->size = (size_t)st.st_size;
	if (file->size == 0)
		return 0;
	file->data = mmap(NULL, file->size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (file->data == MAP_FAILED) {
		file->data = NULL;
		return file_fail(errno, path, "cannot map", why, why_size);
	}
	return 0;
}

int engine_file_open(const char *path, bool trusted, struct engine_file *file, char *why, size_t why_size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), rc;

	*file = (struct engine_file){ 0 };
	if (fd < 0)
		return file_fail(errno, path, "cannot open", why, why_size);
	rc = file_map(fd, path, trusted, file, why, why_size);
	close(fd);
	return rc;
}

void engine_file_close(struct engine_file *file)
{
	if (file->data)
		munmap(file->data, file->size);
	*file = (struct engine_file){ 0 };
}

/* The administrator's policy. No file: the built-in one. */
static int engine_read_policy(struct engine *engine, char *why, size_t why_size)
{
	struct json_error error;
	struct engine_file file;
	int rc = engine_file_open(ENGINE_POLICY, true, &file, why, why_size);

	policy_init(&engine->policy);
	if (rc == -ENOENT)
		return 0;
	if (rc < 0)
		return rc;
	if (file.size > POLICY_FILE_MAX) {
		snprintf(why, why_size, ENGINE_POLICY ": larger than %zu bytes", POLICY_FILE_MAX);
		rc = -EINVAL;
	} else {
		rc = policy_read(&engine->policy_arena, file.data, file.size, &engine->policy, &error);
		if (rc < 0)
			snprintf(why, why_size, ENGINE_POLICY ": %s", rc == -ENOMEM ? "out of memory" : error.what);
	}
	engine_file_close(&file);
	return rc;
}

int engine_open(struct engine *engine, const char *path, char *why, size_t why_size)
{
	char detail[ENGINE_WHY_MAX];
	int rc;

	*engine = (struct engine){ 0 };
	rc = arena_init(&engine->policy_arena, 4096, POLICY_FILE_MAX * 4);
	if (rc == 0)
		rc = engine_read_policy(engine, why, why_size);
	if (rc == 0)
		rc = engine_file_open(path ? path : ENGINE_IMAGE, true, &engine->image, why, why_size);
	if (rc == 0) {
		rc = table_open(&engine->table, engine->image.data, engine->image.size, TABLE_CHECK_HEADER, detail, sizeof(detail));
		if (rc < 0)
			snprintf(why, why_size, "%s: %s", path ? path : ENGINE_IMAGE, detail);
	}
	if (rc < 0)
		engine_close(engine);
	return rc;
}

void engine_close(struct engine *engine)
{
	engine_file_close(&engine->image);
	arena_deinit(&engine->policy_arena);
}

void engine_analyze(const struct engine *engine, const struct check_request *request, struct arena *arena,
                    struct analysis *analysis, struct check_answer *answer)
{
	check_request_analyze(request, &engine->table, getenv("USER"), arena, analysis);
	check_answer_fill(answer, analysis, NULL);
	answer->embedded = true;
}

void engine_check(const struct engine *engine, const struct check_request *request, struct arena *arena,
                  struct analysis *analysis, struct verdict *verdict, struct check_answer *answer)
{
	struct check_request wanted = *request;
	struct policy_asker asker;
	struct project project;

	policy_asker_init(&asker);
	asker.profile = request->profile;
	asker.daemon_missing = engine->daemon_missing;
	project_read(request->project_files, request->n_project_files, arena, &project);
	wanted.detailed |= engine->policy.n_rules || project.n_rules;
	check_request_analyze(&wanted, &engine->table, getenv("USER"), arena, analysis);
	project_judge(&engine->policy, &asker, &project, analysis, arena, verdict);
	check_answer_fill(answer, analysis, verdict);
	answer->embedded = true;
}
