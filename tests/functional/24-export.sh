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
