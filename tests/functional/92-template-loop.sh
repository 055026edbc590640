#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The loop back end: an image that lies complete on this machine is mounted without a server.
. "$(dirname "$0")/../lib.sh"
. "$tests_dir/lib/templates.sh"
requires_cmd jq mkfs.ext4

mkdir -p content/dir
echo hello > content/file
head -c 300000 /dev/urandom > content/dir/data
make_build "$BUILD" 64M content
sum=$(sha256sum < "$tmp/templates/$BUILD/rootfs.ext4")
P=$tmp/mnt

expect_ok berth mount --ro my-template "$BUILD" "$P"
assert_eq "$(mount_field "$P" Backend)" loop "the back end that auto chooses"
assert_eq "$(mount_field "$P" ServerPid)" 0 "the server"
assert_match "$(findmnt -rno FSTYPE,OPTIONS "$P")" '^ext4 ro,nosuid,nodev,' "the mount"
cmp "$P/dir/data" content/dir/data || fail "the content differs"
expect_ok berth mount --ro -o noexec my-template "$BUILD" "$tmp/second"
assert_match "$(findmnt -rno OPTIONS "$tmp/second")" '^ro,nosuid,nodev,noexec,' "the second mount"
expect_ok berth umount "$P" "$tmp/second"
no_mount_left || fail "something is left"
assert_no_path "$P" "$tmp/second"
ok "read-only: the image itself"

# Where it can't be done (overlayfs before 6.15 takes no unattached mount), auto takes another.
expect_ok berth mount my-template "$BUILD" "$P"
if [ "$(mount_field "$P" Backend)" = loop ]; then
	assert_match "$(findmnt -rno OPTIONS "$P")" '^rw,nosuid,nodev,' "the mount"
	echo changed > "$P/file"
	rm "$P/dir/data"
	echo new > "$P/new"
	assert_file "$P/file" changed
	expect_ok berth umount "$P"
	assert_eq "$(sha256sum < "$tmp/templates/$BUILD/rootfs.ext4")" "$sum" "the build"
	expect_ok berth mount my-template "$BUILD" "$P"
	assert_file "$P/file" hello
	cmp "$P/dir/data" content/dir/data || fail "the content differs"
	assert_no_path "$P/new"
	ok "writable: what is changed is kept apart, and dropped"

	umount "$P"
	expect_ok berth mounts -q
	expect_out ""
	no_mount_left || fail "something is left"
	ok "umount(8): the next command clears the rest"
else
	expect_ok berth umount "$P"
	part_skipped "writable: this kernel's overlayfs does not take the image"
fi

touch "$tmp/templates/$BUILD/rootfs.ext4.header"
expect_fails 1 "is no complete image on this machine" berth mount --backend loop my-template "$BUILD" "$P"
rm "$tmp/templates/$BUILD/rootfs.ext4.header"
expect_fails 1 "is no complete image on this machine" berth mount --backend loop my-template no-such-build "$P"
mkdir "$tmp/templates/no-file-system"
head -c 1M /dev/urandom > "$tmp/templates/no-file-system/rootfs.ext4"
expect_fails 1 "holds no file system that is known" berth mount --backend loop my-template no-file-system "$P"
expect_fails 1 "holds no file system that is known" berth mount my-template no-file-system "$P"
assert_no_path "$P"
no_mount_left || fail "something is left"
ok "what can't be mounted so is refused"

expect_ok berth info
assert_match "$out" $'\n''Template Back Ends: .*loop' "what info says"
expect_ok berth info --format '{{json .TemplateBackends}}'
if [ "$(jq -r .nbd <<< "$out")" != available ]; then
	assert_match "$(jq -r .nbd <<< "$out")" "modprobe nbd" "what info says of nbd"
	expect_fails 1 "this kernel has no network block devices" berth mount --backend nbd my-template "$BUILD" "$P"
	expect_hint "modprobe nbd"
	assert_no_path "$P"
fi
ok "info shows the back ends; a missing one is named with its module"

for type in squashfs erofs xfs btrfs; do
	grep -qw $type /proc/filesystems || { part_skipped "no $type here" && continue; }
	image=$tmp/templates/$type/rootfs.ext4
	mkdir "$tmp/templates/$type"
	case $type in
	squashfs) command -v mksquashfs > /dev/null && mksquashfs content "$image" -quiet > /dev/null ;;
	erofs) command -v mkfs.erofs > /dev/null && mkfs.erofs --quiet "$image" content > /dev/null 2>&1 ;;
	xfs) command -v mkfs.xfs > /dev/null && truncate -s 320M "$image" && mkfs.xfs -q "$image" ;;
	btrfs) command -v mkfs.btrfs > /dev/null && truncate -s 128M "$image" && mkfs.btrfs -q -r content "$image" ;;
	esac || { part_skipped "no mkfs for $type" && continue; }
	truncate -s %4096 "$image"
	for backend in loop fuse; do
		[ $backend = loop ] || [ -c /dev/fuse ] || continue
		expect_ok berth mount --ro --backend $backend my-template $type "$P"
		assert_eq "$(findmnt -rno FSTYPE "$P")" $type "the type of the mount"
		[ $type = xfs ] || assert_file "$P/file" hello
		expect_ok berth umount "$P"
	done
	ok "$type"
done
