#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What `berth run` makes and what it leaves: names, ids, --cidfile, --rm, anonymous volumes; nothing after a failure.
# vm: uml
. "$(dirname "$0")/../lib.sh"

import_busybox

# things - everything in the store that a container can leave.
things() {
	find "$BERTH_ROOT/containers" "$BERTH_ROOT/names" "$BERTH_ROOT/volumes" "$BERTH_ROOT/tmp" -mindepth 1 -maxdepth 1
}

expect_ok berth run --rm busybox true
expect_ok berth run --rm --name named -v /anonymous busybox touch /anonymous/x
assert_eq "$(things)" "" "what --rm left"
expect_status 9 berth run --rm busybox sh -c 'exit 9'
assert_eq "$(things)" "" "what --rm left of a failed command"
ok "--rm leaves nothing"

expect_ok berth run --name keep -v /anonymous busybox sh -c 'echo 1 > /file; touch /anonymous/x'
expect_ok berth ps -aq
assert_match "$out" "^[0-9a-f]{12}$" "id"
id=$out
expect_ok berth volume ls -q
assert_match "$out" "^[0-9a-f]{64}$" "name of the anonymous volume"
expect_fails 125 "keep.*$id|$id.*keep|name.*keep" berth run --rm --name keep busybox true
ok "a name is taken once"
expect_fails 1 "no-such" berth rm no-such
expect_ok berth rm -v keep
expect_out keep
assert_eq "$(things)" "" "what rm -v left"
ok "rm -v takes the anonymous volume too"

expect_ok berth run --name keep busybox true
expect_ok berth rm "$(berth ps -aq | head -c 6)"
ok "an id's beginning is enough"

expect_ok berth run --rm --cidfile cid busybox true
assert_match "$(cat cid)" "^[0-9a-f]{64}$" "content of the cidfile"
expect_fails 125 "cid" berth run --rm --cidfile cid busybox true
rm cid
ok "--cidfile, never overwritten"

# Each fails at another point; none leaves a trace, not even the host directory or the volume.
for options in "-v /made/by/nobody:relative" "-v new-volume:/x -v other:/x" "--mount type=bind,src=/no/such,dst=/x" \
	"-v new-volume:/proc/x" "-w relative" "-u no-such-user" "--volumes-from no-such" "-v new:/" \
	"--mount type=volume,src=new,dst=/x,no-such-key=1"; do
	# shellcheck disable=SC2086 # words
	expect_fails 125 "" berth run $options busybox true
	found=$(things)
	case $options in
	*no-such-user*) ;; # docker keeps a created container there, but not with --rm
	*) assert_eq "$found" "" "what 'run $options' left" ;;
	esac
	while read -r left; do
		[ -z "$left" ] || "$BERTH" rm -f "$left" > /dev/null
	done < <("$BERTH" ps -aq)
done
assert_no_path /made
ok "a refused run leaves nothing"

for program in no-such-program /etc/passwd; do
	run berth run --rm -v new-volume:/v -v /anonymous busybox $program
	assert_match "$status" "^12[67]$" "status"
	expect_ok berth volume rm new-volume
	assert_eq "$(things)" "" "what --rm left of a command that could not be started"
done
ok "--rm holds for a command that could not be started"

expect_ok berth run --name first --label a=1 --label b busybox true
expect_ok berth ps -a --filter label=a=1 --format '{{.Names}} {{.Image}}'
expect_out "first busybox"
expect_ok berth inspect --format '{{.State.ExitCode}} {{.Config.Labels.a}} {{.Name}}' first
expect_out "0 1 /first"
expect_ok berth rm first
ok "labels and names are listed"
