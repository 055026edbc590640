# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# runner.sh - running functional tests and saying how they went; for tests/run-functional and tests/run-vm.
#
# $work has a test's NAME.log, and when it has ended NAME.result: its status and the milliseconds that it took.
# $prefix stands before its name in every line; $passed, $failed, $skipped count; $logs, if set, is a folder that keeps
# the logs. $tests_dir is tests/.
prefix='' passed=0 failed=0 skipped=0

# selected NAME [PART…] - whether NAME holds one of PART, or there is none.
selected() {
	local name=$1 want
	shift
	[ $# -gt 0 ] || return 0
	for want; do
		[[ $name != *"$want"* ]] || return 0
	done
	return 1
}

# guests_of NAME - the guests of tests/run-vm that the test is for, too: its line "# vm: GUEST…".
guests_of() {
	sed -n 's/^# vm: *//p;10q' "$tests_dir/functional/$1.sh"
}

# run_one NAME SECONDS FOLDER - KILL reaches unshare, and with it everything in the test's PID namespace.
run_one() {
	local name=$1 started=$EPOCHREALTIME status=0 tmp
	tmp=$(mktemp -d "$3/XXX")
	BERTH_TEST_TMP=$tmp timeout --foreground -s KILL "$2" \
		bash "$tests_dir/functional/$name.sh" > "$work/$name.log" 2>&1 < /dev/null || status=$?
	[ "$status" != 137 ] || echo "# killed after $2 s" >> "$work/$name.log"
	rm -rf --one-file-system "$tmp"
	printf '%s %d\n' "$status" $(((${EPOCHREALTIME/./} - ${started/./}) / 1000)) > "$work/$name.part"
	mv "$work/$name.part" "$work/$name.result"
}

# skip_elsewhere NAME PART REASON - whether this skip is no news, because another place runs that. Callers redefine it.
skip_elsewhere() {
	return 1
}

report_skip() {
	local name=$1 part=$2 reason=$3
	if skip_elsewhere "$name" "$part" "$reason"; then
		return
	fi
	printf 'skip %s%s%s: %s\n' "$prefix" "$name" "$part" "$reason"
	skipped=$((skipped + 1))
}

# report NAME - print how it went, and count it.
report() {
	local name=$1 status ms line
	read -r status ms < "$work/$name.result"
	[ -z "$logs" ] || cp "$work/$name.log" "$logs/$prefix$name.log"
	case $status in
	0)
		printf 'ok   %s%s (%d.%03d s)\n' "$prefix" "$name" $((ms / 1000)) $((ms % 1000))
		passed=$((passed + 1))
		;;
	77)
		report_skip "$name" "" "$(sed -n 's/^SKIP: //p' "$work/$name.log" | tail -n 1)"
		;;
	*)
		printf 'FAIL %s%s (status %s)\n' "$prefix" "$name" "$status"
		sed 's/^/     | /' "$work/$name.log" | tail -n 60
		failed=$((failed + 1))
		;;
	esac
	while read -r line; do
		report_skip "$name" ", a part" "$line"
	done < <(sed -n 's/^SKIP part: //p' "$work/$name.log")
}

# report_finished NAME… - those that have ended since it was last called, so that a reader sees where it is.
report_finished() {
	local name
	for name; do
		if [ -e "$work/$name.result" ]; then
			report "$name"
			mv "$work/$name.result" "$work/$name.told"
		fi
	done
}

summary() {
	printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
}
