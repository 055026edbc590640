#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# vm: uml
# update changes limits while the container runs, by what they do; stats says what it uses, with cgroups or without.
. "$(dirname "$0")/../lib.sh"
. "$tests_dir/lib/cgroups.sh"
requires_cmd jq

import_busybox
inspect() {
	"$BERTH" inspect --format "$1" "$2"
}
says() {
	berth logs "$1" 2>&1 | grep "$2" > /dev/null
}

# ---- update of a container that had no limit, no cgroup
throttled() {
	[ "$(cgroup_value busy cpu.stat | sed -n 's/^nr_throttled //p')" -gt 0 ]
}
if has_controller cpu && has_controller pids; then
	# Two processes from the start, so that all of them have to be found.
	expect_ok berth run -d --name busy -v "$tmp:/host" busybox sh -c '(while :; do :; done) & while [ ! -e /host/go ]; do :; done
		for i in 1 2 3 4 5 6; do sleep 1000 & done'
	created=$(inspect '{{.Created}}' busy)
	expect_ok berth update --cpus 0.1 --pids-limit 4 busy
	expect_out busy
	wait_for throttled
	assert_eq "$(inspect '{{.HostConfig.NanoCpus}} {{.HostConfig.PidsLimit}}' busy)" "100000000 4" "limits"
	for d in $(cgroup_dirs busy); do
		(($(wc -l < "$d/cgroup.procs") >= 2)) || fail "not all processes are in $d"
	done
	touch go
	wait_for says busy "can't fork"
	expect_ok berth rm -f busy
	ok "a running container gets its first limits"
	assert_match "$created" '^20' "time of creation"

	# What can't be given changes nothing.
	expect_ok berth run -d --name kept --pids-limit 50 busybox sleep 1000
	before=$(inspect '{{json .HostConfig}}' kept)
	expect_fails 1 "range of CPUs" berth update --cpus 4000 kept
	expect_fails 1 "conflicting options: --cpus and --cpu-quota" berth update --cpus 1 --cpu-quota 5000 kept
	if has_controller cpuset; then
		expect_fails 1 "requested CPUs are not available" berth update --pids-limit 20 --cpuset-cpus 4095 kept
	fi
	expect_fails 1 "no such container: nobody" berth update --pids-limit 20 nobody
	assert_eq "$(inspect '{{json .HostConfig}}' kept)" "$before" "what inspect says"
	assert_eq "$(cgroup_value kept pids.max)" 50 "what is in force"
	expect_ok berth update --pids-limit -1 kept
	assert_eq "$(cgroup_value kept pids.max)" max "what is in force"
	expect_ok berth pause kept
	expect_ok berth update --pids-limit 30 kept
	assert_eq "$(cgroup_value kept pids.max) $(inspect '{{.State.Status}}' kept)" "30 paused" "a paused one"
	expect_ok berth rm -f kept
	ok "a refused update changes nothing"

	# When it is restarted it has them still.
	expect_ok berth run -d --name again --restart always busybox sleep 1000
	expect_ok berth update --pids-limit 7 again
	pid=$(inspect '{{.State.Pid}}' again)
	kill -s KILL "$pid"
	restarted() {
		[ "$(inspect '{{.State.Status}} {{.RestartCount}}' again)" = "running 1" ]
	}
	wait_for restarted
	assert_eq "$(cgroup_value again pids.max)" 7 "what is in force"
	expect_ok berth rm -f again
	ok "a restarted container keeps its new limits"

	# Of one that does not run: for its next start. The order of the list stays.
	expect_ok berth create --name first busybox sh -c 'for i in 1 2 3 4 5 6; do sleep 1000 & done'
	expect_ok berth create --name second busybox true
	expect_ok berth update --pids-limit 4 first
	expect_ok berth ps -a --format '{{.Names}}'
	expect_out $'second\nfirst'
	expect_status 2 berth start -a first
	assert_match "$err" "can't fork" "what the shell says"
	expect_ok berth rm first second
	ok "a container that does not run"
else
	part_skipped "no cpu or pids controller"
fi

if has_controller memory; then
	rm -f go
	expect_ok berth run -d --name mem -m 64m -v "$tmp:/host" busybox sh -c 'while [ ! -e /host/go ]; do sleep 0.1; done; tail /dev/zero; echo "status $?"'
	for size in 256m 24m; do
		expect_ok berth update -m $size mem
		assert_eq "$(cgroup_value mem memory.max memory.limit_in_bytes)" $((${size%m} << 20)) "what is in force"
	done
	touch go
	wait_for says mem 'status 137'
	expect_ok berth wait mem
	expect_ok berth rm mem
	expect_ok berth create --name mem -m 64m --memory-swap 64m busybox true
	expect_fails 1 "should be smaller than already set memoryswap limit" berth update -m 128m mem
	expect_ok berth update -m 128m --memory-swap 128m mem
	expect_ok berth rm mem
	ok "memory, up and down"
fi

# ---- stats
expect_ok berth run -d --name plain busybox sh -c 'while :; do :; done'
limits=()
! has_controller memory || limits+=(-m 64m)
! has_controller pids || limits+=(--pids-limit 50)
expect_ok berth run -d --name limited "${limits[@]}" busybox sleep 1000
expect_ok berth create --name off busybox true
expect_ok berth stats --no-stream
assert_match "${out%%$'\n'*}" '^CONTAINER ID +NAME +CPU % +MEM USAGE / LIMIT +MEM % +NET I/O +BLOCK I/O +PIDS *$' "headings"
assert_eq "$(wc -l <<< "$out")" 3 "lines"
expect_ok berth stats --no-stream --format '{{.Name}} {{.PIDs}} {{.MemUsage}} {{.NetIO}}' plain
assert_match "$out" '^plain 1 [0-9.]+[KM]iB / [0-9.]+[GT]iB 0B / 0B$' "one without cgroups"
expect_ok berth stats --no-stream --format '{{.CPUPerc}}' plain
assert_match "$out" '^[0-9]+\.[0-9][0-9]%$' "use of processors"
assert_ne "$out" "0.00%" "use of processors"
expect_ok berth stats --no-stream --format json limited
assert_eq "$(jq -r 'keys_unsorted | join(" ")' <<< "$out")" "BlockIO CPUPerc Container ID MemPerc MemUsage Name NetIO PIDs" "keys"
assert_eq "$(jq -r '.Name + " " + .PIDs' <<< "$out")" "limited 1" "one with cgroups"
! has_controller memory || assert_match "$(jq -r .MemUsage <<< "$out")" '^[0-9.]+(B|KiB|MiB) / 64MiB$' "its memory"
expect_ok berth stats --no-stream -a --no-trunc --format '{{.ID}} {{.Name}} {{.CPUPerc}} {{.MemUsage}} {{.PIDs}}'
assert_match "$out" "$(inspect '{{.Id}}' off) off 0.00% 0B / 0B 0" "one that does not run"
expect_fails 1 "no such container: nobody" berth stats nobody
expect_fails 1 "" berth stats --no-stream --format '{{.Nothing'
# It goes on by itself until it is killed; --no-stream is not given.
"$BERTH" stats --format '{{.Name}}' plain > stream &
pid=$!
lines() {
	[ "$(wc -l < stream)" -ge 2 ]
}
wait_for lines
kill $pid
wait $pid || true
assert_eq "$(sort -u stream)" plain "what the stream shows"
expect_ok berth rm -f plain limited off
ok "stats"
