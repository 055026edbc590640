#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# kill -9 of what mounts and of what serves: the next command clears what is left, and no device leaks.
. "$(dirname "$0")/../lib.sh"
. "$tests_dir/lib/templates.sh"
requires_cmd jq mkfs.ext4 strace
requires_fuse
! sanitized || skip "the sanitizers' own system calls, and no leak check under strace"
strace -qq -o trace true || skip "strace may not trace here"

mkdir content
echo hello > content/file
make_build "$BUILD" 16M content
P=$tmp/mnt/made

# Holder and server at the same instant, so that neither can start another: stopped first.
kill_both() {
	local pids
	pids="$(holder_pid "$P") $(server_pid "$P")"
	# shellcheck disable=SC2086 # two words
	kill -s STOP $pids
	# shellcheck disable=SC2086
	kill -s KILL $pids
	wait_for no_other_processes
}

expect_ok berth mount --backend fuse my-template "$BUILD" "$P"
record=$(record_of "$P")
kill_both
assert_eq "$(mount_field "$P" State)" failed "the state"
expect_status 1 berth system check
assert_match "$out" "the server of the template mount at '$P' is gone" "what check finds"
expect_status 0 berth system check --repair
expect_ok berth system check
no_mount_left || fail "something is left"
assert_no_path "$P" "$record" "$tmp/mnt"
ok "holder and server killed at once: check --repair unmounts it"

expect_ok berth mount --backend fuse my-template "$BUILD" "$P"
kill_both
expect_ok berth umount "$P"
expect_ok berth mount --backend fuse my-template "$BUILD" "$P"
kill_both
expect_ok berth mount --backend fuse my-template "$BUILD" "$P"
assert_file "$P/file" hello
expect_ok berth umount "$P"
ok "umount does so too, and mount on the same path"

# The calls that change something; a kill before any other leaves what one before these does.
calls=mkdirat,fchmodat,renameat,symlinkat,unlinkat,write,ioctl,fsopen,fsconfig,fsmount,move_mount,socketpair,clone,clone3
calls=$calls,recvfrom,sendto

# sweep WHAT TRACED ARGUMENTS… - `berth ARGUMENTS`, with TRACED ("berth" or "helper") killed at each of these calls.
sweep() {
	local what=$1 traced=$2 list call k n=0 status
	shift 2
	rm -f trace
	traced_run "$traced" "" "$@" || fail "$what fails without being killed"
	list=$(sed 's/(.*//' trace | sort | uniq -c)
	expect_ok berth umount "$P"
	while read -r count call; do
		for ((k = 1; k <= count; k++)); do
			n=$((n + 1))
			status=0
			traced_run "$traced" ":signal=KILL:when=$k" "$@" || status=$?
			[ $status != 0 ] || fail "$what: nothing was killed at call $k of $call"
			# What it started may be undoing what it made.
			wait_for no_other_processes
			expect_status 0 berth system check --repair
			no_mount_left || fail "$what killed at call $k of $call left: $(find "$BERTH_RUN" "$BERTH_ROOT/mounts") $(own_loops)"
			[ ! -e "$tmp/mnt" ] || fail "$what killed at call $k of $call left the directories"
			is_not_mounted "$P" || fail "$what killed at call $k of $call left the mount"
		done
	done <<< "$list"
	[ $n -gt 8 ] || fail "only $n calls: that was no real run"
	ok "$what, killed at each of $n calls that change something"
}

# The helper is found beside a script of its name, which traces it.
mkdir libexec
helper=$(dirname "$BERTH")/berth-template
cat > libexec/berth-template <<- END
	#!/bin/bash
	[ "\$1" = serve ] || exec "$helper" "\$@"
	# shellcheck disable=SC2086 # nothing, or one word
	exec strace -qq -o $tmp/trace -e trace=$calls \$INJECT "$helper" "\$@"
END
chmod 755 libexec/berth-template

# In a shell of its own, for bash says on standard error who was killed.
traced_run() {
	local traced=$1 how=$2
	shift 2
	if [ "$traced" = berth ]; then
		(
			strace -qq -o trace -e "trace=$calls" ${how:+-e "inject=$call$how"} "$BERTH" "$@" > stdout < /dev/null
			exit $?
		) 2> stderr
	else
		(
			export BERTH_LIBEXEC=$tmp/libexec INJECT=${how:+-e inject=$call$how}
			"$BERTH" "$@" > stdout < /dev/null
			exit $?
		) 2> stderr
	fi
}

sweep "mount by loop" berth mount --ro --backend loop my-template "$BUILD" "$P"
sweep "mount by fuse, its helper" helper mount --backend fuse my-template "$BUILD" "$P"
