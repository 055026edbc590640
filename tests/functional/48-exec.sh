#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# exec: another process in a running container, with its environment, user, directory and confinement.
. "$(dirname "$0")/../lib.sh"

import_busybox
expect_ok berth run -d --name box -e A=1 -e B=2 -w /tmp -u daemon busybox sleep 1000
id=$out

expect_ok berth exec box sh -c 'echo "$A $B $HOME $HOSTNAME"; pwd; id -un; for n in mnt pid ipc uts net cgroup; do readlink /proc/$$/ns/$n; done'
for n in mnt pid ipc uts net cgroup; do
	readlink "/proc/$("$BERTH" inspect --format '{{.State.Pid}}' box)/ns/$n"
done > namespaces
expect_out "$(printf '1 2 /usr/sbin %s\n/tmp\ndaemon\n' "${id:0:12}" && cat namespaces)"
expect_ok berth container exec box cat /proc/1/cmdline
expect_out sleep1000
ok "the container's environment, user, directory and namespaces"

printf '# none\nF=file\nA=file\n' > env.list
HERE=here expect_ok berth exec --env-file env.list -e A=3 -e HERE -e B -e ABSENT -u 5:6 -w / box \
	sh -c 'echo "$A $F $HERE ${B-none} ${ABSENT-none}"; pwd; id -u; id -g'
expect_out $'3 file here none none\n/\n5\n6'
expect_ok berth exec -u root box id -un
expect_out root
expect_ok berth exec -e PATH=/nowhere -- box /bin/echo x -e -t --rm
expect_out "x -e -t --rm"
ok "options change them; what follows the container is the command's"

run berth exec box sh -c 'echo out; echo err >&2; exit 7'
assert_eq "$status $out $err" "7 out err" "status, output and error"
assert_eq "$(printf 'a\nb\n' | berth exec -i box cat)" $'a\nb' "through -i"
{ berth exec box cat && cat > rest; } < <(printf 'left\n')
assert_file rest left
head -c 1000000 /dev/urandom > input
berth exec -i box cat < input > output
cmp input output || fail "bytes were changed on the way"
exec 7< input 8> other
assert_eq "$(berth exec box sh -c 'ls /proc/self/fd' | tr '\n' ' ')" "0 1 2 3 " "descriptors of ls"
exec 7<&- 8>&-
status=0
berth exec box sh -c 'exit 5' <&- >&- 2>&- || status=$?
assert_eq "$status" 5 "status with all three closed"
assert_eq "$(berth exec box sh -c 'readlink /proc/self/fd/2; ls /proc/self/fd | wc -l' 2>&-)" $'/dev/null\n4' "a closed one"
ok "standard streams are berth's own, and nothing else is"

expect_status 137 berth exec box sh -c 'kill -9 $$'
expect_fails 127 'exec: "nope": executable file not found in \$PATH' berth exec box nope
expect_fails 127 'exec: "/nope": No such file' berth exec box /nope
expect_fails 126 'exec: "/etc/passwd": Permission denied' berth exec box /etc/passwd
expect_fails 127 "working directory '/nope'" berth exec -w /nope box true
expect_fails 126 "absolute path" berth exec -w nope box true
expect_fails 126 "unable to find user nobody2" berth exec -u nobody2 box true
expect_fails 126 "magic link" berth exec -u root box /proc/self/exe
expect_fails 1 "not a TTY" berth exec -it box true < /dev/null
expect_fails 1 "no such container: none" berth exec none true
expect_fails 1 "at least 2" berth exec box
expect_fails 125 "unknown flag|option" berth exec --nope box true
expect_fails 125 "empty name" berth exec -e =x box true
expect_fails 125 "absent" berth exec --env-file absent box true
ok "docker's exit statuses"

caps='^Cap(Prm|Bnd|Eff|Inh|Amb)|^NoNewPrivs|^Seccomp'
expect_ok berth exec -u root box grep -E "$caps" /proc/self/status
as_root=$out
expect_ok berth run --rm busybox grep -E "$caps" /proc/self/status
expect_out "$as_root"
expect_ok berth exec box grep -E "$caps" /proc/self/status
as_daemon=$out
expect_ok berth run --rm -u daemon busybox grep -E "$caps" /proc/self/status
expect_out "$as_daemon"
expect_ok berth exec -u root box sh -c '
	denied() { if eval "$1" 2> /dev/null; then echo "NOT DENIED: $1"; fi; }
	denied "mount -t tmpfs x /tmp"
	denied "mknod /tmp/disk b 254 0"
	denied "hostname changed"
	denied "unshare -m true"
	denied "echo x > /proc/sysrq-trigger"
	denied "head -c 1 /proc/kcore | grep -q ."
	echo $$ > /pid; umask; keyctl show 2> /dev/null || true'
expect_out 0022
expect_ok berth exec --privileged -u root box sh -c 'mount -t tmpfs x /tmp && umount /tmp && echo mounted'
expect_out mounted
ok "as confined as the container, unless --privileged"

expect_ok berth exec -d box sh -c 'echo $$ > /tmp/pid; exec sleep 1000'
expect_out ""
wait_for berth exec box sh -c 'grep -q ^sleep /proc/$(cat /tmp/pid)/cmdline'
expect_ok berth exec box sh -c 'tr "\0" " " < /proc/$(cat /tmp/pid)/cmdline; cd /proc/$(cat /tmp/pid)/fd && for f in *; do readlink $f; done'
expect_out $'sleep 1000 /dev/null\n/dev/null\n/dev/null'
expect_ok berth exec -dt box sh -c 'tty > /tmp/tty; echo $$ > /tmp/pid2; exec sleep 1000'
wait_for berth exec box sh -c 'grep -q ^sleep /proc/$(cat /tmp/pid2)/cmdline'
expect_ok berth exec box sh -c 'cat /tmp/tty; tr "\0" " " < /proc/$(cat /tmp/pid2)/cmdline'
expect_out $'/dev/pts/0\nsleep 1000 '
expect_fails 127 "not found in" berth exec -d box nope
ok "-d returns when it runs, with a terminal too"

if berth pause box > /dev/null 2>&1; then
	expect_fails 1 "container $id is paused, unpause the container before exec" berth exec box true
	expect_ok berth unpause box
	# It has a cgroup now, and what enters it is in that.
	expect_ok berth exec -d box sleep 1002
	in_it() {
		entered=$("$BERTH" top box -eo pid,args | awk '$NF == 1002 { print $1 }')
		[ -n "$entered" ]
	}
	wait_for in_it
	assert_eq "$(cat "/proc/$entered/cgroup")" "$(cat "/proc/$("$BERTH" inspect --format '{{.State.Pid}}' box)/cgroup")" "its cgroups"
	ok "not into a paused one; into the container's cgroup, if it has one"
else
	part_skipped "this host has no freezer"
fi

# Its end is the container's; a signal to berth is one to the command.
"$BERTH" exec box sh -c 'trap "echo caught; exit 9" TERM; echo ready; while :; do sleep 0.1; done' > said &
pid=$!
wait_for grep -q ready said
kill -TERM "$pid"
status=0
wait "$pid" || status=$?
assert_eq "$status $(tr '\n' ' ' < said)" "9 ready caught " "of the command that got SIGTERM"
"$BERTH" exec box sh -c 'echo ready; exec sleep 1000' > said2 &
pid=$!
wait_for grep -q ready said2
expect_ok berth kill box
status=0
wait "$pid" || status=$?
assert_eq "$status" 137 "of a command whose container was killed"
expect_fails 1 "container $id is not running" berth exec box true
expect_ok berth rm box
expect_ok berth create --name box busybox true
expect_fails 1 "is not running" berth exec box true
expect_ok berth rm box
ok "signals go to it; it ends with the container, and none begins in one that does not run"
