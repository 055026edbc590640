#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# berth volume serve: docker's volume plugin protocol, with curl, hostile bytes, and podman as clients.
. "$(dirname "$0")/../lib.sh"
requires_cmd curl jq python3

sock=$tmp/p.sock
serve() {
	"$BERTH" volume serve --socket "$sock" &
	server=$!
	wait_for curl -s -o /dev/null --unix-socket "$sock" http://p/ # a killed one leaves its socket
}
ask() { # REQUEST BODY - the answer, and the HTTP status behind it
	curl -s --max-time 20 --unix-socket "$sock" -d "$2" -w ' %{http_code}' "http://p$1"
}
request() { ask "/VolumeDriver.$1" "$2"; }
mounts() { grep -c "$BERTH_ROOT/volumes" /proc/self/mountinfo || true; }

serve
assert_eq "$(stat -c %a "$sock")" 600 "mode of the socket"
assert_eq "$(ask /Plugin.Activate '')" '{"Implements":["VolumeDriver"],"Err":""} 200'
assert_eq "$(request Capabilities '{}')" '{"Capabilities":{"Scope":"local"},"Err":""} 200'
assert_eq "$(request Create '{"Name":"v1","Opts":{"uid":"7"}}')" '{"Err":""} 200'
assert_eq "$(stat -c %u "$BERTH_ROOT/volumes/v1/_data")" 7 "owner of the volume"
assert_match "$(request Create '{"Name":"v1","Opts":{"uid":"8"}}')" '"Err":".*" 500|"Err":.* 500$' "other options"
assert_match "$(request Get '{"Name":"v1"}')" "\"Name\":\"v1\",\"Mountpoint\":\"$BERTH_ROOT/volumes/v1/_data\".* 200$"
assert_match "$(request List '{}')" '"Volumes":\[\{"Name":"v1"'
assert_match "$(request Get '{"Name":"nope"}')" 'no such volume: nope"} 500$'
ok "each request is answered as docker has it"

assert_eq "$(request Create '{"Name":"big","Opts":{"size":"20m"}}')" '{"Err":""} 200'
assert_eq "$(request Path '{"Name":"big"}')" '{"Mountpoint":"","Err":""} 200'
mnt=$BERTH_ROOT/volumes/big/mnt
for id in a b b; do
	assert_eq "$(request Mount "{\"Name\":\"big\",\"ID\":\"$id\"}")" "{\"Mountpoint\":\"$mnt\",\"Err\":\"\"} 200"
done
assert_eq "$(mounts)" 1 "mounts while two have it"
assert_match "$(request Remove '{"Name":"big"}')" 'volume is in use by way of the volume plugin"} 500$'
expect_fails 2 'remove big: volume is in use' berth volume rm big
expect_fails 2 'rename big: volume is in use' berth volume rename big large
assert_eq "$(request Unmount '{"Name":"big","ID":"b"}')" '{"Err":""} 200'
assert_eq "$(request Unmount '{"Name":"big","ID":"b"}')" '{"Err":""} 200'
assert_eq "$(mounts)" 1 "mounts while one has it"
kill -9 "$server" 2> /dev/null
wait "$server" 2> /dev/null || true
serve
assert_eq "$(request Unmount '{"Name":"big","ID":"a"}')" '{"Err":""} 200'
assert_eq "$(mounts)" 0 "mounts when nobody has it"
assert_eq "$(request Remove '{"Name":"big"}')" '{"Err":""} 200'
ok "mounts are counted by ID, also over the death of the server"

for body in '{' '[]' '{"Name":7}' '{"Name":"../../etc"}' '{"Name":"a/b"}' '{"Name":"v1","Opts":{"uid":7}}' \
	'{"Name":"x1","Opts":{"bogus":"1"}}'; do
	assert_match "$(request Create "$body")" '"Err":".+"} (400|500)$' "answer to $body"
done
assert_match "$(request Mount '{"Name":"v1","ID":"../../../x"}')" "invalid ID .* 500$"
assert_match "$(ask /VolumeDriver.Nope '{}')" '"Err":"no such request"} 404$'
python3 - "$sock" > "$tmp/hostile" << 'P'
import socket, sys
for text in (b'GET /volumes HTTP/1.1\r\n\r\n', b'POST /Plugin.Activate HTTP/1.1\nx: y\r\n\r\n',
             b'POST /a HTTP/1.1\r\nContent-Length: -1\r\n\r\n', b'POST /a HTTP/1.1\r\nContent-Length: 2000000\r\n\r\n',
             b'POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n', b'x' * 9000, b'\0' * 20 + b'\r\n\r\n'):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(20)
    s.connect(sys.argv[1])
    s.sendall(text)
    print(s.recv(99).split()[1].decode())
idle = []
for i in range(100):
    s = socket.socket(socket.AF_UNIX)
    s.connect(sys.argv[1])
    s.sendall(b'POST /a')
    idle.append(s)
P
assert_eq "$(xargs < "$tmp/hostile")" "501 400 400 413 501 431 400" "statuses of hostile requests"
assert_match "$(request List '{}')" ' 200$' "after a hundred unfinished requests"
ok "hostile requests are refused, and the next one is answered"

expect_fails 1 "somebody serves on" berth volume serve --socket "$sock"
expect_fails 1 "no socket" berth volume serve --socket /etc/passwd
expect_fails 1 "No such file or directory" berth volume serve --socket "$tmp/no/where"
kill "$server"
wait "$server" || fail "the server ended with $?"
[ ! -e "$sock" ] || fail "the socket is still there"
ok "SIGTERM ends it and takes the socket away"

python3 - "$BERTH" "$sock" << 'P' &
import os, socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[2])
s.listen()
os.dup2(s.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1')
os.execv(sys.argv[1], [sys.argv[1], 'volume', 'serve'])
P
server=$!
wait_for test -S "$sock"
assert_eq "$(curl -s --retry 20 --retry-all-errors --unix-socket "$sock" -d '' http://p/Plugin.Activate)" \
	'{"Implements":["VolumeDriver"],"Err":""}'
kill "$server"
wait "$server" || fail "the server ended with $?"
rm -f "$sock"
ok "systemd may pass the socket"

if [ -n "$(command -v podman)" ] && [ -n "$(command -v runc)" ]; then
	serve
	printf '[containers]\ndefault_ulimits = ["nofile=20000:20000","nproc=20000:20000"]\n%s\nberth = "%s"\n' \
		'[engine.volume_plugins]' "$sock" > "$tmp/containers.conf"
	pod() {
		CONTAINERS_CONF=$tmp/containers.conf podman --root "$tmp/pr" --runroot "$tmp/pn" --runtime runc \
			--cgroup-manager cgroupfs --events-backend none "$@"
	}
	expect_status 0 pod volume create --driver berth -o size=20m pv
	assert_eq "$(berth volume ls -q)" $'pv\nv1'
	expect_status 0 pod volume ls
	expect_out_like 'berth +pv'
	mkdir "$tmp/rootfs"
	cp -r --parents /bin/busybox "$tmp/rootfs" 2> /dev/null || skip "the rest needs busybox"
	expect_status 0 pod run --rm --network none --security-opt seccomp=unconfined -v pv:/data \
		--rootfs "$tmp/rootfs" /bin/busybox sh -c 'echo from podman > /data/file'
	expect_status 0 berth volume mount pv
	assert_eq "$(cat "$out/file")" "from podman"
	expect_status 0 pod volume rm pv
	assert_eq "$(berth volume ls -q)" v1
	assert_eq "$(mounts)" 0 "mounts after podman's volume"
	kill "$server"
	wait "$server" || fail "the server ended with $?"
	ok "podman makes, uses and removes berth's volumes"
fi
