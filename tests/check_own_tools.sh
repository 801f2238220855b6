#!/bin/bash
# The wrapper that the README teaches: built with all the rest, what stands behind it is judged.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tcpctl=$top_builddir/bin/tcpctl
sed -n '/^## Your own tools/,/^## What/p' "$top_srcdir/README.md" | sed -n '/^```json$/,/^```$/p' | grep -v '^```' >"$work/ours.json"
"$tcpctl" table build "$top_srcdir/etc/tools.d" "$work/ours.json" --output "$work/ours.tcpt" >/dev/null

# verdict IMAGE COMMAND: its exit code
verdict() {
	local code=0
	"$tcpctl" check --table "$1" --cwd /home/dev/p --workspace /home/dev/p --home /home/dev "$2" >/dev/null || code=$?
	echo "$code"
}
[ "$(verdict "$work/ours.tcpt" 'rtk git status')" = 0 ] || { echo "FAILED: what rtk runs is harmless"; exit 1; }
[ "$(verdict "$work/ours.tcpt" 'rtk rm -rf /')" = 2 ] || { echo "FAILED: what rtk runs is not judged"; exit 1; }
[ "$(verdict "$top_builddir/etc/default.tcpt" 'rtk git status')" = 1 ] || { echo "FAILED: rtk is known by itself, the check says nothing"; exit 1; }
