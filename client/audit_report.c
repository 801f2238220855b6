#include "config.h"
#include "client/audit.h"

#include <stdio.h>
#include <string.h>

#define TEXT_FIRST_BYTES 4096

/* Is what is assumed about this format to be told? Once, when several formats share it. */
static bool is_assumed(const struct audit *audit, size_t format)
{
	for (size_t i = 0; i < format; i++)
		if (audit->formats[i] && strcmp(history_rows[i].assumed, history_rows[format].assumed) == 0)
			return false;
	return audit->formats[format];
}

/* --- JSON: one document, written as it grows --- */

static void write_counts(struct json_writer *writer, const struct audit_counts *counts)
{
	const struct {
		const char *name;
		uint64_t value;
	} rows[] = {
		{ "lines", counts->lines },
		{ "sessions", counts->sessions },
		{ "calls", counts->calls },
		{ "allow", counts->verdicts[VERDICT_ALLOW] },
		{ "ask", counts->verdicts[VERDICT_ASK] },
		{ "deny", counts->verdicts[VERDICT_DENY] },
		{ "host_asks", counts->host_asks },
		{ "flows", counts->flows },
		{ "refused", counts->refused },
		{ "repeated", counts->repeated },
		{ "skipped", counts->skipped },
		{ "unknown_lines", counts->unknown },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		json_member_u64(writer, rows[i].name, rows[i].value);
	json_key(writer, "saved");
	json_i64(writer, (int64_t)counts->host_asks - (int64_t)counts->hosted_asks);
}

static void write_file(struct json_writer *writer, const struct audit *audit)
{
	json_begin_object(writer);
	json_member_string(writer, "file", audit->file);
	json_member_string(writer, "format", history_rows[audit->history.format].name);
	write_counts(writer, &audit->now);
	json_end_object(writer);
}

static void write_rows(struct json_writer *writer, const char *key, const struct tally *tally, const char *name, size_t limit)
{
	json_key(writer, key);
	json_begin_array(writer);
	for (size_t i = 0; i < tally->n && i < limit; i++) {
		const struct tally_row *row = &tally->rows[i];

		json_begin_object(writer);
		json_member_string(writer, name, row->name);
		json_member_u64(writer, "count", row->count);
		json_member_u64(writer, "ask", row->counts[VERDICT_ASK]);
		json_member_u64(writer, "deny", row->counts[VERDICT_DENY]);
		if (row->why)
			json_member_string(writer, "why", row->why);
		if (row->example)
			json_member_string(writer, "example", row->example);
		json_member_string(writer, "file", row->file);
		json_member_u64(writer, "line", row->line);
		json_end_object(writer);
	}
	json_end_array(writer);
}

static void write_flows(struct json_writer *writer, const struct audit *audit, size_t limit)
{
	json_key(writer, "flows");
	json_begin_array(writer);
	for (size_t i = 0; i < audit->n_flows && i < limit; i++) {
		const struct audit_flow *flow = &audit->flows[i];

		json_begin_object(writer);
		json_member_string(writer, "file", flow->file);
		json_member_u64(writer, "line", flow->line);
		json_member_u64(writer, "earlier", flow->earlier);
		json_member_string(writer, "verdict", policy_verdict_name(flow->verdict));
		json_member_string(writer, "rule", flow->rule);
		json_member_string(writer, "why", flow->why);
		json_member_string(writer, "call", flow->example);
		json_end_object(writer);
	}
	json_end_array(writer);
}

static void write_end(struct text *out, struct audit *audit, size_t limit)
{
	struct json_writer writer;

	json_writer_init(&writer, out);
	text_puts(out, "],\"total\":");
	json_begin_object(&writer);
	json_member_u64(&writer, "files", audit->total.files);
	write_counts(&writer, &audit->total);
	json_end_object(&writer);
	write_flows(&writer, audit, limit);
	write_rows(&writer, "rules", &audit->rules, "rule", limit);
	write_rows(&writer, "unknown", &audit->unknown, "tool", limit);
	json_key(&writer, "assumed");
	json_begin_array(&writer);
	for (size_t i = 0; i < HISTORY_FORMATS; i++)
		if (is_assumed(audit, i))
			json_cstring(&writer, history_rows[i].assumed);
	json_end_array(&writer);
	text_puts(out, "}\n");
}

/* --- for people --- */

/* 1,234,567 to the right of a column. */
static void put_number(struct text *out, uint64_t number, int width)
{
	char buffer[32];
	size_t at = sizeof(buffer), digits = 0;

	do {
		if (digits && digits % 3 == 0)
			buffer[--at] = ',';
		buffer[--at] = (char)('0' + number % 10);
		digits++;
	} while (number /= 10);
	for (int have = (int)(sizeof(buffer) - at); have < width; have++)
		text_putc(out, ' ');
	text_put(out, buffer + at, sizeof(buffer) - at);
}

static void put_share(struct text *out, uint64_t part, uint64_t of)
{
	char buffer[16];

	snprintf(buffer, sizeof(buffer), "%6.1f%%", of ? 100.0 * (double)part / (double)of : 0.0);
	text_puts(out, buffer);
}

/* Questions that are not asked any more; more of them than before: with a minus. */
static void put_saved(struct text *out, const struct audit_counts *counts)
{
	char buffer[32];

	if (counts->host_asks >= counts->hosted_asks) {
		put_number(out, counts->host_asks - counts->hosted_asks, 8);
		return;
	}
	snprintf(buffer, sizeof(buffer), "%8lld", -(long long)(counts->hosted_asks - counts->host_asks));
	text_puts(out, buffer);
}

static void put_counts(struct text *out, const struct audit_counts *counts, bool host_asks)
{
	put_number(out, counts->calls, 9);
	put_number(out, counts->verdicts[VERDICT_ALLOW], 9);
	put_number(out, counts->verdicts[VERDICT_ASK], 8);
	put_number(out, counts->verdicts[VERDICT_DENY], 6);
	put_share(out, counts->verdicts[VERDICT_ASK], counts->calls);
	if (host_asks) {
		put_number(out, counts->host_asks, 10);
		put_saved(out, counts);
	} else {
		text_puts(out, "         -       -");
	}
	text_puts(out, "  ");
}

static void put_file(struct text *out, const struct audit *audit)
{
	if (!audit->now.calls)
		return;
	put_counts(out, &audit->now, history_rows[audit->history.format].asks != HISTORY_ASKS_NOTHING);
	text_puts(out, audit->file);
	text_putc(out, '\n');
}

static void put_place(struct text *out, const char *file, uint64_t line)
{
	text_puts(out, file);
	text_putc(out, ':');
	text_put_u64(out, line);
}

static void put_more(struct text *out, uint64_t all, uint64_t shown, const char *what)
{
	if (all <= shown)
		return;
	text_puts(out, "  and ");
	put_number(out, all - shown, 0);
	text_puts(out, what);
}

static void put_flows(struct text *out, const struct audit *audit, size_t limit)
{
	size_t n = audit->n_flows < limit ? audit->n_flows : limit;

	if (n)
		text_puts(out, "\nAcross calls (a call's number is its line)\n");
	for (size_t i = 0; i < n; i++) {
		const struct audit_flow *flow = &audit->flows[i];

		text_puts(out, "  ");
		text_puts(out, policy_verdict_name(flow->verdict));
		text_puts(out, "  ");
		text_puts(out, flow->rule);
		text_puts(out, ": ");
		text_puts(out, flow->why);
		text_puts(out, "\n      ");
		put_place(out, flow->file, flow->line);
		text_puts(out, ", after line ");
		text_put_u64(out, flow->earlier);
		text_puts(out, ": ");
		text_puts(out, flow->example);
		text_putc(out, '\n');
	}
	put_more(out, audit->total.flows, n, " more (--limit shows them)\n");
}

static void put_rules(struct text *out, const struct tally *rules, size_t limit)
{
	size_t n = rules->n < limit ? rules->n : limit;

	if (n)
		text_puts(out, "\nWhat asks or is denied, most frequent first, with the first of each\n     ask   deny\n");
	for (size_t i = 0; i < n; i++) {
		const struct tally_row *row = &rules->rows[i];

		put_number(out, row->counts[VERDICT_ASK], 8);
		put_number(out, row->counts[VERDICT_DENY], 7);
		text_puts(out, "  ");
		text_puts(out, row->name);
		if (row->why) {
			text_puts(out, ": ");
			text_puts(out, row->why);
		}
		text_puts(out, "\n                 ");
		put_place(out, row->file, row->line);
		if (row->example) {
			text_puts(out, ": ");
			text_puts(out, row->example);
		}
		text_putc(out, '\n');
	}
	put_more(out, rules->n, n, " more rules (--limit shows them)\n");
}

static void put_unknown(struct text *out, const struct tally *unknown, size_t limit)
{
	size_t n = unknown->n < limit ? unknown->n : limit;

	if (n)
		text_puts(out, "\nTools that nothing is known about, most used first\n");
	for (size_t i = 0; i < n; i++) {
		const struct tally_row *row = &unknown->rows[i];

		put_number(out, row->count, 8);
		text_puts(out, "  ");
		text_puts(out, row->name);
		text_puts(out, "  ");
		put_place(out, row->file, row->line);
		text_putc(out, '\n');
	}
	put_more(out, unknown->n, n, " more tools (--limit shows them)\n");
}

static void put_count_of(struct text *out, const char *what, uint64_t n)
{
	if (!n)
		return;
	text_puts(out, "  ");
	text_puts(out, what);
	text_puts(out, ": ");
	put_number(out, n, 0);
	text_putc(out, '\n');
}

static void put_remarks(struct text *out, const struct audit *audit)
{
	const struct audit_counts *total = &audit->total;

	text_puts(out, "\nTaken for granted\n");
	for (size_t i = 0; i < HISTORY_FORMATS; i++) {
		if (!is_assumed(audit, i))
			continue;
		text_puts(out, "  ");
		text_puts(out, history_rows[i].assumed);
		text_puts(out, ".\n");
	}
	if ((audit->formats[HISTORY_SHELL] || audit->formats[HISTORY_ZSH] || audit->formats[HISTORY_FISH]) && audit->judge->context.cwd) {
		text_puts(out, "  Shells do not keep the folder: judged as if typed in ");
		text_put_printable(out, audit->judge->context.cwd, strlen(audit->judge->context.cwd), MESSAGE_PATH_MAX);
		text_puts(out, " (--cwd).\n");
	}
	put_count_of(out, "Calls that their user refused; they left nothing", total->refused);
	put_count_of(out, "Calls of resumed sessions, counted once", total->repeated);
	put_count_of(out, "Uses of further tools that nothing is known about, past what is kept", audit->unknown.others);
	put_count_of(out, "Lines that could not be read", total->skipped);
	put_count_of(out, "Lines of a kind that is not known here", total->unknown);
}

static void put_end(struct text *out, struct audit *audit, size_t limit)
{
	bool host_asks = audit->formats[HISTORY_CLAUDE] || audit->formats[HISTORY_CODEX];

	put_counts(out, &audit->total, host_asks);
	text_puts(out, "all: ");
	put_number(out, audit->total.files, 0);
	text_puts(out, " histories, ");
	put_number(out, audit->total.sessions, 0);
	text_puts(out, " sessions\n");
	put_flows(out, audit, limit);
	put_rules(out, &audit->rules, limit);
	put_unknown(out, &audit->unknown, limit);
	put_remarks(out, audit);
}

/* --- both --- */

static void begin(const struct audit *audit, struct text *out)
{
	judge_next(audit->judge);
	text_init(out, &audit->judge->arena, TEXT_FIRST_BYTES);
}

int audit_report_begin(const struct audit *audit, bool json)
{
	struct text out;

	begin(audit, &out);
	text_puts(&out, json ? "{\"files\":[" : "    calls    allow     ask  deny   asks host asks   saved  history\n");
	return cli_print(&out);
}

int audit_report_file(const struct audit *audit, bool json)
{
	struct json_writer writer;
	struct text out;

	begin(audit, &out);
	if (!json) {
		put_file(&out, audit);
		return cli_print(&out);
	}
	if (audit->total.files > 1)
		text_putc(&out, ',');
	json_writer_init(&writer, &out);
	write_file(&writer, audit);
	return cli_print(&out);
}

int audit_report_end(struct audit *audit, bool json, size_t limit)
{
	struct text out;

	tally_sort(&audit->rules);
	tally_sort(&audit->unknown);
	begin(audit, &out);
	if (json)
		write_end(&out, audit, limit);
	else
		put_end(&out, audit, limit);
	return cli_print(&out);
}
