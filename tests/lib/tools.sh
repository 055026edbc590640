# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# tools.sh - small programs to be run inside containers, for what no shell can do. Sourced after lib.sh.
: "${tests_dir:?}" "${roots_cache:?}"

# tool NAME - path of the static program made of tests/lib/NAME.c, once for each version of it.
tool() {
	local source=$tests_dir/lib/$1.c out
	command -v gcc > /dev/null || skip "needs the program 'gcc'"
	out=$roots_cache/$1-$(cksum < "$source" | tr ' ' -)
	if [ ! -x "$out" ]; then
		mkdir -p "$roots_cache"
		gcc -O1 -static -o "$out.$BASHPID" "$source" && mv "$out.$BASHPID" "$out" || fail "cannot build $1"
	fi
	printf '%s\n' "$out"
}

# nr NAME - the number of a system call on this machine.
nr() {
	printf '#include <sys/syscall.h>\nSYS_%s\n' "$1" | gcc -E -P - | tail -n 1
}
