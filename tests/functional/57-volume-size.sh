#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Volumes with a size: full when full, larger on demand, and nothing of them is left anywhere.
. "$(dirname "$0")/../lib.sh"
requires_cmd jq mke2fs losetup
[ -e /dev/loop-control ] || skip "no loop devices here"

V=$BERTH_ROOT/volumes
import_busybox
in_box() {
	"$BERTH" run --rm "$@"
}
no_loops() {
	[ -z "$(own_loops)" ]
}

expect_ok berth volume create -o size=1g -o uid=7 big
allocated=$(($(stat -c %b "$V/big/image.ext4") / 2))
((allocated <= 1024)) || fail "a new volume of 1 GiB takes $allocated KiB"
expect_ok in_box -v big:/b busybox sh -c 'ls -A /b; stat -c "%u %a" /b; df -k /b | tail -n 1 | awk "{ print (\$2 > 900000) }"'
expect_out $'7 755\n1'
ok "a gigabyte takes $allocated KiB at first"

expect_ok berth volume create -o size=16m -o inodes=64 small
expect_ok in_box -v small:/s busybox sh -c \
	'dd if=/dev/zero of=/s/f bs=64k count=1000 2>&1 | grep -o "No space left on device"; rm /s/f
	i=0; while touch /s/$i; do i=$((i + 1)); done 2> /dev/null; test $i -lt 64 && rm -f /s/* && echo full'
expect_out $'No space left on device\nfull'
ok "it is full when it is full"

expect_ok in_box -v small:/etc busybox sh -c 'test -s /etc/passwd && echo filled'
expect_out filled
expect_ok in_box -v small:/x busybox test -s /x/passwd
ok "it is filled from the image once, and kept"

# Two containers at once, one file system; larger while they run; blocks given back.
expect_ok berth run -d --name user -v big:/b busybox sh -c 'touch /b/ready; while [ ! -e /b/end ]; do sleep 0.1; done'
wait_for berth run --rm -v big:/c busybox test -e /c/ready
before=$(stat -c %b "$V/big/image.ext4")
can_grow_live=$((0x$(awk '/CapEff/ { print $2 }' /proc/self/status) >> 24 & 1)) # CAP_SYS_RESOURCE
if [ "$can_grow_live" = 1 ]; then
	expect_ok berth volume resize big 2g
	live=1900000
else
	expect_fails 1 "cannot make volume 'big' larger while it is in use" berth volume resize big 2g
	part_skipped "growing a mounted file system needs CAP_SYS_RESOURCE"
	live=900000
fi
expect_ok in_box -v big:/c busybox sh -c "df -k /c | tail -n 1 | awk '{ print (\$2 > $live) }'"'
	dd if=/dev/zero of=/c/f bs=1M count=50 2> /dev/null; sync; stat -c %s /c/f'
expect_out $'1\n52428800'
(($(stat -c %b "$V/big/image.ext4") > before + 90000)) || fail "50 MiB were not written"
in_box -v big:/c busybox sh -c 'rm /c/f; sync'
given_back() {
	# The discards follow the journal's commit, which the next sync brings.
	"$BERTH" run --rm -v big:/c busybox sync
	(($(stat -c %b "$V/big/image.ext4") < before + 40000))
}
wait_for given_back
assert_eq "$(own_loops | wc -l)" 1 "loop devices while containers run"
in_box -v big:/c busybox touch /c/end
expect_ok berth wait user
expect_ok berth rm user
wait_for no_loops
expect_ok berth volume resize big 2g
expect_ok in_box -v big:/c busybox sh -c 'test -e /c/end && df -k /c | tail -n 1 | awk "{ print (\$2 > 1900000) }"'
expect_out 1
wait_for no_loops
expect_fails 1 "can't be made smaller" berth volume resize big 1g
expect_ok berth volume create plain
expect_fails 1 "has no size" berth volume resize plain 1g
expect_ok berth volume inspect -f '{{.Options.size}}' big
expect_out 2147483648
ok "it grows while it is used, and gives back what is removed"

# Killed: the device goes with the container.
"$BERTH" run --name killed -v big:/b busybox sh -c 'touch /b/up; sleep 1000' &
pid=$!
wait_for berth run --rm -v big:/c busybox test -e /c/up
kill -KILL $pid
wait $pid || true
wait_for no_loops
expect_ok berth rm -f killed
expect_ok berth volume mount small
assert_path "$out/passwd"
expect_ok berth volume unmount small
wait_for no_loops
expect_ok berth volume rm big small
assert_no_path "$V/big" "$V/small"
ok "no loop device is left, however its users end"

expect_fails 1 "invalid value for option 'size': '10k'" berth volume create -o size=10k tiny
expect_fails 1 'missing required option: "size"' berth volume create -o inodes=100 tiny
expect_ok berth volume create -o o=size=32m podmans
expect_ok berth volume resize podmans 64m
expect_ok in_box -v podmans:/p busybox sh -c 'df -k /p | tail -n 1 | awk "{ print (\$2 > 40000) }"'
expect_out 1
wait_for no_loops
