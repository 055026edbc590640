# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# trees.sh - file trees for the tests of import, save and load. Sourced after lib.sh.
: "${tests_dir:?}" "${tmp:?}"

# make_odd_tree DIR - one of each thing that a layer can hold.
make_odd_tree() {
	local d=$1 long
	mkdir -p "$d/dir/sub" "$d/setgid" "$d/empty"
	echo hello > "$d/dir/file"
	ln "$d/dir/file" "$d/dir/zz-hard"
	ln "$d/dir/file" "$d/aa-hard"
	ln -s /absolute/nowhere "$d/absolute-link"
	ln -s ../dir/file "$d/dir/sub/link"
	ln "$d/absolute-link" "$d/hard-to-link" -P
	mknod "$d/null" c 1 3
	mknod "$d/block" b 7 200
	mkfifo -m 0640 "$d/fifo"
	echo secret > "$d/setuid"
	chown 1000:2000 "$d/setuid" "$d/dir"
	chmod 4751 "$d/setuid"
	chgrp 50 "$d/setgid"
	chmod 2775 "$d/setgid"
	echo in > "$d/setgid/in"
	chmod 1777 "$d/empty"
	setfattr -n user.note -v "a value" "$d/dir/file"
	setfattr -n user.dir -v "of a directory" "$d/dir"
	setfattr -n trusted.link -v x -h "$d/absolute-link"
	setfattr -n security.capability -v 0x0100000200200000000000000000000000000000 "$d/dir/zz-hard"
	truncate -s 5M "$d/sparse"
	printf end | dd of="$d/sparse" bs=1M seek=3 conv=notrunc status=none
	truncate -s 3M "$d/all-hole"
	: > "$d/nothing"
	long=$(printf 'n%.0s' {1..200})
	mkdir -p "$d/$long/$long"
	echo deep > "$d/$long/$long/$long"
	ln -s "$long/$long/$long" "$d/long-link"
	echo odd > "$d/ümläut and space"
	echo odd > "$d/"$'nfd-u\u0308'
	echo odd > "$d/"$'new\nline'
	echo odd > "$d/"$'bad-utf8-\xff'
	chown 3000000:4000000 "$d/nothing"
	touch -d '1969-01-02 03:04:05.25 UTC' "$d/nothing"
	touch -d '2024-02-29 12:00:00.123456789 UTC' "$d/dir/file" "$d/dir/sub" "$d/setgid/in"
	touch -h -d '2020-01-01 00:00:00.5 UTC' "$d/absolute-link"
	touch -d '2021-05-05 05:05:05 UTC' "$d/setgid" "$d/empty" "$d/dir"
}

# same_tree A B - fail unless the two trees hold the same.
same_tree() {
	"$tests_dir/lib/tree-list" "$1" > "$tmp/.tree-a"
	"$tests_dir/lib/tree-list" "$2" > "$tmp/.tree-b"
	[ -s "$tmp/.tree-a" ] || fail "'$1' is empty"
	diff -a "$tmp/.tree-a" "$tmp/.tree-b" > "$tmp/.tree-diff" || {
		sed 's/^/#   /' "$tmp/.tree-diff" | head -n 20
		fail "the trees '$1' and '$2' differ"
	}
}

# layers_of IMAGE - its DiffIDs, one a line.
layers_of() {
	"$BERTH" image inspect "$1" | jq -r '.[0].RootFS.Layers[]'
}

# id_of IMAGE
id_of() {
	"$BERTH" image inspect "$1" | jq -r '.[0].Id'
}

# top_diff IMAGE - directory of its topmost layer.
top_diff() {
	local top
	top=$(layers_of "$1" | tail -n 1)
	printf '%s\n' "$BERTH_ROOT/layers/${top#sha256:}/diff"
}
