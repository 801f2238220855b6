#include "config.h"
#include "common/command_handlers.h"

#include "common/glob.h"
#include "common/json.h"
#include "common/printable.h"

#include <string.h>

/* --- paths --- */

bool command_is_stdin(const struct field *word)
{
	static const char *const names[] = { "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0" };

	if (word->len == 1 && word->text[0] == '-')
		return true;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(names[i], word->text) == 0)
			return true;
	return false;
}

/* What was read is what the command may write on its output or send. */
void command_note_read(struct resolved *r, const struct field *word)
{
	struct run *run = r->run;
	struct target target;
	const char *path;

	if (r->n_read < READ_WORDS_MAX)
		r->read_words[r->n_read] = word;
	r->n_read++;
	r->read_taint |= word->taint | TAINT_FILE;
	place_path(run->arena, &run->context->place, run->cwd, word->text, word->len, &target);
	if (target.place == PLACE_SECRET && !run->elsewhere) {
		r->read_taint |= TAINT_SECRET;
		r->read_origin = target.path;
	}
	if (target.place == PLACE_GUARD && !run->elsewhere)
		r->read_taint |= TAINT_GUARD;
	if (!r->read_origin)
		r->read_origin = target.path;
	path = run_file_path(run, word);
	r->read_taint |= memory_folder(run, path);
	if (path && (r->read_file = run_file_find(run, path)))
		r->read_taint |= r->read_file->content.taint;
}

/* tests/a.py::test_b[id]: what test runners take for a path goes on behind it. */
static const struct field *without_test_name(struct resolved *r, const struct field *word)
{
	const char *name = r->flags & CAP_EXEC_WORKSPACE ? memmem(word->text, word->len, "::", 2) : NULL;
	struct field *path = name ? arena_new(r->run->arena, struct field) : NULL;

	if (!path)
		return word;
	*path = *word;
	path->len = (uint32_t)(name - word->text);
	path->text = arena_dup(r->run->arena, word->text, path->len);
	return path->text ? path : word;
}

static void on_read(struct resolved *r, const struct field *word)
{
	if (command_is_stdin(word))
		return;
	word = without_test_name(r, word);
	effect_path(r->run, r->sends_remote ? ACTION_UPLOAD : ACTION_READ, word, r->flags & CAP_BULK, RISK_SAFE);
	command_note_read(r, word);
}

static void on_archive(struct resolved *r, const struct field *word)
{
	r->archive = !command_is_stdin(word);
	on_read(r, word);
}

static void on_written(struct resolved *r, const struct field *word, enum action action)
{
	struct written *written = arena_new(r->run->arena, struct written);

	if (command_is_stdin(word))
		return;
	effect_path(r->run, action, word, r->flags & CAP_BULK, RISK_SAFE);
	r->written = word;
	if (written) {
		*written = (struct written){ word, r->all_written };
		r->all_written = written;
	}
	if (r->node->flags & NODE_TYPED)
		r->content_path = place_join(r->run->arena, r->run->cwd, word->text, word->len, &(uint32_t){ 0 });
}

static void on_write(struct resolved *r, const struct field *word)
{
	on_written(r, word, ACTION_WRITE);
}

static void on_append(struct resolved *r, const struct field *word)
{
	on_written(r, word, ACTION_APPEND);
}

static void on_create(struct resolved *r, const struct field *word)
{
	const char *path = r->n_read == 1 && r->read_file ? run_file_path(r->run, word) : NULL;

	if (path) /* ln: another name for it */
		run_file_set(r->run, path, &r->read_file->content);
	r->created = word;
	effect_path(r->run, ACTION_CREATE, word, false, RISK_SAFE);
}

static void on_delete(struct resolved *r, const struct field *word)
{
	effect_path(r->run, ACTION_DELETE, word, r->flags & CAP_BULK, RISK_SAFE);
}

static void on_move(struct resolved *r, const struct field *word)
{
	effect_path(r->run, ACTION_MOVE, word, r->flags & CAP_BULK, RISK_SAFE);
	command_note_read(r, word);
}

static void on_mode(struct resolved *r, const struct field *word)
{
	effect_path(r->run, ACTION_MODE, word, r->flags & CAP_BULK, RISK_SAFE);
}

static void on_device(struct resolved *r, const struct field *word)
{
	effect_path(r->run, ACTION_DEVICE_WRITE, word, false, RISK_SAFE);
}

/* "-C dir": what follows is relative to it. command.c restores the folder behind the call. */
static void on_dir(struct resolved *r, const struct field *word)
{
	struct run *run = r->run;

	run->cwd = word->unknown ? NULL : place_join(run->arena, run->cwd, word->text, word->len, &(uint32_t){ 0 });
	if (run->cwd && run->cwd[0] != '/')
		run->cwd = NULL;
}

/* A script that is run: by what this line wrote into it, else by where it lies. */
static void on_exec(struct resolved *r, const struct field *word)
{
	struct run *run = r->run;
	const char *path;
	const struct run_file *file;

	if (command_is_stdin(word))
		return;
	r->has_script = true;
	effect_path(run, ACTION_EXEC, word, false, RISK_SAFE);
	path = run_file_path(run, word);
	file = path ? run_file_find(run, path) : NULL;
	memory_some(run, word);
	if (file)
		command_run_stream(run, command_script_role(path, &file->content, r->input), &file->content, word->span, r->call->argv,
		                   r->call->argc, &r->call->input, NULL, path, r->call->as_root);
	else
		command_run_unpacked(run, word, r->call->as_root);
	if (!file && path)
		script_run(run, &(struct script_use){ .preferred = r->input, .goals = r->operands, .n_goals = r->n_operands, .as_root = r->call->as_root },
		           path, word->span);
}

static void on_patch(struct resolved *r, const struct field *word)
{
	static const struct stream unknown = { .present = true };
	const struct run_file *file = run_file_find(r->run, run_file_path(r->run, word));

	on_read(r, word);
	r->has_script = true;
	command_run_stream(r->run, STREAM_CODE_PATCH, file ? &file->content : &unknown, word->span, NULL, 0, NULL, NULL, "a patch", false);
}

/* --- other machines --- */

static void on_remote_path(struct resolved *r, const struct field *word)
{
	if (!place_is_remote_path(word->text, word->len)) {
		on_read(r, word);
		return;
	}
	command_address(r, word, NETWORK_FETCH);
	r->fetched = word;
}

/* scp host:a/b DEST: what DEST and DEST/b now hold came over the network. */
static void note_fetched(struct resolved *r, const struct field *to)
{
	const struct stream content = { .present = true, .taint = TAINT_NETWORK, .span = to->span, .origin = r->fetched->text };
	const char *slash = memrchr(r->fetched->text, '/', r->fetched->len), *colon = memrchr(r->fetched->text, ':', r->fetched->len);
	const char *name = slash ? slash + 1 : colon ? colon + 1 : "";
	const char *path = run_file_path(r->run, to);

	if (!path)
		return;
	run_file_set(r->run, path, &content);
	if (*name)
		run_file_set(r->run, printable_join(r->run->arena, path, "/", name, NULL), &content);
	if (r->flags & CAP_BULK || !*name) {
		r->run->unpacked = content.origin;
		r->run->unpacked_into = path;
	}
}

static void on_remote_path_write(struct resolved *r, const struct field *word)
{
	if (place_is_remote_path(word->text, word->len))
		command_address(r, word, NETWORK_SEND);
	else
		on_write(r, word);
	if (r->fetched && r->written)
		note_fetched(r, word);
}

/* --- code --- */

static const uint8_t code_roles[OPERAND_COUNT] = {
	[OPERAND_CODE_SH] = STREAM_CODE_SH, [OPERAND_CODE_SH_REMOTE] = STREAM_CODE_SH, [OPERAND_HELPER] = STREAM_CODE_SH, [OPERAND_CODE_HERE] = STREAM_CODE_SH, [OPERAND_CODE_PYTHON] = STREAM_CODE_PYTHON,
	[OPERAND_CODE_JS] = STREAM_CODE_JS, [OPERAND_CODE_PERL] = STREAM_CODE_PERL, [OPERAND_CODE_RUBY] = STREAM_CODE_RUBY,
	[OPERAND_CODE_PHP] = STREAM_CODE_PHP, [OPERAND_CODE_LUA] = STREAM_CODE_LUA, [OPERAND_CODE_SQL] = STREAM_CODE_SQL,
	[OPERAND_CODE_OTHER] = STREAM_CODE_OTHER,
};

enum stream_role command_code_role(enum operand_kind kind)
{
	return (enum stream_role)code_roles[kind];
}

static void skip_options(struct stream *code)
{
	while (code->len && code->text[0] == '-') {
		size_t option = strcspn(code->text, " ");

		option += strspn(code->text + option, " ");
		code->text += option;
		code->len -= (uint32_t)option;
	}
}

/* tar --to-command=PROGRAM: what the tool makes of its input goes to the program. One that lies where anybody may put something is
 * no part of the tool's work. */
static void feed_helper(struct resolved *r, const struct field *word, struct stream *input)
{
	command_feed(r, input);
	if (command_names_temporary(r->run, word, " \t\"'"))
		effect_finding(r->run, "helper.temporary", RISK_HIGH, PLACE_TEMPORARY, CAP_EXEC_CODE, word->span,
		               "lets the tool run a program in a temporary folder, where anybody may put one", NULL);
}

static void on_code(struct resolved *r, const struct field *word, enum operand_kind kind)
{
	struct run *run = r->run;
	struct call *call = r->call;
	bool elsewhere = run->elsewhere, machine = run->machine;
	const char *cwd = run->cwd;
	struct stream code = { .text = word->text, .len = word->len, .known = !word->unknown, .present = true, .taint = word->taint,
		               .span = word->span, .origin = word->origin };
	struct stream output = { .present = true }, input = call->input;

	if (kind == OPERAND_HELPER)
		feed_helper(r, word, &input);
	if (kind == OPERAND_CODE_SH_REMOTE) /* ssh host -N: options behind the host */
		skip_options(&code);
	r->has_script |= kind != OPERAND_HELPER;
	if (kind == OPERAND_CODE_HERE && code.known && !(code.taint & (TAINT_NETWORK | TAINT_DECODED))) {
		effect_note(run, CAP_EXEC_CODE, RISK_LOW, PLACE_WORKSPACE); /* the shell itself follows it, with its variables */
		return;
	}
	if (kind == OPERAND_CODE_SH_REMOTE) {
		run->elsewhere = true;
		run->machine = run->machine || (r->flags & CAP_NETWORK);
		run->cwd = NULL;
	}
	effect_note(run, kind == OPERAND_CODE_SQL ? 0 : CAP_EXEC_CODE, RISK_LOW, PLACE_WORKSPACE);
	run->printed = 0;
	command_run_stream(run, command_code_role(kind), &code, word->span, r->rest, r->n_rest, &input, &output,
	                   table_string(run->table, r->node->name), call->as_root || (r->flags & CAP_SUDO));
	run->elsewhere = elsewhere;
	run->machine = machine;
	run->cwd = cwd;
	if (kind == OPERAND_HELPER)
		return;
	if (command_code_role(kind) == STREAM_CODE_SH) {
		call->output = output;
		if (kind == OPERAND_CODE_SH_REMOTE && r->flags & CAP_NETWORK)
			call->output.taint |= TAINT_NETWORK;
		r->wrapped = true;
	} else if (kind == OPERAND_CODE_PERL && r->flags & CAP_FILE_WRITE) { /* perl -i -pe s/a/b/ */
		code_scan_sed(run, code.text, code.len, code.span);
	} else {
		r->printed |= run->printed | (call->input.taint & (TAINT_NETWORK | TAINT_DECODED | TAINT_SECRET | TAINT_ISSUED));
	}
}

static void on_database(struct resolved *r, const struct field *word)
{
	if (strcmp(word->text, ":memory:") != 0)
		r->database = word;
}

static void on_awk(struct resolved *r, const struct field *word)
{
	code_scan_awk(r->run, word->text, word->len, word->span);
}

static void on_sed(struct resolved *r, const struct field *word)
{
	code_scan_sed(r->run, word->text, word->len, word->span);
}

static void on_content(struct resolved *r, const struct field *word)
{
	const struct stream content = { .present = true, .known = !word->unknown, .text = word->text, .len = word->len, .span = word->span };
	struct run_file *file;

	if (!r->content_path)
		return;
	file = run_file_set(r->run, r->content_path, &content);
	if (file)
		file->adds = strcmp(table_string(r->run->table, r->node->name), "Write") != 0;
	content_analyze(r->run, r->content_path, word->text, word->len, word->span);
}

/* --- the rest --- */

static void on_assign(struct resolved *r, const struct field *word)
{
	const char *equals = memchr(word->text, '=', word->len);
	struct field name = *word, value = *word;

	if (!equals)
		return;
	name.len = (uint32_t)(equals - word->text);
	name.text = arena_dup(r->run->arena, word->text, name.len);
	value.text = equals + 1;
	value.len = word->len - name.len - 1;
	if (name.text)
		command_environment(r->run, &name, &value);
}

static void on_package(struct resolved *r, const struct field *word)
{
	effect_note(r->run, CAP_PACKAGE, RISK_LOW, PLACE_WORKSPACE);
	memory_installs(r->run, word);
	if (command_is_local_package(word))
		command_run_package(r, word);
	if (!strstr(word->text, "://") && !glob_match("git+*", word->text, word->len))
		return;
	command_address(r, word, NETWORK_FETCH);
	effect_finding(r->run, "package.address", RISK_HIGH, PLACE_REMOTE, CAP_PACKAGE | CAP_NETWORK | CAP_EXEC_CODE, word->span,
	               printable_join(r->run->arena, "installs, and runs the scripts of, what lies at ",
	                              printable_quote(r->run->arena, word->text, word->len), NULL),
	               "install a released version from the registry");
}

/* npm pkg set scripts.test=..: judged when it runs, as what is written into package.json is. */
static void on_script(struct resolved *r, const struct field *word)
{
	const struct field name = { .text = "package.json", .len = 12, .span = word->span };
	const char *equals = memchr(word->text, '=', word->len);
	struct stream content = { .present = true, .known = true, .span = word->span };
	struct json_writer writer;
	struct run_file *file;
	struct text json;

	if (!equals || word->unknown)
		return;
	text_init(&json, r->run->arena, 0);
	json_writer_init(&writer, &json);
	json_begin_object(&writer);
	json_key(&writer, "scripts");
	json_begin_object(&writer);
	json_key(&writer, "script");
	json_string(&writer, equals + 1, word->len - (size_t)(equals + 1 - word->text));
	json_end_object(&writer);
	json_end_object(&writer);
	content.text = json.data;
	content.len = (uint32_t)json.len;
	content.known = !json.failed;
	file = run_file_set(r->run, run_file_path(r->run, &name), &content);
	if (file)
		file->adds = true;
}

static void on_target(struct resolved *r, const struct field *word)
{
	(void)word;
	effect_note(r->run, CAP_EXEC_WORKSPACE, RISK_LOW, PLACE_WORKSPACE);
}

/* python -m MODULE: a module that the table knows is a command of its own. */
static void on_module(struct resolved *r, const struct field *word)
{
	const struct field **words = arena_alloc(r->run->arena, ((size_t)r->n_rest + 1) * sizeof(*words));

	effect_note(r->run, CAP_EXEC_WORKSPACE, RISK_LOW, PLACE_WORKSPACE);
	r->has_script = true;
	memory_module(r->run, word->text, word->len, word->span);
	if (!words || table_find(r->run->table, word->text, word->len) == TABLE_NONE)
		return;
	words[0] = word;
	for (uint32_t i = 0; i < r->n_rest; i++)
		words[i + 1] = &r->rest[i];
	command_wrapped(r, words, r->n_rest + 1, false);
}

typedef void operand_handler(struct resolved *r, const struct field *word);

static operand_handler *const handlers[OPERAND_COUNT] = {
	[OPERAND_PATH_READ] = on_read, [OPERAND_PATH_WRITE] = on_write, [OPERAND_PATH_APPEND] = on_append,
	[OPERAND_PATH_CREATE] = on_create, [OPERAND_PATH_DELETE] = on_delete, [OPERAND_PATH_MOVE] = on_move,
	[OPERAND_PATH_MODE] = on_mode, [OPERAND_PATH_EXEC] = on_exec, [OPERAND_PATH_UPLOAD] = command_on_upload,
	[OPERAND_PATH_ARCHIVE] = on_archive, [OPERAND_PATH_PATCH] = on_patch, [OPERAND_DIR] = on_dir, [OPERAND_DEVICE] = on_device, [OPERAND_DEVICE_READ] = on_read,
	[OPERAND_URL] = command_on_url, [OPERAND_URL_UPLOAD] = command_on_url_upload, [OPERAND_HOST] = command_on_url, [OPERAND_REMOTE_PATH] = on_remote_path,
	[OPERAND_REMOTE_PATH_WRITE] = on_remote_path_write, [OPERAND_CODE_AWK] = on_awk, [OPERAND_CODE_SED] = on_sed,
	[OPERAND_DATA] = command_on_data, [OPERAND_CONTENT] = on_content, [OPERAND_ASSIGN] = on_assign, [OPERAND_PACKAGE] = on_package,
	[OPERAND_MOUNT] = command_on_mount, [OPERAND_REFSPEC] = command_on_refspec, [OPERAND_GIT_REMOTE] = command_on_git_remote,
	[OPERAND_GIT_CONFIG] = command_on_git_config, [OPERAND_CONTEXT] = command_on_context, [OPERAND_TARGET] = on_target, [OPERAND_SCRIPT] = on_script,
	[OPERAND_PID] = command_on_pid, [OPERAND_IMAGE] = command_on_image, [OPERAND_CONTAINER] = command_on_image, [OPERAND_MODULE] = on_module, [OPERAND_METHOD] = command_on_method, [OPERAND_ENDPOINT] = command_on_endpoint, [OPERAND_SSH_OPTION] = command_on_ssh_option, [OPERAND_PATH_DATABASE] = on_database,
	[OPERAND_LISTEN] = command_on_listen, [OPERAND_RESOURCE] = command_on_resource,
};

void command_judge(struct resolved *r, const struct field *word, enum operand_kind kind)
{
	if (!run_spend(r->run, 1))
		return;
	if (command_code_role(kind) != STREAM_NONE)
		on_code(r, word, kind);
	else if (handlers[kind])
		handlers[kind](r, word);
}
