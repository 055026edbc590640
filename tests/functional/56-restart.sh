#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# --restart: the monitor starts the container again, until its user stops it; start --all does after a reboot.
. "$(dirname "$0")/../lib.sh"

import_busybox

# show NAME FIELD… - of its State, or .RestartCount.
show() {
	"$BERTH" inspect --format "$2" "$1"
}

expect_fails 125 "unknown policy 'never'" berth run -d --restart never busybox true
expect_fails 125 "maximum retry count can only be used with 'on-failure'" berth run -d --restart always:3 busybox true
expect_fails 125 "maximum retry count must be an integer" berth run -d --restart on-failure:x busybox true
expect_fails 125 "conflicting options: --restart and --rm" berth run -d --rm --restart always busybox true
expect_fails 125 "foreground" berth run --restart always busybox true
expect_fails 125 "unknown policy" berth create --restart never busybox true
expect_ok berth run --rm --restart no busybox true
expect_ok berth ps -aq
expect_out ""
ok "policies are checked"

# Fails twice, then succeeds: the third run is the last.
expect_ok berth run -d --name box --restart on-failure -v "$tmp:/t" busybox \
	sh -c 'echo run >> /t/runs; echo line; [ "$(wc -l < /t/runs)" = 3 ]'
"$BERTH" logs -f box > followed
assert_eq "$(cat followed)" $'line\nline\nline' "what logs -f saw of the three runs"
assert_eq "$(show box '{{.State.Status}} {{.State.ExitCode}} {{.RestartCount}}')" "exited 0 2" "state"
assert_eq "$(show box '{{.HostConfig.RestartPolicy.Name}} {{.HostConfig.RestartPolicy.MaximumRetryCount}}')" \
	"on-failure 0" "policy"
assert_eq "$(wc -l < runs)" 3 "runs"
expect_ok berth rm box
rm runs
ok "on-failure: until it succeeds; logs -f follows over restarts"

expect_ok berth run -d --name box --restart on-failure:2 -v "$tmp:/t" busybox sh -c 'echo run >> /t/runs; exit 7'
ended() {
	[ "$(show "$1" '{{.State.Status}}')" = exited ]
}
wait_for ended box
assert_eq "$(show box '{{.State.ExitCode}} {{.RestartCount}} {{.State.Restarting}}')" "7 2 false" "state"
assert_eq "$(wc -l < runs)" 3 "runs"
expect_ok berth start box
wait_for ended box
assert_eq "$(wc -l < runs) $(show box '{{.RestartCount}}')" "6 2" "runs after start, and the count from then on"
expect_ok berth rm box
rm runs
ok "on-failure:N"

# One that can't run for long is mostly waiting to be restarted; everything works on it then, too.
restarting() {
	[ "$(show box '{{.State.Status}} {{.State.Restarting}} {{.State.Running}} {{.State.Pid}}')" = "restarting true true 0" ]
}
expect_ok berth run -d --name box --restart always busybox sh -c 'exit 5'
wait_for restarting
run berth ps --format '{{.State}} {{.Status}}'
assert_match "$out" "^(restarting Restarting \(5\)|running Up)" "ps"
expect_fails 1 "running" berth rm box
expect_ok berth stop box
assert_eq "$(show box '{{.State.Status}} {{.State.ExitCode}} {{.State.StoppedByUser}}')" "exited 5 true" "state"
expect_ok berth start box
wait_for restarting
expect_ok berth wait box
expect_out 5
expect_ok berth kill box
assert_eq "$(show box '{{.State.Status}}')" "exited" "state after kill"
expect_ok berth start box
wait_for restarting
expect_ok berth rm -f box
expect_ok berth ps -aq
expect_out ""
ok "stop, kill, wait, rm -f of a container that is about to be restarted"

# While it is restarted over and over, from several sides.
for i in 1 2 3 4 5 6; do
	expect_ok berth run -d --name "box$i" --restart always busybox true
done
expect_ok berth stop box1 box2 box3
for i in 1 2 3; do
	assert_eq "$(show "box$i" '{{.State.Status}}')" exited "state of box$i"
done
expect_ok berth rm -f box1 box2 box3 box4 box5 box6
ok "and of several at once"

expect_ok berth run -d --name box --restart always busybox sleep 1000
pid=$(show box '{{.State.Pid}}')
again() {
	local now
	now=$(show box '{{.State.Pid}}')
	[ "$now" != "$pid" ] && [ "$now" != 0 ]
}
expect_ok berth kill -s HUP box
kill -s KILL "$pid"
wait_for again
expect_ok berth stop -t 0 box
assert_eq "$(show box '{{.State.Status}}')" "exited" "state"
ok "a container that is killed by somebody else is restarted"

# As after a reboot: berth start --all. A monitor that is killed with its container is the same to berth.
crash() {
	local state
	for state in "$BERTH_ROOT"/containers/*/state.json; do
		state=$(tr ',' '\n' < "$state")
		[[ $state == *'"running"'* ]] || continue
		kill -s KILL "$(sed -n 's/"Monitor"://p' <<< "$state")" "$(sed -n 's/"Pid"://p' <<< "$state")"
	done
	wait_for no_other_processes
}
expect_ok berth run -d --name unless --restart unless-stopped busybox sleep 1000
expect_ok berth run -d --name unless-off --restart unless-stopped busybox sleep 1000
expect_ok berth stop -t 0 unless-off
expect_ok berth run -d --name failing --restart on-failure busybox sleep 1000
expect_ok berth run -d --name plain busybox sleep 1000
expect_ok berth start box
expect_ok berth stop -t 0 box
crash
expect_ok berth ps -q
expect_out ""
unit=$(dirname "$BERTH")/data/berth-restart.service
if [ -e "$unit" ]; then
	words=$(sed -n 's/^ExecStart=[^ ]* //p' "$unit")
else
	words="start --all --filter restart-policy=always --filter restart-policy=unless-stopped"
fi
# shellcheck disable=SC2086 # into words
expect_ok berth $words
assert_eq "$("$BERTH" ps --format '{{.Names}}' | sort | tr '\n' ' ')" "box unless " "what runs after the unit was started"
expect_ok berth ps -a --filter restart-policy=on-failure --format '{{.Names}}'
expect_out failing
expect_ok berth start --all
assert_eq "$("$BERTH" ps -q | wc -l)" 5 "containers that run after start --all"
expect_fails 1 "needs --all" berth start --filter restart-policy=always
expect_fails 1 "neither" berth start --all box
expect_ok berth rm -f box unless unless-off failing plain
ok "start --all with the filters of the systemd unit, and without"

# ---- berth restart
expect_fails 1 "no such container: nobody" berth restart nobody
expect_ok berth create --name box -v "$tmp:/t" busybox sh -c 'trap "echo usr1 > /t/asked; exit 3" USR1
	trap "exit 4" TERM; echo run >> /t/runs; while :; do sleep 1000 & wait; done'
runs() {
	[ -e runs ] && [ "$(wc -l < runs)" = "$1" ]
}
expect_fails 1 "invalid signal: FOO" berth restart -s FOO box
since=$(date +%s.%N)
expect_ok berth restart box
expect_out box
wait_for runs 1
first=$(show box '{{.State.Pid}}')
expect_ok berth restart --time 60 --signal USR1 box
wait_for runs 2
assert_eq "$(cat asked)" usr1 "what the signal did"
[ "$(show box '{{.State.Pid}}')" != "$first" ] || fail "it is the same process"
expect_ok berth events --since "$since" --until 0s --format '{{.Action}}'
expect_out $'start\nrestart\nkill\ndie\nstop\nstart\nrestart'
expect_ok berth pause box
expect_ok berth container restart -t 0 box
assert_eq "$(show box '{{.State.Status}} {{.RestartCount}}')" "running 0" "a paused one"
expect_ok berth kill box
expect_ok berth run -d --name other busybox true
expect_ok berth wait other
expect_ok berth restart other box
expect_out $'other\nbox'
wait_for runs 4
expect_ok berth rm -f box other
for i in 1 2 3 4 5; do
	expect_ok berth run -d --name box busybox sleep 1000
	expect_ok berth restart -t 0 box
	assert_eq "$(show box '{{.State.Status}}')" running "state after restart $i"
	expect_ok berth rm -f box
done
expect_ok berth run -d --rm --name brief busybox sleep 1000
expect_fails 1 "it is removed when it stops" berth restart brief
assert_eq "$(show brief '{{.State.Status}}')" running "state of what was refused"
ok "restart: of one that runs, is paused, has ended or was never started"

# ---- update --restart
expect_fails 1 "AutoRemove is enabled" berth update --restart always brief
expect_ok berth rm -f brief
expect_ok berth run -d --name box busybox sleep 1000
expect_fails 1 "unknown policy 'never'" berth update --restart never box
expect_ok berth update --restart on-failure:3 box
expect_out box
assert_eq "$(show box '{{.HostConfig.RestartPolicy.Name}}:{{.HostConfig.RestartPolicy.MaximumRetryCount}}')" \
	"on-failure:3" "policy"
pid=$(show box '{{.State.Pid}}')
kill -s KILL "$pid"
wait_for again
assert_eq "$(show box '{{.RestartCount}}')" 1 "restarts"
expect_ok berth update --restart no box
pid=$(show box '{{.State.Pid}}')
kill -s KILL "$pid"
wait_for ended box
assert_eq "$(show box '{{.State.ExitCode}} {{.RestartCount}}')" "137 1" "state after its end"
expect_ok berth update --restart always box
expect_ok berth start box
pid=$(show box '{{.State.Pid}}')
kill -s KILL "$pid"
wait_for again
expect_ok berth stop -t 0 box
assert_eq "$(show box '{{.State.Status}}')" exited "state after stop"
# One that got its policy while it ran is stopped for good, too.
expect_ok berth update --restart no box
expect_ok berth start box
expect_ok berth update --restart always box
expect_ok berth stop -t 0 box
assert_eq "$(show box '{{.State.Status}} {{.State.StoppedByUser}}')" "exited true" "state after stop"
expect_ok berth rm box
ok "update --restart, while it runs and while it does not"
