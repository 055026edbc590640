#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Faults at system calls: a sample of those that `tests/fault/sweep` makes, another one for each commit.
#
# $BERTH_FAULT_SAMPLE: how many for each command; 0 for all (`scripts/test --full`).
. "$(dirname "$0")/../lib.sh"

requires_cmd python3 cc git
! sanitized || skip "the sanitizers' own system calls would be counted, and failing them is no fault of berth's"
inject=$(dirname "$BERTH")/tests/fault/inject
[ -x "$inject" ] || skip "no program at $inject"
"$inject" -r report -e /bin/true -- /bin/true || skip "ptrace(2) is not allowed here"
commit=$(git -C "$tests_dir" rev-parse HEAD 2> /dev/null || echo none)
say "the seed is $commit"
python3 "$tests_dir/fault/sweep" --berth "$BERTH" --inject "$inject" --seed "$commit" --jobs 1 \
	--sample "${BERTH_FAULT_SAMPLE:-6}" > sweep.log || { cat sweep.log; fail "a fault had consequences"; }
grep -q ' 0 findings' sweep.log
tail -n 1 sweep.log
ok "after each fault all is as it was"
