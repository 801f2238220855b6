#include "config.h"
#include "common/command.h"

#include "common/glob.h"
#include "common/printable.h"

#include <string.h>

struct field command_join(struct run *run, const struct field *const *words, uint32_t n)
{
	struct field joined = *words[0];
	size_t len = 0;
	char *p;

	if (n <= 1)
		return joined;
	for (uint32_t i = 0; i < n; i++)
		len += words[i]->len + 1;
	p = arena_alloc(run->arena, len + 1);
	if (!p)
		return joined;
	joined.text = p;
	joined.len = (uint32_t)(len - 1);
	for (uint32_t i = 0; i < n; i++) {
		memcpy(p, words[i]->text, words[i]->len);
		p += words[i]->len;
		*p++ = ' ';
		joined.unknown |= words[i]->unknown;
		joined.glob |= words[i]->glob;
		joined.taint |= words[i]->taint;
		if (words[i]->origin)
			joined.origin = words[i]->origin;
	}
	p[-1] = '\0';
	joined.span.end = words[n - 1]->span.end;
	return joined;
}

void command_flow(struct run *run, struct span span, const char *from, const char *to)
{
	struct analysis_flow *flow;

	if (!run->context->explain || !(flow = arena_new(run->arena, struct analysis_flow)))
		return;
	flow->text = printable_join(run->arena, from, " -> ", to, NULL);
	flow->span = run->nested ? run->fixed : span;
	*run->flows_tail = flow;
	run->flows_tail = &flow->next;
}

/* --- code that is run --- */

static const struct {
	const char *pattern;
	enum stream_role role;
} scripts[] = {
	{ "*.py", STREAM_CODE_PYTHON }, { "*.js", STREAM_CODE_JS }, { "*.mjs", STREAM_CODE_JS }, { "*.cjs", STREAM_CODE_JS },
	{ "*.ts", STREAM_CODE_JS }, { "*.pl", STREAM_CODE_PERL }, { "*.rb", STREAM_CODE_RUBY }, { "*.php", STREAM_CODE_PHP },
	{ "*.lua", STREAM_CODE_LUA }, { "*.rake", STREAM_CODE_RUBY }, { "*.ipynb", STREAM_CODE_PYTHON }, { "*.sql", STREAM_CODE_SQL },
};

static const struct {
	const char *word;
	enum stream_role role;
} interpreters[] = {
	{ "python", STREAM_CODE_PYTHON }, { "node", STREAM_CODE_JS }, { "deno", STREAM_CODE_JS }, { "perl", STREAM_CODE_PERL },
	{ "ruby", STREAM_CODE_RUBY }, { "php", STREAM_CODE_PHP }, { "lua", STREAM_CODE_LUA }, { "sh", STREAM_CODE_SH },
};

enum stream_role command_script_role(const char *path, const struct stream *content, enum stream_role preferred)
{
	size_t line = content->known && content->len > 2 && memcmp(content->text, "#!", 2) == 0
	                  ? (size_t)((const char *)memchr(content->text, '\n', content->len) - content->text)
	                  : 0;

	if (line && line > content->len)
		line = content->len;
	for (size_t i = 0; line && i < sizeof(interpreters) / sizeof(*interpreters); i++)
		if (memmem(content->text, line, interpreters[i].word, strlen(interpreters[i].word)))
			return interpreters[i].role;
	if (preferred != STREAM_CODE_SH && preferred >= STREAM_CODE_SH && preferred <= STREAM_CODE_OTHER)
		return preferred;
	for (size_t i = 0; i < sizeof(scripts) / sizeof(*scripts); i++)
		if (glob_match(scripts[i].pattern, path, strlen(path)))
			return scripts[i].role;
	return STREAM_CODE_SH;
}

struct provenance {
	uint8_t taint;
	const char *rule;
	const char *from;
	const char *why;
	const char *safer;
	uint32_t caps;
};

static const struct provenance provenances[] = {
	{ TAINT_NETWORK, "flow.download-exec", "network", "runs what was downloaded from ", "download it to a file, read it, then run it",
	  CAP_NETWORK | CAP_EXEC_CODE },
	{ TAINT_DECODED, "flow.decode-exec", "decoder", "runs what was decoded from ", "write the commands in plain text",
	  CAP_EXEC_CODE | CAP_OBFUSCATED },
};

static void tainted_code(struct run *run, const struct provenance *row, const struct stream *code, struct span span, const char *via,
                         bool as_root)
{
	struct arena *arena = run->arena;
	const char *origin = code->origin ? printable(arena, code->origin, strlen(code->origin), PRINTABLE_MAX) : NULL;
	const char *to = printable_join(arena, as_root ? "root " : "", via, NULL);
	const char *from = origin ? printable_join(arena, row->from, " (", origin, ")", NULL) : row->from;

	command_flow(run, span, from, to);
	effect_finding(run, row->rule, RISK_HIGH, as_root ? PLACE_SYSTEM : PLACE_UNKNOWN, row->caps | (as_root ? CAP_ROOT : 0), span,
	               printable_join(arena, row->why, origin ? origin : "elsewhere", " in ", as_root ? "a root shell (" : "", via,
	                              as_root ? ")" : "", ": ", from, " -> ", to, "; nobody has seen that code", NULL),
	               row->safer);
}

static void run_known(struct run *run, enum stream_role role, const struct stream *code, struct span span, const struct field *args,
                      uint32_t n_args, const struct stream *input, struct stream *output)
{
	if (role == STREAM_CODE_SH)
		eval_text(run, code->text, code->len, run->context->dialect, span, args, n_args, true, input, output);
	else if (role == STREAM_CODE_MAKE)
		content_analyze(run, "/Makefile", code->text, code->len, span);
	else
		code_scan(run, role, code->text, code->len, span);
}

/* Unknown code: a file's is judged by where the file lies, anything else by not being known. */
static void run_unknown(struct run *run, enum stream_role role, const struct stream *code, struct span span, const char *via,
                        bool as_root)
{
	struct field path = { .text = code->origin, .span = span };
	const char *file;

	if ((code->taint & TAINT_FILE) && code->origin) {
		path.len = (uint32_t)strlen(code->origin);
		effect_path(run, ACTION_EXEC, &path, false, RISK_SAFE);
		file = role == STREAM_CODE_SH && !code->request ? run_file_path(run, &path) : NULL;
		if (file) /* sh < x.sh */
			script_run(run, &(struct script_use){ .preferred = role, .as_root = as_root }, file, span);
		return;
	}
	effect_finding(run, "code.unknown", RISK_HIGH, PLACE_UNKNOWN, CAP_EXEC_CODE, span,
	               printable_join(run->arena, via, " runs code that is only known when it runs", NULL),
	               "write the code out, or put it into a file that can be read first");
}

/* What a patch changes stands in it. One that was made of the guard's settings changes these. */
static void apply_patch(struct run *run, const struct stream *patch, struct span span)
{
	if (patch->known)
		content_patch(run, patch->text, patch->len, span);
	memory_ran(run, patch, span, "a patch");
	if (patch->taint & TAINT_GUARD)
		memory_guard(run, patch->request, span, "applies a patch that was made of");
}

void command_run_stream(struct run *run, enum stream_role role, const struct stream *code, struct span span,
                        const struct field *args, uint32_t n_args, const struct stream *input, struct stream *output,
                        const char *via, bool as_root)
{
	bool tainted = false;
	bool was_root = run->as_root;

	if (role == STREAM_CODE_PATCH) {
		apply_patch(run, code, span);
		return;
	}
	run->earlier = code->request;
	for (size_t i = 0; i < sizeof(provenances) / sizeof(*provenances) && !tainted; i++) {
		tainted = code->taint & provenances[i].taint;
		if (tainted)
			tainted_code(run, &provenances[i], code, span, via, as_root);
	}
	run->earlier = 0;
	memory_ran(run, code, span, via);
	if (output)
		*output = (struct stream){ .present = true, .taint = (uint8_t)(code->taint & TAINT_NETWORK), .span = span };
	run->as_root = was_root || as_root;
	run->sql_changes |= role == STREAM_CODE_SQL && !code->known;
	if (code->known || (code->text && code->len > 1))
		run_known(run, role, code, span, args, n_args, input, output);
	else if (!tainted && code->present)
		run_unknown(run, role, code, span, via, as_root);
	run->as_root = was_root;
}

/* The folder that git clone makes when nobody names it. */
static struct field folder_of_address(struct arena *arena, const struct field *address)
{
	const char *slash = memrchr(address->text, '/', address->len);
	struct field folder = *address;

	folder.text = arena_dup(arena, slash ? slash + 1 : address->text, strlen(slash ? slash + 1 : address->text));
	folder.len = folder.text ? (uint32_t)strlen(folder.text) : 0;
	if (folder.len > 4 && strcmp(folder.text + folder.len - 4, ".git") == 0)
		folder.text = arena_dup(arena, folder.text, folder.len -= 4);
	return folder;
}

void command_arrived(struct resolved *r, const char *origin, const struct field *into)
{
	struct run *run = r->run;
	struct field folder;

	if (!into && r->address && r->output == STREAM_ARRIVES) {
		folder = folder_of_address(run->arena, r->address);
		into = folder.text && folder.len ? &folder : NULL;
	}

	run->unpacked = origin ? origin : "the network";
	run->unpacked_into = into ? run_file_path(run, into) : run->cwd;
}

/* What an archive from the network holds is not known file by file: whatever is run behind it may be from there. */
static void note_unpacked(struct resolved *r)
{
	const struct stream *input = &r->call->input;
	bool piped = r->input == STREAM_DATA && input->present;
	uint8_t taint = r->archive ? r->read_taint : piped ? input->taint : 0;
	const char *origin = r->read_file ? r->read_file->content.origin : input->origin;

	if (r->flags & CAP_FILE_WRITE && taint & TAINT_GUARD) {
		const char *into = r->written || r->created ? run_file_path(r->run, r->written ? r->written : r->created) : r->run->cwd;

		if (into)
			memory_note(r->run, MARK_FOLDER, into, MARK_HOLDS_GUARD);
		if (into && memory_is_ours(r->run, into))
			memory_guard(r->run, r->read_file ? r->read_file->content.request : input->request, r->call->span, "unpacks an archive that was made of");
	}
	if (r->flags & CAP_FILE_WRITE && taint & TAINT_NETWORK)
		command_arrived(r, origin, r->written ? r->written : r->created);
}

static bool lies_in(const char *path, const char *folder)
{
	size_t len = strlen(folder);

	return strncmp(path, folder, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

void command_run_unpacked(struct run *run, const struct field *program, bool as_root)
{
	struct stream code = { .present = true, .taint = TAINT_NETWORK, .origin = run->unpacked, .span = program->span };
	const char *path = (run->unpacked && run->unpacked_into) || run->context->session ? run_file_path(run, program) : NULL;

	if (!run->unpacked && path && !run->elsewhere && (code.request = memory_arrived(run, path)))
		code.origin = "elsewhere in an earlier call";
	if (code.request || (run->unpacked && (!path || lies_in(path, run->unpacked_into))))
		command_run_stream(run, STREAM_CODE_SH, &code, program->span, program, 1, NULL, NULL, program->text, as_root);
}

/* ./x, ../x, /x, ~/x, or a file by its ending: a package that is not fetched by name. */
bool command_is_local_package(const struct field *word)
{
	static const char *const endings[] = { "*.whl", "*.tar.gz", "*.tgz", "*.zip", "*.deb", "*.rpm", "*.gem", "*.crate", "*.vsix", "*.apk", "*.pkg", "*.jar" };

	if (strstr(word->text, "://"))
		return false;
	if (word->len && (word->text[0] == '/' || (word->text[0] == '.' && strchr("./", word->text[1]))))
		return true;
	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++)
		if (glob_match(endings[i], word->text, word->len))
			return true;
	return false;
}

/* Its scripts run when it is installed. */
void command_run_package(struct resolved *r, const struct field *word)
{
	const char *path = run_file_path(r->run, word);
	const struct run_file *file = path ? run_file_find(r->run, path) : NULL;

	if (file && file->content.taint & (TAINT_NETWORK | TAINT_DECODED))
		command_run_stream(r->run, STREAM_CODE_OTHER, &(struct stream){ .present = true, .taint = file->content.taint, .origin = file->content.origin,
		                   .request = file->content.request, .span = word->span }, word->span, NULL, 0, NULL, NULL, word->text, r->call->as_root);
	else if (!file)
		command_run_unpacked(r->run, word, r->call->as_root);
}

/* --- standard input --- */

static bool is_code(enum stream_role role)
{
	return role >= STREAM_CODE_SH && role <= STREAM_CODE_OTHER;
}

static void send_input(struct resolved *r)
{
	static const struct field nowhere = { .text = "" };
	const struct stream *input = &r->call->input;

	if (!input->present)
		return;
	r->read_taint |= input->taint;
	effect_network(r->run, r->address ? r->address : &nowhere, input->known && !input->taint ? NETWORK_SAY : NETWORK_SEND,
	               input->taint, input->origin);
}

/* tee a b */
static void write_input(struct resolved *r)
{
	const struct stream *input = &r->call->input;

	for (const struct written *written = r->all_written; written; written = written->next) {
		const char *path = run_file_path(r->run, written->word);

		if (!path)
			continue;
		run_file_set(r->run, path, input);
		if (input->known)
			content_analyze(r->run, path, input->text, input->len, written->word->span);
	}
}

void command_input(struct resolved *r)
{
	struct call *call = r->call;
	struct stream output = { .present = true };

	note_unpacked(r);
	if (r->flags & (CAP_EXEC_WORKSPACE | CAP_PACKAGE) && !r->has_script) /* make in a folder where an archive was unpacked */
		command_run_unpacked(r->run, &r->call->argv[0], call->as_root);
	if (is_code(r->input) && !r->has_script && call->input.present) {
		command_run_stream(r->run, r->input, &call->input, call->span, call->argv, call->argc, NULL, &output,
		                   table_string(r->run->table, r->node->name), call->as_root);
		call->output = output;
		r->wrapped = true;
	} else if (r->input == STREAM_ARGS && r->n_kinds && r->kinds[0].kind == OPERAND_CODE_SH && r->n_operands == 0) {
		command_run_stream(r->run, STREAM_CODE_SH, &call->input, call->span, NULL, 0, NULL, NULL, table_string(r->run->table, r->node->name),
		                   call->as_root); /* parallel: each line is a command */
	} else if (r->input == STREAM_NETWORK) {
		send_input(r);
	} else if (r->input == STREAM_WRITE && call->input.present) {
		write_input(r);
	}
}

/* --- redirections --- */

static bool redirect_network(struct run *run, const struct call_redirect *redirect, const struct stream *content)
{
	const char *text = redirect->target.text;
	struct field address = redirect->target;

	if (strncmp(text, "/dev/tcp/", 9) != 0 && strncmp(text, "/dev/udp/", 9) != 0)
		return false;
	address.text = arena_dup(run->arena, text + 9, strcspn(text + 9, "/"));
	if (!address.text)
		return true;
	address.len = (uint32_t)strlen(address.text);
	effect_network(run, &address, redirect->kind == REDIRECT_READ ? NETWORK_FETCH : content && content->known ? NETWORK_SAY : NETWORK_SEND,
	               content ? content->taint : 0, content ? content->origin : NULL);
	effect_finding(run, "net.raw", RISK_HIGH, PLACE_REMOTE, CAP_NETWORK | CAP_EXEC_CODE, redirect->span,
	               printable_join(run->arena, "opens a raw connection to ", printable(run->arena, address.text, address.len, PRINTABLE_MAX),
	                              ", as reverse shells do", NULL),
	               "use curl");
	return true;
}

void command_redirect(struct run *run, const struct call_redirect *redirect, const struct stream *content)
{
	static const enum action actions[] = { [REDIRECT_READ] = ACTION_READ, [REDIRECT_WRITE] = ACTION_WRITE,
		                               [REDIRECT_APPEND] = ACTION_APPEND, [REDIRECT_OTHER] = ACTION_WRITE };
	struct run_file *file;
	const char *path;

	if (!run_spend(run, 1) || redirect_network(run, redirect, content))
		return;
	effect_path(run, actions[redirect->kind], &redirect->target, false, RISK_SAFE);
	path = redirect->kind == REDIRECT_READ || !content ? NULL : run_file_path(run, &redirect->target);
	if (!path)
		return;
	file = run_file_set(run, path, content);
	if (file && redirect->kind == REDIRECT_APPEND)
		file->adds = true;
	if (content->known)
		content_analyze(run, path, content->text, content->len, redirect->span);
}
