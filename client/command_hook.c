#include "config.h"

/* hook HOST with options; without any, bin/tcpctl (launch.c) answers itself. */

#include "client/hook.h"
#include "client/judge.h"

#include <stdlib.h>

int command_hook(const struct cli *cli)
{
	struct hook_answer out = { .exit_code = HOOK_EXIT_BLOCK, .stdout_text = "" };
	int host = host_from_name(cli->operands[0]), rc;
	struct hook_context context;
	char *payload = NULL;
	struct judge judge;
	size_t len;

	if (host < 0) {
		cli_error("hook: \"%s\" is not a host; hosts: %s", cli->operands[0], host_names());
		return HOOK_EXIT_BLOCK;
	}
	if (judge_init(&judge, cli, false) == 0) {
		context = (struct hook_context){
			.home = judge.context.home,
			.cwd = judge.context.cwd,
			.project = getenv("CLAUDE_PROJECT_DIR"),
			.table = judge.table,
			.daemon_missing = judge.link.settings.require_system,
		};
		rc = hook_read((enum host_id)host, &payload, &len);
		hook_judge(&context, (enum host_id)host, payload, len, rc, &judge.arena, &out);
		free(payload);
	}
	rc = hook_put(&out);
	judge_deinit(&judge);
	return rc;
}
