#include "config.h"
#include "common/memory.h"

#include "common/command.h"
#include "common/glob.h"
#include "common/printable.h"
#include "common/session.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define CONTENT_MAX ((uint32_t)256 << 10) /* longer files are not judged ahead */
#define MARKS_MAX 512u
#define ANCESTORS_MAX 32

/* --- what a call leaves --- */

static struct analysis_mark *new_mark(struct run *run, enum mark_kind kind, const char *text)
{
	struct analysis_mark *mark = run->n_marks < MARKS_MAX ? arena_new(run->arena, struct analysis_mark) : NULL;

	if (!mark)
		return NULL;
	run->n_marks++;
	mark->kind = kind;
	mark->text = text;
	mark->next = run->out->marks;
	run->out->marks = mark;
	return mark;
}

void memory_note(struct run *run, enum mark_kind kind, const char *text, uint16_t flags)
{
	struct analysis_mark *mark = run->elsewhere || !text ? NULL : new_mark(run, kind, text);

	if (mark)
		mark->flags = flags;
}

/* Files that no shell runs, whatever stands in them. */
static bool is_other_source(const char *path)
{
	static const char *const endings[] = {
#define SOURCE(ending) "*." ending,
#include "common/sources.def"
#undef SOURCE
	};

	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++)
		if (glob_match(endings[i], path, strlen(path)))
			return true;
	return false;
}

/* What a file's content does once somebody runs it: judged like a line of its own, without a memory. What tools do with it by
 * themselves counts as what it is by its name (mark->loads); who runs it by hand may take it for a shell script. */
static void judge_content(struct run *outer, const char *path, const struct stream *content, struct analysis_mark *mark)
{
	struct analysis_context context = *outer->context;
	struct analysis out = { 0 };
	struct run run = { .table = outer->table, .context = &context, .arena = outer->arena, .out = &out, .cwd = outer->cwd, .nested = true,
		           .root_text = content->text, .root_len = content->len, .judges_ahead = true,
		           .budget = 4096 + 4 * (uint64_t)content->len };

	context.session = NULL;
	context.explain = false;
	run.findings_tail = &out.findings;
	run.commands_tail = &out.commands;
	run.flows_tail = &out.flows;
	eval_init(&run);
	if (glob_match("*.patch", path, strlen(path)) || glob_match("*.diff", path, strlen(path)))
		content_patch(&run, content->text, content->len, run.fixed);
	else
		content_analyze(&run, path, content->text, content->len, run.fixed);
	mark->loads = out.risk;
	if (!out.findings && !is_other_source(path))
		command_run_stream(&run, command_script_role(path, content, STREAM_CODE_SH), content, run.fixed, NULL, 0, NULL, NULL, path, false);
	mark->risk = out.too_complex && out.risk < RISK_HIGH ? RISK_HIGH : out.risk;
	if (out.caps & CAP_NETWORK)
		mark->flags |= MARK_SENDS;
}

enum where { ANYWHERE, HERE };

static const struct {
	enum where where;
	const char *files;
	const char *tools;
} loaders[] = {
#define LOADER(id, where, files, tools) { where, files, tools },
#include "common/loaders.def"
#undef LOADER
};

#define N_LOADERS (sizeof(loaders) / sizeof(*loaders))
_Static_assert(sizeof(loaders) / sizeof(*loaders) <= ANALYSIS_LOADERS_MAX, "a set of loaders has a bit for each");

/* The next part of a list, and how long it is; *at moves behind it. NULL: there is none. */
static const char *part(const char **at, char separator, size_t *len)
{
	const char *start = *at;

	if (!*start)
		return NULL;
	*len = (size_t)(strchrnul(start, separator) - start);
	*at = start + *len + (start[*len] == separator);
	return start;
}

/* Which tools run a file by themselves. */
static uint32_t loaders_of(const char *path)
{
	const char *at, *pattern;
	uint32_t set = 0;
	size_t n;

	for (uint32_t i = 0; i < N_LOADERS; i++)
		for (at = loaders[i].files; (pattern = part(&at, ' ', &n));)
			if (glob_match_surely(pattern, n, path, strlen(path)))
				set |= 1u << i;
	return set;
}

/* The rows that a tool, or a subcommand of it, belongs to. */
static uint32_t loaders_by(const char *tool)
{
	const char *at, *name;
	uint32_t set = 0;
	size_t n;

	for (uint32_t i = 0; i < N_LOADERS; i++)
		for (at = loaders[i].tools; (name = part(&at, ',', &n));)
			if (strncmp(name, tool, n) == 0 && (tool[n] == ' ' || !tool[n]))
				set |= 1u << i;
	return set;
}

bool memory_is_ours(const struct run *run, const char *path)
{
	struct target target;

	place_path(run->arena, &run->context->place, NULL, path, strlen(path), &target);
	return target.place == PLACE_WORKSPACE;
}

static void keep_file(struct run *run, const struct run_file *file)
{
	const struct stream *content = &file->content;
	struct analysis_mark *mark;

	if (strchr(file->path, TEXT_UNKNOWN) || !(mark = new_mark(run, MARK_FILE, file->path)))
		return;
	mark->flags = (uint16_t)(MARK_WRITTEN | (content->taint & (TAINT_NETWORK | TAINT_DECODED | TAINT_SECRET)) |
	                         (content->taint & TAINT_GUARD ? MARK_HOLDS_GUARD : 0));
	if (content->taint & TAINT_SECRET && memory_is_ours(run, file->path))
		mark->flags |= MARK_KEPT;
	mark->risk = mark->loads = (enum risk)content->risk;
	mark->from = content->request;
	mark->adds = file->adds;
	if (content->known && content->len && content->len <= CONTENT_MAX)
		judge_content(run, file->path, content, mark);
	mark->loaders = loaders_of(file->path);
	if (content->known && memory_lists_injected(run, file->path, content))
		mark->risk = mark->loads = RISK_HIGH;
	if (!is_other_source(file->path) && (mark->risk >= RISK_HIGH || mark->flags & (MARK_DOWNLOADED | MARK_DECODED))) {
		const char *slash = strrchr(file->path, '/');

		if (slash && slash > file->path)
			memory_note(run, MARK_FOLDER, arena_dup(run->arena, file->path, (size_t)(slash - file->path)), MARK_SUSPECT);
	}
}

void memory_keep(struct run *run)
{
	if (run->judges_ahead || !run->context->remembers)
		return;
	if (run->out->caps & CAP_SECRET_READ)
		memory_note(run, MARK_SECRET, "", MARK_HOLDS_SECRET);
	if (memory_names_guard(run->root_text, run->root_len))
		memory_note(run, MARK_GUARD, "", MARK_WRITTEN);
	for (const struct run_file *file = run->files; file; file = file->next)
		keep_file(run, file);
	if (run->unpacked && run->unpacked_into && !strchr(run->unpacked_into, TEXT_UNKNOWN))
		memory_note(run, MARK_FOLDER, run->unpacked_into, MARK_DOWNLOADED);
	for (uint32_t i = 0; i < run->n_links; i++) {
		struct analysis_mark *mark = new_mark(run, MARK_LINK, run->links[i].path);

		if (mark)
			mark->real = run->links[i].real;
	}
	if (run->new_remote)
		memory_note(run, MARK_REMOTE, run->new_remote, MARK_WRITTEN);
}

/* --- what earlier calls left --- */

const char *memory_call_text(struct arena *arena, const char *before, uint64_t request)
{
	char number[32];

	snprintf(number, sizeof(number), "%llu", (unsigned long long)request);
	return printable_join(arena, before, number, NULL);
}

const struct run_file *memory_file(const struct run *run, const char *path)
{
	const struct session *session = run->context->session;
	const struct session_mark *mark = session && !run->elsewhere ? session_find(session, MARK_FILE, path, strlen(path)) : NULL;
	struct run_file *file = mark && mark->flags & (MARK_WRITTEN | MARK_DOWNLOADED) ? arena_new(run->arena, struct run_file) : NULL;

	if (!file)
		return NULL;
	file->path = path;
	file->content.present = true;
	file->content.taint = (uint8_t)(TAINT_FILE | (mark->flags & (MARK_DOWNLOADED | MARK_DECODED | MARK_HOLDS_SECRET)) |
	                                (mark->flags & MARK_HOLDS_GUARD ? TAINT_GUARD : 0));
	file->content.sends = mark->flags & MARK_SENDS && session->secret_request && mark->request > session->secret_request;
	file->content.request = mark->request;
	file->content.risk = mark->risk;
	file->content.origin = mark->flags & MARK_HOLDS_SECRET ? memory_call_text(run->arena, "the secret of call ", mark->request)
	                       : mark->flags & (MARK_DOWNLOADED | MARK_DECODED) ? memory_call_text(run->arena, "elsewhere in call ", mark->request)
	                                                                        : path;
	return file;
}

uint64_t memory_arrived(const struct run *run, const char *path)
{
	const struct session *session = run->context->session;
	size_t len = path ? strlen(path) : 0;

	for (int i = 0; session && len > 1 && i < ANCESTORS_MAX; i++) {
		const struct session_mark *mark = session_find(session, MARK_FOLDER, path, len);

		if (mark && mark->flags & (MARK_DOWNLOADED | MARK_MOVED))
			return mark->request;
		while (len > 1 && path[--len] != '/')
			;
	}
	return 0;
}

void memory_finding(struct run *run, uint64_t request, const char *rule, enum risk risk, enum place place, uint32_t caps,
                    struct span span, const char *why, const char *safer)
{
	run->earlier = request;
	effect_finding(run, rule, risk, place, caps, span, why, safer);
	run->earlier = 0;
}

void memory_ran(struct run *run, const struct stream *code, struct span span, const char *via)
{
	if (code->sends)
		memory_finding(run, code->request, "session.secret-network", RISK_HIGH, PLACE_REMOTE, CAP_UPLOAD | CAP_NETWORK, span,
		               printable_join(run->arena, "runs ", via, ", which contacts another machine and was written after a secret was read", NULL),
		               "let a person look at what is sent");
	if (code->request && code->risk >= RISK_HIGH)
		memory_finding(run, code->request, "session.run-written", (enum risk)code->risk, PLACE_UNKNOWN, CAP_EXEC_CODE, span,
		               printable_join(run->arena, "runs ", via, ", which this session wrote in call ", memory_call_text(run->arena, "", code->request),
		                              ": its content was judged ", risk_name((enum risk)code->risk), NULL),
		               "read the file, and take out what a person would not let pass");
}

/* What tools run by themselves and this very line brought along. */
static void loads_own(struct run *run, uint32_t set, struct span span, const char *tool)
{
	for (const struct run_file *file = run->files; file; file = file->next)
		if (file->content.taint & (TAINT_NETWORK | TAINT_DECODED) && loaders_of(file->path) & set) {
			command_run_stream(run, STREAM_CODE_OTHER, &(struct stream){ .present = true, .taint = file->content.taint, .origin = file->content.origin,
			                   .span = span }, span, NULL, 0, NULL, NULL, tool, false);
			return;
		}
}

/* A Makefile elsewhere is not read. */
static bool is_loaded_here(const struct run *run, int row)
{
	const struct session *session = run->context->session;
	size_t len = run->cwd ? strlen(run->cwd) : 0;

	if (loaders[row].where == ANYWHERE || !run->cwd)
		return true;
	while (len) {
		if (session_is_folder(session, &session->loaded[row], run->cwd, len))
			return true;
		while (len && run->cwd[--len] != '/')
			;
	}
	return false;
}

void memory_loads(struct run *run, const char *tool, const char *called, struct span span)
{
	const struct session *session = run->context->session;
	uint32_t set = (run->files || (session && session->loaders)) && !run->elsewhere ? loaders_by(tool) | loaders_by(called) : 0;

	if (!set)
		return;
	loads_own(run, set, span, tool);
	for (set &= session ? session->loaders : 0; set; set &= set - 1)
		if (is_loaded_here(run, __builtin_ctz(set)))
			break;
	if (!set)
		return;
	const struct session_loaded *loaded = &session->loaded[__builtin_ctz(set)];
	const char *what = loaded->risk >= RISK_HIGH ? printable_join(run->arena, ", which was judged ", risk_name((enum risk)loaded->risk), NULL)
	                   : loaded->flags & MARK_DOWNLOADED ? ", which came over the network"
	                                                     : ", which was decoded";

	memory_finding(run, loaded->request, "session.run-written", RISK_HIGH, PLACE_UNKNOWN, CAP_EXEC_CODE, span,
	               printable_join(run->arena, "may run what this session wrote in call ", memory_call_text(run->arena, "", loaded->request), what,
	                              NULL),
	               "read the file, and take out what a person would not let pass");
}

bool memory_is_new_remote(const struct run *run, const struct field *word)
{
	const struct session *session = run->context->session;
	const struct session_mark *mark = session ? session_find(session, MARK_REMOTE, word->text, word->len) : NULL;

	return mark && mark->flags & MARK_WRITTEN;
}

/* --- the guard --- */

void memory_guard(struct run *run, uint64_t request, struct span span, const char *does)
{
	memory_finding(run, request, "session.guard", RISK_CRITICAL, PLACE_GUARD, CAP_SYSTEM | CAP_FILE_WRITE, span,
	               printable_join(run->arena, does, " settings of an agent's host, which call the guard", NULL),
	               "change them in an editor, in a terminal of your own");
}

bool memory_names_guard(const char *text, size_t len)
{
	static const char name[] = "tcpbehavd";
	const size_t n = sizeof(name) - 1;
	const char *end = text + len;

	for (const char *at = text; at && (at = memmem(at, (size_t)(end - at), name, n)); at += n) {
		char before = at > text ? at[-1] : ' ', after = at + n < end ? at[n] : ' ';
		bool installed = at - text >= 5 && memcmp(at - 5, "sbin/", 5) == 0;

		if ((installed || !(before == '/' || before == '.' || before == '-' || before == '_' || isalnum((unsigned char)before))) &&
		    !(after == '/' || after == '.' || after == '-' || after == '_' || isalnum((unsigned char)after)))
			return true;
	}
	return false;
}

#define GUARD_FADES 40 /* calls after which nobody remembers the number of a process */

void memory_kills(struct run *run, const struct field *pid)
{
	const struct session *session = run->context->session;
	bool number = pid->unknown || (pid->text[0] >= '0' && pid->text[0] <= '9');

	if (!session || !session->guard_request || !number || session->calls - session->guard_call > GUARD_FADES || run->elsewhere)
		return;
	memory_finding(run, session->guard_request, "session.guard", RISK_HIGH, PLACE_SYSTEM, CAP_PROCESS | CAP_SYSTEM, pid->span,
	               printable_join(run->arena, "may end the guard, whose number call ",
	                              memory_call_text(run->arena, "", session->guard_request), " looked for", NULL),
	               NULL);
}

/* --- programs and modules that are found by name --- */

static bool runs_file(struct run *run, const char *path, struct span span)
{
	const struct run_file *file = run_file_find(run, path);

	if (!file || !(file->content.known || file->content.taint & (TAINT_NETWORK | TAINT_DECODED) || file->content.risk >= RISK_HIGH))
		return false;
	command_run_stream(run, command_script_role(path, &file->content, STREAM_CODE_SH), &file->content, span, NULL, 0, NULL, NULL, path, false);
	return true;
}

/* Whether there is any file that could be found. */
static bool has_suspects(const struct run *run)
{
	const struct session *session = run->context->session;

	return (run->files || (session && session->suspects)) && !run->elsewhere;
}

void memory_program(struct run *run, const struct field *word, const char *name, size_t len)
{
	static const char *const usual[] = { ".local/bin/", "bin/", ".cargo/bin/", "go/bin/", ".npm-global/bin/" };
	const char *home = run->context->place.home, *at = run->path ? run->path : "", *program, *start;
	size_t n;

	if (!has_suspects(run) || memchr(name, TEXT_UNKNOWN, len) || !(program = arena_dup(run->arena, name, len)))
		return;
	while ((start = part(&at, ':', &n)))
		if (n && runs_file(run, printable_join(run->arena, arena_dup(run->arena, start, n), "/", program, NULL), word->span))
			return;
	for (size_t i = 0; home && i < sizeof(usual) / sizeof(*usual); i++)
		if (runs_file(run, printable_join(run->arena, home, "/", usual[i], program, NULL), word->span))
			return;
	runs_file(run, printable_join(run->arena, "/usr/local/bin/", program, NULL), word->span);
}

/* This line, or an earlier call, put something there. */
static bool shadows(struct run *run, const char *path, struct span span)
{
	struct field name = { .text = path, .len = (uint32_t)strlen(path), .span = span };
	const struct run_file *file = run_file_find(run, path);
	const struct observation *link;
	struct field real;
	uint64_t request;

	if (!file && !look_made(run, ACTION_WRITE, &name, 0, &link, &real, &request))
		return false;
	memory_guard(run, file ? file->content.request : request, span, "puts another program in front of the guard's, as if it were one of the");
	return true;
}

/* A folder in front of the others in which a program stands that has the guard's name. */
void memory_path(struct run *run, const struct field *value)
{
	static const char *const names[] = { "/tcpctl", "/tcpbehavd" };

	const char *at = value->text, *start;
	size_t n;

	run->path = value->text;
	if (run->elsewhere || !(run->files || run->n_links || run->context->session))
		return;
	while ((start = part(&at, ':', &n)))
		for (size_t i = 0; n && i < sizeof(names) / sizeof(*names); i++)
			if (shadows(run, printable_join(run->arena, arena_dup(run->arena, start, n), names[i], NULL), value->span))
				return;
}

/* app.tasks.nightly: app/tasks/nightly.py, or what stands in the folder of that name. */
void memory_module(struct run *run, const char *name, size_t len, struct span span)
{
	static const char *const forms[] = { ".py", "/__main__.py", "/__init__.py", ".rb", ".js", ".mjs" };
	static const char *const folders[] = { "", "src/", "lib/" };
	char *path = has_suspects(run) ? arena_dup(run->arena, name, len) : NULL;

	if (!path || !len || memchr(name, TEXT_UNKNOWN, len))
		return;
	for (size_t i = 0; i < len; i++)
		if (path[i] == '.' && i + 1 < len && path[i + 1] != '/' && path[i + 1] != '.' && i > 0)
			path[i] = '/';
	for (size_t f = 0; f < sizeof(folders) / sizeof(*folders); f++)
		for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++)
			if (runs_file(run, printable_join(run->arena, folders[f], path, forms[i], NULL), span))
				return;
}

void memory_moves(struct run *run, const struct field *from, const struct field *to)
{
	const struct session *session = run->context->session;
	const char *path = session && !run->elsewhere ? run_file_path(run, from) : NULL, *there = path ? run_file_path(run, to) : NULL;
	const struct session_mark *mark = there ? session_find(session, MARK_FOLDER, path, strlen(path)) : NULL;

	if (mark && mark->flags & (MARK_SUSPECT | MARK_DOWNLOADED))
		memory_note(run, MARK_FOLDER, there, MARK_MOVED | MARK_SUSPECT);
}

uint8_t memory_folder(const struct run *run, const char *path)
{
	const struct session *session = run->context->session;
	const struct session_mark *mark = session && path && !run->elsewhere ? session_find(session, MARK_FOLDER, path, strlen(path)) : NULL;

	return mark && mark->flags & MARK_HOLDS_GUARD ? TAINT_GUARD : 0;
}

/* Where some file below the known part of a path is run: the folder has one that nobody should run unseen. */
void memory_some(struct run *run, const struct field *word)
{
	const struct session *session = run->context->session;
	const char *path = session && !run->elsewhere ? place_join(run->arena, run->cwd, word->text, word->len, &(uint32_t){ 0 }) : NULL;
	const struct session_mark *mark;
	size_t len = 0;

	while (path && path[len] && !(path[len] >= TEXT_UNKNOWN && path[len] <= TEXT_ANY))
		len++;
	if (!path || !path[len])
		return;
	while (len && path[len] != '/')
		len--;
	if (len < 2)
		return;
	mark = session_find(session, MARK_FOLDER, path, len);
	if (!mark || !(mark->flags & MARK_SUSPECT))
		mark = session_find(session, MARK_FILE, path, len);
	if (mark && (mark->flags & (MARK_SUSPECT | MARK_DOWNLOADED | MARK_DECODED) || mark->risk >= RISK_HIGH))
		memory_finding(run, mark->request, "session.run-written", RISK_HIGH, PLACE_UNKNOWN, CAP_EXEC_CODE, word->span,
		               printable_join(run->arena, "may run what this session brought along in call ",
		                              memory_call_text(run->arena, "", mark->request), NULL),
		               "name the file that is to run");
}
