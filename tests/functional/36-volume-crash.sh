#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# berth killed while it fills a volume: the next one finishes or does it over, and what was there is never half.
# vm: uml
. "$(dirname "$0")/../lib.sh"

mkdir -p image/many
tar -xf "$(busybox_tar)" -C image
for ((i = 0; i < 800; i++)); do echo "$i" > "image/many/$i"; done
chmod 751 image/many
expect_ok berth import image many
V=$BERTH_ROOT/volumes
expect_ok berth volume create warm

# Start a run that fills a volume, and kill it as soon as $1 appears beside the data.
killed_at() {
	local name=$1 volume=$2 pid
	expect_ok berth volume create "$volume"
	"$BERTH" run --rm -v "$volume:/many" many true 2> /dev/null &
	pid=$!
	while kill -0 "$pid" 2> /dev/null && [ ! -e "$V/$volume/$name" ]; do :; done
	kill -KILL "$pid" 2> /dev/null || true
	wait "$pid" 2> /dev/null || true
}

seen=0
for name in .copying .filling; do
	for ((n = 0; n < 5; n++)); do
		volume=v$n$name
		volume=${volume//./-}
		killed_at "$name" "$volume"
		left=$(ls -A "$V/$volume" | tr '\n' ' ')
		[ "$left" = "_data volume.json " ] || seen=$((seen + 1))
		[ "$name" = .filling ] || [ "$left" = "_data volume.json " ] ||
			assert_eq "$(ls "$V/$volume/_data" | wc -l)" 0 "files in _data while only .copying is there"
		expect_ok berth run --rm -v "$volume:/many" many sh -c 'ls /many | wc -l; stat -c %a /many'
		expect_out $'800\n751'
		assert_eq "$(ls -A "$V/$volume" | tr '\n' ' ')" "_data volume.json " "what is beside the data"
	done
done
((seen > 0)) || fail "no fill was caught half-way: the test did not test"
ok "a fill that was killed ($seen times half-way) is whole after the next run"

killed_at .copying checked
mkdir -p "$V/checked/.copying/rest"
expect_status 1 berth system check
assert_match "$out$err" "volume 'checked': its filling from an image was interrupted"
expect_status 0 berth system check --repair
assert_no_path "$V/checked/.copying" "$V/checked/.filling"
ok "system check names what is left, and --repair puts it right"

rm "$V/checked/volume.json"
expect_status 1 berth system check
assert_match "$out$err" "volume 'checked'.*volume.json.*missing"
expect_status 0 berth system check --repair
expect_ok berth volume inspect --format '{{.Name}} {{.Driver}}' checked
expect_out "checked local"
ok "a lost record is written again, and no data are lost"

berth system check --repair > /dev/null 2>&1 || true
