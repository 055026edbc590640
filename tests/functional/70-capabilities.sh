#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# --cap-add, --cap-drop and no-new-privileges: what the process has, what inspect says, what is refused.
. "$(dirname "$0")/../lib.sh"
requires_cmd jq

import_busybox

# caps_are WANT OPTION… - with these options the bounding and the effective set are WANT (hexadecimal), the others empty.
caps_are() {
	local want
	want=$(printf '%016x' $((16#$1)))
	shift
	expect_ok berth run --rm "$@" busybox grep -E 'Cap(Bnd|Eff|Prm|Inh|Amb)' /proc/self/status
	for set in Bnd Eff Prm; do
		[[ $out == *"Cap$set:"$'\t'"$want"* ]] || fail "Cap$set is not $want with: $*"
	done
	for set in Inh Amb; do
		[[ $out == *"Cap$set:"$'\t'0000000000000000* ]] || fail "Cap$set is not empty with: $*"
	done
}

default=a80425fb
caps_are $default
caps_are a20435fb --cap-add NET_ADMIN --cap-add cap_sys_time --cap-drop=MKNOD
caps_are 0 --cap-drop ALL
caps_are 2001 --cap-drop all --cap-add CHOWN --cap-add CAP_NET_RAW
caps_are $default --cap-add CHOWN --cap-drop CHOWN
own=$(sed -n 's/^CapPrm:\t//p' /proc/self/status)
caps_are "$own" --cap-add ALL
caps_are "$(printf '%x' $((16#$own & ~1)))" --cap-add ALL --cap-drop CHOWN
ok "capabilities are docker's default ones, with what is added and without what is dropped"

expect_ok berth run --rm --cap-add NET_ADMIN busybox ip link set lo down
expect_ok berth run --rm --cap-drop CHOWN busybox sh -c 'chown 1:1 /tmp 2> /dev/null || echo refused'
expect_out refused
expect_ok berth run --rm -u 1000 --cap-add NET_ADMIN busybox grep CapEff /proc/self/status
expect_out_like '0000000000000000$'
ok "they have their effect, and another user than root has none"

expect_fails 125 'unknown capability: "WHATEVER"' berth run --rm --cap-add WHATEVER busybox true
expect_fails 125 'unknown capability: "CAP_"' berth run --rm --cap-drop CAP_ busybox true
missing=$(for ((n = 0; n < 41; n++)); do ((16#$own >> n & 1)) || echo $n; done | head -n 1)
if [ -n "$missing" ]; then
	names=(CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE
		NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT
		SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE
		AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ
		PERFMON BPF CHECKPOINT_RESTORE)
	expect_fails 125 "not available in the current environment: \"CAP_${names[missing]}\"" \
		berth run --rm --cap-add "${names[missing]}" busybox true
fi
expect_ok berth ps -aq
expect_out ""
ok "a capability that is none, or that berth has not, is refused, and nothing is left of it"

expect_ok berth create --name box --cap-add sys_time --cap-add CAP_BPF --cap-drop=chown --security-opt no-new-privileges \
	busybox true
expect_ok berth inspect box
assert_eq "$(jq -c '.[0].HostConfig | [.CapAdd, .CapDrop, .SecurityOpt, .Privileged]' <<< "$out")" \
	'[["CAP_BPF","CAP_SYS_TIME"],["CAP_CHOWN"],["no-new-privileges"],false]'
expect_ok berth rm box
ok "inspect shows them as docker does"

for o in no-new-privileges no-new-privileges:true no-new-privileges=1; do
	expect_ok berth run --rm --security-opt $o busybox grep NoNewPrivs /proc/self/status
	expect_out $'NoNewPrivs:\t1'
done
expect_ok berth run --rm --security-opt no-new-privileges=false busybox grep NoNewPrivs /proc/self/status
expect_out $'NoNewPrivs:\t0'
expect_ok berth run --rm --security-opt no-new-privileges -u 1000 busybox grep -E 'NoNewPrivs|Seccomp:|CapBnd' /proc/self/status
expect_out $'CapBnd:\t00000000a80425fb\nNoNewPrivs:\t1\nSeccomp:\t2'
for o in whatever no-new-privileges=perhaps systempaths=confined label=whatever whatever=1 mask=relative ''; do
	expect_fails 125 'invalid --security-opt' berth run --rm --security-opt "$o" busybox true
done
expect_fails 125 'no SELinux label' berth run --rm --security-opt label=type:container_t busybox true
expect_ok berth run --rm --security-opt label=disable busybox true
if [ "$(cat /sys/module/apparmor/parameters/enabled 2> /dev/null)" != Y ]; then
	expect_fails 125 'no AppArmor' berth run --rm --security-opt apparmor=docker-default busybox true
fi
expect_ok berth run --rm --security-opt apparmor=unconfined busybox true
ok "--security-opt: no-new-privileges, and what this host or docker does not know"
