#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# -t: a terminal of its own, which has the size of ours and follows it; and ours is as it was afterwards.
# vm: uml
. "$(dirname "$0")/../lib.sh"

requires_cmd expect script stty
import_busybox

cat > tty.exp <<'EXPECT'
set timeout 20
proc must {what pattern} {
	expect {
		-re $pattern {}
		timeout { puts "\nNOT: $what: no match of $pattern"; exit 1 }
		eof { puts "\nNOT: $what: ended before $pattern"; exit 1 }
	}
}
set stty_init "rows 33 cols 77"
spawn -noecho sh
send "PS1='host\\$ '; stty -g > before; \$BERTH run --rm -it busybox sh\r"
must "prompt of the container" {/ # }
send "tty; stty size\r"
must "terminal" {/dev/(pts/0|console)}
must "size" {33 77}
# A new size of our terminal is the container's too, which is told of it by SIGWINCH (twice: stty changes rows, then
# columns). In a shell without line editing, which would take the signal for itself.
send "sh -c 'trap \"stty size\" WINCH; echo set-\$((40+2)); while :; do read -t 1 x; done'\r"
must "trap" {set-42}
stty rows 44 columns 99 < $spawn_out(slave,name)
must "new size" {44 99}
send "\003"
must "prompt after the resizing" {/ # }
# Keys make signals in the container, not of berth.
send "sh -c 'echo sleep\$((1+1)); exec sleep 1000'\r"
must "a sleeping command" {sleep2}
send "\003"
must "prompt after ^C" {/ # }
send "echo status=\$?\r"
must "status of the interrupted" {status=130}
send "exit 7\r"
must "prompt of the host" {host\$ }
send "echo ended-\$?; stty -g > after; cmp before after && echo same-\$((1+1))\r"
must "status" {ended-7}
must "the terminal is restored" {same-2}
send "exit\r"
expect eof
EXPECT
run expect tty.exp
[ "$status" = 0 ] || fail "the dialogue went wrong"
ok "an interactive shell: size, resize, ^C, status, terminal restored"

# Killed, berth can't restore anything; the terminal of `script` goes with it, and nothing else may be left.
out=$(script -qec "$BERTH run --rm -t busybox sh -c 'test -t 0 && test -t 1 && test -t 2 && echo all-three'" \
	/dev/null < /dev/null | tr -d '\r')
assert_eq "$out" all-three "standard descriptors"
ok "the three descriptors are the terminal"

out=$(script -qec "$BERTH run --rm -t busybox env" /dev/null < /dev/null | tr -d '\r' | grep '^TERM=')
assert_eq "$out" TERM=xterm "TERM"
status=0
script -qec "$BERTH run --rm -t busybox sh -c 'exit 3'" /dev/null < /dev/null > /dev/null || status=$?
assert_eq "$status" 3 "exit status"
ok "TERM is set, the status comes through"
