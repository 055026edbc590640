#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# save and load, with the tools that others use on the other side.
. "$(dirname "$0")/../lib.sh"
. "$tests_dir/lib/trees.sh"
requires_cmd jq python3 skopeo umoci podman setfattr

mkdir "$tmp/src" "$tmp/out"
make_odd_tree "$tmp/src"
tar -C "$tmp/src" --xattrs --xattrs-include='*' -cf "$tmp/odd.tar" .
import_busybox --change 'CMD ["/bin/sh"]' --change 'ENV A=b'
berth run --name cc busybox sh -c 'rm /bin/ls; rm -rf /home; mkdir /home; echo new > /home/new; echo x > /top'
berth commit cc two:layers > /dev/null
berth rm cc > /dev/null
berth import "$tmp/odd.tar" odd:tree > /dev/null
want_id=$(id_of two:layers)
want_layers=$(layers_of two:layers)

forms=(docker-archive oci-archive oci-archive-gzip oci-archive-zstd)
save_form() { # FORM FILE IMAGE…
	local form=$1 file=$2
	shift 2
	case $form in
	*-gzip | *-zstd) berth save --format "${form%-*}" --compress "${form##*-}" -o "$file" "$@" ;;
	*) berth save --format "$form" -o "$file" "$@" ;;
	esac
}
for form in "${forms[@]}"; do
	expect_ok save_form "$form" "$tmp/out/$form.tar" two:layers odd:tree
	expect_ok save_form "$form" "$tmp/out/again.tar" two:layers odd:tree
	cmp "$tmp/out/$form.tar" "$tmp/out/again.tar" || fail "$form: saved twice, two archives"
done
expect_ok berth save --format oci-dir -o "$tmp/out/oci" two:layers
berth save two:layers odd:tree > "$tmp/out/again.tar"
cmp "$tmp/out/docker-archive.tar" "$tmp/out/again.tar" || fail "standard output differs from a file"
rm "$tmp/out/again.tar"
expect_fails 1 "not empty" berth save --format oci-dir -o "$tmp/out" two:layers
expect_fails 1 "[Nn]o such image" berth save -o "$tmp/out/none" no-such-image
assert_no_path "$tmp/out/none"
ok "save: the same bytes each time"

# ---- others read what berth saves ----

config_of() { # SKOPEO-IMAGE
	skopeo inspect --raw --config "$1" | sha256sum | cut -d ' ' -f 1
}
for image in "docker-archive:$tmp/out/docker-archive.tar:two:layers" "oci-archive:$tmp/out/oci-archive.tar:layers" \
	"oci-archive:$tmp/out/oci-archive-gzip.tar:layers" "oci-archive:$tmp/out/oci-archive-zstd.tar:layers" \
	"oci:$tmp/out/oci:layers"; do
	assert_eq "sha256:$(config_of "$image")" "$want_id" "id that skopeo sees in $image"
	rm -rf "$tmp/copy"
	skopeo copy -q --insecure-policy "$image" "dir:$tmp/copy" || fail "skopeo cannot copy $image"
done
ok "skopeo"

umoci unpack --image "$tmp/out/oci:layers" "$tmp/bundle" > /dev/null
assert_no_path "$tmp/bundle/rootfs/bin/ls"
assert_file "$tmp/bundle/rootfs/home/new" new
assert_eq "$(ls "$tmp/bundle/rootfs/home")" new "opaque directory"
skopeo copy -q --insecure-policy "oci-archive:$tmp/out/oci-archive.tar:tree" "oci:$tmp/out/oci-odd:tree"
umoci unpack --image "$tmp/out/oci-odd:tree" "$tmp/bundle-odd" > /dev/null
same_tree "$tmp/src" "$tmp/bundle-odd/rootfs"
ok "umoci unpacks the same tree"

cat > "$tmp/containers.conf" << 'CONF'
[containers]
default_ulimits = ["nofile=20000:20000","nproc=20000:20000"]
CONF
export CONTAINERS_CONF=$tmp/containers.conf
pod() {
	podman --root "$tmp/podman" --runroot "$tmp/podman-run" --storage-driver vfs --runtime runc \
		--cgroup-manager cgroupfs "$@"
}
# vfs's directories are other mounts' business; podman pauses nothing as root
cleanup_fn rm -rf "$tmp/podman" "$tmp/podman-run"
for form in "${forms[@]}"; do
	save_form "$form" "$tmp/out/one.tar" two:layers # podman takes but one image from an OCI archive
	pod load -q -i "$tmp/out/one.tar" > "$tmp/.pod" 2> "$tmp/.pod-err" ||
		fail "podman load of $form: $(cat "$tmp/.pod-err")"
	assert_eq "sha256:$(pod image inspect two:layers | jq -r '.[0].Id')" "$want_id" "podman's id of $form"
	assert_eq "$(pod image inspect two:layers | jq -r '.[0].RootFS.Layers[]')" "$want_layers" "podman's layers"
	pod rmi -a -f > /dev/null 2>&1
	rm "$tmp/out/one.tar"
done
pod load -q -i "$tmp/out/docker-archive.tar" > /dev/null 2>&1
ok "podman"

# ---- berth reads what others save ----

fresh_store() {
	export BERTH_ROOT=$tmp/root2
	rm -rf "$tmp/root2"
}
saved_root=$BERTH_ROOT
check_loaded() { # WHAT NAME
	expect_ok berth load -i "$1"
	assert_match "$out" "Loaded image"
	assert_eq "$(id_of "$2")" "$want_id" "id after load of $1"
	assert_eq "$(layers_of "$2")" "$want_layers" "layers after load of $1"
	run berth run --rm "$2" sh -c 'cat /home/new /top; test ! -e /bin/ls; echo $? $A'
	assert_eq "$out" $'new\nx\n0 b' "a container of $1"
	# And saved once more, the layers are what they were.
	berth save --format oci-archive -o "$tmp/resaved.tar" "$2"
	skopeo copy -q --insecure-policy "oci-archive:$tmp/resaved.tar" "dir:$tmp/copy2" || fail "resaved $1"
	rm -rf "$tmp/copy2" "$tmp/resaved.tar"
	berth image rm -f "$2" > /dev/null
	berth image prune -af > /dev/null
	assert_eq "$(ls "$BERTH_ROOT/blobs" "$BERTH_ROOT/layers" | grep -c '^[0-9a-f]' || true)" 0 \
		"layers and blobs after removal"
}

fresh_store
for form in "${forms[@]}"; do
	BERTH_ROOT=$saved_root save_form "$form" "$tmp/out/one.tar" two:layers
	check_loaded "$tmp/out/one.tar" two:layers
	gzip -c "$tmp/out/one.tar" > "$tmp/out/one.tar.gz"
	check_loaded "$tmp/out/one.tar.gz" two:layers
	rm "$tmp/out/one.tar" "$tmp/out/one.tar.gz"
done
check_loaded "$tmp/out/oci" two:layers
ok "berth's own, plain and gzip"

pod save -q -o "$tmp/out/pod-docker.tar" two:layers
pod save -q --format oci-archive -o "$tmp/out/pod-oci.tar" two:layers
pod save -q --format oci-dir -o "$tmp/out/pod-oci-dir" two:layers
check_loaded "$tmp/out/pod-docker.tar" localhost/two:layers
for o in pod-oci.tar pod-oci-dir; do
	expect_ok berth load -i "$tmp/out/$o"
	assert_match "$out" "Loaded image"
	if [ -d "$tmp/out/$o" ]; then
		oci=oci:$tmp/out/$o
	else
		oci=oci-archive:$tmp/out/$o
	fi
	# podman makes a new configuration for OCI: its id is what skopeo sees, its layers are the same.
	assert_eq "$(layers_of "sha256:$(config_of "$oci")")" "$want_layers" "layers of podman's $o"
	berth image prune -af > /dev/null
done
ok "podman's docker-archive, oci-archive, oci-dir"

skopeo copy -q --insecure-policy "docker-archive:$tmp/out/docker-archive.tar:two:layers" \
	"docker-archive:$tmp/out/skopeo-docker.tar:two:layers"
check_loaded "$tmp/out/skopeo-docker.tar" two:layers
skopeo copy -q --insecure-policy "oci-archive:$tmp/out/oci-archive-gzip.tar:layers" \
	"oci:$tmp/out/skopeo-oci:docker.io/library/two:layers"
check_loaded "$tmp/out/skopeo-oci" two:layers
ok "skopeo's docker-archive and oci"

umoci insert --image "$tmp/out/oci:layers" --tag more "$tmp/odd.tar" /inserted.tar > /dev/null
expect_ok berth load -i "$tmp/out/oci"
ok "umoci's oci"

# Everything that a layer can hold survives the way through another tool and back.
skopeo copy -q --insecure-policy "oci-archive:$tmp/out/oci-archive-gzip.tar:tree" \
	"docker-archive:$tmp/out/odd-docker.tar:odd:tree"
expect_ok berth load -i "$tmp/out/odd-docker.tar"
same_tree "$tmp/src" "$(top_diff odd:tree)"
expect_ok berth load --quiet < "$tmp/out/docker-archive.tar"
ok "the odd tree, through skopeo and back"

expect_fails 1 "neither a docker-archive nor an OCI layout" berth load -i "$tmp/odd.tar"
expect_hint "berth import"
rm -rf "$tmp/root2"
