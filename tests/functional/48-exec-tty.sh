#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# exec -it: a terminal on the container's devpts, which has the size of ours and follows it; ours is as it was after.
. "$(dirname "$0")/../lib.sh"

requires_cmd expect script stty
import_busybox
expect_ok berth run -d --name box busybox sleep 1000

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
send "PS1='host\\$ '; stty -g > before; \$BERTH exec -it box sh\r"
must "prompt of the container" {/ # }
send "tty; stty size; echo \$TERM\r"
must "terminal" {/dev/pts/0}
must "size" {33 77}
must "TERM" {xterm}
send "sh -c 'trap \"stty size\" WINCH; echo set-\$((40+2)); while :; do read -t 1 x; done'\r"
must "trap" {set-42}
stty rows 44 columns 99 < $spawn_out(slave,name)
must "new size" {44 99}
send "\003"
must "prompt after the resizing" {/ # }
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

out=$(script -qec "$BERTH exec -t box sh -c 'test -t 0 && test -t 1 && test -t 2 && echo all-three'" \
	/dev/null < /dev/null | tr -d '\r')
assert_eq "$out" all-three "standard descriptors"
out=$(script -qec "$BERTH exec -t -u 7:8 box sh -c 'stat -c %u \$(tty); echo x > /dev/tty'" /dev/null < /dev/null |
	tr -d '\r' | tr '\n' ' ')
assert_eq "$out" "7 x " "owner of the terminal, and what a user writes to it"
ok "the three descriptors are the terminal, and its user's"

# berth killed: the terminal hangs up, and its session with it.
script -qec "$BERTH exec -it box sh -c 'echo \$\$ > /pid; exec sleep 1000'" /dev/null < <(wait_for test -e killed) > /dev/null &
script=$!
wait_for berth exec box test -s /pid
pkill -KILL -f "^$BERTH exec -it box" || fail "there is no berth to kill"
touch killed
wait "$script" || true
wait_for berth exec box sh -c '! kill -0 $(cat /pid)'
expect_ok berth rm -f box
ok "a killed berth leaves no session behind"
