#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The options of run and create arrive where they belong: inspect and the container itself say so.
. "$(dirname "$0")/../lib.sh"
requires_cmd jq

mkdir rootfs
tar -C rootfs -xf "$(busybox_tar)"

printf '\xef\xbb\xbf# comment\n  INDENTED=1\nFROM_FILE=a b="c"\nBOTH=file\nIMPORTED\nABSENT\r\n' > env.list
printf 'file.label=1\nalone\n# no\n' > labels
export IMPORTED=here HERE=too
expect_ok berth create --name one --rootfs rootfs --env-file env.list -e BOTH=option -e HERE -e ABSENT2 \
	-e EMPTY= -l a=1 --label b --label-file labels -w /tmp -u 1:2 -h host --domainname dom \
	--entrypoint /bin/sh --read-only --stop-signal INT --stop-timeout 3 --network host -it \
	--cidfile cid -v data:/data -v ./dir:/dir:ro --mount type=tmpfs,dst=/t --tmpfs /t2:size=1m \
	-- -c 'echo $0' x
id=$out
assert_file cid "$id"
assert_match "$id" '^[0-9a-f]{64}$' "the id"
expect_ok berth inspect one
one=$(jq '.[0]' <<< "$out")
is() {
	assert_eq "$(jq -c "$1" <<< "$one")" "$2" "$1"
}
is .Id "\"$id\""
is .Name '"/one"'
is .Path '"/bin/sh"'
is .Args '["-c","echo $0","x"]'
is .Config.Hostname '"host"'
is .Config.Domainname '"dom"'
is .Config.User '"1:2"'
is .Config.WorkingDir '"/tmp"'
is .Config.Tty true
is .Config.OpenStdin true
is .Config.StopSignal '"INT"'
is '.Config.Labels["a"] + .Config.Labels["b"] + .Config.Labels["file.label"] + .Config.Labels["alone"]' '"11"'
is .HostConfig.NetworkMode '"host"'
is .HostConfig.ReadonlyRootfs true
is '[.Mounts[] | .Type + ":" + .Destination] | sort' '["bind:/dir","tmpfs:/t","tmpfs:/t2","volume:/data"]'
is '.Mounts[] | select(.Destination == "/dir") | .RW' false
for want in INDENTED=1 'FROM_FILE=a b="c"' BOTH=option IMPORTED=here HERE=too EMPTY=; do
	jq -e --arg v "$want" '.Config.Env | index($v)' <<< "$one" > /dev/null || fail "no $want in Env"
done
is '[.Config.Env[] | select(startswith("ABSENT"))]' '[]'
ok "options of create are in the record"

expect_fails 125 "cid" berth create --cidfile cid --rootfs rootfs true
expect_fails 125 "one.*already in use|already in use.*one|name.*one" berth create --name one --rootfs rootfs true
ok "a cidfile that is there and a name that is taken are refused"

expect_ok berth run --rm --rootfs rootfs -e X=y -- /bin/sh -c 'echo $X $#' sh -i --rm
expect_out "y 2"
expect_ok berth run --rm --rootfs=rootfs /bin/echo --rm -v
expect_out "--rm -v"
expect_ok berth run --rm=true --rootfs rootfs -w/tmp -uroot -hbox /bin/sh -c 'pwd; hostname'
expect_out $'/tmp\nbox'
expect_ok berth run --rm --rootfs rootfs --net none --hostname=h2 --volumes-from one:ro /bin/sh -c \
	'touch /data/x 2>/dev/null || echo refused; ls -d /dir'
expect_out $'refused\n/dir'
ok "forms of options, and --volumes-from"

expect_ok berth rm -v one
expect_ok berth volume rm data
