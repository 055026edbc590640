#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The shortest way through everything: import, run, a volume seen on both sides, commit, run the result.
# vm: uml
. "$(dirname "$0")/../lib.sh"

expect_ok berth version
expect_fails 1 "unknown command" berth no-such-command
ok "berth starts and knows what it does not know"

import_busybox
expect_ok berth images -q
assert_ne "$out" "" "the list of images"
ok "an image is imported and listed"

expect_ok berth run --rm busybox echo hello
expect_out hello
expect_status 7 berth run --rm busybox sh -c 'exit 7'
ok "a container runs and hands on its exit status"

mkdir shared
echo host > shared/from-host
expect_ok berth run --rm -v "$tmp/shared:/shared" -v data:/data busybox \
	sh -c 'cat /shared/from-host; echo container > /shared/from-container; echo kept > /data/file'
expect_out host
assert_file shared/from-container container
expect_ok berth run --rm -v data:/data busybox cat /data/file
expect_out kept
ok "a host directory and a named volume are the same on both sides"

expect_ok berth run --name first busybox sh -c 'echo changed > /marker'
expect_ok berth commit first busybox:changed
expect_ok berth run --rm busybox:changed cat /marker
expect_out changed
expect_ok berth rm first
expect_ok berth volume rm data
ok "a commit keeps the change"
