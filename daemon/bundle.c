#include "config.h"

#include "daemon/bundle.h"

#include "common/policy_rules.h"
#include "daemon/platform.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define POLICY_FILE_MAX ((size_t)1 << 20)

static int override_path(char *field, const char *value, const char *option, char *why, size_t why_size)
{
	if (!value)
		return 0;
	if (value[0] != '/' || strlen(value) >= CONF_TEXT_MAX) {
		snprintf(why, why_size, "%s %s: must be an absolute path of at most %d bytes", option, value, CONF_TEXT_MAX - 1);
		return -EINVAL;
	}
	strcpy(field, value);
	return 0;
}

/* Where an ordinary user's folder of one purpose lies: $variable, else $HOME/otherwise, else as the system's. */
static void personal_path(char *field, const char *variable, const char *otherwise, const char *name)
{
	const char *folder = getenv(variable), *home = getenv("HOME");
	char path[CONF_TEXT_MAX];
	int n = -1;

	if (folder && folder[0] == '/')
		n = snprintf(path, sizeof(path), "%s/tcpbehavd%s", folder, name);
	else if (otherwise && home && home[0] == '/')
		n = snprintf(path, sizeof(path), "%s/%s/tcpbehavd%s", home, otherwise, name);
	if (n > 0 && (size_t)n < sizeof(path))
		strcpy(field, path);
}

/* A daemon that an ordinary user starts serves that user alone. */
static void personal_defaults(struct conf *conf, char *conf_path)
{
	personal_path(conf_path, "XDG_CONFIG_HOME", ".config", "/tcpbehavd.json");
	personal_path(conf->state, "XDG_STATE_HOME", ".local/state", "");
	personal_path(conf->socket, "XDG_RUNTIME_DIR", NULL, "/tcpbehavd.sock");
	conf->socket_mode = 0600;
	conf->folder_mode = 0700;
}

int bundle_read_conf(const struct bundle_source *source, struct conf *conf, char *why, size_t why_size)
{
	char path[CONF_TEXT_MAX] = CONF_FILE_DEFAULT;
	int rc = 0;

	conf_defaults(conf);
	if (geteuid() >= platform_first_user_uid())
		personal_defaults(conf, path);
	if (source->conf_path)
		rc = conf_read(conf, source->conf_path, why, why_size);
	else if (access(path, F_OK) == 0)
		rc = conf_read(conf, path, why, why_size);
	if (rc == 0)
		rc = override_path(conf->socket, source->socket, "--socket", why, why_size);
	if (rc == 0)
		rc = override_path(conf->state, source->state, "--state", why, why_size);
	if (rc == 0)
		rc = override_path(conf->table, source->table, "--table", why, why_size);
	return rc;
}

/* A missing file is the standard policy. */
static int load_policy(struct bundle *bundle, char *why, size_t why_size)
{
	const char *path = bundle->conf.policy;
	struct json_error error;
	char *text;
	size_t len;
	int rc;

	policy_init(&bundle->policy);
	if (access(path, F_OK) < 0 && errno == ENOENT)
		return 0;
	rc = conf_load_file(path, POLICY_FILE_MAX, &text, &len, why, why_size);
	if (rc < 0)
		return rc;
	rc = policy_read(&bundle->policy_arena, text, len, &bundle->policy, &error);
	if (rc < 0)
		snprintf(why, why_size, "%s: %s", path, rc == -ENOMEM ? "out of memory" : error.what);
	free(text);
	return rc;
}

int bundle_load(const struct bundle_source *source, struct bundle **bundle_out, char *why, size_t why_size)
{
	struct bundle *bundle = calloc(1, sizeof(*bundle));
	int rc;

	if (!bundle || arena_init(&bundle->policy_arena, 16384, 0) < 0) {
		free(bundle);
		snprintf(why, why_size, "out of memory");
		return -ENOMEM;
	}
	bundle->users = 1;
	bundle->generation = 1;
	rc = bundle_read_conf(source, &bundle->conf, why, why_size);
	if (rc == 0)
		rc = load_policy(bundle, why, why_size);
	if (rc == 0)
		rc = image_load(bundle->conf.table, &bundle->image, why, why_size);
	if (rc < 0)
		bundle_unref(bundle);
	else
		*bundle_out = bundle;
	return rc;
}

struct bundle *bundle_ref(struct bundle *bundle)
{
	bundle->users++;
	return bundle;
}

void bundle_unref(struct bundle *bundle)
{
	if (!bundle || --bundle->users > 0)
		return;
	image_unload(&bundle->image);
	arena_deinit(&bundle->policy_arena);
	free(bundle);
}
