#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `berth run` killed at each of its system calls in turn: after `system check --repair` nothing is left, every time.
. "$(dirname "$0")/../lib.sh"

requires_cmd strace
! sanitized || skip "the sanitizers' own system calls, and no leak check under strace"
import_busybox
strace -qq -o trace true || skip "strace may not trace here"
expect_ok berth volume create kept
expect_ok berth run --rm -v kept:/v busybox touch /v/file

left() {
	find "$BERTH_ROOT/containers" "$BERTH_ROOT/names" "$BERTH_ROOT/tmp" -mindepth 1 -maxdepth 1
	find "$BERTH_ROOT/volumes" -mindepth 1 -maxdepth 1 ! -name kept ! -name named
	other_processes
}

# sweep WHAT ARGUMENTS… - run berth with them, killed at call 1, 2, … until it gets through.
sweep() {
	local what=$1 n=0 ended=137 found
	shift
	while [ $ended = 137 ]; do
		n=$((n + 1))
		ended=0
		# In a shell of its own, for bash says on standard error who was killed.
		(
			strace -qq -o trace -e inject=all:signal=KILL:when=$n "$BERTH" "$@" > /dev/null < /dev/null
			exit $?
		) 2> stderr || ended=$?
		rm -f cid
		no_other_processes || wait_for no_other_processes
		"$BERTH" rm -f -v named-container > /dev/null 2>&1 || true
		expect_status 0 berth system check --repair
		found=$(left)
		[ -z "$found" ] || fail "$what killed at call $n ($(tail -n 2 trace | head -n 1)) left: $found"
		[ $n -lt 2000 ] || fail "$what does not come to an end"
	done
	assert_eq $ended 0 "status of the run that was not killed"
	[ $n -gt 30 ] || fail "only $n calls: that was no real run"
	ok "$what, killed at each of $((n - 1)) system calls"
}

sweep "run --rm" run --rm -v kept:/v -v named:/n -v /anonymous --cidfile cid busybox true
sweep "run --name" run --name named-container -v kept:/v -v /anonymous busybox true
assert_path "$BERTH_ROOT/volumes/kept/_data/file"
expect_ok berth volume rm kept named
