# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# templates.sh - sourced after lib.sh by tests of template mounts.
# shellcheck disable=SC2154,SC2034 # $tmp is lib.sh's, BUILD is for the tests

requires_command mount
[ -e /dev/loop-control ] || skip "needs loop devices (modprobe loop)"

export TEMPLATE_STORAGE_URL="file://$tmp/templates"
mkdir "$tmp/templates"
BUILD=11111111-2222-3333-4444-555555555555

# make_build ID SIZE DIRECTORY [MKFS-OPTION…] - a build whose image is an ext4 of what is in DIRECTORY.
make_build() {
	local dir=$tmp/templates/$1 size=$2 from=$3
	shift 3
	mkdir -p "$dir"
	truncate -s "$size" "$dir/rootfs.ext4"
	mkfs.ext4 -q -F -b 4096 -d "$from" "$@" "$dir/rootfs.ext4"
}

requires_fuse() {
	[ -c /dev/fuse ] || skip "needs /dev/fuse (modprobe fuse)"
}

# mount_field PATH FIELD - of `berth mounts`; empty if nothing is mounted there.
mount_field() {
	"$BERTH" mounts --format json | jq -r --arg path "$1" "select(.MountPath == \$path) | .$2"
}

# server_pid PATH, holder_pid PATH - who keeps a mount going, now.
record_of() {
	printf '%s\n' "$BERTH_RUN"/*/mounts/"$(mount_field "$1" ID)"
}

server_pid() {
	jq .Server.Pid "$(record_of "$1")/server.json"
}

holder_pid() {
	jq .Holder.Pid "$(record_of "$1")/server.json"
}

is_mounted() {
	findmnt -rno TARGET "$1" > /dev/null
}

is_not_mounted() {
	! is_mounted "$1"
}

# No record, no data, no device: what must hold when nothing is mounted.
no_mount_left() {
	[ -z "$(find "$BERTH_RUN"/*/mounts "$BERTH_ROOT/mounts" -mindepth 1 ! -name lock)" ] && [ -z "$(own_loops)" ]
}
