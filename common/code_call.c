#include "config.h"
#include "common/code_call.h"

#include <pthread.h>
#include <string.h>

#define RECEIVER (-1)
#define ALL (-2)
#define SLOTS 1024 /* power of two */
#define NO_ROW UINT16_MAX

enum effect {
	EFFECT_NOTHING, EFFECT_READ, EFFECT_WRITE, EFFECT_APPEND, EFFECT_CREATE, EFFECT_DELETE, EFFECT_DELETE_TREE, EFFECT_MOVE,
	EFFECT_MODE, EFFECT_OPEN, EFFECT_OPEN_PERL, EFFECT_OPEN_RUBY, EFFECT_READ_OR_FETCH, EFFECT_SHELL, EFFECT_ARGV, EFFECT_ARGV_SHELL,
	EFFECT_PROGRAM, EFFECT_CODE, EFFECT_FETCH, EFFECT_UPLOAD, EFFECT_LISTEN, EFFECT_SIGNAL, EFFECT_LOAD, EFFECT_UNPICKLE,
	EFFECT_SAVE, EFFECT_PUT, EFFECT_LINK, EFFECT_CALLBACK, EFFECT_PRIVILEGE, EFFECT_REMOTE_DELETE, EFFECT_DATABASE_DROP, EFFECT_DATABASE_EMPTY,
};

static const struct row {
	uint32_t languages;
	const char *name;
	enum effect effect;
	int argument;
	enum code_result result;
} rows[] = {
#define CALL(languages, name, EFFECT, argument, RESULT) { languages, name, EFFECT_##EFFECT, argument, CODE_RESULT_##RESULT },
#include "common/code_calls.def"
#undef CALL
};

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))
_Static_assert(sizeof(rows) / sizeof(rows[0]) < SLOTS, "the index needs more slots");

static uint16_t slots[SLOTS];
static uint16_t next_row[N_ROWS];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static unsigned slot_of(const char *name, size_t len)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (uint8_t)name[i]) * 16777619u;
	return (hash ^ hash >> 15) & (SLOTS - 1);
}

static void build_index(void)
{
	memset(slots, 0xff, sizeof(slots));
	for (size_t i = N_ROWS; i-- > 0;) {
		unsigned slot = slot_of(rows[i].name, strlen(rows[i].name));

		next_row[i] = slots[slot];
		slots[slot] = (uint16_t)i;
	}
}

/* The first row of this name from row i of its chain on, or NO_ROW. */
static uint16_t row_from(const struct code_scanner *s, uint16_t i, const char *name, size_t len)
{
	while (i != NO_ROW && (!(rows[i].languages & s->language) || strlen(rows[i].name) != len || memcmp(rows[i].name, name, len) != 0))
		i = next_row[i];
	return i;
}

static uint16_t find(const struct code_scanner *s, const char *name, size_t len)
{
	pthread_once(&once, build_index);
	return row_from(s, slots[slot_of(name, len)], name, len);
}

/* "*.last" for a name that ends in ".last" or is it; the length, 0 when it is too long. */
static size_t method_name(const char *name, uint32_t len, char out[64])
{
	const char *dot = memrchr(name, '.', len);
	size_t n = dot ? len - (size_t)(dot + 1 - name) : len;

	if (n > 61)
		return 0;
	memcpy(out, "*.", 2);
	memcpy(out + 2, dot ? dot + 1 : name, n);
	return n + 2;
}

bool code_is_known_call(const struct code_scanner *s, const char *name, uint32_t len)
{
	char method[64];
	size_t method_len = method_name(name, len, method);

	return find(s, name, len) != NO_ROW || (memchr(name, '.', len) && method_len && find(s, method, method_len) != NO_ROW);
}

/* --- effects --- */

static void path_effect(struct code_scanner *s, enum action action, const struct code_value *value, bool bulk)
{
	const struct code_value unknown = code_unknown();
	struct field field = code_as_field(s, value->list ? &unknown : value);
	struct target target;

	if (value->len == 0 || (s->constants_only && field.text[0] == TEXT_UNKNOWN))
		return;
	effect_path(s->run, action, &field, bulk, RISK_SAFE);
	if (action != ACTION_READ)
		return;
	place_path(s->run->arena, &s->run->context->place, s->run->cwd, field.text, field.len, &target);
	if (target.kind == TARGET_SECRET) {
		s->read_taint |= TAINT_SECRET;
		s->read_origin = target.path;
	}
}

/* A shell and a connection, in whatever order the code makes them. */
static void shell_meets_network(struct code_scanner *s)
{
	if (s->connected && s->started_shell)
		effect_finding(s->run, "net.reverse-shell", RISK_CRITICAL, PLACE_REMOTE, CAP_NETWORK | CAP_EXEC_CODE | CAP_LISTEN, s->span,
		               "connects a shell to another machine: whoever is there commands this one", NULL);
}

static void network_effect(struct code_scanner *s, const struct code_value *value, bool upload)
{
	struct field field = code_as_field(s, value);

	s->connected = true;
	shell_meets_network(s);
	if (!s->constants_only || !code_is_unknown(value))
		effect_network(s->run, &field, upload ? NETWORK_SAY : NETWORK_FETCH, s->read_taint | value->taint, s->read_origin);
}

/* fetch(address, {..}): what stands in braces may be sent. */
static void says_more(struct code_scanner *s, const struct code_value *address)
{
	struct host host;

	place_host(address->text, address->len, &host);
	memory_sends(s->run, &host, s->span);
}

static void run_code(struct code_scanner *s, enum stream_role role, const struct code_value *value, const char *via)
{
	struct stream code = { .text = value->text, .len = value->len, .present = true, .taint = value->taint, .span = s->span,
		               .origin = value->origin, .known = value->len && !memchr(value->text, TEXT_UNKNOWN, value->len) };

	if (value->len == 0 || (s->constants_only && code_is_unknown(value) && !(value->taint & (TAINT_NETWORK | TAINT_DECODED))))
		return;
	command_run_stream(s->run, role, &code, s->span, NULL, 0, NULL, NULL, via, false);
}

void code_run_shell(struct code_scanner *s, const struct code_value *value)
{
	if (code_is_interactive_shell(value)) {
		s->started_shell = true;
		shell_meets_network(s);
	}
	run_code(s, STREAM_CODE_SH, value, "a shell");
}

/* A program and its arguments from argument first on: a list is taken apart, a lone text is a line for Perl and Ruby. */
static void run_program(struct code_scanner *s, const struct code_arguments *args, uint32_t first)
{
	struct code_value line = { .text = "" };

	if (first + 1 == args->n && !args->values[first].list) {
		code_run_shell(s, &args->values[first]);
		return;
	}
	for (uint32_t i = first; i < args->n; i++) {
		const struct code_value *value = &args->values[i];

		line.taint |= value->taint;
		if (value->list) {
			code_value_append(s, &line, " ", 1);
			code_value_append(s, &line, value->text, value->len);
		} else if (i == first || !code_is_unknown(value) || s->language != CODE_JS) {
			code_value_append_quoted(s, &line, value->text, value->len);
		}
	}
	code_run_shell(s, &line);
}

static enum action open_action(const struct code_value *mode)
{
	if (!mode)
		return ACTION_READ;
	if (memchr(mode->text, 'a', mode->len))
		return ACTION_APPEND;
	return memchr(mode->text, 'w', mode->len) || memchr(mode->text, 'x', mode->len) || memchr(mode->text, '+', mode->len) ||
	                       memchr(mode->text, TEXT_UNKNOWN, mode->len)
	               ? ACTION_WRITE
	               : ACTION_READ;
}

static void open_file(struct code_scanner *s, enum action action, const struct code_value *path)
{
	path_effect(s, action, path, false);
	if (action == ACTION_WRITE)
		code_wrote(s, path, NULL);
}

/* open(F, ">x"), open(F, ">", x), open(F, "cmd|"), open(F, "-|", cmd) */
static void open_perl(struct code_scanner *s, const struct code_arguments *args)
{
	struct code_value value = args->n > 1 ? args->values[1] : code_unknown();
	struct code_value mode = value;
	uint32_t marks = 0;

	while (marks < value.len && strchr("<>+| &", value.text[marks]) && value.text[marks])
		marks++;
	if (value.len && value.text[value.len - 1] == '|') {
		value.len--;
		code_run_shell(s, args->n > 2 ? &args->values[2] : &value);
		return;
	}
	code_value_set(&value, value.text + marks, value.len - marks);
	mode.len = marks;
	if (args->n > 2)
		value = args->values[2];
	if (memchr(mode.text, '|', mode.len))
		code_run_shell(s, &value);
	else
		open_file(s, memchr(mode.text, '>', mode.len) ? ACTION_WRITE : ACTION_READ, &value);
}

static void listen_effect(struct code_scanner *s)
{
	s->connected = true;
	shell_meets_network(s);
	if (!s->constants_only)
		effect_note(s->run, CAP_LISTEN | CAP_NETWORK, RISK_LOW, PLACE_WORKSPACE);
}

static void signal_effect(struct code_scanner *s)
{
	if (!s->constants_only)
		effect_finding(s->run, "code.signal", RISK_MEDIUM, PLACE_SYSTEM, CAP_PROCESS, s->span, "sends a signal to a process", NULL);
}

/* A library that is loaded runs. One that anybody may have put there is nobody's. */
static void load_effect(struct code_scanner *s, const struct code_value *value)
{
	struct field field = code_as_field(s, value);
	struct target target;

	if (value->len == 0 || !memchr(value->text, '/', value->len) || code_is_unknown(value))
		return;
	path_effect(s, ACTION_EXEC, value, false);
	place_path(s->run->arena, &s->run->context->place, s->run->cwd, field.text, field.len, &target);
	if (target.place == PLACE_TEMPORARY)
		effect_finding(s->run, "code.load-temporary", RISK_HIGH, PLACE_TEMPORARY, CAP_EXEC_CODE, s->span,
		               "loads a library from a temporary folder, where anybody may put one", NULL);
}

static void privilege_effect(struct code_scanner *s)
{
	if (!s->constants_only)
		effect_finding(s->run, "code.privilege", RISK_HIGH, PLACE_SYSTEM, CAP_PRIVESC, s->span, "changes which user it runs as", NULL);
}

/* What came out of a client of a service, and is deleted. */
static void remote_delete_effect(struct code_scanner *s, const struct code_arguments *args)
{
	if (args->receiver.taint & TAINT_NETWORK)
		effect_finding(s->run, "code.remote-delete", RISK_HIGH, PLACE_REMOTE, CAP_REMOTE_STATE | CAP_DESTRUCTIVE | CAP_NETWORK, s->span,
		               "deletes something that a service keeps", NULL);
}

/* drop(), deleteMany({}): all of a collection. With a condition it is some of it. */
static void database_effect(struct code_scanner *s, const struct code_arguments *args, bool whole)
{
	if (whole || args->n == 0 || args->values[0].len == 0)
		effect_finding(s->run, "code.database-drop", RISK_HIGH, PLACE_REMOTE, CAP_REMOTE_STATE | CAP_DESTRUCTIVE, s->span,
		               "deletes a database, or all that a part of it holds", "count first, and delete with a condition");
}

static void callback_effect(struct code_scanner *s, const struct code_value *callback, const struct code_arguments *args, uint32_t index);

/* Effects on what is neither a file nor a program that is started. */
static void apply_beyond(struct code_scanner *s, enum effect effect, const struct code_value *value, const struct code_arguments *args,
                         uint32_t index)
{
	switch (effect) {
	case EFFECT_FETCH:
	case EFFECT_UPLOAD:
		network_effect(s, value, effect == EFFECT_UPLOAD || (s->body && args->n > 1));
		if (effect == EFFECT_FETCH && s->language == CODE_JS && args->n > 1 && !s->constants_only)
			says_more(s, value);
		s->body = false;
		break;
	case EFFECT_LISTEN:
		listen_effect(s);
		break;
	case EFFECT_SIGNAL:
		signal_effect(s);
		break;
	case EFFECT_LOAD:
		load_effect(s, value);
		break;
	case EFFECT_UNPICKLE:
		if (value->taint & TAINT_NETWORK)
			run_code(s, s->role, value, "an unpickler");
		break;
	case EFFECT_SAVE:
		path_effect(s, ACTION_WRITE, value, false);
		code_wrote(s, value, value == &args->receiver ? args->n ? &args->values[0] : NULL : index + 1 < args->n ? &args->values[index + 1] : NULL);
		break;
	case EFFECT_LINK:
		path_effect(s, ACTION_CREATE, value, false);
		code_linked(s, &args->values[0], value);
		break;
	case EFFECT_PUT:
		code_put(s, value);
		break;
	case EFFECT_CALLBACK:
		callback_effect(s, value, args, index);
		break;
	case EFFECT_PRIVILEGE:
		privilege_effect(s);
		break;
	case EFFECT_REMOTE_DELETE:
		remote_delete_effect(s, args);
		break;
	case EFFECT_DATABASE_DROP:
	case EFFECT_DATABASE_EMPTY:
		database_effect(s, args, effect == EFFECT_DATABASE_DROP);
		break;
	default: /* EFFECT_NOTHING */
		break;
	}
}

static void apply(struct code_scanner *s, enum effect effect, const struct code_value *value, const struct code_arguments *args,
                  uint32_t index);

/* open("|cmd"), open("http://..") (with open-uri), open("file") */
static void open_ruby(struct code_scanner *s, const struct code_value *value, const struct code_arguments *args, uint32_t index)
{
	struct code_value command = *value;

	if (value->len > 1 && value->text[0] == '|') {
		code_value_set(&command, value->text + 1, value->len - 1);
		code_run_shell(s, &command);
	} else {
		apply(s, code_is_address(value) ? EFFECT_FETCH : EFFECT_OPEN, value, args, index);
	}
}

static void apply(struct code_scanner *s, enum effect effect, const struct code_value *value, const struct code_arguments *args,
                  uint32_t index)
{
	static const enum action actions[] = { [EFFECT_READ] = ACTION_READ, [EFFECT_WRITE] = ACTION_WRITE, [EFFECT_APPEND] = ACTION_APPEND,
		                               [EFFECT_CREATE] = ACTION_CREATE, [EFFECT_DELETE] = ACTION_DELETE,
		                               [EFFECT_DELETE_TREE] = ACTION_DELETE, [EFFECT_MOVE] = ACTION_MOVE, [EFFECT_MODE] = ACTION_MODE };

	if (effect >= EFFECT_READ && effect <= EFFECT_MODE) {
		path_effect(s, actions[effect], value, effect == EFFECT_DELETE_TREE);
		if (effect == EFFECT_WRITE && index == 1)
			code_copied(s, &args->values[0], value);
		else if (effect == EFFECT_WRITE)
			code_wrote(s, value, NULL);
		return;
	}
	switch (effect) {
	case EFFECT_OPEN:
		open_file(s, open_action(args->mode ? args->mode : index + 1 < args->n ? &args->values[index + 1] : NULL), value);
		break;
	case EFFECT_OPEN_PERL:
		open_perl(s, args);
		break;
	case EFFECT_OPEN_RUBY:
		open_ruby(s, value, args, index);
		break;
	case EFFECT_READ_OR_FETCH:
		apply(s, code_is_address(value) ? EFFECT_FETCH : EFFECT_READ, value, args, index);
		break;
	case EFFECT_SHELL:
	case EFFECT_ARGV:
	case EFFECT_ARGV_SHELL:
		code_run_shell(s, value);
		break;
	case EFFECT_PROGRAM:
		run_program(s, args, index);
		break;
	case EFFECT_CODE:
		run_code(s, s->role, value, "dynamic evaluation");
		break;
	default:
		apply_beyond(s, effect, value, args, index);
	}
}

/* A function that is given away is called with what stands beside it: array_map("unlink", list), promise.then(eval). */
static void callback_effect(struct code_scanner *s, const struct code_value *callback, const struct code_arguments *args, uint32_t index)
{
	const char *name = callback->module ? callback->module : callback->text;
	uint32_t len = callback->module ? callback->module_len : callback->len;
	const struct code_value *value = s->language == CODE_JS || s->language == CODE_RB ? &args->receiver
	                                 : args->n > 1                                     ? &args->values[index == 0]
	                                                                                   : NULL;

	if (!value || (callback->module == NULL && s->language != CODE_PHP))
		return;
	for (uint16_t i = find(s, name, len); i != NO_ROW; i = row_from(s, next_row[i], name, len))
		if (rows[i].effect != EFFECT_CALLBACK && rows[i].argument != RECEIVER)
			apply(s, rows[i].effect, value, args, 0);
}

struct code_value code_call(struct code_scanner *s, const char *name, uint32_t len, const struct code_arguments *args)
{
	static const struct code_value missing = { .text = "" };
	struct code_value out = code_unknown();
	char method[64];
	uint16_t i = args->receiver.module ? find(s, name, len) : NO_ROW;

	if (i == NO_ROW && (!args->receiver.module || memchr(name, '.', len))) {
		size_t n = method_name(name, len, method);

		name = method;
		len = (uint32_t)n;
		i = n ? find(s, name, len) : NO_ROW;
	}
	out.taint = args->receiver.taint;
	out.origin = args->receiver.origin;
	for (; i != NO_ROW; i = row_from(s, next_row[i], name, len)) {
		const struct row *row = &rows[i];
		uint32_t index = row->argument >= 0 ? (uint32_t)row->argument : 0;
		const struct code_value *value = row->argument == RECEIVER ? &args->receiver
		                                 : index < args->n         ? &args->values[index]
		                                                           : &missing;

		for (; row->argument == ALL && index + 1 < args->n; index++)
			apply(s, row->effect, &args->values[index], args, index);
		if (row->argument == ALL && args->n)
			value = &args->values[index];
		if (value != &missing)
			apply(s, row->effect, value, args, index);
		out = code_result(s, row->result, value, args, index);
		s->flow_taint |= out.taint & (TAINT_NETWORK | TAINT_DECODED);
	}
	return out;
}
