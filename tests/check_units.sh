#!/bin/bash
# The units say what systemd understands, are hardened, and name files of this installation; the property list is one.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
fail() { echo "check_units: $*" >&2; exit 1; }

for unit in systemd/tcpbehavd.service systemd/tcpbehavd.socket systemd/sysusers.d/tcpbehavd.conf \
	systemd/tmpfiles.d/tcpbehavd.conf launchd/org.tcpbehavd.tcpbehavd.plist; do
	[ -s "$top_builddir/$unit" ] || fail "$unit was not made"
	if grep -n '@[a-z]*@' "$top_builddir/$unit"; then fail "$unit: a folder was not filled in"; fi
done

if command -v python3 >/dev/null; then
	python3 - "$top_builddir/launchd/org.tcpbehavd.tcpbehavd.plist" <<-'END'
		import plistlib, sys
		unit = plistlib.load(open(sys.argv[1], "rb"))
		assert unit["Sockets"]["Listener"]["SockPathMode"] == 0o666, unit
		assert unit["ProgramArguments"][0].endswith("/tcpbehavd"), unit
	END
	name=$(sed -n 's/^#define LAUNCHD_SOCKET_NAME "\([A-Za-z]*\)".*/\1/p' "$top_srcdir/daemon/platform-darwin.c")
	grep -q "<key>$name</key>" "$top_builddir/launchd/org.tcpbehavd.tcpbehavd.plist" || fail "the socket is not named $name"
fi

command -v systemd-analyze >/dev/null || { echo "no systemd-analyze: the units were only looked at"; exit 0; }
# A copy that names programs that exist; the manuals need not be installed.
for unit in tcpbehavd.service tcpbehavd.socket; do
	sed -e '/^Documentation=/d' -e 's|^\(Exec[A-Za-z]*=\)[^ ]*tcpbehavd|\1/bin/true|' -e '/^User=/d' -e '/^Group=/d' \
		"$top_builddir/systemd/$unit" >"$dir/$unit"
done
systemd-analyze verify "$dir/tcpbehavd.service" "$dir/tcpbehavd.socket" 2>"$dir/errors" || true
if grep -E 'tcpbehavd\.(service|socket)' "$dir/errors"; then fail "systemd-analyze verify"; fi
cp "$top_builddir/systemd/tcpbehavd.service" "$dir/"
systemd-analyze security --offline=true --threshold=20 --no-pager "$dir/tcpbehavd.service" >"$dir/report" ||
	{ tail -3 "$dir/report"; fail "the unit is exposed above 2.0"; }
tail -1 "$dir/report"
