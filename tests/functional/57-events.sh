#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `berth events`: what is told of containers, images and volumes, to whom it is told, and that it stays small.
. "$(dirname "$0")/../lib.sh"

start=$(date +%s.%N)
import_busybox
is_watching() {
	grep -qs '^inotify' "/proc/$listener/fdinfo/"*
}
listen() {
	"$BERTH" events "$@" > heard &
	listener=$!
	wait_for is_watching
}
# past ARGS… - events from the start of this test until now.
past() {
	expect_ok berth events --since "$start" --until 0s "$@"
}

listen --format '{{.Type}} {{.Action}}'
expect_ok berth run --rm busybox true
expect_ok berth run -d --name box -l colour=red -v vol:/v busybox sh -c 'trap "exit 3" TERM; sleep 1000 & wait'
id=$out
expect_ok berth exec box true
expect_ok berth stop box
expect_ok berth start box
expect_ok berth kill box
expect_ok berth commit box mine:1
expect_ok berth export -o tar box
expect_ok berth tag mine:1 yours:1
expect_ok berth rmi mine:1 yours:1
expect_ok berth rm box
expect_ok berth create --name box busybox true
expect_ok berth rm box
expect_ok berth volume rm vol
want="container create
container attach
container start
container die
container destroy
volume create
container create
volume mount
container start
container exec_create: true
container exec_start: true
container exec_die
container kill
container die
volume unmount
container stop
volume mount
container start
container kill
container die
volume unmount
container commit
container export
image tag
image untag
image untag
image delete
container destroy
container create
container destroy
volume destroy"
heard_all() {
	[ "$(wc -l < heard)" -ge "$(wc -l <<< "$want")" ]
}
wait_for heard_all
kill $listener
wait $listener || true
assert_eq "$(cat heard)" "$want" "events"
ok "everything that is done is told, in docker's words"

expect_ok berth run -d --name old busybox sleep 1000
expect_ok berth rename old new
expect_ok berth pause new
expect_ok berth unpause new
expect_ok berth update --pids-limit 50 new
expect_fails 1 "same name" berth rename new new
expect_fails 1 "not paused" berth unpause new
expect_ok berth rm -f new
past --filter event=rename --filter event=pause --filter event=unpause --filter event=update --format '{{.Action}}'
expect_out $'rename\npause\nunpause\nupdate'
past --filter event=rename
expect_out_like 'image=busybox, name=new, oldName=/old|oldName=/old, image=busybox, name=new'
ok "rename, pause, unpause, update; not what failed"

past --filter container=box --filter event=die --format '{{.ID}} {{.From}} {{.Actor.Attributes.exitCode}} {{.Actor.Attributes.colour}}'
expect_out "$id busybox 3 red"$'\n'"$id busybox 137 red"
past --filter type=volume --filter event=mount --format '{{.Actor.ID}} {{.Actor.Attributes.destination}}'
expect_out $'vol /v\nvol /v'
past --filter label=colour=red --filter event=stop
time='[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{9}(Z|[+-][0-9]{2}:[0-9]{2})'
assert_match "$out" "^$time container stop $id \(colour=red, image=busybox, name=box\)$" "a line"
past --filter "container=${id:0:12}" --filter event=kill --format '{{.Actor.Attributes.signal}}'
expect_out $'15\n9'
past --filter image=busybox --filter type=image --format '{{.Action}}'
expect_out import
past --filter event=create --filter volume=vol --format '{{.Actor.ID}}'
expect_out vol
past --format json --filter event=tag
assert_match "$out" '^\{"status":"tag","id":"sha256:[0-9a-f]{64}","Type":"image","Action":"tag","Actor":\{"ID":"sha256:[0-9a-f]{64}","Attributes":\{"name":"[^"]*yours:1"\}\},"scope":"local","time":[0-9]+,"timeNano":[0-9]+\}$' "json"
expect_ok berth events --since 1h --until 59m
expect_out ""
expect_ok berth system events --since "$start" --until 0s --filter event=import --format '{{.Type}}'
expect_out image
expect_fails 1 "failed to parse value as time or duration: \"noon\"" berth events --since noon
expect_fails 1 "invalid filter 'shape'" berth events --filter shape=round
ok "--filter, --since, --until, --format"

# Writers at the same time, past the size at which the log is moved, once: whole lines, and a follower hears all of them.
listen --filter event=destroy --filter label=many --format '{{.ID}}'
long=$(head -c 6000 /dev/zero | tr '\0' x)
for i in 1 2 3 4; do
	(for _ in $(seq 1 12); do "$BERTH" run --rm -l many -l "text=$long" busybox true; done) &
	writers[i]=$!
done
wait "${writers[@]}"
all_heard() {
	[ "$(sort -u heard | wc -l)" -ge 48 ]
}
wait_for all_heard
kill $listener
wait $listener || true
assert_eq "$(sort heard | uniq -d)" "" "what was heard twice"
dir=$(echo "$BERTH_RUN"/*-*)
assert_path "$dir/events.1"
for f in "$dir"/events*; do
	((len = $(stat -c %s "$f"), len < 1200000)) || fail "$f has $len bytes"
done
assert_eq "$(ls "$dir" | grep -c events)" 2 "files"
while IFS= read -r line; do
	[[ $line == "{"*"}" ]] || fail "not a whole line: ${line:0:100} … ${line: -100}"
done < <(cat "$dir/events.1" "$dir/events")
ok "a bounded log that many write to"
