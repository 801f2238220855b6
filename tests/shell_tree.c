#include "config.h"
#include "tests/shell_tree.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const redirect_names[] = {
	[SHELL_REDIRECT_IN] = "<", [SHELL_REDIRECT_OUT] = ">", [SHELL_REDIRECT_CLOBBER] = ">|",
	[SHELL_REDIRECT_APPEND] = ">>", [SHELL_REDIRECT_IN_OUT] = "<>", [SHELL_REDIRECT_DUP_IN] = "<&",
	[SHELL_REDIRECT_DUP_OUT] = ">&", [SHELL_REDIRECT_OUT_ALL] = "&>", [SHELL_REDIRECT_APPEND_ALL] = "&>>",
	[SHELL_REDIRECT_HEREDOC] = "<<", [SHELL_REDIRECT_HERESTRING] = "<<<",
};

static const char *const kind_names[] = {
	[SHELL_SIMPLE] = "", [SHELL_PIPELINE] = "pipe", [SHELL_AND] = "and", [SHELL_OR] = "or", [SHELL_SEQUENCE] = "seq",
	[SHELL_SUBSHELL] = "sub", [SHELL_GROUP] = "group", [SHELL_IF] = "if", [SHELL_WHILE] = "while", [SHELL_UNTIL] = "until",
	[SHELL_FOR] = "for", [SHELL_ARITH_FOR] = "for((", [SHELL_CASE] = "case", [SHELL_FUNCTION] = "function",
	[SHELL_TEST] = "test", [SHELL_ARITH_CMD] = "((", [SHELL_COPROC] = "coproc", [SHELL_TIME] = "time",
};

static void put_node(FILE *out, const struct shell_node *node);
static void put_words(FILE *out, const struct shell_word *words, const char *separator);

static void put(FILE *out, const char *text, uint32_t len)
{
	if (len)
		fwrite(text, 1, len, out);
}

static void put_param(FILE *out, const struct shell_param *param)
{
	fprintf(out, "${%s%s", param->indirect ? "!" : "", param->length ? "#" : "");
	put(out, param->name, param->name_len);
	if (param->index) {
		fputs("[", out);
		put_words(out, param->index, "");
		fputs("]", out);
	}
	if (param->arg)
		fputs(" ", out);
	put(out, param->op, param->op_len);
	if (param->arg)
		fputs(" ", out);
	put_words(out, param->arg, "");
	if (param->arg2) {
		fputs(" , ", out);
		put_words(out, param->arg2, "");
	}
	fputs("}", out);
}

static void put_substitution(FILE *out, const char *open, const struct shell_part *part)
{
	fputs(open, out);
	put_node(out, part->node);
	fputs(")", out);
}

static void put_expression(FILE *out, const char *open, const struct shell_part *part, const char *close)
{
	fputs(open, out);
	put(out, part->text, part->len);
	if (part->words) {
		fputs(" | ", out);
		put_words(out, part->words, " ");
	}
	fputs(close, out);
}

static void put_part(FILE *out, const struct shell_part *part)
{
	if (part->quoted)
		fputs("'", out);
	switch (part->kind) {
	case SHELL_LITERAL:
		put(out, part->text, part->len);
		break;
	case SHELL_PARAM:
		put_param(out, part->param);
		break;
	case SHELL_COMMAND_SUBST:
		put_substitution(out, "$(", part);
		break;
	case SHELL_PROCESS_IN:
		put_substitution(out, "<(", part);
		break;
	case SHELL_PROCESS_OUT:
		put_substitution(out, ">(", part);
		break;
	case SHELL_ARITH:
		put_expression(out, "$((", part, "))");
		break;
	case SHELL_EXTGLOB:
		put_expression(out, "", part, "");
		break;
	}
	if (part->quoted)
		fputs("'", out);
}

static void put_words(FILE *out, const struct shell_word *words, const char *separator)
{
	for (const struct shell_word *word = words; word; word = word->next) {
		if (word != words)
			fputs(separator, out);
		if (!word->parts && word->quoted)
			fputs("''", out);
		for (const struct shell_part *part = word->parts; part; part = part->next)
			put_part(out, part);
		if (word->has_tilde || word->has_brace || word->has_glob)
			fprintf(out, "<%s%s%s>", word->has_tilde ? "~" : "", word->has_brace ? "{" : "", word->has_glob ? "*" : "");
	}
}

static void put_assigns(FILE *out, const struct shell_assign *assign, const char *separator)
{
	for (; assign; assign = assign->next, separator = " ") {
		fputs(separator, out);
		put(out, assign->name, assign->name_len);
		if (assign->index) {
			fputs("[", out);
			put_words(out, assign->index, "");
			fputs("]", out);
		}
		if (assign->name_len || assign->index)
			fputs(assign->append ? "+=" : "=", out);
		put_words(out, assign->value, "");
		if (assign->is_array) {
			fputs("(", out);
			put_assigns(out, assign->elements, "");
			fputs(")", out);
		}
	}
}

static void put_redirects(FILE *out, const struct shell_redirect *redirect, const char *separator)
{
	for (; redirect; redirect = redirect->next, separator = " ") {
		fprintf(out, "%s%d%s ", separator, redirect->fd, redirect_names[redirect->op]);
		put_words(out, redirect->target, "");
		if (redirect->body) {
			fputs(" {{", out);
			put_words(out, redirect->body, "");
			fputs("}}", out);
		}
	}
}

static void put_simple(FILE *out, const struct shell_node *node)
{
	fputs("[", out);
	put_assigns(out, node->assigns, "");
	if (node->assigns && node->words)
		fputs(" ", out);
	put_words(out, node->words, " ");
	put_redirects(out, node->redirects, node->assigns || node->words ? " " : "");
	fputs("]", out);
}

static void put_child(FILE *out, const char *label, const struct shell_node *node)
{
	if (!node)
		return;
	fputs(label, out);
	put_node(out, node);
}

static void put_items(FILE *out, const struct shell_case_item *item)
{
	for (; item; item = item->next) {
		fputs("; ", out);
		put_words(out, item->patterns, "|");
		fputs(")", out);
		put_child(out, " ", item->body);
	}
}

static void put_compound(FILE *out, const struct shell_node *node)
{
	fprintf(out, "%s%s{", node->is_select ? "select-" : "", kind_names[node->kind]);
	put(out, node->name ? node->name : "", node->name_len);
	put(out, node->text ? node->text : "", node->text_len);
	if (node->has_in)
		fputs(" in", out);
	if (node->words)
		fputs(node->text ? " | " : node->name || node->has_in ? " " : "", out);
	put_words(out, node->words, " ");
	put_child(out, "", node->children);
	put_child(out, "", node->condition);
	put_child(out, node->condition ? " then " : node->name_len || node->words || node->text ? ": " : "", node->body);
	put_child(out, " else ", node->otherwise);
	put_items(out, node->items);
	fputs("}", out);
	put_redirects(out, node->redirects, " ");
}

static void put_node(FILE *out, const struct shell_node *node)
{
	const char *separator = "";

	for (; node; node = node->next, separator = " ") {
		fprintf(out, "%s%s", separator, node->negated ? "!" : "");
		if (node->kind == SHELL_SIMPLE)
			put_simple(out, node);
		else
			put_compound(out, node);
		fprintf(out, "%s%s", node->background ? "&" : "", node->stderr_too ? "|&" : "");
	}
}

char *shell_tree(const struct shell_script *script)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		abort();
	fprintf(out, "%s%s%s", script->too_complex ? "complex: " : "", script->malformed ? "malformed: " : "",
		script->incomplete ? "incomplete: " : "");
	put_node(out, script->root);
	fclose(out);
	return text;
}
