/* SPDX-License-Identifier: Apache-2.0 */
#include "template/fsprobe.h"

#include <errno.h>

#include "tap.h"

static unsigned char head[FSPROBE_HEAD];

static void put(size_t at, const char *bytes, size_t n)
{
	memset(head, 0, sizeof(head));
	memcpy(head + at, bytes, n);
}

static void knows_ext4_and_its_blocks(void)
{
	struct fsprobe p = { 0 };

	put(1080, "\x53\xef", 2);
	EQ_INT(fsprobe_head(head, &p), 0);
	EQ_STR(p.type, "ext4");
	EQ_INT(p.block_size, 1024);
	head[1048] = 2;
	EQ_INT(fsprobe_head(head, &p), 0);
	EQ_INT(p.block_size, 4096);
	head[1048] = 6; /* 64 KiB, read in pieces */
	EQ_INT(fsprobe_head(head, &p), 0);
	EQ_INT(p.block_size, 4096);
	head[1048] = 255;
	EQ_INT(fsprobe_head(head, &p), 0);
	EQ_INT(p.block_size, 4096);
}

static void knows_others(void)
{
	struct fsprobe p = { 0 };

	put(0, "XFSB", 4);
	head[121] = 9;
	EQ_INT(fsprobe_head(head, &p), 0);
	EQ_STR(p.type, "xfs");
	EQ_INT(p.block_size, 512);
	put(1024, "\xe2\xe1\xf5\xe0", 4);
	head[1036] = 12;
	EQ_INT(fsprobe_head(head, &p), 0);
	EQ_STR(p.type, "erofs");
	EQ_INT(p.block_size, 4096);
	put(0, "hsqs", 4);
	EQ_INT(fsprobe_head(head, &p), 0);
	EQ_STR(p.type, "squashfs");
	EQ_INT(p.block_size, 1024);
	put(64, "_BHRfS_M", 8);
	EQ_INT(fsprobe_head(head, &p), -ENOENT);
	EQ_INT(fsprobe_btrfs(head, &p), 0);
	EQ_STR(p.type, "btrfs");
}

static void knows_nothing_else(void)
{
	struct fsprobe p = { 0 };

	memset(head, 0, sizeof(head));
	EQ_INT(fsprobe_head(head, &p), -ENOENT);
	EQ_INT(fsprobe_btrfs(head, &p), -ENOENT);
	memset(head, 0xff, sizeof(head));
	EQ_INT(fsprobe_head(head, &p), -ENOENT);
}

TAP_MAIN(knows_ext4_and_its_blocks, knows_others, knows_nothing_else)
