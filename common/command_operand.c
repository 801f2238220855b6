#include "config.h"
#include "common/command.h"

#include "common/printable.h"

#include <string.h>

/* --- which operand is what --- */

static bool looks_like_assignment(const struct field *word)
{
	size_t name = strspn(word->text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

	return name > 0 && name < word->len && word->text[name] == '=';
}

static bool takes_the_rest(enum operand_kind kind)
{
	return kind == OPERAND_COMMAND || kind == OPERAND_COMMAND_REMOTE;
}

static void run_rest(struct resolved *r, uint32_t first, enum operand_kind kind)
{
	uint32_t n = r->n_operands - first;
	struct field joined;

	if (n && strcmp(r->operands[first]->text, "--") == 0) { /* kubectl exec pod -- command */
		first++;
		n--;
	}
	if (n == 0)
		return;
	if (n > 1 && strcmp(r->operands[first]->text, "-c") == 0) { /* flock file -c "line" */
		command_judge(r, r->operands[first + 1], kind == OPERAND_COMMAND_REMOTE ? OPERAND_CODE_SH_REMOTE : OPERAND_CODE_SH);
		return;
	}
	if (takes_the_rest(kind)) {
		r->has_script = true;
		command_wrapped(r, r->operands + first, n, kind == OPERAND_COMMAND_REMOTE);
		return;
	}
	joined = command_join_input(r, r->operands + first, n);
	command_judge(r, &joined, kind);
}

/* How many operands the kinds behind a repeated one still need. */
static uint32_t kinds_behind(const struct resolved *r, uint32_t kind)
{
	return r->n_kinds - kind - 1;
}

/* The option that made the operands what is deleted. */
static const struct option_hit *deleting_option(const struct resolved *r)
{
	for (uint32_t i = 0; i < r->n_hits; i++)
		if (r->hits[i]->option->flags & OPTION_HAS_OPERANDS)
			return r->hits[i];
	return NULL;
}

/* find -delete deletes what it finds, not the folder that it searches. */
static void judge_operand(struct resolved *r, const struct field *word, enum operand_kind kind)
{
	struct field found;

	if (kind == OPERAND_PATH_DELETE && r->output == STREAM_PATHS) {
		found = command_found(r, word, deleting_option(r));
		word = &found;
	}
	command_judge(r, word, kind);
}

/* A script of a framework that is a tool of its own, whoever runs it: python manage.py shell. */
static bool is_known_script(const struct resolved *r, const struct field *word)
{
	const struct table *table = r->run->table;
	const char *slash = memrchr(word->text, '/', word->len), *name = slash ? slash + 1 : word->text;
	uint32_t node = strchr(name, '.') ? table_find(table, name, strlen(name)) : TABLE_NONE;

	return node != TABLE_NONE && (table->nodes[node].effect.flags & CAP_EXEC_WORKSPACE);
}

static void judge_operands(struct resolved *r)
{
	uint32_t at = 0;

	for (uint32_t k = 0; k < r->n_kinds && at < r->n_operands; k++) {
		enum operand_kind kind = (enum operand_kind)r->kinds[k].kind;
		uint32_t left = r->n_operands - at;
		uint32_t take = 1;

		if (takes_the_rest(kind) || (command_code_role(kind) != STREAM_NONE && r->kinds[k].repeats)) {
			run_rest(r, at, kind);
			return;
		}
		if (r->kinds[k].repeats)
			take = left > kinds_behind(r, k) ? left - kinds_behind(r, k) : 0;
		if (kind == OPERAND_ASSIGN && r->kinds[k].repeats) {
			for (take = 0; take < left && looks_like_assignment(r->operands[at + take]); take++)
				;
		}
		if (kind == OPERAND_PATH_EXEC && at == 0 && is_known_script(r, r->operands[0])) {
			command_judge(r, r->operands[0], kind);
			run_rest(r, 0, OPERAND_COMMAND);
			return;
		}
		for (uint32_t i = 0; i < take; i++)
			judge_operand(r, r->operands[at++], kind);
	}
}

static bool names_secret(const struct resolved *r, const struct field *pattern)
{
	struct target target;
	char *text = arena_dup(r->run->arena, pattern->text, pattern->len);

	for (char *c = text; c && *c; c++)
		*c = *c == '*' ? TEXT_STAR : *c == '?' ? TEXT_ANY : *c;
	if (text)
		place_path(r->run->arena, &r->run->context->place, "/", text, pattern->len, &target);
	return text && target.place == PLACE_SECRET;
}

/* The pattern of a search (find -name; whole: -path), unless something beside it widens what is found again: then one that names secrets. */
static const struct field *name_pattern(const struct resolved *r, const struct option_hit *until, bool whole)
{
	const struct field *pattern = NULL, *secret = NULL;
	bool widened = false;

	for (uint32_t i = 0; i < r->n_hits && r->hits[i] != until; i++) {
		const char *name = table_string(r->run->table, r->hits[i]->option->name);

		widened |= strcmp(name, "-o") == 0 || strcmp(name, "-or") == 0;
		if (strcmp(name, "!") == 0 || strcmp(name, "-not") == 0) {
			i++; /* only takes something away */
		} else if (r->hits[i]->kind == OPERAND_PATTERN && r->hits[i]->n_values && (strcmp(name, "-path") == 0) == whole) {
			pattern = &r->hits[i]->values[0];
			secret = secret || !names_secret(r, pattern) ? secret : pattern;
		}
	}
	if (widened)
		return secret;
	return pattern && strspn(pattern->text, "*/.") < pattern->len ? pattern : NULL;
}

struct field command_found(struct resolved *r, const struct field *base, const struct option_hit *until)
{
	static const char star[] = { '/', TEXT_STAR, '\0' };
	const struct field *pattern = r->output == STREAM_PATHS ? name_pattern(r, until, false) : NULL;
	const struct field *whole = r->output == STREAM_PATHS ? name_pattern(r, until, true) : NULL;
	struct field found = base ? *base : (struct field){ .text = ".", .span = r->call->span };
	bool below = !whole || whole->text[0] == '*';
	size_t plain = below ? strlen(found.text) + 1 : 0;
	char *text;

	found.text = printable_join(r->run->arena, below ? found.text : "", below && whole ? "/" : "", whole ? whole->text : star, pattern ? "/" : "",
	                            pattern ? pattern->text : "", NULL);
	found.len = (uint32_t)strlen(found.text);
	found.glob = true;
	text = arena_dup(r->run->arena, found.text, found.len);
	for (char *c = text + plain; text && *c; c++)
		*c = *c == '*' ? TEXT_STAR : *c == '?' ? TEXT_ANY : *c;
	if (text)
		found.text = text;
	return found;
}

/* The folder that is searched: the first operand that is a path, if it was written. */
static const struct field *search_base(const struct resolved *r)
{
	for (uint32_t k = 0; k < r->n_kinds && k < r->n_operands; k++)
		if (r->kinds[k].kind == OPERAND_PATH_READ || r->kinds[k].kind == OPERAND_PATH_DELETE)
			return r->operands[k];
	return NULL;
}

/* What find stands for with {}: anything that it finds. */
static const struct field *found_word(struct resolved *r, const struct field *word, const struct option_hit *until)
{
	struct field found = command_found(r, search_base(r), until);
	struct field *out = arena_new(r->run->arena, struct field);
	const char *mark = memmem(word->text, word->len, "{}", 2);

	if (!mark || !out)
		return word;
	*out = *word;
	out->text = printable_join(r->run->arena, arena_dup(r->run->arena, word->text, (size_t)(mark - word->text)), found.text, mark + 2, NULL);
	out->len = (uint32_t)strlen(out->text);
	out->glob = true;
	out->unknown = word->unknown || found.unknown;
	return out;
}

static void run_option_command(struct resolved *r, const struct option_hit *hit, enum operand_kind kind)
{
	static const struct field placeholder = { .text = "{}", .len = 2 };
	const struct field **words = arena_alloc(r->run->arena, (hit->n_values + 1) * sizeof(*words));
	uint32_t n = hit->n_values;
	bool placed = hit->option->input != STREAM_ARGS + 1; /* fd -x: what is found goes behind the words */

	if (hit->n_values == 1 && placed && strpbrk(hit->values[0].text, " \t\n")) { /* a command line in one word */
		command_judge(r, &hit->values[0], kind == OPERAND_COMMAND ? OPERAND_CODE_SH : OPERAND_CODE_SH_REMOTE);
		return;
	}
	for (uint32_t v = 0; words && v < hit->n_values; v++) {
		words[v] = hit->option->n_until ? found_word(r, &hit->values[v], hit) : &hit->values[v];
		placed |= words[v] != &hit->values[v];
	}
	if (words && !placed)
		words[n++] = found_word(r, &placeholder, hit);
	if (words)
		command_wrapped(r, words, n, kind == OPERAND_COMMAND_REMOTE);
}

/* Folders come first, as paths are relative to them; what is written comes late, as its path must be known; what gets the tool's data
 * last. */
enum turn { TURN_FOLDERS, TURN_MOST, TURN_CONTENT, TURN_HELPERS };

static enum turn turn_of(enum operand_kind kind)
{
	if (kind == OPERAND_DIR)
		return TURN_FOLDERS;
	if (kind == OPERAND_HELPER)
		return TURN_HELPERS;
	return kind == OPERAND_CONTENT ? TURN_CONTENT : TURN_MOST;
}

static void judge_options(struct resolved *r, enum turn turn)
{
	for (uint32_t i = 0; i < r->n_hits; i++) {
		const struct option_hit *hit = r->hits[i];
		enum operand_kind kind = (enum operand_kind)hit->kind;

		if (turn_of(kind) != turn || kind == OPERAND_NOTHING)
			continue;
		if (takes_the_rest(kind)) {
			run_option_command(r, hit, kind);
			continue;
		}
		for (uint32_t v = 0; v < hit->n_values; v++)
			command_judge(r, &hit->values[v], kind);
	}
}

/* scp and rsync: is the last operand on another machine? Then what is read is sent. */
static bool sends_remote(const struct resolved *r)
{
	const struct field *last = r->n_operands ? r->operands[r->n_operands - 1] : NULL;

	return last && r->n_kinds && r->kinds[r->n_kinds - 1].kind == OPERAND_REMOTE_PATH_WRITE &&
	       place_is_remote_path(last->text, last->len);
}

void command_operands(struct resolved *r)
{
	const struct field here = { .text = ".", .len = 1, .span = r->call->span };

	r->sends_remote = sends_remote(r);
	judge_options(r, TURN_FOLDERS);
	judge_options(r, TURN_MOST);
	judge_options(r, TURN_CONTENT);
	judge_operands(r);
	judge_options(r, TURN_HELPERS);
	if ((r->flags & CAP_FILE_WRITE) && !r->written && r->run->cwd && !r->run->elsewhere)
		effect_path(r->run, ACTION_CREATE, &here, false, RISK_SAFE); /* tar x, unzip, git clone: into the current folder */
	if (r->n_rest && !r->has_script)
		r->has_script = true;
}
