#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# podman's options and mount types beside docker's: U, idmap, O, image, glob, ramfs, devpts, exclude and the rest.
. "$(dirname "$0")/../lib.sh"
requires_cmd jq

import_busybox
mkdir -p host/sub host/node_modules/x other
echo text > host/f
echo hidden > host/node_modules/file
ln -s f host/link
chown -R 4242:4343 host
in_box() {
	"$BERTH" run --rm "$@"
}

# ---- ownership -------------------------------------------------------------------------------------------------
expect_ok in_box -u 1000:1001 -v "$tmp/host:/h:U" busybox sh -c 'stat -c %u:%g /h /h/f; echo new > /h/new'
expect_out $'1000:1001\n1000:1001'
assert_eq "$(stat -c %u:%g host/new host/f | sort -u)" 4242:4343 "owner on the host"
rm host/new
expect_ok in_box -v "$tmp/host:/h:idmap=uids=4242-7-1;gids=4343-8-1" busybox stat -c %u:%g /h/f
expect_out 7:8
expect_ok in_box -v "$tmp/host:/h:idmap" busybox stat -c %u:%g /h/f
expect_out 4242:4343
expect_ok in_box -u 1000:1001 -v fresh:/v:U busybox sh -c 'touch /v/mine; stat -c %u:%g /v /v/mine'
expect_out $'1000:1001\n1000:1001'
assert_eq "$(stat -c %u:%g "$BERTH_ROOT/volumes/fresh/_data/mine")" 0:0 "owner in the volume"
expect_ok in_box -u 12:34 --tmpfs /t:U busybox stat -c %u:%g /t
expect_out 12:34
expect_ok in_box -u daemon -v "$tmp/host:/h:U,ro" busybox sh -c 'test "$(stat -c %U /h)" = daemon && echo named'
expect_out named
ok "U and idmap change who owns what inside, and nothing on disk"

# ---- copy-on-write views -----------------------------------------------------------------------------------------
expect_ok in_box -v "$tmp/host:/h:O" busybox sh -c 'echo changed > /h/f; rm /h/link; cat /h/f'
expect_out changed
assert_file host/f text
assert_path host/link
expect_ok berth create --name viewer -v "$tmp/host:/h:O" busybox sh -c 'ls -A /h; echo x > /h/only-once'
expect_ok berth start -a viewer
first=$out
expect_ok berth start -a viewer
assert_eq "$out" "$first" "what the second start sees"
expect_ok berth rm viewer
expect_ok in_box -u 1000 -v "$tmp/host:/h:O,U" busybox sh -c 'stat -c %u /h/f; echo mine > /h/f && cat /h/f'
expect_out $'1000\nmine'
mkdir upper work
expect_ok in_box -v "$tmp/host:/h:O,upperdir=$tmp/upper,workdir=$tmp/work" busybox sh -c 'echo kept > /h/kept'
assert_file upper/kept kept
expect_ok in_box -v "$tmp/host:/h:O,keep=changes" busybox sh -c 'echo again > /h/again; rm /h/f'
expect_ok in_box -v "$tmp/host:/h:O,keep=changes" busybox sh -c 'cat /h/again; ls /h/f 2>&1 | grep -c "No such"'
expect_out $'again\n1'
expect_ok berth volume inspect -f '{{.Driver}} {{.Options.lower}}' changes
expect_out "view $tmp/host"
expect_fails 125 "exists with driver 'view'" berth run --rm -v "$tmp/other:/h:O,keep=changes" busybox true
expect_ok in_box --mount "type=overlay,src=$tmp/host,dst=/h" busybox sh -c 'echo y > /h/f && cat /h/f'
expect_out y
assert_file host/f text
ok "O writes to a layer of its own, and keep= keeps it"

# ---- what is left out -----------------------------------------------------------------------------------------------
expect_ok in_box -v "$tmp/host:/h:exclude=node_modules;f;missing;sub" busybox sh -c \
	'ls -A /h/node_modules; cat /h/f; touch /h/node_modules/y 2> /dev/null || echo read-only; ls -A /h'
expect_out $'read-only\nf\nlink\nnode_modules\nsub'
assert_path host/node_modules/file
ln -s /etc host/out
expect_status 125 in_box -v "$tmp/host:/h:exclude=out/passwd" busybox true
expect_err "cannot exclude 'out/passwd'"
rm host/out
ok "exclude empties parts of a mount"

expect_ok in_box -v "$tmp/host/link:/l:no-dereference" busybox readlink /l
expect_out f
expect_ok in_box -v "$tmp/host/link:/l" busybox sh -c 'test -L /l || cat /l'
expect_out text
expect_ok in_box -v "$tmp/host/f:/deep/er/f:no-dereference" busybox cat /deep/er/f
expect_out text
ok "no-dereference makes a link of a link"

# ---- types ------------------------------------------------------------------------------------------------------------
expect_ok in_box --mount type=image,src=busybox,dst=/img busybox sh -c \
	'test -x /img/bin/busybox && touch /img/x 2> /dev/null || echo read-only'
expect_out read-only
expect_ok in_box --mount type=image,src=busybox,dst=/img,rw=true busybox sh -c 'echo w > /img/x && cat /img/x'
expect_out w
expect_ok in_box --mount type=image,src=busybox,dst=/img,image-subpath=bin busybox sh -c 'test -x /img/busybox && echo sub'
expect_out sub
expect_fails 125 "no such image" berth run --rm --mount type=image,src=nope,dst=/img busybox true
ok "the files of an image"

touch other/a1 other/a2 other/b1
expect_ok in_box --mount "type=glob,src=$tmp/other/a*,dst=/g" busybox ls /g
expect_out $'a1\na2'
expect_ok in_box --mount "type=glob,src=$tmp/other/a*" busybox ls "$tmp/other"
expect_out $'a1\na2'
expect_fails 125 "no file paths matching glob \"$tmp/other/x" berth run --rm --mount "type=glob,src=$tmp/other/x*" busybox true
ok "every path that a pattern matches"

expect_ok in_box --mount type=ramfs,dst=/r,mode=711 busybox sh -c 'stat -c %a /r; grep " /r " /proc/self/mountinfo | grep -o ramfs | head -n 1'
expect_out $'711\nramfs'
expect_ok in_box --mount type=devpts,dst=/dev/pts,mode=600,gid=7,max=3,newinstance busybox grep -o 'gid=7,mode=600.*max=3' /proc/self/mountinfo
assert_match "$out" 'gid=7,mode=600'
expect_ok in_box --tmpfs /etc:tmpcopyup busybox sh -c 'test -s /etc/passwd && touch /etc/new && echo copied'
expect_out copied
expect_ok in_box --tmpfs /etc:noatime,notmpcopyup busybox sh -c 'ls /etc | grep -c passwd; grep " /etc " /proc/self/mountinfo | grep -o noatime'
expect_out $'0\nnoatime'
ok "memory and terminals"

# ---- volumes ------------------------------------------------------------------------------------------------------------
expect_fails 125 "no such volume: nope" berth run --rm -v nope:/v:nocreate busybox true
assert_no_path "$BERTH_ROOT/volumes/nope"
expect_ok in_box -v copied:/etc:copy busybox test -s /etc/passwd

expect_ok berth create --name giver -v shared:/s -v "$tmp/host:/h" busybox true
expect_ok in_box --volumes-from giver:ro,z busybox sh -c 'touch /s/x 2> /dev/null || echo read-only'
expect_out read-only
expect_fails 125 "invalid mode for --volumes-from: ro,rw" berth run --rm --volumes-from giver:ro,rw busybox true
expect_ok berth rm giver

mkdir image
tar -xf "$(busybox_tar)" -C image
mkdir -p image/vol
echo from-image > image/vol/file
expect_ok berth import --change 'VOLUME /vol' image voled
expect_ok in_box --image-volume ignore voled sh -c 'grep -c " /vol " /proc/self/mountinfo; cat /vol/file'
expect_out $'0\nfrom-image'
expect_ok in_box --image-volume tmpfs voled sh -c 'grep " /vol " /proc/self/mountinfo | grep -o " tmpfs " | head -n 1; ls -A /vol'
expect_out ' tmpfs '
expect_ok in_box --image-volume bind voled cat /vol/file
expect_out from-image
expect_fails 125 "invalid value 'x' for --image-volume" berth run --rm --image-volume x voled true
ok "an image's VOLUMEs are what --image-volume says"

expect_ok in_box --read-only --read-only-tmpfs busybox sh -c 'for d in /run /tmp /var/tmp; do touch $d/x && echo $d; done; touch /x 2> /dev/null || echo read-only'
expect_out $'/run\n/tmp\n/var/tmp\nread-only'
ok "--read-only-tmpfs gives a read-only root places to write to"

# ---- what is written of it ------------------------------------------------------------------------------------------------
expect_ok berth run --help
assert_match "$out" 'exclude=PATH;\.\.\. \(-v, --mount\)'
expect_ok berth create --name shown -v "$tmp/host:/h:U,ro,noexec" busybox true
expect_ok berth inspect -f '{{json .Mounts}}' shown
assert_eq "$(jq -c '.[0] | [.Type, .Destination, .RW, .Mode, .Options]' <<< "$out")" \
	'["bind","/h",false,"U,ro,noexec",["noexec","U"]]' "the mount in inspect"
expect_ok berth rm shown
expect_ok berth volume prune -a -f
ok "help and inspect say it"
