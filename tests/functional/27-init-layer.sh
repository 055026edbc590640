#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The places that mounts need and an image lacks are made once per image, as its own directories demand.
. "$(dirname "$0")/../lib.sh"
requires_command import

init_of() {
	local id
	id=$("$BERTH" images -q --no-trunc "$1")
	printf '%s\n' "$BERTH_ROOT/images/${id#sha256:}/init"
}

listing() {
	(cd "$1" && find . -mindepth 1 -printf '%p %y %m %U:%G\n' | sort)
}

mkdir bare
cp "$(command -v busybox)" bare/busybox
(umask 077 && berth import bare bare) > /dev/null
assert_eq "$(listing "$(init_of bare)")" './dev d 755 0:0
./etc d 755 0:0
./etc/hostname f 644 0:0
./etc/hosts f 644 0:0
./etc/resolv.conf f 644 0:0
./proc d 755 0:0
./sys d 755 0:0' "init layer of an image with nothing"
expect_ok berth run --rm bare /busybox sh -c '/busybox cat /etc/hostname && /busybox ls -a /'
expect_out_like $'busybox\ndev\netc\nproc\nsys'
expect_ok berth run --name none bare /busybox true
expect_ok berth rm none
ok "an image of one file runs"

mkdir -p whole/{proc,sys,dev,etc}
cp bare/busybox whole/
touch whole/etc/{hostname,hosts,resolv.conf}
expect_ok berth import whole whole
assert_no_path "$(init_of whole)"
ok "an image that lacks nothing has no init layer"

mkdir -p odd/etc odd/run
cp bare/busybox odd/
chmod 750 odd/etc
chown 12:34 odd/etc
chmod 711 odd
chown 56:78 odd
ln -s ../run/resolver/resolv.conf odd/etc/resolv.conf
ln -s hosts odd/etc/hosts
expect_ok berth import odd odd
assert_eq "$(listing "$(init_of odd)" | grep -v '^./\(proc\|sys\|dev\)')" './etc d 750 12:34
./etc/hostname f 644 0:0
./run d 755 0:0
./run/resolver d 755 0:0
./run/resolver/resolv.conf f 644 0:0' "init layer of an image with links"
assert_eq "$(stat -c %a:%u:%g "$(init_of odd)")" 711:56:78 "the root directory is the image's"
ok "owners, modes and links are the image's"
