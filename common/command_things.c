#include "config.h"
#include "common/command_handlers.h"

#include "common/printable.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* Operands that name neither files nor addresses: processes, containers, resources, contexts. */

/* What is mounted: the value of source or src in type=bind,src=/,dst=/h, whatever stands before it, else the beginning of /:/h. */
static const char *mount_source(const struct field *word)
{
	static const char *const keys[] = { "source=", "src=" };

	for (const char *at = word->text; *at; at += strcspn(at, ",\""), at += *at != '\0')
		for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
			if (strncmp(at, keys[i], strlen(keys[i])) == 0)
				return at + strlen(keys[i]);
	return word->text;
}

/* HOST:CONTAINER[:ro]: what of this machine the container sees. */
void command_on_mount(struct resolved *r, const struct field *word)
{
	static const char socket_name[] = "docker.sock";
	const char *from = mount_source(word);
	struct field path = *word;
	struct target target;
	struct run *run = r->run;

	path.len = (uint32_t)strcspn(from, ":,\"");
	path.text = arena_dup(run->arena, from, path.len);
	if (!path.text || (path.text[0] != '/' && path.text[0] != '.' && path.text[0] != TEXT_UNKNOWN))
		return; /* a named volume */
	place_path(run->arena, &run->context->place, run->cwd, path.text, path.len, &target);
	if (target.place == PLACE_WORKSPACE || target.place == PLACE_TEMPORARY)
		return;
	effect_finding(run, "container.mount",
	               target.kind == TARGET_HOME || target.kind == TARGET_OUTSIDE || target.kind == TARGET_UNKNOWN ? RISK_MEDIUM : RISK_HIGH,
	               target.place, strstr(path.text, socket_name) || target.kind == TARGET_ROOT ? CAP_CONTAINER_ESCAPE : 0, word->span,
	               printable_join(run->arena, "lets the container reach ", printable_quote(run->arena, path.text, path.len),
	                              " of this machine", NULL),
	               "mount the project's folder only");
}

void command_on_context(struct resolved *r, const struct field *word)
{
	if (!(r->flags & (CAP_REMOTE_STATE | CAP_DESTRUCTIVE)) || !strcasestr(word->text, "prod"))
		return;
	effect_finding(r->run, "remote.production", RISK_HIGH, PLACE_REMOTE, CAP_REMOTE_STATE, word->span,
	               printable_join(r->run->arena, "changes something in production (",
	                              printable_quote(r->run->arena, word->text, word->len), ")", NULL),
	               NULL);
}

static const char *const services[] = {
#define SERVICE(name) name,
#include "common/services.def"
#undef SERVICE
};

static bool is_word_byte(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '.';
}

/* The service that the line names, or NULL. */
static const char *service_in(const char *text, size_t len)
{
	for (size_t i = 0; i < sizeof(services) / sizeof(*services); i++) {
		size_t n = strlen(services[i]);
		const char *at = memmem(text, len, services[i], n);

		if (at && (at == text || !is_word_byte(at[-1])) && (at + n == text + len || !is_word_byte(at[n])))
			return services[i];
	}
	return NULL;
}

/* kill $pid: whose number that is was looked for by a name that the line holds. */
void command_on_pid(struct resolved *r, const struct field *word)
{
	const char *service = word->unknown ? service_in(r->run->root_text, r->run->root_len) : NULL;

	if (r->flags & CAP_PROCESS && word->unknown && memory_names_guard(r->run->root_text, r->run->root_len))
		effect_finding(r->run, "guard.administration", RISK_CRITICAL, PLACE_GUARD, CAP_PROCESS | CAP_SYSTEM, word->span,
		               "may end the guard, which this line looks for by name", NULL);
	if (r->flags & CAP_PROCESS)
		memory_kills(r->run, word);

	if (service && r->flags & CAP_PROCESS)
		effect_finding(r->run, "kill.service", RISK_HIGH, PLACE_SYSTEM, CAP_PROCESS | CAP_SYSTEM, word->span,
		               printable_join(r->run->arena, "may end ", service, ", which others on this machine need", NULL),
		               "restart the service with its manager");
}

/* docker rmi $(docker images -q) */
void command_on_image(struct resolved *r, const struct field *word)
{
	if (r->flags & CAP_NETWORK)
		memory_installs(r->run, word);
	if (word->unknown && r->flags & CAP_DESTRUCTIVE)
		effect_finding(r->run, "container.delete-many", RISK_HIGH, PLACE_SYSTEM, CAP_DESTRUCTIVE | CAP_BULK, word->span,
		               "deletes what is only known when it runs", "name what is to be deleted");
}

/* xargs redis-cli del */
void command_on_resource(struct resolved *r, const struct field *word)
{
	if (word->unknown && r->flags & CAP_DESTRUCTIVE)
		effect_finding(r->run, "remote.delete-unknown", RISK_HIGH, PLACE_REMOTE, CAP_DESTRUCTIVE | CAP_BULK, word->span,
		               "deletes what is only known when it runs", "look at the list first, and name what is to be deleted");
}
