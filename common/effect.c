#include "config.h"
#include "common/run.h"

#include "common/printable.h"

#include <string.h>

#define FINDINGS_MAX 256 /* kept; what is beyond still counts for risk and place */

static const struct {
	const char *name;
	uint32_t caps;
} actions[ACTION_COUNT] = {
#define ACTION(ID, name, caps) [ACTION_##ID] = { name, caps },
#include "common/actions.def"
#undef ACTION
};

static const struct {
	const char *cells;
	uint32_t caps;
} effects[TARGET_COUNT] = {
#define EFFECT(ID, cells, caps) [TARGET_##ID] = { cells, caps },
#include "common/effects.def"
#undef EFFECT
};

static const struct {
	const char *help;
} targets[TARGET_COUNT] = {
#define TARGET(ID, name, place, help) [TARGET_##ID] = { help },
#include "common/targets.def"
#undef TARGET
};

static const char *const action_rules[ACTION_COUNT] = {
	[ACTION_READ] = "read", [ACTION_WRITE] = "write", [ACTION_APPEND] = "append", [ACTION_CREATE] = "create",
	[ACTION_DELETE] = "delete", [ACTION_MOVE] = "move", [ACTION_MODE] = "mode", [ACTION_EXEC] = "exec",
	[ACTION_UPLOAD] = "upload", [ACTION_DEVICE_WRITE] = "device",
};

static enum risk cell_risk(enum action action, enum target_kind kind, bool bulk)
{
	switch (effects[kind].cells[3 * action + bulk]) {
	case 'S':
		return RISK_SAFE;
	case 'L':
		return RISK_LOW;
	case 'M':
		return RISK_MEDIUM;
	case 'H':
		return RISK_HIGH;
	default:
		return RISK_CRITICAL;
	}
}

/* Where it happens: on the other side all is remote, but secrets, the guard and what nobody can tell stay what they are. */
static enum place place_here(const struct run *run, enum place place)
{
	return run->elsewhere && place != PLACE_SECRET && place != PLACE_GUARD && place != PLACE_UNKNOWN ? PLACE_REMOTE : place;
}

/* What is easy to get back here is a change of something shared on another machine. */
static enum risk risk_here(const struct run *run, enum risk risk)
{
	return run->machine && risk == RISK_MEDIUM ? RISK_HIGH : risk;
}

/* The riskiest tool is what the call is; the riskiest of its targets what it is about. */
static void note_act(struct run *run, enum risk risk, const char *target, size_t len)
{
	struct analysis_act *act = &run->out->act;

	if (!run->tool)
		return;
	if (!act->tool || risk > act->risk)
		*act = (struct analysis_act){ run->tool, run->tool_len, target, len, risk };
	else if (!act->target && act->tool == run->tool) {
		act->target = target;
		act->target_len = len;
	}
}

void effect_note(struct run *run, uint32_t caps, enum risk risk, enum place place)
{
	struct analysis *out = run->out;

	place = place_here(run, place);
	risk = risk_here(run, risk);
	out->caps |= caps & ~CAPS_RISK_MASK;
	out->exposure[risk] |= (uint8_t)(1u << place);
	if (risk > out->risk)
		out->risk = risk;
	note_act(run, risk, NULL, 0);
	if (run->current) {
		run->current->caps |= caps & ~CAPS_RISK_MASK;
		if (risk > run->current->risk)
			run->current->risk = risk;
	}
}

/* A key of what the call is after: FNV-1a of the sort of goal and of its target, without trailing globs. */
static void note_goal(struct run *run, const char *sort, const char *target, size_t len)
{
	struct analysis *out = run->out;
	uint64_t key = UINT64_C(0xcbf29ce484222325);

	while (len > 1 && (target[len - 1] == TEXT_STAR || target[len - 1] == TEXT_ANY || target[len - 1] == '/'))
		len--;
	for (; *sort; sort++)
		key = (key ^ (uint8_t)*sort) * UINT64_C(0x100000001b3);
	for (size_t i = 0; i < len; i++)
		key = (key ^ (uint8_t)target[i]) * UINT64_C(0x100000001b3);
	for (uint32_t i = 0; i < out->n_goals; i++)
		if (out->goals[i] == key)
			return;
	if (out->n_goals < ANALYSIS_GOALS)
		out->goals[out->n_goals++] = key;
}

static bool same_finding(const struct finding *f, const char *rule, struct span span, enum risk risk)
{
	return f->risk >= risk && f->span.start == span.start && f->span.end == span.end && strcmp(f->rule, rule) == 0;
}

/* The same thing noted again: by nested text, by both sides of a branch. Only the latest are looked at, and all of an
 * earlier run. */
static bool noted_before(const struct run *run, const char *rule, struct span span, enum risk risk)
{
	for (const struct finding *f = run->second ? run->out->findings : NULL; f; f = f->next)
		if (same_finding(f, rule, span, risk))
			return true;
	for (size_t i = 0; i < RUN_RECENT; i++)
		if (run->recent[i] && same_finding(run->recent[i], rule, span, risk))
			return true;
	return false;
}

void effect_finding(struct run *run, const char *rule, enum risk risk, enum place place, uint32_t caps, struct span span,
                    const char *why, const char *safer)
{
	struct finding *finding;

	effect_note(run, caps, risk, place);
	if (run->nested)
		span = run->fixed;
	if (run->n_findings >= FINDINGS_MAX || noted_before(run, rule, span, risk))
		return;
	finding = arena_new(run->arena, struct finding);
	if (!finding)
		return;
	finding->rule = printable(run->arena, rule, strlen(rule), PRINTABLE_MAX);
	finding->why = printable(run->arena, why, strlen(why), 4 * PRINTABLE_MAX);
	finding->safer = safer && *safer ? printable(run->arena, safer, strlen(safer), 4 * PRINTABLE_MAX) : NULL;
	finding->span = span;
	finding->caps = caps & ~CAPS_RISK_MASK;
	finding->risk = risk_here(run, risk);
	finding->place = place_here(run, place);
	finding->earlier = run->earlier;
	*run->findings_tail = finding;
	run->findings_tail = &finding->next;
	run->recent[run->n_findings++ % RUN_RECENT] = finding;
	if (finding->risk >= RISK_HIGH && strncmp(rule, "fs.", 3) != 0 && strncmp(rule, "net.", 4) != 0)
		note_goal(run, "rule", rule, strlen(rule));
}

static void note_target(struct run *run, const char *action, const char *text, size_t len, const char *kind, enum place place,
                        enum risk risk)
{
	struct analysis_target *target;

	note_act(run, risk_here(run, risk), text, len);
	if (!run->current)
		return;
	target = arena_new(run->arena, struct analysis_target);
	if (!target)
		return;
	target->action = action;
	target->text = printable(run->arena, text, len, PRINTABLE_MAX);
	target->kind = kind;
	target->place = place;
	target->risk = risk;
	target->next = run->current->targets;
	run->current->targets = target;
}

/* "deletes '/etc/x' and all below it: a file or folder of the system" */
static const char *path_why(struct run *run, enum action action, const struct target *target, bool bulk,
                            const struct observation *link)
{
	struct arena *arena = run->arena;
	const char *what = target->detail ? target->detail : targets[target->kind].help;
	const char *seen = link ? printable_join(arena, "; ", printable_quote(arena, link->path, strlen(link->path)), " is a link to ",
	                                         printable_quote(arena, link->real, strlen(link->real)), NULL)
	                        : "";

	return printable_join(arena, actions[action].name, " ", printable_quote(arena, target->path, target->len),
	                      bulk ? " and all below it: " : ": ", what, run->elsewhere ? " (on the other side)" : "", seen, NULL);
}

static const char *path_safer(enum action action, const struct target *target)
{
	switch (target->kind) {
	case TARGET_UNKNOWN:
		return action == ACTION_READ ? NULL : "name the path in full, so that it can be judged";
	case TARGET_SECRET:
		return action == ACTION_READ ? "check that it is there with ls, or read only the names of its settings" : NULL;
	case TARGET_WORKSPACE_TOP:
		return action == ACTION_DELETE ? "name the folders to delete one by one" : NULL;
	case TARGET_HOME_TOP:
	case TARGET_ANCESTOR:
	case TARGET_ROOT:
		return action == ACTION_DELETE ? "name the one folder that is to go" : NULL;
	default:
		return NULL;
	}
}

static bool matters(const struct target *target, enum risk risk)
{
	return risk >= RISK_MEDIUM || (risk > RISK_SAFE && target->place == PLACE_GUARD);
}

/* link: path is what it leads to; NULL: path is as it was written. */
static struct target judge_path(struct run *run, enum action action, const struct field *path, bool bulk, enum risk least,
                                const struct observation *link)
{
	static const struct place_context other_side = { .home = "/root" }; /* in a container its user is as good as always root */
	struct target target;
	enum risk risk;
	uint32_t caps = actions[action].caps;

	place_path(run->arena, run->elsewhere ? &other_side : &run->context->place, run->cwd, path->text, path->len, &target);
	if (run->elsewhere && target.place == PLACE_UNKNOWN)
		target.place = PLACE_REMOTE;
	bulk = bulk || (target.wide && action != ACTION_READ) || target.contents;
	risk = cell_risk(action, target.kind, bulk);
	if (risk < least)
		risk = least;
	if (action != ACTION_READ && action != ACTION_EXEC && action != ACTION_UPLOAD && risk > RISK_LOW)
		caps |= effects[target.kind].caps;
	if (bulk && action != ACTION_READ)
		caps |= CAP_BULK;
	if (target.kind == TARGET_SECRET && (action == ACTION_READ || action == ACTION_UPLOAD))
		caps |= CAP_SECRET_READ;
	if (action == ACTION_EXEC && (target.place == PLACE_WORKSPACE || target.place == PLACE_TEMPORARY))
		caps |= CAP_EXEC_WORKSPACE;
	note_target(run, actions[action].name, target.path, target.len, target_kind_name(target.kind), target.place, risk);
	if (target.kind == TARGET_SECRET || (risk >= RISK_MEDIUM && action != ACTION_READ && action != ACTION_EXEC))
		note_goal(run, target.kind == TARGET_SECRET ? "read" : "change", target.path, target.len);
	if (!matters(&target, risk) || run->n_findings >= FINDINGS_MAX) {
		effect_note(run, caps, risk, target.place);
		return target;
	}
	effect_finding(run, printable_join(run->arena, "fs.", action_rules[action], ".", target_kind_name(target.kind), NULL), risk,
	               target.place, caps, path->span, path_why(run, action, &target, bulk, link), path_safer(action, &target));
	return target;
}

void effect_path(struct run *run, enum action action, const struct field *path, bool bulk, enum risk least)
{
	struct target target = judge_path(run, action, path, bulk, least, NULL);
	const struct observation *link;
	struct field real;
	uint64_t request;

	if (look_along(run, action, path, &target, &link, &real))
		judge_path(run, action, &real, bulk, least, link);
	for (uint32_t i = 0; i < RUN_LINKS_MAX && look_made(run, action, path, i, &link, &real, &request); i++) {
		run->earlier = request;
		judge_path(run, action, &real, bulk, least, link);
		run->earlier = 0;
	}
}

static bool is_inside(const char *path, const char *folder)
{
	size_t len = strlen(folder);

	return strncmp(path, folder, len) == 0 && (!path[len] || path[len] == '/');
}

void effect_repository(struct run *run, struct span span)
{
	static const struct target repository = { .kind = TARGET_VCS, .place = PLACE_WORKSPACE };
	const struct place_context *context = &run->context->place;

	for (size_t i = 0; run->cwd && i < context->n_workspaces; i++) {
		const char *workspace = context->workspaces[i];
		const struct observation *link;
		struct field git = { .span = span }, real;

		if (!is_inside(run->cwd, workspace))
			continue;
		git.text = printable_join(run->arena, workspace, "/.git", NULL);
		git.len = (uint32_t)strlen(git.text);
		if (look_along(run, ACTION_WRITE, &git, &repository, &link, &real) && !is_inside(real.text, workspace))
			judge_path(run, ACTION_WRITE, &real, false, RISK_SAFE, link);
	}
}

static const struct {
	const char *name;
	enum place place;
	enum risk risks[NETWORK_USES];
} hosts[] = {
	[HOST_UNKNOWN] = { "unknown host", PLACE_REMOTE, { RISK_LOW, RISK_MEDIUM, RISK_HIGH } },
	[HOST_LOOPBACK] = { "this machine", PLACE_WORKSPACE, { RISK_LOW, RISK_LOW, RISK_LOW } },
	[HOST_PRIVATE] = { "private host", PLACE_REMOTE, { RISK_LOW, RISK_MEDIUM, RISK_HIGH } },
	[HOST_PUBLIC] = { "public host", PLACE_REMOTE, { RISK_LOW, RISK_MEDIUM, RISK_HIGH } },
	[HOST_METADATA] = { "cloud metadata", PLACE_SECRET, { RISK_HIGH, RISK_HIGH, RISK_HIGH } },
};

static void secret_leaves(struct run *run, const struct field *address, const struct host *host, const char *origin)
{
	const char *from = origin ? printable_quote(run->arena, origin, strlen(origin)) : "a secret";
	const char *to = printable(run->arena, host->name, host->len, PRINTABLE_MAX);
	bool local = host->kind == HOST_LOOPBACK;

	effect_finding(run, "flow.secret-network", local ? RISK_HIGH : RISK_CRITICAL, PLACE_SECRET,
	               CAP_UPLOAD | CAP_SECRET_READ | CAP_NETWORK, address->span,
	               printable_join(run->arena, "sends ", from, " to ", *to ? to : "another machine",
	                              ": secrets must not leave this machine", NULL),
	               NULL);
}

void effect_sending(struct run *run, const struct host *host)
{
	const char *dot = memchr(host->name, '.', host->len);
	size_t rest = dot ? host->len - (size_t)(dot + 1 - host->name) : 0;

	note_goal(run, "send", host->name, host->len);
	if (rest && memchr(dot + 1, '.', rest) && host->kind == HOST_PUBLIC && memory_coded_label(host))
		note_goal(run, "send", dot + 1, rest);
}

void effect_network(struct run *run, const struct field *address, enum network_use use, uint8_t taint, const char *origin)
{
	bool upload = use != NETWORK_FETCH;
	uint32_t caps = CAP_NETWORK | (upload ? CAP_UPLOAD : 0);
	struct host host;
	const char *name;
	enum risk risk;

	place_host(address->text, address->len, &host);
	risk = hosts[host.kind].risks[use];
	name = printable(run->arena, host.name, host.len, PRINTABLE_MAX);
	note_target(run, upload ? "send to" : "contact", host.name, host.len, hosts[host.kind].name, hosts[host.kind].place, risk);
	effect_note(run, caps, risk, hosts[host.kind].place);
	if (host.kind != HOST_LOOPBACK && (upload || memory_address_speaks(address, &host)))
		effect_sending(run, &host);
	if (upload && (taint & TAINT_SECRET))
		secret_leaves(run, address, &host, origin);
	if (upload)
		memory_sends(run, &host, address->span);
	else
		memory_asks(run, address, &host);
	if (host.kind == HOST_METADATA)
		effect_finding(run, "net.metadata", RISK_HIGH, PLACE_SECRET, caps | CAP_SECRET_READ, address->span,
		               "asks the cloud's metadata service, which hands out this machine's credentials", NULL);
	else if (upload && risk >= RISK_MEDIUM)
		effect_finding(run, "net.upload", risk, hosts[host.kind].place, caps, address->span,
		               printable_join(run->arena, use == NETWORK_SEND ? "sends what files or commands hold to " : "sends data to ",
		                              *name ? name : "another machine", NULL),
		               NULL);
}

void effect_request(struct run *run, const struct field *address, const char *method, struct span span)
{
	struct host host;
	bool own;

	place_host(address->text, address->len, &host);
	memory_sends(run, &host, span);
	own = host.kind == HOST_LOOPBACK && !place_is_data_service(address->text, address->len);
	effect_finding(run, "http.delete", own ? RISK_MEDIUM : RISK_HIGH, hosts[host.kind].place, CAP_NETWORK | CAP_REMOTE_STATE, span,
	               printable_join(run->arena, method, " request: deletes something on ",
	                              own ? "this machine's service" : printable(run->arena, host.name, host.len, PRINTABLE_MAX), NULL),
	               "ask for it with GET first, and let a person delete it");
}
