#include "config.h"
#include "common/explain.h"
#include "common/host.h"

#include <string.h>

#define SHOWN_MAX 100 /* commands, targets of one, flows, findings: more are counted */

/* --- for programs --- */

static void json_targets(struct json_writer *writer, const struct analysis_command *command)
{
	unsigned n = 0;

	json_key(writer, "targets");
	json_begin_array(writer);
	for (const struct analysis_target *t = command->targets; t && n < SHOWN_MAX; t = t->next, n++) {
		json_begin_object(writer);
		json_member_string(writer, "action", t->action);
		json_member_string(writer, "target", t->text);
		json_member_string(writer, "kind", t->kind);
		json_member_string(writer, "place", place_name(t->place));
		json_member_string(writer, "risk", risk_name(t->risk));
		json_end_object(writer);
	}
	json_end_array(writer);
}

static void json_commands(struct json_writer *writer, const struct analysis *analysis)
{
	unsigned n = 0;

	json_key(writer, "commands");
	json_begin_array(writer);
	for (const struct analysis_command *c = analysis->commands; c && n < SHOWN_MAX; c = c->next, n++) {
		json_begin_object(writer);
		json_member_string(writer, "tool", c->tool);
		json_member_string(writer, "text", c->text);
		json_member_u64(writer, "start", c->span.start);
		json_member_u64(writer, "end", c->span.end);
		json_member_bool(writer, "known", c->known);
		json_member_u64(writer, "depth", c->depth);
		json_member_string(writer, "risk", risk_name(c->risk));
		message_write_capabilities(writer, c->caps);
		json_targets(writer, c);
		json_end_object(writer);
	}
	json_end_array(writer);
}

static void json_flows(struct json_writer *writer, const struct analysis *analysis)
{
	unsigned n = 0;

	json_key(writer, "flows");
	json_begin_array(writer);
	for (const struct analysis_flow *f = analysis->flows; f && n < SHOWN_MAX; f = f->next, n++) {
		json_begin_object(writer);
		json_member_string(writer, "text", f->text);
		json_member_u64(writer, "start", f->span.start);
		json_member_u64(writer, "end", f->span.end);
		json_end_object(writer);
	}
	json_end_array(writer);
}

/* True when a cell of the table is behind the verdict: then risk and place mean something. */
static bool has_cell(const struct verdict *verdict)
{
	return verdict->verdict > VERDICT_ALLOW && verdict->decided_by != DECIDED_BY_BOUND && !verdict->why;
}

static void json_policy(struct json_writer *writer, const struct verdict *verdict)
{
	json_key(writer, "policy");
	json_begin_object(writer);
	json_member_string(writer, "profile", policy_profile_name(verdict->profile));
	json_member_string(writer, "standing", policy_tier_name(verdict->tier));
	json_member_string(writer, "level", policy_level_name(verdict->level));
	if (has_cell(verdict)) {
		json_member_string(writer, "risk", risk_name(verdict->risk));
		json_member_string(writer, "place", place_name(verdict->place));
	}
	json_end_object(writer);
}

void explain_json(struct json_writer *writer, const struct explanation *explanation)
{
	struct check_answer answer;

	check_answer_fill(&answer, explanation->analysis, explanation->verdict);
	message_write_check_members(writer, &answer);
	json_commands(writer, explanation->analysis);
	json_flows(writer, explanation->analysis);
	json_policy(writer, explanation->verdict);
}

/* --- for people --- */

struct painter {
	struct text *out;
	bool color;
};

static const char *const verdict_colors[] = { "\x1b[2m", "\x1b[1;32m", "\x1b[1;33m", "\x1b[1;31m" };
static const char *const risk_colors[RISK_COUNT] = {
	[RISK_SAFE] = "\x1b[32m", [RISK_LOW] = "\x1b[32m", [RISK_MEDIUM] = "\x1b[36m", [RISK_HIGH] = "\x1b[33m", [RISK_CRITICAL] = "\x1b[31m",
};

static void paint(const struct painter *p, const char *color, const char *word, size_t width)
{
	if (p->color)
		text_puts(p->out, color);
	text_puts(p->out, word);
	if (p->color)
		text_puts(p->out, "\x1b[0m");
	for (size_t len = strlen(word); len < width; len++)
		text_putc(p->out, ' ');
}

static void title(const struct painter *p, const char *word)
{
	text_putc(p->out, '\n');
	paint(p, "\x1b[1m", word, 0);
	text_putc(p->out, '\n');
}

static void put_shown(struct text *out, const char *s, size_t max_bytes)
{
	text_put_printable(out, s, strlen(s), max_bytes);
}

static void put_left_out(struct text *out, unsigned n)
{
	if (n <= SHOWN_MAX)
		return;
	text_puts(out, "  and ");
	text_put_u64(out, n - SHOWN_MAX);
	text_puts(out, " more\n");
}

/* "DENY: why" and what to do instead: all that a person in a hurry reads. */
static void put_headline(const struct painter *p, const struct explanation *e)
{
	static const char *const words[] = { "NONE", "ALLOW", "ASK", "DENY" };
	struct check_answer answer;

	check_answer_fill(&answer, e->analysis, e->verdict);
	paint(p, verdict_colors[e->verdict->verdict], words[e->verdict->verdict], 0);
	text_puts(p->out, "  ");
	if (e->verdict->verdict == VERDICT_NONE)
		text_puts(p->out, "there is nothing to run");
	else if (e->verdict->verdict == VERDICT_ALLOW)
		text_puts(p->out, e->verdict->why ? e->verdict->why : "nothing in it asks");
	else
		host_reason(p->out, e->request, &answer);
	text_putc(p->out, '\n');
}

static void put_target(const struct painter *p, const struct analysis_target *t)
{
	text_puts(p->out, "            ");
	paint(p, risk_colors[t->risk], risk_name(t->risk), 10);
	text_puts(p->out, t->action);
	text_putc(p->out, ' ');
	put_shown(p->out, t->text, 100);
	text_puts(p->out, " (");
	text_puts(p->out, t->kind);
	text_puts(p->out, ", ");
	text_puts(p->out, place_name(t->place));
	text_puts(p->out, ")\n");
}

static void put_commands(const struct painter *p, const struct analysis *analysis)
{
	unsigned n = 0;

	if (analysis->commands)
		title(p, "commands");
	for (const struct analysis_command *c = analysis->commands; c; c = c->next) {
		if (n++ >= SHOWN_MAX)
			continue;
		text_puts(p->out, "  ");
		paint(p, risk_colors[c->risk], risk_name(c->risk), 10);
		for (unsigned depth = 0; depth < c->depth; depth++)
			text_puts(p->out, "> ");
		put_shown(p->out, c->text, 100);
		text_puts(p->out, c->known ? "\n" : "   (nothing is known about this tool)\n");
		unsigned targets = 0;
		for (const struct analysis_target *t = c->targets; t && targets < SHOWN_MAX; t = t->next, targets++)
			put_target(p, t);
	}
	put_left_out(p->out, n);
}

static void put_flows(const struct painter *p, const struct analysis *analysis)
{
	unsigned n = 0;

	if (analysis->flows)
		title(p, "flows");
	for (const struct analysis_flow *f = analysis->flows; f; f = f->next) {
		if (n++ >= SHOWN_MAX)
			continue;
		text_puts(p->out, "  ");
		put_shown(p->out, f->text, 200);
		text_putc(p->out, '\n');
	}
	put_left_out(p->out, n);
}

static void put_finding(const struct painter *p, const struct finding *f, bool decides)
{
	text_puts(p->out, decides ? "* " : "  ");
	paint(p, risk_colors[f->risk], risk_name(f->risk), 10);
	text_puts(p->out, f->rule);
	text_puts(p->out, " (");
	text_puts(p->out, place_name(f->place));
	text_puts(p->out, ", bytes ");
	text_put_u64(p->out, f->span.start);
	text_puts(p->out, "..");
	text_put_u64(p->out, f->span.end);
	text_puts(p->out, ")\n            ");
	put_shown(p->out, f->why, 300);
	text_putc(p->out, '\n');
	if (!f->safer)
		return;
	text_puts(p->out, "            safer: ");
	put_shown(p->out, f->safer, 300);
	text_putc(p->out, '\n');
}

static void put_findings(const struct painter *p, const struct explanation *e)
{
	unsigned n = 0;

	if (e->analysis->findings)
		title(p, "findings");
	for (const struct finding *f = e->analysis->findings; f; f = f->next)
		if (n++ < SHOWN_MAX || f == e->verdict->finding)
			put_finding(p, f, f == e->verdict->finding);
	put_left_out(p->out, n);
}

static void put_capabilities(const struct painter *p, const struct analysis *analysis)
{
	if (!(analysis->caps & ~CAPS_RISK_MASK))
		return;
	title(p, "capabilities");
	text_puts(p->out, " ");
	for (unsigned bit = RISK_COUNT; bit < 32; bit++)
		if (analysis->caps & UINT32_C(1) << bit) {
			text_putc(p->out, ' ');
			text_puts(p->out, caps_bit_name(bit));
		}
	text_putc(p->out, '\n');
}

static void put_policy(const struct painter *p, const struct verdict *verdict)
{
	title(p, "policy");
	text_puts(p->out, "  profile ");
	text_puts(p->out, policy_profile_name(verdict->profile));
	text_puts(p->out, ", standing ");
	text_puts(p->out, policy_tier_name(verdict->tier));
	text_puts(p->out, ", level ");
	text_puts(p->out, policy_level_name(verdict->level));
	if (has_cell(verdict)) {
		text_puts(p->out, ": ");
		text_puts(p->out, risk_name(verdict->risk));
		text_puts(p->out, " at ");
		text_puts(p->out, place_name(verdict->place));
	}
	text_puts(p->out, " -> ");
	text_puts(p->out, policy_verdict_name(verdict->verdict));
	text_puts(p->out, " (decided by ");
	text_puts(p->out, policy_decider_name(verdict->decided_by));
	text_puts(p->out, ")\n");
}

void explain_text(struct text *out, const struct explanation *explanation, bool color)
{
	struct painter p = { .out = out, .color = color };

	put_headline(&p, explanation);
	if (explanation->verdict->verdict == VERDICT_NONE)
		return;
	put_commands(&p, explanation->analysis);
	put_flows(&p, explanation->analysis);
	put_findings(&p, explanation);
	put_capabilities(&p, explanation->analysis);
	put_policy(&p, explanation->verdict);
}
