#include "config.h"
#include "common/shell_internal.h"

static void note_problem(struct shell_parser *p, const char *why)
{
	if (p->script->problem)
		return;
	p->script->problem = why;
	p->script->problem_at = shell_start_of(p, p->at);
}

void shell_malformed(struct shell_parser *p, const char *why)
{
	if (p->script->too_complex)
		return;
	note_problem(p, why);
	p->script->malformed = true;
}

void shell_incomplete(struct shell_parser *p, const char *why)
{
	if (p->script->too_complex)
		return;
	note_problem(p, why);
	p->script->incomplete = true;
}

void shell_incomplete_from(struct shell_parser *p, const char *from, const char *why)
{
	const char *at = p->at;

	p->at = from;
	shell_incomplete(p, why);
	p->at = at;
}

void shell_stop(struct shell_parser *p, const char *why)
{
	note_problem(p, why);
	p->script->too_complex = true;
	p->end = p->at;
}

void shell_restore_end(struct shell_parser *p, const char *saved)
{
	p->end = p->script->too_complex ? p->at : saved;
}

bool shell_enter(struct shell_parser *p)
{
	if (p->depth >= SHELL_NESTING_MAX) {
		shell_stop(p, "nested too deeply");
		return false;
	}
	p->depth++;
	return true;
}

void shell_leave(struct shell_parser *p)
{
	p->depth--;
}

bool shell_spend(struct shell_parser *p, size_t bytes)
{
	if (bytes > p->retry_bytes) {
		shell_stop(p, "ambiguous parentheses, brackets or backticks: reading them takes too long");
		return false;
	}
	p->retry_bytes -= bytes;
	return true;
}

struct shell_mark shell_mark(const struct shell_parser *p)
{
	return (struct shell_mark){
		.at = p->at,
		.pending_tail = p->pending_tail,
		.incomplete = p->script->incomplete,
		.malformed = p->script->malformed,
		.problem_at = p->script->problem_at,
		.problem = p->script->problem,
	};
}

bool shell_retry(struct shell_parser *p, const struct shell_mark *mark)
{
	if (p->script->too_complex || !shell_spend(p, (size_t)(p->at - mark->at)))
		return false;
	p->at = mark->at;
	p->pending_tail = mark->pending_tail;
	*p->pending_tail = NULL;
	p->script->incomplete = mark->incomplete;
	p->script->malformed = mark->malformed;
	p->script->problem_at = mark->problem_at;
	p->script->problem = mark->problem;
	return true;
}

void *shell_alloc(struct shell_parser *p, size_t size)
{
	void *memory = p->script->too_complex ? NULL : arena_alloc(p->arena, size);

	if (!memory) {
		shell_stop(p, "too long: no memory left");
		return NULL;
	}
	return memset(memory, 0, size);
}

void shell_parse(struct arena *arena, const char *text, size_t len, enum shell_dialect dialect, struct shell_script *script)
{
	struct shell_parser p = {
		.at = text,
		.end = text + len,
		.text = text,
		.arena = arena,
		.script = script,
		.retry_bytes = 2 * len + 4096,
		.dialect = dialect,
	};

	p.pending_tail = &p.pending;
	*script = (struct shell_script){0};
	if (len > UINT32_MAX) {
		shell_stop(&p, "longer than 4 GiB");
		return;
	}
	script->root = shell_list(&p, 0);
	if (p.pending)
		shell_incomplete(&p, "the text of a here-document is missing");
}
