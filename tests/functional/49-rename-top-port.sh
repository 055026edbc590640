#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# rename, top, port.
. "$(dirname "$0")/../lib.sh"

import_busybox
names() {
	"$BERTH" ps -a --format '{{.Names}}' | sort | tr '\n' ' '
}

expect_ok berth run -d --name one busybox sleep 1000
expect_ok berth create --name two busybox true
two=$out
order=$("$BERTH" ps -aq --no-trunc)
expect_ok berth rename one first
expect_out ""
assert_eq "$(names)" "first two " "names"
expect_ok berth inspect --format '{{.Name}} {{.State.Running}}' first
expect_out "/first true"
expect_fails 1 "no such container: one" berth kill one
expect_ok berth container rename "${two:0:8}" /one
expect_ok berth rename one second
assert_eq "$(names)" "first second " "names"
assert_eq "$("$BERTH" ps -aq --no-trunc)" "$order" "order of the containers"
ok "a running and a stopped one are renamed, and listed where they were"

expect_fails 1 "\"/second\" is already in use by container \"$two\"" berth rename first second
expect_fails 1 "same name as its current name" berth rename first first
expect_fails 1 "invalid container name" berth rename first a/b
expect_fails 1 "invalid container name" berth rename first ''
expect_fails 1 "no such container: none" berth rename none three
expect_fails 1 "exactly 2" berth rename first
assert_eq "$(names)" "first second " "names after what was refused"
ok "a name that is taken, or none, changes nothing"

# A supervisor that was there before knows the new name when it removes its container.
expect_ok berth run -d --rm --name old busybox sleep 1000
expect_ok berth rename old new
expect_ok berth kill new
gone() { [ ! -L "$BERTH_ROOT/names/new" ]; }
wait_for gone
"$BERTH" run --rm --name old busybox sleep 1000 &
foreground=$!
runs() { [ "$("$BERTH" inspect --format '{{.State.Running}}' "$1")" = true ]; }
wait_for runs old
expect_ok berth rename old new
expect_ok berth kill new
status=0
wait "$foreground" || status=$?
assert_eq "$status" 137 "status of the one in the foreground"
assert_eq "$(find "$BERTH_ROOT/names" "$BERTH_RUN"/*/names -type l | wc -l)" 2 "number of names that are left"
ok "what --rm removes takes its new name with it"

# Killed between the claim of the new name and the end of the old one.
ln -s "$two" "$BERTH_ROOT/names/stale"
expect_status 1 berth system check
expect_out_like "name stale"
expect_ok berth system check --repair
assert_no_path "$BERTH_ROOT/names/stale"
assert_eq "$(names)" "first second " "names after the repair"
ok "an interrupted one is repaired"

expect_ok berth top first
expect_out_like "^UID +PID +PPID .*"$'\n'".* sleep 1000$"
assert_eq "$(wc -l <<< "$out")" 2 "lines of top"
expect_ok berth top first -o pid,args
expect_out_like "^PID +COMMAND"$'\n'"[0-9]+ +sleep 1000$"
pid=$("$BERTH" inspect --format '{{.State.Pid}}' first)
assert_eq "$(awk 'NR == 2 { print $1 }' <<< "$out")" "$pid" "pid"
expect_ok berth container top first aux
expect_out_like "^USER +PID"
"$BERTH" exec first sleep 1001 &
in_it() { [ "$("$BERTH" top first -o pid,args | grep -c sleep)" = 2 ]; }
wait_for in_it
expect_fails 1 "PID field" berth top first -o args
# ps itself says what it does not like.
expect_status 1 berth top first --no-such-option
assert_match "$err" "berth: error running ps" "the error"
expect_fails 1 "is not running" berth top second
expect_fails 1 "no such container" berth top none
ok "top shows its processes, as the host's ps says it"

expect_ok berth port first
expect_out ""
expect_fails 1 "no public port '80/tcp' published for first" berth port first 80
expect_fails 1 "no public port '53/udp' published" berth container port first 53/udp
expect_fails 1 "invalid port \(x\)" berth port first x
expect_fails 1 "no such container" berth port none
ok "port finds nothing where nothing is published"

expect_ok berth rm -f first second
wait
