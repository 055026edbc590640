#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Imports, runs, removals and prunes at the same time, and imports killed in between: the store stays whole.
. "$(dirname "$0")/../lib.sh"
requires_command import

mkdir content
for i in 1 2 3; do
	mkdir "content/$i"
	cp "$(command -v busybox)" "content/$i/busybox"
	echo "$i" > "content/$i/number"
done

# importer CONTENT JOB: two jobs may import the same content, but each has output files of its own.
importer() {
	local n
	for ((n = 0; n < 10; n++)); do
		"$BERTH" import "content/$1" "img$1" > /dev/null || return 1
		# Pruned by the other side before it could run, or it runs: nothing else may happen.
		"$BERTH" run --rm "img$1" /busybox cat /number > "got.$1.$2.$n" 2> "why.$1.$2.$n" ||
			grep -q "no such image" "why.$1.$2.$n" || return 1
	done
}

pruner() {
	while [ ! -e stop ]; do
		"$BERTH" image prune -af > /dev/null || return 1
		"$BERTH" system check --repair > /dev/null || [ $? = 1 ] || return 1
	done
}

jobs=()
for i in 1 1 2 3; do
	importer "$i" ${#jobs[@]} & jobs+=($!)
done
pruner & pruner=$!
for j in "${jobs[@]}"; do
	wait "$j" || fail "an importer failed: $(cat why.*)"
done
touch stop
wait "$pruner" || fail "prune failed"
for i in 1 2 3; do
	! cat got."$i".* | grep -vx "$i" > /dev/null || fail "another image's content in img$i"
done
expect_ok berth system check
expect_out ""
ok "imports, runs and prunes side by side"

tar -C "$tmp" -cf big.tar content
for ((i = 0; i < 20; i++)); do
	"$BERTH" import big.tar killed > /dev/null 2>&1 &
	pid=$!
	# After a different number of milliseconds each time, so that it is killed in each of its phases.
	read -rt "0.0$((i % 10))$((i / 10))" <> <(:) || true
	kill -KILL "$pid" 2> /dev/null || true
	wait "$pid" 2> /dev/null || true
done
wait_for no_other_processes
expect_ok berth image prune -af
run berth system check --repair
expect_ok berth system check
expect_out ""
assert_eq "$(ls -A "$BERTH_ROOT/tmp")" "" "ROOT/tmp"
assert_eq "$(ls -A "$BERTH_ROOT/layers")" "" "ROOT/layers"
expect_ok berth import big.tar whole
expect_ok berth run --rm whole /content/1/busybox cat /content/3/number
expect_out 3
ok "an import killed at any instant leaves nothing that matters"
