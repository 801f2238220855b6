#include "config.h"
#include "tests/shell_spans.h"

/* Parser levels cost at most this many levels of the tree (a command in a pipeline in a list in a group in a sequence). */
#define TREE_LEVELS (SHELL_NESTING_MAX * 8)

static bool node_holds(const struct shell_node *node, uint32_t start, uint32_t end, unsigned depth);
static bool words_hold(const struct shell_word *word, uint32_t start, uint32_t end, unsigned depth);

static bool within(uint32_t start, uint32_t end, uint32_t outer_start, uint32_t outer_end)
{
	return start >= outer_start && start <= end && end <= outer_end;
}

static bool part_holds(const struct shell_part *part, uint32_t start, uint32_t end, unsigned depth)
{
	if (!within(part->start, part->end, start, end))
		return false;
	switch (part->kind) {
	case SHELL_LITERAL:
		return part->text != NULL;
	case SHELL_PARAM:
		return part->param && part->param->name && words_hold(part->param->index, part->start, part->end, depth) &&
		       words_hold(part->param->arg, part->start, part->end, depth) &&
		       words_hold(part->param->arg2, part->start, part->end, depth);
	case SHELL_COMMAND_SUBST:
	case SHELL_PROCESS_IN:
	case SHELL_PROCESS_OUT:
		return node_holds(part->node, start, UINT32_MAX, depth);
	case SHELL_ARITH:
	case SHELL_EXTGLOB:
		return part->text && words_hold(part->words, part->start, part->end, depth);
	}
	return false;
}

static bool words_hold(const struct shell_word *word, uint32_t start, uint32_t end, unsigned depth)
{
	if (depth > TREE_LEVELS)
		return false;
	for (; word; word = word->next) {
		if (!within(word->start, word->end, start, end))
			return false;
		for (const struct shell_part *part = word->parts; part; part = part->next)
			if (!part_holds(part, word->start, word->end, depth + 1))
				return false;
	}
	return true;
}

static bool assigns_hold(const struct shell_assign *assign, uint32_t start, uint32_t end, unsigned depth)
{
	for (; assign; assign = assign->next)
		if (!within(assign->start, assign->end, start, end) || !words_hold(assign->index, assign->start, assign->end, depth) ||
		    !words_hold(assign->value, assign->start, assign->end, depth) ||
		    !assigns_hold(assign->elements, assign->start, assign->end, depth))
			return false;
	return true;
}

/* A here-document's text lies behind the command. */
static bool redirects_hold(const struct shell_redirect *redirect, uint32_t start, uint32_t end, unsigned depth)
{
	for (; redirect; redirect = redirect->next)
		if (!within(redirect->start, redirect->end, start, end) ||
		    !words_hold(redirect->target, redirect->start, redirect->end, depth) ||
		    !words_hold(redirect->body, start, UINT32_MAX, depth))
			return false;
	return true;
}

static bool items_hold(const struct shell_case_item *item, uint32_t start, uint32_t end, unsigned depth)
{
	for (; item; item = item->next)
		if (!words_hold(item->patterns, start, end, depth) || !node_holds(item->body, start, end, depth))
			return false;
	return true;
}

static bool node_holds(const struct shell_node *node, uint32_t start, uint32_t end, unsigned depth)
{
	if (depth > TREE_LEVELS)
		return false;
	for (; node; node = node->next) {
		if (!within(node->start, node->end, start, end) || !assigns_hold(node->assigns, node->start, node->end, depth + 1) ||
		    !words_hold(node->words, node->start, node->end, depth + 1) ||
		    !redirects_hold(node->redirects, node->start, node->end, depth + 1) ||
		    !node_holds(node->children, node->start, node->end, depth + 1) ||
		    !node_holds(node->condition, node->start, node->end, depth + 1) ||
		    !node_holds(node->body, node->start, node->end, depth + 1) ||
		    !node_holds(node->otherwise, node->start, node->end, depth + 1) ||
		    !items_hold(node->items, node->start, node->end, depth + 1))
			return false;
		if (node->name_len && !node->name)
			return false;
	}
	return true;
}

bool shell_spans_hold(const struct shell_script *script, uint32_t len)
{
	return node_holds(script->root, 0, len, 0);
}
