#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# volume-subpath: a part of a volume, and never a way out of it.
# vm: uml
. "$(dirname "$0")/../lib.sh"

import_busybox
mkdir canary
echo secret > canary/secret
expect_ok berth run --rm -v data:/d busybox sh -c "mkdir -p /d/a/b; echo deep > /d/a/b/f
	ln -s / /d/root; ln -s .. /d/up; ln -s $tmp/canary /d/out; ln -s a /d/inside"

expect_ok berth run --rm --mount src=data,dst=/c,volume-subpath=a/b busybox cat /c/f
expect_out deep
expect_ok berth run --rm --mount src=data,dst=/f,volume-subpath=a/b/f busybox cat /f
expect_out deep
expect_ok berth run --rm --mount src=data,dst=/c,volume-subpath=a/b,readonly busybox \
	sh -c '(: > /c/new) 2> /dev/null && echo writable; true'
expect_out ""
ok "a sub-directory or a file of a volume can be mounted"

for path in root up out out/secret root/etc/passwd inside/b; do
	run berth run --rm --mount "src=data,dst=/c,volume-subpath=$path" busybox cat /c /c/secret
	assert_eq "$status" 125 "status with subpath $path"
	expect_err "cannot open subpath '$path'"
	[[ $out != *secret* ]] || fail "subpath $path led out of the volume"
done
expect_fails 125 "cannot open subpath 'nope'" berth run --rm --mount src=data,dst=/c,volume-subpath=nope busybox true
expect_fails 125 "subpath must be a relative path within the volume" \
	berth run --rm --mount src=data,dst=/c,volume-subpath=../x busybox true
expect_fails 125 "must not set Subpath when using anonymous volumes" \
	berth run --rm --mount dst=/c,volume-subpath=x busybox true
ok "links and .. lead nowhere"
