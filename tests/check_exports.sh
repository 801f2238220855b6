#!/bin/bash
# The public library exports what tcpbehav.h declares, all of it and nothing else; the header stands alone in C and C++.
set -u
library=$top_builddir/.libs/libtcpbehav.so header=$top_srcdir/client/tcpbehav.h
[ -f "$library" ] || exit 77
exported=$(nm -D --defined-only "$library" | awk '$2 ~ /[TDBRV]/ { sub(/@.*/, "", $3); print $3 }' | sort -u)
declared=$(grep -o 'tcpbehav_[a-z_]*(' "$header" | tr -d '(' | sort -u | grep -v -e '^tcpbehav_client$')
diff <(echo "$exported") <(echo "$declared") || exit 1
printf '#include "tcpbehav.h"\nint main(void) { return tcpbehav_strerror(0) == 0; }\n' >exports.c
${CC:-cc} -std=c99 -pedantic -Wall -Wextra -Werror -I"$top_srcdir/client" -c exports.c -o exports.o || exit 1
rm -f exports.c exports.o
