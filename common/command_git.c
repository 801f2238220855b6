#include "config.h"
#include "common/command_handlers.h"

#include "common/glob.h"
#include "common/printable.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* What git's and ssh's operands and settings do: remotes, refspecs, settings whose value is run. */

static bool forced_ref(const struct field *word)
{
	return word->text[0] == '+' || word->text[0] == ':';
}

void command_on_refspec(struct resolved *r, const struct field *word)
{
	if (!forced_ref(word) || !(r->flags & CAP_REMOTE_STATE))
		return;
	effect_finding(r->run, word->text[0] == '+' ? "git.push.force" : "git.push.delete", RISK_HIGH, PLACE_REMOTE,
	               CAP_REMOTE_STATE | CAP_HISTORY | CAP_DESTRUCTIVE, word->span,
	               word->text[0] == '+' ? "a refspec with + overwrites the remote branch, with what others pushed to it"
	                                    : "a refspec with nothing before the colon deletes the remote branch",
	               word->text[0] == '+' ? "git push --force-with-lease" : NULL);
}

void command_on_git_remote(struct resolved *r, const struct field *word)
{
	bool address = place_is_remote_path(word->text, word->len) || strstr(word->text, "://");

	if (strncmp(word->text, "ext::", 5) == 0)
		effect_finding(r->run, "git.ext-transport", RISK_HIGH, PLACE_WORKSPACE, CAP_EXEC_CODE, word->span,
		               "the address is a command that git runs", "git clone https://HOST/PATH");

	if (r->n_operands > 1 && word == r->operands[1] && address && !memory_user_named(r->run, word))
		r->run->new_remote = r->operands[0]->text; /* git remote add NAME ADDRESS */
	if (!address && !(r->run->new_remote && strcmp(r->run->new_remote, word->text) == 0) && !memory_is_new_remote(r->run, word))
		return;
	command_address(r, word, NETWORK_FETCH);
	if (r->flags & CAP_REMOTE_STATE)
		effect_finding(r->run, "git.push.elsewhere", RISK_HIGH, PLACE_REMOTE, CAP_UPLOAD | CAP_REMOTE_STATE | CAP_NETWORK, word->span,
		               printable_join(r->run->arena, "sends the repository to ",
		                              printable_quote(r->run->arena, word->text, word->len),
		                              ", which is not a remote that the project has set up", NULL),
		               "git push to a configured remote");
}

/* Settings whose value is run: of git, by "name=value"; of ssh, by "Name=value" or "Name value". */
static const char *const git_code_settings[] = {
	"core.pager", "core.editor", "core.sshcommand", "core.fsmonitor", "core.hookspath", "core.askpass", "sequence.editor",
	"diff.external", "gpg.program", "credential.helper", "uploadpack.packobjectshook", "pager.*", "filter.*.clean", "filter.*.smudge",
	"diff.*.command", "diff.*.textconv", "merge.*.driver", "mergetool.*.cmd", "difftool.*.cmd", "remote.*.uploadpack",
};

static const char *const ssh_code_settings[] = { "proxycommand", "localcommand", "knownhostscommand" };

/* Is name, in any case, one of the patterns, or an alias? */
static bool is_code_setting(struct arena *arena, const char *name, size_t len, const char *const *patterns, size_t n)
{
	char *lower = arena_dup(arena, name, len);

	for (char *c = lower; c && *c; c++)
		*c = (char)tolower((unsigned char)*c);
	for (size_t i = 0; lower && i < n; i++)
		if (glob_match(patterns[i], lower, len))
			return true;
	return false;
}

bool command_git_setting_runs(struct run *run, const char *name, size_t len)
{
	return is_code_setting(run->arena, name, len, git_code_settings, sizeof(git_code_settings) / sizeof(*git_code_settings)) ||
	       (len > 6 && strncasecmp(name, "alias.", 6) == 0);
}

static void run_setting(struct resolved *r, const struct field *word, const char *separators, const char *const *names, size_t n)
{
	size_t name_len = strcspn(word->text, separators);
	struct field code = *word;

	if (name_len + 1 >= word->len)
		return;
	code.text = word->text + name_len + 1;
	code.len = word->len - (uint32_t)name_len - 1;
	if (!(name_len > 6 && strncasecmp(word->text, "alias.", 6) == 0 && code.text[0] == '!') &&
	    !is_code_setting(r->run->arena, word->text, name_len, names, n))
		return;
	if (strcmp(code.text, "none") == 0)
		return;
	if (command_names_temporary(r->run, &code, " \t\"'"))
		effect_finding(r->run, "setting.temporary", RISK_HIGH, PLACE_TEMPORARY, CAP_EXEC_CODE, word->span,
		               "a setting that is run names a temporary folder, where anybody may put something", NULL);
	if (code.text[0] == '!') {
		code.text++;
		code.len--;
	}
	command_judge(r, &code, OPERAND_CODE_SH);
}

void command_on_git_config(struct resolved *r, const struct field *word)
{
	static const char asks[] = "clean.requireforce=";

	if (strncasecmp(word->text, asks, sizeof(asks) - 1) == 0)
		effect_finding(r->run, "git.clean.force", RISK_HIGH, PLACE_WORKSPACE, CAP_DESTRUCTIVE | CAP_BULK, word->span,
		               "lets git clean delete untracked files for good without -f", "git clean -n");
	run_setting(r, word, "=", git_code_settings, sizeof(git_code_settings) / sizeof(*git_code_settings));
}

void command_on_ssh_option(struct resolved *r, const struct field *word)
{
	bool has_script = r->has_script;

	run_setting(r, word, "= ", ssh_code_settings, sizeof(ssh_code_settings) / sizeof(*ssh_code_settings));
	r->has_script = has_script;
}
