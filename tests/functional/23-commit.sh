#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# commit: the container's changes become a layer, deletions and holes included.
# vm: uml
. "$(dirname "$0")/../lib.sh"
. "$tests_dir/lib/trees.sh"
requires_cmd jq python3 setfattr

import_busybox --change 'ENV A=1' --change 'CMD ["/bin/sh"]'
expect_status 0 berth run --name cc -v "$tmp:/volume" -v anon:/named busybox sh -c '
	rm /bin/ls
	rm -rf /home && mkdir /home && echo new > /home/f
	echo a > /volume/outside; echo b > /named/outside
	truncate -s 50M /sparse
	echo data > /data; ln /data /bin/data
	chown 12:34 /data; chmod 4755 /data
	mknod /dev-null c 1 3; mkfifo /fifo'
expect_ok berth commit -a 'A Person <a@b>' -m 'the message' --change 'ENV B=2' --change 'CMD cat /home/f' cc new:image
assert_match "$out" '^sha256:[0-9a-f]{64}$'
assert_eq "$(id_of new:image)" "$out" "id"
top=$(top_diff new:image)
assert_eq "$(stat -c '%F %t,%T' "$top/bin/ls")" "character special file 0,0" "whiteout"
assert_eq "$(getfattr --only-values -n trusted.overlay.opaque "$top/home" 2> /dev/null)" y "opaque mark"
assert_eq "$(stat -c '%a %u:%g %h' "$top/data")" "4755 12:34 2" "file"
(($(stat -c %b "$top/sparse") < 100)) || fail "the hole was filled"
assert_no_path "$top/volume/outside" "$top/named/outside"
[ -z "$(find "$top" -type s)" ] || fail "a socket was kept"
for d in $(find "$top" -type d); do
	assert_eq "$(getfattr -m 'trusted.overlay' "$d" 2> /dev/null | grep -v '^#' | grep -v opaque || true)" "" \
		"overlayfs's attributes of $d"
done
ok "the layer holds what changed, and nothing of volumes"

expect_status 0 berth run --rm new:image
assert_eq "$out" new "the new command"
expect_status 0 berth run --rm new:image sh -c 'test -e /bin/ls; echo $? /home/*; echo $A $B; stat -c %s /sparse'
assert_eq "$out" $'1 /home/f\n1 2\n52428800' "the new root"
inspect=$(berth image inspect new:image | jq -c '.[0] | [.Author, .Comment]')
assert_eq "$inspect" '["A Person <a@b>","the message"]' "author and message"
assert_eq "$(layers_of new:image | head -n 1)" "$(layers_of busybox)" "the layer below"
ok "a container of the new image"

# The same changes give the same layer: no disk.
expect_ok berth commit cc again:image
assert_eq "$(layers_of again:image)" "$(layers_of new:image)" "layers of a second commit"
before=$(ls "$BERTH_ROOT/layers" "$BERTH_ROOT/images")
expect_fails 1 "unknown instruction 'NONSENSE'" berth commit --change 'NONSENSE x' cc bad:image
assert_eq "$(ls "$BERTH_ROOT/layers" "$BERTH_ROOT/images")" "$before" "objects after a failed commit"
berth rm cc > /dev/null
expect_ok berth save -o "$tmp/saved.tar" new:image
ok "again"

# While it runs
expect_status 0 berth run -d --name rr busybox sh -c 'echo here > /mark; exec sleep 1000'
wait_for test -e "$BERTH_ROOT/containers/$(berth ps -q --no-trunc)/upper/mark"
expect_ok berth commit rr running:image
expect_status 0 berth run --rm running:image cat /mark
assert_eq "$out" here "what the running container wrote"
berth rm -f rr > /dev/null
ok "a running container"
