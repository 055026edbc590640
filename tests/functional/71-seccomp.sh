#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# System calls: docker's default profile, what capabilities open, profiles of the user's, compiled once.
. "$(dirname "$0")/../lib.sh"
# shellcheck source=SCRIPTDIR/../lib/tools.sh
. "$tests_dir/lib/tools.sh"
requires_cmd jq gcc

import_busybox
sys=$(tool sys)
EPERM=1 ENOSYS=38 EFAULT=14 EINVAL=22

# calls WANT… -- OPTION… -- CALL;CALL… : what each prints, in a container with these options.
# expect_calls "WANT…" "CALL; CALL…" OPTION…
expect_calls() {
	local want=$1 calls=$2 script='' c
	shift 2
	local IFS=';'
	for c in $calls; do
		script+="/x $c; "
	done
	unset IFS
	expect_ok berth run --rm -v "$sys:/x:ro" "$@" busybox sh -c "$script"
	assert_eq "$(tr '\n' ' ' <<< "$out")" "$want " "results of '$calls' with: $*"
}

NEWUSER=0x10000000
unshare=$(nr unshare) keyctl=$(nr keyctl) mount=$(nr mount) clone=$(nr clone) clone3=$(nr clone3)
expect_calls "$EPERM $EPERM $EPERM $EPERM $ENOSYS $ENOSYS ok" \
	"$unshare $NEWUSER; $keyctl 0 -3 0; $mount; $clone $NEWUSER; $clone3; 9999; $(nr getpid)"
expect_calls "$EPERM $EPERM $EPERM ok" \
	"$(nr socket) 40 1 0; $(nr personality) 0x40000; $(nr io_uring_setup) 1 0; $(nr personality) 0xffffffff"
# Without a filter the kernel itself answers: no key there, a bad pointer, a bad size.
expect_calls "$EFAULT $EINVAL" "$mount 0 0; $clone3" --security-opt seccomp=unconfined --cap-add SYS_ADMIN
expect_calls ok "$(nr personality) 0x40000" --security-opt seccomp=unconfined
ok "the default profile, and none"

expect_calls "ok $EFAULT $EINVAL $EPERM" "$unshare $NEWUSER; $mount 0 0; $clone3; $(nr pivot_root) 0 0" --cap-add SYS_ADMIN
expect_calls "$EPERM" "$(nr chroot) @/" --cap-drop SYS_CHROOT
ok "capabilities open what docker opens for them, and no more"

if [ "$(uname -m)" != x86_64 ]; then
	part_skipped "no other doors on $(uname -m)"
elif ! "$sys" -3 20 > /dev/null 2>&1; then
	part_skipped "this kernel has no system calls of i386 (ia32_emulation)"
else
	# mount is 21 and unshare 310 for i386, getpid 20; x32 has the numbers of x86_64.
	expect_calls "$EPERM $EPERM ok" "-3 21; -3 310 $NEWUSER; -3 20"
	expect_calls "$EPERM" "-x $mount"
	expect_calls "ok $EPERM $EPERM ok" \
		"-3 14 @/a 0x21b6 0x103; -3 14 @/b 0x21b6 0x101; -3 14 @/c 0x61b6 0x700; -3 297 -100 @/d 0x21b6 0x105"
	ok "i386's and x32's doors are shut, too"
fi
# mknodat(2): null, mem, a disk; a FIFO.
mknodat=$(nr mknodat)
for o in seccomp=unconfined seccomp=builtin; do
	expect_calls "ok $EPERM $EPERM ok" \
		"$mknodat -100 @/a 0x21b6 0x103; $mknodat -100 @/b 0x21b6 0x101; $mknodat -100 @/c 0x61b6 0x700; $mknodat -100 @/d 0x11b6 0" \
		--security-opt $o
done
ok "no profile opens the host's devices"

cat > own.json << 'JSON'
{ "defaultAction": "SCMP_ACT_ALLOW",
  "syscalls": [
	{ "names": ["getppid"], "action": "SCMP_ACT_ERRNO", "errnoRet": 99 },
	{ "names": ["getpid"], "action": "SCMP_ACT_ERRNO", "excludes": { "caps": ["CAP_SYS_TIME"] } },
	{ "names": ["socket"], "action": "SCMP_ACT_ERRNO", "errnoRet": 98,
	  "args": [{ "index": 0, "value": 1, "op": "SCMP_CMP_EQ" }] } ] }
JSON
own=--security-opt=seccomp=own.json
expect_calls "99 1 98 ok $EPERM" \
	"$(nr getppid); $(nr getpid); $(nr socket) 1 1 0; $(nr socket) 2 1 0; $mknodat -100 @/b 0x21b6 0x101" $own
expect_calls "99 ok" "$(nr getppid); $(nr getpid)" $own --cap-add SYS_TIME
expect_calls "99" "$(nr getppid)" $own --security-opt no-new-privileges -u 1000
assert_eq "$(find "$BERTH_ROOT/seccomp" -type f | wc -l)" 2 "compiled profiles: one for each set of capabilities"
ok "a profile of the user's, with conditions, compiled once"

# The program that compiles is not needed again, and the container keeps its filter whatever becomes of the file.
expect_ok env BERTH_LIBEXEC=/nonexistent "$BERTH" create --name box $own -v "$sys:/x:ro" busybox /x "$(nr getppid)"
rm own.json
expect_status 0 berth system prune --force --filter label=none
assert_no_path "$BERTH_ROOT/seccomp"
expect_ok berth start -a box
expect_out 99
expect_ok berth inspect box
assert_eq "$(jq -c '.[0].HostConfig.SecurityOpt' <<< "$out")" '["seccomp=own.json"]'
expect_ok berth rm box
ok "it is kept by content, and by the container"

expect_fails 125 'opening seccomp profile \(none.json\) failed: No such file' \
	berth run --rm --security-opt seccomp=none.json busybox true
echo '{' > bad.json
expect_fails 125 'seccomp profile \(bad.json\) failed' berth run --rm --security-opt seccomp=bad.json busybox true
echo '{ "defaultAction": "SCMP_ACT_MAYBE" }' > bad.json
expect_fails 125 "bad.json.*'SCMP_ACT_MAYBE'" berth run --rm --security-opt seccomp=bad.json busybox true
echo '{ "defaultAction": "SCMP_ACT_NOTIFY" }' > bad.json
expect_fails 125 "SCMP_ACT_NOTIFY" berth run --rm --security-opt seccomp=bad.json busybox true
expect_ok berth ps -aq
expect_out ""
ok "a profile that is none is refused, and nothing is left of it"
