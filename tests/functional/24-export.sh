#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# export: the container's whole root as one tar.
. "$(dirname "$0")/../lib.sh"
. "$tests_dir/lib/trees.sh"
requires_cmd jq python3 setfattr

mkdir "$tmp/src" "$tmp/out"
make_odd_tree "$tmp/src"
berth import "$tmp/src" odd > /dev/null
berth create --name cc odd /nothing > /dev/null
expect_ok berth export -o "$tmp/c.tar" cc
tar -C "$tmp/out" --warning=no-timestamp --xattrs --xattrs-include='*' -xpf "$tmp/c.tar"
# What every container has beside its image, and GNU tar does not read: names are compared without it.
for d in dev proc sys etc; do
	rm -rf "${tmp:?}/out/$d"
done
same_tree "$tmp/src" "$tmp/out"
ok "all of the image is in it"
berth export cc > "$tmp/again.tar"
cmp "$tmp/c.tar" "$tmp/again.tar" || fail "two exports differ"
berth rm cc > /dev/null

import_busybox
expect_status 0 berth run --name dd -v "$tmp/src:/mounted" busybox sh -c 'rm /bin/ls; echo x > /made'
berth export dd > "$tmp/d.tar"
tar -tf "$tmp/d.tar" > "$tmp/list"
grep -qx made "$tmp/list" || fail "a new file is missing"
! grep -qx bin/ls "$tmp/list" || fail "a deleted file is there"
! grep -q '^mounted/.' "$tmp/list" || fail "a volume's content is there"
! grep -q '\.wh\.' "$tmp/list" || fail "a whiteout is there"
berth rm dd > /dev/null
expect_ok berth import "$tmp/d.tar" round:trip
expect_status 0 berth run --rm round:trip cat /made
assert_eq "$out" x "the exported container, imported"
ok "deletions and volumes"

mkfifo pipe
berth create --name ee busybox true > /dev/null
cat pipe > from-pipe &
expect_ok berth export -o pipe ee
wait
[ -p pipe ] || fail "export replaced a pipe"
berth export ee | cmp - from-pipe || fail "what went through the pipe differs"
ok "a pipe is written to, not replaced"
mkdir empty
expect_fails 1 "cannot write 'missing/x'" berth export -o missing/x ee
(cd empty && timeout -s KILL 5 bash -c 'ulimit -f 100; berth export -o big.tar ee' > /dev/null 2>&1) || true
[ -z "$(ls -A empty)" ] || fail "an export that failed left: $(ls -A empty)"
berth rm ee > /dev/null
ok "an export that fails leaves nothing"
