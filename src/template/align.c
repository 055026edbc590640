/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A call is cut into at most three pieces: the end of a block, whole blocks, the start of a block. Whole blocks go
 * straight through. Two writes to different parts of one block are no overlap for the caller, but they are for the
 * device below; so what reads a block in order to write it does so alone.
 */
#include "template/align.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"

struct align {
	struct block_device device;
	struct block_device *below; /* owned */
	pthread_mutex_t lock;	    /* of .block, and of reading a block to write it */
	void *block;		    /* owned; one block of the device below */
};

/* What of the range lies in the block that @offset is in, if that is not the whole block; else 0. */
static size_t part_of_block(const struct align *a, size_t length, uint64_t offset)
{
	uint32_t size = a->below->block_size;
	size_t into = (size_t)(offset % size);

	if (into == 0 && length >= size)
		return 0;
	return MIN(length, size - into);
}

static size_t whole_blocks(const struct align *a, size_t length)
{
	return length - length % a->below->block_size;
}

static int read_part(struct align *a, void *to, size_t length, uint64_t offset)
{
	size_t into = (size_t)(offset % a->below->block_size);
	int r;

	(void)pthread_mutex_lock(&a->lock);
	r = a->below->ops->read(a->below, a->block, a->below->block_size, offset - into);
	if (r == 0)
		memcpy(to, (char *)a->block + into, length);
	(void)pthread_mutex_unlock(&a->lock);
	return r;
}

/* @from NULL: zeros. */
static int write_part(struct align *a, const void *from, size_t length, uint64_t offset)
{
	size_t into = (size_t)(offset % a->below->block_size);
	int r;

	(void)pthread_mutex_lock(&a->lock);
	r = a->below->ops->read(a->below, a->block, a->below->block_size, offset - into);
	if (r == 0) {
		if (from)
			memcpy((char *)a->block + into, from, length);
		else
			memset((char *)a->block + into, 0, length);
		r = a->below->ops->write(a->below, a->block, a->below->block_size, offset - into);
	}
	(void)pthread_mutex_unlock(&a->lock);
	return r;
}

static int align_read(struct block_device *d, void *to, size_t length, uint64_t offset)
{
	struct align *a = (struct align *)d;
	int r = 0;

	while (r == 0 && length > 0) {
		size_t n = part_of_block(a, length, offset);

		if (n > 0) {
			r = read_part(a, to, n, offset);
		} else {
			n = whole_blocks(a, length);
			r = a->below->ops->read(a->below, to, n, offset);
		}
		to = (char *)to + n;
		length -= n;
		offset += n;
	}
	return r;
}

static int align_write(struct block_device *d, const void *from, size_t length, uint64_t offset)
{
	struct align *a = (struct align *)d;
	int r = d->read_only ? -EROFS : 0;

	while (r == 0 && length > 0) {
		size_t n = part_of_block(a, length, offset);

		if (n > 0) {
			r = write_part(a, from, n, offset);
		} else {
			n = whole_blocks(a, length);
			r = a->below->ops->write(a->below, from, n, offset);
		}
		from = (const char *)from + n;
		length -= n;
		offset += n;
	}
	return r;
}

static int align_zero(struct block_device *d, size_t length, uint64_t offset)
{
	struct align *a = (struct align *)d;
	int r = d->read_only ? -EROFS : 0;

	while (r == 0 && length > 0) {
		size_t n = part_of_block(a, length, offset);

		if (n > 0) {
			r = write_part(a, NULL, n, offset);
		} else {
			n = whole_blocks(a, length);
			r = a->below->ops->zero(a->below, n, offset);
		}
		length -= n;
		offset += n;
	}
	return r;
}

static int align_flush(struct block_device *d)
{
	struct align *a = (struct align *)d;

	return a->below->ops->flush(a->below);
}

static void align_free(struct block_device *d)
{
	struct align *a = (struct align *)d;

	a->below->ops->free(a->below);
	(void)pthread_mutex_destroy(&a->lock);
	free(a->block);
	free(a);
}

static const struct block_device_ops align_ops = {
	.read = align_read,
	.write = align_write,
	.zero = align_zero,
	.flush = align_flush,
	.free = align_free,
};

int align_open(struct block_device *below, uint32_t block_size, struct block_device **ret)
{
	struct align *a = calloc(1, sizeof(*a));
	void *block = NULL;

	/* Page-aligned: the device below may hand it to the kernel for direct I/O. */
	if (!a || posix_memalign(&block, 4096, below->block_size) != 0) {
		free(a);
		return -ENOMEM;
	}
	*a = (struct align){ .device = { .ops = &align_ops,
					 .size = below->size,
					 .block_size = block_size,
					 .read_only = below->read_only },
			     .below = below,
			     .lock = PTHREAD_MUTEX_INITIALIZER,
			     .block = block };
	*ret = &a->device;
	return 0;
}
