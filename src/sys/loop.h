/* SPDX-License-Identifier: Apache-2.0 */
/* Loop devices: a regular file as a block device. loop(4) */
#ifndef BERTH_SYS_LOOP_H
#define BERTH_SYS_LOOP_H

#include <stdint.h>

#include "base/error.h"

enum loop_flags {
	LOOP_READ_ONLY = 1,
	LOOP_DIRECT = 2, /* the file is read and written past the page cache: one cache, the device's own */
};

/**
 * loop_attach() - make a free loop device one of the file @file_fd.
 * @block_size: its logical block size, 512 to 4096
 * @flags: enum loop_flags
 * @ret_number: N of /dev/loopN
 *
 * The device goes with its last user (LO_FLAGS_AUTOCLEAR): a file system mounted on it, or the descriptor.
 * Return: descriptor of the device, owned by the caller, or -errno with @err (and a hint where loop is missing).
 */
int loop_attach(int file_fd, uint32_t block_size, unsigned flags, unsigned *ret_number,
		struct error *err);

#endif
