#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# cp: docker's rules for files, directories, links and archives; into and out of containers that run or not.
. "$(dirname "$0")/../lib.sh"

import_busybox
# Its own /dir, a volume, a read-only one, a directory of the host.
mkdir bound
make_box() {
	expect_ok berth "$@" --name box -v vol:/vol -v ro:/ro:ro -v ./bound:/bound busybox sleep 1000
}
mkdir -p tree/sub tree/empty
echo file > file
echo one > tree/one
echo two > tree/sub/two
ln -s one tree/link
ln tree/one tree/hard
chmod 750 tree/sub
chmod 640 tree/one
chown 12:34 tree/one tree/sub
touch -d '2001-02-03 04:05:06.789 UTC' tree/one tree/sub

inside() {
	"$BERTH" cp "box:$1" - | tar -xO
}

# listing DIR - all that cp has to keep.
listing() {
	(cd "$1" && find . -mindepth 1 -printf '%P %y %m %U:%G %n %l %T@\n' | sed -E 's/^((sub|empty|link) .*) [0-9]+\.[0-9]+$/\1/' | sort)
}

check_to_container() {
	expect_ok berth cp file box:/
	expect_out ""
	assert_eq "$(inside /file)" file "copied into /"
	expect_ok berth cp file box:/new
	expect_ok berth cp file box:tmp/relative
	expect_ok berth cp ./file box:/vol/
	expect_ok berth cp "$tmp/file" box:/bound/there
	assert_eq "$(inside /new)$(inside /tmp/relative)$(inside /vol/file)" filefilefile "copied files"
	assert_file bound/there file
	assert_file "$BERTH_ROOT/volumes/vol/_data/file" file
	echo other > other
	expect_ok berth cp other box:/new
	assert_eq "$(inside /new)" other "a file that was overwritten"
	expect_fails 1 "no such directory" berth cp file box:/none/
	expect_fails 1 "could not find the file /none/?  *in container box|could not find the file /none/ in" berth cp file box:/none/x
	expect_fails 1 "cannot copy a directory to a file" berth cp tree box:/new
	expect_fails 1 "not a directory" berth cp file box:/new/
	expect_fails 1 "cannot open 'none'" berth cp none box:/
	expect_fails 1 "Read-only" berth cp file box:/ro/x
	ok "files into the container"

	expect_ok berth cp tree box:/as-new
	expect_ok berth cp tree box:/tmp
	expect_ok berth cp tree/. box:/vol
	expect_ok berth cp tree/. box:/dots
	for at in as-new tmp/tree dots; do
		rm -rf back
		expect_ok berth cp -a "box:/$at" back
		assert_eq "$(listing back)" "$(listing tree)" "what came back of /$at"
	done
	assert_file "$BERTH_ROOT/volumes/vol/_data/sub/two" two
	expect_fails 1 "cannot overwrite non-directory 'x/sub' with directory" berth cp x box:/tmp/clash
	expect_fails 1 "cannot overwrite directory 'y/sub' with non-directory" berth cp y box:/tmp/clash2
	ok "directories into the container"
}

mkdir -p x/sub y
touch y/sub
clashes() {
	mkdir -p clash/x clash2/y/sub
	touch clash/x/sub
	expect_ok berth cp clash box:/tmp/
	expect_ok berth cp clash2 box:/tmp/
}

check_from_container() {
	rm -rf out out2
	expect_ok berth cp box:/new out
	assert_file out other
	mkdir out2
	expect_ok berth cp box:/new out2
	assert_file out2/new other
	expect_ok berth cp box:/new out2/renamed
	assert_file out2/renamed other
	ln -s renamed out2/link
	expect_ok berth cp box:/file out2/link
	assert_file out2/renamed file
	expect_ok berth cp box:/as-new/sub out2
	assert_file out2/sub/two two
	assert_eq "$(stat -c '%u:%g %a' out2/sub)" "0:0 750" "owner and mode without -a"
	expect_ok berth cp box:/as-new/sub/. out2
	assert_file out2/two two
	expect_ok berth cp box:/vol/sub/two out2/of-volume
	assert_file out2/of-volume two
	expect_fails 1 "could not find the file /none in container box" berth cp box:/none out
	expect_fails 1 "no such directory" berth cp box:/new absent/
	expect_fails 1 "cannot open 'absent/'" berth cp box:/new absent/x
	expect_fails 1 "cannot copy a directory to a file" berth cp box:/as-new out
	assert_file out other
	ok "out of the container"

	expect_ok berth cp box:/as-new/link out2/kept
	assert_eq "$(readlink out2/kept)" one "a link"
	expect_ok berth cp -L box:/as-new/link out2/followed
	assert_file out2/followed one
	ln -sf "$tmp/file" hostlink
	expect_ok berth cp -L hostlink box:/tmp/followed
	assert_eq "$(inside /tmp/followed)" file "what a link of the host leads to"
	ok "links are copied, or followed with -L"

	expect_ok berth cp box:/as-new -
	tar -tf "$tmp/.out" | sort > names
	assert_file names "$(printf 'as-new/%s\n' '' empty/ hard link one sub/ sub/two)"
	expect_ok berth cp box:/as-new/. -
	assert_eq "$(tar -tf "$tmp/.out" | sort | head -n 2 | tr '\n' ' ')" "empty/ hard " "names of what is in it"
	"$BERTH" cp box:/tmp/tree - | "$BERTH" cp - box:/vol
	rm -rf back
	expect_ok berth cp -a box:/vol/tree back
	assert_eq "$(listing back)" "$(listing tree)" "what went through an archive"
	tar -cf archive.tar file
	mkdir -p archive/tmp && echo x > archive/tmp/x
	tar -C archive -c tmp/x | gzip | "$BERTH" cp - box:/
	assert_eq "$("$BERTH" cp box:/tmp - | tar -tv | awk 'NR == 1 { print $1 }')" drwxrwxrwt "mode of a directory that an archive does not name"
	expect_fails 1 "must be a directory" berth cp - box:/new < archive.tar
	expect_fails 1 "not a tar archive" berth cp - box:/tmp < /dev/null
	ok "archives from and to the standard streams"
}

expect_status 0 berth volume create ro
make_box create
clashes
check_to_container
check_from_container
expect_ok berth start box
expect_ok berth exec box sh -c 'cat /new; stat -c "%u:%g %a" /as-new/one; ls /vol/sub'
expect_out $'other\n12:34 640\ntwo'
expect_ok berth rm -f box
expect_ok berth volume rm vol
rm -rf bound && mkdir bound
ok "in a container that was never started"

make_box run -d
clashes
check_to_container
check_from_container
expect_ok berth exec box sh -c 'cat /new; cat /vol/sub/two; echo in-tmpfs > /dev/shm/x'
expect_out $'other\ntwo'
expect_ok berth cp box:/dev/shm/x out
assert_file out in-tmpfs
expect_ok berth cp box:/proc/1/cmdline out
assert_eq "$(tr '\0' ' ' < out)" "sleep 1000 " "a file of /proc"
expect_ok berth cp file box:/etc/hosts
expect_ok berth exec box cat /etc/hosts
expect_out file
ok "in a running one, with its tmpfs, and onto a file that is a mount point"

expect_ok berth exec -u daemon box sh -c 'cp /bin/busybox /tmp/evil; chmod 6755 /tmp/evil'
expect_ok berth cp box:/tmp/evil out
assert_eq "$(stat -c '%u %a' out)" "0 755" "owner and mode of a set-id file of the container's"
expect_ok berth cp -a box:/tmp/evil out
assert_eq "$(stat -c '%U %a' out)" "daemon 6755" "the same with -a"
expect_fails 1 "cannot copy 'null'.*not permitted" berth cp box:/dev/null out2
ok "nothing gets rights on the host by being copied"

expect_fails 1 "between containers" berth cp box:/file box:/file2
expect_fails 1 "at least one container" berth cp file file2
expect_fails 1 "no such container: none" berth cp none:/x out
expect_fails 1 "empty" berth cp box: out
expect_fails 1 "exactly 2" berth cp box:/x
expect_fails 125 "unknown flag|option" berth cp --nope box:/x out
assert_no_path file2
# A colon in a path of the host.
echo colon > a:b
expect_ok berth cp ./a:b box:/colon
assert_eq "$(inside /colon)" colon "of a name with a colon"
ok "what can't be is refused"

expect_ok berth rm -f box
expect_ok berth create --read-only --name box busybox true
expect_fails 1 "Read-only" berth cp file box:/x
expect_ok berth cp box:/etc/passwd out
expect_ok berth rm box
expect_ok berth volume rm vol ro
ok "the root of a --read-only container is not written to"
