/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of any sector over a device that takes whole blocks only, against the same done in memory. */
#include "template/align.h"

#include <errno.h>
#include <stdlib.h>

#include "base/macros.h"
#include "tap.h"

#define BLOCK 4096u
#define SIZE  (16 * BLOCK)

struct memory {
	struct block_device device;
	unsigned char bytes[SIZE];
	unsigned misaligned;
	bool freed;
};

static struct memory *memory_of(struct block_device *d, size_t length, uint64_t offset)
{
	struct memory *m = (struct memory *)d;

	m->misaligned += length % BLOCK != 0 || offset % BLOCK != 0 || offset + length > SIZE;
	return m;
}

static int memory_read(struct block_device *d, void *to, size_t length, uint64_t offset)
{
	memcpy(to, memory_of(d, length, offset)->bytes + offset, length);
	return 0;
}

static int memory_write(struct block_device *d, const void *from, size_t length, uint64_t offset)
{
	memcpy(memory_of(d, length, offset)->bytes + offset, from, length);
	return 0;
}

static int memory_zero(struct block_device *d, size_t length, uint64_t offset)
{
	memset(memory_of(d, length, offset)->bytes + offset, 0, length);
	return 0;
}

static int memory_flush(struct block_device *d)
{
	(void)d;
	return 0;
}

static void memory_free(struct block_device *d)
{
	((struct memory *)d)->freed = true;
}

static const struct block_device_ops memory_ops = {
	.read = memory_read, .write = memory_write, .zero = memory_zero, .flush = memory_flush, .free = memory_free,
};

static struct memory memory;

static struct block_device *over_memory(void)
{
	struct block_device *d = NULL;

	memory = (struct memory){ .device = { .ops = &memory_ops, .size = SIZE, .block_size = BLOCK } };
	EQ_INT(align_open(&memory.device, 512, &d), 0);
	return d;
}

static void all_ranges(void)
{
	static unsigned char want[SIZE], got[SIZE], data[SIZE];
	struct block_device *d = over_memory();
	unsigned seed = 1, wrong = 0;

	EQ_INT(d->size, SIZE);
	EQ_INT(d->block_size, 512);
	for (size_t i = 0; i < SIZE; i++)
		data[i] = (unsigned char)(i * 7 + i / 512 + 1);
	for (unsigned i = 0; i < 2000; i++) {
		size_t from = (size_t)(rand_r(&seed) % (SIZE / 512)) * 512;
		size_t len = (size_t)(rand_r(&seed) % 40) * 512;

		len = MIN(len, SIZE - from);
		if (i % 3 == 0) {
			wrong += d->ops->zero(d, len, from) != 0;
			memset(want + from, 0, len);
		} else {
			wrong += d->ops->write(d, data + i % 100, len, from) != 0;
			memcpy(want + from, data + i % 100, len);
		}
		wrong += d->ops->read(d, got, len, from) != 0 || memcmp(got, want + from, len) != 0;
	}
	EQ_INT(wrong, 0);
	OK(memcmp(memory.bytes, want, SIZE) == 0);
	EQ_INT(memory.misaligned, 0);
	EQ_INT(d->ops->flush(d), 0);
	d->ops->free(d);
	OK(memory.freed);
}

static void read_only_stays(void)
{
	unsigned char sector[512] = { 1 };
	struct block_device *d = over_memory();

	d->read_only = true;
	EQ_INT(d->ops->write(d, sector, sizeof(sector), 0), -EROFS);
	EQ_INT(d->ops->zero(d, sizeof(sector), 0), -EROFS);
	EQ_INT(memory.bytes[0], 0);
	d->ops->free(d);
}

TAP_MAIN(all_ranges, read_only_stays)
