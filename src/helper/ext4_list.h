/* SPDX-License-Identifier: Apache-2.0 */
/* What the inodes of an ext4 hold: directories, links, times. */
#ifndef BERTH_HELPER_EXT4_LIST_H
#define BERTH_HELPER_EXT4_LIST_H

#include <time.h>

#include "helper/ext4_read.h"

#define EXT4_LINK_MAX 4096

struct ext4_entry {
	char *name; /* owned */
	ext2_ino_t ino;
};

struct ext4_entries {
	struct ext4_entry *v; /* owned */
	size_t n, cap;
	int failed;
};

void ext4_entries_done(struct ext4_entries *l);
DEFINE_AUTO(ext4_entries, struct ext4_entries, ext4_entries_done)
#define auto_ext4_entries auto_clean(ext4_entries)

/**
 * ext4_list() - what directory @ino holds, sorted by byte value, without "." and "..".
 * Return: 0; -EINVAL with @err for names that no file can have; -errno with @err.
 */
int ext4_list(const struct ext4_reader *e, ext2_ino_t ino, const char *path,
	      struct ext4_entries *ret, struct error *err);

/** ext4_link() - the text of a symbolic link; a longer one is cut off. */
int ext4_link(const struct ext4_reader *e, ext2_ino_t ino, struct ext2_inode_large *inode,
	      const char *path, char out[EXT4_LINK_MAX], struct error *err);

/** ext4_mtime() - when it was last changed. */
struct timespec ext4_mtime(const struct ext2_inode_large *inode);

#endif
