#include "config.h"

/* libexec/tcpbehavd/tcpctl: every command. bin/tcpctl (launch.c) starts it when a hook's fast path does not suffice. */

#include "client/cli.h"

#include <signal.h>

int main(int argc, char **argv)
{
	struct cli cli;
	int rc;

	signal(SIGPIPE, SIG_IGN); /* so that a closed output is told */
	rc = cli_parse(argc, argv, &cli);
	if (rc)
		return rc;
	if (cli.values[CLI_VERSION]) {
		printf("tcpctl (tcpbehavd) " VERSION "\n");
		return 0;
	}
	if (cli.values[CLI_HELP])
		return command_help(&cli);
	return cli.command->run(&cli);
}
