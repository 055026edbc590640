#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What is kept of a detached container's output, and how `logs` gives it back: drivers, caps, selection, following.
. "$(dirname "$0")/../lib.sh"

import_busybox

# files ID - the names of its log files.
files() {
	(cd "$BERTH_ROOT/containers/$1" && ls -d log*)
}

log_driver_errors() {
	expect_fails 125 "no log driver named 'nowhere' is registered" berth run -d --log-driver nowhere busybox true
	expect_fails 125 "unknown log opt 'colour' for json-file log driver" berth run -d --log-opt colour=red busybox true
	expect_fails 125 "max-size" berth run -d --log-opt max-size=0 busybox true
	expect_fails 125 "max-size" berth run -d --log-opt max-size=many busybox true
	expect_fails 125 "max-file cannot be less than 1" berth run -d --log-opt max-file=0 busybox true
	expect_fails 125 "NAME=VALUE" berth run -d --log-opt max-size busybox true
	expect_fails 125 "driver none" berth run -d --log-driver none --log-opt max-size=1k busybox true
	expect_fails 125 "passthrough and --tty" berth run -dt --log-driver passthrough busybox true
	expect_ok berth ps -aq
	expect_out ""
	ok "an unknown driver or option is refused"
}
log_driver_errors

expect_ok berth run -d --name box --log-opt max-size=10k --log-opt max-file=3 -l colour=red -e SIZE=9 --log-opt labels=colour,none \
	--log-opt env=SIZE busybox sh -c 'echo one; echo two >&2; printf three'
expect_ok berth wait box
id=$("$BERTH" inspect --format '{{.Id}}' box)
log=$BERTH_ROOT/containers/$id/log
assert_eq "$("$BERTH" inspect --format '{{.LogPath}}' box)" "$log" "LogPath"
assert_eq "$("$BERTH" inspect --format '{{.HostConfig.LogConfig.Type}} {{index .HostConfig.LogConfig.Config "max-size"}}' box)" \
	"json-file 10k" "LogConfig"
run berth logs box
assert_eq "$out" $'one\nthree' "standard output"
assert_eq "$err" two "standard error"
time='[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{9}Z'
grep -qE '^\{"log":"one\\n","stream":"stdout","attrs":\{"colour":"red","SIZE":"9"\},"time":"'"$time"'"\}$' "$log" ||
	fail "the log is not in docker's format: $(cat "$log")"
expect_status 0 berth logs -t --details box
assert_match "$out" "^$time colour=red,SIZE=9 one"$'\n'"$time colour=red,SIZE=9 three$" "logs -t --details"
expect_status 0 berth logs -n 1 box
expect_out three
expect_status 0 berth logs --tail all box
expect_out $'one\nthree'
ok "docker's format; --details, --timestamps and --tail"

first=$(sed -n 's/.*"one.*"time":"\(.*\)".*/\1/p' "$log") last=$(sed -n 's/.*"three.*"time":"\(.*\)".*/\1/p' "$log")
expect_status 0 berth logs --since "$last" box
expect_out three
expect_status 0 berth logs --until "$first" box
expect_out one
expect_status 0 berth logs --since 1h box
expect_out $'one\nthree'
expect_status 0 berth logs --since 0 --until "$(($(date +%s) - 3600)).5" box
expect_out ""
expect_status 0 berth logs --since "$(date -d '1 hour ago' +%Y-%m-%dT%H:%M)" box
expect_out $'one\nthree'
expect_fails 1 'invalid value for "since".*"yesterday"' berth logs --since yesterday box
expect_fails 1 'invalid value for "until"' berth logs --until 2026-13-01 box
ok "--since and --until"
expect_ok berth rm box

# Twenty thousand lines against a cap of 50 kB in 3 files: the files never exceed it, nothing of the end is lost.
expect_ok berth run -d --name box --log-opt max-size=50k --log-opt max-file=3 busybox seq 1 20000
expect_ok berth wait box
id=$("$BERTH" inspect --format '{{.Id}}' box)
assert_eq "$(files "$id" | tr '\n' ' ')" "log log.1 log.2 " "files"
for f in log log.1 log.2; do
	size=$(stat -c %s "$BERTH_ROOT/containers/$id/$f")
	((size > 0 && size <= 50000)) || fail "$f has $size bytes"
done
expect_ok berth logs box
assert_eq "${out##*$'\n'}" 20000 "the last line"
assert_eq "$out" "$(seq "${out%%$'\n'*}" 20000)" "lines"
count=$(wc -l <<< "$out")
expect_ok berth logs --tail $((count - 5)) box
assert_eq "$out" "$(seq $((20000 - count + 6)) 20000)" "the tail over several files"
expect_ok berth rm box
expect_ok berth run -d --name box --log-opt max-size=1k busybox seq 1 1000
expect_ok berth wait box
id=$("$BERTH" inspect --format '{{.Id}}' box)
assert_eq "$(files "$id")" log "files"
expect_ok berth logs -n 1 box
expect_out 1000
expect_ok berth rm box
ok "max-size and max-file"

# A follower that reads while the log is rotated misses nothing of what the files still hold.
mkfifo go
expect_ok berth run -d --name box --log-opt max-size=20k --log-opt max-file=100 -v "$tmp/go:/go" busybox \
	sh -c 'echo ready; cat /go > /dev/null; seq 1 10000; printf end'
"$BERTH" logs -f box > followed &
follower=$!
wait_for grep -q ready followed
: > go
wait "$follower"
assert_eq "$(cat followed)" "$(printf 'ready\n%s\nend' "$(seq 1 10000)")" "what logs -f saw"
ok "logs -f goes on over rotations and ends with the container"
expect_ok berth start box
"$BERTH" logs -f --tail 1 --until 200ms box > followed &
wait $! || fail "logs -f --until failed"
"$BERTH" logs -f -n 1 --until "$(date -d '1 hour' +%s)" box > followed &
follower=$!
wait_for grep -q ready followed
: > go
wait "$follower"
assert_match "$(cat followed)" "9999"$'\n'"10000"$'\n'"end$" "what logs -f saw of the second run"
expect_ok berth logs -f -n 1 box
expect_out end
expect_ok berth rm box
ok "logs -f of one that has ended shows the rest and ends; --until ends it too"

# Bytes of every kind, lines longer than a record, streams that are closed early.
head -c 50000 /dev/urandom | base64 -w 0 > long
expect_ok berth run -d --name box -v "$tmp:/t:ro" busybox sh -c 'cat /t/long; echo; printf "a\0b\n"; exec >&-; echo late >&2'
expect_ok berth wait box
run berth logs box
assert_eq "$(head -n 1 .out)" "$(cat long)" "a long line"
assert_eq "$(tail -n 1 .out | od -An -c)" "$(printf 'a\0b\n' | od -An -c)" "a line with NUL"
assert_eq "$err" late "standard error"
expect_ok berth rm box
ok "long lines, NUL, a stream that is closed early"

expect_ok berth run -d --name box --log-driver k8s-file busybox sh -c 'echo one; printf two'
expect_ok berth wait box
log=$("$BERTH" inspect --format '{{.LogPath}}' box)
mapfile -t lines < "$log"
assert_match "${lines[0]}" '^[0-9T:.-]+\+00:00 stdout F one$' "the first line"
assert_match "${lines[1]}" '^[0-9T:.-]+\+00:00 stdout P two$' "the second line"
expect_ok berth logs box
expect_out $'one\ntwo'
expect_ok berth rm box
expect_ok berth run -d --name box --log-driver none busybox echo unheard
expect_ok berth wait box
assert_eq "$("$BERTH" inspect --format '{{.LogPath}} {{.HostConfig.LogConfig.Type}}' box)" " none" "LogPath and type"
expect_fails 1 "does not support reading" berth logs box
expect_ok berth rm box
"$BERTH" run -d --name box --log-driver passthrough busybox sh -c 'echo through; echo err >&2' > passed 2> passed.err
expect_ok berth wait box
assert_eq "$(sort passed | sed 's/^[0-9a-f]\{64\}$/ID/')" $'ID\nthrough' "standard output"
assert_file passed.err err
expect_fails 1 "does not support reading" berth logs box
expect_ok berth rm box
ok "k8s-file, none, passthrough"

# The journal's end of the socket: what systemd-journald would be sent.
mkdir -p /run
mount -t tmpfs none /run
expect_fails 125 "journal" berth run -d --log-driver journald busybox true
mkdir -p /run/systemd/journal
requires_cmd python3
python3 - "$tmp/journal" << 'END' &
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("/run/systemd/journal/socket")
with open(sys.argv[1], "wb") as out:
    for i in range(2):
        out.write(s.recv(100000) + b"--\n")
END
listener=$!
wait_for test -S /run/systemd/journal/socket
expect_ok berth run -d --name box --log-driver journald busybox sh -c 'echo one; echo two >&2'
id=$out
expect_ok berth wait box
wait $listener
grep -aqx "CONTAINER_ID_FULL=$id" journal || fail "no CONTAINER_ID_FULL"
grep -aqx "CONTAINER_NAME=box" journal || fail "no CONTAINER_NAME"
grep -aqx PRIORITY=3 journal || fail "no PRIORITY=3"
grep -aqx $'.*one' journal || fail "no message"
expect_fails 1 "does not support reading" berth logs box
expect_hint "journalctl"
expect_ok berth rm box
umount /run
ok "journald"
