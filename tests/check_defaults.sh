#!/bin/bash
# The installed settings are the program's defaults, and the manual names every one of them.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
fail() { echo "check_defaults: $*" >&2; exit 1; }
program=${TCPBEHAVD:-$top_builddir/sbin/tcpbehavd}

echo '{}' >"$dir/empty.json"
XDG_STATE_HOME='' XDG_RUNTIME_DIR='' HOME='' "$program" --config "$dir/empty.json" --print-config >"$dir/printed.json"
if [ "$(id -u)" -lt 1000 ]; then
	diff -u "$top_builddir/etc/tcpbehavd.json" "$dir/printed.json" || fail "etc/tcpbehavd.json.in is not what --print-config says"
fi
"$program" --config "$dir/printed.json" --print-config | diff -u "$dir/printed.json" - || fail "what is printed is not read"

manual=$top_srcdir/daemon/man/tcpbehavd.json.5
sed -n 's/^[A-Z]*([a-z_]*, "\([a-z_]*\)".*/\1/p' "$top_srcdir/daemon/conf.def" >"$dir/keys"
[ "$(wc -l <"$dir/keys")" -ge 20 ] || fail "daemon/conf.def was not understood"
while read -r key; do
	[ -z "$key" ] || grep -q "^\.It Cm $key\$" "$manual" || fail "$manual does not explain \"$key\""
done <"$dir/keys"
sed -n 's/^OPTION([A-Z_]*, "\([a-z-]*\)".*/\1/p' "$top_srcdir/daemon/options.def" >"$dir/options"
while read -r option; do
	"$program" --help | grep -q -e "--$option" || fail "--help does not name --$option"
	grep -q "It Fl -$option" "$top_srcdir/daemon/man/tcpbehavd.8" || fail "tcpbehavd.8 does not explain --$option"
done <"$dir/options"

command -v mandoc >/dev/null || { echo "no mandoc: the manuals were not checked"; exit 0; }
mandoc -T lint -W warning "$manual" "$top_srcdir/daemon/man/tcpbehavd.8" || fail "mandoc"
