#include "config.h"
#include "client/cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OPT(ID) (UINT32_C(1) << CLI_##ID)

const struct cli_command cli_commands[] = {
#define COMMAND(ID, name, operands, min, max, options, help, function) \
	{ name, operands, min, max, options, help, function },
#include "client/commands.def"
#undef COMMAND
};
const size_t cli_n_commands = sizeof(cli_commands) / sizeof(cli_commands[0]);

const struct cli_option_row cli_options[CLI_OPTION_COUNT] = {
#define OPTION(ID, name, value, help) [CLI_##ID] = { name, value, help },
#include "client/options.def"
#undef OPTION
};

void cli_error(const char *format, ...)
{
	va_list args;

	fputs("tcpctl: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

int cli_flush(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	cli_error("output: %s; look at where standard output leads", strerror(errno));
	return EXIT_IO;
}

int cli_print(const struct text *text)
{
	if (text->failed) {
		cli_error("output: out of memory; ask for less at once");
		return EXIT_OS;
	}
	fwrite(text->data, 1, text->len, stdout);
	return cli_flush();
}

bool cli_takes(const struct cli_command *command, enum cli_option option)
{
	return ((command->options | OPT(JSON) | OPT(HELP)) >> option & 1) != 0;
}

int64_t cli_number(const struct cli *cli, enum cli_option option, int64_t fallback, int64_t min, int64_t max)
{
	const char *value = cli->values[option];
	long long number;
	char *end;

	if (!value)
		return fallback;
	errno = 0;
	number = strtoll(value, &end, 10);
	if (errno == 0 && end != value && !*end && number >= min && number <= max)
		return number;
	cli_error("--%s: \"%s\" is not a number from %lld to %lld", cli_options[option].name, value, (long long)min, (long long)max);
	return -1;
}

/* The command that argv begins with, and how many words it took; the longest name wins. */
static const struct cli_command *find_command(int argc, char **argv, int *words_out)
{
	char two[64];

	*words_out = 2;
	if (argc > 1 && (size_t)snprintf(two, sizeof(two), "%s %s", argv[0], argv[1]) < sizeof(two))
		for (size_t i = 0; i < cli_n_commands; i++)
			if (strcmp(cli_commands[i].name, two) == 0)
				return &cli_commands[i];
	*words_out = 1;
	for (size_t i = 0; argc > 0 && i < cli_n_commands; i++)
		if (strcmp(cli_commands[i].name, argv[0]) == 0)
			return &cli_commands[i];
	return NULL;
}

/* The option spelt in word ("--name" or "--name=value"), or -1. */
static int find_option(const char *word, const char **value_out)
{
	const char *equals = strchr(word, '=');
	size_t len = equals ? (size_t)(equals - word) : strlen(word);

	*value_out = equals ? equals + 1 : NULL;
	for (int i = 0; i < CLI_OPTION_COUNT; i++)
		if (strlen(cli_options[i].name) == len - 2 && strncmp(cli_options[i].name, word + 2, len - 2) == 0)
			return i;
	return -1;
}

static int take_option(struct cli *cli, int option, const char *value)
{
	if (option == CLI_WORKSPACE) {
		if (cli->n_workspaces == MESSAGE_WORKSPACES_MAX) {
			cli_error("--workspace: at most %d are possible", MESSAGE_WORKSPACES_MAX);
			return EXIT_USAGE;
		}
		cli->workspaces[cli->n_workspaces++] = value;
	}
	cli->values[option] = value;
	return 0;
}

/* One word that starts with "--"; next: the word behind it or NULL. *used: set when next was its value. */
static int parse_option(struct cli *cli, const char *word, const char *next, bool *used)
{
	const char *value;
	int option = find_option(word, &value);

	*used = false;
	if (option < 0 || (cli->command && !cli_takes(cli->command, (enum cli_option)option))) {
		cli_error("%.*s: %s has no such option; see tcpctl help %s", (int)strcspn(word, "="), word,
		          cli->command ? cli->command->name : "tcpctl", cli->command ? cli->command->name : "");
		return EXIT_USAGE;
	}
	if (!cli_options[option].value) {
		if (!value)
			return take_option(cli, option, "");
		cli_error("--%s: takes no value", cli_options[option].name);
		return EXIT_USAGE;
	}
	if (!value) {
		value = next;
		*used = true;
	}
	if (value)
		return take_option(cli, option, value);
	cli_error("--%s: needs a value: --%s %s", cli_options[option].name, cli_options[option].name, cli_options[option].value);
	return EXIT_USAGE;
}

static int check_operands(const struct cli *cli)
{
	const struct cli_command *command = cli->command;

	if (cli->values[CLI_HELP] || (cli->n_operands >= command->min_operands && cli->n_operands <= command->max_operands))
		return 0;
	if (cli->n_operands < command->min_operands)
		cli_error("%s: something is missing: tcpctl %s %s", command->name, command->name, command->operands);
	else if (strstr(command->operands, "COMMAND"))
		cli_error("%s: more than one operand; give the command as one argument, in quotes", command->name);
	else
		cli_error("%s: \"%s\" is too much: tcpctl %s %s", command->name, cli->operands[command->max_operands], command->name,
		          command->operands);
	return EXIT_USAGE;
}

static int parse_words(int argc, char **argv, struct cli *cli)
{
	for (int i = 0; i < argc; i++) {
		bool used;
		int rc;

		if (strcmp(argv[i], "--") == 0) {
			while (++i < argc)
				cli->operands[cli->n_operands++] = argv[i];
			break;
		}
		if (argv[i][0] != '-' || !argv[i][1]) {
			cli->operands[cli->n_operands++] = argv[i];
			continue;
		}
		if (argv[i][1] != '-') {
			cli_error("%s: there are no short options; a command that starts with - goes behind --", argv[i]);
			return EXIT_USAGE;
		}
		rc = parse_option(cli, argv[i], i + 1 < argc ? argv[i + 1] : NULL, &used);
		if (rc)
			return rc;
		i += used;
	}
	return check_operands(cli);
}

int cli_parse(int argc, char **argv, struct cli *cli)
{
	int words, rc;

	*cli = (struct cli){ .color = isatty(STDOUT_FILENO) && !getenv("NO_COLOR") };
	argc--, argv++;
	cli->command = find_command(argc, argv, &words);
	if (!cli->command && argc > 0 && (strcmp(argv[0], "--version") == 0 || strcmp(argv[0], "--help") == 0)) {
		cli->values[argv[0][2] == 'v' ? CLI_VERSION : CLI_HELP] = "";
		return 0;
	}
	if (!cli->command) {
		if (argc > 0)
			cli_error("%s: no such command; see tcpctl help", argv[0]);
		else
			cli_error("command: none given; see tcpctl help");
		return EXIT_USAGE;
	}
	cli->operands = argv;
	rc = parse_words(argc - words, argv + words, cli);
	cli->json = cli->values[CLI_JSON] != NULL;
	return rc;
}
