#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Files of a build, read without a mount: template ls T B [PATH], template cat, template tar.
# A network of its own: every test may have the same port.
[ "$(id -u)" != 0 ] || [ -n "${BERTH_TEST_NET-}" ] || BERTH_TEST_NET=1 exec unshare --net -- bash "$0" "$@"
. "$(dirname "$0")/../lib.sh"
requires_cmd jq mkfs.ext4 nginx setfattr setcap setfacl

unset STORAGE_PROVIDER TEMPLATE_STORAGE_URL TEMPLATE_BUCKET_NAME LOCAL_TEMPLATE_STORAGE_BASE_PATH TEMPLATE_CACHE_DIR

mkdir -p files/etc/deep/er files/many
echo hello > files/etc/greeting
chmod 4755 files/etc/greeting
touch -d '2001-02-03T04:05:06Z' files/etc/greeting
ln -s ../etc/greeting files/etc/link
ln -s /etc/deep files/way
long=$(printf 'x%.0s' {1..100})
ln -s "$long" files/etc/long
mkfifo files/etc/fifo
echo bottom > files/etc/deep/er/file
head -c 3000001 /dev/urandom > files/noise
truncate -s 5m files/sparse
printf end >> files/sparse
: > files/empty
for i in {1..300}; do echo "$i" > "files/many/a-rather-long-name-of-a-file-$i"; done

for blocks in 1024 4096; do
	mkfs.ext4 -q -F -b $blocks -d files "image$blocks.raw" 64m
	expect_ok berth template import "image$blocks.raw" base "b$blocks"
	expect_ok berth template ls -q base "b$blocks"
	expect_out "$(printf '%s\n' empty etc lost+found many noise sparse way)"
	expect_ok berth template ls -q base "b$blocks" /many
	expect_out "$(cd files/many && LC_ALL=C ls)"
	for f in noise sparse empty etc/greeting etc/link etc/deep/er/file; do
		"$BERTH" template cat base "b$blocks" "/$f" | cmp - "files/$f" || fail "$f differs"
	done
done
ok "names and contents, with small and large blocks"

# has_line REGEX - a whole line of the last output.
has_line() {
	grep -Exq -- "$1" <<< "$out" || fail "no line '$1'"
}
expect_ok berth template ls base b4096 /etc/greeting
has_line 'MODE +UID +GID +SIZE +MODIFIED AT +NAME +TARGET *'
has_line '-rwsr-xr-x +0 +0 +6 +2001-02-03T04:05:06\.000000000Z +/etc/greeting *'
expect_ok berth template ls --format '{{.Mode}} {{.Name}} {{.Target}}' base b4096 etc
has_line "lrwxrwxrwx link \.\./etc/greeting"
has_line "lrwxrwxrwx long $long"
has_line "drwxr-xr-x deep "
expect_ok berth template ls -q base b4096 /way
expect_out er
expect_ok berth template ls --format json base b4096 /etc/link
assert_eq "$(jq -r '.Name + " " + .Target' <<< "$out")" "/etc/link ../etc/greeting"
"$BERTH" template cat base b4096 /etc/greeting /way/er/file > two
assert_file two "$(printf 'hello\nbottom')"
ok "what an entry is, and several files"

expect_fails 1 "cannot read '/nope' of build 'b4096': No such file" berth template cat base b4096 /nope
expect_fails 1 "cannot read '/etc/long' of build 'b4096': No such file" berth template cat base b4096 /etc/long
expect_fails 1 "cannot read '/noise/x' of build 'b4096': Not a directory" berth template ls base b4096 /noise/x
expect_fails 1 "cannot read '/etc' of build 'b4096': Is a directory" berth template cat base b4096 /etc
expect_fails 1 "no regular file" berth template cat base b4096 /etc/fifo
expect_fails 1 "has no build 'nope'" berth template ls base nope
expect_fails 1 "invalid template id" berth template ls ../x b4096
head -c 100000 /dev/urandom > junk.raw
expect_ok berth template import junk.raw base junk
expect_fails 1 "cannot read build 'junk': it holds no ext4" berth template ls base junk
ok "what can't be read is refused"

# All kinds of files, to the tar program and to an image and back.
mkdir tree && cp -a files/etc files/sparse tree/
ln tree/etc/greeting tree/again
mknod tree/disk b 8 300
mknod tree/null c 1 3
chown 1234:70000 tree/disk tree/etc/deep
setfattr -n user.note -v text tree/etc/deep
setcap cap_net_raw+ep tree/sparse
setfacl -m u:1234:r tree/etc/deep/er/file
mkfs.ext4 -q -F -O inline_data -I 256 -d tree tree.raw 64m
expect_ok berth template import tree.raw base tree
"$BERTH" template tar base tree > tree.tar
mkdir back && tar --xattrs --xattrs-include='*' -xpf tree.tar -C back
(cd tree && find . -mindepth 1 -printf '%p %y %m %U %G %n %l %Ts\n' | sort) > want
(cd back && find . -mindepth 1 -printf '%p %y %m %U %G %n %l %Ts\n' | sort) > got
diff want got >&2 || fail "the tree came back changed"
diff -r --no-dereference --exclude=fifo --exclude=disk --exclude=null tree back || fail "contents came back changed"
assert_eq "$(stat -c '%t:%T' back/disk back/null)" "$(stat -c '%t:%T' tree/disk tree/null)"
assert_eq "$(cd back && getfattr -hRd -m - . | sort)" "$(cd tree && getfattr -hRd -m - . | sort)"
"$BERTH" template tar base tree /etc > etc.tar
assert_eq "$(tar -tf etc.tar | tr '\n' ' ')" "./ deep/ deep/er/ deep/er/file fifo greeting link long "
"$BERTH" template tar base tree /etc/greeting | tar -xO greeting > one
assert_file one hello
"$BERTH" template tar base tree | "$BERTH" import - tree > /dev/null
"$BERTH" image inspect tree > /dev/null
expect_fails 1 "No such file" berth template tar base tree /nope
ok "as a tar archive, and as an image"

# The file system is cut off in the middle, then its inodes are noise: an error, no more.
head -c 300000 image4096.raw > cut.raw
expect_ok berth template import cut.raw base cut
expect_status 1 berth template cat base cut /noise
cp image4096.raw bad.raw
dd if=/dev/urandom of=bad.raw bs=4096 seek=4 count=600 conv=notrunc status=none
expect_ok berth template import bad.raw base bad
expect_status 1 berth template cat base bad /etc/greeting
ok "a damaged file system"


# 4 GiB behind a web server: the root directory takes less than 2 MiB of it, and a server that is gone is an error.
ip link set lo up
mkdir www
truncate -s 4g big.raw
mkfs.ext4 -q -F -b 4096 -d files big.raw
LOCAL_TEMPLATE_STORAGE_BASE_PATH=$tmp/www "$BERTH" template import big.raw base big > /dev/null
chmod -R a+rX "$tmp" www
cat > nginx.conf << END
daemon off;
error_log $tmp/error.log;
pid $tmp/nginx.pid;
user root;
events { worker_connections 64; }
http {
	access_log $tmp/access.log;
	client_body_temp_path $tmp/n1; proxy_temp_path $tmp/n2; fastcgi_temp_path $tmp/n3;
	uwsgi_temp_path $tmp/n4; scgi_temp_path $tmp/n5;
	server { listen 127.0.0.1:8080; root $tmp/www; max_ranges 16; }
}
END
nginx -p "$tmp" -c "$tmp/nginx.conf" > nginx.log 2>&1 &
server=$!
stop_nginx() {
	kill "$server" 2> /dev/null || true
	wait "$server" || true
}
cleanup_fn stop_nginx
wait_for bash -c 'exec 3<> /dev/tcp/127.0.0.1/8080'
export TEMPLATE_STORAGE_URL=http://127.0.0.1:8080
expect_ok berth template ls -q base big
expect_out "$(printf '%s\n' empty etc lost+found many noise sparse way)"
sent=$(awk '{ n += $10 } END { print n }' access.log)
[ "$sent" -gt 0 ] && [ "$sent" -lt 2097152 ] || fail "listing a directory fetched $sent bytes"
expect_ok berth template cat base big /etc/greeting
expect_out hello
stop_nginx
expect_status 1 env BERTH_TEMPLATE_PATIENCE=0 "$BERTH" template cat base big /noise
grep -F 127.0.0.1:8080 <<< "$err" > /dev/null || fail "the error does not say which server"
ok "from a web server, only what is needed"
