#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Standard output that takes nothing: a full disk is a failure, a reader that has gone is not worth a word.
. "$(dirname "$0")/../lib.sh"

full() {
	berth "$@" > /dev/full
}
expect_fails 1 "cannot write to standard output: No space left on device" full --help
expect_fails 1 "cannot write to standard output: No space left on device" full version
expect_fails 1 "cannot write to standard output: No space left on device" full ps
expect_fails 1 "cannot write to standard output: No space left on device" full volume create xx
expect_fails 1 "cannot write to standard output: No space left on device" full completion bash
expect_ok berth volume rm xx
ok "a full disk is reported"

into_nothing() {
	"$BERTH" "$@" 2> errors | true
	local ended=${PIPESTATUS[0]}
	[ "$ended" = 0 ] || [ "$ended" = 141 ]
}
into_nothing completion bash || fail "status $?"
assert_file errors ""
ok "a reader that has gone ends berth in silence"

expect_ok berth --log-level debug version
unset BERTH_ROOT BERTH_RUN
expect_ok berth --root "$tmp/root2" --run="$tmp/run2" volume create here
assert_path root2/volumes/here
expect_ok env BERTH_ROOT="$tmp/root2" BERTH_RUN="$tmp/run2" "$BERTH" volume ls -q
expect_out here
export BERTH_ROOT=$tmp/root BERTH_RUN=$tmp/run
expect_ok berth volume ls -q
expect_out ""
expect_ok berth --root "$tmp/root2" --run "$tmp/run2" volume rm here
ok "two roots don't see each other; options go before the environment"
