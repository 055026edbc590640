#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Template builds in a bucket: an S3 server from npm's registry, behind a proxy that checks signatures.
# A network of its own: every test may have the same port. The server is fetched before that.
if [ "$(id -u)" = 0 ] && [ -z "${BERTH_TEST_NET-}" ]; then
	"$(dirname "$0")/../lib/make-s3rver" || true
	BERTH_TEST_NET=1 exec unshare --net -- bash "$0" "$@"
fi
. "$(dirname "$0")/../lib.sh"
requires_cmd mkfs.ext4 jq

unset STORAGE_PROVIDER TEMPLATE_STORAGE_URL LOCAL_TEMPLATE_STORAGE_BASE_PATH TEMPLATE_CACHE_DIR
unset AWS_PROFILE AWS_SESSION_TOKEN AWS_REGION AWS_DEFAULT_REGION AWS_ENDPOINT_URL_S3
ip link set lo up 2> /dev/null || skip "needs the program 'ip'"
s3rver=$roots_cache/s3rver/node_modules/s3rver/bin/s3rver.js
[ -e "$s3rver" ] || skip "no S3 server (npm's registry could not be reached)"

mkdir -p files buckets
head -c 5000000 /dev/urandom > files/noise
mkfs.ext4 -q -d files image.raw 64m

node "$s3rver" -d buckets -a 127.0.0.1 -p 4568 --configure-bucket templates > s3.log 2>&1 &
server=$!
node "$tests_dir/lib/s3-signatures.js" 4569 http://127.0.0.1:4568 S3RVER secret > proxy.log 2>&1 &
proxy=$!
stop_server() {
	kill "$server" "$proxy" 2> /dev/null || true
	wait "$server" "$proxy" || true
}
cleanup_fn stop_server
WAIT_SECONDS=60 wait_for bash -c 'exec 3<> /dev/tcp/127.0.0.1/4568 4<> /dev/tcp/127.0.0.1/4569'

export STORAGE_PROVIDER=AWSBucket TEMPLATE_BUCKET_NAME=templates S3_USE_PATH_STYLE=true
export AWS_ENDPOINT_URL=http://127.0.0.1:4569 AWS_ACCESS_KEY_ID=S3RVER AWS_SECRET_ACCESS_KEY=secret
export AWS_EC2_METADATA_DISABLED=true BERTH_TEMPLATE_PATIENCE=30

expect_ok berth template ls
expect_ok berth template import image.raw base v1
id=$out
expect_ok berth template export v1 back.raw
cmp image.raw back.raw || fail "the image came back changed"
expect_fails 1 "has a build 'v1' already" berth template import image.raw base v1
expect_ok berth template import --compress lz4 image.raw base v2
expect_ok berth template export v2 back.raw
cmp image.raw back.raw || fail "the image came back changed"
ok "import and export, signed"

expect_ok berth template ls --format '{{.TemplateID}} {{.Name}} {{.State}}'
assert_eq "$(sort <<< "$out")" $'base v1 complete\nbase v2 complete'
expect_ok berth template ls -q
grep -qx "$id" <<< "$out" || fail "the build is not listed"
expect_ok berth template inspect -f '{{.BuildID}}' v1
expect_out "$id"
ok "ls and inspect"

expect_ok berth template cache prune -af
expect_fails 1 "templates.*$id/rootfs.ext4.header.*HTTP status 403: SignatureDoesNotMatch" \
	env AWS_SECRET_ACCESS_KEY=wrong "$BERTH" template export v1 back.raw
expect_fails 1 "elsewhere.*NoSuchBucket" \
	env TEMPLATE_BUCKET_NAME=elsewhere "$BERTH" template export v1 back.raw
ok "errors name bucket and object, and say why"

mkdir aws
printf '[default]\naws_access_key_id = X\naws_secret_access_key = Y\n[test]\n%s\n%s\n' \
	'aws_access_key_id = S3RVER' 'aws_secret_access_key = secret' > aws/credentials
expect_ok env -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY AWS_PROFILE=test \
	AWS_SHARED_CREDENTIALS_FILE="$tmp/aws/credentials" "$BERTH" template inspect -f '{{.BuildID}}' v1
expect_out "$id"
ok "keys from the shared file"

local=file://$tmp/local
expect_ok berth template push v2 "$local"
expect_ok berth template rm v2
expect_status 1 berth template inspect -f x v2
expect_err "has no build 'v2'"
expect_ok berth template pull v2 "$local"
expect_ok berth template export v2 back.raw
cmp image.raw back.raw || fail "the image came back changed"
expect_ok berth template rm v1 v2
expect_ok berth template ls -q
expect_out ""
assert_eq "$(find buckets -name '*rootfs*' | wc -l)" 0 "objects that are left"
ok "push, pull and rm"
