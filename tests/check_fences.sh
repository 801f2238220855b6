#!/bin/bash
# The walls between the rooms: who may know which library, and who may include whom. DESIGN.md 1 says the same in words.
set -u
cd "$top_srcdir" || exit 1
failed=0

# fence WHAT PATTERN FILES...: only FILES (globs) may match PATTERN among the sources of the three rooms
fence() {
	local what=$1 pattern=$2 file allowed
	shift 2
	for file in $(grep -lE "$pattern" common/*.[ch] common/*.def client/*.[ch] daemon/*.[ch] daemon/*.def); do
		allowed=
		for glob in "$@"; do
			# shellcheck disable=SC2053 # a glob on purpose
			[[ $file == $glob ]] && allowed=yes
		done
		[ -n "$allowed" ] || {
			echo "$file: $what is not for this file: $(grep -nE "$pattern" "$file" | head -n 1)"
			failed=1
		}
	done
}

fence "libuv" '^#include <uv\.h>|\buv_[a-z_]+ *\(' 'daemon/server.c' 'daemon/conn*.[ch]' 'daemon/worker.[ch]' 'daemon/busypoll.[ch]'
fence "cJSON" '^#include <cjson/|\bcJSON_[A-Za-z]+ *\(' 'common/json*.[ch]' 'common/knowledge*.[ch]' 'common/message*.c' 'common/host.c' \
	'common/policy_read.c' 'daemon/conf.c' 'client/call.c' 'client/output_json.c'
fence "SQLite" '^#include <sqlite3\.h>|\bsqlite3_' 'daemon/store_sql.c'
fence "OpenMP" '^#include <omp\.h>|# *pragma +omp' 'common/population_calibrate.c'
fence "another room" '#include "(daemon|client|tests)/' 'daemon/*' 'client/*'
fence "the daemon" '#include "daemon/' 'daemon/*'
fence "the client" '#include "client/' 'client/*'
fence "a socket or an event loop in common" '\b(epoll_wait|uv_run)\b' 'daemon/*' 'client/*'
exit $failed
