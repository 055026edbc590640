#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# images, history, inspect, commit, export: their options and forms. What they do is tested in 25 and above.
. "$(dirname "$0")/../lib.sh"
requires_cmd jq

expect_ok berth import -m 'from a tar' --platform linux/amd64 -c 'LABEL kind=base' -c 'CMD ["/bin/date"]' \
	"$(busybox_tar)" busybox
expect_out_like '^sha256:[0-9a-f]{64}$'
id=${out#sha256:}
expect_ok berth tag busybox local/other:1
expect_ok berth image tag "${id:0:12}" third:2
expect_out ""

expect_ok berth images --format '{{.Repository}}:{{.Tag}}'
assert_eq "$(sort <<< "$out" | xargs)" "busybox:latest local/other:1 third:2" "names"
expect_ok berth images -q
assert_eq "$(sort -u <<< "$out")" "${id:0:12}" "short ids"
expect_ok berth image ls -aq --no-trunc
assert_eq "$(sort -u <<< "$out")" "sha256:$id" "whole ids"
expect_ok berth images busybox
expect_out_like $'^REPOSITORY   TAG       IMAGE ID       CREATED +SIZE\nbusybox      latest    '"${id:0:12}"
expect_ok berth images --digests third:2 --format 'table {{.Digest}}\t{{.ID}}'
expect_out_like $'^DIGEST    IMAGE ID\n<none>    '
expect_ok berth images -f reference='*/other' --format '{{.Repository}}'
expect_out local/other
expect_ok berth images -f label=kind=base -f reference=third --format '{{.Tag}}'
expect_out 2
expect_ok berth images -q -f label=kind=none
expect_out ""
expect_ok berth images -q -f dangling=true
expect_out ""
expect_ok berth images --format json third
assert_eq "$(jq -r .Tag <<< "$out")" 2 "JSON"
assert_eq "$(jq -r 'map(type)|unique|join(",")' <<< "$out")" string "every member is a string"
ok "images"

expect_ok berth history busybox
expect_out_like $'^IMAGE          CREATED +CREATED BY +SIZE +COMMENT\n'"${id:0:12}.*from a tar"
expect_ok berth history -q --no-trunc busybox
expect_out "sha256:$id"
expect_ok berth history --human=false --format '{{.Size}} {{.CreatedSince}}' busybox
expect_out_like '^[0-9]{6,} 20[0-9-]+T'
expect_ok berth history --format '{{.Comment}}' busybox
expect_out "from a tar"
ok "history"

expect_ok berth image inspect busybox third:2 -f '{{.Id}} {{.Config.Labels.kind}} {{.Os}}/{{.Architecture}}'
expect_out "sha256:$id base linux/amd64"$'\n'"sha256:$id base linux/amd64"
expect_ok berth inspect -f '{{join .RepoTags " "}} {{(index .Config.Cmd 0)}}' "$id"
assert_eq "$(tr ' ' '\n' <<< "$out" | sort | xargs)" "/bin/date busybox:latest local/other:1 third:2" "names and command"
ok "inspect"

expect_ok berth run --name work busybox sh -c 'echo new > /file; rm /etc/passwd'
expect_ok berth container diff work
expect_out_like 'A /file'
expect_out_like 'D /etc/passwd'
expect_ok berth commit -a 'A <a@b.c>' -m 'with a file' -c 'ENV X=1' --pause=false work made:1
made=${out#sha256:}
expect_ok berth inspect --type image -f '{{.Author}}|{{.Comment}}|{{index .Config.Env 0}}' made:1
expect_out_like '^A <a@b.c>\|with a file\|'
expect_ok berth run --rm made:1 sh -c 'cat /file; echo $X; test ! -e /etc/passwd'
expect_out $'new\n1'
expect_ok berth ps -a --filter ancestor=busybox --format '{{.Names}}'
expect_out work
expect_ok berth ps -aq --filter ancestor=made:1
expect_out ""
expect_ok berth create --name child made:1 true
expect_ok berth ps -a --filter ancestor=third:2 --format '{{.Names}}'
expect_out $'child\nwork'
expect_ok berth rm child
ok "commit and diff"

expect_ok berth export -o work.tar work
grep -qx new <<< "$(tar -xOf work.tar file)" || fail "the file is not in the archive"
assert_no_path work.tar.part
berth container export work | cmp - work.tar || fail "standard output differs from the file"
expect_fails 1 "cannot write '/nowhere/x'" berth export -o /nowhere/x work
expect_fails 1 "no such container: nobody" berth export -o none.tar nobody
assert_no_path none.tar none.tar.part
ok "export, to a file or to standard output"

expect_ok berth save -o saved.tar busybox made:1
berth save busybox made:1 | cmp - saved.tar || fail "standard output differs from the file"
grep -qx manifest.json <<< "$(tar -tf saved.tar)" || fail "no docker archive"
expect_ok berth image save --format oci-dir -o layout --compress zstd made:1
assert_path layout/oci-layout layout/index.json
expect_ok berth save --format oci-archive -o oci.tar made:1
grep -q oci-layout <<< "$(tar -tf oci.tar)" || fail "no OCI archive"
expect_fails 1 "unknown format 'zip'" berth save --format zip -o x made:1
expect_fails 1 "no such image: nobody" berth save -o x nobody
assert_no_path x
for from in saved.tar layout oci.tar; do
	expect_ok env BERTH_ROOT="$tmp/root-$from" "$BERTH" load -i "$from"
	expect_out_like "Loaded image: .*made:1"
	expect_ok env BERTH_ROOT="$tmp/root-$from" "$BERTH" run --rm made:1 cat /file
	expect_out new
done
loads() {
	BERTH_ROOT=$tmp/root-stdin "$BERTH" image load "$@" < saved.tar
}
expect_ok loads -q
expect_out_like "busybox:latest"
expect_fails 1 "" berth load --input nowhere.tar
ok "save and load, in three forms"

expect_status 1 berth rmi third:2 nobody local/other:1
expect_out $'Untagged: third:2\nUntagged: local/other:1'
expect_err "no such image: nobody"
expect_fails 1 "conflict" berth rmi busybox
expect_ok berth rm work
expect_ok berth image rm --force "$made"
expect_out_like "Untagged: made:1"
expect_out_like "Deleted: sha256:$made"
ok "rmi goes on after a failure"
