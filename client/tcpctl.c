#include "config.h"

/* libexec/tcpbehavd/tcpctl: every command. bin/tcpctl (launch.c) starts it when a hook's fast path does not suffice. */

#include "client/cli.h"

#include <signal.h>
#include <string.h>

#define EXIT_BLOCK 2

int main(int argc, char **argv)
{
	struct cli cli;
	int rc;

	signal(SIGPIPE, SIG_IGN); /* so that a closed output is told */
	rc = cli_parse(argc, argv, &cli);
	if (rc) /* a host goes on after any other exit code of its hook */
		return argc > 1 && strcmp(argv[1], "hook") == 0 ? EXIT_BLOCK : rc;
	if (cli.values[CLI_VERSION])
		printf("tcpctl (tcpbehavd) " VERSION "\n");
	else if (cli.values[CLI_HELP])
		rc = command_help(&cli);
	else
		rc = cli.command->run(&cli);
	return rc ? rc : cli_flush();
}
