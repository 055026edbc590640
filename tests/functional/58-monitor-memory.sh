#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What one more container in the background costs: its monitor has less than a mebibyte of its own.
. "$(dirname "$0")/../lib.sh"

import_busybox
! sanitized || skip "a sanitizer's shadow memory is not berth's"

# Of two, so that the program itself is shared, as it is wherever memory counts. Both have written a lot, one restarts.
for i in 1 2; do
	expect_ok berth run -d --name "box$i" --log-opt max-size=1m --log-opt max-file=3 --restart always busybox \
		sh -c 'seq 1 100000; echo end; sleep 1000'
done
for i in 1 2; do
	wait_for sh -c "[ \"\$('$BERTH' logs -n 1 box$i)\" = end ]"
done
for state in "$BERTH_ROOT"/containers/*/state.json; do
	monitor=$(sed 's/.*"Monitor":\([0-9]*\).*/\1/' "$state")
	private=$(awk '/^Private_(Clean|Dirty):/ { sum += $2 } END { print sum }' "/proc/$monitor/smaps_rollup")
	say "monitor $monitor: $private kB private"
	((private > 0 && private <= 1024)) || fail "the monitor has $private kB of its own"
	assert_eq "$(find "/proc/$monitor/task" -mindepth 1 -maxdepth 1 | wc -l)" 1 "threads"
done
expect_ok berth rm -f box1 box2
ok "at most 1 MiB private per container"
