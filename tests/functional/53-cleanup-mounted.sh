#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Somebody mounted something inside berth's directories: removal never goes into it, though it is of the same file system.
# vm: uml
. "$(dirname "$0")/../lib.sh"

import_busybox
mkdir precious
echo keep > precious/file

expect_ok berth create --name box busybox true
id=$out
upper=$BERTH_ROOT/containers/$id/upper
mkdir -p "$upper/a/b"
mount --bind precious "$upper/a/b"
run berth rm box
assert_file precious/file keep
where=$(findmnt -rno TARGET | grep "^$BERTH_ROOT/") || fail "berth unmounted what is not its own"
run berth system check --repair
assert_file precious/file keep
umount "$where"
berth rm box > /dev/null 2>&1 || true
expect_status 0 berth system check --repair
expect_ok berth system check
assert_eq "$(find "$BERTH_ROOT/containers" "$BERTH_ROOT/names" "$BERTH_ROOT/tmp" -mindepth 1)" "" "what is left"
ok "a bind mount in a container's directory keeps its content"

expect_ok berth volume create data
mount --bind precious "$BERTH_ROOT/volumes/data/_data"
run berth volume rm data
assert_file precious/file keep
where=$(findmnt -rno TARGET | grep "^$BERTH_ROOT/") || fail "berth unmounted what is not its own"
umount "$where"
berth volume rm data > /dev/null 2>&1 || true
expect_status 0 berth system check --repair
expect_ok berth volume ls -q
expect_out ""
assert_eq "$(find "$BERTH_ROOT/volumes" "$BERTH_ROOT/tmp" -mindepth 1)" "" "what is left"
ok "and one on a volume"

# Deeper than the limit on descriptors. test_fs.c has deeper ones.
expect_ok berth run --name deep busybox sh -c 'i=0; while [ $i -lt 600 ]; do mkdir d && cd -P d || exit 1; i=$((i+1)); done'
(ulimit -n 300 && berth rm deep) > /dev/null || fail "a deep tree was not removed"
ok "a tree of 600 levels, with 300 descriptors, is removed"
