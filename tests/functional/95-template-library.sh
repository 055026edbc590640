#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# libberth: the example of docs/ with the shared and the static library, and many threads at once.
. "$(dirname "$0")/../lib.sh"
. "$tests_dir/lib/templates.sh"
requires_cmd jq gcc nm
requires_fuse
! sanitized || skip "a program without sanitizers can't be linked with a library that has them"

build=$(dirname "$BERTH")
BERTH_LIBEXEC=$build
export BERTH_LIBEXEC
[ -e "$build/libberth.so" ] || skip "no library beside $BERTH"
mkdir content
echo hello > content/file
make_build "$BUILD" 16M content
P=$tmp/mnt

gcc -Wall -Werror -I "$tests_dir/../include" "$tests_dir/../docs/examples/mount.c" -L "$build" -lberth -o shared
gcc -Wall -Werror -I "$tests_dir/../include" "$tests_dir/../docs/examples/mount.c" "$build/libberth.a" -lpthread -o static
for program in shared static; do
	expect_status 0 env LD_LIBRARY_PATH="$build" ./$program my-template "$BUILD" "$P"
	expect_out "$P is mounted, 0 bytes fetched"
	assert_match "$err" "mounted template 'my-template', build '$BUILD' on '$P'"
	assert_match "$err" "unmounted '$P'"
	assert_no_path "$P"
	expect_status 1 env LD_LIBRARY_PATH="$build" ./$program my-template "$BUILD" relative
	expect_out ""
	assert_match "$err" "it must be absolute"
done
no_mount_left || fail "something is left"
ok "the example mounts, lists and unmounts, with either library"

others=$(nm --defined-only --extern-only "$build/libberth.a" | awk 'NF == 3 && $3 !~ /^berth_/ { print $3 }')
assert_eq "$others" "" "names that the static library shows beside its own"
others=$(nm -D --defined-only "$build/libberth.so" | awk '$3 !~ /^berth_/ { print $3 }')
assert_eq "$others" "" "names that the shared library shows beside its own"
ok "nothing but the interface is seen of it"

# Real processes and devices: threads that mount, list and unmount with one manager, and are refused at the pool's end.
expect_status 0 "$build/tests/threads/template_threads" "$BUILD" "$tmp/threads" 8 3
no_mount_left || fail "something is left"
assert_no_path "$tmp/threads"
ok "8 threads with one manager"
if setarch -R true 2> /dev/null && [ -x "$build/tests/threads/template_threads_tsan" ]; then
	# Without address randomization, which this sanitizer's maps do not always survive.
	expect_status 0 setarch -R "$build/tests/threads/template_threads_tsan" "$BUILD" "$tmp/threads" 6 2
	[[ $err != *ThreadSanitizer* ]] || fail "ThreadSanitizer found something"
	no_mount_left || fail "something is left"
	ok "and under ThreadSanitizer"
fi
