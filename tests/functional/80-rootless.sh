#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# berth of an ordinary user: without subordinate ids, and with them.
. "$(dirname "$0")/../lib.sh"

requires_cmd setpriv newuidmap newgidmap
uid=54321
home=/mnt/home
own=/mnt/bin

# Programs and archive where the user may read them, whatever the directories above the build and $tmp are like.
mkdir "$tmp/mnt"
mount --bind "$tmp/mnt" /mnt
cleanup_fn umount /mnt
mkdir "$own"
find "$(dirname "$BERTH")" -maxdepth 1 -type f -name 'berth*' -perm -u+x -exec cp {} "$own/" \;
cp "$(busybox_tar)" /mnt/busybox.tar
chmod -R a+rX /mnt
BERTH=$own/berth
install -d -o "$uid" -g "$uid" "$home"

# Its own /etc, so that the machine's says nothing about this user.
printf 'berthtest:x:%s:%s::%s:/bin/sh\n' "$uid" "$uid" "$home" > "$tmp/passwd"
: > "$tmp/subids"
for file in passwd subuid subgid; do
	[ -e /etc/$file ] || skip "there is no /etc/$file"
	source=$tmp/subids
	[ "$file" != passwd ] || source=$tmp/passwd
	mount --bind "$source" /etc/$file
	cleanup_fn umount /etc/$file
done

as_user() {
	setpriv --reuid="$uid" --regid="$uid" --clear-groups \
		env -u BERTH_ROOT -u BERTH_RUN -u XDG_DATA_HOME HOME="$home" XDG_RUNTIME_DIR="$home" "$@"
}

berth() {
	as_user "$BERTH" "$@"
}

own_processes() {
	local p
	for p in $(pgrep -u "$uid"); do
		[ "$(ps -o stat= -p "$p" | cut -c 1)" = Z ] || printf '%s\n' "$p"
	done
}

nothing_runs() {
	[ -z "$(own_processes)" ]
}

map_of() {
	awk '{ print $1, $2, $3 }' "/proc/$1/uid_map"
}

logged() {
	[ "$(berth logs "$1")" = "$2" ]
}

containers_work() {
	expect_ok berth run --rm busybox id -u
	expect_out 0
	as_user mkdir -p "$home/dir"
	expect_ok berth run --name one -v "$home/dir:/dir" -v vol:/vol busybox \
		sh -c 'echo dir > /dir/file; echo vol > /vol/file; echo new > /new; rm /etc/passwd; test -c /dev/null'
	assert_file "$home/dir/file" dir
	assert_eq "$(stat -c %u "$home/dir/file")" "$uid" "owner of what was written to a directory of the user's"
	expect_ok berth run --rm -v vol:/vol:ro busybox cat /vol/file
	expect_out vol
	expect_ok berth diff one
	assert_match "$out" "A /new" "diff"
	assert_match "$out" "D /etc/passwd" "diff"
	expect_ok berth commit one changed
	expect_ok berth run --rm changed sh -c 'cat /new; test ! -e /etc/passwd'
	expect_out new
	expect_ok berth cp one:/new "$home/copied"
	assert_file "$home/copied" new
	expect_ok berth cp "$home/copied" one:/again
	expect_ok berth start one
	expect_ok berth wait one
	expect_ok berth rm one
	ok "$1: run, directory, volume, diff, commit, cp, start, rm"

	expect_ok berth run -d --name back busybox sh -c 'echo started; trap "exit 7" TERM; sleep 1000 & wait'
	wait_for logged back started
	expect_ok berth exec back sh -c 'echo $((6 * 7)); ls /proc | grep -cx 1'
	expect_out $'42\n1'
	expect_ok berth volume attach back "$home/dir:/attached"
	expect_ok berth exec back cat /attached/file
	expect_out dir
	expect_ok berth volume detach back /attached
	map=$(map_of "$(berth inspect --format '{{.State.Pid}}' back)")
	expect_ok berth stop back
	expect_ok berth inspect --format '{{.State.ExitCode}}' back
	expect_out 7
	ok "$1: run -d, logs, exec, volume attach, stop"
}

everything_goes() {
	expect_ok berth rm back
	expect_ok berth system check
	expect_ok berth rmi changed busybox
	expect_ok berth volume rm vol
	expect_ok berth images -q
	expect_out ""
	wait_for nothing_runs
	assert_no_path "$home/berth/userns" "$home/berth/userns.use"
	ok "$1: system check finds nothing, and nothing of the user's runs or is kept when all is removed"
}

# ---- one id -----------------------------------------------------------------------------------------------

expect_ok berth import /mnt/busybox.tar busybox:latest
assert_path "$home/.local/share/berth"
containers_work "no subordinate ids"
assert_eq "$map" "0 $uid 1" "map"
expect_fails 125 "cannot become user 1000:" berth run --rm -u 1000 busybox true
expect_hint "add-subuids"
ok "no subordinate ids: no other user"

refused() {
	local status=$1 what=$2
	shift 2
	expect_fails "$status" "$what" berth "$@"
	expect_hint "."
}

refused 1 "volume with a size: only root can do that" volume create -o size=10m sized
refused 125 "volume with a size: only root can do that" \
	run --rm --mount type=volume,src=sized,dst=/v,volume-opt=size=10m busybox true
expect_ok berth volume ls -q
expect_out vol
refused 125 "--device /dev/null:/dev/other: only root can do that" run --rm --device /dev/null:/dev/other busybox true
refused 125 "--device /dev/null: only root can do that" create --device /dev/null busybox true
refused 1 "cannot mount template 'base': only root can do that" mount base v1 "$home/dir"
refused 125 "cannot make the cgroup" run --rm -m 20m busybox true
expect_ok berth volume create -o type=ext4 -o device=/dev/loop0 disk
refused 125 "'disk'" run --rm -v disk:/v busybox true
expect_ok berth volume rm -f disk
expect_ok berth ps -aq --filter name=back
left=$out
expect_ok berth ps -aq
expect_out "$left"
ok "what an ordinary user can't have is refused, and leaves nothing"

# ---- the keeper is killed -----------------------------------------------------------------------------------

keeper() {
	cut -d ' ' -f 1 "$home/berth/userns"
}

expect_ok berth run -d --name lives busybox sleep 1000
killed=$(keeper)
kill -s KILL "$killed"
wait_for test ! -e "/proc/$killed"
expect_ok berth exec lives echo there
expect_out there
assert_ne "$(keeper)" "$killed" "keeper"
kill -s KILL "$(keeper)"
expect_ok berth rm -f lives
expect_ok berth run --rm busybox echo again
expect_out again
ok "a killed keeper: the next command reaches the running container, and all is as before"
everything_goes "no subordinate ids"

# ---- many ids -----------------------------------------------------------------------------------------------

printf 'other:100000:65536\nberthtest:200000:65536\n' > "$tmp/subids"
expect_ok berth import /mnt/busybox.tar busybox:latest
containers_work "subordinate ids"
assert_eq "$map" "0 $uid 1"$'\n'"1 200000 65536" "map"
expect_ok berth run --rm -u 1000:1000 -v owned:/v busybox id -u
expect_out 1000
as_user mkdir -m 777 "$home/open"
expect_ok berth run --rm -u 1000:1000 -v "$home/open:/d" busybox touch /d/file
assert_eq "$(stat -c %u:%g "$home/open/file")" "200999:200999" "owner on the host"
expect_ok berth run --rm -v "$home/open:/d" busybox rm /d/file
expect_ok berth volume rm owned
ok "subordinate ids: other users in the container, which on the host are the user's own"
everything_goes "subordinate ids"

rm -rf "$home"
