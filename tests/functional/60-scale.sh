#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Many: 200 containers one after the other, 64 at once, one with 500 volumes. Nothing is left, and the last starts as fast.
. "$(dirname "$0")/../lib.sh"

import_busybox
n=${BERTH_TEST_RUNS:-200}

# milliseconds N - for N runs, one after the other.
milliseconds() {
	local start=${EPOCHREALTIME/./} i
	for ((i = 0; i < $1; i++)); do
		"$BERTH" run --rm -v data:/data busybox true || fail "run $i"
	done
	echo $(((${EPOCHREALTIME/./} - start) / 1000))
}

milliseconds 5 > /dev/null
first=$(milliseconds 20)
milliseconds "$n" > /dev/null
last=$(milliseconds 20)
say "20 runs: first $first ms, after $n more $last ms"
# Twice, since other tests run beside this one; a cost that grows with the number of runs would be far above it.
((last < first * 2 + 200)) || fail "the runs became slower: 20 took $first ms, then $last ms"
assert_nothing_left
ok "$n runs one after the other"

pids=()
for ((i = 0; i < 64; i++)); do
	"$BERTH" run --rm -v data:/data --name "c$i" busybox sh -c "echo $i > /data/$i" &
	pids+=($!)
done
for pid in "${pids[@]}"; do
	wait "$pid" || fail "one of 64 at once failed"
done
assert_eq "$(find "$BERTH_ROOT/volumes/data/_data" -type f | wc -l)" 64 "files that they wrote"
assert_nothing_left
ok "64 at once"

# All want the same new volume and the same name: one gets the name, the volume is made once.
pids=() got=0
for ((i = 0; i < 16; i++)); do
	"$BERTH" run --rm -v shared:/s --name same busybox sleep 0.2 2> /dev/null &
	pids+=($!)
done
for pid in "${pids[@]}"; do
	status=0
	wait "$pid" || status=$?
	case $status in
	0) got=$((got + 1)) ;;
	125) ;;
	*) fail "status $status of one that wanted the same name" ;;
	esac
done
((got >= 1)) || fail "nobody got the name"
assert_nothing_left
ok "16 for one name"

# volumes N - options for N volumes.
with_volumes() {
	local i options=() start
	for ((i = 0; i < $1; i++)); do
		options+=(-v "v$i:/mnt/a/$i")
	done
	"$BERTH" run --rm "${options[@]}" busybox true # makes them
	start=${EPOCHREALTIME/./}
	"$BERTH" run --rm "${options[@]}" busybox sh -c "test \$(grep -c ' /mnt/a/' /proc/self/mountinfo) = $1" ||
		fail "not all of $1 volumes are there"
	echo $(((${EPOCHREALTIME/./} - start) / 1000))
}
few=$(with_volumes 50)
many=$(with_volumes 500)
say "50 volumes: $few ms, 500: $many ms"
((many < few * 25 + 500)) || fail "500 volumes take $many ms, 50 take $few ms: that is not linear"
expect_ok berth volume prune -a -f
expect_ok berth volume ls -q
expect_out ""
ok "500 volumes"
