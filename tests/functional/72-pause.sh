#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# vm: uml
# pause and unpause, and every other command with a paused container.
. "$(dirname "$0")/../lib.sh"
. "$tests_dir/lib/cgroups.sh"

import_busybox
status_of() {
	"$BERTH" inspect --format '{{.State.Status}} {{.State.Running}} {{.State.Paused}}' "$1"
}

# Its processes don't run: what they write stops growing. That they are frozen the kernel says before pause returns.
count() {
	"$BERTH" run -d --name cc -v "$tmp:/host" "$@" busybox sh -c '
		trap "exit 0" TERM
		(while :; do echo x >> /host/count; done) &
		while :; do echo y >> /host/count2; done' > /dev/null
	wait_for test -s count
	wait_for test -s count2
}
sizes() {
	stat -c %s count count2 | tr '\n' ' '
}

expect_fails 1 "no such container: nobody" berth pause nobody
for limits in "" "-m 64m"; do
	rm -f count count2
	# shellcheck disable=SC2086
	count $limits
	expect_fails 1 "container cc is not paused" berth unpause cc
	expect_ok berth pause cc
	expect_out cc
	before=$(sizes)
	assert_eq "$(status_of cc)" "paused true true" "state"
	expect_ok berth ps --filter status=paused --format '{{.Names}} {{.Status}}'
	assert_match "$out" '^cc Up .*\(Paused\)$' "ps"
	expect_fails 1 "container cc is already paused" berth pause cc
	expect_fails 1 "cannot start a paused container, try unpause instead" berth start cc
	expect_fails 1 "container is paused and must be unpaused first" berth rm cc
	expect_ok berth commit cc "while:paused"
	assert_eq "$(sizes)" "$before" "what a paused container has written"
	expect_ok berth unpause cc
	expect_out cc
	assert_eq "$(status_of cc)" "running true false" "state"
	grown() {
		[ "$(stat -c %s count)" -gt "${before%% *}" ]
	}
	wait_for grown
	expect_ok berth commit cc "while:running"
	assert_eq "$(status_of cc)" "running true false" "state after commit"
	expect_ok berth pause cc
	expect_ok berth rm -f cc
done
ok "pause, unpause, commit of a paused container"

for end in "kill" "kill -s TERM" "stop -t 60" "rm -f"; do
	rm -f count count2
	count
	expect_ok berth pause cc
	dirs=$(cgroup_dirs cc)
	# shellcheck disable=SC2086
	expect_ok berth $end cc
	ended() {
		! "$BERTH" inspect --format '{{.State.Status}}' cc > now 2>&1 || grep -q exited now
	}
	wait_for ended
	[ "$end" = "rm -f" ] || expect_ok berth rm cc
	for d in $dirs; do
		assert_no_path "$d"
	done
done
ok "what ends a container ends a paused one"

expect_fails 1 "is not running" berth pause "$("$BERTH" create busybox true)"
berth rm "$(berth ps -aq)" > /dev/null

# A paused container whose berth is killed.
"$BERTH" run --rm --name fg -v "$tmp:/host" busybox sh -c 'touch /host/ready; exec sleep 1000' &
pid=$!
wait_for test -e ready
wait_for berth pause fg
kill -s KILL $pid
wait $pid || true
run berth ps -a
wait_for no_other_processes
expect_ok berth system check
ok "a foreground container whose berth is killed while it is paused"

requires_cmd strace
! sanitized || skip "the sanitizers' own system calls, and no leak check under strace"
strace -qq -o trace true || skip "strace may not trace here"
calls=mkdir,rmdir,pwrite64,ftruncate,unlinkat,write,fcntl
for command in "pause kk" "commit kk kk:image"; do
	n=0 ended=137
	while [ $ended = 137 ]; do
		n=$((n + 1)) ended=0
		expect_ok berth run -d --name kk busybox sleep 1000
		# In a shell of its own, for bash says on standard error who was killed.
		(
			# shellcheck disable=SC2086
			strace -qq -o trace -e inject=$calls:signal=KILL:when=$n "$BERTH" $command > /dev/null
			exit $?
		) 2> stderr || ended=$?
		state=$(status_of kk)
		case "$command $state" in
		"commit"*" running"*) ;;
		"pause"*" paused"*) expect_ok berth unpause kk ;;
		"pause"*" running"*) [ $ended != 0 ] || fail "pause ended well and the container runs" ;;
		*) fail "$command killed at call $n: $state" ;;
		esac
		assert_eq "$(status_of kk)" "running true false" "state"
		expect_ok berth rm -f kk
		wait_for no_other_processes
	done
	assert_eq "$ended" 0 "status of $command"
	[ $n -gt 4 ] || fail "only $n calls of $command"
	ok "$command, killed at each of $((n - 1)) calls"
done
expect_status 0 berth system check --repair
expect_ok berth rmi kk:image while:paused while:running
