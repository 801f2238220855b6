#!/bin/bash
# The manuals are clean and name every command, option and function that there is, and nothing else.
set -u
man=$top_srcdir/client/man failed=0
help=$("$top_builddir/bin/tcpctl" help --json) || exit 1

fail() {
	echo "FAILED: $*"
	failed=1
}

same() { # same WHAT THERE TOLD
	diff <(sort -u <<<"$2") <(sort -u <<<"$3") >/dev/null || fail "$1: $(diff <(sort -u <<<"$2") <(sort -u <<<"$3"))"
}

same "commands of tcpctl.1" "$(jq -r '.commands[].name' <<<"$help")" \
	"$(sed -n 's/^\.It Nm Cm \([a-z ]*[a-z]\).*/\1/p' "$man/tcpctl.1")"
same "options of tcpctl.1" "$(jq -r '.commands[].options[]' <<<"$help"; echo --version)" \
	"$(sed -n 's/^\.It Fl -\([a-z-]*\).*/--\1/p' "$man/tcpctl.1")"
same "functions of libtcpbehav.3" "$(grep -o '^TCPBEHAV_API.*' "$top_srcdir/client/tcpbehav.h" | grep -o 'tcpbehav_[a-z_]*(' | tr -d '(')" \
	"$(sed -n 's/^\.Fn \(tcpbehav_[a-z_]*\) .*/\1/p' "$man/libtcpbehav.3")"

command -v mandoc >/dev/null || exit "$((failed ? 1 : 77))"
for page in "$man"/*.[1-8]; do
	problems=$(mandoc -T lint -W warning "$page" | grep -v 'referenced manual not found')
	[ -z "$problems" ] || fail "$problems"
done
exit $failed
