#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# vm: uml
# Cgroups have an owner at every instant: `run` with limits killed at any call, the supervisor killed, a container that ends
# unseen. And many at once, which make and remove their common parent in each other's way.
. "$(dirname "$0")/../lib.sh"
. "$tests_dir/lib/cgroups.sh"
has_controller pids || skip "no pids controller"

import_busybox
limits=(--pids-limit 50)
! has_controller memory || limits+=(-m 64m)

gone() {
	local d
	for d; do
		[ ! -e "$d" ] || return 1
	done
}

# The monitor is killed and the container ends by itself afterwards: nobody has seen it.
expect_ok berth run -d --name orphan "${limits[@]}" busybox sleep 1000
mapfile -t dirs < <(cgroup_dirs orphan)
[ ${#dirs[@]} -gt 0 ] || fail "it has no cgroup"
for p in /proc/[0-9]*; do
	[ "$(readlink "$p/exe")" != "$BERTH" ] || kill -s KILL "${p#/proc/}"
done
kill -s KILL "$("$BERTH" inspect --format '{{.State.Pid}}' orphan)"
wait_for no_other_processes
expect_ok berth ps -a --format '{{.State}}'
expect_out exited
gone "${dirs[@]}" || fail "the cgroup of an orphan is left"
expect_ok berth start orphan
mapfile -t dirs < <(cgroup_dirs orphan)
expect_ok berth rm -f orphan
gone "${dirs[@]}" || fail "the cgroup of a restarted container is left"
ok "an orphan's cgroups go with the next command"

# A process that came in from outside and does not end is no reason to leave them.
expect_ok berth run -d --name guest "${limits[@]}" busybox sleep 1000
mapfile -t dirs < <(cgroup_dirs guest)
# Not a job of this shell, which would say how it ended.
(sleep 1000 > /dev/null 2>&1 & echo $! > guest.pid)
for d in "${dirs[@]}"; do
	cat guest.pid > "$d/cgroup.procs"
done
expect_ok berth rm -f guest
gone "${dirs[@]}" || fail "the cgroup with a guest is left"
ok "what is in them is killed"

# Two loops that start and end at the same time, again and again.
loop() {
	local i
	for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
		"$BERTH" run --rm "${limits[@]}" busybox true || { echo "round $i" > "failed.$1"; return; }
	done
}
for n in 1 2 3; do
	loop $n &
done
wait
assert_no_path failed.1 failed.2 failed.3
ok "several that share and remove their parent"

requires_cmd strace
! sanitized || skip "the sanitizers' own system calls, and no leak check under strace"
strace -qq -o trace true || skip "strace may not trace here"
calls=mkdir,mkdirat,rmdir,openat,open,pwrite64,ftruncate,unlinkat,clone3,wait4,renameat,write
n=0 ended=137
while [ $ended = 137 ]; do
	n=$((n + 1)) ended=0
	# In a shell of its own, for bash says on standard error who was killed.
	(
		strace -qq -o trace -e inject=$calls:signal=KILL:when=$n "$BERTH" run --rm "${limits[@]}" busybox true < /dev/null
		exit $?
	) 2> stderr || ended=$?
	no_other_processes || wait_for no_other_processes
	run berth ps -a
	expect_status 0 berth system check --repair
	mapfile -t dirs < <(sed -n 's/^mkdir("\(\/sys\/fs\/cgroup[^"]*[0-9a-f]\{64\}\)".*/\1/p' trace)
	gone "${dirs[@]}" || fail "killed at call $n ($(tail -n 2 trace | head -n 1)): left ${dirs[*]}"
done
assert_eq $ended 0 "status of the run that was not killed"
[ $n -gt 20 ] || fail "only $n calls: that was no real run"
ok "run with limits, killed at each of $((n - 1)) calls"
