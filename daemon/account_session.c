#include "config.h"
#include "daemon/account_session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SESSION_IDLE_MS (INT64_C(24) * 60 * 60 * 1000)
#define MINUTE_MS 60000

void account_init_sessions(struct account *account, struct accounts *all)
{
	account->all = all;
	pthread_mutex_init(&account->sessions_mutex, NULL);
}

void account_free_sessions(struct account *account)
{
	for (size_t i = 0; i < ACCOUNT_SESSIONS; i++) {
		account->all->sessions -= account->sessions[i].session != NULL;
		free(account->sessions[i].session);
	}
	pthread_mutex_destroy(&account->sessions_mutex);
}

static struct account_session *find(struct account_session *sessions, const char *name, int64_t now_ms)
{
	for (size_t i = 0; i < ACCOUNT_SESSIONS; i++)
		if (sessions[i].session && strcmp(sessions[i].name, name) == 0)
			return now_ms - sessions[i].used_ms > SESSION_IDLE_MS ? NULL : &sessions[i];
	return NULL;
}

const struct session *account_find_session(const struct account *account, const char *name, int64_t now_ms)
{
	const struct account_session *at = find(((struct account *)account)->sessions, name, now_ms);

	return at ? at->session : NULL;
}

const struct session *account_copy_session(struct account *account, const char *name, int64_t now_ms, struct arena *arena)
{
	struct session *copy = arena_alloc(arena, sizeof(*copy));
	const struct account_session *at;

	if (!copy)
		return NULL;
	pthread_mutex_lock(&account->sessions_mutex);
	at = find(account->sessions, name, now_ms);
	if (at)
		*copy = *at->session;
	pthread_mutex_unlock(&account->sessions_mutex);
	return at ? copy : NULL;
}

/* Where a session of a name that is not there goes: an empty place, or that of the one idle longest. */
static struct account_session *make_place(struct account *account)
{
	bool may_grow = account->all->sessions < ACCOUNTS_SESSIONS;
	struct account_session *place = NULL;

	for (size_t i = 0; i < ACCOUNT_SESSIONS; i++) {
		struct account_session *at = &account->sessions[i];

		if (!at->session && may_grow) {
			at->session = malloc(sizeof(*at->session));
			account->all->sessions += at->session != NULL;
			return at->session ? at : place;
		}
		if (at->session && (!place || at->used_ms < place->used_ms))
			place = at;
	}
	return place;
}

/* With the mutex held. */
static struct session *get(struct account *account, const char *name, const uint64_t seed[2], int64_t now_ms)
{
	struct account_session *at = find(account->sessions, name, now_ms);

	if (!at) {
		at = make_place(account);
		if (!at)
			return NULL;
		session_init(at->session, seed);
		memset(at->calls, 0, sizeof(at->calls));
		snprintf(at->name, sizeof(at->name), "%s", name);
	}
	at->used_ms = now_ms;
	return at->session;
}

bool account_session_event(struct account *account, const char *name, const uint64_t seed[2], const struct analysis *analysis,
                           uint64_t request, int64_t now_ms)
{
	struct session *session;

	pthread_mutex_lock(&account->sessions_mutex);
	session = get(account, name, seed, now_ms);
	if (session)
		session_event(session, analysis, request);
	pthread_mutex_unlock(&account->sessions_mutex);
	return session != NULL;
}

bool account_session_note(struct account *account, const char *name, const uint64_t seed[2], enum session_origin origin,
                          const struct session_targets *targets, uint64_t request, int64_t now_ms)
{
	struct session *session;

	pthread_mutex_lock(&account->sessions_mutex);
	session = get(account, name, seed, now_ms);
	if (session)
		session_note(session, origin, targets, request);
	pthread_mutex_unlock(&account->sessions_mutex);
	return session != NULL;
}

bool account_session_forget(struct account *account, const char *name, uint64_t request, int64_t now_ms)
{
	struct account_session *at = find(account->sessions, name, now_ms);
	bool any;

	pthread_mutex_lock(&account->sessions_mutex);
	any = at && session_forget(at->session, request);
	pthread_mutex_unlock(&account->sessions_mutex);
	return any;
}

void account_session_name_call(struct account *account, const char *name, const char *call, uint64_t request, int64_t now_ms)
{
	struct account_session *at = find(account->sessions, name, now_ms);
	struct account_session_call *place;

	if (!at || strlen(call) >= sizeof(place->name))
		return;
	place = &at->calls[at->next_call++ % ACCOUNT_SESSION_CALLS];
	place->request = request;
	snprintf(place->name, sizeof(place->name), "%s", call);
}

uint64_t account_session_called(struct account *account, const char *name, const char *call, int64_t now_ms)
{
	const struct account_session *at = find(account->sessions, name, now_ms);

	for (size_t i = 0; at && i < ACCOUNT_SESSION_CALLS; i++)
		if (at->calls[i].request && strcmp(at->calls[i].name, call) == 0)
			return at->calls[i].request;
	return 0;
}

bool account_may_note(struct account *account, size_t len, int64_t now_ms)
{
	if (now_ms < account->notes_since_ms || now_ms - account->notes_since_ms >= MINUTE_MS) {
		account->notes_since_ms = now_ms;
		account->notes_bytes = 0;
	}
	if (len > ACCOUNT_NOTES_BYTES_A_MINUTE - account->notes_bytes)
		return false;
	account->notes_bytes += len;
	return true;
}
