#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Signals that berth gets are the container's: it decides what becomes of it.
# vm: uml
. "$(dirname "$0")/../lib.sh"

import_busybox

# start SCRIPT - a container in the background that says "ready" in the file "said".
start() {
	: > said
	"$BERTH" run --rm -v "$tmp/said:/said" busybox sh -c "$1" &
	pid=$!
	wait_for grep -q ready said
}

# ended N - and this is how berth ends.
ended() {
	local status=0
	wait "$pid" || status=$?
	assert_eq "$status" "$1" "status of berth"
}

for sig in TERM INT HUP QUIT USR1 USR2 WINCH; do
	start "trap 'echo got >> /said; exit 9' $sig; sleep 1000 & echo ready >> /said; while :; do wait; done"
	kill -s $sig "$pid"
	ended 9
	assert_eq "$(tail -n 1 said)" got "what the container noticed of SIG$sig"
done
ok "TERM, INT, HUP, QUIT, USR1, USR2, WINCH are handed on"

# PID 1 has no default handlers: what it does not catch does not end it, in docker as here.
start 'trap "exit 4" USR1; sleep 1000 & echo ready >> /said; while :; do wait; done'
kill -s TERM "$pid"
kill -s USR1 "$pid"
ended 4
ok "a first process that ignores SIGTERM lives on"

start 'trap "" HUP; trap "exit 6" TERM; kill -STOP 1; sleep 1000 & echo ready >> /said; while :; do wait; done'
kill -s TERM "$pid"
ended 6
ok "and decides its own status"
