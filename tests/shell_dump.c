#include "config.h"

/* Commands in (each ended by a NUL byte), a line of JSON out for each: the spans of all simple commands' words and
 * assignments, of all redirections, and what the parser complained about. For compare_shfmt.py; the tree is walked
 * without recursion limits of its own, as the parser bounds its depth. */

#include "common/shell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const redirect_names[] = {
	[SHELL_REDIRECT_IN] = "<", [SHELL_REDIRECT_OUT] = ">", [SHELL_REDIRECT_CLOBBER] = ">|",
	[SHELL_REDIRECT_APPEND] = ">>", [SHELL_REDIRECT_IN_OUT] = "<>", [SHELL_REDIRECT_DUP_IN] = "<&",
	[SHELL_REDIRECT_DUP_OUT] = ">&", [SHELL_REDIRECT_OUT_ALL] = "&>", [SHELL_REDIRECT_APPEND_ALL] = "&>>",
	[SHELL_REDIRECT_HEREDOC] = "<<", [SHELL_REDIRECT_HERESTRING] = "<<<",
};

struct output {
	FILE *commands;
	FILE *redirects;
	bool first_command;
	bool first_redirect;
};

static void dump_node(struct output *out, const struct shell_node *node);
static void dump_words(struct output *out, const struct shell_word *words);

static void dump_param(struct output *out, const struct shell_param *param)
{
	dump_words(out, param->index);
	dump_words(out, param->arg);
	dump_words(out, param->arg2);
}

static void dump_part(struct output *out, const struct shell_part *part)
{
	switch (part->kind) {
	case SHELL_LITERAL:
		break;
	case SHELL_PARAM:
		dump_param(out, part->param);
		break;
	case SHELL_COMMAND_SUBST:
	case SHELL_PROCESS_IN:
	case SHELL_PROCESS_OUT:
		dump_node(out, part->node);
		break;
	case SHELL_ARITH:
	case SHELL_EXTGLOB:
		dump_words(out, part->words);
		break;
	}
}

static void dump_words(struct output *out, const struct shell_word *words)
{
	for (; words; words = words->next)
		for (const struct shell_part *part = words->parts; part; part = part->next)
			dump_part(out, part);
}

static void dump_assigns(struct output *out, const struct shell_assign *assign)
{
	for (; assign; assign = assign->next) {
		dump_words(out, assign->index);
		dump_words(out, assign->value);
		dump_assigns(out, assign->elements);
	}
}

static void dump_redirects(struct output *out, const struct shell_redirect *redirect)
{
	for (; redirect; redirect = redirect->next) {
		fprintf(out->redirects, "%s[\"%s\", %d, %u, %u, %u]", out->first_redirect ? "" : ", ", redirect_names[redirect->op],
			redirect->fd, redirect->start, redirect->target ? redirect->target->start : 0,
			redirect->target ? redirect->target->end : 0);
		out->first_redirect = false;
		dump_words(out, redirect->target);
		dump_words(out, redirect->body);
	}
}

static void print_simple(struct output *out, const struct shell_node *node)
{
	const char *comma = "";

	fprintf(out->commands, "%s[", out->first_command ? "" : ", ");
	out->first_command = false;
	for (const struct shell_word *word = node->words; word; word = word->next, comma = ", ")
		fprintf(out->commands, "%s[%u, %u]", comma, word->start, word->end);
	for (const struct shell_assign *assign = node->assigns; assign; assign = assign->next, comma = ", ")
		fprintf(out->commands, "%s[%u, %u]", comma, assign->start, assign->end);
	fputs("]", out->commands);
}

static void dump_node(struct output *out, const struct shell_node *node)
{
	for (; node; node = node->next) {
		if (node->kind == SHELL_SIMPLE && (node->words || node->assigns))
			print_simple(out, node);
		dump_assigns(out, node->assigns);
		dump_words(out, node->words);
		dump_redirects(out, node->redirects);
		dump_node(out, node->children);
		dump_node(out, node->condition);
		dump_node(out, node->body);
		dump_node(out, node->otherwise);
		for (const struct shell_case_item *item = node->items; item; item = item->next) {
			dump_words(out, item->patterns);
			dump_node(out, item->body);
		}
	}
}

static void dump_script(const struct shell_script *script)
{
	char *commands = NULL, *redirects = NULL;
	size_t commands_len, redirects_len;
	struct output out = {.first_command = true, .first_redirect = true};

	out.commands = open_memstream(&commands, &commands_len);
	out.redirects = open_memstream(&redirects, &redirects_len);
	if (!out.commands || !out.redirects)
		abort();
	dump_node(&out, script->root);
	fclose(out.commands);
	fclose(out.redirects);
	printf("{\"incomplete\": %s, \"malformed\": %s, \"too_complex\": %s, \"at\": %u, \"problem\": \"", script->incomplete ? "true" : "false",
		script->malformed ? "true" : "false", script->too_complex ? "true" : "false", script->problem_at);
	for (const char *at = script->problem ? script->problem : ""; *at; at++)
		printf(*at == '"' || *at == '\\' ? "\\%c" : "%c", *at);
	printf("\", \"commands\": [%s], \"redirects\": [%s]}\n", commands, redirects);
	free(commands);
	free(redirects);
}

int main(int argc, char **argv)
{
	enum shell_dialect dialect = SHELL_BASH;
	struct arena arena;
	char *text = NULL;
	size_t size = 0;
	ssize_t len;

	if (argc > 1)
		dialect = strcmp(argv[1], "posix") == 0 ? SHELL_POSIX : strcmp(argv[1], "zsh") == 0 ? SHELL_ZSH : SHELL_BASH;
	if (arena_init(&arena, 1 << 16, 0) != 0)
		return 1;
	while ((len = getdelim(&text, &size, '\0', stdin)) > 0) {
		struct shell_script script;
		size_t bytes = (size_t)len - (text[len - 1] == '\0' ? 1 : 0);

		shell_parse(&arena, text, bytes, dialect, &script);
		dump_script(&script);
		arena_reset(&arena);
	}
	free(text);
	arena_deinit(&arena);
	return 0;
}
