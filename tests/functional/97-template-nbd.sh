#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The nbd back end on the kernel's own driver: reconnects after the server's death, gives every device back.
# vm: uml
. "$(dirname "$0")/../lib.sh"
. "$tests_dir/lib/templates.sh"
requires_cmd jq mkfs.ext4 python3 e2fsck
[ "$(berth info --format '{{.TemplateBackends.nbd}}')" = available ] || skip "this kernel has no network block devices"

mkdir content
echo hello > content/file
make_build "$BUILD" 64M content
P=$tmp/mnt


none_connected() {
	! grep -qs . /sys/block/nbd*/backend
}

restarted() {
	[ "$(mount_field "$P" Restarts)" = "$1" ] && [ "$(mount_field "$P" State)" = mounted ]
}

other_holder() {
	local now
	now=$(holder_pid "$P")
	[ "$now" != "$1" ] && [ "$now" != 0 ] && [ -e "/proc/$now" ]
}

expect_ok berth mount --backend nbd my-template "$BUILD" "$P"
assert_eq "$(mount_field "$P" Backend)" nbd
slot=$(mount_field "$P" DeviceSlot)
assert_eq "$(mount_field "$P" DevicePath)" "/dev/nbd$slot"
assert_file "/sys/block/nbd$slot/backend" "$(mount_field "$P" ID)"
assert_file "$P/file" hello
echo changed > "$P/file"
sync -f "$P/file"
echo 3 > /proc/sys/vm/drop_caches
assert_file "$P/file" changed
expect_ok berth umount "$P"
no_mount_left || fail "something is left"
wait_for none_connected
ok "mounted, written, unmounted; the device is given back"

expect_ok berth mount --backend nbd my-template "$BUILD" "$P"
"$tests_dir/lib/verified-writer" "$P/data" 4194304 "$tmp/stop" > written 2> failed &
writer=$!
wait_for test -e "$P/data.ready"
for n in 1 2; do
	kill -s KILL "$(server_pid "$P")"
	wait_for restarted $n
done
holder=$(holder_pid "$P")
kill -s KILL "$holder"
wait_for other_holder "$holder"
kill -s KILL "$(server_pid "$P")"
wait_for restarted 3
expect_ok berth template reexec
touch stop
wait $writer || fail "the writer: $(cat failed)"
device=$(mount_field "$P" DevicePath)
mount -o remount,ro "$P"
expect_status 0 e2fsck -fn "$device"
expect_ok berth umount "$P"
wait_for none_connected
ok "server and holder killed under verified writes, and replaced: every block is as it was written"

expect_ok berth mount --backend nbd my-template "$BUILD" "$P"
pids="$(holder_pid "$P") $(server_pid "$P")"
# shellcheck disable=SC2086 # two words
kill -s STOP $pids
# shellcheck disable=SC2086
kill -s KILL $pids
wait_for no_other_processes
assert_eq "$(mount_field "$P" State)" failed
expect_status 0 berth system check --repair
no_mount_left || fail "something is left"
is_not_mounted "$P" || fail "it is still mounted"
wait_for none_connected
ok "both killed at once: check --repair unmounts it and gives the device back"

expect_ok berth mount --backend nbd my-template "$BUILD" "$P"
umount "$P"
wait_for no_mount_left
wait_for none_connected
ok "umount(8) gives it back too"

many=()
# More than the driver has at first (nbds_max is 16).
for n in {1..18}; do
	"$BERTH" mount --ro --backend nbd my-template "$BUILD" "$tmp/many/$n" &
	many+=($!)
done
wait "${many[@]}"
for n in {1..18}; do
	assert_file "$tmp/many/$n/file" hello
done
assert_eq "$(berth mounts --format '{{.DeviceSlot}}' | sort -u | wc -l)" 18 "devices"
expect_ok berth umount --all
no_mount_left || fail "something is left"
assert_no_path "$tmp/many"
wait_for none_connected
ok "18 mounts at once, each with its own device"
