#include "config.h"
#include "common/command.h"
#include "common/memory.h"

#include "common/glob.h"
#include "common/printable.h"
#include "common/session_internal.h"

#include <ctype.h>
#include <string.h>

/* What leaves this machine, held against what the session read and who named where it goes. */

#define SECRET_FADES 50 /* calls after which what was read is not held against what is sent */
#define NAME_MAX 255

static const struct session_mark *find_lower(const struct session *session, enum mark_kind kind, const char *text, size_t len)
{
	char lower[NAME_MAX];

	if (len == 0 || len > sizeof(lower))
		return NULL;
	session_lower(text, len, lower);
	return session_find(session, kind, lower, len);
}

static const struct session_mark *find_host(const struct session *session, const struct host *host)
{
	char plain[PLACE_HOST_MAX];
	size_t len = place_host_plain(host, plain);

	return len ? session_find(session, MARK_HOST, plain, len) : NULL;
}

/* Named by others, and not by the user. */
static bool is_injected(const struct session_mark *mark)
{
	return mark && mark->flags & MARK_TOOL_OUTPUT && !(mark->flags & MARK_USER);
}

static void injected(struct run *run, const struct session_mark *mark, const char *rule, const char *does, const char *text, size_t len,
                     uint32_t caps, struct span span)
{
	if (is_injected(mark))
		memory_finding(run, mark->request, rule, RISK_HIGH, PLACE_REMOTE, caps, span,
		               printable_join(run->arena, does, printable_quote(run->arena, text, len), ", which only a tool's output named (note ",
		                              memory_call_text(run->arena, "", mark->request), "): nobody asked for that", NULL),
		               "ask the user whether that is wanted");
}

static void after_secret(struct run *run, const struct host *host, struct span span)
{
	const struct session *session = run->context->session;
	const struct session_mark *named = host ? find_host(session, host) : NULL;

	if (!session->secret_request || session->calls - session->secret_call > SECRET_FADES || (named && named->flags & MARK_USER))
		return;
	memory_finding(run, session->secret_request, "session.secret-network", RISK_HIGH, PLACE_REMOTE, CAP_UPLOAD | CAP_NETWORK, span,
	               printable_join(run->arena, "sends something away after a secret was read in call ",
	                              memory_call_text(run->arena, "", session->secret_request), NULL),
	               "let a person look at what is sent");
}

void memory_sends(struct run *run, const struct host *host, struct span span)
{
	const struct session *session = run->context->session;

	if (!session || run->elsewhere || host->kind == HOST_LOOPBACK)
		return;
	injected(run, find_host(session, host), "session.injected-host", "sends something to ", host->name, host->len,
	         CAP_UPLOAD | CAP_NETWORK, span);
	after_secret(run, host, span);
}

/* A label such as tq81mbslw02: words that a name server hears. */
static bool is_coded_label(const char *text, size_t len)
{
	size_t digits = 0, letters = 0;

	for (size_t i = 0; i < len; i++) {
		digits += isdigit((unsigned char)text[i]) != 0;
		letters += isalpha((unsigned char)text[i]) != 0;
	}
	return len >= 10 && digits >= 2 && letters >= 2 && digits + letters == len;
}

bool memory_coded_label(const struct host *host)
{
	return is_coded_label(host->name, strcspn(host->name, "./:"));
}

bool memory_address_speaks(const struct field *address, const struct host *host)
{
	const char *query = memchr(address->text, '?', address->len);

	return (query && query + 1 < address->text + address->len) || memchr(address->text, TEXT_UNKNOWN, address->len) ||
	       memory_coded_label(host);
}

void memory_asks(struct run *run, const struct field *address, const struct host *host)
{
	if (run->context->session && !run->elsewhere && host->kind != HOST_LOOPBACK && memory_address_speaks(address, host))
		after_secret(run, host, address->span);
}

void memory_installs(struct run *run, const struct field *word)
{
	size_t n = word->text[0] == '@' ? 1 : 0;

	n += strcspn(word->text + n, "@=<>~!^:[");
	if (run->context->session && !run->elsewhere)
		injected(run, find_lower(run->context->session, MARK_NAME, word->text, n), "session.injected-package", "installs ", word->text, n,
		         CAP_PACKAGE | CAP_NETWORK, word->span);
}

bool memory_lists_injected(const struct run *run, const char *path, const struct stream *content)
{
	static const char *const lists[] = { "*requirements*.txt", "*requirements*.in", "*/package.json", "*/Cargo.toml", "*/pyproject.toml", "*/Gemfile",
		                             "*/go.mod", "*/composer.json", "*/environment.y*ml", "*/Pipfile", "*/mix.exs", "*.csproj" };
	const struct session *session = run->context->session;
	bool list = false;

	for (size_t i = 0; session && i < sizeof(lists) / sizeof(*lists); i++)
		list |= glob_match(lists[i], path, strlen(path));
	for (uint32_t at = 0; list && at < content->len;) {
		uint32_t n = 0;

		while (at + n < content->len && (isalnum((unsigned char)content->text[at + n]) || strchr("-_./@", content->text[at + n])))
			n++;
		if (n > 2 && is_injected(find_lower(session, MARK_NAME, content->text + at, n)))
			return true;
		at += n + 1;
	}
	return false;
}

bool memory_user_named(const struct run *run, const struct field *address)
{
	const struct session *session = run->context->session;
	const struct session_mark *mark;
	struct host host;

	place_host(address->text, address->len, &host);
	mark = session ? find_host(session, &host) : NULL;
	return mark && mark->flags & MARK_USER;
}

/* --- names in what is sent --- */

/* A word that is more than a word of a language: it has a digit or a sign. */
static bool is_distinct(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (isdigit((unsigned char)text[i]) || strchr("-_.@/", text[i]))
			return len > 3;
	return false;
}

static bool check_name(struct run *run, const char *text, size_t len, struct span span)
{
	const struct session_mark *mark = is_distinct(text, len) ? find_lower(run->context->session, MARK_NAME, text, len) : NULL;

	if (!is_injected(mark))
		return false;
	injected(run, mark, "session.injected-target", "changes something for ", text, len, CAP_REMOTE_STATE | CAP_NETWORK, span);
	return true;
}

/* owner/repository in a longer path, and its parts. */
static bool check_path(struct run *run, const char *text, size_t len, struct span span)
{
	size_t last = 0, before = 0;

	for (size_t i = 0; i <= len; i++) {
		if (i < len && text[i] != '/')
			continue;
		if (check_name(run, text + last, i - last, span) || (last > before && check_name(run, text + before, i - before, span)))
			return true;
		before = last;
		last = i + 1;
	}
	return false;
}

/* pat@host.example: that a tool's output named its host is enough. */
static bool check_mail(struct run *run, const char *text, size_t len, struct span span)
{
	const char *at = memchr(text, '@', len);
	const struct session_mark *mark;
	struct host host;

	if (!at || at == text)
		return false;
	place_host(text, len, &host);
	mark = find_host(run->context->session, &host);
	injected(run, mark, "session.injected-target", "sends something for ", text, len, CAP_UPLOAD | CAP_NETWORK, span);
	return is_injected(mark);
}

static bool check_words(struct run *run, const struct field *word)
{
	for (size_t i = 0; i < word->len;) {
		size_t n = 0;

		while (i + n < word->len && !strchr(":=&,;\"'{}[]()", word->text[i + n]))
			n++;
		if (n && !memchr(word->text + i, ' ', n) &&
		    (check_name(run, word->text + i, n, word->span) || check_path(run, word->text + i, n, word->span) ||
		     check_mail(run, word->text + i, n, word->span)))
			return true;
		i += n + 1;
	}
	return false;
}

/* What tools of which little is known call their subcommands. */
static bool is_verb(const struct field *word)
{
	static const char *const verbs[] = { "install", "add", "package", "require", "pub", "i" };

	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		if (strcmp(word->text, verbs[i]) == 0)
			return true;
	return false;
}

/* --- a call as a whole --- */

static bool is_words(enum operand_kind kind)
{
	return kind == OPERAND_TEXT || kind == OPERAND_DATA || kind == OPERAND_RESOURCE || kind == OPERAND_REFSPEC || kind == OPERAND_REF ||
	       kind == OPERAND_ENDPOINT;
}

static enum operand_kind kind_of_operand(const struct resolved *r, uint32_t i)
{
	uint32_t k = i < r->n_kinds ? i : r->n_kinds - 1;

	return r->n_kinds ? (enum operand_kind)r->kinds[k].kind : OPERAND_NOTHING;
}

struct sent {
	bool words;
	bool repository; /* what a push sends */
	bool checked;
	uint8_t taint;
	const char *origin;
};

static void take_words(struct resolved *r, const struct field *word, enum operand_kind kind, bool changes, struct sent *sent)
{
	uint8_t taint = command_sent_taint(word, kind);

	sent->repository |= kind == OPERAND_REFSPEC;
	if (!is_words(kind))
		return;
	sent->words |= kind == OPERAND_DATA || (changes && kind != OPERAND_REFSPEC && kind != OPERAND_REF);
	if (taint & TAINT_SECRET && !sent->taint) {
		sent->taint = taint;
		sent->origin = word->origin;
	}
	if (r->run->context->session && !sent->checked && (changes || kind == OPERAND_DATA))
		sent->checked = check_words(r->run, word);
}

static void repository_leaves(struct run *run, struct span span)
{
	const struct session *session = run->context->session;

	if (session && session->kept_request)
		memory_finding(run, session->kept_request, "session.secret-network", RISK_HIGH, PLACE_REMOTE, CAP_UPLOAD | CAP_NETWORK, span,
		               printable_join(run->arena, "sends the repository, into whose folder call ",
		                              memory_call_text(run->arena, "", session->kept_request), " put a secret", NULL),
		               "look at what the commits hold: git log -p");
}

/* Names behind a word such as add or install, and all that a tool is given that does nothing else. */
static void check_installs(struct resolved *r)
{
	bool installs = r->flags & CAP_PACKAGE;

	if (r->run->elsewhere || (r->address && memory_user_named(r->run, r->address)))
		return;
	if (r->flags & CAP_PACKAGE && r->read_file)
		memory_ran(r->run, &r->read_file->content, r->call->span, "a list of packages");
	for (uint32_t i = 0; i < r->n_operands; i++)
		if (i < 2 && is_verb(r->operands[i]))
			installs = installs || r->flags & CAP_EXEC_WORKSPACE;
		else if (installs && kind_of_operand(r, i) == OPERAND_TEXT)
			memory_installs(r->run, r->operands[i]);
}

void memory_call(struct resolved *r)
{
	static const struct field nowhere = { .text = "" };
	const struct session *session = r->run->context->session;
	bool changes = r->flags & (CAP_REMOTE_STATE | CAP_UPLOAD) || r->run->sql_changes;
	struct sent sent = { 0 };
	struct host host = { .kind = HOST_UNKNOWN };

	if (session && r->flags & (CAP_PACKAGE | CAP_EXEC_WORKSPACE | CAP_NETWORK))
		check_installs(r);
	if (!(r->flags & CAP_NETWORK) || r->run->elsewhere)
		return;
	if (r->address)
		place_host(r->address->text, r->address->len, &host);
	if (host.kind == HOST_LOOPBACK)
		return;
	for (uint32_t i = 0; i < r->n_operands; i++)
		take_words(r, r->operands[i], kind_of_operand(r, i), changes, &sent);
	for (uint32_t i = 0; i < r->n_hits; i++)
		for (uint32_t v = 0; v < r->hits[i]->n_values; v++)
			take_words(r, &r->hits[i]->values[v], (enum operand_kind)r->hits[i]->kind, changes, &sent);
	if (sent.taint && changes)
		effect_network(r->run, r->address ? r->address : &nowhere, NETWORK_SEND, sent.taint, sent.origin);
	if (r->address && sent.words)
		effect_sending(r->run, &host);
	if (!session)
		return;
	if (r->address && (changes || r->flags & (CAP_PACKAGE | CAP_SECRET_READ)))
		injected(r->run, find_host(session, &host), "session.injected-host", "works with ", host.name, host.len, CAP_NETWORK,
		         r->address->span);
	if (sent.repository && changes)
		repository_leaves(r->run, r->call->span);
	else if (sent.words || (changes && r->run->sql_changes))
		after_secret(r->run, r->address ? &host : NULL, r->call->span);
}
