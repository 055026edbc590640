#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# --ulimit, --sysctl, --shm-size, --ipc, --uts, --group-add, --oom-score-adj, --add-host, --dns: their effect, and what is refused.
. "$(dirname "$0")/../lib.sh"
requires_cmd jq

import_busybox

expect_ok berth run --rm --ulimit nofile=100:200 --ulimit core=0 busybox sh -c 'ulimit -Sn; ulimit -Hn; ulimit -c'
expect_out $'100\n200\n0'
# More than berth itself may have is no reason to fail.
expect_ok berth run --rm --ulimit nofile=1000000000 busybox sh -c 'ulimit -n'
assert_match "$out" '^[0-9]+$'
for bad in nofile 'files=1' 'nofile=2:1' 'nofile=1:2:3' 'nofile=many' '=1'; do
	expect_fails 125 'ulimit|too many limit value' berth run --rm --ulimit "$bad" busybox true
done
ok "--ulimit"

expect_ok berth run --rm --sysctl net.ipv4.ip_forward=1 --sysctl kernel.msgmax=4096 --sysctl net.ipv4.ip_default_ttl=33 busybox \
	cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax /proc/sys/net/ipv4/ip_default_ttl
expect_out $'1\n4096\n33'
for bad in kernel.panic=1 vm.swappiness=1 kernel.msgmax net...x=1 'net.ipv4.no_such=1'; do
	expect_status 125 berth run --rm --sysctl "$bad" busybox true
	expect_err sysctl
done
expect_fails 125 "host's network namespace" berth run --rm --network host --sysctl net.ipv4.ip_forward=1 busybox true
expect_fails 125 "host's IPC namespace" berth run --rm --ipc host --sysctl kernel.msgmax=1 busybox true
ok "--sysctl: those of its namespaces, no other"

expect_ok berth run --rm --shm-size 3m busybox sh -c 'df -k /dev/shm | tail -n 1 | tr -s " " | cut -d " " -f 2'
expect_out 3072
expect_fails 125 'invalid size' berth run --rm --shm-size much busybox true
expect_ok berth run --rm --ipc none busybox sh -c 'ls -d /dev/shm 2> /dev/null || echo none'
expect_out none
expect_ok berth run --rm --ipc host busybox readlink /proc/self/ns/ipc
expect_out "$(readlink /proc/self/ns/ipc)"
expect_ok berth run --rm --uts host busybox hostname
expect_out "$(hostname)"
expect_fails 125 'IPC mode' berth run --rm --ipc other busybox true
expect_fails 125 'UTS mode' berth run --rm --uts other busybox true
expect_fails 125 'conflicting options' berth run --rm --uts host -h x busybox true
ok "--shm-size, --ipc, --uts"

expect_ok berth run --rm --group-add audio --group-add 4242 busybox id -G
expect_out '0 29 4242'
expect_ok berth run --rm -u alice --group-add 4242 busybox id -G
expect_out_like '4242'
expect_fails 125 'unable to find group nobodies' berth run --rm --group-add nobodies busybox true
ok "--group-add"

expect_ok berth run --rm --oom-score-adj 500 busybox cat /proc/self/oom_score_adj
expect_out 500
expect_fails 125 'range for oom score adj' berth run --rm --oom-score-adj 1001 busybox true
ok "--oom-score-adj"

expect_ok berth run --rm --add-host db:10.1.2.3 --add-host 'six=[fe80::1]' --dns 10.0.0.53 --dns-search example.org --dns-option ndots:3 \
	busybox sh -c 'tail -n 2 /etc/hosts; cat /etc/resolv.conf'
expect_out_like $'^10.1.2.3\tdb\nfe80::1\tsix\nnameserver 10.0.0.53\nsearch example.org\noptions ndots:3'
for bad in db db: 'db:host' 'db:10.0.0.256' ':10.0.0.1'; do
	expect_fails 125 'add-host' berth run --rm --add-host "$bad" busybox true
done
expect_fails 125 'no gateway' berth run --rm --add-host db:host-gateway busybox true
expect_fails 125 'not an ip address' berth run --rm --dns example.org busybox true
ok "--add-host, --dns, --dns-search, --dns-option"

expect_ok berth create --name box --ulimit nofile=5 --sysctl net.ipv4.ip_forward=1 --shm-size 1m --group-add 7 --oom-score-adj 3 --ipc none \
	--add-host a:1.2.3.4 --dns 1.1.1.1 busybox true
expect_ok berth inspect box
assert_eq "$(jq -c '.[0].HostConfig | [.Ulimits, .Sysctls, .ShmSize, .GroupAdd, .OomScoreAdj, .IpcMode, .ExtraHosts, .Dns]' <<< "$out")" \
	'[[{"Name":"nofile","Hard":5,"Soft":5}],{"net.ipv4.ip_forward":"1"},1048576,["7"],3,"none",["a:1.2.3.4"],["1.1.1.1"]]'
expect_ok berth rm box
expect_ok berth ps -aq
expect_out ""
ok "inspect shows them, and nothing is left of what was refused"
