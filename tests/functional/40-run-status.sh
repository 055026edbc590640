#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# How `berth run` ends: the command's own status, 128+N, and 125, 126, 127 for what went wrong before it ran.
# vm: uml
. "$(dirname "$0")/../lib.sh"

import_busybox

for status in 0 1 42 124 255; do
	expect_status $status berth run --rm busybox sh -c "exit $status"
	[ -z "$err$out" ] || fail "berth says something though nothing is wrong"
done
ok "the exit status is the command's"

# From outside, for PID 1 of a namespace takes SIGKILL from nobody inside.
"$BERTH" run --rm busybox sleep 1000 &
pid=$!
wait_for pgrep -f '^sleep 1000$'
kill -s KILL "$(pgrep -f '^sleep 1000$')"
status=0
wait "$pid" || status=$?
assert_eq "$status" 137 "status after SIGKILL"
if command -v gcc > /dev/null; then
	mkdir faulty
	gcc -static -x c -o faulty/ill - <<< 'int main(void) { __builtin_trap(); }'
	expect_status 132 berth run --rm -v "$tmp/faulty:/x" busybox /x/ill
else
	part_skipped "needs gcc for a program that faults"
fi
ok "a command killed by a signal: 128 and the signal's number"

expect_fails 127 "no-such-program" berth run --rm busybox no-such-program
expect_fails 127 "/no/such/program" berth run --rm busybox /no/such/program
ok "127: the command is not there"

expect_fails 126 "/etc/passwd.*[Pp]ermission denied" berth run --rm busybox /etc/passwd
expect_fails 126 "/tmp" berth run --rm busybox /tmp
ok "126: the command can't be executed"

expect_fails 125 "no-such-image" berth run --rm --pull never no-such-image true
expect_fails 125 "" berth run --rm --no-such-option busybox true
expect_fails 125 "" berth run --rm -v /a:relative busybox true
expect_fails 125 "" berth run --rm -w relative busybox true
expect_fails 125 "" berth run --rm -e =x busybox true
expect_fails 125 "" berth run --rm --network no-such-network busybox true
expect_fails 125 "" berth run --rm --name 'not/a/name' busybox true
expect_fails 125 "no-such-user" berth run --rm -u no-such-user busybox true
expect_status 125 berth run
ok "125: what berth itself can't do"

# A script without an interpreter line, and one whose interpreter is missing.
mkdir bin
printf 'echo ran\n' > bin/plain
printf '#!/no/such/interpreter\n' > bin/missing
chmod +x bin/*
expect_fails 126 "[Ee]xec format error" berth run --rm -v "$tmp/bin:/x" busybox /x/plain
expect_fails 127 "/x/missing" berth run --rm -v "$tmp/bin:/x" busybox /x/missing
ok "scripts that can't run are named"

expect_ok berth ps -aq
expect_out ""
