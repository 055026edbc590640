#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What fails half-way leaves nothing: a full disk, and every system call of `berth run` that can fail, failing.
. "$(dirname "$0")/../lib.sh"

requires_cmd strace
mkdir disk
mount -t tmpfs -o size=24m tmpfs disk
mounts_before=$(mounts_now) # part of the test; lib.sh removes it with the rest
export BERTH_ROOT=$tmp/disk/root
import_busybox

left() {
	find "$BERTH_ROOT/containers" "$BERTH_ROOT/names" "$BERTH_ROOT/tmp" "$BERTH_ROOT/volumes" -mindepth 1 -maxdepth 1
}

dd if=/dev/zero of=disk/filler bs=64k 2> /dev/null || true
run berth run --rm -v new:/new busybox sh -c 'echo x > /file; echo x > /new/file'
[ "$status" != 0 ] || fail "nothing failed on a full disk"
rm disk/filler
berth volume rm new > /dev/null 2>&1 || true
assert_eq "$(left)" "" "what a full disk left"
expect_ok berth run --rm busybox true
ok "a full disk: an error, and nothing left"

if sanitized; then
	part_skipped "failing system calls: the sanitizers' own would fail too"
	exit 0
fi

# Each call of the hot path fails once with an error that it can have. berth may end well (it has a fallback), with 125 and
# one clear line, or with 126 or 127; never by a signal, and never silently.
expect_ok berth run --rm busybox true
for call in openat:EMFILE openat2:ENOMEM mkdirat:ENOSPC clone3:EAGAIN fsopen:ENODEV fsconfig:EINVAL fsmount:EPERM \
	move_mount:EINVAL open_tree:ENOMEM mount_setattr:EINVAL write:ENOSPC renameat2:EIO symlinkat:ENOSPC fcntl:ENOLCK \
	pipe2:EMFILE getrandom:EAGAIN fstat:EIO unlinkat:EIO; do
	name=${call%:*}
	for n in 1 2 3 5 8; do
		status=0
		strace -qq -o /dev/null -e trace="$name" -e inject="$name:error=${call#*:}:when=$n" \
			"$BERTH" run --rm -v "$tmp:/host" busybox true > stdout 2> stderr < /dev/null || status=$?
		case $status in
		0) [ ! -s stderr ] || grep -q '^berth: warning' stderr || fail "$call, number $n: status 0, and yet: $(cat stderr)" ;;
		125 | 126 | 127) grep -q '^berth: .*' stderr || fail "$call, number $n: status $status and no message" ;;
		*) fail "$call, number $n: status $status: $(cat stderr)" ;;
		esac
		expect_status 0 berth system check --repair
		assert_eq "$(left)" "" "what $call, number $n, left"
	done
done
ok "each kind of call failing: an error that says so, and nothing left"
