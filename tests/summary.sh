#!/bin/sh
# summary.sh FILE.trs...: sums automake's test results into one line; fails when a test failed or left no result.
passed=0 failed=0 skipped=0
for trs; do
	result=$(sed -n 's/^:test-result: \([A-Z]*\).*/\1/p' "$trs" 2>/dev/null)
	case $result in
	PASS) passed=$((passed + 1)) ;;
	SKIP) skipped=$((skipped + 1)) ;;
	*)
		failed=$((failed + 1))
		echo "failed: ${trs%.trs} (see ${trs%.trs}.log)"
		;;
	esac
done
line="$passed passed, $failed failed"
[ "$skipped" -eq 0 ] || line="$line, $skipped skipped"
echo "$line"
[ "$failed" -eq 0 ]
