#ifndef TCPBEHAV_SHELL_TREE_H
#define TCPBEHAV_SHELL_TREE_H

#include "common/shell.h"

/* The tree as one line of text, for comparing in tests; malloc'd.
 *
 *   word       literals as they are, 'quoted literals', $(..) for substitutions, <(..) >(..), ${x:-word}, $((text|words)),
 *              extended patterns as @(..); behind it ~ { * for the flags tilde, brace and glob, in angle brackets: <~{*>
 *   simple     [words name=value name=(elements) op:fd target body]
 *   others     kind{parts}; ! in front: negated, & behind: background, |& behind: stderr goes along
 *   problems   in front: incomplete: malformed: complex: */
char *shell_tree(const struct shell_script *script);

#endif
