/* SPDX-License-Identifier: Apache-2.0 */
#include "template/fsprobe.h"

#include <errno.h>
#include <string.h>

#define SECTOR	  512u
#define MAX_BLOCK 4096u /* of a block device: larger blocks are read in pieces */

static uint32_t le32(const unsigned char *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* 2^@shift, kept within what a block device may have. */
static uint32_t block_of_shift(uint32_t shift)
{
	if (shift < 9)
		return SECTOR;
	return shift > 12 ? MAX_BLOCK : 1u << shift;
}

static int found(struct fsprobe *ret, const char *type, uint32_t block_size)
{
	*ret = (struct fsprobe){ .type = type, .block_size = block_size };
	return 0;
}

int fsprobe_head(const unsigned char *head, struct fsprobe *ret)
{
	/* ext2 to ext4, all mounted by ext4. Superblock at 1024; in it, magic at 56 and log2(block/1024) at 24 */
	if (head[1080] == 0x53 && head[1081] == 0xef)
		return found(ret, "ext4", block_of_shift(10 + (le32(head + 1048) & 0xff)));
	if (memcmp(head, "XFSB", 4) == 0) /* sectlog at 121 */
		return found(ret, "xfs", block_of_shift(head[121]));
	if (le32(head + 1024) == 0xe0f5e1e2u) /* blkszbits at 12 */
		return found(ret, "erofs", block_of_shift(head[1036]));
	if (memcmp(head, "hsqs", 4) == 0)
		return found(ret, "squashfs", 1024);
	return -ENOENT;
}

int fsprobe_btrfs(const unsigned char *block, struct fsprobe *ret)
{
	if (memcmp(block + 64, "_BHRfS_M", 8) != 0)
		return -ENOENT;
	return found(ret, "btrfs", block_of_shift(le32(block + 144) == 4096 ? 12 : 9));
}
