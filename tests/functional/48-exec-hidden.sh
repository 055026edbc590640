#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What a hostile container can see of exec on its way in: a process that is already as small as its own, and nothing of
# berth or its caller (CVE-2016-9962, CVE-2019-5736, CVE-2024-21626).
. "$(dirname "$0")/../lib.sh"

import_busybox
sum=$(md5sum < "$BERTH")

# The first process looks at every other, again and again. What joins has no command line until it executes something.
cat > watch <<'SCRIPT'
joining() {
	[ -z "$(tr -d '\0' < $1/cmdline)" ] && grep -q '^State:.[RSD]' $1/status
}
look() {
	cat $1/environ $1/maps $1/auxv
	for f in exe cwd root fd/0 fd/1 fd/2 fd/3; do readlink $1/$f; done
	ls $1/map_files
	for f in exe mem; do
		(exec 9<> $1/$f) && echo "opened $f for both"
		(exec 9> $1/$f) && echo "opened $f for writing"
		(exec 9< $1/$f) && echo "opened $f"
	done
}
look /proc/1 > /control
echo watching > /watching
while [ ! -e /stop ]; do
	for p in /proc/[0-9]*; do
		joining $p || continue
		look $p > /now
		grep -E '^(Cap(Prm|Eff|Bnd)|Seccomp|Uid|Groups):' $p/status > /status-now
		ls $p/fd > /fd-now
		# Only if it was that all the while: what has executed its program is the container's own.
		joining $p || continue
		echo seen >> /seen
		cat /now >> /read
		cat /status-now >> /status
		cat /fd-now >> /fd
	done
done 2> /dev/null
exec sleep 1000
SCRIPT
expect_ok berth run -d --name box -v ./watch:/watch:ro busybox sh /watch
wait_for berth exec box test -e /watching

# So many directories to search that the watcher comes round while it is at it.
{ printf 'PATH='; printf 'x:%.0s' {1..40000}; echo /bin; } > path.list
exec 7< path.list 8> canary
export SECRET=of-the-host
enough() {
	"$BERTH" exec --env-file path.list -e OWN=argument box true
	[ "$("$BERTH" exec box sh -c 'cat /seen | wc -l')" -ge 5 ]
}
wait_for enough
exec 7<&- 8>&-
expect_ok berth exec box touch /stop
expect_ok berth exec box cat /control
for want in HOSTNAME= busybox 'opened exe' 'opened mem for both'; do
	grep -qaF "$want" "$tmp/.out" || fail "the watcher can't see '$want' of a process of its own"
done
ok "the container saw processes on their way in"

expect_ok berth exec box sh -c 'sort -u /status'
seen=$out
expect_ok berth run --rm busybox sh -c 'grep -E "^(Cap(Prm|Eff|Bnd)|Seccomp|Uid|Groups):" /proc/self/status | sort'
expect_out "$seen"
ok "they never had more than the container's own"

expect_ok berth exec box cat /read
expect_out ""
assert_eq "$(md5sum < "$BERTH")" "$sum" "sum of the program"
expect_ok berth exec box sort -u /fd
expect_out $'0\n1\n2\n3'
ok "nothing of berth, of its caller or of the host could be read or opened"

# A directory of the host's is nowhere, by whatever number.
for n in 3 4 5 6 7 8 9 10 12 16; do
	run berth exec -w "/proc/self/fd/$n" box sh -c 'ls ../../../..; pwd'
	[[ $out != *"$(basename "$tmp")"* && $out != *vmlinuz* ]] || fail "the host's files through descriptor $n"
done
# Nor does what the container has made of its /proc matter.
expect_ok berth exec --privileged box sh -c 'mkdir /fake && mount --bind /fake /proc && echo 0:x:0:0::/evil: > /fake/x'
expect_ok berth exec box echo entered
expect_out entered
expect_ok berth rm -f box
ok "no descriptor leads to the host, and the container's /proc is not used"
