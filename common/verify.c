#include "config.h"
#include "common/verify.h"

#include <stdarg.h>
#include <stdio.h>

/* Capabilities that change something: a tool that has one by itself is not one that only reads. */
#define CHANGES (CAP_DESTRUCTIVE | CAP_FILE_WRITE | CAP_SYSTEM | CAP_PRIVESC | CAP_KERNEL | CAP_CONTAINER_ESCAPE | CAP_PERSISTENCE | \
	         CAP_PACKAGE | CAP_REMOTE_STATE | CAP_DEVICE_WRITE | CAP_UPLOAD | CAP_HISTORY)

struct verifier {
	const struct table *table;
	const struct table_node *node;
	verify_report report;
	void *data;
	unsigned problems;
};

static void problem(struct verifier *verifier, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void problem(struct verifier *verifier, const char *format, ...)
{
	char what[256];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	verifier->problems++;
	verifier->report(verifier->data, table_string(verifier->table, verifier->node->name), what);
}

/* where: "the tool itself", "option -f", "a when clause". */
static void verify_effect(struct verifier *verifier, const struct table_effect *effect, const char *where)
{
	uint32_t changes = effect->flags & CHANGES;

	if (effect->flags & CAP_RISK_SAFE && changes)
		problem(verifier, "%s: risk safe, but it adds %s; raise the risk to low or remove the capability", where,
		        caps_bit_name((unsigned)__builtin_ctz(changes)));
	if (effect->flags & (CAP_RISK_HIGH | CAP_RISK_CRITICAL) && !effect->safer)
		problem(verifier, "%s: risk %s without \"safer\"; name a safer form, people will be asked about it", where,
		        risk_name(caps_risk(effect->flags)));
	if (effect->safer && !effect->why)
		problem(verifier, "%s: \"safer\" without \"why\"; nobody would see it: say why", where);
}

static bool is_command(uint8_t kind)
{
	return kind == OPERAND_COMMAND || kind == OPERAND_COMMAND_REMOTE;
}

/* Whatever stands behind the first word of a wrapped command belongs to that command. */
static void verify_operands(struct verifier *verifier)
{
	const struct table_node *node = verifier->node;
	const struct table_operand *operands = verifier->table->operands + node->operands;

	for (unsigned i = 0; i < node->n_operands; i++) {
		if (!is_command(operands[i].kind))
			continue;
		if (node->flags & NODE_PERMUTE)
			problem(verifier, "operand %u is a command, but options may follow operands; add \"permute\": false", i);
		if (i + 1 < node->n_operands)
			problem(verifier, "operand %u is a command, and takes all words behind it; remove the operands that follow", i);
		if (!(node->effect.flags & CAP_WRAPPER))
			problem(verifier, "operand %u is a command; add the capability WRAPPER", i);
	}
}

static void verify_options(struct verifier *verifier)
{
	const struct table *table = verifier->table;
	const struct table_node *node = verifier->node;
	char where[80];

	for (unsigned i = 0; i < node->n_options; i++) {
		const struct table_option *option = &table->options[node->options + i];
		snprintf(where, sizeof(where), "option %.60s", table_string(table, option->name));
		verify_effect(verifier, &option->effect, where);
		if (option->flags & OPTION_LOWERS && option->effect.flags & CAPS_RISK_MASK &&
		    caps_risk(option->effect.flags) > (enum risk)option->lowers_to)
			problem(verifier, "%s: lowers to %s and has risk %s; keep one", where, risk_name((enum risk)option->lowers_to),
			        risk_name(caps_risk(option->effect.flags)));
	}
}

static void verify_whens(struct verifier *verifier)
{
	const struct table_node *node = verifier->node;

	for (unsigned i = 0; i < node->n_whens; i++) {
		const struct table_when *when = &verifier->table->whens[node->whens + i];
		verify_effect(verifier, &when->effect, "a when clause");
		if (when->all & when->none || (when->any && !(when->any & ~when->none)) || when->min_operands > when->max_operands)
			problem(verifier, "when clause %u can never match; its conditions exclude each other", i);
	}
}

static void verify_node(struct verifier *verifier)
{
	const struct table_node *node = verifier->node;

	verify_effect(verifier, &node->effect, "the tool itself");
	if (!node->about && node->parent == TABLE_NONE)
		problem(verifier, "no \"about\"; say in one line what it is");
	if (node->flags & NODE_SUBCOMMANDS && !(node->flags & NODE_SUB_OPTIONAL)) {
		uint32_t index = (uint32_t)(node - verifier->table->nodes), next = index + 1;
		if (next >= verifier->table->header->n_nodes || verifier->table->nodes[next].parent != index)
			problem(verifier, "\"subcommands\" is empty, so that every use asks; list them");
	}
	verify_operands(verifier);
	verify_options(verifier);
	verify_whens(verifier);
}

unsigned verify_strict(const struct table *table, verify_report report, void *data)
{
	struct verifier verifier = { .table = table, .report = report, .data = data };

	for (uint32_t i = 0; i < table->header->n_nodes; i++) {
		verifier.node = &table->nodes[i];
		verify_node(&verifier);
	}
	return verifier.problems;
}
