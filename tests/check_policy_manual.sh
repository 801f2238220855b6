#!/bin/bash
# The manual of the policy shows every cell: a row for each profile, standing, level and risk, a sign for each place.
set -eu
manual=$top_builddir/daemon/man/tcpbehavd-policy.5
rows=$(grep -c '^\.It [a-z]* Ta [a-z]* Ta [a-z]*\( Ta \(+\|a\|\\-\)\)\{8\}$' "$manual")
[ "$rows" -eq 300 ] || { echo "$manual: $rows rows instead of 3 profiles x 5 standings x 4 levels x 5 risks"; exit 1; }
! grep -n '^@' "$manual" || exit 1
command -v mandoc >/dev/null || exit 77
mandoc -T lint -W warning "$manual"

# Its example is a policy that can be read.
sed -n '/^\.Bd -literal/,/^\.Ed/p' "$manual" | grep -v '^\.' | python3 -m json.tool >/dev/null
