#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Wrong command lines: one line that says what is wrong, a hint, docker's exit status, and nothing made.
. "$(dirname "$0")/../lib.sh"

expect_fails 1 "unknown command: 'berth rnu'" berth rnu
expect_hint "did you mean 'berth run'"
expect_fails 1 "unknown command: 'berth volume lss'" berth volume lss
expect_hint "did you mean 'berth volume ls'"
expect_fails 1 "unknown command: 'berth xyzzy'" berth xyzzy
expect_hint "see 'berth --help'"
expect_fails 1 "unknown command: 'berth run x'|unknown command" berth runn x
ok "unknown commands, with the nearest one"

expect_fails 125 "unknown flag: --foo" berth --foo
expect_hint "see 'berth --help'"
for command in "run" "create" "ps" "volume ls" "rm" "inspect" "images"; do
	# shellcheck disable=SC2086 # several words
	expect_fails 125 "unknown flag: --foo" berth $command --foo
	expect_hint "see 'berth $command --help'"
	# shellcheck disable=SC2086
	expect_fails 125 "unknown shorthand flag: 'Z' in -Z" berth $command -Z
done
expect_fails 125 "flag needs an argument: --name" berth run --name
expect_fails 125 "flag needs an argument: 'e' in -e" berth run -e
expect_fails 125 'invalid argument "maybe" for "--rm" flag' berth run --rm=maybe x
expect_fails 125 'invalid argument "soon" for "-t, --timeout" flag' berth stop -t soon x
expect_fails 125 'invalid argument "some" for "-n, --tail" flag' berth logs --tail some x
ok "unknown and incomplete options"

expect_fails 1 "'berth rm' requires at least 1 argument" berth rm
expect_fails 1 "'berth tag' requires exactly 2 arguments" berth tag one
expect_fails 1 "'berth logs' requires exactly 1 argument" berth logs a b
expect_fails 1 "'berth images' requires at most 1 argument" berth images a b
expect_fails 1 "'berth volume ls' accepts no arguments" berth volume ls x
expect_fails 125 "an image is needed" berth run
expect_fails 125 "an image is needed" berth create --name x
ok "wrong numbers of operands"

expect_fails 1 "unknown log level 'loud'" berth --log-level loud version
expect_fails 1 "unknown log format 'xml'" berth --log-format xml version
run berth --log-format json rnu
assert_eq "$(jq -r .level <<< "$err")" error "the error as JSON"
assert_match "$(jq -r .hint <<< "$err")" "did you mean" "its hint"
ok "global options"

# What the command line can see is refused before anything is made.
for spec in ":" "/a:" ":/b" "/a:relative" "/a:/b:bogus" "/a:/b:ro,rw" "a:/"; do
	expect_fails 125 "" berth run -v "$spec" image
	expect_fails 125 "" berth create -v "$spec" image
done
expect_fails 125 "" berth run --mount type=bind,src=/a image
expect_fails 125 "" berth run --mount nonsense image
expect_fails 125 "" berth run --tmpfs relative image
expect_fails 125 "[dD]uplicate mount point" berth run -v /a:/x -v /b:/x image
expect_fails 125 "[dD]uplicate mount point" berth run -v /a:/x --tmpfs /x image
expect_fails 125 "unsupported network 'bridge'" berth run --network bridge image
expect_fails 125 "unsupported network 'bridge'" berth run --net=bridge image
expect_fails 125 "no registry client" berth run --pull always image
expect_hint "berth load"
expect_fails 125 "invalid pull policy 'sometimes'" berth run --pull=sometimes image
expect_fails 125 "invalid label '=x'" berth run -l =x image
expect_fails 125 "invalid environment variable '=x'" berth run -e =x image
expect_fails 125 "input device is not a terminal" berth run -it image
printf 'A=1\n\nB C=2\n' > env.list
expect_fails 125 "env.list:3: variable 'B C' contains whitespace" berth run --env-file env.list image
printf '=1\n' > env.list
expect_fails 125 "env.list:1: no variable name" berth run --env-file env.list image
expect_fails 125 "cannot open 'missing'.*No such file" berth run --env-file missing image
expect_fails 125 "cannot open 'missing'.*No such file" berth create --label-file missing image
expect_fails 1 "unknown type 'pod'" berth inspect --type pod x
expect_fails 1 "unknown shell 'csh'" berth completion csh
expect_fails 1 "invalid filter 'colour'" berth ps --filter colour=red
expect_hint "name"
expect_fails 1 "bad filter 'name'" berth ps --filter name
expect_fails 1 "range.*not supported" berth ps --format '{{range .Names}}x{{end}}'
expect_fails 1 "function \"nope\" not defined" berth volume ls --format '{{nope .Name}}'
assert_no_path "$BERTH_ROOT" "$BERTH_RUN"
ok "nothing was made by any of these"

expect_fails 125 "[nN]o such image: missing" berth run --pull never missing true
expect_fails 125 "[nN]o such image: missing" berth run missing true
expect_fails 125 "[nN]o such image: missing" berth create missing
expect_fails 1 "[nN]o such container: missing" berth start missing
expect_fails 1 "[nN]o such container: missing" berth start -a missing
expect_fails 1 "[nN]o such container: missing" berth logs missing
expect_fails 1 "[nN]o such container: missing" berth stop missing
expect_fails 1 "[nN]o such container: missing" berth kill missing
expect_fails 1 "[nN]o such container: missing" berth wait missing
expect_fails 1 "[nN]o such container: missing" berth rm missing
expect_fails 1 "[nN]o such image: missing" berth rmi missing
expect_fails 1 "[nN]o such image: missing" berth tag missing other
expect_fails 1 "[nN]o such image: missing" berth history missing
expect_fails 1 "[nN]o such volume" berth volume rm missing
expect_status 1 berth inspect missing
expect_out "[]"
expect_err "no such object: missing"
expect_status 1 berth volume inspect missing
expect_out "[]"
expect_ok berth rm -f missing
expect_ok berth rmi -f missing
expect_ok berth volume rm -f missing
ok "missing objects"
