#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Snapshots, clones and rollback of volumes: exact, at one instant, all or nothing.
. "$(dirname "$0")/../lib.sh"
requires_cmd jq

V=$BERTH_ROOT/volumes
import_busybox
state_of() {
	(cd "$1" && find . -printf '%P %y %m %U:%G %n %s %T@ %l\n' | sort)
}

# A berth that says on standard error for how long it held containers.
still() {
	"$BERTH" "$@" > said 2> held || fail "berth $*: $(cat held)"
	assert_match "$(cat held)" "^1 container stood still for [0-9.]+ ms"
}

# A tree of everything, copied exactly.
expect_ok berth volume create --label a=b data
D=$V/data/_data
mkdir -m 751 "$D/dir"
echo one > "$D/dir/file"
ln "$D/dir/file" "$D/hard"
ln -s nowhere "$D/link"
mkfifo "$D/fifo"
mknod "$D/null" c 1 3
truncate -s 64M "$D/holes"
chown 7:8 "$D/dir/file"
chmod 4755 "$D/dir/file"
touch -h -d @1000000 "$D/link" "$D/dir"
chmod 1777 "$D"
before=$(state_of "$D")
expect_ok berth volume snapshot data first
expect_out first
assert_eq "$(state_of "$V/data/snapshots/first/_data")" "$before" "the snapshot"
(($(stat -c %b "$V/data/snapshots/first/_data/holes") < 2048)) || fail "the holes were filled"
expect_ok berth volume clone data copy
assert_eq "$(state_of "$V/copy/_data")" "$before" "the clone"
expect_ok berth volume inspect --format '{{.Name}} {{.Driver}} {{.Labels.a}}' copy
expect_out "copy local b"
ok "snapshot and clone are exact"

rm -rf "${D:?}"/*
echo two > "$D/second"
expect_ok berth volume snapshot data
expect_ok berth volume snapshots -q data
assert_eq "$(echo "$out" | wc -l)" 2 "snapshots"
expect_ok berth volume snapshots --format '{{.Volume}} {{.Name}}'
assert_match "$out" "data first"
expect_ok berth volume rollback data first
expect_out data
assert_eq "$(state_of "$D")" "$before" "the volume after its rollback"
ok "a rollback brings all back"

expect_fails 1 "volume 'data' has a snapshot 'first' already" berth volume snapshot data first
expect_fails 1 "invalid snapshot name '../x'" berth volume snapshot data ../x
expect_fails 1 "no such volume: none" berth volume snapshot none
expect_fails 1 "no such volume: none" berth volume snapshots none
expect_fails 1 "volume 'data' has no snapshot 'none'" berth volume rollback data none
expect_fails 1 "volume 'data' has no snapshot 'none'" berth volume snapshot --rm data none
expect_fails 1 "volume 'data' has no snapshot 'none'" berth volume clone --snapshot none data new
expect_fails 1 "volume 'copy' exists" berth volume clone data copy
expect_fails 1 "remove data: volume has snapshots" berth volume rm data
expect_ok berth volume create -o type=tmpfs -o device=tmpfs memory
expect_fails 1 "cannot snapshot volume 'memory': its data are not in it" berth volume snapshot memory
assert_no_path "$V/new"
ok "what can't be done is refused"

# Whoever writes is held still: the second file of a pair is never ahead of the first, and both are whole.
expect_ok berth run -d --name writer -v data:/d busybox sh -c \
	'i=0; while :; do i=$((i + 1)); echo $i > /d/a.new; mv /d/a.new /d/a; echo $i > /d/b.new; mv /d/b.new /d/b; done'
wait_for test -e "$D/b"
for n in s1 s2 s3; do
	still volume snapshot data $n
	a=$(cat "$V/data/snapshots/$n/_data/a") b=$(cat "$V/data/snapshots/$n/_data/b")
	((a == b || a == b + 1)) || fail "a is $a and b is $b: not one instant"
done
now=$(cat "$D/b")
moved_on() { [ "$(cat "$D/b")" != "$now" ]; }
wait_for moved_on
expect_fails 2 "roll back data: volume is in use" berth volume rollback data s1
expect_ok berth stop -t 0 writer
expect_ok berth volume rollback data s1
assert_eq "$(cat "$D/a")" "$(cat "$V/data/snapshots/s1/_data/a")" "the rolled back counter"
ok "one instant while a container writes; a rollback waits for its end"

# Killed half-way: a whole one or none, and nothing else.
expect_ok berth start writer
for n in k1 k2 k3; do
	"$BERTH" volume snapshot data $n > /dev/null 2>&1 &
	pid=$!
	while kill -0 "$pid" 2> /dev/null && ! ls -d "$BERTH_ROOT"/tmp/*/$n > /dev/null 2>&1; do :; done
	kill -KILL "$pid" 2> /dev/null || true
	wait "$pid" 2> /dev/null || true
	[ ! -e "$V/data/snapshots/$n" ] || [ -e "$V/data/snapshots/$n/snapshot.json" ] || fail "half a snapshot"
	expect_ok berth ps -q
	now=$(cat "$D/b")
	wait_for moved_on
done
berth system check --repair > /dev/null 2>&1 || true
expect_ok berth system check
assert_eq "$(ls -A "$BERTH_ROOT/tmp")" "" "what is left of killed snapshots"
expect_ok berth rm -f writer
ok "killed half-way, nothing is left and the container runs on"

if [ -e /dev/loop-control ] && command -v mke2fs > /dev/null; then
	expect_ok berth volume create -o size=32m sized
	expect_ok berth run -d --name user -v sized:/s busybox sh -c 'echo old > /s/f; : > /s/ready; exec sleep 1000'
	wait_for berth exec user test -e /s/ready
	still volume snapshot sized old
	expect_ok berth exec user sh -c 'echo new > /s/f'
	still volume clone sized twin
	expect_ok berth rm -f user
	expect_ok berth run --rm -v twin:/s busybox cat /s/f
	expect_out new
	no_loops() { [ -z "$(own_loops)" ]; }
	wait_for no_loops
	expect_ok berth volume rollback sized old
	expect_ok berth run --rm -v sized:/s busybox cat /s/f
	expect_out old
	wait_for no_loops
	expect_ok berth volume rm -f sized twin
	ok "volumes with a size, too"
fi

expect_ok berth volume snapshot --rm data first
assert_no_path "$V/data/snapshots/first"
expect_ok berth volume prune -af
expect_ok berth volume ls -q
expect_out data
expect_ok berth volume rm -f data
assert_eq "$(ls -A "$V")" "" "volumes left"
ok "a snapshot goes by --rm, or with its volume by rm -f"
