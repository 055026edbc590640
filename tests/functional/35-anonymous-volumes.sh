#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Who removes a volume: --rm and rm -v the anonymous ones, nobody the named. And --volumes-from.
# vm: uml
. "$(dirname "$0")/../lib.sh"
requires_cmd jq

import_busybox
volumes() {
	"$BERTH" volume ls -q
}

expect_ok berth run --rm -v /anonymous -v named:/named busybox sh -c 'echo x > /anonymous/f; echo y > /named/f'
assert_eq "$(volumes)" named "the volumes after --rm"
ok "--rm removes anonymous volumes and keeps named ones"

expect_ok berth run --name kept -v /anonymous -v named:/named:ro busybox true
assert_eq "$(volumes | wc -l)" 2
expect_ok berth inspect kept
anonymous=$(jq -r '.[0].Mounts[] | select(.Destination == "/anonymous").Name' <<< "$out")
assert_eq "$(jq -c '.[0].Mounts[] | select(.Name == "named") | [.Type, .Source, .Destination, .Driver, .RW]' <<< "$out")" \
	"[\"volume\",\"$BERTH_ROOT/volumes/named/_data\",\"/named\",\"local\",false]"
expect_ok berth rm kept
assert_eq "$(volumes | wc -l)" 2 "the number of volumes after rm"
expect_ok berth run --name kept -v "$anonymous:/a" -v /other busybox true
expect_ok berth rm -v kept
assert_eq "$(volumes | sort)" "$(printf '%s\n' "$anonymous" named | sort)" "the volumes after rm -v"
ok "rm keeps them all, rm -v removes the container's own"

expect_ok berth run --name source -v /anonymous -v named:/named busybox sh -c 'echo shared > /anonymous/f'
expect_ok berth run --rm --volumes-from source busybox cat /anonymous/f /named/f
expect_out $'shared\ny'
expect_ok berth run --rm --volumes-from source:ro busybox \
	sh -c '(: > /anonymous/new) 2> /dev/null && echo writable; cat /anonymous/f'
expect_out shared
expect_ok berth create --name sharer --volumes-from source busybox cat /anonymous/f
expect_ok berth rm -v source
expect_ok berth start -a sharer
expect_out shared
expect_ok berth rm -v sharer
expect_fails 125 "no such container: nobody" berth run --rm --volumes-from nobody busybox true
ok "--volumes-from shares them, and they stay while somebody has them"
