#include "config.h"
#include "common/command_handlers.h"

#include "common/glob.h"
#include "common/printable.h"

#include <string.h>
#include <strings.h>

/* Operands and option values that name another machine, or what goes there. */

void command_address(struct resolved *r, const struct field *word, enum network_use use)
{
	if (!r->address)
		r->address = word;
	effect_network(r->run, word, use, use == NETWORK_FETCH ? 0 : r->read_taint, r->read_origin);
}

/* httpie: the method stands where else the address does. */
static bool is_method(const struct field *word)
{
	static const char *const methods[] = { "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS" };

	for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++)
		if (strcmp(methods[i], word->text) == 0)
			return true;
	return false;
}

void command_on_url(struct resolved *r, const struct field *word)
{
	if (!r->method && is_method(word)) {
		r->method = word;
		return;
	}
	r->read_taint |= word->taint;
	if (word->taint & TAINT_SECRET)
		r->read_origin = word->origin;
	command_address(r, word, r->flags & CAP_UPLOAD || r->read_taint & TAINT_SECRET ? NETWORK_SAY : NETWORK_FETCH);
}

void command_on_url_upload(struct resolved *r, const struct field *word)
{
	command_address(r, word, NETWORK_SEND);
}

/* 0.0.0.0, ::, *, alone or before a port: every network that the machine is in. */
void command_on_listen(struct resolved *r, const struct field *word)
{
	static const char *const everywhere[] = { "0.0.0.0", "[::]", "*" };
	bool all = strcmp(word->text, "::") == 0;

	for (size_t i = 0; i < sizeof(everywhere) / sizeof(*everywhere); i++) {
		size_t len = strlen(everywhere[i]);

		all = all || (strncmp(word->text, everywhere[i], len) == 0 && strchr(":/", word->text[len]));
	}
	if (all)
		effect_finding(r->run, "net.listen-all", RISK_HIGH, PLACE_SYSTEM, CAP_LISTEN | CAP_NETWORK, word->span,
		               "lets everybody who can reach this machine in", "name 127.0.0.1 as the address");
}

void command_on_method(struct resolved *r, const struct field *word)
{
	r->method = word;
}

/* gh api takes whole addresses, too. */
void command_on_endpoint(struct resolved *r, const struct field *word)
{
	r->endpoint = word;
	if (strstr(word->text, "://"))
		command_on_url(r, word);
}

static bool only_reads(const char *method)
{
	return strcasecmp(method, "GET") == 0 || strcasecmp(method, "HEAD") == 0 || strcasecmp(method, "OPTIONS") == 0;
}

/* A field of a GraphQL request that lets it do no more than ask. What is not known inside a query cannot make another kind of
 * request of it, as long as none is chosen by name. */
static bool is_question(const char *field, bool *is_query)
{
	size_t key_len = strcspn(field, "=");
	const char *query = field + key_len + (field[key_len] == '=');

	*is_query = strncmp(field, "query=", 6) == 0;
	query += strspn(query, " \t\n");
	if (*is_query)
		return *query == '{' || strncmp(query, "query", 5) == 0;
	return !memchr(field, TEXT_UNKNOWN, key_len) && strncmp(field, "operationName", 13) != 0;
}

/* GraphQL says in the query what it does. */
static bool asks_graphql(const struct resolved *r)
{
	bool is_query, asks = false;

	if (strcmp(r->endpoint->text, "graphql") != 0 || r->sends_files || r->input == STREAM_NETWORK)
		return false;
	for (uint32_t i = 0; i < r->n_hits; i++)
		for (uint32_t v = 0; r->hits[i]->kind == OPERAND_DATA && v < r->hits[i]->n_values; v++) {
			if (!is_question(r->hits[i]->values[v].text, &is_query))
				return false;
			asks |= is_query;
		}
	return asks;
}

/* Part by part: * in the pattern is one of them. */
static bool same_parts(const char *pattern, const char *path)
{
	for (;;) {
		size_t pattern_len = strcspn(pattern, "/"), len = strcspn(path, "/");

		if (len == 0 || !glob_match_bytes(pattern, pattern_len, path, len))
			return false;
		pattern += pattern_len;
		path += len;
		if (!*pattern || !*path)
			return *pattern == *path;
		pattern++;
		path++;
	}
}

/* Only a path that is read the same way by everybody: a query or .. behind it would make another one of it. */
static bool is_everyday(const struct field *path)
{
	static const char *const everyday[] = {
#define ENDPOINT(path) path,
#include "common/endpoints.def"
#undef ENDPOINT
	};
	const char *text = path->text + (*path->text == '/');

	if (path->unknown || path->glob || strpbrk(text, "?#\\") || strstr(text, "..") || strcasestr(text, "%2e"))
		return false;
	for (size_t i = 0; i < sizeof(everyday) / sizeof(*everyday); i++)
		if (same_parts(everyday[i], text))
			return true;
	return false;
}

/* What is changed through a service's API, beyond what its own commands add all day. */
static void change_endpoint(struct resolved *r, const char *method)
{
	const struct field *path = r->endpoint;
	struct arena *arena = r->run->arena;

	if (strcasecmp(method, "POST") == 0 && is_everyday(path)) {
		effect_note(r->run, CAP_NETWORK | CAP_REMOTE_STATE, RISK_MEDIUM, PLACE_REMOTE);
		return;
	}
	effect_finding(r->run, "api.write", RISK_HIGH, PLACE_REMOTE, CAP_NETWORK | CAP_REMOTE_STATE, path->span,
	               printable_join(arena, printable(arena, method, strlen(method), PRINTABLE_MAX), " request: changes ",
	                              printable(arena, path->text, path->len, PRINTABLE_MAX), " at the service, for everybody", NULL),
	               "ask for it with GET first, or use the command that is made for it");
}

/* Options stand before and behind the address: what they send is known only now. */
void command_request(struct resolved *r)
{
	static const char *const signs[] = { "*/delete*", "*_delete*", "*doDelete*", "*/destroy*", "*/purge*", "*/terminate*" };
	static const struct field nowhere = { .text = "" };
	const struct field *address = r->address ? r->address : &nowhere;
	uint32_t sends = r->endpoint ? CAP_UPLOAD | CAP_REMOTE_STATE : CAP_UPLOAD;
	const char *method = r->method ? r->method->text : r->flags & sends ? "POST" : "GET";
	bool deletes = strcasecmp(method, "DELETE") == 0;

	if (r->sends_files && r->address && !r->sends_remote)
		effect_network(r->run, address, NETWORK_SEND, r->read_taint, r->read_origin);
	for (size_t i = 0; !deletes && strcasecmp(method, "GET") != 0 && i < sizeof(signs) / sizeof(*signs); i++)
		deletes = glob_match(signs[i], address->text, address->len);
	if (r->endpoint && !deletes && !only_reads(method) && !asks_graphql(r))
		change_endpoint(r, method);
	if (deletes)
		effect_request(r->run, address, method, r->address ? address->span : r->call->span);
}

void command_on_upload(struct resolved *r, const struct field *word)
{
	if (command_is_stdin(word)) {
		r->input = STREAM_NETWORK;
		return;
	}
	r->sends_files = true;
	effect_path(r->run, ACTION_UPLOAD, word, r->flags & CAP_BULK, RISK_SAFE);
	command_note_read(r, word);
}

/* Authorization: Bearer x, X-Vault-Token: x. */
static bool is_header(const struct field *word)
{
	size_t len = strcspn(word->text, ": ");

	return word->text[len] == ':' && (memchr(word->text, '-', len) || strncasecmp(word->text, "Authorization", len) == 0);
}

uint8_t command_sent_taint(const struct field *word, enum operand_kind kind)
{
	bool used = word->taint & TAINT_ISSUED && (kind != OPERAND_DATA || is_header(word));

	return used ? word->taint & (uint8_t)~TAINT_SECRET : word->taint;
}

/* curl's -d and -F: text, @file, name=@file; a value that came from a secret counts as one. */
void command_on_data(struct resolved *r, const struct field *word)
{
	const char *at = memchr(word->text, '@', word->len);
	uint8_t taint = command_sent_taint(word, OPERAND_DATA);
	struct field file = *word;

	if (r->method && !r->address && r->n_operands > 1 && word == r->operands[1]) {
		command_on_url(r, word);
		return;
	}
	r->read_taint |= taint;
	if (taint & TAINT_SECRET)
		r->read_origin = word->origin;
	if (!at || (at != word->text && at[-1] != '=' && memchr(word->text, '=', (size_t)(at - word->text))))
		return;
	file.text = at + 1;
	file.len = word->len - (uint32_t)(at + 1 - word->text);
	if (memchr(file.text, ';', file.len))
		file.len = (uint32_t)((const char *)memchr(file.text, ';', file.len) - file.text);
	if (file.len == 0)
		return;
	file.text = arena_dup(r->run->arena, file.text, file.len);
	if (!file.text)
		return;
	if (command_is_stdin(&file)) {
		r->input = STREAM_NETWORK;
		return;
	}
	command_on_upload(r, &file);
}
