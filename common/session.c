#include "config.h"
#include "common/session_internal.h"

#include <string.h>

#define NAMED (MARK_USER | MARK_TOOL_OUTPUT | MARK_MENTIONED)

void session_init(struct session *session, const uint64_t seed[2])
{
	memset(session, 0, sizeof(*session));
	session->seed[0] = seed[0];
	session->seed[1] = seed[1];
}

/* Folded multiplication, keyed; after wyhash (Wang Yi, 2020). */
static uint64_t fold(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Up to eight bytes, without a loop; shorter texts differ by their length, which is hashed too. */
static uint64_t load_short(const char *text, size_t len)
{
	uint32_t first, last;

	if (len >= 4) {
		memcpy(&first, text, 4);
		memcpy(&last, text + len - 4, 4);
		return first | (uint64_t)last << 32;
	}
	return len ? (uint8_t)text[0] | (uint64_t)(uint8_t)text[len / 2] << 8 | (uint64_t)(uint8_t)text[len - 1] << 16 : 0;
}

uint64_t session_key(const uint64_t seed[2], enum mark_kind kind, const char *text, size_t len)
{
	uint64_t hash = seed[0] ^ ((uint64_t)kind << 56) ^ len, secret = seed[1] | 1, word;
	size_t i;

	for (i = 0; i + 8 < len; i += 8) {
		memcpy(&word, text + i, 8);
		hash = fold(hash ^ word, secret);
	}
	if (len >= 8)
		memcpy(&word, text + len - 8, 8); /* overlaps what came before */
	else
		word = load_short(text, len);
	hash = fold(fold(hash ^ word, secret), secret ^ UINT64_C(0x9e3779b97f4a7c15));
	return hash ? hash : 1;
}

static struct session_mark *find_key(const struct session *session, uint64_t key)
{
	const struct session_mark *set = session->marks[key % SESSION_SETS];

	for (int i = 0; i < SESSION_WAYS; i++)
		if (set[i].key == key && set[i].flags)
			return (struct session_mark *)&set[i];
	return NULL;
}

const struct session_mark *session_find(const struct session *session, enum mark_kind kind, const char *text, size_t len)
{
	return find_key(session, session_key(session->seed, kind, text, len));
}

/* What was only named goes first, then what is oldest. */
static bool goes_before(const struct session_mark *a, const struct session_mark *b)
{
	bool named_a = !(a->flags & ~NAMED), named_b = !(b->flags & ~NAMED);

	return named_a != named_b ? named_a : a->used < b->used;
}

static struct session_mark *make_room(struct session *session, uint64_t key)
{
	struct session_mark *set = session->marks[key % SESSION_SETS], *place = &set[0];

	for (int i = 0; i < SESSION_WAYS && place->flags; i++)
		if (!set[i].flags || goes_before(&set[i], place))
			place = &set[i];
	session->forgotten += place->flags != 0;
	*place = (struct session_mark){ .key = key };
	return place;
}

static struct session_mark *mark(struct session *session, enum mark_kind kind, uint64_t key, uint16_t flags, uint64_t request)
{
	struct session_mark *place = find_key(session, key);

	if (!place)
		place = make_room(session, key);
	place->kind = (uint8_t)kind;
	place->flags |= flags;
	place->request = request;
	place->used = ++session->clock;
	return place;
}

static bool is_suspect(uint16_t flags, enum risk risk)
{
	return risk >= RISK_HIGH || flags & (MARK_DOWNLOADED | MARK_DECODED);
}

/* What runs without being named: something risky stays until that file is written anew. */
static void note_loaded(struct session *session, const struct analysis_mark *wanted, uint64_t key, uint64_t request)
{
	bool suspect = is_suspect(wanted->flags, wanted->loads);
	const char *slash = strrchr(wanted->text, '/');
	size_t folder_len = slash ? (size_t)(slash - wanted->text) : 0;

	for (uint32_t i = 0; i < ANALYSIS_LOADERS_MAX; i++) {
		struct session_loaded *at = &session->loaded[i];

		if (!(wanted->loaders >> i & 1) || (!suspect && (at->key != key || wanted->adds)))
			continue;
		if (session->loaders >> i & 1 && at->request == request)
			continue; /* the first of a call: cp x Makefile may also have made Makefile/x, were that a folder */
		*at = (struct session_loaded){ key, session_key(session->seed, MARK_FOLDER, wanted->text, folder_len), request, wanted->flags,
			                       (uint8_t)wanted->loads };
		session->loaders = suspect ? session->loaders | 1u << i : session->loaders & ~(1u << i);
	}
}

bool session_is_folder(const struct session *session, const struct session_loaded *loaded, const char *path, size_t len)
{
	return loaded->folder == session_key(session->seed, MARK_FOLDER, path, len);
}

const struct session_link *session_link(const struct session *session, const char *path, size_t len)
{
	uint64_t key = session->n_links ? session_key(session->seed, MARK_LINK, path, len) : 0;

	for (uint32_t i = 0; i < SESSION_LINKS && i < session->n_links; i++)
		if (session->links[i].key == key)
			return &session->links[i];
	return NULL;
}

static void take_link(struct session *session, const struct analysis_mark *wanted, uint64_t request)
{
	struct session_link *link = (struct session_link *)session_link(session, wanted->text, strlen(wanted->text));
	size_t len = strlen(wanted->real);

	if (len >= SESSION_LINK_MAX)
		return;
	if (!link)
		link = &session->links[session->n_links++ % SESSION_LINKS];
	link->key = session_key(session->seed, MARK_LINK, wanted->text, strlen(wanted->text));
	link->request = request;
	memcpy(link->real, wanted->real, len + 1);
}

static void take(struct session *session, const struct analysis_mark *wanted, uint64_t request)
{
	uint64_t key = session_key(session->seed, wanted->kind, wanted->text, strlen(wanted->text));
	struct session_mark *before = find_key(session, key);

	if (wanted->kind == MARK_LINK) {
		take_link(session, wanted, request);
		return;
	}
	if (wanted->kind == MARK_SECRET) {
		session->secret_request = request;
		session->secret_call = session->calls;
	}
	if (wanted->kind == MARK_GUARD) {
		session->guard_request = request;
		session->guard_call = session->calls;
	}
	if (wanted->flags & MARK_KEPT)
		session->kept_request = wanted->from ? wanted->from : request;
	if (wanted->loaders)
		note_loaded(session, wanted, key, request);
	if (before && wanted->kind == MARK_FILE && !wanted->adds) {
		before->flags &= NAMED;
		before->risk = RISK_SAFE;
	}
	session->suspects += wanted->kind == MARK_FILE && is_suspect(wanted->flags, wanted->risk);
	before = mark(session, wanted->kind, key, wanted->flags, wanted->from ? wanted->from : request);
	if (wanted->risk > before->risk)
		before->risk = (uint8_t)wanted->risk;
}

void session_event(struct session *session, const struct analysis *analysis, uint64_t request)
{
	session->calls++;
	session->outside = analysis->caps & CAP_NETWORK;
	for (const struct analysis_mark *wanted = analysis->marks; wanted; wanted = wanted->next)
		take(session, wanted, request);
}

/* What another machine says, or what reads like a request, speaks for others; the rest of a tool's output only mentions. */
static uint16_t named_flag(const struct session *session, enum session_origin origin, const struct session_target *target)
{
	if (origin == SESSION_ORIGIN_USER)
		return MARK_USER;
	return session->outside || target->asked || target->kind == MARK_HOST ? MARK_TOOL_OUTPUT : MARK_MENTIONED;
}

void session_note(struct session *session, enum session_origin origin, const struct session_targets *targets, uint64_t request)
{
	session->notes++;
	for (uint32_t i = 0; i < targets->n; i++) {
		const struct session_target *target = &targets->list[i];
		struct session_mark *before = find_key(session, target->key);
		uint16_t flag = named_flag(session, origin, target);

		/* what a call did to it, and the first who named it, say more than one more mention */
		if (!before)
			mark(session, target->kind, target->key, flag, request);
		else if (origin == SESSION_ORIGIN_USER || !(before->flags & MARK_MENTIONED) || before->request == request)
			before->flags |= flag;
	}
}

bool session_forget(struct session *session, uint64_t request)
{
	bool any = false;

	for (int set = 0; set < SESSION_SETS; set++)
		for (int way = 0; way < SESSION_WAYS; way++) {
			struct session_mark *at = &session->marks[set][way];

			if (at->request != request || !(at->flags & ~NAMED))
				continue;
			at->flags &= NAMED;
			at->risk = RISK_SAFE;
			any = true;
		}
	session->secret_request = session->secret_request == request ? 0 : session->secret_request;
	session->kept_request = session->kept_request == request ? 0 : session->kept_request;
	for (uint32_t i = 0; i < SESSION_LINKS; i++)
		if (session->links[i].request == request)
			session->links[i].key = 0;
	for (uint32_t i = 0; i < ANALYSIS_LOADERS_MAX; i++)
		if (session->loaded[i].request == request)
			session->loaders &= ~(1u << i);
	return any;
}

unsigned session_count(const struct session *session, enum mark_kind kind, uint16_t flags)
{
	unsigned n = 0;

	for (int set = 0; set < SESSION_SETS; set++)
		for (int way = 0; way < SESSION_WAYS; way++)
			n += session->marks[set][way].kind == kind && session->marks[set][way].flags & flags;
	return n;
}
