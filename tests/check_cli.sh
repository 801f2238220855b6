#!/bin/bash
# Runs tcpctl over the rows of cli_cases.tsv in a repository of its own, without a daemon; then what does not fit into rows.
set -u
tcpctl=$top_builddir/bin/tcpctl
cases=$top_srcdir/tests/cli_cases.tsv
T=$top_builddir/etc/default.tcpt
work=$(mktemp -d) failed=0 rows=0
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/home/p/.git" "$work/home/p/build"
cd "$work/home/p" || exit 1
export HOME=$work/home TCPBEHAVD_SOCKET=/nonexistent/tcpbehavd.sock
unset XDG_RUNTIME_DIR CLAUDE_PROJECT_DIR

fail() {
	echo "FAILED: $*"
	failed=$((failed + 1))
}

while IFS= read -r row; do
	case $row in '#'*) continue ;; esac
	arguments=${row%%$'\t'*} rest=${row#*$'\t'}
	code=${rest%%$'\t'*} rest=${rest#*$'\t'}
	out=${rest%%$'\t'*} err=${rest#*$'\t'}
	eval "timeout 20 \"$tcpctl\" $arguments" >"$work/out" 2>"$work/err" </dev/null
	got=$?
	rows=$((rows + 1))
	[ "$got" = "$code" ] || fail "tcpctl $arguments: exit $got, not $code: $(head -c 300 "$work/out" "$work/err")"
	[ -z "$out" ] || grep -qF -- "$out" "$work/out" || fail "tcpctl $arguments: no \"$out\" in: $(head -c 300 "$work/out")"
	[ -z "$err" ] || grep -qF -- "$err" "$work/err" || fail "tcpctl $arguments: no \"$err\" in: $(head -c 300 "$work/err")"
	[ "$got" -lt 64 ] || grep -q '^tcpctl: ' "$work/err" || fail "tcpctl $arguments: no error told"
done <"$cases"
[ "$rows" -gt 50 ] || fail "only $rows rows"

# A batch keeps the order, the ids and the lines; a bad line is answered and does not end it.
printf '%s\n' '{"id":1,"command":"ls"}' '{"id":"two","command":"rm -rf /"}' '{"id":3,' '{"id":4,"command":7}' '' \
	'{"command":"ls","cwd":null}' '{"id":6,"op":"status"}' >"$work/batch"
"$tcpctl" check --table "$T" --batch "$work/batch" >"$work/out" 2>"$work/err"
[ $? -eq 65 ] || fail "batch: exit is not 65"
[ "$(jq -c '[.id, .verdict // .error.code]' "$work/out" | tr '\n' ' ')" = \
	'[1,"allow"] ["two","deny"] [3,"bad-json"] [4,"bad-request"] [null,"allow"] [6,"bad-request"] ' ] ||
	fail "batch: $(cat "$work/out")"
jq -r 'select(.id == 3) | .error.message' "$work/out" | grep -q '^line 3, byte ' || fail "batch: no line and byte"
"$tcpctl" analyze --table "$T" --batch - <"$work/batch" | head -n 1 | jq -e '.verdict == null' >/dev/null ||
	fail "batch: analyze has a verdict"

# What is filled in makes relative paths known: the repository that encloses the current folder is the workspace.
mkdir -p "$work/home/p/sub" && cd "$work/home/p/sub" || exit 1
"$tcpctl" check --table "$T" 'rm -rf ../build' >/dev/null || fail "workspace: the enclosing repository is not filled in"

# A project's own file tightens, and one that is broken is strict.
"$tcpctl" check --table "$T" 'git push' >/dev/null || fail "git push is not allowed"
echo '{"profile":"strict"}' >"$work/home/p/.tcpbehavd.json"
"$tcpctl" check --table "$T" 'git push' >/dev/null && fail "project file: ignored"
echo '{broken' >"$work/home/p/.tcpbehavd.json"
"$tcpctl" check --table "$T" 'git push' >/dev/null && fail "project file: a broken one loosens"
rm "$work/home/p/.tcpbehavd.json"

# Colors only on terminals; NUL bytes and other bytes that are not UTF-8 are judged, not cut.
"$tcpctl" check --table "$T" 'rm -rf /' | grep -q "$(printf '\033')" && fail "colors in a pipe"
"$tcpctl" check --table "$T" "rm -rf / $(printf '\377')" >/dev/null
[ $? -eq 2 ] || fail "bytes that are not UTF-8"

# Hooks without a daemon: the host's own form, and never an allow for what cannot be judged.
hook() { # hook HOST COMMAND-AS-JSON: the decision, or "silent"
	printf '{"session_id":"s","cwd":"%s","permission_mode":"default","hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{"command":%s}}' \
		"$PWD" "$2" | "$tcpctl" hook "$1" --table "$T" >"$work/out" || fail "hook $1 $2: exit $?"
	if [ -s "$work/out" ]; then jq -r .hookSpecificOutput.permissionDecision "$work/out"; else echo silent; fi
}
while IFS='|' read -r host command decision; do
	got=$(hook "$host" "$command")
	[ "$got" = "$decision" ] || fail "hook $host $command: $got, not $decision"
done <<'END'
claude|"ls"|allow
claude|"git reset --hard"|ask
claude|"rm -rf /"|deny
claude|7|ask
codex|"ls"|silent
codex|"git reset --hard"|deny
codex|"rm -rf /"|deny
codex|7|deny
END
printf '{"broken":' | "$tcpctl" hook claude --table /nonexistent 2>/dev/null | jq -e '.hookSpecificOutput.permissionDecision == "ask"' \
	>/dev/null || fail "hook: a broken payload without a table"

# Completion is valid shell and knows the commands.
"$tcpctl" completion bash >"$work/completion" && bash -n "$work/completion" || fail "completion bash"
(
	. "$work/completion"
	COMP_WORDS=(tcpctl table ver) COMP_CWORD=2
	_tcpctl
	[ "${COMPREPLY[*]}" = verify ]
) || fail "completion of table ver"
(
	. "$work/completion"
	COMP_WORDS=(tcpctl table verify --st) COMP_CWORD=3
	_tcpctl
	[ "${COMPREPLY[*]}" = --strict ]
) || fail "completion of table verify --st"

# What is well formed and contradicts itself is told only where that is asked for.
echo '{"family":"f","tools":[{"name":"frob","about":"a","risk":"low","permute":false,"operands":["command"]}]}' >"$work/f.json"
"$tcpctl" table build "$work/f.json" --output "$work/f.tcpt" >/dev/null && "$tcpctl" table verify "$work/f.tcpt" >/dev/null || fail "a small image"
"$tcpctl" table verify --strict "$work/f.tcpt" >"$work/out" 2>"$work/err"
[ $? -eq 65 ] && [ ! -s "$work/out" ] && grep -q '^tcpctl: table verify: frob: .* add the capability WRAPPER$' "$work/err" ||
	fail "verify --strict: $(cat "$work/out" "$work/err")"

# A full disk: the old image stays whole, nothing is left behind, and a hook whose answer cannot be written blocks.
cp "$work/f.tcpt" "$work/old.tcpt"
(trap '' XFSZ; ulimit -f 8; "$tcpctl" table build "$top_srcdir/etc/tools.d" --output "$work/f.tcpt" >/dev/null 2>"$work/err")
[ $? -eq 74 ] && cmp "$work/f.tcpt" "$work/old.tcpt" && [ "$(echo "$work"/f.tcpt*)" = "$work/f.tcpt" ] || fail "table build on a full disk: $(cat "$work/err")"
if [ -c /dev/full ]; then
	"$tcpctl" hook claude --table "$T" <"$top_srcdir/tests/hooks/claude.allow.json" >/dev/full
	[ $? -eq 2 ] || fail "a hook whose answer cannot be written does not block"
	for arguments in "check --table $T ls" "lookup --table $T rm" help --version "completion bash"; do
		# shellcheck disable=SC2086
		"$tcpctl" $arguments >/dev/full 2>"$work/err"
		[ $? -eq 74 ] && grep -q '^tcpctl: output: ' "$work/err" || fail "$arguments: a full disk is not told"
	done
fi

# The image that was named and that others could have written is not believed.
cp "$T" "$work/loose.tcpt" && chmod 666 "$work/loose.tcpt"
"$tcpctl" check --table "$work/loose.tcpt" ls >/dev/null 2>"$work/err"
[ $? -eq 69 ] && grep -q 'others could have written' "$work/err" || fail "loose image"

[ "$failed" -eq 0 ]
