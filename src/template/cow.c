/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file of changes:
 *
 *   [0, size)            the blocks that were written, each at its place in the device; holes elsewhere
 *   size                 one block: what the file is of (struct cow_head)
 *   size + 4096          one byte for each block: an enum block_state
 *
 * The process may be killed at any point and another go on with the file. So a block's bytes are in the file before
 * its state says that they count, and its state says zeros before the bytes are punched out; both are in the page
 * cache, which outlives the process. A flush brings both to the disk.
 *
 * The states are also kept in memory, where they are looked at; the file's are only written, once for each change.
 */
#include "template/cow.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "template/header.h"

#define BLOCK	  HEADER_BLOCK
#define COW_MAGIC "berthcow1"

struct cow_head {
	char magic[16];
	uint64_t size;
	struct uuid build;
};

struct cow {
	struct block_device base;
	struct block_device *lower; /* owned */
	int fd;			    /* owned */
	unsigned char *states;	    /* owned; read and written by several threads */
	_Atomic uint64_t dirty;	    /* blocks */
};

static struct cow *cow_of(struct block_device *d)
{
	return (struct cow *) (void *) d;
}

/* Where the states begin in the file. */
static uint64_t map_at(const struct cow *c)
{
	return c->base.size + BLOCK;
}

static unsigned char state_of(const struct cow *c, uint64_t block)
{
	return __atomic_load_n(&c->states[block], __ATOMIC_ACQUIRE);
}

/* The end of the run of blocks from @first, at most @end, that are in one state. */
static uint64_t run_end(const struct cow *c, uint64_t first, uint64_t end)
{
	unsigned char state = state_of(c, first);
	uint64_t i = first + 1;

	while (i < end && state_of(c, i) == state)
		i++;
	return i;
}

static int cow_read(struct block_device *d, void *to, size_t length, uint64_t offset)
{
	struct cow *c = cow_of(d);
	uint64_t block = offset / BLOCK, end = (offset + length) / BLOCK;
	unsigned char *p = to;
	int r = 0;

	while (r == 0 && block < end) {
		unsigned char state = state_of(c, block);
		uint64_t stop = run_end(c, block, end);
		size_t n = (size_t) (stop - block) * BLOCK;

		if (state == BLOCK_SAME)
			r = c->lower->ops->read(c->lower, p, n, block * BLOCK);
		else if (state == BLOCK_DIRTY)
			r = fd_read_at(c->fd, p, n, block * BLOCK);
		else
			memset(p, 0, n);
		p += n;
		block = stop;
	}
	return r;
}

/* Only states that differ are written. The file's come first: what memory says, a successor must find. */
static int set_states(struct cow *c, uint64_t block, uint64_t end, unsigned char state)
{
	unsigned char bytes[512];

	memset(bytes, state, sizeof(bytes));
	while (block < end) {
		uint64_t stop = run_end(c, block, MIN(end, block + sizeof(bytes)));
		unsigned char old = state_of(c, block);

		if (old != state) {
			int r = fd_write_at(c->fd, bytes, (size_t) (stop - block),
					    map_at(c) + block);

			if (r < 0)
				return r;
			for (uint64_t i = block; i < stop; i++)
				__atomic_store_n(&c->states[i], state, __ATOMIC_RELEASE);
			if (state == BLOCK_DIRTY)
				(void)atomic_fetch_add(&c->dirty, stop - block);
			else if (old == BLOCK_DIRTY)
				(void)atomic_fetch_sub(&c->dirty, stop - block);
		}
		block = stop;
	}
	return 0;
}

static int cow_write(struct block_device *d, const void *from, size_t length, uint64_t offset)
{
	struct cow *c = cow_of(d);
	int r = fd_write_at(c->fd, from, length, offset);

	return r < 0 ? r : set_states(c, offset / BLOCK, (offset + length) / BLOCK, BLOCK_DIRTY);
}

static int cow_zero(struct block_device *d, size_t length, uint64_t offset)
{
	struct cow *c = cow_of(d);
	int r = set_states(c, offset / BLOCK, (offset + length) / BLOCK, BLOCK_ZERO);

	/* A file system without holes keeps the bytes, which count no more. */
	if (r == 0)
		(void)fallocate(c->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t) offset,
				 (off_t) length);
	return r;
}

static int cow_flush(struct block_device *d)
{
	return fdatasync(cow_of(d)->fd) < 0 ? -errno : 0;
}

static void cow_free(struct block_device *d)
{
	struct cow *c = cow_of(d);

	if (c->lower)
		c->lower->ops->free(c->lower);
	fd_close(&c->fd);
	free(c->states);
	free(c);
}

static const struct block_device_ops cow_ops = {
	.read = cow_read,
	.write = cow_write,
	.zero = cow_zero,
	.flush = cow_flush,
	.free = cow_free,
};

/* A new file gets its length first and its head last: one without a head holds nothing that counts. */
static int start_file(struct cow *c, const struct cow_head *head)
{
	uint64_t blocks = c->base.size / BLOCK;

	if (ftruncate(c->fd, 0) < 0 || ftruncate(c->fd, (off_t) (map_at(c) + blocks)) < 0)
		return -errno;
	return fd_write_at(c->fd, head, sizeof(*head), c->base.size);
}

static int load_states(struct cow *c)
{
	uint64_t blocks = c->base.size / BLOCK;
	int r = fd_read_at(c->fd, c->states, blocks, map_at(c));

	for (uint64_t i = 0; r == 0 && i < blocks; i++) {
		unsigned char state = c->states[i];

		if (state > BLOCK_ZERO)
			r = -EINVAL;
		c->dirty += state == BLOCK_DIRTY;
	}
	return r;
}

static int open_file(struct cow *c, const char *path, const struct uuid *build, struct error *err)
{
	struct cow_head head = { .magic = COW_MAGIC, .size = c->base.size, .build = *build }, there;
	struct stat st;
	bool is_ours;
	int r;

	c->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (c->fd < 0 || fstat(c->fd, &st) < 0)
		return error_set(err, errno, "cannot open '%s'", path);
	if (!S_ISREG(st.st_mode))
		return error_msg(err, EINVAL, "'%s' is not a regular file", path);
	memset(&there, 0, sizeof(there));
	is_ours = (uint64_t) st.st_size == map_at(c) + c->base.size / BLOCK;
	r = is_ours ? fd_read_at(c->fd, &there, sizeof(there), c->base.size) : 0;
	if (r == 0 && (st.st_size == 0 || (is_ours && there.magic[0] == '\0')))
		r = start_file(c, &head);
	else if (r == 0 && memcmp(&head, &there, sizeof(head)) != 0)
		return error_msg(err, EINVAL, "'%s' does not hold changes of this build", path);
	else if (r == 0)
		r = load_states(c);
	return r < 0 ? error_set(err, r, "cannot use '%s'", path) : 0;
}

int cow_open(struct block_device *lower, const char *path, const struct uuid *build,
	     struct block_device **ret, struct error *err)
{
	struct cow *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return error_set(err, ENOMEM, "cannot open '%s'", path);
	c->base =
		(struct block_device){ .ops = &cow_ops, .size = lower->size, .block_size = BLOCK };
	c->fd = FD_NONE;
	c->states = calloc(lower->size / BLOCK + 1, 1);
	r = c->states ? open_file(c, path, build, err)
		      : error_set(err, ENOMEM, "cannot open '%s'", path);
	if (r < 0) {
		cow_free(&c->base);
		return r;
	}
	c->lower = lower;
	*ret = &c->base;
	return 0;
}

struct block_device *cow_lower(struct block_device *d)
{
	return d->ops == &cow_ops ? cow_of(d)->lower : NULL;
}

const unsigned char *cow_states(const struct block_device *d)
{
	return ((const struct cow *) (const void *) d)->states;
}

uint64_t cow_dirty(const struct block_device *d)
{
	return d->ops == &cow_ops ? ((const struct cow *) (const void *) d)->dirty * BLOCK : 0;
}
