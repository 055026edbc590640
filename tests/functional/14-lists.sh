#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# ps and volume ls: which are shown, in what order and form.
. "$(dirname "$0")/../lib.sh"

mkdir rootfs
tar -C rootfs -xf "$(busybox_tar)"
expect_ok berth create --name alpha -l kind=a -v shared:/v --rootfs rootfs /bin/sh -c 'exit 3'
expect_ok berth run -d --name beta -l kind=b -l big --rootfs rootfs /bin/sleep 1000
beta=$out
expect_ok berth create --name gamma --rootfs rootfs /bin/echo 'a very long command line that is cut'

shows() {
	local want=$1
	shift
	expect_ok berth ps --format '{{.Names}}' "$@"
	assert_eq "$(xargs <<< "$out")" "$want" "ps $*"
}

shows beta
shows "gamma beta alpha" -a
shows "gamma" -l
shows "gamma beta" -n 2
shows "gamma beta alpha" -n 9
shows "" --latest --filter name=nobody
shows beta -a --filter name=et
shows "gamma beta alpha" -a -f name=^a -f name=mm -f name=be
shows alpha -a -f 'name=^/alpha$'
shows beta -a -f id="${beta:0:10}"
shows alpha -a -f label=kind=a
shows "beta alpha" -a -f label=kind
shows beta -a -f label=kind -f label=big
shows "gamma alpha" -f status=created
shows beta -f status=running -f status=paused
shows alpha -a -f volume=shared
shows alpha -a -f volume=/v
shows "beta alpha" -a -f before=gamma
shows gamma -a -f since=beta
expect_fails 1 "no such container" berth ps -f before=nobody
ok "filters"

expect_status 3 berth start -a alpha
shows alpha -f status=exited
shows alpha -f exited=3
shows "" -f exited=0
expect_ok berth ps -a --filter name=alpha --format '{{.Status}}|{{.State}}|{{.Command}}|{{.Label "kind"}}'
expect_out_like '^Exited \(3\) .* ago\|exited\|"/bin/sh -c '"'"'?exit 3'"'"'?"\|a$'
ok "a container that has ended"

expect_ok berth ps -q
expect_out "${beta:0:12}"
expect_ok berth ps -q --no-trunc
expect_out "$beta"
expect_ok berth container ls -aq
assert_eq "$(wc -l <<< "$out")" 3 "ids"
expect_ok berth container ps -a --no-trunc --filter name=gamma --format '{{.Command}}'
expect_out '"/bin/echo a very long command line that is cut"'
expect_ok berth ps -a --filter name=gamma --format '{{.Command}}'
expect_out '"/bin/echo a very lo…"'
expect_ok berth ps -s --format '{{.Size}}'
expect_out_like '\(virtual .*B\)$'
expect_ok berth ps
expect_out_like $'^CONTAINER ID   IMAGE +COMMAND +CREATED +STATUS +PORTS +NAMES\n'"${beta:0:12}"
expect_ok berth ps --format 'table {{.ID}}\t{{.RunningFor}}\t{{.Mounts}}'
expect_out_like $'^CONTAINER ID   CREATED +MOUNTS\n'
ok "forms"

expect_ok berth volume create unused
expect_ok berth volume ls -q --filter dangling=true
expect_out unused
expect_ok berth volume ls -q --filter name=shar
expect_out shared
expect_ok berth volume rm unused
ok "filters of volumes"

expect_ok berth rm -f alpha beta gamma
expect_out $'alpha\nbeta\ngamma'
expect_ok berth volume rm shared
