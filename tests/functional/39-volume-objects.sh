#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# podman's volume commands beside docker's, and volumes of every driver.
. "$(dirname "$0")/../lib.sh"
requires_cmd jq

V=$BERTH_ROOT/volumes
import_busybox
in_box() {
	"$BERTH" run --rm "$@"
}

# ---- create ------------------------------------------------------------------------------------------------
expect_ok berth volume create --uid 12 --gid 34 owned
assert_eq "$(stat -c %u:%g "$V/owned/_data")" 12:34 "owner of the data"
expect_fails 1 "exists with driver 'local' and options 'gid=34,uid=12', not with driver 'local' and options 'uid=1'" \
	berth volume create --uid 1 owned
expect_ok berth volume create --ignore --uid 1 owned
expect_out owned
expect_ok berth volume create owned
ok "create sets the owner; other options than there are, are an error unless ignored"

expect_ok berth volume exists owned
expect_status 1 berth volume exists nope
assert_eq "$out$err" "" "what exists prints"
ok "exists answers by its status"

# ---- rename, update --------------------------------------------------------------------------------------------
expect_ok berth volume create --label a=1 --label b=2 first
echo data > "$V/first/_data/file"
expect_ok berth volume rename first second
expect_out second
assert_file "$V/second/_data/file" data
assert_no_path "$V/first"
assert_eq "$(jq -r .Name "$V/second/volume.json")" second "the name in the record"
expect_fails 1 "'owned' exists" berth volume rename second owned
expect_fails 1 "no such volume: first" berth volume rename first third
expect_fails 1 "invalid characters" berth volume rename second a/b
expect_ok berth create --name user -v second:/s busybox true
expect_fails 2 "rename second: volume is in use" berth volume rename second third
expect_ok berth volume inspect -f '{{json .UsedBy}}' second
assert_match "$out" "$(berth inspect -f '{{.Id}}' user)"
expect_status 2 berth volume rm second nope
expect_ok berth rm user
expect_ok berth volume update --label a=9 --label c --label-rm b second
expect_ok berth volume inspect -f '{{json .Labels}}' second
expect_out '{"a":"9","c":""}'
expect_fails 125 "nothing to change" berth volume update second
ok "rename and update change a volume that nobody has"

expect_ok berth volume inspect -f '{{.LastUsed}}' owned
expect_out '<no value>'
expect_ok in_box -v owned:/o busybox sh -c 'dd if=/dev/zero of=/o/f bs=1k count=100 2> /dev/null'
expect_ok berth volume inspect --size owned
date -d "$(jq -r '.[0].LastUsed' <<< "$out")" > /dev/null || fail "LastUsed is no time"
assert_eq "$(jq -c '.[0].UsageData | [.RefCount, .Size >= 102400]' <<< "$out")" '[0,true]' "UsageData"
ok "inspect says when it was last used, and how large it is"

# ---- ls, prune -----------------------------------------------------------------------------------------------------
expect_ok berth volume ls -n -f name=^second
expect_out "local     second"
expect_ok berth volume ls -q -f opt=uid=12
expect_out owned
expect_ok berth volume ls -q -f label!=a -f scope=local
expect_out owned
expect_ok berth volume ls -q -f since=owned
expect_out second
expect_ok berth volume ls -q -f until=1h
expect_out ""
expect_ok berth volume ls --size --format '{{.Name}} {{.Links}}' -f name=owned
expect_out "owned 0"
anonymous=$(berth volume create)
expect_ok berth volume ls -q -f anonymous=true
expect_out "$anonymous"
expect_ok berth volume prune --dry-run -a
assert_match "$out" "owned"$'\n'"second" "what would go"
assert_path "$V/owned" "$V/$anonymous"
expect_ok berth volume prune -f --filter until=1h
assert_path "$V/$anonymous"
expect_ok berth volume prune -f
assert_no_path "$V/$anonymous"
ok "ls and prune filter as podman does"

# ---- file systems: type, device, o ----------------------------------------------------------------------------------
mkdir www lower upper work
echo page > www/index
echo low > lower/f
expect_ok berth volume create -o type=none -o o=bind,ro -o device="$tmp/www" www
expect_ok in_box -v www:/w busybox sh -c 'cat /w/index; touch /w/x 2> /dev/null || echo read-only'
expect_out $'page\nread-only'
expect_ok berth volume create -o type=bind -o device="$tmp/nope" -o o=bind missing
expect_fails 125 "cannot open '$tmp/nope'" berth run --rm -v missing:/w busybox true
expect_ok berth volume create -o type=overlay -o device=overlay \
	-o "o=lowerdir=$tmp/lower,upperdir=$tmp/upper,workdir=$tmp/work" layered
expect_ok in_box -v layered:/l busybox sh -c 'cat /l/f; echo up > /l/g'
expect_out low
assert_file upper/g up
ok "a directory and an overlay as volumes"

expect_ok berth volume create -o type=tmpfs -o device=tmpfs -o o=size=1m,uid=7,mode=700 memory
expect_ok berth volume inspect -f '{{.Mountpoint}}' memory
expect_out "$V/memory/mnt"
expect_ok berth run -d --name first -v memory:/m busybox sh -c 'echo shared > /m/f; touch /m/ready; while [ ! -e /m/end ]; do sleep 0.1; done'
wait_for berth run --rm -v memory:/other:ro busybox test -e /other/ready
expect_ok in_box -v memory:/other busybox sh -c 'stat -c "%u %a" /other; cat /other/f; touch /other/end'
expect_out $'7 700\nshared'
expect_ok berth wait first
expect_ok berth rm first
expect_ok in_box -v memory:/m busybox ls -A /m
expect_out ""
expect_ok in_box -v memory:/etc busybox sh -c 'test -s /etc/passwd && dd if=/dev/zero of=/etc/big bs=1k count=2000 2>&1 | grep -o "No space left on device"'
expect_out "No space left on device"
ok "a tmpfs volume is one for all containers at a time, and filled from the image"

expect_ok berth volume mount memory
expect_out "$V/memory/mnt"
echo host > "$out/from-host"
expect_ok berth volume mount memory
expect_ok in_box -v memory:/m busybox cat /m/from-host
expect_out host
expect_ok berth volume unmount memory
assert_no_path "$V/memory/mnt/from-host"
expect_ok berth volume unmount memory
expect_ok berth volume mount owned
expect_out "$V/owned/_data"
expect_ok berth volume mount memory
expect_ok berth volume unmount --all
mountpoint -q "$V/memory/mnt" && fail "still mounted"
expect_ok berth volume mount memory
expect_ok berth volume rm memory
assert_no_path "$V/memory"
ok "mount and unmount on the host"

# A file system with a mount helper, which is found where mount(8) looks for it.
mkdir helpers
cat > helpers/mount.btfs <<- 'END'
	#!/bin/sh
	exec mount -t tmpfs -o "${4-defaults}" "$1" "$2"
END
chmod 755 helpers/mount.btfs
mount -t overlay overlay -o "lowerdir=$tmp/helpers:/usr/sbin" /usr/sbin
expect_ok berth volume create -o type=btfs -o device=server:/share -o o=size=64k helped
expect_ok in_box -v helped:/h busybox sh -c 'df -k /h | tail -n 1 | awk "{ print \$1, \$2 }"'
umount /usr/sbin
expect_out "server:/share 64"
ok "mount helpers"

# ---- images and views ---------------------------------------------------------------------------------------------------
expect_ok berth volume create -d image -o image=busybox frombox
expect_ok in_box -v frombox:/i busybox sh -c 'test -x /i/bin/busybox && echo more > /i/more'
expect_ok in_box -v frombox:/i busybox cat /i/more
expect_out more
expect_fails 1 "takes one option, image=NAME" berth volume create -d image other
expect_fails 1 "no such image" berth volume create -d image -o image=nope other
assert_no_path "$V/other"
expect_ok berth volume create -d view -o lower="$tmp/lower" seen
expect_ok in_box -v seen:/s busybox sh -c 'cat /s/f; echo new > /s/f'
expect_out low
assert_file lower/f low
assert_file "$V/seen/_data/f" new
expect_ok berth volume create -o owner=container mine
expect_ok in_box -u 1000:1000 -v mine:/m busybox sh -c 'touch /m/f && stat -c %u /m/f'
expect_out 1000
assert_eq "$(stat -c %u "$V/mine/_data/f")" 0 "owner on the host"
expect_ok berth volume create -o nocopy never
expect_ok in_box -v never:/etc busybox ls -A /etc
expect_out $'hostname\nhosts\nresolv.conf'
expect_ok berth volume reload
ok "volumes on images, views, and owner=container"
