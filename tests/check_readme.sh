#!/bin/bash
# The README's example session is true: each "$ tcpctl ..." is run in a project of its own and must print what stands below.
# With UPDATE=FILE the session as it is now is written to FILE.
set -u
work=$(mktemp -d) failed=0
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/home/dev/p/.git" "$work/bin"
printf '#!/bin/sh\nexec "%s" "$@" --table "%s"\n' "$top_builddir/bin/tcpctl" "$top_builddir/etc/default.tcpt" >"$work/bin/tcpctl"
chmod +x "$work/bin/tcpctl"
sed -n '/^```console$/,/^```$/p' "$top_srcdir/README.md" | grep -v '^```' | sed 's/ *$//' >"$work/told"
cd "$work/home/dev/p" || exit 1
export HOME=$work/home/dev PATH=$work/bin:$PATH
grep '^\$ ' "$work/told" | while IFS= read -r line; do
	echo "$line"
	sh -c "${line#\$ }" 2>&1 | sed "s|$work||g; s/ *\$//"
done >"$work/true"
[ -s "$work/told" ] || { echo "FAILED: README.md has no session"; failed=1; }
[ -z "${UPDATE-}" ] || cp "$work/true" "$UPDATE"
diff "$work/told" "$work/true" || failed=1
exit $failed
