/* SPDX-License-Identifier: Apache-2.0 */
/*
 * berth-template tar: a part of a build's file system as an archive. Entries come as in berth's canonical tar
 * (tarwrite.h): sorted, "./" first, a file's further names as hard links. The image may be hostile: names with a
 * slash and directories that contain themselves end it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "helper/ext4_list.h"
#include "helper/firstname.h"
#include "helper/tarhead.h"
#include "helper/template_verbs.h"

#define CHUNK	  ((unsigned) 1 << 20)
#define DEPTH_MAX 256

struct archive {
	const struct ext4_reader *e;
	struct first_names names, directories;
	struct buf path, head;
	char *chunk; /* owned */
	unsigned depth;
};

static void archive_done(struct archive *a)
{
	first_names_done(&a->names);
	first_names_done(&a->directories);
	buf_done(&a->path);
	buf_done(&a->head);
	free(a->chunk);
}
DEFINE_AUTO(archive, struct archive, archive_done)

static int put(const void *data, size_t len, struct error *err)
{
	return fwrite(data, 1, len, stdout) == len ? 0
						   : error_set(err, errno, "cannot write the archive");
}

static int put_zeros(size_t len, struct error *err)
{
	static const char zeros[2 * TAR_BLOCK];

	return put(zeros, len, err);
}

/* ---- extended attributes --------------------------------------------------------------------------------------- */

struct attributes {
	struct ext2_xattr_handle *from; /* owned */
	struct tar_xattr *v; /* owned, with what it points to */
	size_t n;
	bool failed;
};

static void attributes_done(struct attributes *x)
{
	for (size_t i = 0; i < x->n; i++) {
		free(x->v[i].name);
		free(x->v[i].value);
	}
	free(x->v);
	if (x->from)
		(void) ext2fs_xattrs_close(&x->from);
}
DEFINE_AUTO(attributes, struct attributes, attributes_done)

static int add_attribute(struct attributes *x, const char *name, const void *value, size_t len)
{
	struct tar_xattr *v = reallocarray(x->v, x->n + 1, sizeof(*v));

	if (!v)
		return -ENOMEM;
	x->v = v;
	v += x->n++;
	*v = (struct tar_xattr){ .name = strdup(name), .value = malloc(len + 1), .len = len };
	if (!v->name || !v->value)
		return -ENOMEM;
	memcpy(v->value, value, len);
	return 0;
}

/* @raw is as it lies on the disk, where an ACL has another form than in system calls and archives. */
/* NOLINTNEXTLINE(readability-non-const-parameter): libext2fs calls it */
static int take_attribute(char *name, char *raw, size_t raw_len, void *context)
{
	struct attributes *x = context;
	void *value = NULL;
	size_t len = 0;

	(void) raw, (void) raw_len;
	/* Where ext4 keeps the contents of a small file, no attribute. */
	if (STREQ(name, "system.data"))
		return 0;
	x->failed = ext2fs_xattr_get(x->from, name, &value, &len) != 0 ||
		    add_attribute(x, name, value, len) < 0;
	ext2fs_free_mem(&value);
	return x->failed ? XATTR_ABORT : 0;
}

static int by_name(const void *a, const void *b)
{
	const struct tar_xattr *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static int read_attributes(const struct ext4_reader *e, ext2_ino_t ino, const char *path,
			   struct attributes *ret, struct error *err)
{
	errcode_t code = ext2fs_xattrs_open(e->fs, ino, &ret->from);

	if (!code)
		code = ext2fs_xattrs_read(ret->from);
	if (!code)
		code = ext2fs_xattrs_iterate(ret->from, take_attribute, ret);
	if (ret->failed)
		return error_msg(err, EINVAL,
				 "cannot read '%s' of build '%s': its extended attributes are damaged",
				 path, e->name);
	if (ret->n > 1)
		qsort(ret->v, ret->n, sizeof(*ret->v), by_name);
	return code ? ext4_fail(e, code, path, err) : 0;
}

/* ---- entries --------------------------------------------------------------------------------------------------- */

/* 0: nothing that an archive can hold (a socket). */
static char type_of(unsigned mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return TAR_DIRECTORY;
	case S_IFREG:
		return TAR_REGULAR;
	case S_IFLNK:
		return TAR_SYMLINK;
	case S_IFCHR:
		return TAR_CHAR;
	case S_IFBLK:
		return TAR_BLOCK_DEVICE;
	case S_IFIFO:
		return TAR_FIFO;
	default:
		return 0;
	}
}

/* As the kernel keeps them: 8 bits each in the first word, or 12 and 20 in the second. */
static void set_device(struct tar_head *h, const struct ext2_inode_large *inode)
{
	unsigned old = inode->i_block[0], new = inode->i_block[1];

	h->dev_major = old ? old >> 8 & 0xff : new >> 8 & 0xfff;
	h->dev_minor = old ? old & 0xff : (new & 0xff) | (new >> 12 & 0xfff00);
}

static int put_head(struct archive *a, ext2_ino_t ino, struct ext2_inode_large *inode,
		    const struct tar_head *head, struct error *err)
{
	auto_clean(attributes) struct attributes x = { .n = 0 };
	struct tar_head h = *head;
	struct tar_xattrs xattrs;
	int r = h.type == TAR_HARD_LINK ? 0 : read_attributes(a->e, ino, h.path, &x, err);

	if (r < 0)
		return r;
	xattrs = (struct tar_xattrs){ .v = x.v, .n = x.n };
	h.xattrs = x.n > 0 ? &xattrs : NULL;
	h.mode = inode->i_mode & 07777;
	h.uid = inode_uid(*inode);
	h.gid = inode_gid(*inode);
	h.mtime = ext4_mtime(inode);
	if (h.type == TAR_CHAR || h.type == TAR_BLOCK_DEVICE)
		set_device(&h, inode);
	buf_truncate(&a->head, 0);
	tar_head_add(&a->head, &h);
	if (buf_failed(&a->head))
		return error_set(err, ENOMEM, "cannot write the archive");
	return put(a->head.data, a->head.len, err);
}

/* Exactly as long as the header said, whatever the image is like. */
static int put_content(struct archive *a, ext2_ino_t ino, struct ext2_inode_large *inode,
		       const char *path, struct error *err)
{
	uint64_t left = EXT2_I_SIZE(inode), pad = (TAR_BLOCK - left % TAR_BLOCK) % TAR_BLOCK;
	ext2_file_t f = NULL;
	errcode_t code = ext2fs_file_open2(a->e->fs, ino, EXT2_INODE(inode), 0, &f);
	int r = code ? ext4_fail(a->e, code, path, err) : 0;

	while (r == 0 && left > 0) {
		unsigned n = 0;

		code = ext2fs_file_read(f, a->chunk, left < CHUNK ? (unsigned) left : CHUNK, &n);
		if (code || n == 0)
			r = ext4_fail(a->e, code ? code : EIO, path, err);
		else
			r = put(a->chunk, n, err);
		left -= n;
	}
	if (f)
		(void) ext2fs_file_close(f);
	return r < 0 ? r : put_zeros(pad, err);
}

static int put_tree(struct archive *a, ext2_ino_t ino, struct error *err);

/* What stands at a->path; "" is the directory that was asked for. */
static int put_entry(struct archive *a, ext2_ino_t ino, struct error *err)
{
	const char *path = buf_str(&a->path), *first;
	auto_free char *directory = str_format("%s/", *path ? path : ".");
	struct stat id = { .st_ino = ino };
	char link[EXT4_LINK_MAX] = "";
	struct ext2_inode_large inode;
	struct tar_head h = { .path = path };
	int r = ext4_inode(a->e, ino, path, &inode, err);

	if (r < 0)
		return r;
	h.type = type_of(inode.i_mode);
	if (h.type == TAR_DIRECTORY)
		h.path = directory;
	if (!h.type)
		return 0;
	first = first_name(h.type == TAR_DIRECTORY ? &a->directories : &a->names, &id, path);
	if (!first || !directory)
		return error_set(err, ENOMEM, "cannot write the archive");
	if (h.type == TAR_DIRECTORY && !STREQ(first, path))
		return error_msg(err, EINVAL, "cannot read '%s' of build '%s': the directory has two names",
				 path, a->e->name);
	if (!STREQ(first, path)) {
		h.type = TAR_HARD_LINK;
		h.link = first;
	} else if (h.type == TAR_SYMLINK) {
		r = ext4_link(a->e, ino, &inode, path, link, err);
		h.link = link;
	} else if (h.type == TAR_REGULAR) {
		h.size = EXT2_I_SIZE(&inode);
	}
	if (r == 0)
		r = put_head(a, ino, &inode, &h, err);
	if (r == 0 && h.type == TAR_REGULAR)
		r = put_content(a, ino, &inode, path, err);
	return r == 0 && h.type == TAR_DIRECTORY ? put_tree(a, ino, err) : r;
}

/* The root's lost+found is mkfs's, not a part of what was put there. */
static bool is_skipped(const struct archive *a, ext2_ino_t dir, const char *name)
{
	return dir == EXT2_ROOT_INO && a->depth == 1 && STREQ(name, "lost+found");
}

static int put_tree(struct archive *a, ext2_ino_t ino, struct error *err)
{
	auto_ext4_entries struct ext4_entries l = { .n = 0 };
	size_t len = a->path.len;
	int r = ext4_list(a->e, ino, len > 0 ? buf_str(&a->path) : "/", &l, err);

	if (r == 0 && ++a->depth > DEPTH_MAX)
		return error_msg(err, ELOOP, "cannot read '%s' of build '%s': too deep",
				 buf_str(&a->path), a->e->name);
	for (size_t i = 0; r == 0 && i < l.n; i++) {
		if (is_skipped(a, ino, l.v[i].name))
			continue;
		buf_addf(&a->path, "%s%s", len > 0 ? "/" : "", l.v[i].name);
		r = buf_failed(&a->path) ? error_set(err, ENOMEM, "cannot write the archive")
					 : put_entry(a, l.v[i].ino, err);
		buf_truncate(&a->path, len);
	}
	a->depth--;
	return r;
}

static int put_archive(struct archive *a, const char *path, struct error *err)
{
	const char *name = strrchr(path, '/');
	struct ext2_inode_large inode;
	ext2_ino_t ino = 0;
	int r = ext4_find(a->e, path, true, &ino, err);

	if (r == 0)
		r = ext4_inode(a->e, ino, path, &inode, err);
	if (r < 0)
		return r;
	if (!LINUX_S_ISDIR(inode.i_mode))
		buf_addf(&a->path, "%s", name ? name + 1 : path);
	a->chunk = malloc(CHUNK);
	if (!a->chunk || buf_failed(&a->path))
		return error_set(err, ENOMEM, "cannot write the archive");
	r = put_entry(a, ino, err);
	return r < 0 ? r : put_zeros((size_t) 2 * TAR_BLOCK, err);
}

int template_tar(const struct template_call *c, struct error *err)
{
	auto_template_location struct template_location l = TEMPLATE_LOCATION_INIT;
	auto_ext4_reader struct ext4_reader e = EXT4_READER_INIT;
	auto_clean(archive) struct archive a = { .e = &e, .path = BUF_INIT, .head = BUF_INIT };
	int r = template_files_open(c, &l, &e, err);

	return r < 0 ? r : put_archive(&a, c->argv[2], err);
}
