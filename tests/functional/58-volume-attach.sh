#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Mounts of a running container come and go.
. "$(dirname "$0")/../lib.sh"
requires_cmd jq

import_busybox
mkdir -p host other
echo text > host/f
# What it is told in the volume `talk` is done: a word at a time, answered by the file `done`.
cat > loop.sh <<- 'END'
	while :; do
		if [ -e /talk/go ]; then
			rm /talk/go
			case $(cat /talk/cmd) in
			enter) cd /late ;;
			leave) cd / ;;
			hold) exec 7< /late/f ;;
			drop) exec 7<&- ;;
			read) cat /late/f > /talk/said 2>&1 ;;
			write) (echo x > /late/new) > /talk/said 2>&1 ;;
			list) ls -A /late > /talk/said 2>&1 ;;
			end) exit 0 ;;
			esac
			touch /talk/done
		fi
		sleep 0.02
	done
END
tell() {
	rm -f talk/done
	echo "$1" > talk/cmd
	touch talk/go
	wait_for test -e talk/done
	said=$(cat talk/said 2> /dev/null || true)
}
mkdir talk
expect_ok berth run -d --name box -v "$tmp/talk:/talk" -v "$tmp/loop.sh:/loop.sh" busybox sh /loop.sh

expect_ok berth volume attach box "$tmp/host:/late"
tell read
assert_eq "$said" text "what the container reads"
expect_ok berth inspect -f '{{json .Mounts}}' box
assert_eq "$(jq -c 'map(select(.Destination == "/late")) | .[0] | [.Type, .Source, .RW]' <<< "$out")" \
	"[\"bind\",\"$tmp/host\",true]" "the mount in inspect"
expect_fails 1 "duplicate mount point: /late" berth volume attach box "$tmp/other:/late"
expect_fails 1 "no such volume: nosuch" berth volume attach box nosuch:/x:nocreate
ok "what is attached is there, and in inspect, at once"

tell enter
expect_fails 1 "'/late' is in use by process .*\(sh\)" berth volume detach box /late
expect_hint "--force"
tell leave
tell hold
expect_fails 1 "'/late' is in use by process" berth volume detach box /late
tell drop
expect_ok berth volume detach box /late
tell list
assert_eq "$said" "" "what is left of it"
expect_ok berth inspect -f '{{json .Mounts}}' box
assert_eq "$(jq 'map(select(.Destination == "/late")) | length' <<< "$out")" 0 "mounts in inspect"
expect_fails 1 "has no mount on '/late'" berth volume detach box /late
ok "a busy mount is not detached, and the error says who has it"

expect_ok berth volume attach box data:/late:ro
tell write
assert_match "$said" "Read-only"
expect_fails 2 "volume is in use" berth volume rm data
tell enter
expect_ok berth volume detach --force box /late
expect_ok berth volume rm data
tell leave
expect_ok berth volume attach box "$tmp/host/f:/deep/er/file"
expect_ok berth volume detach box /deep/er/file
ok "volumes, files, options"

# In the record: it is there after a restart as well.
expect_ok berth volume attach box kept:/late
berth run --rm -v kept:/k busybox sh -c 'echo again > /k/f'
echo end > talk/cmd
touch talk/go
expect_ok berth wait box
expect_fails 1 "is not running" berth volume attach box "$tmp/other:/x"
rm -f talk/go
expect_ok berth start box
tell read
assert_eq "$said" again "what it reads after its second start"
expect_ok berth rm -f box
expect_ok berth volume rm kept
ok "an attached mount stays over a restart"
