/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copying a tree while its canonical tar is written: each item is made in the copy just before its header
 * goes out, and a file's contents are hashed from the copy. So what is hashed is what is stored, and the
 * data are shared (FICLONE) or copied by the kernel (copy_file_range), with their holes.
 */
#ifndef BERTH_HELPER_MIRROR_H
#define BERTH_HELPER_MIRROR_H

#include "base/id.h"
#include "helper/tarwrite.h"

/**
 * mirror_tree() - copy the tree @source_fd into the empty directory @dest_fd.
 * @flags: enum tar_write_flags
 * @ret_diff_id: SHA-256 of the copy's canonical tar
 * @ret_size: bytes in regular files
 */
int mirror_tree(int source_fd, int dest_fd, unsigned flags, char ret_diff_id[ID_SIZE],
		uint64_t *ret_size, struct error *err);

#endif
