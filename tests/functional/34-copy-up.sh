#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A new volume takes what the image has in its place: content, owner and mode; once, and only while it is empty.
# vm: uml
. "$(dirname "$0")/../lib.sh"
requires_cmd jq

mkdir -p image/data/sub image/empty image/many canary
tar -xf "$(busybox_tar)" -C image
echo content > image/data/file
ln image/data/file image/data/sub/hardlink
ln -s file image/data/symlink
mkfifo image/data/fifo
mknod image/data/null c 1 3
truncate -s 1M image/data/sparse
chown -R 1000:1001 image/data
chown -h 1000:1001 image/data/symlink
chmod 4751 image/data/file
chmod 2750 image/data
chmod 1777 image/empty
touch -d '2001-02-03 04:05:06 UTC' image/data/sub
setfattr -n user.note -v kept image/data/file 2> /dev/null || true
for ((i = 0; i < 300; i++)); do echo "$i" > "image/many/$i"; done
echo secret > canary/secret
ln -s "$tmp/canary" image/link
expect_ok berth import --change 'VOLUME /data' --change 'VOLUME /link/below' image withdata

V=$BERTH_ROOT/volumes
expect_ok berth run --rm -v data:/data withdata true
D=$V/data/_data
assert_file "$D/file" content
assert_eq "$(stat -c '%a %u:%g' "$D")" "2750 1000:1001" "the volume's owner and mode"
assert_eq "$(stat -c '%a %u:%g %h' "$D/file")" "4751 1000:1001 2" "a file's"
assert_eq "$(stat -c %i "$D/file")" "$(stat -c %i "$D/sub/hardlink")" "inodes of a hard link"
assert_eq "$(readlink "$D/symlink")" file
assert_eq "$(stat -c '%F %t:%T' "$D/null")" "character special file 1:3"
assert_eq "$(stat -c '%F' "$D/fifo")" fifo
assert_eq "$(stat -c '%s %b' "$D/sparse")" "1048576 0" "size and blocks of a sparse file"
assert_eq "$(stat -c %Y "$D/sub")" 981173106 "a directory's time"
if getfattr -n user.note image/data/file > /dev/null 2>&1; then
	assert_eq "$(getfattr --only-values -n user.note "$D/file" 2> /dev/null)" kept "an extended attribute"
fi
assert_eq "$(ls -A "$V/data" | tr '\n' ' ')" "_data volume.json " "what is beside the data"
ok "content, owner, mode, times, links, holes and special files are taken over"

rm -r "${D:?}"/*
echo mine > "$D/mine"
chmod 00700 "$D"
expect_ok berth run --rm -v data:/data withdata ls /data
expect_out mine
assert_eq "$(stat -c %a "$D")" 700
ok "a volume that holds something is left as it is"

expect_ok berth run --rm -v raw:/data:nocopy withdata ls /data
expect_out ""
expect_ok berth run --rm --mount src=raw,dst=/data,volume-nocopy withdata ls /data
expect_out ""
expect_ok berth run --rm -v raw:/data:ro withdata cat /data/file
expect_out content
ok "nocopy leaves it empty; a read-only volume is filled"

expect_ok berth run --rm -v hollow:/empty withdata stat -c %a /empty
expect_out 1777
mkdir host
expect_ok berth run --rm -v "$tmp/host:/data" withdata ls /data
expect_out ""
ok "an empty directory gives owner and mode; a host directory is never filled"

expect_ok berth run --rm -v first:/data -v first:/other withdata sh -c 'cat /data/file /other/file'
expect_out $'content\ncontent'
ok "one volume in two places holds the content once"

expect_ok berth create --name anon withdata true
name=$(berth inspect anon | jq -r '.[0].Mounts[] | select(.Destination == "/data").Name')
assert_match "$name" '^[0-9a-f]{64}$' "the name of the VOLUME"
expect_ok berth start anon
wait_for test -e "$V/$name/_data/file"
expect_ok berth wait anon
assert_eq "$(grep -rl secret "$V" || true)" "" "what a link in the image brought into a volume"
expect_ok berth rm -v anon
assert_no_path "$V/$name"
assert_eq "$(ls canary)" secret "the directory of the host that a link of the image names"
ok "the image's VOLUME is an anonymous volume, and can't reach out of the root"

# Many at once on one new volume: each sees all of it.
for ((i = 0; i < 8; i++)); do
	"$BERTH" run --rm -v shared:/many withdata sh -c 'ls /many | wc -l' > "count.$i" &
done
wait
assert_eq "$(cat count.* | sort -u)" 300 "files seen by containers that started together"
assert_eq "$(ls -A "$V/shared" | tr '\n' ' ')" "_data volume.json "
ok "containers that start together see a filled volume"
