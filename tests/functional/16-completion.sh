#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Shell completion, as bash does it.
. "$(dirname "$0")/../lib.sh"

"$BERTH" completion bash > script
# shellcheck disable=SC1091
. ./script
PATH=$(dirname "$BERTH"):$PATH
unset -f berth

# completes WORDS… WANTED - what the shell offers after WORDS, the last one being typed.
completes() {
	local want=${*: -1}
	COMP_WORDS=(berth "${@:1:$#-1}")
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	COMPREPLY=()
	_berth || true
	assert_eq "${COMPREPLY[*]-}" "$want" "completion of '${COMP_WORDS[*]}'"
}

completes im "import images image"
completes volume in inspect
completes volume "" "attach clone create detach exists inspect ls mount prune reload rename resize rm rollback\
 serve snapshot snapshots unmount update"
completes run --label "--label --label-file"
completes --root /x system ch check
completes ps --no "--no-trunc"
berth volume create data > /dev/null
completes volume rm d data
completes volume inspect "" data
touch envfile
completes run --env-file env envfile
completes run -v da data
berth volume rm data > /dev/null
ok "commands, options and names"

if command -v zsh > /dev/null; then
	"$BERTH" completion zsh > _berth
	expect_ok zsh -n _berth
else
	part_skipped "no zsh"
fi
if command -v fish > /dev/null; then
	"$BERTH" completion fish > berth.fish
	expect_ok fish -n berth.fish
else
	part_skipped "no fish"
fi
"$BERTH" completion fish | grep "__fish_seen_subcommand_from volume; and __fish_seen_subcommand_from create' -l label" > /dev/null ||
	fail "fish does not know volume create --label"
ok "the other shells' scripts"
