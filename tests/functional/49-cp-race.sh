#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# cp while the container exchanges a directory of its own with a link to one of the host's, as fast as it can
# (CVE-2018-15664, CVE-2019-10152, CVE-2023-0778): no round may read or write anything of the host's.
. "$(dirname "$0")/../lib.sh"

requires_cmd cc
import_busybox
mkdir canary out
echo of-the-host > canary/secret
before=$(find canary -printf '%P %i %m %s %T@ %C@\n' | sort)

cat > swap.c <<'SOURCE'
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
int main(void)
{
	while (access("/stop", F_OK) < 0) {
		for (int i = 0; i < 1000; i++) {
			renameat2(AT_FDCWD, "/race/dir", AT_FDCWD, "/race/link", 2 /* RENAME_EXCHANGE */);
			renameat2(AT_FDCWD, "/race/dir/secret", AT_FDCWD, "/race/dir/file-link", 2);
		}
	}
	return 0;
}
SOURCE
cc -static -O2 -o swap swap.c
# The same path exists inside, so that a link is resolved to something there as well.
expect_ok berth run -d --name box -v ./swap:/swap:ro busybox sh -c "
	mkdir -p $tmp/canary /race/dir && echo inside > $tmp/canary/secret && echo inside > /race/dir/secret
	ln -s $tmp/canary/secret /race/dir/file-link && ln -s $tmp/canary /race/link
	echo ready > /ready; /swap; exec sleep 1000"
wait_for berth exec box test -e /ready

# What a round says does not matter: a file may be away at the moment. What it has done does.
tree() {
	find canary -printf '%P %i %m %s %T@ %C@\n' | sort
}
# A link that was copied as a link leads to the host's file, of course: only files count, and none is followed.
nothing_was_read() {
	! find out said -type f -exec grep -l of-the-host {} + | grep . > /dev/null || fail "a file of the host was read in round $rounds"
}
echo new > new
rounds=0 copied=0
for ((i = 1; i <= 250; i++)); do
	"$BERTH" cp box:/race/dir/secret "out/one$i" 2>> said && copied=$((copied + 1))
	"$BERTH" cp -L box:/race/dir/file-link "out/two$i" 2>> said || true
	"$BERTH" cp new box:/race/dir/new 2>> said && copied=$((copied + 1))
	"$BERTH" cp new box:/race/dir/secret 2>> said || true
	rounds=$((rounds + 4))
	((i % 25 == 0)) || continue
	"$BERTH" cp box:/race out/tree 2>> said || true
	"$BERTH" cp box:/race - 2>> said | tar -xO 2> /dev/null > out/archive || true
	rounds=$((rounds + 2))
	nothing_was_read
	rm -rf out/*
done
assert_eq "$(tree)" "$before" "the directory of the host"
((copied > 100)) || fail "only $copied of the copies went well"
ok "$rounds rounds, $copied copies that went well: nothing of the host was read or written"

expect_ok berth exec box touch /stop
expect_ok berth rm -f box
