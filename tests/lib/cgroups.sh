# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# cgroups.sh - where a container's cgroups are, whatever version the host has. Sourced after lib.sh.

# cgroup_dirs NAME - the directories of a container's cgroups, one a line; nothing if it has none.
cgroup_dirs() {
	local record
	record=$(container_record "$1")/cgroup
	[ ! -e "$record" ] || sed -n 's/^v[12] [0-9a-f]* //p' "$record"
}

# container_record NAME - the directory of its record.
container_record() {
	local id
	id=$("$BERTH" inspect --format '{{.Id}}' "$1")
	[ -e "$BERTH_ROOT/containers/$id/config.json" ] && echo "$BERTH_ROOT/containers/$id" && return
	find "$BERTH_RUN" -type d -name "$id" | head -n 1
}

# cgroup_value NAME FILE… - the content of the first of the files that one of its cgroups has.
cgroup_value() {
	local name=$1 dirs d f
	shift
	dirs=$(cgroup_dirs "$name")
	for f; do
		for d in $dirs; do
			[ ! -e "$d/$f" ] || { cat "$d/$f"; return; }
		done
	done
	return 1
}

# cgroup_leftovers - every cgroup that has the id of a container in its name which no record tells of any more.
# Only of ids given; for tests that kill berth, where the end of a test is too late to see it.
cgroup_leftovers() {
	local id
	for id; do
		find /sys/fs/cgroup -type d -name "$id" 2> /dev/null || true
	done
}

# has_controller NAME… - whether one of these is in a hierarchy that can be used here.
has_controller() {
	local c
	for c; do
		! grep -qw "$c" /sys/fs/cgroup/cgroup.controllers 2> /dev/null || return 0
		! grep -E " - cgroup [^ ]+ ([^ ]*,)?$c(,|$)" /proc/self/mountinfo > /dev/null || return 0
	done
	return 1
}
