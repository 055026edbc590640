#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# From inside a default container: what leads out, and what the kernel's own flaws would take.
. "$(dirname "$0")/../../lib.sh"
# shellcheck source=SCRIPTDIR/../../lib/attack.sh
. "$tests_dir/lib/attack.sh"
# shellcheck source=SCRIPTDIR/../../lib/tools.sh
. "$tests_dir/lib/tools.sh"

import_busybox
sys=$(tool sys)

# CVE-2024-21626: a descriptor or a working directory that was left open on the host.
for n in 3 4 5 6 7 8 9 10 12 16; do
	for w in "/proc/self/fd/$n" "/proc/self/fd/$n/../../../../../.."; do
		bounded berth run --rm -w "$w" busybox cat "./$canary/secret" "../../../../../..$canary/secret"
		canary_untouched "-w $w"
	done
done
bounded berth run --rm busybox sh -c 'for f in /proc/1/fd/*; do readlink $f; done'
assert_eq "$(grep -vxF -e /dev/null -e /null -e "$tmp/.out" -e "$tmp/.err" <<< "$out")" "" "open files"
ok "CVE-2024-21626 CVE-2015-3627: nothing of the host's is open, and no working directory leads there"

# CVE-2019-5736: berth's own program, by what it looks like when it becomes the container's.
before=$(sha256sum "$BERTH")
for link in /proc/self/exe /proc/1/exe /proc/thread-self/exe; do
	evil_image evil "ln -s $link run; printf '#!%s\n' $link > script; chmod 755 script"
	bounded berth run --rm evil /run
	[ "$status" = 126 ] || fail "$link was executed: status $status"
	bounded berth run --rm evil /script
	[ "$status" = 126 ] || fail "an interpreter $link was executed: status $status"
done
expect_ok berth create --name victim busybox sh -c 'i=0; while [ $i -lt 200 ]; do i=$((i + 1)); for p in /proc/[0-9]*; do
	(echo x > $p/exe) 2> /dev/null && echo written; done; done; readlink /proc/1/exe'
expect_ok berth start -a victim
expect_out /bin/busybox
expect_ok berth rm victim
assert_eq "$(sha256sum "$BERTH")" "$before" "berth's program"
ok "CVE-2019-5736: berth's own program is neither executed nor written from inside"

# Shocker; CVE-2022-0185, CVE-2022-0492, CVE-2021-3493: what a flawed kernel would need is not to be had.
EPERM=1
script=""
for call in "open_by_handle_at 3 @x 0" "unshare 0x10000000" "fsopen @ext4 0" "mount @x @/tmp @tmpfs 0 0" "fsconfig 3 0 0 0" \
	"setns 3 0" "bpf 0 0 0" "perf_event_open 0 0 -1 -1 0" "userfaultfd 0" "keyctl 0 -3 0" "add_key @user @a @b 1 -3" "kexec_load 0 0 0 0" \
	"init_module 0 0 @" "io_uring_setup 1 0" "move_mount 3 @ 4 @ 4" "open_tree -100 @/ 1" "pivot_root @/ @/" "swapon @/x 0"; do
	# shellcheck disable=SC2086 # words
	set -- $call
	number=$(nr "$1")
	shift
	script+="/x $number $*; "
done
expect_ok berth run --rm -v "$sys:/x:ro" busybox sh -c "$script"
assert_eq "$(sort -u <<< "$out")" "$EPERM" "results of calls that must be refused"
expect_ok berth run --rm busybox sh -c '
	mkdir /c; for t in cgroup cgroup2 proc sysfs overlay; do mount -t $t x /c 2> /dev/null && echo mounted $t; done
	find /sys/fs/cgroup -name release_agent -writable 2> /dev/null; (echo 1 > /sys/fs/cgroup/cgroup.procs) 2> /dev/null && echo wrote; :'
expect_out ""
ok "Shocker CVE-2022-0185 CVE-2022-0492 CVE-2021-3493: no handles, no mounts, no namespaces, no release_agent"

# CVE-2017-16539, CVE-2018-10892, CVE-2020-8694, GHSA-6fw5-f8r9-fgfm, CVE-2025-31133: what is hidden, with a bad /dev/null too.
evil_image evil 'rm -rf dev/null; ln -s /proc/sys/kernel/core_pattern dev/null'
for image in busybox evil; do
	expect_ok berth run --rm -v devices:/other $image sh -c '
		for p in /proc/acpi /proc/asound /proc/scsi /sys/firmware /sys/devices/virtual/powercap /sys/devices/system/cpu/cpu0/thermal_throttle; do
			[ ! -d $p ] || [ -z "$(ls -A $p)" ] || echo $p; done
		for p in /proc/interrupts /proc/kcore /proc/keys /proc/latency_stats /proc/sched_debug /proc/timer_list /proc/timer_stats; do
			[ ! -e $p ] || [ "$(head -c 1 $p | wc -c)" = 0 ] || echo $p; done
		for p in sys/kernel/core_pattern sys/kernel/panic sysrq-trigger irq/default_smp_affinity sys/kernel/modprobe; do
			(echo x > /proc/$p) 2> /dev/null && echo wrote $p; done; :'
	expect_out ""
done
expect_ok berth volume rm devices
ok "CVE-2017-16539 CVE-2018-10892 CVE-2020-8694 CVE-2025-31133: masks hold, and are not the container's /dev/null"

# CVE-2019-16884, CVE-2015-3630: nothing goes over /proc.
for target in /proc /proc/self/attr /proc/sys /proc/../proc/self; do
	bounded berth run --rm -v "$tmp/canary:$target" busybox true
	[ "$status" = 125 ] || fail "a volume on $target is not refused"
	bounded berth run --rm --tmpfs "$target" busybox true
	[ "$status" = 125 ] || fail "a tmpfs on $target is not refused"
done
canary_untouched "volumes over /proc"
ok "CVE-2019-16884 CVE-2015-3630: no mount over /proc"

# CVE-2016-8659's family: input pushed into the caller's terminal. The container's terminal is its own.
expect_ok berth run --rm -v "$sys:/x:ro" busybox /x "$(nr ioctl)" 0 0x5412 @i
[ "$out" != ok ] || fail "TIOCSTI into the caller's standard input"
# CVE-2022-24769: inheritable capabilities.
expect_ok berth run --rm -u 1000 busybox grep -E 'Cap(Inh|Prm|Eff|Amb)' /proc/self/status
[[ ! $out =~ [1-9a-f]$ ]] || fail "capabilities of another user: $out"
ok "TIOCSTI, CVE-2022-24769: no input for the caller's terminal, no inherited capability"
