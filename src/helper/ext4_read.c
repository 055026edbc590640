/* SPDX-License-Identifier: Apache-2.0 */
#include "helper/ext4_read.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "template/align.h"
#include "template/stream.h"

#define SECTOR 512u

/* ---- libext2fs's view of a block device ------------------------------------------------------------------------ */

static errcode_t close_channel(io_channel ch)
{
	if (--ch->refcount > 0)
		return 0;
	free(ch->name);
	free(ch);
	return 0;
}

static errcode_t set_block_size(io_channel ch, int size)
{
	ch->block_size = size;
	return 0;
}

/* A negative @count is bytes. */
static errcode_t read_blocks(io_channel ch, unsigned long long block, int count, void *to)
{
	struct block_device *d = ch->private_data;
	uint64_t unit = (uint64_t) ch->block_size;
	uint64_t len = count < 0 ? -(uint64_t) count : (uint64_t) count * unit;

	if (block > d->size / unit || len > d->size - block * unit)
		return EXT2_ET_SHORT_READ;
	return d->ops->read(d, to, (size_t) len, block * unit) < 0 ? EIO : 0;
}

static errcode_t read_blocks_32(io_channel ch, unsigned long block, int count, void *to)
{
	return read_blocks(ch, block, count, to);
}

static errcode_t write_blocks(io_channel ch, unsigned long block, int count, const void *from)
{
	(void) ch, (void) block, (void) count, (void) from;
	return EROFS;
}

static errcode_t flush_channel(io_channel ch)
{
	(void) ch;
	return 0;
}

static errcode_t open_channel(const char *name, int flags, io_channel *ret);

static struct struct_io_manager stream_manager(void)
{
	return (struct struct_io_manager){
		.magic = EXT2_ET_MAGIC_IO_MANAGER,
		.name = "berth",
		.open = open_channel,
		.close = close_channel,
		.set_blksize = set_block_size,
		.read_blk = read_blocks_32,
		.read_blk64 = read_blocks,
		.write_blk = write_blocks,
		.flush = flush_channel,
	};
}

/* A channel with the manager that it points to: libext2fs keeps no copy. */
struct channel {
	struct struct_io_channel ch;
	struct struct_io_manager manager;
};

/* libext2fs hands over a name and nothing else, so the name says where the device is in memory. */
static errcode_t open_channel(const char *name, int flags, io_channel *ret)
{
	struct channel *c = calloc(1, sizeof(*c));
	uintptr_t at = 0;

	(void) flags;
	if (!c)
		return EXT2_ET_NO_MEMORY;
	c->manager = stream_manager();
	c->ch.magic = EXT2_ET_MAGIC_IO_CHANNEL;
	c->ch.manager = &c->manager;
	c->ch.name = strdup(name);
	c->ch.block_size = 1024;
	c->ch.refcount = 1;
	if (!c->ch.name || sscanf(name, "%" SCNxPTR, &at) != 1) { /* NOLINT(cert-err34-c): ours */
		free(c->ch.name);
		free(c);
		return EXT2_ET_NO_MEMORY;
	}
	c->ch.private_data = (void *) at;
	*ret = &c->ch;
	return 0;
}

/* ---- the file system ------------------------------------------------------------------------------------------- */

static int errno_of(errcode_t code)
{
	switch (code) {
	case EXT2_ET_FILE_NOT_FOUND:
		return ENOENT;
	case EXT2_ET_NO_DIRECTORY:
		return ENOTDIR;
	case EXT2_ET_SYMLINK_LOOP:
		return ELOOP;
	case EXT2_ET_NO_MEMORY:
		return ENOMEM;
	default:
		return code > 0 && code < 4096 ? (int) code : EINVAL;
	}
}

int ext4_fail(const struct ext4_reader *e, errcode_t code, const char *path, struct error *err)
{
	int no = errno_of(code);
	struct template_counters now;

	template_stream_counters(e->stream, &now);
	if (now.last_error[0])
		return error_msg(err, EIO, "%s", now.last_error);
	if (no != EINVAL)
		return error_set(err, no, "cannot read '%s' of build '%s'", path, e->name);
	return error_msg(err, no, "cannot read '%s' of build '%s': %s", path, e->name,
			 error_message(code));
}

int ext4_open(struct ext4_reader *ret, struct block_device *stream, const char *name,
	      struct error *err)
{
	struct struct_io_manager manager = stream_manager();
	char at[32];
	errcode_t code;

	*ret = (struct ext4_reader){ .stream = stream, .name = name };
	if (align_open(stream, SECTOR, &ret->device) < 0) {
		stream->ops->free(stream);
		return error_set(err, ENOMEM, "cannot read build '%s'", name);
	}
	initialize_ext2_error_table();
	(void) snprintf(at, sizeof(at), "%" PRIxPTR, (uintptr_t) ret->device);
	code = ext2fs_open2(at, NULL, EXT2_FLAG_64BITS, 0, 0, &manager, &ret->fs);
	if (code == EXT2_ET_BAD_MAGIC || code == EXT2_ET_SHORT_READ)
		return error_msg(err, EINVAL, "cannot read build '%s': it holds no ext4 file system",
				 name);
	return code ? ext4_fail(ret, code, "/", err) : 0;
}

void ext4_done(struct ext4_reader *e)
{
	if (e->fs)
		ext2fs_free(e->fs);
	if (e->device)
		e->device->ops->free(e->device);
	*e = EXT4_READER_INIT;
}

int ext4_find(const struct ext4_reader *e, const char *path, bool follow, ext2_ino_t *ret,
	      struct error *err)
{
	errcode_t code = follow ? ext2fs_namei_follow(e->fs, EXT2_ROOT_INO, EXT2_ROOT_INO, path, ret)
				: ext2fs_namei(e->fs, EXT2_ROOT_INO, EXT2_ROOT_INO, path, ret);

	return code ? ext4_fail(e, code, path, err) : 0;
}

int ext4_inode(const struct ext4_reader *e, ext2_ino_t ino, const char *path,
	       struct ext2_inode_large *ret, struct error *err)
{
	errcode_t code;

	memset(ret, 0, sizeof(*ret));
	code = ext2fs_read_inode_full(e->fs, ino, EXT2_INODE(ret), sizeof(*ret));
	return code ? ext4_fail(e, code, path, err) : 0;
}
