#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# An image that a container was made from: rmi refuses, -f takes the name only, prune leaves it alone.
. "$(dirname "$0")/../lib.sh"
requires_command import
requires_command rmi

import_busybox
expect_ok berth run --name user busybox sh -c 'echo kept > /file'
container=$(berth ps -aq --no-trunc)

expect_fails 1 "conflict: unable to remove repository reference \"busybox\" \(must force\) - container ${container:0:12} is using" \
	berth rmi busybox
expect_hint "berth rm ${container:0:12}"
expect_fails 1 "conflict: unable to delete .* image is being used by container ${container:0:12}" \
	berth rmi "$(berth images -q)"
ok "rmi names the container"

expect_ok berth tag busybox second
expect_ok berth rmi second
expect_out "Untagged: second:latest"
ok "one of several names may go"

expect_ok berth rmi -f busybox
expect_out "Untagged: busybox:latest"
expect_ok berth image prune -af
expect_out "Total reclaimed space: 0B"
expect_ok berth images --format '{{.Repository}}:{{.Tag}} {{.Containers}}'
expect_out "<none>:<none> 1"
expect_ok berth system df --format '{{.Type}} {{.TotalCount}} {{.Active}} {{.Reclaimable}}'
expect_out_like "Images 1 1 0B"
expect_ok berth start -a user
ok "-f takes the name, and the container still starts"

expect_ok berth rm user
expect_ok berth image prune -f
expect_out_like "Deleted: sha256:.*Total reclaimed space: [0-9.]+[kM]B"
assert_eq "$(ls -A "$BERTH_ROOT/layers")" "" "layers"
ok "without the container, prune takes it"

import_busybox
expect_ok berth image prune -f --filter until=1h
expect_ok berth image prune -af --filter label=x
expect_ok berth images -q
assert_ne "$out" "" "images that a filter keeps"
expect_fails 1 "invalid" berth image prune -f --filter nonsense=1
expect_ok berth image prune -af
expect_ok berth images -q
expect_out ""
ok "prune -a takes what has a name too, and filters"
