#ifndef TCPBEHAV_CLIENT_PROJECT_RULES_H
#define TCPBEHAV_CLIENT_PROJECT_RULES_H

/* Writes the project's own file: the only file of a repository that tcpctl ever changes. Thread safe. */

#include "common/project.h"

/* Adds a rule that denies what pattern matches (policy_rule_from_pattern) to POLICY_PROJECT_FILE in the workspace, keeps the rules and the
 * profile that are there, and puts the new file in the place of the old one in one step. *n_out: the rules that it then has; *added: it
 * was not there yet. 0; -EINVAL: the pattern, or a file that cannot be used, which stays as it is; -ENOMEM; -errno of writing; always
 * with a sentence in why. */
int project_rules_deny(const char *workspace, const char *pattern, struct arena *arena, size_t *n_out, bool *added, char *why,
                       size_t why_size);

#endif
