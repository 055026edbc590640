#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The plain life of a container in the background: run -d, ps, logs, inspect, stop, kill, wait, start, rm, create.
# vm: uml
. "$(dirname "$0")/../lib.sh"

import_busybox

state() {
	"$BERTH" inspect --format '{{.State.Status}} {{.State.ExitCode}}' "$1"
}

expect_ok berth run -d --name bg busybox sh -c 'trap "echo stopping; exit 3" TERM; echo out; echo err >&2; sleep 1000 & wait'
assert_match "$out" "^[0-9a-f]{64}$" "what run -d prints"
id=$out
assert_eq "$(state bg)" "running 0" "state"
expect_ok berth ps --format '{{.Names}} {{.State}}'
expect_out "bg running"
expect_ok berth ps -q --no-trunc
expect_out "$id"
pid=$("$BERTH" inspect --format '{{.State.Pid}}' bg)
assert_path "/proc/$pid"
ok "run -d prints the id; ps and inspect know it"

logged() {
	[ "$("$BERTH" logs bg 2>&1 | wc -l)" = "$1" ]
}
wait_for logged 2
run berth logs bg
assert_eq "$out" out "logs, standard output"
assert_eq "$err" err "logs, standard error"
expect_ok berth logs --tail 0 bg
expect_out ""
ok "logs keeps the two streams apart"

expect_fails 1 "bg.*running|running.*bg|stop" berth rm bg
assert_eq "$(state bg)" "running 0" "state after a refused rm"
ok "a running container is not removed"

"$BERTH" wait bg > waited &
waiter=$!
"$BERTH" logs -f bg > followed 2>&1 &
follower=$!
expect_ok berth stop bg
expect_out bg
wait "$waiter"
wait "$follower"
assert_file waited 3
assert_match "$(cat followed)" "stopping" "what logs -f saw"
assert_eq "$(state bg)" "exited 3" "state"
assert_no_path "/proc/$pid"
expect_ok berth wait bg
expect_out 3
ok "stop: the container may tidy up; wait and logs -f end with it"

expect_ok berth stop bg
expect_fails 1 "not running" berth kill bg
expect_ok berth start bg
assert_eq "$(state bg)" "running 0" "state after start"
expect_ok berth kill -s USR1 bg
expect_ok berth kill bg
expect_ok berth wait bg
expect_out 137
ok "start again, kill"

expect_ok berth start bg
started=$SECONDS
expect_ok berth run --rm --volumes-from bg busybox true
expect_ok berth rm -f bg
expect_out bg
((SECONDS - started < 10)) || fail "rm -f waited for the stop timeout"
assert_eq "$(ls -A "$BERTH_ROOT/containers")" "" "containers"
ok "rm -f"

expect_ok berth run -d --name stubborn busybox sh -c 'trap "" TERM; echo ready; while :; do sleep 1000 & wait; done'
wait_for sh -c '"$BERTH" logs stubborn | grep -q ready'
expect_ok berth stop -t 1 stubborn
assert_eq "$(state stubborn)" "exited 137" "state of one that ignores SIGTERM"
expect_ok berth rm stubborn
ok "stop -t kills what does not stop"

expect_ok berth run -d --rm --name gone -v /anonymous busybox true
nothing_left() {
	[ -z "$(find "$BERTH_ROOT/containers" "$BERTH_ROOT/names" "$BERTH_ROOT/volumes" -mindepth 1 -maxdepth 1)" ]
}
wait_for nothing_left
ok "run -d --rm removes itself"

expect_ok berth create --name later -e A=1 busybox sh -c 'echo $A; cat'
assert_match "$out" "^[0-9a-f]{64}$" "what create prints"
assert_eq "$(state later)" "created 0" "state"
expect_ok berth start -a later
expect_out 1
assert_eq "$(state later)" "exited 0" "state"
expect_ok berth rm later
expect_ok berth create -i --name later busybox cat
assert_eq "$(echo through | berth start -ai later)" through "what start -ai passed on"
expect_ok berth rm later
ok "create, then start with its streams"

# The monitor outlives berth, its terminal and its session.
setsid "$BERTH" run -d --name bg busybox sleep 1000 > /dev/null
assert_eq "$(state bg)" "running 0" "state"
expect_ok berth rm -f bg
ok "a container in the background belongs to no session"
