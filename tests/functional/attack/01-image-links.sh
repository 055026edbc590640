#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Images whose directories are links to the host: nothing of the engine's lands there.
. "$(dirname "$0")/../../lib.sh"
# shellcheck source=SCRIPTDIR/../../lib/attack.sh
. "$tests_dir/lib/attack.sh"

# CVE-2015-1335, CVE-2019-19921, CVE-2023-27561, CVE-2023-28642, CVE-2026-41579, CVE-2026-47766: engine mounts through links.
# podman 4.3 with runc 1.1.5 deletes ptmx of the canary and makes links in it with /dev.
for d in proc sys dev dev/pts dev/shm; do
	evil_image evil "rm -rf $d; mkdir -p \$(dirname $d); ln -s $canary $d"
	bounded berth run --rm evil true
	[ $d = "${d#*/}" ] && { [ "$status" = 125 ] || fail "a link for /$d is not refused"; expect_err "must be an ordinary directory"; }
	canary_untouched "/$d is a link"
done
evil_image evil "rm -rf dev; ln -s ../../../../../..$canary dev"
bounded berth run --rm evil true
canary_untouched "/dev is a link with dots"
ok "CVE-2015-1335 CVE-2019-19921 CVE-2023-27561 CVE-2026-41579: no engine mount through a link"

# CVE-2026-55686 (podman 4.3 makes the directory on the host), CVE-2024-21626: the working directory.
evil_image evil "ln -s $canary wd"
for w in /wd/newdir /wd/../../newdir /proc/self/cwd/../../../newdir; do
	bounded berth run --rm -w $w evil pwd
	canary_untouched "-w $w"
done
assert_no_path "$tmp/newdir" /newdir
evil_image evil "ln -s $canary wd" -c 'WORKDIR /wd/newdir'
bounded berth run --rm evil pwd
canary_untouched "WORKDIR through a link"
ok "CVE-2026-55686: a working directory is made inside"

# CVE-2015-3629, CVE-2015-3630: mount targets through links.
evil_image evil "ln -s $canary link; ln -s / root-link; rm -rf etc/hosts etc/resolv.conf etc/hostname;
	ln -s $canary/secret etc/hosts; ln -s $canary/other etc/resolv.conf; ln -s $canary/ptmx etc/hostname"
mkdir source
echo from-source > source/file
bounded berth run --rm -v "$tmp/source:/link/new" -v "$tmp/source:/root-link$canary/dir" --tmpfs /link/t -v named:/link/v evil \
	sh -c 'cat /link/new/file; cat /etc/hosts | head -n 1'
canary_untouched "volumes and /etc files through links"
[[ $out == from-source* ]] || fail "the volume is not at its place inside"
expect_ok berth volume rm named
ok "CVE-2015-3629: mount targets are inside, whatever links say"

# CVE-2022-23648: VOLUME with dots or through a link copies nothing of the host's.
evil_image evil "ln -s $canary link; mkdir data; ln -s $canary/secret data/secret" -c "VOLUME /../../..$canary" -c 'VOLUME /link/dir' -c 'VOLUME /data'
bounded berth run --rm evil sh -c 'find / -xdev -name file; cat /data/secret /link/dir/file; ls -R /link'
canary_untouched "VOLUME through a link"
[[ $out != *deep* ]] || fail "the host's file was copied into a volume"
# podman 4.3 hangs for ever on this one.
evil_image evil : -c 'VOLUME /../../../../../tmp/x'
bounded berth run --rm evil true
ok "CVE-2022-23648: an image's volumes hold only what is the image's"

# CVE-2024-9341, CVE-2024-9676, CVE-2024-5154, CVE-2026-46680: account files that are links, FIFOs, devices, huge.
for what in "ln -s $canary/secret" "ln -s /dev/zero" "mkfifo" "ln -s ../../../../..$canary/secret" "truncate -s 8M"; do
	evil_image evil "for f in etc/passwd etc/group; do rm -f \$f; $what \$f; done"
	for u in alice 1000 0:staff; do
		bounded berth run --rm -u $u evil true
		canary_untouched "/etc/passwd and group: $what"
	done
done
ok "CVE-2024-9341 CVE-2024-9676: account files are regular, inside, and of bounded size"

# CVE-2016-8867 and its kin: users that are numbers, names that are numbers.
evil_image evil 'echo "1000:x:0:0:root:/:/bin/sh" >> etc/passwd; echo "0x0:x:5:5::/:/bin/sh" >> etc/passwd'
expect_ok berth run --rm -u 1000 evil id -u
expect_out 1000
for u in 2147483648 4294967296 18446744073709551616 -1 1000:4294967296; do
	bounded berth run --rm -u "$u" evil id -u
	[ "$status" = 125 ] || fail "user $u is not refused: status $status"
done
ok "CVE-2024-40635 CVE-2016-8867: numbers are numbers, and in range"
