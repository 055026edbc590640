# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# lib.sh - sourced first by every functional test:  . "$(dirname "$0")/../lib.sh"
#
# A test runs as root in a mount and a PID namespace of its own, with a shared "/" as systemd gives it to
# every host. What a test leaves is therefore its own, however many run at once, and at its end lib.sh fails it
# if anything is left: a mount, a process, a loop device, a cgroup, half an object in the store, or what
# `berth system check` finds. Everything is in $tmp, which is removed.
#
# Given to the test:  $tmp  $BERTH  $BERTH_ROOT  $BERTH_RUN, and after run/expect_status:  $status  $out  $err
set -euo pipefail

tests_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export BERTH=${BERTH:-$tests_dir/../build/berth}
roots_cache=${BERTH_TEST_CACHE:-/var/tmp/berth-test}
: "${WAIT_SECONDS:=20}" # deadline of wait_for; generous, for it is only ever reached by a failure

say() {
	printf '# %s\n' "$*"
}

# ok WHAT - something was checked and holds.
ok() {
	printf 'ok - %s\n' "$*"
}

# fail WHY - end the test as failed. Says where, and what the last command printed.
fail() {
	printf 'not ok - %s\n' "$*"
	local i
	for ((i = 1; i < ${#FUNCNAME[@]}; i++)); do
		[ "${BASH_SOURCE[i]}" != "${BASH_SOURCE[0]}" ] || continue
		say "at ${BASH_SOURCE[i]}:${BASH_LINENO[i - 1]}"
	done
	if [ -n "${last_command-}" ]; then
		say "last command: $last_command"
		say "  status ${status-?}"
		sed 's/^/#   stdout: /' <<< "${out-}" | head -n 40
		sed 's/^/#   stderr: /' <<< "${err-}" | head -n 40
	fi
	exit 1
}

# skip REASON - end the test: this machine can't do it. part_skipped: for one part of a test that goes on.
skip() {
	printf 'SKIP: %s\n' "$*"
	exit 77
}

part_skipped() {
	printf 'SKIP part: %s\n' "$*"
}

requires_root() {
	[ "$(id -u)" = 0 ] || skip "needs root"
}

requires_cmd() {
	local c
	for c; do
		command -v "$c" > /dev/null || skip "needs the program '$c'"
	done
}

# sanitized - whether this berth is a sanitizers' build, whose own system calls stand among those that strace counts.
sanitized() {
	grep -q __asan_init "$BERTH"
}

# requires_command NAME… - berth's own command NAME must be there: `berth NAME --help` says so.
requires_command() {
	"$BERTH" "$@" --help > /dev/null 2>&1 || skip "this berth has no command '$*'"
}

# requires_cgroup2 [CONTROLLER…] - cgroup v2 alone, with these. requires_nbd - the driver's devices. Both are in the guest
# uml of tests/run-vm, for a test that says "# vm: uml".
requires_cgroup2() {
	local c
	[ -e /sys/fs/cgroup/cgroup.controllers ] || skip "needs cgroup v2 alone"
	for c; do
		grep -qw "$c" /sys/fs/cgroup/cgroup.controllers || skip "needs the controller '$c' of cgroup v2"
	done
}

requires_nbd() {
	[ -b /dev/nbd0 ] || skip "needs the kernel's network block devices"
}

requires_root
[ -x "$BERTH" ] || skip "no program at $BERTH: build it first (scripts/setup)"
BERTH=$(realpath "$BERTH")

if [ -z "${BERTH_TEST_INSIDE-}" ]; then
	export BERTH_TEST_INSIDE=1
	exec unshare --mount --propagation private --pid --fork --kill-child --mount-proc -- \
		bash "$0" "$@"
fi
unset BERTH_TEST_INSIDE
mount --make-rshared /

umask 022
# Short: podman takes a path of 50 characters at most, a socket one of 107.
tmp=$(mktemp -d "${BERTH_TEST_TMP:-/var/tmp}/btXXXXXX")
export BERTH_ROOT=$tmp/root BERTH_RUN=$tmp/run
unset BERTH_DEBUG
export LC_ALL=C HOME=$tmp

# ---- running berth ---------------------------------------------------------------------------------------

berth() {
	"$BERTH" "$@"
}

# run CMD… - run it and keep what it says: $status, $out, $err (without their last newlines).
run() {
	last_command="$*"
	status=0
	"$@" > "$tmp/.out" 2> "$tmp/.err" || status=$?
	# Binary output is not lost for it: the files stay until the next run.
	out=$(tr -d '\0' < "$tmp/.out")
	err=$(tr -d '\0' < "$tmp/.err")
}

# expect_status N CMD… - run CMD and fail unless it ends with status N.
expect_status() {
	local want=$1
	shift
	run "$@"
	[ "$status" = "$want" ] || fail "status $status instead of $want"
}

# expect_ok CMD… - status 0 and nothing on standard error.
expect_ok() {
	expect_status 0 "$@"
	[ -z "$err" ] || fail "unexpected message on standard error"
}

# expect_out TEXT - the standard output of the last run is TEXT.
expect_out() {
	[ "$out" = "$1" ] || fail "standard output is not '$1'"
}

# expect_out_like REGEX (extended, unanchored, a newline is a character).
expect_out_like() {
	[[ $out =~ $1 ]] || fail "standard output does not match '$1'"
}

# expect_err REGEX - the standard error of the last run is one line "berth: …" that matches, and perhaps a hint.
expect_err() {
	local lines
	mapfile -t lines <<< "$err"
	[[ ${lines[0]} == "berth: "* ]] || fail "standard error does not start with 'berth: '"
	[[ ${lines[0]} =~ $1 ]] || fail "the error does not match '$1'"
	case ${#lines[@]} in
	1) ;;
	2) [[ ${lines[1]} == "hint: "?* ]] || fail "the second line of the error is not a hint" ;;
	*) fail "the error has ${#lines[@]} lines" ;;
	esac
}

# expect_hint REGEX - and this is its hint.
expect_hint() {
	[[ $err =~ $'\n'"hint: " ]] || fail "the error has no hint"
	[[ ${err#*$'\n'hint: } =~ $1 ]] || fail "the hint does not match '$1'"
}

# expect_fails N REGEX CMD… - expect_status and expect_err in one, and nothing on standard output.
expect_fails() {
	local want=$1 regex=$2
	shift 2
	expect_status "$want" "$@"
	expect_err "$regex"
	[ -z "$out" ] || fail "unexpected standard output"
}

# ---- assertions --------------------------------------------------------------------------------------------

assert_eq() {
	[ "$1" = "$2" ] || fail "${3:-value}: got '$1', want '$2'"
}

assert_ne() {
	[ "$1" != "$2" ] || fail "${3:-value} is '$1'"
}

assert_match() {
	[[ $1 =~ $2 ]] || fail "${3:-value}: '$1' does not match '$2'"
}

assert_path() {
	local p
	for p; do
		[ -e "$p" ] || [ -L "$p" ] || fail "'$p' is missing"
	done
}

assert_no_path() {
	local p
	for p; do
		[ ! -e "$p" ] && [ ! -L "$p" ] || fail "'$p' is there"
	done
}

assert_file() {
	[ -f "$1" ] || fail "'$1' is no file"
	assert_eq "$(cat "$1")" "$2" "content of '$1'"
}

# wait_for CMD… - until CMD succeeds. The condition, not the time, ends it; the deadline fails the test.
wait_for() {
	local end=$((SECONDS + WAIT_SECONDS))
	until "$@" > /dev/null 2>&1; do
		((SECONDS < end)) || fail "waited $WAIT_SECONDS s in vain for: $*"
		read -rt 0.02 <> <(:) || true
	done
}

# ---- images -----------------------------------------------------------------------------------------------

# busybox_tar / debian_tar - path of the root file system, made once per machine.
busybox_tar() {
	"$tests_dir/lib/make-roots" busybox >&2 || fail "cannot make the busybox root"
	printf '%s\n' "$roots_cache/busybox.tar"
}

debian_tar() {
	[ -e "$roots_cache/debian.tar" ] || command -v debootstrap > /dev/null ||
		skip "needs the program 'debootstrap'"
	"$tests_dir/lib/make-roots" debian >&2 ||
		skip "debootstrap could not make a Debian root (no network?)"
	printf '%s\n' "$roots_cache/debian.tar"
}

# import_busybox [OPTION…] - the image busybox:latest in this test's store; import_debian: debian:latest.
import_busybox() {
	"$BERTH" import "$@" "$(busybox_tar)" busybox:latest > /dev/null
}

import_debian() {
	"$BERTH" import "$@" "$(debian_tar)" debian:latest > /dev/null
}

# ---- the end ------------------------------------------------------------------------------------------------

cleanup_list=()

# cleanup_fn CMD… - run CMD at the end of the test, last registered first, before the leak check.
cleanup_fn() {
	local quoted
	printf -v quoted '%q ' "$@"
	cleanup_list+=("$quoted")
}

# Processes of this PID namespace that are not the test itself. /proc is ours alone.
other_processes() {
	local p stat
	for p in /proc/[0-9]*; do
		[ "${p#/proc/}" != 1 ] && [ "${p#/proc/}" != "$BASHPID" ] || continue
		read -r stat < "$p/stat" 2> /dev/null || continue
		stat=${stat##*) }
		# Z: dead, and its parent is the test (pid 1), which reaps when it gets to it.
		[ "${stat%% *}" != Z ] || continue
		printf '%s %s\n' "${p#/proc/}" "$(tr '\0' ' ' < "$p/cmdline" 2> /dev/null)"
	done
}

no_other_processes() {
	[ -z "$(other_processes)" ]
}

mounts_now() {
	# Without the ids, which say nothing about what is mounted where.
	cut -d ' ' -f 3-6 /proc/self/mountinfo | sort
}

# Without a process, in directories named after berth or below them, under any hierarchy.
idle_cgroups() {
	local d
	# find fails when a directory goes away while it looks, and that is no news here.
	{ find /sys/fs/cgroup -mindepth 1 -type d -path '*berth*' 2> /dev/null || true; } | sort | while read -r d; do
		[ -n "$(find "$d" -name cgroup.procs -exec cat {} + 2> /dev/null)" ] || [ ! -d "$d" ] || printf '%s\n' "$d"
	done
}

new_cgroups() {
	comm -13 <(printf '%s\n' "$cgroups_before") <(idle_cgroups)
}

own_loops() {
	losetup --list --noheadings --output NAME,BACK-FILE 2> /dev/null | grep -F "$tmp" || true
}

leak() {
	printf 'not ok - left behind: %s\n' "$1"
	sed 's/^/#   /' <<< "$2" | head -n 30
	leaks=$((leaks + 1))
}

# assert_nothing_left - what the end of every test checks; may be called in between as well.
check_nothing_left() {
	local found end=$((SECONDS + WAIT_SECONDS / 2)) d
	leaks=0
	while ! no_other_processes && ((SECONDS < end)); do
		read -rt 0.02 <> <(:) || true
	done
	found=$(other_processes)
	[ -z "$found" ] || leak "processes" "$found"
	found=$(comm -13 <(printf '%s\n' "$mounts_before") <(mounts_now))
	[ -z "$found" ] || leak "mounts" "$found"
	# One whose mount point is no more went with it: somebody outside removed the directory (rmdir(2) detaches what
	# other mount namespaces have there).
	found=$(comm -23 <(printf '%s\n' "$mounts_before") <(mounts_now) | while read -r dev root point options; do
		[ ! -e "$point" ] || printf '%s\n' "$dev $root $point $options"
	done)
	[ -z "$found" ] || leak "mounts of the host are gone" "$found"
	found=$(own_loops)
	[ -z "$found" ] || leak "loop devices" "$found"
	# Those of a test that runs beside this one come and go: what stays is a leak.
	end=$((SECONDS + WAIT_SECONDS))
	found=$(new_cgroups)
	while [ -n "$found" ] && ((SECONDS < end)); do
		read -rt 0.1 <> <(:) || true
		found=$(comm -12 <(printf '%s\n' "$found") <(new_cgroups))
	done
	[ -z "$found" ] || leak "cgroups" "$found"
	for d in tmp containers names; do
		[ -d "$BERTH_ROOT/$d" ] || continue
		case $d in
		tmp) found=$(ls -A "$BERTH_ROOT/tmp") ;;
		containers) # every directory is a container that `ps -a` knows
			found=$(comm -3 <(ls -A "$BERTH_ROOT/containers" | sort) \
				<("$BERTH" ps -aq --no-trunc 2> /dev/null | sort)) ;;
		names) # and every name a container's
			found=$(cd "$BERTH_ROOT/names" && for n in *; do
				[ ! -L "$n" ] || [ -d "../containers/$(readlink "$n")" ] || echo "$n"
			done) ;;
		esac
		[ -z "$found" ] || leak "entries of ROOT/$d" "$found"
	done
	if [ -d "$BERTH_ROOT" ] && "$BERTH" system check --help > /dev/null 2>&1; then
		found=$("$BERTH" system check 2>&1) || leak "findings of 'berth system check'" "$found"
	fi
	[ "$leaks" = 0 ]
}

assert_nothing_left() {
	check_nothing_left || fail "something is left behind"
}

finish() {
	local result=$? i
	trap - EXIT
	set +e
	for ((i = ${#cleanup_list[@]} - 1; i >= 0; i--)); do
		eval "${cleanup_list[i]}"
	done
	cd /
	if [ "$result" = 0 ]; then
		check_nothing_left || result=1
	fi
	if [ -n "${BERTH_TEST_KEEP-}" ] && [ "$result" = 1 ]; then
		say "kept: $tmp"
	else
		# What a failed test left mounted goes with this mount namespace; it is only in the way of rm.
		findmnt -rno TARGET | grep "^$tmp/" | sort -r | xargs -r umount -l
		rm -rf --one-file-system "$tmp"
	fi
	exit "$result"
}

trap 'say "failed at ${BASH_SOURCE[0]}:$LINENO: $BASH_COMMAND"' ERR
trap finish EXIT
mounts_before=$(mounts_now)
cgroups_before=$(idle_cgroups)
cd "$tmp"
