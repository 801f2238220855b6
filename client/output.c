#include "config.h"
#include "client/output.h"

#include "common/place.h"

#include <stdio.h>
#include <string.h>

#define SEGMENT_MAX 100
#define COMMAND_MAX 120

static const struct {
	const char *name;
	const char *color;
} verdicts[] = {
	[VERDICT_NONE] = { "none", "\033[2m" },
	[VERDICT_ALLOW] = { "allow", "\033[32m" },
	[VERDICT_ASK] = { "ask", "\033[33m" },
	[VERDICT_DENY] = { "deny", "\033[1;31m" },
};

static void put_colored(struct text *out, const char *color, const char *s)
{
	if (color)
		text_puts(out, color);
	text_puts(out, s);
	if (color)
		text_puts(out, "\033[0m");
}

void output_capabilities(struct text *out, uint32_t flags)
{
	const char *blank = "";

	for (unsigned bit = RISK_COUNT; bit < 32; bit++) {
		if (!(flags >> bit & 1))
			continue;
		text_puts(out, blank);
		text_puts(out, caps_bit_name(bit));
		blank = " ";
	}
}

static void put_finding(struct text *out, const struct check_request *request, const struct finding *finding)
{
	text_puts(out, "  ");
	text_puts(out, finding->rule);
	text_puts(out, ": ");
	text_puts(out, finding->why);
	if (request->command && finding->span.end > finding->span.start && finding->span.end <= request->command_len) {
		text_puts(out, "\n    in: ");
		text_put_printable(out, request->command + finding->span.start, finding->span.end - finding->span.start, SEGMENT_MAX);
	}
	if (finding->safer) {
		text_puts(out, "\n    safer: ");
		text_puts(out, finding->safer);
	}
	text_putc(out, '\n');
}

static void put_headline(struct text *out, const struct check_answer *answer, bool color)
{
	if (!answer->pure) {
		put_colored(out, color ? verdicts[answer->verdict].color : NULL, verdicts[answer->verdict].name);
		text_puts(out, ": ");
	}
	if (answer->verdict == VERDICT_NONE && !answer->pure) {
		text_puts(out, "nothing to run");
		return;
	}
	text_puts(out, risk_name(answer->risk));
	text_puts(out, " risk");
	if (answer->caps & ~CAPS_RISK_MASK)
		text_puts(out, ", ");
	output_capabilities(out, answer->caps);
	if (!answer->pure && answer->decided_by != DECIDED_BY_POLICY) {
		text_puts(out, " (decided by ");
		text_puts(out, policy_decider_name(answer->decided_by));
		text_putc(out, ')');
	}
}

void output_check(struct text *out, const struct check_request *request, const struct check_answer *answer, bool color)
{
	put_headline(out, answer, color);
	text_putc(out, '\n');
	for (const struct finding *finding = answer->findings; finding; finding = finding->next)
		put_finding(out, request, finding);
	if (answer->why) {
		text_puts(out, "  ");
		text_puts(out, answer->why);
		text_putc(out, '\n');
	}
	for (uint32_t i = 0; i < answer->n_unknown; i++) {
		text_puts(out, "  unknown tool: ");
		text_put_printable(out, answer->unknown[i], strlen(answer->unknown[i]), SEGMENT_MAX);
		text_putc(out, '\n');
	}
	if (answer->request && answer->verdict != VERDICT_ALLOW) {
		text_puts(out, "  request ");
		text_put_u64(out, answer->request);
		text_putc(out, '\n');
	}
}

/* --- tools and images --- */

static const char *const depths[] = { [DEPTH_FULL] = "full", [DEPTH_BRIEF] = "brief", [DEPTH_INFERRED] = "inferred" };

static void hex(const uint8_t *bytes, char *out)
{
	for (size_t i = 0; i < DESCRIPTOR_BYTES; i++)
		snprintf(out + i * 2, 3, "%02x", bytes[i]);
}

void output_tool(struct text *out, const struct table *table, const struct table_entry *entry, const char *name)
{
	const struct table_node *node = &table->nodes[entry->node];
	char digits[DESCRIPTOR_BYTES * 2 + 1];
	struct descriptor descriptor;

	descriptor_decode(entry->descriptor, strlen(name), &descriptor);
	hex(entry->descriptor, digits);
	text_puts(out, name);
	text_puts(out, ": ");
	text_puts(out, table_string(table, node->about));
	text_puts(out, "\n  risk: ");
	text_puts(out, risk_name(caps_risk(descriptor.flags)));
	text_puts(out, "\n  capabilities: ");
	output_capabilities(out, descriptor.flags);
	text_puts(out, "\n  known in depth: ");
	text_puts(out, depths[node->depth]);
	text_puts(out, "\n  descriptor: ");
	text_puts(out, digits);
	text_putc(out, '\n');
}

static void capabilities_json(struct json_writer *writer, uint32_t flags)
{
	json_key(writer, "capabilities");
	json_begin_array(writer);
	for (unsigned bit = RISK_COUNT; bit < 32; bit++)
		if (flags >> bit & 1)
			json_cstring(writer, caps_bit_name(bit));
	json_end_array(writer);
}

void output_tool_json(struct json_writer *writer, const struct table *table, const struct table_entry *entry, const char *name)
{
	const struct table_node *node = &table->nodes[entry->node];
	char digits[DESCRIPTOR_BYTES * 2 + 1];
	struct descriptor descriptor;

	descriptor_decode(entry->descriptor, strlen(name), &descriptor);
	hex(entry->descriptor, digits);
	json_begin_object(writer);
	json_member_string(writer, "name", name);
	json_member_bool(writer, "known", true);
	json_member_string(writer, "about", table_string(table, node->about));
	json_member_string(writer, "risk", risk_name(caps_risk(descriptor.flags)));
	capabilities_json(writer, descriptor.flags);
	json_member_u64(writer, "flags", descriptor.flags);
	json_member_u64(writer, "exec_ms", descriptor.exec_ms);
	json_member_u64(writer, "mem_mb", descriptor.mem_mb);
	json_member_u64(writer, "out_kb", descriptor.out_kb);
	json_member_string(writer, "depth", depths[node->depth]);
	json_member_string(writer, "descriptor", digits);
	json_end_object(writer);
}

/* What an image says about itself: key in JSON, words for people. */
static const struct {
	const char *key;
	const char *words;
	size_t offset;
} image_counts[] = {
	{ "keys", "names", offsetof(struct table_header, n_keys) },
	{ "nodes", "tools and subcommands", offsetof(struct table_header, n_nodes) },
	{ "options", "options", offsetof(struct table_header, n_options) },
	{ "option_names", "spellings of options", offsetof(struct table_header, n_option_names) },
	{ "version", "layout version", offsetof(struct table_header, version) },
};

static uint32_t image_count(const struct table_header *header, size_t i)
{
	uint32_t count;

	memcpy(&count, (const char *)header + image_counts[i].offset, sizeof(count));
	return count;
}

void output_image(struct text *out, const struct table_header *header)
{
	for (size_t i = 0; i < sizeof(image_counts) / sizeof(image_counts[0]); i++) {
		text_puts(out, image_counts[i].words);
		text_puts(out, ": ");
		text_put_u64(out, image_count(header, i));
		text_putc(out, '\n');
	}
	text_puts(out, "bytes: ");
	text_put_u64(out, header->size_bytes);
	text_putc(out, '\n');
}

void output_image_json(struct json_writer *writer, const struct table_header *header)
{
	for (size_t i = 0; i < sizeof(image_counts) / sizeof(image_counts[0]); i++)
		json_member_u64(writer, image_counts[i].key, image_count(header, i));
	json_member_u64(writer, "bytes", header->size_bytes);
}
