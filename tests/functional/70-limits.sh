#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# vm: uml
# Limits, by what they do: a process is killed, refused, throttled, kept to a processor. The same on cgroup v1 and v2.
. "$(dirname "$0")/../lib.sh"
. "$tests_dir/lib/cgroups.sh"
requires_cmd jq

import_busybox
inspect() {
	"$BERTH" inspect --format "$1" "$2"
}

# ---- no limit, no cgroup
expect_ok berth run -d --name plain busybox sleep 1000
assert_eq "$(cgroup_dirs plain)" "" "cgroups of a container without limits"
expect_ok berth rm -f plain
ok "a container without limits has no cgroup"

# ---- memory
if has_controller memory; then
	expect_status 137 berth run --name oom -m 24m busybox tail /dev/zero
	assert_eq "$(inspect '{{.State.OOMKilled}} {{.State.ExitCode}}' oom)" "true 137" "state"
	expect_status 137 berth run --rm --name oom-rm -m 24m busybox tail /dev/zero
	for name in oom oom-rm; do
		expect_ok berth events --since 1h --until 0s --filter "container=$name" --filter event=oom --filter event=die \
			--format '{{.Action}}'
		expect_out $'oom\ndie'
	done
	assert_eq "$(cgroup_dirs oom)" "" "cgroups of a container that has ended"
	assert_eq "$(inspect '{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}}' oom)" "25165824 50331648" "limit"
	expect_ok berth rm oom
	expect_status 0 berth run -d --name oom -m 24m busybox sh -c 'tail /dev/zero; echo survived; exec sleep 1000'
	said() {
		berth logs oom 2> /dev/null | grep "$1" > /dev/null
	}
	wait_for said survived
	assert_eq "$(inspect '{{.State.OOMKilled}} {{.State.Running}}' oom)" "true true" "of one whose child was killed"
	expect_ok berth rm -f oom
	expect_status 3 berth run --name oom -m 64m busybox sh -c 'exit 3'
	assert_eq "$(inspect '{{.State.OOMKilled}}' oom)" false "of one that ended by itself"
	expect_ok berth rm oom
	ok "who takes more memory is killed, and OOMKilled says so"
else
	part_skipped "no memory controller"
fi

# ---- processes
if has_controller pids; then
	expect_status 2 berth run --rm --pids-limit 4 busybox sh -c 'for i in 1 2 3 4 5 6; do sleep 1000 & done'
	assert_match "$err" "can't fork" "what the shell says"
	expect_ok berth run --rm --pids-limit -1 busybox sh -c 'for i in 1 2 3 4 5 6; do true & done; wait; echo all'
	expect_out all
	ok "more processes are refused"
else
	part_skipped "no pids controller"
fi

# ---- processors
throttled() {
	[ "$(cgroup_value busy cpu.stat | sed -n 's/^nr_throttled //p')" -gt 0 ]
}
if has_controller cpu; then
	expect_ok berth run -d --name busy --cpus 0.1 -c 512 busybox sh -c 'while :; do :; done'
	wait_for throttled
	assert_eq "$(inspect '{{.HostConfig.NanoCpus}} {{.HostConfig.CpuShares}}' busy)" "100000000 512" "limits"
	assert_match "$(cgroup_value busy cpu.weight cpu.shares)" '^(59|512)$' "weight"
	expect_ok berth rm -f busy
	expect_ok berth run -d --name busy --cpu-period 50000 --cpu-quota 5000 busybox sh -c 'while :; do :; done'
	wait_for throttled
	expect_ok berth rm -f busy
	ok "who wants more processor time has to wait"
else
	part_skipped "no cpu controller"
fi
if has_controller cpuset; then
	last=$(sed -n 's/^Cpus_allowed_list:.*[^0-9]\([0-9]*\)$/\1/p' /proc/self/status)
	expect_ok berth run --rm --cpuset-cpus "$last" --cpuset-mems 0 busybox \
		sed -n 's/^Cpus_allowed_list:\t//p' /proc/self/status
	expect_out "$last"
	expect_fails 125 "requested CPUs are not available - requested 0,4095, available: " \
		berth run --rm --cpuset-cpus 0,4095 busybox true
	ok "a container stays on its processors"
else
	part_skipped "no cpuset controller"
fi

# ---- disks
loop=
if has_controller io blkio && requires_loop=$(truncate -s 1M disk && losetup --find --show disk 2>&1); then
	loop=$requires_loop
	cleanup_fn losetup -d "$loop"
	expect_ok berth run -d --name disk --device-read-bps "$loop:1mb" --device-write-iops "$loop:50" busybox sleep 1000
	number=$(printf '%d:%d' "0x$(stat -c %t "$loop")" "0x$(stat -c %T "$loop")")
	assert_match "$(cgroup_value disk io.max blkio.throttle.read_bps_device)" "$number .*1048576" "bytes"
	assert_match "$(cgroup_value disk io.max blkio.throttle.write_iops_device)" "$number .*50" "operations"
	assert_eq "$(inspect '{{json .HostConfig.BlkioDeviceReadBps}}' disk)" "[{\"Path\":\"$loop\",\"Rate\":1048576}]" "inspect"
	expect_ok berth rm -f disk
	expect_fails 125 "'/dev/null': it is not a block device" berth run --rm --device-read-bps /dev/null:1mb busybox true
	ok "a device's limits are set"
else
	part_skipped "no io controller or no loop device"
fi

# ---- where the cgroup is
if has_controller pids; then
	expect_ok berth run -d --name child --cgroup-parent "/bt-$$/x" busybox sleep 1000
	for d in $(cgroup_dirs child); do
		[[ $d == */bt-$$/x/* ]] || fail "the cgroup is '$d'"
		assert_match " $(tr '\n' ' ' < "$d/cgroup.procs")" " $(inspect '{{.State.Pid}}' child) " "processes in $d"
	done
	expect_ok berth exec -d child sleep 2000
	for d in $(cgroup_dirs child); do
		assert_eq "$(wc -l < "$d/cgroup.procs")" 2 "processes in $d with one of exec"
	done
	expect_ok berth rm -f child
	[ -z "$(find /sys/fs/cgroup -name "bt-$$" 2> /dev/null)" ] || fail "the parent is left"
	expect_status 1 berth run --rm --pids-limit 10 busybox grep -E "pids:/.|^0::/." /proc/self/cgroup
	expect_fails 125 "invalid cgroup parent '../x'" berth run --rm --cgroup-parent ../x busybox true
	ok "--cgroup-parent, and the container's namespace begins at its cgroup"
fi
