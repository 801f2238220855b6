#include "config.h"

#include "daemon/trust.h"

#include "daemon/platform.h"

#include <stdio.h>
#include <string.h>

#define ANCESTORS_MAX 64
#define NAME_SHOWN 15 /* bytes of a program's name that Linux keeps */

void trust_init(struct trust *trust, const struct conf *conf, uid_t daemon_uid)
{
	memset(trust, 0, sizeof(*trust));
	trust->daemon_uid = daemon_uid;
	if (conf->mode == CONF_MODE_AUTO)
		trust->guarding = daemon_uid < platform_first_user_uid();
	else
		trust->guarding = conf->mode == CONF_MODE_GUARDING;
}

void trust_add_host(struct trust *trust, pid_t pid)
{
	struct platform_process process;

	if (pid <= 0 || platform_process(pid, &process) < 0)
		return;
	for (unsigned i = 0; i < TRUST_HOSTS; i++)
		if (trust->hosts[i].pid == pid && trust->hosts[i].start == process.start)
			return;
	trust->hosts[trust->next_host] = (struct trust_host){ pid, process.start };
	trust->next_host = (trust->next_host + 1) % TRUST_HOSTS;
}

/* True when name (cut by the system to NAME_SHOWN bytes) is one of the words. */
static bool name_in(const char *words, const char *name)
{
	size_t len = strnlen(name, NAME_SHOWN);

	for (const char *p = words; *p;) {
		size_t n = strcspn(p, " ");

		if ((n < NAME_SHOWN ? n : NAME_SHOWN) == len && memcmp(p, name, len) == 0)
			return true;
		p += n;
		p += strspn(p, " ");
	}
	return false;
}

static bool is_host(const struct trust *trust, const struct conf *conf, const struct platform_process *process)
{
	for (unsigned i = 0; i < TRUST_HOSTS; i++)
		if (trust->hosts[i].pid == process->pid && trust->hosts[i].start == process->start)
			return true;
	return name_in(conf->hosts, process->name);
}

/* Walks from the process up to the first one of the system. What cannot be seen counts as no person. */
static bool is_person(const struct trust *trust, const struct conf *conf, pid_t pid, char *why, size_t why_size)
{
	struct platform_process process;

	if (pid <= 0 || platform_process(pid, &process) < 0) {
		snprintf(why, why_size, "the system does not say which process asks");
		return false;
	}
	if (!process.terminal) {
		snprintf(why, why_size, "the process has no terminal: a person must ask, from a shell");
		return false;
	}
	for (int i = 0; i < ANCESTORS_MAX; i++) {
		if (is_host(trust, conf, &process)) {
			snprintf(why, why_size, "the process descends from the agent host \"%s\": a person must ask, from an own shell",
			         process.name);
			return false;
		}
		if (process.parent <= 1)
			return true;
		if (platform_process(process.parent, &process) < 0)
			break;
	}
	snprintf(why, why_size, "the system does not say where the process comes from");
	return false;
}

static bool may_administrate(const struct trust *trust, const struct conf *conf, const struct peer *peer, char *why,
                             size_t why_size)
{
	if (peer->greeted) {
		snprintf(why, why_size, "this connection belongs to an agent host; a person must ask, from an own shell");
		return false;
	}
	if (peer->uid == 0)
		return true;
	if (!trust->guarding && peer->uid != trust->daemon_uid) {
		snprintf(why, why_size, "only the user who runs this daemon, and root, may do that");
		return false;
	}
	if (trust->guarding && !platform_in_group(peer->uid, conf->admin_group)) {
		snprintf(why, why_size, "only root and members of the group \"%s\" may do that", conf->admin_group);
		return false;
	}
	return is_person(trust, conf, peer->pid, why, why_size);
}

bool trust_permits(const struct trust *trust, const struct conf *conf, const struct peer *peer,
                   enum protocol_permission permission, char *why, size_t why_size)
{
	return permission != PROTOCOL_ADMIN || may_administrate(trust, conf, peer, why, why_size);
}

bool trust_sees_all(const struct trust *trust, const struct conf *conf, const struct peer *peer)
{
	char why[1];

	return peer->uid == 0 || (trust->guarding && may_administrate(trust, conf, peer, why, sizeof(why)));
}
