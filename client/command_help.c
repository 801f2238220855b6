#include "config.h"

/* help and completion, from the tables. */

#include "client/cli.h"

#include <string.h>

static void print_options(const struct cli_command *command)
{
	for (int i = 0; i < CLI_OPTION_COUNT; i++) {
		char spelling[64];

		if (!cli_takes(command, (enum cli_option)i))
			continue;
		snprintf(spelling, sizeof(spelling), "--%s%s%s", cli_options[i].name, cli_options[i].value ? " " : "",
		         cli_options[i].value ? cli_options[i].value : "");
		printf("  %-18s %s\n", spelling, cli_options[i].help);
	}
}

static void print_command(const struct cli_command *command)
{
	printf("tcpctl %s%s%s\n\n%s\n\n", command->name, *command->operands ? " " : "", command->operands, command->help);
	print_options(command);
}

static void print_overview(void)
{
	puts("tcpctl: asks tcpbehavd what a command can do and whether it may (Tool Capability Protocol, not the transport\n"
	     "protocol)\n\nusage: tcpctl COMMAND [OPTIONS] [OPERANDS]\n");
	for (size_t i = 0; i < cli_n_commands; i++)
		printf("  %-13s %s\n", cli_commands[i].name, cli_commands[i].help);
	puts("\ntcpctl help COMMAND shows its options. Example: tcpctl check 'rm -rf build'\n"
	     "Errors end with an exit code of 64 or more (sysexits.h).");
}

static void print_json(void)
{
	printf("{\"version\":\"%s\",\"commands\":[", VERSION);
	for (size_t i = 0; i < cli_n_commands; i++) {
		const char *comma = "";

		printf("%s{\"name\":\"%s\",\"options\":[", i ? "," : "", cli_commands[i].name);
		for (int option = 0; option < CLI_OPTION_COUNT; option++) {
			if (!cli_takes(&cli_commands[i], (enum cli_option)option))
				continue;
			printf("%s\"--%s\"", comma, cli_options[option].name);
			comma = ",";
		}
		printf("]}");
	}
	puts("]}");
}

/* Commands of that name, or whose first word it is; how many. */
static unsigned print_commands_named(const char *name)
{
	size_t len = strlen(name);
	unsigned n = 0;

	for (size_t i = 0; i < cli_n_commands; i++) {
		const char *found = cli_commands[i].name;

		if (strncmp(found, name, len) != 0 || (found[len] && found[len] != ' '))
			continue;
		if (n++)
			putchar('\n');
		print_command(&cli_commands[i]);
	}
	return n;
}

int command_help(const struct cli *cli)
{
	char name[64];

	if (cli->json) {
		print_json();
		return 0;
	}
	if (cli->values[CLI_HELP] && cli->command) {
		print_command(cli->command);
		return 0;
	}
	if (!cli->n_operands) {
		print_overview();
		return 0;
	}
	snprintf(name, sizeof(name), "%s%s%s", cli->operands[0], cli->n_operands > 1 ? " " : "",
	         cli->n_operands > 1 ? cli->operands[1] : "");
	if (print_commands_named(name))
		return 0;
	cli_error("help: there is no command \"%s\"; see tcpctl help", name);
	return EXIT_USAGE;
}

/* --- completion --- */

/* First words of the commands, each once. */
static void print_first_words(const char *separator)
{
	size_t last = 0;

	for (size_t i = 0; i < cli_n_commands; i++) {
		size_t len = strcspn(cli_commands[i].name, " ");

		if (i && strncmp(cli_commands[last].name, cli_commands[i].name, len) == 0 &&
		    strcspn(cli_commands[last].name, " ") == len)
			continue;
		printf("%s%.*s", i ? separator : "", (int)len, cli_commands[i].name);
		last = i;
	}
}

/* shell `case` branches: a command's options and, where it has second words, those. */
static void print_cases(void)
{
	for (size_t i = 0; i < cli_n_commands; i++) {
		const char *comma = strchr(cli_commands[i].name, ' ');

		if (comma)
			printf("\t'%s') words='", cli_commands[i].name);
		else
			printf("\t'%s' | '%s '*) words='", cli_commands[i].name, cli_commands[i].name);
		for (int option = 0; option < CLI_OPTION_COUNT; option++)
			if (cli_takes(&cli_commands[i], (enum cli_option)option))
				printf("--%s ", cli_options[option].name);
		puts("' ;;");
	}
	printf("\t'table '*) words='");
	for (size_t i = 0; i < cli_n_commands; i++)
		if (strncmp(cli_commands[i].name, "table ", 6) == 0)
			printf("%s ", cli_commands[i].name + 6);
	puts("' ;;");
}

static void print_bash(void)
{
	printf("_tcpctl() {\n\tlocal words='");
	print_first_words(" ");
	puts("' word=${COMP_WORDS[COMP_CWORD]}\n"
	     "\t[ \"$COMP_CWORD\" -gt 1 ] && case \"${COMP_WORDS[1]} ${COMP_WORDS[2]}\" in");
	print_cases();
	puts("\tesac\n"
	     "\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
	     "\t[ ${#COMPREPLY[@]} -gt 0 ] || mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n"
	     "}\n"
	     "complete -o filenames -F _tcpctl tcpctl");
}

static void print_zsh(void)
{
	puts("#compdef tcpctl\n"
	     "autoload -Uz bashcompinit && bashcompinit");
	print_bash();
}

static void print_fish(void)
{
	printf("complete -c tcpctl -n __fish_use_subcommand -f -a '");
	print_first_words(" ");
	puts("'");
	for (size_t i = 0; i < cli_n_commands; i++) {
		const char *blank = strchr(cli_commands[i].name, ' ');
		int len = (int)strcspn(cli_commands[i].name, " ");

		if (blank)
			printf("complete -c tcpctl -n '__fish_seen_subcommand_from %.*s' -f -a %s\n", len, cli_commands[i].name, blank + 1);
		for (int option = 0; option < CLI_OPTION_COUNT; option++)
			if (cli_takes(&cli_commands[i], (enum cli_option)option))
				printf("complete -c tcpctl -n '__fish_seen_subcommand_from %.*s' -l %s%s\n", len, cli_commands[i].name,
				       cli_options[option].name, cli_options[option].value ? " -r" : "");
	}
}

int command_completion(const struct cli *cli)
{
	static const struct {
		const char *name;
		void (*print)(void);
	} shells[] = { { "bash", print_bash }, { "zsh", print_zsh }, { "fish", print_fish } };

	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++)
		if (strcmp(shells[i].name, cli->operands[0]) == 0) {
			shells[i].print();
			return 0;
		}
	cli_error("completion: no such shell: %s; there are bash, zsh and fish", cli->operands[0]);
	return EXIT_USAGE;
}
