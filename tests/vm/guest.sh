# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# guest.sh - what a guest of tests/run-vm does once its file systems are there: the tests of a list, one after the other.
# Several guests may share the list: each test is for the one that makes its claim.
export HOME=/root LC_ALL=C WAIT_SECONDS=60

# run_claimed OUT - OUT/tests names them; OUT/limit is each one's time; results go to OUT (tests/lib/runner.sh), and
# OUT/up says that it has come so far.
run_claimed() {
	local limit name
	tests_dir=/mnt/src/tests work=$1 logs=''
	. "$tests_dir/lib/runner.sh"
	# Read-only, and make-roots wants to lock what it makes.
	export BERTH=/mnt/build/berth BERTH_TEST_CACHE=/run/roots
	mkdir /run/roots
	ln -s /mnt/cache/*.tar /run/roots/
	read -r limit < "$work/limit"
	: > "$work/up"
	while read -r name; do
		if mkdir "$work/$name.claim" 2> /dev/null; then
			run_one "$name" "$limit" /var/tmp
		fi
	done < "$work/tests"
}
