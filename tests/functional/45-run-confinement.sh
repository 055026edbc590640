#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What a container sees of the machine: its own namespaces, /dev, /proc and /sys, and nothing of the host's to write.
# vm: uml
. "$(dirname "$0")/../lib.sh"

import_busybox
touch secret
expect_ok berth create --name box busybox sh -c 'exec sleep 1000'
expect_ok berth start box

expect_ok berth run --rm busybox sh -c 'for n in mnt pid ipc uts net cgroup user; do readlink /proc/self/ns/$n; done'
i=0
for n in mnt pid ipc uts net cgroup user; do
	i=$((i + 1))
	theirs=$(sed -n ${i}p <<< "$out")
	if [ $n = user ]; then
		assert_eq "$theirs" "$(readlink /proc/self/ns/$n)" "the user namespace"
	else
		assert_ne "$theirs" "$(readlink /proc/self/ns/$n)" "the $n namespace of the host"
	fi
done
expect_ok berth run --rm --network host busybox readlink /proc/self/ns/net
expect_out "$(readlink /proc/self/ns/net)"
expect_ok berth run --rm --network none busybox sh -c 'ls /sys/class/net; ping -c 1 -W 2 127.0.0.1 > /dev/null && echo up'
expect_out $'lo\nup'
ok "namespaces are its own, but for the network with --network host"

expect_ok berth run --rm busybox sh -c 'echo $$; ls -d /proc/[0-9]* | wc -l'
expect_out_like $'^1\n[1-4]$'
ok "it is process 1 and sees no other"

expect_ok berth run --rm busybox sh -c 'cd /dev; stat -c "%n %F %a %t:%T" $(ls | sort)'
for line in "full character special file 666 1:7" "null character special file 666 1:3" \
	"random character special file 666 1:8" "tty character special file 666 5:0" \
	"urandom character special file 666 1:9" "zero character special file 666 1:5" \
	"mqueue directory 1777 0:0" "shm directory 1777 0:0" "pts directory 755 0:0" \
	"fd symbolic link 777 0:0" "stdin symbolic link 777 0:0" "stdout symbolic link 777 0:0" \
	"stderr symbolic link 777 0:0" "ptmx symbolic link 777 0:0"; do
	grep -qxF "$line" <<< "$out" || fail "/dev has no '$line'"
done
assert_eq "$(grep -cvE '^(core|full|null|random|tty|urandom|zero|mqueue|shm|pts|fd|stdin|stdout|stderr|ptmx) ' <<< "$out")" \
	0 "number of other things in /dev"
expect_ok berth run --rm busybox sh -c 'stat -c "%a %F" /dev; echo x > /dev/null; head -c 3 /dev/zero | wc -c'
expect_out $'755 directory\n3'
ok "/dev has the standard nodes and nothing else"

# options DESTINATION - of the mount there, from the inside.
expect_ok berth run --rm busybox cat /proc/self/mountinfo
table=$out
options() {
	awk -v at="$1" '$5 == at { for (i = 1; i <= NF; i++) if ($i == "-") break; print "," $6 "," $(i + 3) "," $(i + 1) "," }' \
		<<< "$table" | tail -n 1
}
has() {
	local at=$1 o
	shift
	for o; do
		[[ $(options "$at") == *",$o,"* ]] || fail "the mount on $at lacks '$o': $(options "$at")"
	done
}
has / rw overlay
has /proc rw nosuid nodev noexec proc
has /dev nosuid mode=755 tmpfs
[[ $(options /dev) != *atime* ]] || fail "/dev is not strictatime: $(options /dev)"
has /dev/pts nosuid noexec devpts ptmxmode=666 mode=620 gid=5
has /dev/shm nosuid nodev noexec tmpfs
has /dev/mqueue nosuid nodev noexec mqueue
has /sys ro nosuid nodev noexec sysfs
if grep -q cgroup2 /proc/self/mounts; then
	has /sys/fs/cgroup ro nosuid nodev noexec cgroup2
fi
for p in bus fs irq sys; do
	has /proc/$p ro
done
# Private: no peer groups, and none that it would get mounts from.
[[ $table != *shared:* && $table != *master:* ]] || fail "mounts are not private"
ok "mounts have docker's flags and are private"

# Each must fail, by whatever errno.
expect_ok berth run --rm busybox sh -c '
	denied() { if eval "$1" 2> /dev/null; then echo "NOT DENIED: $1"; fi; }
	denied "echo x > /proc/sysrq-trigger"
	denied "echo core > /proc/sys/kernel/core_pattern"
	denied "echo 1 > /proc/sys/kernel/panic"
	denied "echo x > /proc/irq/default_smp_affinity"
	denied "mkdir /sys/fs/cgroup/x"
	denied "echo 1 > /sys/kernel/mm/ksm/run"
	denied "mount -t tmpfs x /mnt"
	denied "mount -o remount,rw /sys"
	denied "mount -o remount,rw /proc/sys"
	denied "umount /proc/sys"
	denied "mknod /tmp/disk b 254 0"
	denied "mknod /tmp/mem c 1 1"
	denied "mknod /dev/kmsg c 1 11"
	denied "hostname changed"
	denied "chroot / unshare -m true"
	denied "unshare -m true"
	denied "ip link add d0 type dummy"
	denied "head -c 1 /proc/kcore | grep -q ."
	denied "head -c 1 /proc/keys | grep -q ."
	denied "head -c 1 /proc/timer_list | grep -q ."
	denied "ls /proc/acpi /sys/firmware | grep -v : | grep -q ."
	mknod /tmp/null c 1 3 && mknod /tmp/fifo p && chown 1:1 /tmp/fifo && chroot / true && echo allowed'
expect_out allowed
ok "what could hurt the host is denied, what docker allows is not"

expect_ok berth run --rm busybox sh -c 'find / -xdev -name secret; ls /proc/1/root/var/tmp'
expect_out ""
ok "nothing of the host's files is there"

# Where it could have been left: a descriptor of a host directory (CVE-2024-21626).
for n in 3 4 5 6 7 8 9 10 12 16; do
	run berth run --rm -w "/proc/self/fd/$n" busybox sh -c 'ls ../../../..; pwd'
	[[ $out != *"$(basename "$tmp")"* && $out != *vmlinuz* ]] || fail "the host's files through descriptor $n"
done
ok "no descriptor leads to the host"

expect_ok berth run --rm --read-only busybox sh -c 'touch /x 2> /dev/null || echo refused; touch /dev/shm/x && echo shm'
expect_out $'refused\nshm'
expect_ok berth run --rm --read-only -v data:/data --tmpfs /t busybox sh -c 'touch /data/x /t/x && echo written'
expect_out written
expect_ok berth volume rm data
ok "--read-only, with volumes and tmpfs writable"

expect_ok berth rm -f box
