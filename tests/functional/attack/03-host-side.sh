#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What berth does on the host with what a container or an image holds: copy, export, commit, lists, programs, archives.
. "$(dirname "$0")/../../lib.sh"
# shellcheck source=SCRIPTDIR/../../lib/attack.sh
. "$tests_dir/lib/attack.sh"

# CVE-2022-1227, CVE-2019-14271, CVE-2026-41567: no program of the image's runs outside of it.
evil_image evil "mkdir -p usr/local/bin
	for p in nsenter ps xz gzip unpigz zstd tar mount umount newuidmap; do
		printf '#!/bin/sh\necho owned > $tmp/owned\nhead -c 1 $canary/secret\n' > usr/local/bin/\$p; chmod 755 usr/local/bin/\$p
		rm -f bin/\$p sbin/\$p usr/bin/\$p; cp usr/local/bin/\$p bin/\$p; done"
expect_ok berth run --name box evil sh -c 'echo new > /file'
expect_ok berth diff box
expect_ok berth export -o export.tar box
expect_ok berth commit box evil:two
expect_status 0 berth save -o save.tar evil:two
expect_ok berth rm box
assert_no_path "$tmp/owned"
canary_untouched "programs of an image"
ok "CVE-2022-1227 CVE-2019-14271 CVE-2026-41567: no program of an image's runs on the host"

# CVE-2023-0778: a file that becomes a link while the tree is read.
import_busybox
expect_ok berth run -d --name racer busybox sh -c "mkdir /d; echo own > /d/own; while :; do rm -rf /d/f; echo own > /d/f; rm -f /d/f; ln -s ../../../../../..$canary/secret /d/f; done"
for ((i = 0; i < 20; i++)); do
	bounded berth export -o race.tar racer
	! grep -aq secret-of-the-host race.tar || fail "the host's secret is in an export"
done
bounded berth commit racer raced
bounded berth save -o race.tar raced
! grep -aq secret-of-the-host race.tar || fail "the host's secret is in an image"
expect_ok berth rm -f racer
canary_untouched "exports of a container that changes"
ok "CVE-2023-0778: export and commit follow no link, however it comes"

# CVE-2021-41091, CVE-2021-41103, CVE-2024-25621: nobody else gets at the store.
expect_ok berth run --name kept -v vol:/v busybox sh -c 'cp /bin/busybox /suid; chmod 4755 /suid'
for path in "$BERTH_ROOT/layers" "$BERTH_ROOT/containers" "$BERTH_ROOT/volumes" "$BERTH_ROOT/images" "$BERTH_RUN"; do
	[ -d "$path" ] || continue
	! setpriv --reuid 65534 --regid 65534 --clear-groups ls "$path" > /dev/null 2>&1 || fail "another user may read $path"
done
! setpriv --reuid 65534 --regid 65534 --clear-groups find "$BERTH_ROOT" -name suid 2> /dev/null | grep . > /dev/null || fail "another user finds setuid files"
expect_ok berth rm kept
expect_ok berth volume rm vol
ok "CVE-2021-41091 CVE-2021-41103 CVE-2024-25621: the store is root's alone"

# CVE-2020-1726: copy-up leaves what is in a volume alone.
evil_image evil 'mkdir data; echo image > data/file; echo image > data/more'
expect_ok berth run --rm -v vol:/v busybox sh -c 'echo mine > /v/file'
expect_ok berth run --rm -v vol:/data evil sh -c 'cat /data/file; ls /data'
expect_out $'mine\nfile'
# CVE-2025-9566: a volume whose files are links, filled or not.
expect_ok berth run --rm -v vol:/v busybox sh -c "rm /v/file; ln -s $canary/secret /v/file; ln -s $canary/dir /v/more"
bounded berth run --rm -v vol:/data evil sh -c 'cat /data/file; echo x > /data/more/file'
canary_untouched "links in a volume"
expect_ok berth volume rm vol
ok "CVE-2020-1726 CVE-2025-9566: volumes are not overwritten, and their links lead nowhere"

# CVE-2024-9407, CVE-2024-11218: words of an option that would become other options.
for option in 'type=bind,src=/etc,dst=/x,bind-propagation=rprivate,rw,suid=' 'type=tmpfs,dst=/x,tmpfs-mode=1777,mode=0' \
	'type=bind,src=/etc,dst=/x,bind-propagation="rprivate,suid"'; do
	bounded berth run --rm --mount "$option" busybox true
	[ "$status" = 125 ] || fail "--mount $option is not refused"
done
bounded berth run --rm --tmpfs '/x:size=1m,mode=755,lowerdir=/' busybox true
[ "$status" = 125 ] || fail "an option that no tmpfs has is not refused"
ok "CVE-2024-9407: option values are words of a list, not text for the kernel"
