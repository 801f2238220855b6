#include "config.h"
#include "tests/fake_run.h"

#include <stdio.h>
#include <string.h>

static struct analysis_context context = { .place = { .cwd = "/home/dev/p", .home = "/home/dev" } };
static struct analysis analysis;

struct arena fake_arena;
struct run fake_run;
char fake_log[8192];

static void note(const char *what, const char *text, size_t len)
{
	size_t used = strlen(fake_log);
	size_t from = used;

	used += (size_t)snprintf(fake_log + used, sizeof(fake_log) - used, "%s%s%s%.*s", used ? "; " : "", what, len ? " " : "", (int)len, text);
	for (; from < used && from < sizeof(fake_log); from++)
		if (fake_log[from] == TEXT_UNKNOWN)
			fake_log[from] = '$';
}

void fake_begin(void)
{
	fake_log[0] = '\0';
	memset(&analysis, 0, sizeof(analysis));
	fake_run = (struct run){ .context = &context, .arena = &fake_arena, .out = &analysis, .cwd = "/home/dev/p", .budget = 1u << 24 };
}

bool run_spend(struct run *run, uint64_t steps)
{
	if (run->budget < steps) {
		run->out->too_complex = true;
		return false;
	}
	run->budget -= steps;
	return true;
}

const char *run_file_path(const struct run *run, const struct field *word)
{
	(void)run, (void)word;
	return NULL;
}

const struct run_file *run_file_find(const struct run *run, const char *path)
{
	(void)run, (void)path;
	return NULL;
}

struct run_file *run_file_set(struct run *run, const char *path, const struct stream *content)
{
	(void)run, (void)path, (void)content;
	return NULL;
}

void run_too_complex(struct run *run, uint32_t at, const char *problem)
{
	run->out->too_complex = true;
	run->out->problem_at = at;
	run->out->problem = problem;
}

void eval_text(struct run *run, const char *text, uint32_t len, enum shell_dialect dialect, struct span span, const struct field *args,
               uint32_t n_args, bool subshell, const struct stream *input, struct stream *output)
{
	(void)dialect, (void)span, (void)args, (void)n_args, (void)subshell, (void)input, (void)output;
	run->out->incomplete = true;
	note("sh", text, len);
}

void memory_sends(struct run *run, const struct host *host, struct span span)
{
	(void)run, (void)host, (void)span;
}

void memory_module(struct run *run, const char *name, size_t len, struct span span)
{
	(void)run, (void)name, (void)len, (void)span;
}

void run_link(struct run *run, const struct field *link, const struct field *to, bool symbolic)
{
	(void)run, (void)link, (void)to, (void)symbolic;
}

void command_run_stream(struct run *run, enum stream_role role, const struct stream *code, struct span span, const struct field *args,
                        uint32_t n_args, const struct stream *input, struct stream *output, const char *via, bool as_root)
{
	(void)run, (void)span, (void)args, (void)n_args, (void)input, (void)output, (void)via, (void)as_root;
	note(code->taint & TAINT_NETWORK ? "downloaded" : code->taint & TAINT_DECODED ? "decoded" : role == STREAM_CODE_SH ? "sh" : "code",
	     code->text, code->len);
}

void effect_path(struct run *run, enum action action, const struct field *path, bool bulk, enum risk least)
{
	static const char *const names[] = { [ACTION_READ] = "read", [ACTION_WRITE] = "write", [ACTION_APPEND] = "append",
		                             [ACTION_CREATE] = "create", [ACTION_DELETE] = "delete", [ACTION_MOVE] = "move",
		                             [ACTION_MODE] = "mode" };

	(void)run, (void)least;
	note(bulk ? "delete-tree" : names[action], path->text, path->len);
}

void effect_network(struct run *run, const struct field *address, enum network_use use, uint8_t taint, const char *origin)
{
	(void)run, (void)origin;
	note(taint & TAINT_SECRET ? "upload-secret" : use != NETWORK_FETCH ? "upload" : "fetch", address->text, address->len);
}

void effect_finding(struct run *run, const char *rule, enum risk risk, enum place place, uint32_t caps, struct span span, const char *why,
                    const char *safer)
{
	(void)run, (void)risk, (void)place, (void)caps, (void)span, (void)why, (void)safer;
	note(rule, "", 0);
}

void effect_note(struct run *run, uint32_t caps, enum risk risk, enum place place)
{
	(void)run, (void)caps, (void)risk, (void)place;
}
