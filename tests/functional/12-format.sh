#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# --format and -q where lists and objects are printed.
. "$(dirname "$0")/../lib.sh"
requires_cmd jq

expect_ok berth volume create --label team=red --label empty data
expect_ok berth volume create --label team=blue --name other
expect_ok berth volume ls
expect_out $'DRIVER    VOLUME NAME\nlocal     data\nlocal     other'
expect_ok berth volume ls -q
expect_out $'data\nother'
expect_ok berth volume ls --format '{{.Name}}/{{.Driver | upper}}'
expect_out $'data/LOCAL\nother/LOCAL'
expect_ok berth volume ls --format 'table {{.Name}}\t{{.Scope}}\t{{.Label "team"}}'
expect_out $'VOLUME NAME   SCOPE     team\ndata          local     red\nother         local     blue'
expect_ok berth volume ls --format '{{.Name}}\t{{.Label "none"}}|'
expect_out $'data\t|\nother\t|'
expect_ok berth volume ls --format json
assert_eq "$(jq -r .Name <<< "$out" | xargs)" "data other" "names in JSON"
assert_eq "$(jq -r 'map(type)|unique|join(",")' <<< "$out" | sort -u)" string "every member is a string"
ok "tables, templates and JSON of a list"

expect_ok berth volume inspect data
assert_eq "$(jq -r '.[0].Labels.team' <<< "$out")" red "a label"
expect_ok berth volume inspect data other --format '{{.Name}} {{.Labels}}'
expect_out $'data map[empty: team:red]\nother map[team:blue]'
expect_ok berth volume inspect -f '{{json .Labels}}' other
expect_out '{"team":"blue"}'
expect_ok berth volume inspect -f json data
assert_eq "$(jq -r '.[0].Name' <<< "$out") $(wc -l <<< "$out")" "data 1" "JSON on one line"
expect_ok berth volume inspect -f '{{.Nothing}} {{index .Labels "team"}} {{len .Name}}' data
expect_out "<no value> red 4"
expect_ok berth inspect --type volume -f '{{.Mountpoint}}' data
expect_out "$BERTH_ROOT/volumes/data/_data"
expect_ok berth inspect -f '{{.Name}}' data
expect_out data
ok "templates of objects"

expect_status 1 berth volume inspect -f '{{.Name}}' data missing other
expect_out $'data\nother'
expect_err "missing"
ok "the objects that are there are printed, the missing one is reported"

expect_ok berth version --format '{{.Server.Version}}/{{.Client.Os}}'
expect_out_like '^[0-9.]+/linux$'
expect_ok berth version -f json
assert_eq "$(jq -r .Client.Os <<< "$out")" linux "the system in JSON"
expect_ok berth info -f '{{.DockerRootDir}} {{.Containers}} {{.Images}}'
expect_out "$BERTH_ROOT 0 0"
expect_ok berth system df --format '{{.Type}}={{.TotalCount}}'
expect_out $'Images=0\nContainers=0\nLocal Volumes=2'
ok "version, info and df"

expect_ok berth ps
expect_out "CONTAINER ID   IMAGE     COMMAND   CREATED   STATUS    PORTS     NAMES"
expect_ok berth images
expect_out "REPOSITORY   TAG       IMAGE ID   CREATED   SIZE"
expect_ok berth images --digests
expect_out "REPOSITORY   TAG       DIGEST    IMAGE ID   CREATED   SIZE"
ok "the columns are docker's"

expect_ok berth volume rm data other
expect_out $'data\nother'
