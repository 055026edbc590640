#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A full disk and killed monitors: the container goes on, what was lost is said, and no line is torn.
. "$(dirname "$0")/../lib.sh"

mkdir small
mount -t tmpfs -o size=24m tmpfs small
cleanup_fn umount small
export BERTH_ROOT=$tmp/small/root
import_busybox
mkfifo go on

show() {
	"$BERTH" inspect --format "{{.State.$2}}" "$1"
}

fill_disk() {
	dd if=/dev/zero of=small/fill bs=64k > /dev/null 2>&1 || true
	# What is left of the last block, too.
	dd if=/dev/zero of=small/fill2 bs=1k > /dev/null 2>&1 || true
}

# whole_lines FILE - every line of it is an object.
whole_lines() {
	! grep -vqE '^\{"log":".*\\n","stream":"std(out|err)","time":"[^"]*"\}$' "$1"
}

expect_ok berth run -d --name full -v "$tmp:/t" busybox \
	sh -c 'echo ready; cat /t/go > /dev/null; seq 1 20000; echo written > /t/progress; cat /t/on > /dev/null; echo end; exit 3'
wait_for sh -c '"$BERTH" logs full | grep -q ready'
fill_disk
: > go
wait_for grep -q written progress
rm small/fill small/fill2
: > on
expect_ok berth wait full
expect_out 3
assert_eq "$(show full Status) $(show full ExitCode)" "exited 3" "state"
assert_match "$(show full Error)" '^[0-9]+ lines of output were lost: the log could not be written$' "State.Error"
expect_ok berth logs full
assert_match "$out" $'^ready\n(.*\n)?end$' "the log"
whole_lines "$("$BERTH" inspect --format '{{.LogPath}}' full)" || fail "a line of the log is torn"
expect_ok berth rm full
ok "a full disk: the container goes on, the state says how many lines are lost, what comes later is kept"

expect_ok berth run -d --name full -v "$tmp:/t" busybox sh -c 'cat /t/go > /dev/null; exit 4'
fill_disk
: > go
run berth wait full
assert_eq "$out" 4 "exit status"
run berth ps -a --format '{{.Names}} {{.Status}}'
assert_match "$out" "^full Exited \(4\)" "ps with the disk still full"
rm small/fill small/fill2
assert_eq "$(show full Status) $(show full ExitCode)" "exited 4" "state"
assert_match "$(show full Error)" "could not be written" "State.Error"
expect_ok berth start full
: > go
expect_ok berth wait full
expect_out 4
assert_eq "$(show full Error)" "" "State.Error of the next run"
expect_ok berth rm full
ok "an end that the full disk has no room for: the exit status is known all the same"

# A monitor that is killed with its container, while the container writes as fast as it can.
expect_ok berth run -d --name killed --log-opt max-size=1m --log-opt max-file=2 busybox sh -c 'while :; do seq 1 1000; done'
has_lines() {
	[ "$("$BERTH" logs -n 50 killed | wc -l)" = 50 ]
}
wait_for has_lines
pid=$(show killed Pid)
monitor=$(sed 's/.*"Monitor":\([0-9]*\).*/\1/' "$BERTH_ROOT"/containers/*/state.json)
kill -s KILL "$monitor" "$pid"
run berth wait killed
assert_eq "$(show killed Status) $(show killed ExitCode)" "exited 255" "state"
assert_match "$(show killed Error)" "output may be lost" "State.Error"
expect_ok berth logs -f killed
assert_match "${out##*$'\n'}" '^[0-9]+$' "the last line"
expect_ok berth start killed
monitor=$(sed 's/.*"Monitor":\([0-9]*\).*/\1/' "$BERTH_ROOT"/containers/*/state.json)
wait_for has_lines
expect_ok berth rm -f killed
wait_for test ! -e "/proc/$monitor"
ok "monitor and container killed together: the state says what may be lost"

# The monitor alone: the container goes on writing, is held up when nobody reads, and another monitor takes over.
expect_ok berth run -d --name orphan -v "$tmp:/t" busybox sh -c 'echo first; cat /t/go > /dev/null; seq 1 30000; echo last; cat /t/on; exit 6'
wait_for sh -c '"$BERTH" logs orphan | grep -q first'
monitor=$(sed 's/.*"Monitor":\([0-9]*\).*/\1/' "$BERTH_ROOT"/containers/*/state.json)
kill -s KILL "$monitor"
wait_for test ! -e "/proc/$monitor"
: > go
expect_ok berth logs -f orphan
expect_out first
assert_eq "$(show orphan Status)" "running" "state"
assert_match "$(show orphan Error)" "monitor was killed: berth start" "State.Error"
expect_ok berth start orphan
expect_ok berth start orphan
wait_for sh -c '"$BERTH" logs -n 1 orphan | grep -qx last'
expect_ok berth logs orphan
assert_eq "$out" "$(echo first; seq 1 30000; echo last)" "the log"
assert_match "$(show orphan Error)" "another took over" "State.Error"
: > on
run berth wait orphan
assert_eq "$(show orphan Status) $(show orphan ExitCode)" "exited 255" "state"
expect_ok berth rm orphan
ok "a monitor killed alone: the container goes on, and berth start gives it another"

expect_ok berth run -d --name orphan --restart always -v "$tmp:/t" busybox sh -c 'echo started; cat /t/go'
monitor=$(sed 's/.*"Monitor":\([0-9]*\).*/\1/' "$BERTH_ROOT"/containers/*/state.json)
kill -s KILL "$monitor"
wait_for test ! -e "/proc/$monitor"
expect_ok berth start orphan
: > go
wait_for sh -c '[ "$("$BERTH" logs orphan | grep -c started)" = 2 ]'
assert_eq "$("$BERTH" inspect --format '{{.RestartCount}}' orphan)" 1 "RestartCount"
expect_ok berth rm -f orphan
ok "the new monitor keeps --restart, too"
