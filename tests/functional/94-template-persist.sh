#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What was changed in a mount becomes a new build: at unmount, or while it is in use; all of it or nothing.
. "$(dirname "$0")/../lib.sh"
. "$tests_dir/lib/templates.sh"
requires_cmd jq mkfs.ext4
requires_fuse

mkdir content
echo hello > content/file
head -c 3M /dev/urandom > content/data
make_build "$BUILD" 64M content
sum=$(sha256sum < "$tmp/templates/$BUILD/rootfs.ext4")
P=$tmp/mnt
second=00000000-0000-0000-0000-000000000002
third=00000000-0000-0000-0000-000000000003
fourth=00000000-0000-0000-0000-000000000004
fifth=00000000-0000-0000-0000-000000000005
sixth=00000000-0000-0000-0000-000000000006

size_of() {
	du -s --block-size=1 "$tmp/templates/$1" | cut -f 1
}

expect_ok berth mount --persist $second my-template "$BUILD" "$P"
assert_eq "$(mount_field "$P" Persist)" $second
echo changed > "$P/file"
echo new > "$P/new"
rm "$P/data"
assert_no_path "$tmp/templates/$second"
expect_ok berth umount "$P"
no_mount_left || fail "something is left"
assert_eq "$(sha256sum < "$tmp/templates/$BUILD/rootfs.ext4")" "$sum" "the build below"
[ "$(size_of $second)" -lt 3000000 ] || fail "more was published than what was changed: $(size_of $second) bytes"
expect_ok berth mount --ro my-template $second "$P"
assert_file "$P/file" changed
assert_file "$P/new" new
assert_no_path "$P/data"
expect_ok berth umount "$P"
expect_ok berth mount --ro my-template "$BUILD" "$P"
assert_file "$P/file" hello
expect_ok berth umount "$P"
ok "changes become a new build on top of the old one"

expect_ok berth mount my-template $second "$P"
echo committed > "$P/file"
expect_ok berth template commit "$P" $third
expect_out $third
echo later > "$P/file"
expect_fails 1 "$third" berth template commit "$P" $third
expect_fails 1 "invalid build 'a/b'" berth template commit "$P" a/b
expect_fails 1 "no template is mounted" berth template commit "$tmp/elsewhere" $fourth
assert_file "$P/file" later
server=$(server_pid "$P")
expect_ok berth template reexec
assert_ne "$(server_pid "$P")" "$server" "the server after reexec"
assert_file "$P/file" later
expect_ok berth umount "$P"
expect_ok berth mount --ro my-template $third "$P"
assert_file "$P/file" committed
device=$(mount_field "$P" DevicePath)
expect_status 0 e2fsck -fn "$device"
expect_ok berth umount "$P"
ok "commit publishes one instant of a mount that is in use; reexec replaces its server"

expect_ok berth mount --persist $fourth my-template $third "$P"
echo by-umount8 > "$P/file"
umount "$P"
wait_for no_mount_left
expect_ok berth mount --ro my-template $fourth "$P"
assert_file "$P/file" by-umount8
expect_ok berth umount "$P"
ok "umount(8) publishes too"

expect_ok berth mount --persist $fifth my-template $third "$P"
echo kept > "$P/file"
mkdir "$tmp/templates/$fifth"
touch "$tmp/templates/$fifth/rootfs.ext4"
expect_fails 1 "cannot publish what was changed in '$P'.*$fifth" berth umount "$P"
expect_hint "berth umount $P tries again"
is_not_mounted "$P" || fail "it is still mounted"
assert_eq "$(mount_field "$P" State)" unpublished "the state"
expect_status 1 berth system check
assert_match "$out" "unpublished changes"
rm -r "$tmp/templates/$fifth"
expect_ok berth umount "$P"
no_mount_left || fail "something is left"
expect_ok berth mount --ro my-template $fifth "$P"
assert_file "$P/file" kept
expect_ok berth umount "$P"
expect_ok berth mount --persist $sixth my-template $third "$P"
expect_ok berth umount --discard "$P"
assert_no_path "$tmp/templates/$sixth"
ok "what can't be published is kept, until it can be or is dropped"

expect_fails 1 "can't persist" berth mount --backend loop --persist x1 my-template "$BUILD" "$P"
expect_fails 1 "$fifth" berth mount --persist $fifth my-template "$BUILD" "$P"
assert_no_path "$P"
ok "a build that exists is not promised to anybody"
