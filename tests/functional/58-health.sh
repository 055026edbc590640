#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Health checks: from the command line and the image, what becomes of them, and who is told.
. "$(dirname "$0")/../lib.sh"

import_busybox --change 'HEALTHCHECK --interval=50ms --retries=2 CMD ["test", "-e", "/fine"]'

# health NAME - "STATUS STREAK".
health() {
	"$BERTH" inspect --format '{{.State.Health.Status}} {{.State.Health.FailingStreak}}' "$1"
}
is() {
	[ "$(health "$1")" = "$2" ]
}
becomes() {
	[[ $(health "$1") == "$2 "* ]]
}

expect_ok berth run -d --name box busybox sh -c 'echo ready; sleep 1000'
assert_eq "$("$BERTH" inspect --format '{{json .Config.Healthcheck}}' box)" \
	'{"Test":["CMD","test","-e","/fine"],"Interval":50000000,"Retries":2}' "what the image says"
wait_for becomes box unhealthy
expect_ok berth ps --filter health=unhealthy --format '{{.Names}} {{.Status}}'
assert_match "$out" "^box Up .* \(unhealthy\)$" "ps"
expect_ok berth exec box touch /fine
wait_for is box "healthy 0"
expect_ok berth ps --format '{{.Status}}'
assert_match "$out" "\(healthy\)$" "ps"
five() {
	[ "$("$BERTH" inspect --format '{{len .State.Health.Log}}' box)" = 5 ]
}
wait_for five
assert_match "$("$BERTH" inspect --format '{{json (index .State.Health.Log 4)}}' box)" \
	'^\{"Start":"[^"]*Z","End":"[^"]*Z","ExitCode":0,"Output":""\}$' "an entry of the log"
expect_ok berth stop -t 0 box
becomes box unhealthy || fail "a container that has ended is $(health box)"
expect_ok berth events --since 10m --until 0s --filter event=health_status --format '{{.Action}}'
assert_match "$out" $'^health_status: unhealthy\nhealth_status: healthy$' "events"
expect_ok berth commit box mine
assert_eq "$("$BERTH" image inspect --format '{{json .Config.Healthcheck.Test}}' mine)" '["CMD","test","-e","/fine"]' "commit"
expect_ok berth start box
wait_for is box "healthy 0"
expect_ok berth rm -f box
ok "the image's check: unhealthy, healthy again; ps, inspect, events, commit"

# One that hangs is killed; what it says is kept, up to docker's 4096 bytes; it runs in the container, as its user.
expect_ok berth run -d --name box --health-cmd 'id -u; head -c 10000 /dev/zero | tr "\0" x; sleep 1000' --health-timeout 300ms \
	--health-interval 50ms --health-retries 1 -u 7 busybox sleep 1000
wait_for becomes box unhealthy
entry=$("$BERTH" inspect --format '{{(index .State.Health.Log 0).ExitCode}} {{(index .State.Health.Log 0).Output}}' box)
assert_match "$entry" "^-1 Health check exceeded timeout \(300ms\)" "a check that hangs"
((${#entry} < 4200)) || fail "${#entry} bytes of output are kept"
expect_ok berth rm -f box
expect_ok berth run -d --name box --health-cmd 'id -u; exit 3' --health-interval 50ms -u 7 busybox sleep 1000
three() {
	[ "$("$BERTH" inspect --format '{{(index .State.Health.Log 0).ExitCode}} {{(index .State.Health.Log 0).Output}}' box)" = "3 7" ]
}
wait_for three
wait_for becomes box unhealthy
expect_ok berth rm -f box
ok "a check that hangs, one that says something"

# While it starts, failures don't count.
expect_ok berth run -d --name box --health-cmd 'test -e /fine' --health-interval 1h --health-start-period 1h \
	--health-start-interval 50ms --health-retries 1 busybox sleep 1000
wait_for five
is box "starting 0" || fail "it is $(health box) in its start period"
expect_ok berth ps --filter health=starting --format '{{.Status}}'
assert_match "$out" "\(health: starting\)$" "ps"
expect_ok berth exec box touch /fine
wait_for is box "healthy 0"
expect_ok berth rm -f box
ok "--health-start-period"

expect_ok berth run -d --name box --no-healthcheck busybox sleep 1000
assert_eq "$("$BERTH" inspect --format '{{json .Config.Healthcheck.Test}} {{json .State.Health}}' box)" '["NONE"] null' "--no-healthcheck"
expect_ok berth ps --filter health=none --format '{{.Names}}'
expect_out box
expect_ok berth rm -f box
expect_fails 125 "conflicts with --health-\*" berth run --no-healthcheck --health-cmd true busybox true
expect_fails 125 "Interval in Healthcheck cannot be less than 1ms" berth run --health-interval 1us busybox true
expect_fails 125 "invalid duration" berth run --health-timeout soon busybox true
expect_fails 125 "cannot be negative" berth run --health-timeout -3s busybox true
expect_fails 125 "cannot be negative" berth run --health-retries -3 busybox true
ok "--no-healthcheck, and what is refused"
