#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# prune in all its forms, df, info, check.
. "$(dirname "$0")/../lib.sh"
requires_cmd jq

import_busybox
expect_ok berth run --name ended -l keep=no -v named:/n -v /anonymous busybox true
expect_ok berth create --name kept -l keep=yes busybox true
expect_ok berth run -d --name running busybox sleep 1000
expect_ok berth tag busybox second

# A question is asked, and anything but yes is no.
answer() {
	printf '%s' "$1" | "$BERTH" "${@:2}"
}
for no in '' $'\n' $'n\n' $'no\n' $'yellow\n'; do
	expect_ok answer "$no" system prune --volumes
	expect_out_like 'WARNING! This will remove:.*all stopped containers.*\[y/N\]'
done
expect_ok answer '' container prune
expect_ok answer '' image prune -a
expect_ok answer '' volume prune --all
expect_ok berth ps -aq
assert_eq "$(wc -l <<< "$out")" 3 "containers"
ok "nothing goes without a yes"

expect_ok berth system df
expect_out_like $'^TYPE +TOTAL +ACTIVE +SIZE +RECLAIMABLE\nImages +1 +1 .*\nContainers +3 +1 .*\nLocal Volumes +2 '
expect_ok berth system df --format json
assert_eq "$(jq -r .TotalCount <<< "$out" | xargs)" "1 3 2" "counts in JSON"
expect_ok berth system df -v
expect_out_like $'Images space usage:\n\nREPOSITORY +TAG '
expect_out_like $'\nLocal Volumes space usage:\n\nVOLUME NAME +LINKS +SIZE\n'
expect_out_like $'\nnamed +1 '
expect_fails 1 "exclude each other" berth system df -v --format json
expect_ok berth info
expect_out_like $'^Containers: 3\n Running: 1\n Paused: 0\n Stopped: 2\nImages: 1\n'
expect_ok berth system info -f '{{.ContainersStopped}} {{.Driver}} {{.RunDir}}'
expect_out "2 overlay2 $BERTH_RUN"
ok "df and info"

expect_ok berth container prune -f --filter label=nothing
expect_out "Total reclaimed space: 0B"
expect_ok berth container prune -f --filter label!=keep=yes
expect_out_like 'Deleted Containers:'
expect_ok berth ps -a --format '{{.Names}}'
expect_out $'running\nkept'
expect_ok answer y container prune
expect_ok berth ps -a --format '{{.Names}}'
expect_out running
ok "container prune"

expect_ok berth volume prune -f
expect_out_like $'^Deleted Volumes:\n[0-9a-f]{64}\n'
expect_ok berth volume ls -q
expect_out named
expect_ok berth volume prune -f --filter label=x -a
expect_ok berth volume ls -q
expect_out named
expect_ok berth volume prune -af
expect_ok berth volume ls -q
expect_out ""
ok "volume prune: anonymous ones, or all"

expect_ok berth image prune -f
expect_out "Total reclaimed space: 0B"
expect_ok berth system prune -af --volumes
expect_ok berth images -q
assert_ne "$out" "" "the image of a running container"
expect_ok berth rm -f running
expect_ok berth system prune --all --force
expect_out_like 'Deleted Images:'
expect_ok berth images -q
expect_out ""
expect_ok berth image prune --filter dangling=false -f
expect_fails 1 "invalid filter 'colour'" berth system prune -f --filter colour=red
ok "image prune and system prune"

expect_ok berth system check
expect_out ""
mkdir -p "$BERTH_ROOT/tmp/1.left/half"
ln -s 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef "$BERTH_ROOT/names/nobody"
expect_status 1 berth system check
expect_out_like "nobody"
assert_eq "$(wc -l <<< "$out")" 2 "findings"
assert_path "$BERTH_ROOT/tmp/1.left"
expect_ok berth system check --repair
assert_no_path "$BERTH_ROOT/tmp/1.left" "$BERTH_ROOT/names/nobody"
expect_ok berth system check
ok "check names what is left, --repair removes it"
