#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Template builds from a web server: parts are fetched, kept, and checked; a server that goes away comes back.
# A network of its own: every test may have the same port.
[ "$(id -u)" != 0 ] || [ -n "${BERTH_TEST_NET-}" ] || BERTH_TEST_NET=1 exec unshare --net -- bash "$0" "$@"
. "$(dirname "$0")/../lib.sh"
requires_cmd mkfs.ext4 nginx jq

unset STORAGE_PROVIDER TEMPLATE_STORAGE_URL TEMPLATE_BUCKET_NAME LOCAL_TEMPLATE_STORAGE_BASE_PATH TEMPLATE_CACHE_DIR
ip link set lo up 2> /dev/null || skip "needs the program 'ip'"

mkdir -p files www
head -c 5000000 /dev/urandom > files/noise
mkfs.ext4 -q -d files image.raw 64m
LOCAL_TEMPLATE_STORAGE_BASE_PATH=$tmp/www "$BERTH" template import image.raw base v1 > id
LOCAL_TEMPLATE_STORAGE_BASE_PATH=$tmp/www "$BERTH" template import --compress zstd image.raw base v2 > /dev/null
id=$(cat id)
chmod -R a+rX "$tmp" www

cat > nginx.conf << END
daemon off;
worker_processes 1;
error_log $tmp/error.log;
pid $tmp/nginx.pid;
user root;
events { worker_connections 64; }
http {
	access_log $tmp/access.log;
	client_body_temp_path $tmp/n1; proxy_temp_path $tmp/n2; fastcgi_temp_path $tmp/n3;
	uwsgi_temp_path $tmp/n4; scgi_temp_path $tmp/n5;
	server { listen 127.0.0.1:8080; root $tmp/www; max_ranges 16; }
	server { listen 127.0.0.1:8081; root $tmp/www; max_ranges 0; }
}
END
start_nginx() {
	nginx -p "$tmp" -c "$tmp/nginx.conf" > nginx.log 2>&1 &
	server=$!
	wait_for bash -c 'exec 3<> /dev/tcp/127.0.0.1/8080'
}
stop_nginx() {
	kill "$server" 2> /dev/null || true
	wait "$server" || true
}
start_nginx
cleanup_fn stop_nginx
export TEMPLATE_STORAGE_URL=http://127.0.0.1:8080

for build in v1 v2; do
	expect_ok berth template export "$build" back.raw
	cmp image.raw back.raw || fail "the image came back changed"
done
grep -q '"GET /[^"]*" 206 ' access.log || fail "no part was asked for"
! grep -q '"GET /[^"]*rootfs.ext4 HTTP/1.1" 200 ' access.log || fail "the whole object was asked for"
ok "builds are read by parts"

requests=$(wc -l < access.log)
for build in v1 v2; do
	expect_ok berth template export "$build" back.raw
	cmp image.raw back.raw || fail "the image came back changed"
done
assert_eq "$(wc -l < access.log)" "$requests" "requests after all was in the cache"
stop_nginx
expect_ok berth template export v1 back.raw
ok "what is in the cache needs no server"

expect_ok berth template cache prune -af
expect_fails 1 "v1|rootfs.ext4.header" env BERTH_TEMPLATE_PATIENCE=0 "$BERTH" template export v1 back.raw
"$BERTH" template export v1 late.raw > late.out 2>&1 &
late=$!
start_nginx
wait "$late" || fail "it was not waited for the server: $(cat late.out)"
cmp image.raw late.raw || fail "the image came back changed"
ok "a server that is away for a while is waited for"

expect_fails 1 "has no build 'nope'" berth template export nope back.raw
expect_fails 1 "cannot list" berth template ls
expect_fails 1 "cannot write to a plain web server" berth template import image.raw base v3
expect_fails 1 "cannot remove from a plain web server" berth template rm -f v1
expect_ok berth template cache prune -af
expect_fails 1 "gives no parts" env TEMPLATE_STORAGE_URL=http://127.0.0.1:8081 "$BERTH" template export v1 back.raw
assert_no_path back.raw.part
ok "what a plain web server can't do is said"

# The object is replaced by another of the same size while it is in use.
expect_ok berth template cache prune -af
cache=$BERTH_ROOT/template-cache
expect_ok berth template export v1 back.raw
entry=$(echo "$cache/$id@"*)
assert_path "$entry/map"
size=$(stat -c %s "www/$id/rootfs.ext4")
head -c "$size" /dev/urandom > "www/$id/rootfs.ext4"
printf X | dd of="$entry/data" bs=1 seek=4096 conv=notrunc status=none
expect_fails 1 "is another one than before" berth template export v1 back.raw
ok "a damaged block is fetched again, but not from another object"

expect_ok env TEMPLATE_STORAGE_URL= "$BERTH" template pull v2 http://127.0.0.1:8080
expect_ok env TEMPLATE_STORAGE_URL= "$BERTH" template export v2 back.raw
cmp image.raw back.raw || fail "the image came back changed"
ok "pull"
