/* SPDX-License-Identifier: Apache-2.0 */
#include "helper/ext4_list.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define ENTRIES_MAX ((size_t) 4 << 20)

void ext4_entries_done(struct ext4_entries *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i].name);
	free(l->v);
}

static int add_entry(struct ext4_entries *l, const char *name, size_t len, ext2_ino_t ino)
{
	if (l->n == l->cap) {
		size_t cap = l->cap ? l->cap * 2 : 64;
		struct ext4_entry *v = cap <= ENTRIES_MAX ? reallocarray(l->v, cap, sizeof(*v)) : NULL;

		if (!v)
			return -ENOMEM;
		l->v = v;
		l->cap = cap;
	}
	l->v[l->n] = (struct ext4_entry){ .name = strndup(name, len), .ino = ino };
	return l->v[l->n].name ? (l->n++, 0) : -ENOMEM;
}

/* What would lead elsewhere when somebody unpacks it is no name. */
static bool is_name(const char *name, size_t len)
{
	return len > 0 && !memchr(name, '/', len) && !memchr(name, '\0', len);
}

/* By name: in a directory that lies in its inode, libext2fs numbers them otherwise. */
static bool is_dot(const char *name, size_t len)
{
	return (len == 1 && name[0] == '.') || (len == 2 && name[0] == '.' && name[1] == '.');
}

static int collect(ext2_ino_t dir, int kind, struct ext2_dir_entry *e, int offset, int block_size,
		   char *block, void *context) /* NOLINT(readability-non-const-parameter): libext2fs calls it */
{
	struct ext4_entries *l = context;
	size_t len = (size_t) ext2fs_dirent_name_len(e);

	(void) dir, (void) kind, (void) offset, (void) block_size, (void) block;
	if (e->inode == 0 || is_dot(e->name, len))
		return 0;
	l->failed = is_name(e->name, len) ? add_entry(l, e->name, len, e->inode) : -EINVAL;
	return l->failed ? DIRENT_ABORT : 0;
}

static int by_name(const void *a, const void *b)
{
	const struct ext4_entry *x = a, *y = b;

	return strcmp(x->name, y->name);
}

int ext4_list(const struct ext4_reader *e, ext2_ino_t ino, const char *path,
	      struct ext4_entries *ret, struct error *err)
{
	errcode_t code = ext2fs_dir_iterate2(e->fs, ino, 0, NULL, collect, ret);

	if (ret->failed == -EINVAL)
		return error_msg(err, EINVAL, "cannot read '%s' of build '%s': it holds a damaged name",
				 path, e->name);
	if (ret->failed)
		return error_set(err, ret->failed, "cannot read '%s' of build '%s'", path, e->name);
	if (code)
		return ext4_fail(e, code, path, err);
	if (ret->n > 0)
		qsort(ret->v, ret->n, sizeof(*ret->v), by_name);
	return 0;
}

int ext4_link(const struct ext4_reader *e, ext2_ino_t ino, struct ext2_inode_large *inode,
		     const char *path, char out[EXT4_LINK_MAX], struct error *err)
{
	unsigned len = inode->i_size < EXT4_LINK_MAX ? inode->i_size : EXT4_LINK_MAX - 1, got = 0;
	ext2_file_t f = NULL;
	errcode_t code;

	memset(out, 0, EXT4_LINK_MAX);
	if (ext2fs_is_fast_symlink(EXT2_INODE(inode))) {
		memcpy(out, inode->i_block, len < sizeof(inode->i_block) ? len : sizeof(inode->i_block));
		return 0;
	}
	code = ext2fs_file_open2(e->fs, ino, EXT2_INODE(inode), 0, &f);
	if (!code)
		code = ext2fs_file_read(f, out, len, &got);
	if (f)
		(void) ext2fs_file_close(f);
	return code ? ext4_fail(e, code, path, err) : 0;
}

struct timespec ext4_mtime(const struct ext2_inode_large *i)
{
	return (struct timespec){
		.tv_sec = (int32_t) i->i_mtime + ((time_t) (i->i_mtime_extra & 3) << 32),
		.tv_nsec = (i->i_mtime_extra >> 2) % 1000000000,
	};
}
