#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# kill -9 of berth, of the monitor and of the container: the next command finds everything in order, or puts it in order.
# vm: uml
. "$(dirname "$0")/../lib.sh"

import_busybox

state() {
	"$BERTH" inspect --format '{{.State.Status}} {{.State.ExitCode}}' "$1"
}

# The processes of berth itself, and those of containers.
berths() {
	local p
	for p in /proc/[0-9]*; do
		[ "$(readlink "$p/exe")" != "$BERTH" ] || echo "${p#/proc/}"
	done
}

nothing_at_all() {
	[ -z "$(find "$BERTH_ROOT/containers" "$BERTH_ROOT/names" "$BERTH_ROOT/tmp" -mindepth 1 -maxdepth 1)" ]
}

# berth in the foreground.
"$BERTH" run --rm -v "$tmp:/host" --name victim busybox sh -c 'touch /host/ready; exec sleep 1000' &
pid=$!
wait_for test -e ready
kill -s KILL $pid
wait $pid || true
wait_for no_other_processes
run berth system check
expect_ok berth system check --repair
expect_ok berth system check
nothing_at_all || fail "the killed container is still there"
expect_ok berth run --rm --name victim busybox true
ok "foreground berth killed: the container dies with it, its name is free again"

"$BERTH" run -v "$tmp:/host" --name victim busybox sh -c 'touch /host/ready2; exec sleep 1000' &
pid=$!
wait_for test -e ready2
# The program runs before berth has written down that it does.
is_running() {
	[ "$(state victim)" = "running 0" ]
}
wait_for is_running
kill -s KILL $pid
wait $pid || true
wait_for no_other_processes
assert_match "$(state victim)" "^exited " "state"
expect_ok berth start victim
assert_eq "$(state victim)" "running 0" "state after start"
expect_ok berth rm -f victim
ok "without --rm it is there as exited, and starts again"

# The monitor of a container in the background.
expect_ok berth run -d --name victim busybox sleep 1000
pid=$("$BERTH" inspect --format '{{.State.Pid}}' victim)
for p in $(berths); do
	kill -s KILL "$p"
done
no_berths() {
	[ -z "$(berths)" ]
}
wait_for no_berths
# Whether the container goes on or ends with its monitor: what berth says of it is true, and it can be removed.
if [ -e "/proc/$pid" ]; then
	assert_match "$(state victim)" "^running " "state of a container that lives"
else
	assert_match "$(state victim)" "^exited " "state of a dead container"
fi
expect_ok berth rm -f victim
wait_for no_other_processes
ok "the monitor killed: the container is seen for what it is, and removed"

# The container's first process.
expect_ok berth run -d --name victim busybox sleep 1000
kill -s KILL "$("$BERTH" inspect --format '{{.State.Pid}}' victim)"
expect_ok berth wait victim
expect_out 137
assert_eq "$(state victim)" "exited 137" "state"
expect_ok berth rm victim
expect_ok berth run -d --rm --name victim busybox sleep 1000
kill -s KILL "$("$BERTH" inspect --format '{{.State.Pid}}' victim)"
wait_for nothing_at_all
ok "the container killed: its status is 137"

# Everything at once, as when the machine loses power; the store is what the next boot finds.
for n in 1 2 3; do
	expect_ok berth run -d --name "many$n" busybox sleep 1000
done
expect_ok berth run -d --rm --name many4 busybox sleep 1000
pids=$(other_processes | cut -d ' ' -f 1)
# shellcheck disable=SC2086 # a list
kill -s KILL $pids
wait_for no_other_processes
expect_ok berth ps -q
expect_out ""
expect_ok berth system check --repair
expect_ok berth ps -a --format '{{.Names}}'
assert_eq "$(sort <<< "$out" | tr '\n' ' ')" "many1 many2 many3 " "containers after the crash"
expect_ok berth rm many1 many2 many3
ok "all killed at once: nothing runs, --rm is done afterwards"
