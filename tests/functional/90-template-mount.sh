#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# berth mount, umount, mounts: what is mounted, where it may be, and that nothing is left of it.
. "$(dirname "$0")/../lib.sh"
. "$tests_dir/lib/templates.sh"
requires_cmd jq mkfs.ext4
requires_fuse

mkdir -p content/dir
echo hello > content/file
head -c 300000 /dev/urandom > content/dir/data
make_build "$BUILD" 64M content
sum=$(sha256sum < "$tmp/templates/$BUILD/rootfs.ext4")
P=$tmp/mnt/new/path

expect_ok berth mount --backend fuse my-template "$BUILD" "$P"
expect_out ""
assert_file "$P/file" hello
cmp "$P/dir/data" content/dir/data || fail "the content differs"
assert_match "$(findmnt -rno FSTYPE,OPTIONS "$P")" '^ext4 rw,nosuid,nodev,' "the mount"
findmnt -t fuse -t fuseblk | grep berth && fail "the FUSE file is in the mount table"
ok "a build is mounted, nosuid and nodev, and nothing else is"

expect_ok berth mounts --format json
assert_eq "$(jq -r '[.TemplateID, .BuildID, .MountPath, .Backend, .State, .ReadOnly, .Restarts] | join(" ")' <<< "$out")" \
	"my-template $BUILD $P fuse mounted false 0"
assert_match "$(mount_field "$P" DevicePath)" "^/dev/loop$(mount_field "$P" DeviceSlot)$" "the device"
date -d "$(mount_field "$P" MountedAt)" > /dev/null || fail "MountedAt is no time"
assert_path "/proc/$(mount_field "$P" ServerPid)"
expect_ok berth mounts
assert_match "$out" '^TEMPLATE +BUILD +MOUNTED ON +DEVICE +STATE'$'\n'"my-template +$BUILD +$P +/dev/loop[0-9]+ +mounted"
expect_ok berth mounts -q
expect_out "$P"
ok "mounts lists it"

echo changed > "$P/file"
rm "$P/dir/data"
sync -f "$P/file"
[ "$(mount_field "$P" BytesDirty)" -gt 0 ] || fail "what was written is not counted"
assert_eq "$(sha256sum < "$tmp/templates/$BUILD/rootfs.ext4")" "$sum" "the build"
ok "what is written is kept apart from the build"

expect_fails 1 "cannot mount on '$P': template 'my-template', build '$BUILD' is mounted there" \
	berth mount other "$BUILD" "$P/"
expect_fails 1 "which is above it" berth mount other "$BUILD" "$P/dir"
expect_fails 1 "which is inside it" berth mount other "$BUILD" "$tmp/mnt"
expect_fails 1 "it must be absolute" berth mount other "$BUILD" mnt/x
expect_fails 1 "may not contain '\.\.'" berth mount other "$BUILD" "$tmp/../x"
expect_fails 1 "the system needs" berth mount other "$BUILD" /etc/x
expect_fails 1 "the system needs" berth mount other "$BUILD" /
ln -s "$tmp" link
expect_fails 1 "a symbolic link is on the way" berth mount other "$BUILD" "$tmp/link/x"
expect_fails 1 "cannot mount on '$tmp/link': Not a directory|a symbolic link" berth mount other "$BUILD" "$tmp/link"
expect_fails 1 "Not a directory" berth mount other "$BUILD" "$tmp/content/file"
expect_fails 1 "mount option 'loop' can't be used" berth mount -o loop other "$BUILD" "$tmp/x"
expect_fails 1 "unknown back end 'floppy'" berth mount --backend floppy other "$BUILD" "$tmp/x"
expect_fails 1 "invalid build '../x'" berth mount other ../x "$tmp/x"
expect_fails 1 "has no changes to persist" berth mount --ro --persist new other "$BUILD" "$tmp/x"
expect_fails 1 "00000000" berth mount other 00000000-0000-0000-0000-000000000001 "$tmp/x"
expect_fails 1 "." berth mount -o no_such_option other "$BUILD" "$tmp/x/y"
assert_no_path "$tmp/x"
assert_eq "$(berth mounts -q)" "$P" "mounts after failures"
ok "paths that may not be used, options and builds that are wrong are refused, and nothing is made"

(cd "$P/dir" && exec sleep 1000) &
sleeper=$!
wait_for test "/proc/$sleeper/cwd" -ef "$P/dir"
expect_fails 1 "cannot unmount '$P': it is in use by pid $sleeper \((sleep|bash)\)" berth umount "$P"
expect_hint "berth umount --lazy $P"
assert_file "$P/file" changed
ok "a busy mount stays, and the error says who keeps it"

expect_ok berth umount --lazy "$P"
assert_no_path "$tmp/mnt"
assert_eq "$(mount_field "$P" State)" detached "the state of what is in use still"
kill $sleeper
wait $sleeper 2> /dev/null || true
wait_for no_mount_left
ok "unmounted lazily it goes with its last user"

mkdir -p "$P"
expect_ok berth mount other "$BUILD" "$P"
assert_file "$P/file" hello
expect_ok berth unmount "$P"
assert_path "$P"
assert_eq "$(berth mounts -q)" "" "mounts at the end"
no_mount_left || fail "something is left"
expect_fails 1 "no template is mounted on '$P'" berth umount "$P"
expect_fails 1 "requires either PATH or --all" berth umount
expect_fails 1 "requires either PATH or --all" berth umount --all "$P"
ok "what was changed is gone after unmounting; a directory that was there stays"

expect_ok berth mount --ro other "$BUILD" "$P"
assert_match "$(findmnt -rno OPTIONS "$P")" '^ro,nosuid,nodev,' "the mount"
expect_status 1 touch "$P/new"
assert_eq "$(mount_field "$P" ReadOnly)" true
expect_ok berth mount -o noexec,dev,noatime,commit=30 other "$BUILD" "$tmp/mnt/second"
assert_match "$(findmnt -rno OPTIONS "$tmp/mnt/second")" '^rw,nosuid,noexec,noatime,.*commit=30' "the mount"
echo one > "$tmp/mnt/second/file"
assert_file "$P/file" hello
expect_ok berth umount --all
no_mount_left || fail "something is left"
assert_no_path "$tmp/mnt/second"
ok "--ro, -o, two mounts of one build, umount --all"

expect_ok berth mount --backend fuse other "$BUILD" "$P"
umount "$P"
wait_for no_mount_left
expect_ok berth mount --backend fuse other "$BUILD" "$P"
kill "$(server_pid "$P")"
wait_for is_not_mounted "$P"
wait_for no_mount_left
ok "umount(8) and SIGTERM to the server unmount it too"

make_build "small-blocks" 8M content -b 1024
expect_ok berth mount --backend fuse other small-blocks "$P"
assert_file "$P/file" hello
head -c 100000 /dev/urandom > "$P/more"
cp "$P/more" more
echo 3 > /proc/sys/vm/drop_caches
cmp "$P/more" more || fail "what was written is not read back"
expect_ok berth umount "$P"
ok "a file system with blocks of 1 KiB"
