#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What `ps` filters by, what `container prune` spares, and several containers stopped and waited for at once.
. "$(dirname "$0")/../lib.sh"

import_busybox --change "EXPOSE 80 8000-8010/udp"

expect_ok berth create --name old -l keep busybox true
expect_ok berth create --name new busybox true
# The first two end only together: each waits for the other when it is told to stop.
mkfifo one two
last=("" "echo > /t/one; cat /t/two" "cat /t/one; echo > /t/two" : :)
for i in 1 2 3 4; do
	expect_ok berth run -d --name "up$i" --stop-timeout 600 -v "$tmp:/t" busybox \
		sh -c "trap '${last[i]}; exit $i' TERM; echo ready; while :; do sleep 1000 & wait; done"
done
names() {
	expect_ok berth ps --format '{{.Names}}' "$@"
}

names -a --filter status=created
expect_out $'new\nold'
names -a --filter expose=80/tcp --filter name=old
expect_out old
names -a --filter expose=8005-8006/udp --filter name=old
expect_out old
names -a --filter expose=8005
expect_out ""
names -a --filter publish=80
expect_out ""
names --filter is-task=false --filter health=none -n 2
expect_out $'up4\nup3'
names --filter is-task=true
expect_out ""
expect_fails 1 "invalid filter 'status=bogus'" berth ps --filter status=bogus
expect_fails 1 "invalid filter 'health=fine'" berth ps --filter health=fine
ok "ps --filter"

expect_ok berth container prune -f --filter until=1h
assert_match "$out" "^Total reclaimed space: 0B$" "what prune said"
expect_fails 1 "more than one until" berth container prune -f --filter until=1h --filter until=2h
expect_fails 1 "invalid value for filter 'until'" berth container prune -f --filter until=noon
expect_fails 1 "not supported with \"--volumes\"" berth system prune -f --volumes --filter until=1h
expect_ok berth container prune -f --filter until=0s --filter 'label!=keep'
names -a --filter status=created
expect_out old
expect_ok berth events --since 10m --until 0s --filter event=prune --format '{{.Type}} {{.Actor.Attributes.reclaimed}}'
assert_match "$out" $'^container 0\ncontainer [0-9]+$' "prune events"
ok "container prune --filter until and label"

for i in 1 2 3 4; do
	wait_for sh -c "'$BERTH' logs up$i | grep -q ready"
done
"$BERTH" wait up1 up2 up3 up4 > waited &
waiter=$!
expect_ok berth stop up1 up2 up3 up4
expect_out $'up1\nup2\nup3\nup4'
wait $waiter
assert_file waited $'1\n2\n3\n4'
run berth stop up1 nothing old
assert_eq "$status" 1 "status when one of them is missing"
assert_match "$err" "no such container: nothing" "error"
expect_ok berth start up3
expect_ok berth stop -s KILL up3
assert_eq "$("$BERTH" inspect --format '{{.State.ExitCode}}' up3)" 137 "status after stop --signal KILL"
expect_fails 1 "signal" berth stop --signal NOSUCH up1
expect_ok berth rm up1 up2 up3 up4 old
ok "stop and wait of several; stop --signal"
