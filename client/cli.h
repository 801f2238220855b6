#ifndef TCPBEHAV_CLIENT_CLI_H
#define TCPBEHAV_CLIENT_CLI_H

/* The command line of tcpctl, read by two tables: commands.def and options.def. */

#include "client/call.h"
#include "client/link.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum cli_option {
#define OPTION(ID, name, value, help) CLI_##ID,
#include "client/options.def"
#undef OPTION
	CLI_OPTION_COUNT
};

#define OPERANDS_MAX 65535

/* Exit codes above those of verdicts, as in sysexits.h. */
enum { EXIT_USAGE = 64, EXIT_DATA = 65, EXIT_NO_INPUT = 66, EXIT_UNAVAILABLE = 69, EXIT_SOFTWARE = 70, EXIT_OS = 71,
       EXIT_IO = 74, EXIT_TRY_AGAIN = 75, EXIT_NOT_PERMITTED = 77, EXIT_CONFIG = 78 };

struct cli;

struct cli_command {
	const char *name; /* one or two words */
	const char *operands;
	unsigned min_operands;
	unsigned max_operands;
	uint32_t options; /* set of 1 << enum cli_option, beside --json and --help */
	const char *help;
	int (*run)(const struct cli *cli); /* its exit code */
};

struct cli_option_row {
	const char *name;
	const char *value; /* what it takes, or NULL */
	const char *help;
};

extern const struct cli_command cli_commands[];
extern const size_t cli_n_commands;
extern const struct cli_option_row cli_options[CLI_OPTION_COUNT];

struct cli {
	const struct cli_command *command;
	const char *values[CLI_OPTION_COUNT]; /* NULL: not given; "" for options without value */
	const char *workspaces[MESSAGE_WORKSPACES_MAX];
	size_t n_workspaces;
	char **operands;
	size_t n_operands;
	bool json;
	bool color; /* standard output is a terminal, and NO_COLOR is not set */
};

/* Reads the arguments. 0; EXIT_USAGE after an error was told. Operands are moved to the front of argv. */
int cli_parse(int argc, char **argv, struct cli *cli);

/* "tcpctl: what: why; what to do" on standard error. */
void cli_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The number of an option within bounds, or fallback when it was not given; -1 after an error was told. */
int64_t cli_number(const struct cli *cli, enum cli_option option, int64_t fallback, int64_t min, int64_t max);

/* Everything an option list or help needs to know: does the command take it? */
bool cli_takes(const struct cli_command *command, enum cli_option option);

/* What was printed so far reaches standard output: EXIT_IO after an error was told, else 0. */
int cli_flush(void);

/* Writes all of text to standard output; EXIT_IO after an error was told, else 0. */
int cli_print(const struct text *text);

/* The commands; each returns the exit code. */
#define COMMAND(ID, name, operands, min, max, options, help, function) int function(const struct cli *cli);
#include "client/commands.def"
#undef COMMAND

#endif
