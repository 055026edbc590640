#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# ro, exec, dev, suid, propagation and tmpfs: seen from inside.
# vm: uml
. "$(dirname "$0")/../lib.sh"

import_busybox
mkdir -p host/sub plain
mount -t tmpfs tmpfs host/sub
cleanup_fn umount "$tmp/host/sub"
echo x > host/f

# The mount options of $1 in a container started with the other arguments.
options_of() {
	local target=$1
	shift
	"$BERTH" run --rm "$@" busybox grep " $target " /proc/self/mountinfo | cut -d ' ' -f 6
}

for form in "-v $tmp/host:/c:ro" "--mount type=bind,src=$tmp/host,dst=/c,readonly"; do
	# shellcheck disable=SC2086 # an option of two words
	expect_ok berth run --rm $form busybox sh -c 'for f in /c/new /c/sub/new; do
		(: > $f) 2> /dev/null && echo "$f is writable"; done; cat /c/f'
	expect_out x
done
assert_no_path host/new host/sub/new
expect_ok berth run --rm --mount "type=bind,src=$tmp/host,dst=/c,readonly,bind-recursive=writable" busybox \
	sh -c 'touch /c/sub/new; (: > /c/new) 2> /dev/null && echo "/c is writable"; true'
expect_out ""
assert_path host/sub/new
echo y > host/f
ok "ro is recursive, and only the container's view is read-only"

expect_ok berth run --rm -v data:/c busybox touch /c/kept
expect_ok berth run --rm -v data:/c:ro busybox sh -c '(: > /c/new) 2> /dev/null && echo writable; ls /c'
expect_out kept
ok "a volume can be read-only"

assert_match ",$(options_of /c -v "$tmp/plain:/c:noexec,nosuid,nodev")," ',nosuid,nodev,noexec,'
assert_match ",$(options_of /c -v data:/c)," ',nosuid,nodev,'
opts=,$(options_of /c -v data:/c:dev,suid,noexec),
assert_match "$opts" ',noexec,'
[[ $opts != *nosuid* && $opts != *nodev* ]] || fail "options '$opts' in spite of dev,suid"
printf '#!/bin/sh\necho ran\n' > plain/program
chmod 755 plain/program
expect_status 126 berth run --rm -v "$tmp/plain:/c:noexec" busybox /c/program
expect_err "/c/program"
expect_ok berth run --rm -v "$tmp/plain:/c" busybox /c/program
expect_out ran
ok "[no]exec, [no]dev and [no]suid are what was asked for"

expect_ok berth run --rm --tmpfs /t:size=1m,mode=750,uid=12,gid=34 busybox \
	sh -c 'stat -c "%a %u:%g" /t; df -k /t | tail -1 | awk "{print \$2}"'
expect_out $'750 12:34\n1024'
assert_match ",$(options_of /t --tmpfs /t)," ',nosuid,nodev,noexec,'
opts=,$(options_of /t --tmpfs /t:exec,suid,dev,ro),
assert_match "$opts" '^,ro,'
[[ $opts != *noexec* && $opts != *nosuid* && $opts != *nodev* ]] || fail "options '$opts' of --tmpfs"
expect_ok berth run --rm --mount type=tmpfs,dst=/t,tmpfs-size=64k,tmpfs-mode=1700 busybox \
	sh -c 'stat -c %a /t; dd if=/dev/zero of=/t/f bs=1k count=100 2> /dev/null; stat -c %s /t/f'
expect_out $'1700\n65536'
expect_ok berth run --rm --tmpfs /t busybox sh -c 'touch /t/f; ls /t'
expect_out f
ok "tmpfs takes its options, and is noexec,nosuid,nodev by default"

# Private by default: what is mounted later on one side is not seen on the other.
mkdir prop
mount -t tmpfs tmpfs prop
cleanup_fn umount -R "$tmp/prop"
mount --make-shared prop
mkdir prop/later prop/ask.d
mkfifo prop/ask.d/go prop/ask.d/done
for mode in private rprivate rslave rshared ''; do
	expect_ok berth run -d --name peer -v "$tmp/prop:/p${mode:+:$mode}" busybox \
		sh -c 'read -r x < /p/ask.d/go; ls /p/later > /p/ask.d/seen; echo > /p/ask.d/done; read -r x < /p/ask.d/go'
	mount -t tmpfs tmpfs prop/later
	touch prop/later/marker
	echo > prop/ask.d/go
	read -r _ < prop/ask.d/done
	case $mode in
	rslave | rshared) assert_file prop/ask.d/seen marker ;;
	*) assert_file prop/ask.d/seen "" ;;
	esac
	umount prop/later
	expect_ok berth rm -f peer
done
ok "mounts are private, and propagate where that was asked for"
