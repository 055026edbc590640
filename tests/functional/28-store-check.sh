#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What a lost machine or a stranger's hand may leave in the store: `system check` names it, --repair mends it.
. "$(dirname "$0")/../lib.sh"
requires_command import
requires_command system check

finds() {
	expect_status 1 berth system check
	assert_match "$out" "$1" "findings"
	expect_ok berth system check --repair
	assert_match "$out" "$1" "findings of --repair"
	expect_ok berth system check
	expect_out ""
}

import_busybox
expect_ok berth system check
expect_out ""

mkdir -p "$BERTH_ROOT/tmp/4194305.0123456789abcdef/half/made"
finds "1 scratch directory of dead processes in .*: removed|1 scratch directory of dead"
ok "a scratch directory of a dead process"

ln -s 0123456789012345678901234567890123456789012345678901234567890123 "$BERTH_ROOT/refs/ghost%3a1"
finds "reference 'ghost:1' points to image '0123.*not there"
ln -s ../../etc/passwd "$BERTH_ROOT/refs/evil%3a1"
finds "'refs/evil%3a1' is no reference"
expect_status 1 berth image inspect --format '{{.Id}}' evil:1
ok "references to nothing"

junk=$(printf '%064d' 7)
mkdir -p "$BERTH_ROOT/layers/$junk/diff"
finds "layer '$junk' has no valid layer.json"
assert_no_path "$BERTH_ROOT/layers/$junk"
touch "$BERTH_ROOT/blobs/$junk"
finds "blob '$junk' belongs to no image"
ok "layers and blobs of nobody"

mkdir two && echo 2 > two/file
expect_ok berth import two two
two=$(berth images -q --no-trunc two)
layer=$(jq -r '.rootfs.diff_ids[0]' "$BERTH_ROOT/images/${two#sha256:}/config.json")
rm -r "$BERTH_ROOT/layers/${layer#sha256:}"
expect_fails 125 "cannot open layer" berth run --rm two true
expect_hint "berth system check"
finds "image '${two#sha256:}' lacks layer '${layer#sha256:}'"
expect_ok berth images --format '{{.Repository}}'
expect_out busybox
expect_ok berth import two two
expect_ok berth rmi two
ok "an image that has lost a layer goes, and can be imported again"

expect_ok berth create --name keeps busybox true
id=$(berth ps -aq --no-trunc)
cp "$BERTH_ROOT/containers/$id/config.json" saved
echo '{' > "$BERTH_ROOT/containers/$id/config.json"
mkdir -p "$BERTH_ROOT/layers/$junk/diff"
expect_status 1 berth image prune -af
expect_err "config.json"
expect_hint "system check"
expect_fails 1 "config.json" berth rmi busybox
expect_ok berth tag busybox still-there
assert_path "$BERTH_ROOT/layers/$junk"
cp saved "$BERTH_ROOT/containers/$id/config.json"
finds "layer '$junk'"
expect_ok berth start -a keeps
expect_ok berth rm keeps
ok "nothing is removed while a record can't be read"
