#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Template builds in a directory: import, export, ls, inspect, rm, push and pull, gc, and the cache.
. "$(dirname "$0")/../lib.sh"
requires_cmd jq mkfs.ext4 e2fsck

unset STORAGE_PROVIDER TEMPLATE_STORAGE_URL TEMPLATE_BUCKET_NAME LOCAL_TEMPLATE_STORAGE_BASE_PATH TEMPLATE_CACHE_DIR
S=$BERTH_ROOT/templates

mkdir -p files/dir
echo hello > files/dir/greeting
head -c 3000000 /dev/urandom > files/noise
mkfs.ext4 -q -d files image.raw 64m

expect_ok berth template ls
assert_match "$out" '^TEMPLATE +BUILD +SIZE +STORED +CREATED *$'
assert_no_path "$S"
ok "nothing is made for somebody who only looks"

expect_ok berth template import image.raw base v1
id=$out
assert_match "$id" '^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$' "the build's id"
assert_eq "$(cd "$S/$id" && echo *)" "metadata.json rootfs.ext4 rootfs.ext4.header"
stored=$(stat -c %s "$S/$id/rootfs.ext4")
[ "$stored" -lt 20000000 ] || fail "the empty blocks were stored: $stored bytes"
assert_eq "$(head -c 1 "$S/$id/rootfs.ext4.header" | od -An -tu1 | tr -d ' ')" 3 "the header's version"
assert_eq "$(jq -r '[.version, .template.build_id, .template.template_id] | join(" ")' "$S/$id/metadata.json")" \
	"2 $id base"
expect_ok berth template export v1 back.raw
cmp image.raw back.raw || fail "the image came back changed"
e2fsck -fn back.raw > /dev/null 2>&1 || fail "the image is damaged"
ok "an image is stored without its empty blocks, and comes back"

"$BERTH" template import - base from-stdin < image.raw > /dev/null
"$BERTH" template export from-stdin - | cmp - image.raw || fail "the image came back changed"
head -c 10000 image.raw > odd.raw
expect_ok berth template import odd.raw base odd
expect_ok berth template export odd odd.back
assert_eq "$(stat -c %s odd.back)" 12288 "the size of the image"
cmp -n 10000 odd.raw odd.back || fail "the image came back changed"
ok "by pipes as well, and of any length"

for how in lz4 zstd; do
	expect_ok berth template import --compress $how image.raw base "v-$how"
	dir=$S/$out
	assert_eq "$(cd "$dir" && echo *)" \
		"metadata.json $(printf 'rootfs.ext4.%s\n' header "$how" "$how.uncompressed-size" | sort | tr '\n' ' ' | sed 's/ $//')"
	assert_file "$dir/rootfs.ext4.$how.uncompressed-size" "$stored"
	assert_eq "$(head -c 1 "$dir/rootfs.ext4.header" | od -An -tu1 | tr -d ' ')" 4 "the header's version"
	expect_ok berth template export "v-$how" back.raw
	cmp image.raw back.raw || fail "the image came back changed"
	expect_ok berth template inspect "v-$how"
	assert_eq "$(jq -r '.[0].Builds[0] | [.Compression, .DataSize] | join(" ")' <<< "$out")" "$how $stored"
done
assert_eq "$(zstd -qdc "$dir/rootfs.ext4.zstd" | sha256sum)" "$(sha256sum < "$S/$id/rootfs.ext4")" \
	"the data as the zstd program sees it"
ok "compressed builds: lz4 and zstd"

expect_ok berth template inspect v1
assert_eq "$(jq -r '.[0] | [.BuildID, .TemplateID, .Size, .HeaderVersion, .Generation] | join(" ")' <<< "$out")" \
	"$id base $((64 << 20)) 3 0"
expect_ok berth template inspect -f '{{.BuildID}} {{.Size}}' "$id"
expect_out "$id $((64 << 20))"
expect_status 1 berth template inspect nope
expect_err "has no build 'nope'"
expect_ok berth template ls -q
grep -qx "$id" <<< "$out" || fail "the build is not listed"
assert_eq "$(wc -l <<< "$out")" 5
expect_ok berth template ls --format '{{.TemplateID}} {{.Name}} {{.Size}} {{.State}}' base
grep -qx 'base v1 67.11MB complete' <<< "$out" || fail "the build is not listed"
expect_ok berth template ls other
assert_eq "$(wc -l <<< "$out")" 1
ok "ls and inspect"

for args in "image.raw b /etc" "image.raw a/b v2" "image.raw base ../x" "image.raw base .x" "image.raw base x"; do
	# shellcheck disable=SC2086 # three words
	expect_fails 1 "invalid (template|build) id" berth template import $args
done
expect_fails 1 "has a build 'v1' already" berth template import image.raw base v1
expect_fails 1 "cannot open 'nope.raw'" berth template import nope.raw base v2
expect_fails 1 "is no image" berth template import files base v2
expect_fails 1 "unknown compression 'gzip'" berth template import --compress gzip image.raw base v2
: > empty.raw
expect_fails 1 "is empty" berth template import empty.raw base v2
expect_fails 1 "STORAGE_PROVIDER is 'Tape'" env STORAGE_PROVIDER=Tape "$BERTH" template ls
expect_hint "Local, AWSBucket"
expect_fails 1 "TEMPLATE_STORAGE_URL: " env TEMPLATE_STORAGE_URL=file:// "$BERTH" template ls
assert_eq "$(find "$S" -mindepth 1 -maxdepth 1 | wc -l)" 5 "builds, and nothing else"
ok "what can't be is refused, and leaves nothing"

# As older platforms stored it: the image itself, and no header. A child of it, made elsewhere.
mkdir "$S/legacy"
cp image.raw "$S/legacy/rootfs.ext4"
expect_ok berth template export legacy back.raw
cmp image.raw back.raw || fail "the image came back changed"
expect_ok berth template rm legacy
assert_no_path "$S/legacy"
ok "the whole image without a header"

T=file://$tmp/second
expect_ok berth template push v-lz4 "$T"
expect_ok berth template push v-lz4 "$T"
expect_out ""
expect_ok berth template rm v-lz4
expect_fails 1 "has no build 'v-lz4'" berth template export v-lz4 back.raw
expect_ok env TEMPLATE_STORAGE_URL="$T" "$BERTH" template export v-lz4 back.raw
cmp image.raw back.raw || fail "the image came back changed"
expect_ok berth template pull v-lz4 "$T"
expect_ok berth template export v-lz4 back.raw
cmp image.raw back.raw || fail "the image came back changed"
ok "push and pull"

expect_ok berth template cache ls --format '{{.BuildID}} {{.InUse}}'
grep -q ' false$' <<< "$out" || fail "nothing is in the cache"
[ "$(du -s "$BERTH_ROOT/template-cache" | cut -f 1)" -gt 3000 ] || fail "the cache is empty"
expect_ok berth template cache prune -f
expect_out "Total reclaimed space: 0B"
expect_ok env BERTH_TEMPLATE_CACHE_SIZE=100k "$BERTH" template cache prune -f
expect_out_like "Total reclaimed space: [0-9.]+MB"
expect_ok berth template cache prune -af
expect_ok berth template cache ls -q
expect_out ""
expect_ok berth template export v-zstd back.raw
cmp image.raw back.raw || fail "the image came back changed"
ok "the cache is listed, limited and pruned"

# A build whose maker was killed before its end, and one whose remover was.
mkdir "$S/.new-0123456789abcdef" "$S/.old-0123456789abcdef"
echo half > "$S/.new-0123456789abcdef/rootfs.ext4"
expect_ok berth template gc
expect_out "Removed unfinished builds: 2"
assert_eq "$(find "$S" -maxdepth 1 -name '.*' | wc -l)" 0 "what is left of them"
expect_ok berth template rm v1 from-stdin
expect_fails 1 "has no build 'v1'" berth template rm v1
expect_ok berth template rm -f v1
ok "gc and rm"
