#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Images by name and by id: list, filter, inspect, history, tag, and what rmi takes away with each name.
. "$(dirname "$0")/../lib.sh"
requires_cmd jq
requires_command import

ids() {
	"$BERTH" images -q --no-trunc "$@" | sort -u
}

import_busybox --change 'LABEL a=1' --change 'CMD ["sh"]' --message "first one"
mkdir small && echo data > small/file
expect_ok berth import small me/small:v1
expect_ok berth import small/ other
assert_eq "$(find "$BERTH_ROOT/layers" -mindepth 1 -maxdepth 1 | wc -l)" 2 "layers: the same content once"
ok "the same content is one layer"

busybox=$(ids busybox) small=$(ids me/small:v1)
assert_match "$busybox" '^sha256:[0-9a-f]{64}$'
expect_ok berth images
expect_out_like "^REPOSITORY +TAG +IMAGE ID +CREATED +SIZE"
expect_out_like "me/small +v1 +${small:7:12} +[^ ].* ago +5B"
expect_ok berth images --format json
assert_eq "$(jq -r 'select(.Repository == "busybox") | .ID' <<< "$out")" "${busybox:7:12}"
assert_eq "$(jq -s length <<< "$out")" 3 "rows of images --format json"
ok "images"

assert_eq "$(ids --filter label=a)" "$busybox" "label=a"
assert_eq "$(ids --filter label=a=2)" "" "label=a=2"
assert_eq "$(ids --filter reference='me/*')" "$small" "reference=me/*"
assert_eq "$(ids --filter before=me/small:v1)" "$busybox" "before="
assert_eq "$(ids --filter dangling=true)" "" "dangling=true"
expect_status 1 berth images --filter colour=red
expect_err "invalid filter"
ok "filters"

for name in busybox busybox:latest docker.io/library/busybox "$busybox" "${busybox:7}" "${busybox:7:5}"; do
	expect_ok berth image inspect "$name"
	assert_eq "$(jq -r '.[0].Id' <<< "$out")" "$busybox" "id of '$name'"
done
assert_eq "$(jq -c '.[0] | [.RepoTags, .Config.Labels, .Config.Cmd, .Os, .RootFS.Type, .Comment]' <<< "$out")" \
	'[["busybox:latest"],{"a":"1"},["sh"],"linux","layers","first one"]' "image inspect"
assert_path "$(jq -r '.[0].GraphDriver.Data.UpperDir' <<< "$out")/bin/busybox"
expect_fails 1 "no such image: nothing" berth image inspect --format '{{.Id}}' nothing
expect_hint "berth images"
expect_fails 1 "must be lowercase" berth image inspect --format '{{.Id}}' BusyBox
ok "inspect, by everything that names an image"

expect_ok berth history --no-trunc --format json busybox
assert_eq "$(jq -r .ID <<< "$out" | head -n 1)" "$busybox" "history's first id"
assert_eq "$(jq -r .Comment <<< "$out" | head -n 1)" "first one" "history's comment"
ok "history"

expect_ok berth tag busybox reg.example:5000/a/b
expect_ok berth tag "${busybox:7:12}" busybox:again
assert_eq "$(berth image inspect --format '{{json .RepoTags}}' busybox)" \
	'["busybox:again","busybox:latest","reg.example:5000/a/b:latest"]' "names"
expect_fails 1 "invalid reference format" berth tag busybox ':x'
expect_fails 1 "no such image" berth tag nothing x
expect_fails 1 "conflict: unable to delete .* image is referenced in multiple repositories" \
	berth rmi "${busybox:7:12}"
expect_ok berth rmi busybox:again
expect_out "Untagged: busybox:again"
expect_ok berth rmi -f "${busybox:7:12}"
expect_out_like "Untagged: busybox:latest
Untagged: reg.example:5000/a/b:latest
Deleted: $busybox
Deleted: sha256:[0-9a-f]{64}$"
expect_fails 1 "no such image: busybox" berth rmi busybox
ok "tag and rmi"

expect_ok berth rmi me/small:v1
expect_out_like "^Untagged: me/small:v1"
assert_eq "$(find "$BERTH_ROOT/layers" -mindepth 1 -maxdepth 1 | wc -l)" 1 "layers: the other image's stays"
expect_ok berth import small other
expect_ok berth rmi other
expect_ok berth image prune -f
for d in layers images refs blobs tmp; do
	assert_eq "$(ls -A "$BERTH_ROOT/$d")" "" "ROOT/$d in the end"
done
ok "nothing is left of what was removed"
