#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A specification that means nothing: status 125, one line that quotes it, and nothing made.
. "$(dirname "$0")/../lib.sh"

import_busybox

# refused REGEX OPTION… - before and after it an option that would make something.
refused() {
	local regex=$1
	shift
	expect_fails 125 "$regex" berth run --rm --name never -v "$tmp/new:/new" -v fresh:/fresh "$@" \
		-v later:/later busybox touch /new/ran
	assert_no_path new "$BERTH_ROOT/volumes/fresh" "$BERTH_ROOT/volumes/later"
	made=$(cd "$BERTH_ROOT" && find containers names tmp -mindepth 1)
	assert_eq "$made" "" "what was made"
}

refused "invalid volume specification ':': empty section between colons" -v :
refused "invalid volume specification '/a:': empty section" -v /a:
refused "invalid volume specification ':/b': empty section" -v :/b
refused "'/a:relative': invalid mount path: 'relative' mount path must be absolute" -v /a:relative
refused "'/a:/b:bogus': invalid mode: bogus" -v /a:/b:bogus
refused "'/a:/b:ro,rw': options 'ro' and 'rw' exclude each other" -v /a:/b:ro,rw
refused "'/a:/b:shared,slave'" -v /a:/b:shared,slave
refused "'/a:/b:ro:rw': too many colons" -v /a:/b:ro:rw
refused "'/a:/': destination can't be '/'" -v /a:/
refused "'/a:/b/..': destination can't be '/'" -v /a:/b/..
refused "'/proc/sys' cannot be mounted because it is inside /proc" -v /a:/proc/sys
refused "'/proc' cannot be mounted because it is inside /proc" -v data:/x/../proc
refused "includes invalid characters for a local volume name" -v a/b:/c
refused "'' *: invalid empty volume spec" -v ""
refused "option 'nocopy' is not for mounts of type 'bind'" -v /a:/b:nocopy
refused "duplicate mount point: /x" -v /a:/x -v data:/x
refused "duplicate mount point: /x" -v /a:/x --tmpfs /y/../x/
refused "duplicate mount point: /x" --mount type=tmpfs,dst=/x --mount dst=/x
refused "target is required" --mount type=bind,src=/a
refused "field Source must not be empty" --mount type=bind,dst=/a
refused "mount type unknown: 'bogus'" --mount type=bogus,dst=/a
refused "unknown option 'foo' in 'foo=1'" --mount foo=1,dst=/a
refused "cannot mix 'tmpfs-\*' options with mount type 'bind'" --mount type=bind,src=/a,dst=/b,tmpfs-size=1
refused "invalid propagation mode: rprivate,rw" --mount 'type=bind,src=/a,dst=/b,"bind-propagation=rprivate,rw"'
refused "a '\"' is out of place" --mount '"dst=/a'
refused "invalid value for size" --tmpfs /t:size=big
refused "invalid mode: huge=always" --tmpfs /t:huge=always
refused "destination can't be '/'" --tmpfs /
ok "each has its line, and nothing is made"

# shellcheck disable=SC2088 # it is meant not to expand
expect_fails 125 "'~' in '~/x' was not expanded" berth run --rm -v '~/x:/c' busybox true
expect_hint HOME
expect_fails 125 "must be absolute" berth run --rm -v /a:ro busybox true
expect_hint "mount type=volume,dst=/a"
ok "where the way out is known, a hint says it"

expect_fails 125 "bind source path does not exist: $tmp/missing" \
	berth run --rm --name never --mount "type=bind,src=$tmp/missing,dst=/c" busybox true
expect_fails 125 "volume driver 'nfs' not found" \
	berth run --rm --mount type=volume,src=data,dst=/c,volume-driver=nfs busybox true
assert_eq "$(berth volume ls -q)" "" "the volumes"
assert_nothing_left
ok "a source that is missing leaves nothing either"
