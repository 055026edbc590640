#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Standard input, output and error of a container in the foreground are berth's own: nothing is added, lost or mixed.
# vm: uml
. "$(dirname "$0")/../lib.sh"

import_busybox

run berth run --rm busybox sh -c 'echo out; echo err >&2'
assert_eq "$out" out "standard output"
assert_eq "$err" err "standard error"
ok "output and error are apart"

head -c 3000000 /dev/urandom > input
berth run --rm -i busybox cat < input > output
cmp input output || fail "bytes were changed on the way"
sum=$(berth run --rm -i busybox md5sum < input)
assert_eq "${sum%% *}" "$(md5sum < input | cut -d ' ' -f 1)" "sum of the input"
assert_eq "$(printf 'a\nb\n' | berth run --rm -i busybox cat | wc -l)" 2 "lines through a pipe"
ok "with -i standard input goes through unchanged"

# docker's: without -i the container reads nothing of it, and whoever reads it next finds it whole.
{ berth run --rm busybox sh -c 'cat; echo end' > output && cat > rest; } < <(printf 'left\n')
assert_file output end
assert_file rest left
ok "without -i it stays untouched"

# A reader that goes away ends the writer by SIGPIPE, as in any pipe line.
set +e
berth run --rm busybox yes | head -n 1 > output
statuses=("${PIPESTATUS[@]}")
set -e
assert_file output y
assert_match "${statuses[0]}" "^(141|1)$" "status of a writer without a reader"
ok "a closed pipe ends the container"

# Only 0, 1 and 2 come in, whatever the caller has open.
exec 7< input 8> other
assert_eq "$(berth run --rm busybox sh -c 'ls /proc/self/fd' | tr '\n' ' ')" "0 1 2 3 " "descriptors of ls"
exec 7<&- 8>&-
ok "no descriptor of the caller or of berth is in the container"

# Closed ones neither hinder it nor are taken for something else.
status=0
berth run --rm busybox sh -c 'exit 5' <&- >&- 2>&- || status=$?
assert_eq "$status" 5 "status with all three closed"
ok "closed standard descriptors do no harm"

expect_fails 125 "" berth run --rm -it busybox true < /dev/null
ok "-t with an input that is no terminal is refused"
