#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# import: every kind of source gives the same layer, and the layer is the source.
. "$(dirname "$0")/../lib.sh"
. "$tests_dir/lib/trees.sh"
requires_cmd jq setfattr python3 xz zstd gzip bzip2

src=$tmp/src
mkdir "$src"
make_odd_tree "$src"

expect_ok berth import "$src" from:dir
assert_match "$out" '^sha256:[0-9a-f]{64}$'
same_tree "$src" "$(top_diff from:dir)"
ok "a directory is imported as it is"
want=$(layers_of from:dir)
used=$(du -s "$BERTH_ROOT/layers" | cut -f 1)

tar -C "$src" --xattrs --xattrs-include='*' --format=pax -cf "$tmp/pax.tar" .
tar -C "$src" --xattrs --xattrs-include='*' --format=pax -S -cf "$tmp/sparse.tar" .
for v in 0.0 0.1; do
	tar -C "$src" --xattrs --xattrs-include='*' --format=pax -S --sparse-version=$v \
		-cf "$tmp/sparse-$v.tar" .
done
gzip -k "$tmp/pax.tar"
xz -k -0 "$tmp/pax.tar"
zstd -qk "$tmp/pax.tar"
bzip2 -k "$tmp/pax.tar"
(head -c 100000 "$tmp/pax.tar" | gzip; tail -c +100001 "$tmp/pax.tar" | gzip) > "$tmp/two-members.gz"
# In the order of the canonical tar, in which it is hashed while it is unpacked; out of it; a file that comes twice.
tar -C "$src" --xattrs --xattrs-include='*' --format=pax --sort=name -cf "$tmp/sorted.tar" .
tar -C "$src" --xattrs --xattrs-include='*' --format=pax --sort=name -S -cf "$tmp/sorted-sparse.tar" .
(cd "$src" && find . -depth -print0 |
	tar --xattrs --xattrs-include='*' --format=pax --no-recursion --null -T - -cf "$tmp/depth.tar")
tar -C "$src" --xattrs --xattrs-include='*' --format=pax --sort=name -cf "$tmp/twice.tar" . ./sparse
for f in sorted.tar sorted-sparse.tar depth.tar twice.tar pax.tar pax.tar.gz pax.tar.xz pax.tar.zst pax.tar.bz2 sparse.tar sparse-0.0.tar sparse-0.1.tar \
	two-members.gz; do
	expect_ok berth import "$tmp/$f" "from:$f"
	assert_eq "$(layers_of "from:$f")" "$want" "layer of $f"
done
expect_ok berth import - from:stdin < "$tmp/pax.tar"
assert_eq "$(layers_of from:stdin)" "$want" "layer of standard input"
expect_ok berth import - from:pipe < <(cat "$tmp/pax.tar.gz")
assert_eq "$(layers_of from:pipe)" "$want" "layer of a pipe"
assert_eq "$(du -s "$BERTH_ROOT/layers" | cut -f 1)" "$used" "disk used by layers"
ok "tar, sparse, gzip, xz, zstd, bzip2, a pipe: the same layer, and no more disk"

expect_ok berth import "$tmp/sparse.tar" other
blocks=$(stat -c %b "$(top_diff other)/sparse" "$(top_diff other)/all-hole" | paste -sd+ | bc)
((blocks < 100)) || fail "holes were filled: $blocks blocks"
ok "sparse files stay sparse"

# GNU's and libarchive's own formats hold less (no nanoseconds, no attributes): content and links count.
rm "$src/nothing"
tar -C "$src" --format=gnu -S -cf "$tmp/gnu.tar" .
expect_ok berth import "$tmp/gnu.tar" gnu
cmp "$src/sparse" "$(top_diff gnu)/sparse" || fail "the sparse file differs"
(cd "$src" && find . ! -name . | sort) > "$tmp/a"
(cd "$(top_diff gnu)" && find . ! -name . | sort) > "$tmp/b"
cmp "$tmp/a" "$tmp/b" || fail "names differ"
ok "GNU format with long names and old sparse files"

import_busybox --change 'CMD ["sh","-c"]' -c 'ENTRYPOINT exec "$0"' -c 'ENV A=1 B="two words" C=x\ y' \
	-c 'ENV D some text' -c 'WORKDIR /a' -c 'WORKDIR b/../c' -c 'USER 12:34' -c 'VOLUME /v /w' \
	-c 'VOLUME ["/x"]' -c 'LABEL k=v "q w"=e' -c 'EXPOSE 80 53/udp 90-91' -c 'STOPSIGNAL SIGUSR1' \
	-c 'ONBUILD RUN x' -m 'a message'
config=$(berth image inspect busybox | jq -S -c '.[0].Config | {Cmd,Entrypoint,Env,WorkingDir,User,Volumes,Labels,ExposedPorts,StopSignal}')
assert_eq "$config" '{"Cmd":["sh","-c"],"Entrypoint":["/bin/sh","-c","exec \"$0\""],"Env":["A=1","B=two words","C=x y","D=some text"],"ExposedPorts":{"53/udp":{},"80/tcp":{},"90/tcp":{},"91/tcp":{}},"Labels":{"k":"v","q w":"e"},"StopSignal":"SIGUSR1","User":"12:34","Volumes":{"/v":{},"/w":{},"/x":{}},"WorkingDir":"/a/c"}'
ok "changes"

expect_fails 1 "unknown instruction 'RUN'" berth import -c 'RUN x' "$tmp/pax.tar"
expect_fails 1 "it needs an argument" berth import -c 'ENV' "$tmp/pax.tar"
expect_fails 1 "invalid reference" berth import "$tmp/pax.tar" 'BAD NAME'
expect_fails 1 "cannot open '$tmp/none'" berth import "$tmp/none"
assert_nothing_left
ok "mistakes are found before anything is made"

# An import that is killed half-way, and one whose writer never ends.
mkfifo "$tmp/fifo"
before=$(ls "$BERTH_ROOT/layers" "$BERTH_ROOT/images")
"$BERTH" import - half < "$tmp/fifo" &
import=$!
exec 7> "$tmp/fifo"
head -c 600000 "$tmp/pax.tar" >&7
unpacked() {
	[ -n "$(find "$BERTH_ROOT/tmp" -name setgid)" ]
}
wait_for unpacked
kill -9 "$import"
wait "$import" 2> /dev/null || true
exec 7>&-
wait_for no_other_processes
assert_eq "$(ls "$BERTH_ROOT/layers" "$BERTH_ROOT/images")" "$before" "objects after a killed import"
"$BERTH" system check --repair > /dev/null 2>&1 || true
assert_nothing_left
expect_status 1 berth import - endless < <(yes this is no archive)
expect_err "it is not a tar archive"
assert_nothing_left
ok "interrupted imports leave nothing"
