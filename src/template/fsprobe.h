/* SPDX-License-Identifier: Apache-2.0 */
/* Which file system an image holds, told by its first blocks as blkid(8) does. */
#ifndef BERTH_TEMPLATE_FSPROBE_H
#define BERTH_TEMPLATE_FSPROBE_H

#include <stddef.h>
#include <stdint.h>

/* What is looked at: the first, and btrfs's superblock. */
#define FSPROBE_HEAD	     4096u
#define FSPROBE_BTRFS_OFFSET 65536u

struct fsprobe {
	const char *type;    /* as the kernel calls it */
	uint32_t block_size; /* the smallest unit that it reads and writes: the device must be able to */
};

/**
 * fsprobe_head() - look at the first FSPROBE_HEAD bytes of an image. Pure; the bytes may be hostile.
 * Return: 0; -ENOENT if it is none of ext4, xfs, erofs, squashfs.
 */
int fsprobe_head(const unsigned char *head, struct fsprobe *ret);

/** fsprobe_btrfs() - the same for FSPROBE_HEAD bytes from FSPROBE_BTRFS_OFFSET. */
int fsprobe_btrfs(const unsigned char *block, struct fsprobe *ret);

#endif
