#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# import and load of archives that were made to do harm: nothing outside is touched, nothing is left.
. "$(dirname "$0")/../lib.sh"
. "$tests_dir/lib/trees.sh"
requires_cmd jq python3

canary=$tmp/canary
mkdir -p "$canary" "$tmp/tars"
echo unharmed > "$canary/victim"
"$tests_dir/lib/make-hostile-tars" "$tmp/tars" "$canary"
before=$("$tests_dir/lib/tree-list" "$tmp/canary"; stat -c '%a %u %h' "$canary/victim" "$canary")
outside_before=$(cd "$tmp" && find . -path ./root -prune -o -path ./run -prune -o -name '.*' -prune -o -print | sort)

unharmed() {
	assert_eq "$("$tests_dir/lib/tree-list" "$tmp/canary"; stat -c '%a %u %h' "$canary/victim" "$canary")" \
		"$before" "the canary after $1"
	[ -z "$(ls -A "$BERTH_ROOT/tmp")" ] || fail "$1 left something in ROOT/tmp"
}

for f in "$tmp"/tars/bad-*; do
	expect_status 1 berth import "$f" hostile:latest
	expect_err "cannot import '$f'"
	unharmed "$f"
	assert_eq "$(ls "$BERTH_ROOT/layers" "$BERTH_ROOT/images" | grep -c '^[0-9a-f]' || true)" 0 "objects made"
done
ok "what leads out or is damaged is refused with one line"

for f in "$tmp"/tars/odd-*; do
	expect_status 0 berth import "$f" "odd:latest"
	unharmed "$f"
	layer=$(top_diff odd)
	case ${f##*/} in
	odd-replace-symlink.tar) assert_file "$layer/f" pwned ;;
	odd-hard-link-to-symlink.tar)
		[ -L "$layer/s" ] || fail "the link was replaced"
		assert_file "$layer/h" pwned ;;
	odd-dir-over-link.tar)
		[ ! -L "$layer/d" ] || fail "the link is still there"
		assert_file "$layer/d/f" pwned ;;
	odd-overlay-xattr.tar)
		assert_eq "$(getfattr -m - "$layer/d" 2> /dev/null)" "" "attributes" ;;
	odd-file-over-dir.tar) assert_file "$layer/d" pwned ;;
	odd-self-link.tar) assert_file "$layer/f" pwned ;;
	odd-whiteout-link.tar) [ -L "$layer/d" ] || fail "a mark in a root file system deleted something" ;;
	esac
done
ok "what can be taken stays inside"

# The same as layers of an image.
image_of() { # LAYER OUT
	local d id diff
	d=$(mktemp -d "$tmp/img.XXXXXX")
	cp "$1" "$d/layer.tar"
	diff=$(sha256sum < "$1" | cut -d ' ' -f 1)
	printf '{"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' \
		"$diff" > "$d/config"
	id=$(sha256sum < "$d/config" | cut -d ' ' -f 1)
	mv "$d/config" "$d/$id.json"
	printf '[{"Config":"%s.json","RepoTags":["hostile:load"],"Layers":["layer.tar"]}]' "$id" > "$d/manifest.json"
	tar -C "$d" -cf "$2" manifest.json "$id.json" layer.tar
	rm -r "$d"
}
berth image rm -f odd > /dev/null
berth image prune -af > /dev/null
for f in "$tmp"/tars/bad-*.tar "$tmp"/tars/odd-*.tar; do
	image_of "$f" "$tmp/image.tar"
	run berth load -i "$tmp/image.tar"
	case $f in
	*/bad-*) assert_eq "$status" 1 "status of load of $f" ;;
	esac
	unharmed "load of $f"
	rm -f "$tmp/image.tar"
done
ok "layers of a loaded image"

image_of "$tmp/tars/odd-plain.tar" "$tmp/image.tar"
mkdir "$tmp/x"
tar -C "$tmp/x" -xf "$tmp/image.tar"
printf y >> "$tmp/x/layer.tar"
tar -C "$tmp/x" -cf "$tmp/image.tar" .
berth image prune -af > /dev/null
expect_fails 1 "DiffID" berth load -i "$tmp/image.tar"
unharmed "a changed layer"
sed -i 's/layers/lAyers/' "$tmp"/x/*.json
tar -C "$tmp/x" -cf "$tmp/image.tar" .
expect_status 1 berth load -i "$tmp/image.tar"
unharmed "a changed configuration"
ok "digests are verified"
rm -rf "$tmp/x" "$tmp/image.tar"
assert_eq "$(cd "$tmp" && find . -path ./root -prune -o -path ./run -prune -o -name '.*' -prune -o -print | sort)" \
	"$outside_before" "files beside the store"
