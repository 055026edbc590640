#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# berth template serve: the block server speaks NBD to other people's clients.
. "$(dirname "$0")/../lib.sh"
. "$tests_dir/lib/templates.sh"
PATH=/usr/bin:$PATH # nbdsh wants the system's python3
requires_cmd nbdinfo nbdcopy nbdsh qemu-img mkfs.ext4 e2fsck

mkdir content
echo hello > content/file
head -c 2M /dev/urandom > content/data
make_build "$BUILD" 32M content
image=$tmp/templates/$BUILD/rootfs.ext4
S=$tmp/s
U="nbd+unix:///?socket=$S"

serving() {
	nbdinfo --size "$U"
}

start() {
	"$BERTH" template serve my-template "$BUILD" --socket "$S" "$@" > served 2> failed &
	server=$!
	wait_for serving
}

stop() {
	kill $server
	wait $server || fail "the server ended with status $?: $(cat failed)"
	assert_no_path "$S"
}

start
assert_file served "$S"
assert_eq "$(stat -c %a "$S")" 600 "mode of the socket"
assert_eq "$(nbdinfo --size "$U")" 33554432
assert_match "$(nbdinfo "$U")" 'is_read_only: true'
assert_match "$(nbdinfo --list "$U")" 'export='
nbdcopy "$U" copy
cmp copy "$image" || fail "what nbdcopy read differs"
expect_ok qemu-img compare -f raw -F raw "$U" "$image"
expect_out "Images are identical."
expect_status 0 nbdsh -u "$U" -c '
assert h.is_read_only() and h.can_multi_conn() and h.can_flush()
h.set_strict_mode(0)
try:
    h.pwrite(bytes(4096), 0)
    raise SystemExit("a read-only export was written to")
except nbd.Error:
    pass
try:
    h.pread(4096, h.get_size())
    raise SystemExit("something was read behind the end")
except nbd.Error:
    pass
assert h.pread(1, 1080) == b"\x53"
assert h.pread(512, 33554432 - 512) == bytes(512)
'
stop
ok "read-only: nbdinfo, nbdcopy, qemu-img, nbdsh"

start --overlay changes
expect_status 0 nbdsh -u "$U" -c '
import random
random.seed(1)
size = 1 << 20
want = bytearray(h.pread(size, 1 << 24))
for i in range(300):
    at = random.randrange(size - 20000)
    n = random.randrange(1, 20000)
    if i % 3 == 0:
        h.zero(n, (1 << 24) + at)
        want[at:at + n] = bytes(n)
    else:
        data = random.randbytes(n)
        h.pwrite(data, (1 << 24) + at, nbd.CMD_FLAG_FUA if i % 10 == 0 else 0)
        want[at:at + n] = data
h.flush()
assert h.pread(size, 1 << 24) == bytes(want)
open("want", "wb").write(want)
'
stop
start --overlay changes
expect_status 0 nbdsh -u "$U" -c 'assert h.pread(1 << 20, 1 << 24) == open("want", "rb").read()'
# Somebody who goes away in the middle of a request, and one who never spoke NBD, hurt nobody.
expect_status 0 nbdsh -c '
import socket
for words in (b"", b"GET / HTTP/1.0\r\n\r\n", bytes(1000), b"\0\0\0\3IHAVEOPT\0\0\0\7\xff\xff\xff\xff"):
    s = socket.socket(socket.AF_UNIX)
    s.connect("'"$S"'")
    s.sendall(words)
    s.close()
'
assert_eq "$(nbdinfo --size "$U")" 33554432
stop
ok "writable: what is written is there again; sectors, zeros, FUA; bad clients"

mkdir big && head -c 1M /dev/urandom > big/random
start --overlay fresh
truncate -s 32M made
mkfs.ext4 -q -F -b 4096 -d big made
nbdcopy made "$U"
nbdcopy "$U" back
cmp made back || fail "an image that was written over it reads back differently"
expect_status 0 e2fsck -fn back
stop
ok "a whole image written through several connections"

expect_fails 1 "requires --socket" berth template serve my-template "$BUILD"
expect_fails 1 "00000000" berth template serve my-template 00000000-0000-0000-0000-000000000009 --socket "$S"
expect_fails 1 "too long" berth template serve my-template "$BUILD" --socket "$tmp/$(printf 'x%.0s' {1..120})"
touch "$S"
expect_fails 1 "cannot listen on '$S'" berth template serve my-template "$BUILD" --socket "$S"
ok "what can't be served is refused"
