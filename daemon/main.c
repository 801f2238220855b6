#include "config.h"

#include "common/log.h"
#include "daemon/detach.h"
#include "daemon/logger.h"
#include "daemon/platform.h"
#include "daemon/server.h"

#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>

enum option_id {
#define OPTION(ID, name, argument, help) OPTION_##ID,
#include "daemon/options.def"
	OPTION_COUNT
};

static const struct option options[OPTION_COUNT + 1] = {
#define OPTION(ID, name, argument, help) { name, sizeof(argument) > 1 ? required_argument : no_argument, NULL, OPTION_##ID },
#include "daemon/options.def"
};

static int print_help(void)
{
	puts("usage: tcpbehavd [OPTION]...\n"
	     "Resident guard for the tool calls of AI agents (TCP: Tool Capability Protocol; it opens no network port).\n");
#define OPTION(ID, name, argument, help) printf("  --%-20s %s\n", sizeof(argument) > 1 ? name " " argument : name, help);
#include "daemon/options.def"
	puts("\nSIGHUP reads settings, policy and table again; SIGTERM stops. See tcpbehavd(8), tcpbehavd.json(5), tcpctl(1).");
	return EX_OK;
}

static int fail(int status, const char *why)
{
	log_error("main", "%s", why);
	return status;
}

static int check_config(const struct bundle_source *source)
{
	char why[512];
	struct bundle *bundle;

	if (bundle_load(source, &bundle, why, sizeof(why)) < 0)
		return fail(EX_CONFIG, why);
	bundle_unref(bundle);
	return EX_OK;
}

static int print_config(const struct bundle_source *source)
{
	char why[512];
	struct conf conf;

	if (bundle_read_conf(source, &conf, why, sizeof(why)) < 0)
		return fail(EX_CONFIG, why);
	conf_print(&conf, stdout);
	return EX_OK;
}

static void on_ready(void *context)
{
	log_init("tcpbehavd", LOG_FORMAT_JOURNAL);
	logger_use_syslog();
	detach_ready(context);
}

static int serve(const struct bundle_source *source, bool foreground)
{
	int ready_fd = foreground ? -1 : detach_begin(), rc;
	struct bundle *bundle;
	char why[512];

	umask(077);
	platform_forbid_core_dumps();
	if (bundle_load(source, &bundle, why, sizeof(why)) < 0)
		return fail(EX_CONFIG, why);
	log_set_level((enum log_level)bundle->conf.log_level);
	logger_start();
	rc = server_run(bundle, source, ready_fd < 0 ? NULL : on_ready, &ready_fd, why, sizeof(why));
	logger_stop();
	return rc < 0 ? fail(rc == -EADDRINUSE ? EX_TEMPFAIL : EX_OSERR, why) : EX_OK;
}

/* Below a service manager the process must not leave its parent. */
static bool is_managed(void)
{
	return getenv("NOTIFY_SOCKET") || getenv("LISTEN_PID");
}

int main(int argc, char **argv)
{
	const char *given[OPTION_COUNT] = { NULL };
	int id;

	log_init("tcpbehavd", log_format_of_stderr());
	while ((id = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (id < 0 || id >= OPTION_COUNT)
			return fail(EX_USAGE, "see tcpbehavd --help");
		given[id] = optarg ? optarg : "";
	}
	if (optind < argc)
		return fail(EX_USAGE, "there are no operands; see tcpbehavd --help");
	if (given[OPTION_HELP])
		return print_help();
	if (given[OPTION_VERSION])
		return puts("tcpbehavd " VERSION) < 0 ? EX_IOERR : EX_OK;
	const struct bundle_source source = { given[OPTION_CONFIG], given[OPTION_SOCKET], given[OPTION_STATE], given[OPTION_TABLE] };
	if (given[OPTION_PRINT_CONFIG])
		return print_config(&source);
	if (given[OPTION_CHECK_CONFIG])
		return check_config(&source);
	return serve(&source, given[OPTION_FOREGROUND] || is_managed());
}
