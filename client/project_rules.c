#include "config.h"
#include "client/project_rules.h"
#include "client/put_all.h"

#include "client/projectfile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct rules_file {
	const char *path;
	struct policy_project old;
	mode_t mode;
};

static int say(int rc, const char *path, const char *what, char *why, size_t why_size)
{
	snprintf(why, why_size, "%s: %s", path, what);
	return rc;
}

/* What the file says now; nothing where there is none. */
static int read_old(const char *workspace, struct arena *arena, struct rules_file *file, char *why, size_t why_size)
{
	struct check_request request = { .workspaces = &workspace, .n_workspaces = 1 };
	struct json_error error;
	const struct script *text;
	struct stat st;

	if (!projectfile_find(&request, arena))
		return arena->exhausted ? say(-ENOMEM, file->path, "out of memory", why, why_size) : 0;
	text = &request.project_files[0];
	if (lstat(file->path, &st) < 0 || !S_ISREG(st.st_mode) || !text->text)
		return say(-EINVAL, file->path, "is no plain file that can be read; change it by hand", why, why_size);
	if (text->len > PROJECT_FILE_MAX)
		return say(-EINVAL, file->path, "has more than 65536 bytes; make it shorter", why, why_size);
	if (policy_read_project(arena, text->text, text->len, &file->old, &error) < 0)
		return say(-EINVAL, file->path, arena->exhausted ? "out of memory" : error.what, why, why_size);
	file->mode = st.st_mode & 0777;
	return 0;
}

static void write_set(struct json_writer *writer, const char *key, uint32_t set, const char *(*name)(unsigned))
{
	if (!set)
		return;
	json_key(writer, key);
	json_begin_array(writer);
	for (unsigned bit = 0; bit < 32; bit++)
		if (set >> bit & 1)
			json_cstring(writer, name(bit));
	json_end_array(writer);
}

static const char *name_of_place(unsigned bit)
{
	return place_name((enum place)bit);
}

/* A rule on a line of its own, so that a person sees in a diff what came. */
static void write_rule(struct text *out, const struct policy_rule *rule, bool first)
{
	struct json_writer writer;

	text_puts(out, first ? "\n    " : ",\n    ");
	json_writer_init(&writer, out);
	json_begin_object(&writer);
	if (rule->tool)
		json_member_string(&writer, "tool", rule->tool);
	if (rule->finding)
		json_member_string(&writer, "rule", rule->finding);
	write_set(&writer, "capability", rule->caps, caps_bit_name);
	write_set(&writer, "place", rule->places, name_of_place);
	json_member_string(&writer, "verdict", policy_verdict_name(rule->verdict));
	json_end_object(&writer);
}

static void write_all(struct text *out, const struct policy_project *old, const struct policy_rule *rule)
{
	text_puts(out, "{\n");
	if (old->profile > PROFILE_PERMISSIVE) {
		text_puts(out, "  \"profile\": \"");
		text_puts(out, policy_profile_name(old->profile));
		text_puts(out, "\",\n");
	}
	text_puts(out, "  \"rules\": [");
	for (size_t i = 0; i < old->n_rules; i++)
		write_rule(out, &old->rules[i], i == 0);
	write_rule(out, rule, old->n_rules == 0);
	text_puts(out, "\n  ]\n}\n");
}

/* The new file beside the old one, then in its place. 0 or -errno. */
static int replace(const struct rules_file *file, const struct text *text, struct arena *arena)
{
	struct text name;
	char *path;
	int fd, rc = 0;

	text_init(&name, arena, strlen(file->path) + 8);
	text_puts(&name, file->path);
	text_puts(&name, ".XXXXXX");
	path = text_end(&name);
	if (!path)
		return -ENOMEM;
	fd = mkstemp(path);
	if (fd < 0)
		return -errno;
	if (!put_all(fd, text->data, text->len) || fchmod(fd, file->mode) < 0 || fsync(fd) < 0)
		rc = -errno;
	if (close(fd) < 0 && rc == 0)
		rc = -errno;
	if (rc == 0 && rename(path, file->path) < 0)
		rc = -errno;
	if (rc < 0)
		unlink(path);
	return rc;
}

static bool is_there(const struct policy_project *project, const struct policy_rule *rule)
{
	for (size_t i = 0; i < project->n_rules; i++) {
		const struct policy_rule *other = &project->rules[i];

		if (other->verdict == rule->verdict && other->caps == rule->caps && other->places == rule->places &&
		    strcmp(other->tool ? other->tool : "", rule->tool ? rule->tool : "") == 0 &&
		    strcmp(other->finding ? other->finding : "", rule->finding ? rule->finding : "") == 0)
			return true;
	}
	return false;
}

/* The new text, as its readers would take it. */
static int write_new(const struct rules_file *file, const struct policy_rule *rule, struct arena *arena, char *why, size_t why_size)
{
	struct policy_project project;
	struct json_error error;
	struct text text;
	int rc;

	text_init(&text, arena, 1024);
	write_all(&text, &file->old, rule);
	if (text.failed)
		return say(-ENOMEM, file->path, "out of memory", why, why_size);
	if (text.len > PROJECT_FILE_MAX)
		return say(-EINVAL, file->path, "would have more than 65536 bytes; remove rules that are no longer needed", why, why_size);
	if (policy_read_project(arena, text.data, text.len, &project, &error) < 0)
		return say(-EINVAL, file->path, error.what, why, why_size);
	rc = replace(file, &text, arena);
	return rc < 0 ? say(rc, file->path, strerror(-rc), why, why_size) : 0;
}

int project_rules_deny(const char *workspace, const char *pattern, struct arena *arena, size_t *n_out, bool *added, char *why,
                       size_t why_size)
{
	struct rules_file file = { .mode = 0644 };
	struct policy_rule rule;
	struct json_error error;
	struct text path;
	int rc;

	text_init(&path, arena, strlen(workspace) + sizeof("/" POLICY_PROJECT_FILE));
	text_puts(&path, workspace);
	text_puts(&path, "/" POLICY_PROJECT_FILE);
	file.path = text_end(&path);
	if (!file.path)
		return say(-ENOMEM, workspace, "out of memory", why, why_size);
	if (policy_rule_from_pattern(arena, pattern, LAYER_PROJECT, VERDICT_DENY, &rule, &error) < 0)
		return say(-EINVAL, pattern, arena->exhausted ? "out of memory" : error.what, why, why_size);
	rc = read_old(workspace, arena, &file, why, why_size);
	if (rc < 0)
		return rc;
	*added = !is_there(&file.old, &rule);
	*n_out = file.old.n_rules + *added;
	return *added ? write_new(&file, &rule, arena, why, why_size) : 0;
}
