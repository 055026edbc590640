# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# attack.sh - for tests that attack the host from an image or a container. Sourced after lib.sh.
: "${tests_dir:?}" "${tmp:?}"

# A tree on the host that no container is given: at the end it is what it was, to the inode.
canary=$tmp/canary
mkdir -p "$canary/dir"
echo secret-of-the-host > "$canary/secret"
echo ptmx > "$canary/ptmx"
echo deep > "$canary/dir/file"
chmod 700 "$canary/dir"

canary_state() {
	find "$canary" -printf '%p %i %y %m %U:%G %s %n %l %T@ %C@\n' | sort
	find "$canary" -type f -exec cat {} +
}
canary_before=$(canary_state)

# canary_untouched WHAT - nothing happened to it, and its secret is not in what the last command printed.
canary_untouched() {
	[ "$(canary_state)" = "$canary_before" ] || fail "the host's files were changed: $1"
	[[ ${out-}${err-} != *secret-of-the-host* ]] || fail "the host's secret was read: $1"
}

# evil_image NAME SCRIPT [OPTION…] - busybox's tree, changed by SCRIPT in its root, imported as NAME.
evil_image() {
	local name=$1 script=$2
	shift 2
	rm -rf "$tmp/evil"
	mkdir "$tmp/evil"
	tar -C "$tmp/evil" -xf "$(busybox_tar)"
	(cd "$tmp/evil" && eval "$script")
	"$BERTH" import "$@" "$tmp/evil" "$name" > /dev/null
	rm -rf "$tmp/evil"
}

# bounded berth ARG… - run it; fail if it takes long. What it prints and its status are for the caller to judge.
bounded() {
	shift
	run timeout -k 1 "$WAIT_SECONDS" "$BERTH" "$@"
	last_command="berth $*"
	[ "$status" != 124 ] && [ "$status" != 137 ] || fail "it does not end"
}
