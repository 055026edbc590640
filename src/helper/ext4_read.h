/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An ext4 on a block device, read in this process: no mount, no root. libext2fs does the reading, and asks the device
 * for no more blocks than it needs. The image comes from whoever made it; the kernel never sees it.
 */
#ifndef BERTH_HELPER_EXT4_READ_H
#define BERTH_HELPER_EXT4_READ_H

#include <ext2fs/ext2fs.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "template/device.h"

struct ext4_reader {
	ext2_filsys fs; /* owned */
	struct block_device *device; /* owned; of small blocks, over the stream */
	struct block_device *stream; /* borrowed from device */
	const char *name; /* borrowed; of the build, for errors */
};

#define EXT4_READER_INIT ((struct ext4_reader){ .fs = NULL })

/**
 * ext4_open() - read the file system on @stream, a device of template_stream_open().
 * @stream: owned by @ret, whatever comes of it
 * @name: the build's
 *
 * Return: 0; -EINVAL with @err: this is no ext2, ext3 or ext4; -errno with @err.
 */
int ext4_open(struct ext4_reader *ret, struct block_device *stream, const char *name,
	      struct error *err);
void ext4_done(struct ext4_reader *e);
DEFINE_AUTO(ext4_reader, struct ext4_reader, ext4_done)
#define auto_ext4_reader auto_clean(ext4_reader)

/** ext4_fail() - error_set() for @path and what libext2fs says. Return: -errno. */
int ext4_fail(const struct ext4_reader *e, errcode_t code, const char *path, struct error *err);

/**
 * ext4_find() - the inode of @path, from the root, links on the way followed inside the image.
 * @follow: a link in the last place too
 */
int ext4_find(const struct ext4_reader *e, const char *path, bool follow, ext2_ino_t *ret,
	      struct error *err);

/** ext4_inode() - read an inode. @path: for errors. */
int ext4_inode(const struct ext4_reader *e, ext2_ino_t ino, const char *path,
	       struct ext2_inode_large *ret, struct error *err);

#endif
