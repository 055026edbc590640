#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The processes behind a mount are killed under verified writes, and upgraded: nothing is lost and nobody gets an error.
. "$(dirname "$0")/../lib.sh"
. "$tests_dir/lib/templates.sh"
requires_cmd jq python3 e2fsck
requires_fuse

mkdir content
echo hello > content/file
make_build "$BUILD" 128M content
P=$tmp/mnt

restarted() {
	[ "$(mount_field "$P" Restarts)" = "$1" ] && [ "$(mount_field "$P" State)" = mounted ]
}

other_holder() {
	local now
	now=$(holder_pid "$P")
	[ "$now" != "$1" ] && [ "$now" != 0 ] && [ -e "/proc/$now" ]
}

other_server() {
	[ "$(server_pid "$P")" != "$1" ] && [ "$(mount_field "$P" State)" = mounted ]
}

writers=()
start_writing() {
	local n
	for n in 1 2; do
		"$tests_dir/lib/verified-writer" "$P/data$n" 8388608 "$tmp/stop" > "written$n" 2> "failed$n" &
		writers+=($!)
	done
	wait_for test -e "$P/data1.ready" -a -e "$P/data2.ready"
}

# They read all of it back before they end.
stop_writing() {
	local w
	touch "$tmp/stop"
	for w in "${writers[@]}"; do
		wait "$w" || fail "a writer failed: $(cat failed1 failed2)"
	done
	say "$(cat written1) and $(cat written2) writes"
}

expect_ok berth mount --backend fuse my-template "$BUILD" "$P"
[ "$(mount_field "$P" Backend)" = fuse ] || fail "no server"
can_resume=$(od -An -tu1 -N1 "$(record_of "$P")/shared" | tr -d ' ')
[ "$can_resume" = 1 ] || skip "this kernel can't give a new server what the old one has not answered (needs 6.9)"

start_writing
for n in 1 2; do
	kill -s KILL "$(server_pid "$P")"
	wait_for restarted $n
done
ok "the server killed twice: a new one takes over"

holder=$(holder_pid "$P")
kill -s KILL "$holder"
wait_for other_holder "$holder"
kill -s KILL "$(server_pid "$P")"
wait_for restarted 3
ok "the holder killed: the server starts a new one, which does what the old one did"

server=$(server_pid "$P")
kill -s HUP "$(holder_pid "$P")"
wait_for other_server "$server"
assert_eq "$(mount_field "$P" Restarts)" 3 "restarts after an upgrade"
ok "an upgrade under load"
stop_writing

# Large requests: they take longest to be copied. Fewer kills than a holder takes for a server that can't work.
dd if=/dev/zero of="$P/large" bs=1M count=24 conv=fdatasync 2> large.err &
large=$!
writers=()
rm "$tmp/stop" "$P"/data?.ready
start_writing
deaths=$(mount_field "$P" Restarts)
timeout 60 "$tests_dir/lib/kill-servers" "$(record_of "$P")" 15
wait_for restarted $((deaths + 15))
wait $large || fail "a large write failed: $(cat large.err)"
stop_writing
ok "servers killed as they begin"

device=$(mount_field "$P" DevicePath)
mount -o remount,ro "$P"
expect_status 0 e2fsck -fn "$device"
expect_ok berth umount "$P"
wait_for no_mount_left
ok "every block is as it was written, and e2fsck is content"
