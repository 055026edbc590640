#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Several operands: each one done is printed, a failure is reported and the rest is done, status 1 at the end.
. "$(dirname "$0")/../lib.sh"

mkdir rootfs
tar -C rootfs -xf "$(busybox_tar)"
for name in aa bb cc; do
	expect_ok berth create --name $name --rootfs rootfs /bin/sh -c 'trap "exit 5" TERM USR1; while :; do sleep 0.1; done'
done

expect_status 1 berth start aa nobody bb
expect_out $'aa\nbb'
expect_err "no such container: nobody"
ok "start"

expect_status 1 berth kill -s USR1 aa cc nobody
expect_out aa
assert_eq "$(wc -l <<< "$err")" 2 "two errors"
expect_ok berth wait aa
expect_out 5
ok "kill with a signal, wait"

expect_ok berth start aa
expect_ok berth stop --time 20 aa bb
expect_out $'aa\nbb'
expect_ok berth wait aa bb
expect_out $'5\n5'
ok "stop several, wait for several"

expect_ok berth start cc
expect_status 1 berth rm aa cc bb
expect_out $'aa\nbb'
expect_err "cc.*running|running.*cc"
expect_ok berth rm --force cc
expect_out cc
ok "rm: the running one stays, but for --force"

expect_ok berth run -d --name log --rootfs rootfs /bin/sh -c 'echo one; echo two; echo three >&2'
expect_ok berth wait log
expect_status 0 berth logs log
expect_out $'one\ntwo'
assert_eq "$err" three "standard error of the container"
expect_status 0 berth logs -n 1 log
assert_eq "$out$err" three "the last line"
expect_status 0 berth logs -ft log
expect_out_like '^20[0-9-]+T[0-9:.]+Z one'
expect_ok berth logs --tail 0 log
expect_out ""
ok "logs and its options"

expect_ok berth container prune --force
expect_out_like 'Deleted Containers:'
expect_out_like 'Total reclaimed space: '
expect_ok berth ps -aq
expect_out ""
ok "container prune"
