#!/bin/bash
# The shell parser against shfmt and bash -n; with CORPORA=DIR also over what lies there (see compare_shfmt.py).
set -eu
source=${top_srcdir:-.}
build=${top_builddir:-.}
corpora=()
for name in nl2bash tldr agent peers; do
	[ -z "${CORPORA:-}" ] || [ ! -f "$CORPORA/$name.jsonl" ] || corpora+=("$CORPORA/$name.jsonl")
done
command -v python3 >/dev/null || { echo "python3 is missing: skipped"; exit 77; }
exec python3 "$source/tests/compare_shfmt.py" "$build/tests/shell_dump" "$source/tests/shell_lines.txt" "${corpora[@]}"
