#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Help and man pages: there for every command, made of one source, and they fit.
. "$(dirname "$0")/../lib.sh"

# names_in PATH… - the commands that the help of a group lists.
names_in() {
	"$BERTH" "$@" --help | sed -n '/^Commands:$/,/^$/s/^  \([a-z-]*\) .*/\1/p; /^Management commands:$/,/^$/s/^  \([a-z-]*\) .*/\1/p'
}

check_help() {
	expect_ok berth "$@" --help
	expect_out_like "Usage:  berth( $*)? "
	[ -z "$(awk 'length > 80' <<< "$out")" ] || fail "a line of the help is longer than 80 columns"
	! grep -q '[[:space:]]$' <<< "$out" || fail "blanks at the end of a line"
}

all=()
check_help
for name in $(names_in); do
	check_help "$name"
	all+=("$name")
	for sub in $(names_in "$name"); do
		check_help "$name" "$sub"
		all+=("$name $sub")
	done
done
[ ${#all[@]} -gt 50 ] || fail "only ${#all[@]} commands were found"
ok "every command has help that fits (${#all[@]} of them)"

for want in run create start stop restart kill rm wait ps logs inspect images rmi tag history info version \
	"container ls" "container prune" "image ls" "image prune" "image inspect" "volume create" \
	"volume ls" "volume inspect" "volume rm" "volume prune" "system check" "system df" "system prune"; do
	printf '%s\n' "${all[@]}" | grep -xF "$want" > /dev/null || fail "'$want' is in no help"
done
ok "docker's commands are listed"

expect_ok berth volume create --help
help=$out
expect_ok berth help volume create
expect_out "$help"
expect_ok berth volume create -h
expect_out "$help"
expect_ok berth
listed=$out
expect_ok berth --help
expect_out "$listed"
expect_ok berth help
expect_out "$listed"
expect_ok berth volume
volume=$out
expect_ok berth volume help
expect_out "$volume"
ok "the ways to ask for help agree"

expect_ok berth run --help
expect_out_like "--hostname"
[[ $out =~ "-h, --hostname" ]] || fail "-h is the host name of run"
expect_ok berth ps --help
expect_out_like "berth container ls"
ok "-h is run's host name; other names of a command are told"

expect_ok berth generate-man "$tmp/pages"
assert_path pages/berth.1 pages/berth-run.1 pages/berth-volume-create.1 pages/berth-system-check.1
assert_no_path pages/berth-generate-man.1
for command in run ps "volume ls" "image prune" inspect; do
	page=pages/berth-${command// /-}.1
	# shellcheck disable=SC2086 # two words
	for option in $("$BERTH" $command --help | grep -oE '^ +(-., )?--[a-z-]+' | grep -oE '\--[a-z-]+'); do
		grep -qF -- "${option//-/\\-}" "$page" || fail "$page does not tell of $option"
	done
done
ok "the man pages have every option that the help has"

if command -v mandoc > /dev/null; then
	run mandoc -Tlint pages/*.1
	assert_eq "$status$out$err" 0 "what mandoc -Tlint finds"
	ok "mandoc finds no fault with them"
else
	part_skipped "mandoc is not there to check the pages"
fi

expect_ok berth --version
expect_out_like '^berth version [0-9]+\.[0-9]+\.[0-9]+$'
expect_ok berth -v
expect_out_like '^berth version '
assert_no_path "$BERTH_ROOT" "$BERTH_RUN"
ok "nothing was made by asking"
