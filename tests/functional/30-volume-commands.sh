#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# berth volume create, ls, inspect, rm and prune, as docker's.
. "$(dirname "$0")/../lib.sh"
requires_cmd jq

V=$BERTH_ROOT/volumes

expect_ok berth volume create --label env=prod --label tier data
expect_out data
assert_eq "$(stat -c %a "$V/data/_data")" 755 "mode of the data"
assert_eq "$(stat -c %a "$V/data")" 700 "mode of the directory above"
assert_eq "$(stat -c %a "$V")" 700 "mode of ROOT/volumes"
expect_ok berth volume create data
expect_out data
assert_eq "$(jq -r .Labels.env "$V/data/volume.json")" prod "the label after a second create"
ok "create makes a volume, and finds it the second time"

(umask 077 && "$BERTH" volume create masked > /dev/null)
assert_eq "$(stat -c %a "$V/masked/_data")" 755 "mode of the data with umask 077"
ok "the umask has no part in it"

if [ -n "$(command -v setpriv)" ]; then
	chmod 755 "$tmp" "$BERTH_ROOT" 2> /dev/null
	if setpriv --reuid 65534 --clear-groups ls "$V/data" 2> /dev/null; then
		fail "another user can look into a volume's directory"
	fi
	ok "other users can't reach it"
fi

expect_ok berth volume create
assert_match "$out" '^[0-9a-f]{64}$' "the name of an anonymous volume"
anonymous=$out
expect_ok berth volume inspect "$anonymous"
assert_eq "$(jq -r '.[0].Labels["com.docker.volume.anonymous"]' <<< "$out")" "" "its label"
ok "without a name it is anonymous"

expect_ok berth volume inspect data masked
assert_eq "$(jq -c 'map(.Name)' <<< "$out")" '["data","masked"]'
assert_eq "$(jq -c '.[0] | [.Driver, .Scope, .Mountpoint, .Labels]' <<< "$out")" \
	"[\"local\",\"local\",\"$V/data/_data\",{\"env\":\"prod\",\"tier\":\"\"}]"
assert_eq "$(jq -c '.[1] | [.Labels, .Options]' <<< "$out")" '[null,null]'
date -d "$(jq -r '.[0].CreatedAt' <<< "$out")" > /dev/null || fail "CreatedAt is no time"
expect_ok berth volume inspect --format '{{.Name}} {{.Labels.env}}' data
expect_out "data prod"
expect_status 1 berth volume inspect nope
expect_out "[]"
expect_err "no such volume: nope"
ok "inspect shows docker's object"

expect_ok berth volume create vol10
expect_ok berth volume create vol2
expect_ok berth volume ls
assert_match "$out" '^DRIVER +VOLUME NAME'$'\n''local +'
expect_ok berth volume ls -q --filter name=vol
expect_out $'vol2\nvol10'
expect_ok berth volume ls -q -f label=env=prod
expect_out data
expect_ok berth volume ls -q -f label=tier -f name=nothing
expect_out ""
expect_ok berth volume ls -q -f driver=local -f name=^data
expect_out data
expect_ok berth volume ls --format '{{.Name}}:{{.Driver}}' -f name=data
expect_out data:local
expect_ok berth volume ls --format json -f name=data
assert_eq "$(jq -r '[.Name, .Driver, .Labels, .Scope, .Size, .Links] | join(" ")' <<< "$out")" \
	"data local env=prod,tier= local N/A N/A"
expect_fails 125 "invalid filter 'bogus'" berth volume ls -f bogus=1
ok "ls lists, filters and formats"

expect_fails 1 "'a/b' includes invalid characters for a local volume name" berth volume create a/b
expect_fails 1 "volume name is too short" berth volume create a
expect_fails 1 "volume driver 'nfs' not found" berth volume create -d nfs other
expect_fails 1 "invalid option: 'bogus'" berth volume create -o bogus=1 other
expect_fails 1 'missing required option: "device"' berth volume create -o type=tmpfs other
expect_fails 1 'missing required option: "type"' berth volume create -o device=/x other
expect_fails 1 "invalid mount option bogus=1 for driver 'local'" berth volume create -o o=bogus=1 other
expect_fails 1 "invalid value for option 'size': '12x'" berth volume create -o size=12x other
assert_no_path "$V/other"
ok "create refuses what it can't do, and makes nothing"

import_busybox
expect_ok berth create --name user1 -v data:/d busybox true
expect_ok berth create --name user2 -v data:/d busybox true
id1=$(berth inspect --format '{{.Id}}' user1)
id2=$(berth inspect --format '{{.Id}}' user2)
expect_fails 2 "volume is in use - \[" berth volume rm data
assert_match "$err" "$id1" "the error's users"
assert_match "$err" "$id2" "the error's users"
expect_fails 2 "in use" berth volume rm -f data
expect_ok berth volume ls -q -f dangling=false
expect_out data
expect_ok berth volume ls -q -f dangling=true -f name=data
expect_out ""
expect_ok berth rm user1 user2
expect_ok berth volume rm data vol2
expect_out $'data\nvol2'
assert_no_path "$V/data" "$V/vol2"
expect_fails 1 "no such volume: data" berth volume rm data
expect_ok berth volume rm -f data
ok "rm refuses a volume in use and names its users"

expect_ok berth volume create --label keep anything
expect_ok berth run --rm -v "$anonymous:/d" busybox sh -c 'echo 12345 > /d/file'
expect_ok berth volume prune -f
assert_match "$out" "Deleted Volumes:"$'\n'"$anonymous" "what prune says"
assert_match "$out" "Total reclaimed space: [1-9]" "what prune says"
assert_path "$V/anything" "$V/masked" "$V/vol10"
expect_ok berth volume prune -a -f --filter label!=keep
assert_match "$out" masked "what prune -a says"
assert_path "$V/anything"
assert_no_path "$V/masked" "$V/vol10"
ok "prune removes anonymous volumes, and with -a all that nobody uses"
