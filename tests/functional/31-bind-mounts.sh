#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Host directories and files in a container: seen on both sides at once, in every form of the source and of the destination.
# vm: uml
. "$(dirname "$0")/../lib.sh"

import_busybox

mkdir host
echo from-host > host/file
mkfifo host/ask
expect_ok berth run -d --name both -v "$tmp/host:/c" busybox \
	sh -c 'read -r x < /c/ask; echo "$x $(cat /c/late)" > /c/answer; read -r x < /c/ask'
echo written later > host/late
echo asked > host/ask
wait_for grep -q . host/answer
assert_file host/answer "asked written later"
expect_ok berth rm -f both
assert_file host/answer "asked written later"
ok "changes show on both sides at once, and stay"

expect_ok berth run --rm -v "$tmp/made/by/berth:/c" busybox touch /c/x
assert_path made/by/berth/x
assert_eq "$(stat -c '%a %u:%g' made made/by made/by/berth | sort -u)" "755 0:0" "what was made"
(umask 077 && "$BERTH" run --rm -v "$tmp/masked:/c" busybox true)
assert_eq "$(stat -c %a masked)" 755 "what was made with umask 077"
expect_fails 125 "bind source path does not exist: $tmp/missing" \
	berth run --rm --mount "type=bind,src=$tmp/missing,dst=/c" busybox true
assert_no_path missing
expect_ok berth run --rm --mount "type=bind,src=$tmp/asked,dst=/c,bind-create-src" busybox true
assert_eq "$(stat -c %a asked)" 755
ok "a missing host directory is made by -v and refused by --mount"

mkdir -p sub/volume
echo here > sub/volume/f
expect_ok bash -c 'cd sub && "$BERTH" run --rm -v ./volume:/containerVolume busybox cat /containerVolume/f'
expect_out here
expect_ok bash -c 'cd sub/volume && "$BERTH" run --rm -v ../volume:/c busybox cat /c/f'
expect_out here
expect_ok bash -c 'cd sub/volume && "$BERTH" run --rm -v .:/c busybox cat /c/f'
expect_out here
expect_ok bash -c 'cd sub && "$BERTH" run --rm --mount type=bind,src=./volume,dst=/c busybox cat /c/f'
expect_out here
ok "relative sources are relative to where berth was called"

expect_ok berth run --rm -v "$tmp/host/file:/etc/some/file" busybox cat /etc/some/file
expect_out from-host
expect_ok berth run --rm -v "$tmp/host/file:/etc/passwd" busybox cat /etc/passwd
expect_out from-host
expect_ok berth run --rm -v "$tmp/host/file:/etc/hostname" busybox cat /etc/hostname
expect_out from-host
mknod null c 1 3
mkfifo fifo
expect_ok berth run --rm -v "$tmp/null:/dev/mine" -v "$tmp/null:/elsewhere/null" busybox \
	sh -c 'echo x > /dev/mine && echo x > /elsewhere/null && [ -c /dev/mine ]'
expect_ok berth run -d --name pipe -v "$tmp/fifo:/run/fifo" busybox sh -c 'echo through > /run/fifo'
read -r line < fifo
assert_eq "$line" through
expect_ok berth rm -f pipe
if perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local => "socket", Listen => 1) or die' 2> /dev/null; then
	expect_ok berth run --rm -v "$tmp/socket:/run/s" busybox test -S /run/s
else
	part_skipped "needs perl to make a socket"
fi
ok "files, devices, FIFOs and sockets can be mounted"

mkdir -p canary links
echo untouched > canary/file
tar -xf "$(busybox_tar)" -C links
mkdir -p links/real
ln -s /real links/absolute
ln -s ../../../../../../real links/climbing
ln -s /not/there links/dangling
ln -s loop links/loop
ln -s "$tmp/canary" links/escape
expect_ok berth import links links
for link in absolute climbing; do
	expect_ok berth run --rm -v "$tmp/host:/$link" links cat /real/file
	expect_out from-host
done
expect_ok berth run --rm -v "$tmp/host:/dangling" links cat /not/there/file
expect_out from-host
expect_ok berth run --rm -v "$tmp/host:/escape" links cat "$tmp/canary/file"
expect_out from-host
expect_ok berth run --rm -v "$tmp/host:/escape/below" links cat "$tmp/canary/below/file"
assert_eq "$(ls -A canary)" file "the host directory that a link in the image names"
assert_file canary/file untouched
run berth run --rm -v "$tmp/host:/loop" links true
assert_ne "$status" 0 "status with a loop of links"
expect_err "loop|levels of symbolic links"
ok "links in the destination are followed inside the root"

mkdir -p outer inner
echo outer > outer/name
echo inner > inner/name
for order in "-v $tmp/outer:/d -v $tmp/inner:/d/sub" "-v $tmp/inner:/d/sub -v $tmp/outer:/d"; do
	# shellcheck disable=SC2086 # two options, each of two words
	expect_ok berth run --rm $order busybox cat /d/name /d/sub/name
	expect_out $'outer\ninner'
done
assert_path outer/sub
ok "nested mounts work in either order"

expect_ok berth run --name layer -v "$tmp/host:/new/mount/point" busybox true
expect_ok berth diff layer
assert_match "$out" "A /new/mount/point" "the container's layer"
expect_ok berth rm layer
ok "mount points are made in the container's layer"

expect_ok berth run --rm --read-only -v "$tmp/host:/made/here" busybox cat /made/here/file
expect_out from-host
ok "mount points are made for a read-only root too"

mkdir mounted private
mount -t tmpfs tmpfs mounted
cleanup_fn umount "$tmp/mounted"
echo submount > mounted/f
expect_ok berth run --rm -v "$tmp:/all" busybox cat /all/mounted/f
expect_out submount
expect_ok berth run --rm -v "$tmp:/all:bind" busybox sh -c 'ls /all/mounted'
expect_out ""
expect_ok berth run --rm --mount "type=bind,src=$tmp,dst=/all,bind-recursive=disabled" busybox ls /all/mounted
expect_out ""
ok "what is mounted below the source comes with it, unless :bind"
