#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Values that docker refuses are refused in its words, and what the kernel can't give names the controller. Nothing is left.
. "$(dirname "$0")/../lib.sh"

import_busybox

bad() { # bad REGEX OPTION…
	local regex=$1
	shift
	expect_fails 125 "$regex" berth run --rm "$@" busybox true
	expect_fails 125 "$regex" berth create "$@" busybox true
}
bad "invalid argument \"1x\" for \"-m, --memory\" flag: invalid size: '1x'" -m 1x
bad "minimum memory limit allowed is 6MB" -m 5m
bad "minimum memory reservation allowed is 6MB" --memory-reservation 1024
bad "memory limit can not be less than memory reservation limit" -m 10m --memory-reservation 20m
bad "memoryswap limit should be larger than memory limit" -m 20m --memory-swap 10m
bad "always set the memory limit when using memoryswap limit" --memory-swap 20m
bad "valid memory swappiness range is 0-100" -m 20m --memory-swappiness 101
bad "kernels have no limit of their own memory any more" --kernel-memory 20m
bad "failed to parse half as a rational number" --cpus half
bad "value is too precise" --cpus 0.0000000001
bad "range of CPUs is from 0.01 to [0-9]+.00" --cpus 5000
bad "range of CPUs is from 0.01 to [0-9]+.00" --cpus 0.001
bad "conflicting options: --cpus and --cpu-period" --cpus 1 --cpu-period 1000
bad "conflicting options: --cpus and --cpu-quota" --cpus 1 --cpu-quota 1000
bad "CPU cfs period can not be less than 1ms" --cpu-period 999
bad "CPU cfs quota can not be less than 1ms" --cpu-quota 999
bad "the minimum allowed cpu-shares is 2" -c 1
bad "the maximum allowed cpu-shares is 262144" -c 262145
bad "invalid value 1- for cpuset cpus" --cpuset-cpus 1-
bad "invalid value x for cpuset mems" --cpuset-mems x
bad "range of blkio weight is from 10 to 1000" --blkio-weight 5
bad "for \"--pids-limit\" flag: not a number" --pids-limit few
bad "bad format: /dev/sda" --device-read-bps /dev/sda
bad "bad format for device path: sda:1mb" --device-write-bps sda:1mb
bad "invalid rate for device: /dev/sda:fast" --device-read-iops /dev/sda:fast
bad "invalid cgroup namespace mode: host or private" --cgroupns shared
expect_out ""
run berth ps -aq
expect_out ""
ok "wrong values"

# Sizes as docker reads them.
for size in 1.5g '64 MB' 67108864b 0.25GiB; do
	expect_ok berth create --name sized --memory-reservation "$size" busybox true
	expect_ok berth inspect --format '{{.HostConfig.MemoryReservation}}' sized
	case $size in
	1.5g) expect_out 1610612736 ;;
	0.25*) expect_out 268435456 ;;
	*) expect_out 67108864 ;;
	esac
	expect_ok berth rm sized
done
ok "sizes"

# A host without the controller: in a mount namespace where its hierarchy is not to be seen.
# shellcheck disable=SC2016
without() { # without CMD…
	unshare --mount --propagation private sh -c '
		for d in $(sed -n "s/^[^ ]* [^ ]* [^ ]* [^ ]* \([^ ]*\) .* - cgroup2\{0,1\} .*/\1/p" /proc/self/mountinfo | tac); do
			umount -l "$d"
		done
		exec "$@"' sh "$@"
}
for option in "-m 64m:memory" "--cpus 1:cpu" "--cpuset-cpus 0:cpuset" "--pids-limit 10:pids" "--blkio-weight 100:io"; do
	# shellcheck disable=SC2086
	expect_fails 125 "this host has no '${option#*:}' cgroup controller" without "$BERTH" run ${option%:*} busybox true
	expect_hint "cgroup_enable=${option#*:}"
	# shellcheck disable=SC2086
	expect_fails 125 "this host has no '${option#*:}' cgroup controller" without "$BERTH" create ${option%:*} busybox true
done
expect_ok without "$BERTH" run --rm busybox echo works
expect_out works
run berth ps -aq
expect_out ""
ok "a controller that is not there"
