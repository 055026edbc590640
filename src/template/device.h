/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A block device in user space: what stands between where bytes come from (a raw file, a streamed template, a
 * copy-on-write layer on top) and who asks for them (the FUSE, NBD and other front ends). Each layer is one of
 * these over another.
 *
 * All calls are synchronous and may come from several threads at once; overlapping writes are ordered by the
 * caller, as with a disk. Offsets and lengths are bytes, multiples of block_size, within size.
 */
#ifndef BERTH_TEMPLATE_DEVICE_H
#define BERTH_TEMPLATE_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct block_device;

/* Each returns 0 or -errno: -EIO for what is lost, -ENOSPC for a full cache, -EROFS for a read-only device. */
struct block_device_ops {
	int (*read)(struct block_device *d, void *to, size_t length, uint64_t offset);
	int (*write)(struct block_device *d, const void *from, size_t length, uint64_t offset);
	/** .zero - the range reads as zeros; its space may be given back (discard and write-zeroes). */
	int (*zero)(struct block_device *d, size_t length, uint64_t offset);
	/** .flush - what was written before is on stable storage when this returns. */
	int (*flush)(struct block_device *d);
	/** .free - no call is under way and none comes after; releases @d itself. */
	void (*free)(struct block_device *d);
};

/* The head of every implementation's own struct. */
struct block_device {
	const struct block_device_ops *ops;
	uint64_t size;	     /* bytes */
	uint32_t block_size; /* smallest unit of the calls, a power of two */
	bool read_only;	     /* write and zero give -EROFS */
};

#endif
