#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# --privileged, --device, --device-cgroup-rule, and what is hidden of /proc and /sys.
. "$(dirname "$0")/../lib.sh"
requires_cmd jq

import_busybox
mkdir devices
mknod -m 640 devices/one c 1 11
mknod devices/two b 7 250
mknod devices/zero c 1 5
chgrp 29 devices/one
ln -s one devices/link
touch file

expect_ok berth run --rm --device "$tmp/devices/one:/dev/sub/kmsg" busybox sh -c \
	'stat -c "%F %t:%T %a %g" /dev/sub/kmsg; mknod /dev/again c 1 11 && echo made; mknod /dev/mem c 1 1 2> /dev/null || echo refused'
expect_out $'character special file 1:b 640 29\nmade\nrefused'
expect_ok berth run --rm --device "$tmp/devices/one:/dev/kmsg:rw" busybox sh -c \
	'ls /dev/kmsg; mknod /dev/again c 1 11 2> /dev/null || echo refused'
expect_out $'/dev/kmsg\nrefused'
expect_ok berth run --rm --device "$tmp/devices:/dev/all" busybox sh -c 'cd /dev/all; stat -c "%n %t:%T" *'
expect_out $'one 1:b\ntwo 7:fa\nzero 1:5'
expect_ok berth run --rm --device "$tmp/devices/link:/dev/kmsg" busybox stat -c %t:%T /dev/kmsg
expect_out 1:b
expect_ok berth run --rm --device "$tmp/devices/zero:/dev/z" busybox sh -c 'head -c 3 /dev/z | wc -c; chmod 600 /dev/z; rm /dev/z'
expect_out 3
assert_eq "$(stat -c %a devices/zero)" 644 "mode of the host's node"
expect_ok berth run --rm --device /dev/null busybox true
ok "--device: one, all in a directory, through a link; with and without m"

expect_ok berth run --rm --device-cgroup-rule 'c 1:* rwm' --device-cgroup-rule 'a 7:250 m' busybox sh -c \
	'mknod /dev/a c 1 11 && mknod /dev/b c 1 1 && mknod /dev/c b 7 250 && mknod /dev/d c 7 250 && echo made
	mknod /dev/e b 1 0 2> /dev/null || mknod /dev/f c 10 229 2> /dev/null || echo refused'
expect_out $'made\nrefused'
ok "--device-cgroup-rule"

expect_fails 125 'custom device "/dev/none": No such file' berth run --rm --device /dev/none busybox true
expect_fails 125 "custom device \"$tmp/file\": not a device node" berth run --rm --device "$tmp/file:/dev/x" busybox true
expect_fails 125 'bad mode specified: q' berth run --rm --device /dev/null:/dev/x:q busybox true
expect_fails 125 'bad format for path' berth run --rm --device /dev/null:/dev/x:rwm:x busybox true
expect_fails 125 'bad format for path' berth run --rm --device '' busybox true
expect_fails 125 'not an absolute path' berth run --rm --device /dev/null:x busybox true
expect_fails 125 'below /dev' berth run --rm --device /dev/null:/etc/x busybox true
expect_fails 125 'below /dev' berth run --rm --device /dev/null:/dev/../x busybox true
expect_fails 125 "'r' can't be told" berth run --rm --device /dev/null:r busybox true
expect_hint 'rw or rwm'
for rule in 'c 1:3' 'd 1:3 rwm' 'c 1 rwm' 'c 1:3 rwx' 'c -1:3 rwm' 'c *:1048576 m' ''; do
	expect_fails 125 'invalid device cgroup format' berth run --rm --device-cgroup-rule "$rule" busybox true
done
expect_ok berth ps -aq
expect_out ""
ok "what is no device, no mode and no rule is refused"

expect_ok berth run --rm --privileged -v "$tmp/devices:/host" busybox sh -c '
	grep -E "CapEff|Seccomp:" /proc/self/status | tr -s "\t\n" "  "; echo
	mkdir /m && mount -t tmpfs x /m && mknod /root/zero c 1 5 && head -c 1 /root/zero | wc -c && head -c 1 /host/zero | wc -c
	mknod /tmp/disk b 254 0 && echo made
	for p in /sys /sys/fs/cgroup /proc/sys /proc/bus; do
		while read -r _ _ _ _ at options _; do [ "$at" != $p ] || echo "$p ${options%%,*}"; done < /proc/self/mountinfo
	done
	[ -c /dev/kmsg ] && ls /dev/pts /dev/console 2> /dev/null; :'
own=$(sed -n 's/^CapPrm:\t//p' /proc/self/status)
expect_out_like "^CapEff: $own Seccomp: 0 "$'\n1\n1\nmade\n/sys rw\n(/sys/fs/cgroup rw\n)?/dev/pts:\nptmx$'
expect_ok berth run --rm --privileged --cap-drop ALL --security-opt seccomp=builtin busybox grep -E 'CapEff|Seccomp:' /proc/self/status
expect_out "CapEff:	$own"$'\nSeccomp:\t2'
ok "--privileged: every capability and device, nothing hidden; a profile can still be asked for"

# hidden PATH… - what of these is there and holds anything, in a container with the options of $1.
shown() {
	local options=$1
	# shellcheck disable=SC2086 # a list of options
	expect_ok berth run --rm $options busybox sh -c '
		for p in /proc/interrupts /proc/keys /proc/timer_list /proc/kcore /sys/firmware /proc/acpi; do
			if [ -d $p ]; then [ -z "$(ls -A $p)" ] || echo $p; elif [ -e $p ] && [ -n "$(head -c 1 $p 2> /dev/null | tr "\0" x)" ]; then echo $p; fi
		done; (echo > /proc/sys/kernel/domainname) 2> /dev/null && echo writable; :'
}
shown ""
expect_out ""
shown "--security-opt systempaths=unconfined"
expect_out_like '/proc/interrupts'
shown "--security-opt unmask=/proc/inter*"
expect_out /proc/interrupts
shown "--security-opt unmask=ALL --security-opt mask=/proc/interrupts:/proc/keys"
[[ $out != *interrupts* && $out != *keys* ]] || fail "what mask= names is shown"
shown "--security-opt unmask=/proc/sys:/proc/nothing"
expect_out_like '^(writable)?$'
expect_ok berth create --name box --security-opt mask=/etc/passwd --security-opt unmask=/proc/scsi --device "$tmp/devices/one:/dev/k" \
	--device-cgroup-rule 'c 1:3 rwm' busybox sh -c 'wc -c < /etc/passwd'
expect_ok berth inspect box
assert_eq "$(jq -c '.[0].HostConfig | [(.MaskedPaths | index("/etc/passwd") != null, index("/proc/scsi"), index("/proc/kcore") != null),
	.Devices, .DeviceCgroupRules, .ReadonlyPaths]' <<< "$out")" \
	"[true,null,true,[{\"PathOnHost\":\"$tmp/devices/one\",\"PathInContainer\":\"/dev/k\",\"CgroupPermissions\":\"rwm\"}],[\"c 1:3 rwm\"],[\"/proc/bus\",\"/proc/fs\",\"/proc/irq\",\"/proc/sys\",\"/proc/sysrq-trigger\"]]"
expect_ok berth start -a box
expect_out 0
expect_ok berth rm box
ok "systempaths=unconfined, mask and unmask"
