#include "config.h"

/* The peer of analyze.line: what a guard that parses with tree-sitter-bash pays before it knows anything. Linked with the grammar's
 * C sources into a shared object of the benchmarks only; one parser for all lines. */

#include "tests/bench.h"

#include <tree_sitter/api.h>

const TSLanguage *tree_sitter_bash(void);

static TSParser *open_parser(void)
{
	TSParser *parser = ts_parser_new();

	if (ts_parser_set_language(parser, tree_sitter_bash()))
		return parser;
	ts_parser_delete(parser);
	return NULL;
}

bool bench_peer_parse(const char *text, size_t len)
{
	static TSParser *parser;
	TSTree *tree;

	if (!parser && !(parser = open_parser()))
		return false;
	tree = ts_parser_parse_string(parser, NULL, text, (uint32_t)len);
	ts_tree_delete(tree);
	return tree != NULL;
}
