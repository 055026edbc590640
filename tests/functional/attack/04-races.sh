#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A volume that two containers share: one swaps directories for links while the other's mounts are put in place.
. "$(dirname "$0")/../../lib.sh"
# shellcheck source=SCRIPTDIR/../../lib/attack.sh
. "$tests_dir/lib/attack.sh"
rounds=24

import_busybox
mkdir a b
echo from-a > a/file
echo from-b > b/file
expect_ok berth run -d --name attacker -v shared:/v busybox sh -c "mkdir -p /v/x /v/dev; ln -s / /v/link; ln -s ../../../../../../..$canary /v/host
	while :; do
		rm -rf /v/x; mkdir -p /v/x/y; mv /v/x /v/z; ln -s ../../../../../../..$canary /v/x; mv /v/x /v/w; mv /v/z /v/x; rm -rf /v/w
		rm -rf /v/x; ln -s / /v/x; rm -f /v/x
	done"

# CVE-2021-30465, CVE-2024-45310, CVE-2025-52881: mounts on, and then inside of, a path that changes under way.
for ((i = 0; i < rounds; i++)); do
	bounded berth run --rm -v shared:/v -v "$tmp/a:/v/x" -v "$tmp/b:/v/x/y/new$i" busybox sh -c "cat /v/x/y/new$i/file /v/x/secret /v/x/dir/file"
	canary_untouched "round $i"
	[[ $out != *deep* ]] || fail "the host's file was read in round $i"
done
ok "CVE-2021-30465 CVE-2024-45310: $rounds rounds of swapping mount targets"

# CVE-2017-1002101, CVE-2021-25741: a part of a volume that becomes a link.
for ((i = 0; i < rounds / 2; i++)); do
	bounded berth run --rm --mount type=volume,src=shared,dst=/s,volume-subpath=x busybox cat /s/secret /s/dir/file
	canary_untouched "sub-path, round $i"
	[[ $out != *deep* ]] || fail "the host's file was read through a sub-path in round $i"
done
for sub in link host ../../.. link/etc; do
	bounded berth run --rm --mount "type=volume,src=shared,dst=/s,volume-subpath=$sub" busybox cat /s/secret
	[ "$status" = 125 ] || fail "sub-path '$sub' is not refused"
done
ok "CVE-2017-1002101 CVE-2021-25741: a sub-path is inside of its volume, or refused"

# CVE-2019-19921, CVE-2025-31133, CVE-2025-52565: the volume as /dev, /dev/pts, or the root of what is masked.
for ((i = 0; i < rounds / 4; i++)); do
	bounded berth run --rm -v shared:/dev busybox sh -c '(echo x > /proc/sys/kernel/core_pattern) 2> /dev/null && echo wrote'
	[[ $out != *wrote* ]] || fail "core_pattern is writable"
	bounded berth run --rm -t -v shared:/dev/pts busybox true
	canary_untouched "the volume as /dev, round $i"
done
ok "CVE-2025-31133 CVE-2025-52565: masks and terminals do not depend on the container's /dev"

expect_ok berth rm -f attacker
expect_ok berth volume rm shared
canary_untouched "the whole test"
