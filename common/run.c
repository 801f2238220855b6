#include "config.h"
#include "common/run.h"

#include "common/printable.h"

#include <string.h>

#define FILES_MAX 256u
#define STEPS_LEFT 2048 /* behind a bound */

bool run_spend(struct run *run, uint64_t steps)
{
	if (steps <= run->budget) {
		run->budget -= steps;
		return true;
	}
	run_too_complex(run, 0, "it takes too many steps to follow");
	run->budget = 0;
	return false;
}

void run_too_complex(struct run *run, uint32_t at, const char *problem)
{
	struct analysis *out = run->out;

	out->too_complex = true;
	if (run->budget > STEPS_LEFT) /* the answer is no allow any more: look a little further for worse, not at everything */
		run->budget = STEPS_LEFT;
	if (!out->problem) {
		out->problem = problem;
		out->problem_at = run->nested ? run->fixed.start : at;
	}
}

static const char *absolute(const struct run *run, const char *path)
{
	uint32_t len;

	if (path[0] != '/' && !run->cwd)
		return NULL;
	return place_join(run->arena, run->cwd, path, strlen(path), &len);
}

const struct run_file *run_file_find(const struct run *run, const char *path)
{
	const struct run_file *file = run->files;

	if ((!file && !run->context->session) || !(path = absolute(run, path)))
		return NULL;
	while (file && strcmp(file->path, path) != 0)
		file = file->next;
	return file ? file : memory_file(run, path);
}

const char *run_file_path(const struct run *run, const struct field *word)
{
	if (word->glob || (word->unknown && word->text[0] != '/'))
		return NULL;
	return absolute(run, word->text);
}

static struct run_file *file_new(struct run *run, const char *path)
{
	struct run_file *file = run->n_files < FILES_MAX ? arena_new(run->arena, struct run_file) : NULL;

	if (!file)
		return NULL;
	file->path = path;
	file->next = run->files;
	run->files = file;
	run->n_files++;
	return file;
}

/* One or the other: all that both hold counts. */
static void add_content(struct run *run, struct stream *content, const struct stream *more)
{
	content->known = content->known && more->known;
	content->text = content->known ? printable_join(run->arena, content->text, "\n", more->text, NULL) : NULL;
	content->len = content->known ? (uint32_t)strlen(content->text) : 0;
	content->taint |= more->taint;
	if (more->taint & (TAINT_NETWORK | TAINT_SECRET))
		content->origin = more->origin;
}

struct run_file *run_file_set(struct run *run, const char *path, const struct stream *content)
{
	struct run_file *file;

	path = path ? absolute(run, path) : NULL;
	if (!path)
		return NULL;
	file = run->files;
	while (file && strcmp(file->path, path) != 0)
		file = file->next;
	if (file && (run->branches || strchr(path, TEXT_UNKNOWN))) {
		add_content(run, &file->content, content);
		return file;
	}
	if (!file && !(file = file_new(run, path))) {
		run_too_complex(run, content->span.start, "it writes too many files to follow");
		return NULL;
	}
	file->content = *content;
	return file;
}
