#include "config.h"
#include "common/command_handlers.h"

#include "common/glob.h"

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

/* Options stand before and behind the address: what they send is known only now. */
void command_request(struct resolved *r)
{
	static const char *const signs[] = { "*/delete*", "*_delete*", "*doDelete*", "*/destroy*", "*/purge*", "*/terminate*" };
	static const struct field nowhere = { .text = "" };
	const struct field *address = r->address ? r->address : &nowhere;
	const char *method = r->method ? r->method->text : r->flags & CAP_UPLOAD ? "POST" : "GET";
	bool deletes = strcasecmp(method, "DELETE") == 0;

	if (r->sends_files && r->address && !r->sends_remote)
		effect_network(r->run, address, NETWORK_SEND, r->read_taint, r->read_origin);
	for (size_t i = 0; !deletes && strcasecmp(method, "GET") != 0 && i < sizeof(signs) / sizeof(*signs); i++)
		deletes = glob_match(signs[i], address->text, address->len);
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

/* curl's -d and -F: text, @file, name=@file; a value that came from a secret counts as one. */
void command_on_data(struct resolved *r, const struct field *word)
{
	const char *at = memchr(word->text, '@', word->len);
	struct field file = *word;

	if (r->method && !r->address && r->n_operands > 1 && word == r->operands[1]) {
		command_on_url(r, word);
		return;
	}
	r->read_taint |= word->taint;
	if (word->taint & TAINT_SECRET)
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
