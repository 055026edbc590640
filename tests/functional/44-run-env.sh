#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the command finds: environment, working directory, user and groups, host name, the files of /etc.
. "$(dirname "$0")/../lib.sh"

import_busybox --change 'ENV FROM_IMAGE=image' --change 'ENV OTHER=1'

inside() {
	expect_ok berth run --rm "$@"
}

inside busybox env
expect_out_like "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
expect_out_like "HOME=/root"
expect_out_like "HOSTNAME=[0-9a-f]{12}"
! grep -q '^TERM=\|BERTH' <<< "$out" || fail "more in the environment than docker has"
ok "the default environment is docker's"

printf '# comment\n\nFILE=from file\nFROM_HOST\nNOT_SET\nSPACES= kept \n' > list
FROM_HOST=host inside -e OTHER=2 -e FROM_HOST --env-file list -e FROM_IMAGE= busybox env
for line in OTHER=2 FROM_HOST=host "FILE=from file" FROM_IMAGE= "SPACES= kept "; do
	grep -qxF "$line" <<< "$out" || fail "no '$line'"
done
! grep -q NOT_SET <<< "$out" || fail "a variable that is not set here is set there"
ok "-e and --env-file"

inside -w /tmp busybox pwd
expect_out /tmp
inside -w /made/by/berth busybox sh -c 'pwd; stat -c %a:%u .'
expect_out $'/made/by/berth\n755:0'
ok "-w, made when it is missing"

inside -u alice busybox sh -c 'id -u; id -g; id -G; echo $HOME'
expect_out_like $'^1000\n1000\n[0-9 ]+\n/home/alice$'
assert_eq "$(sed -n 3p <<< "$out" | tr ' ' '\n' | sort -n | tr '\n' ' ')" "29 50 1000 " "groups of alice"
inside -u 33 busybox sh -c 'id -u; id -g'
expect_out $'33\n33'
inside -u 12345 busybox sh -c 'id -u; id -g; echo $HOME'
expect_out $'12345\n0\n/'
inside -u alice:audio busybox sh -c 'id -u; id -g'
expect_out $'1000\n29'
inside -u 7:8 busybox sh -c 'id -u; id -g; id -G'
expect_out $'7\n8\n8'
expect_fails 125 "" berth run --rm -u 4294967296 busybox true
expect_fails 125 "" berth run --rm -u -1 busybox true
ok "-u: names, numbers, groups"

inside -u alice busybox grep -E 'Cap(Inh|Prm|Eff|Amb|Bnd)' /proc/self/status
expect_out $'CapInh:\t0000000000000000\nCapPrm:\t0000000000000000\nCapEff:\t0000000000000000\nCapBnd:\t00000000a80425fb\nCapAmb:\t0000000000000000'
inside busybox grep -E 'Cap(Inh|Prm|Eff|Amb|Bnd)' /proc/self/status
expect_out $'CapInh:\t0000000000000000\nCapPrm:\t00000000a80425fb\nCapEff:\t00000000a80425fb\nCapBnd:\t00000000a80425fb\nCapAmb:\t0000000000000000'
ok "capabilities are docker's default, and none without root"

inside -h box busybox sh -c 'hostname; cat /etc/hostname'
expect_out $'box\nbox'
inside busybox sh -c 'test "$(hostname)" = "$(cat /etc/hostname)" && test "$(hostname)" = $HOSTNAME && echo same'
expect_out same
inside busybox grep localhost /etc/hosts
expect_out_like "127.0.0.1[[:space:]]+localhost"
inside busybox cat /etc/resolv.conf
assert_eq "$out" "$(cat /etc/resolv.conf)" "resolv.conf"
ok "host name, hosts and resolv.conf"

(umask 077 && berth run --rm -v "$tmp/made:/m/n" busybox sh -c 'umask; stat -c %a / /m /etc/hosts') > output
assert_file output $'0022\n755\n755\n644'
assert_eq "$(stat -c %a made)" 755 "mode of the host directory that -v made"
ok "the caller's umask is not the container's"

inside --entrypoint /bin/echo busybox a 'b  c' ''
expect_out "a b  c "
inside --entrypoint '' busybox echo plain
expect_out plain
ok "arguments arrive as they are"

inside busybox sh -c 'cat /proc/self/oom_score_adj; cut -d " " -f 5,6 /proc/self/stat'
expect_out_like $'^0\n'
inside busybox sh -c 'ulimit -n'
assert_eq "$out" "$(ulimit -n)" "limit of open files"
ok "limits are the caller's"
