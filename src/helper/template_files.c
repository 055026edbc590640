/* SPDX-License-Identifier: Apache-2.0 */
/* berth-template files, cat: what is in a build's file system, read without mounting it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/jsonw.h"
#include "base/timefmt.h"
#include "helper/ext4_read.h"
#include "helper/template_verbs.h"
#include "template/build.h"
#include "template/stream.h"

#define CHUNK	    ((unsigned) 1 << 20)
#define ENTRIES_MAX ((size_t) 4 << 20)
#define LINK_MAX_LENGTH 4096

/* The build's file system; @l must live as long. TEMPLATE is checked as mount does. */
static int open_build(const struct template_call *c, struct template_location *l,
		      struct ext4_reader *ret, struct error *err)
{
	struct block_device *d = NULL;
	int r = build_name_check("template", c->argv[0], err);

	if (r == 0)
		r = template_call_stream(c, c->argv[1], NULL, l, &d, err);
	return r < 0 || !d ? r : ext4_open(ret, d, c->argv[1], err);
}

/* ---- files ----------------------------------------------------------------------------------------------------- */

struct entry {
	char *name; /* owned */
	ext2_ino_t ino;
};

struct entries {
	struct entry *v; /* owned */
	size_t n, cap;
	bool failed;
};

static void entries_done(struct entries *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i].name);
	free(l->v);
}
DEFINE_AUTO(entries, struct entries, entries_done)

static int add_entry(struct entries *l, const char *name, size_t len, ext2_ino_t ino)
{
	if (l->n == l->cap) {
		size_t cap = l->cap ? l->cap * 2 : 64;
		struct entry *v = cap <= ENTRIES_MAX ? reallocarray(l->v, cap, sizeof(*v)) : NULL;

		if (!v)
			return -ENOMEM;
		l->v = v;
		l->cap = cap;
	}
	l->v[l->n] = (struct entry){ .name = strndup(name, len), .ino = ino };
	return l->v[l->n].name ? (l->n++, 0) : -ENOMEM;
}

static int collect(ext2_ino_t dir, int kind, struct ext2_dir_entry *e, int offset, int block_size,
		   char *block, void *context)
{
	struct entries *l = context;
	size_t len = (size_t) ext2fs_dirent_name_len(e);

	(void) dir, (void) offset, (void) block_size, (void) block;
	if (kind != DIRENT_OTHER_FILE || e->inode == 0)
		return 0;
	l->failed = add_entry(l, e->name, len, e->inode) < 0;
	return l->failed ? DIRENT_ABORT : 0;
}

static int by_name(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static const char *mode_text(char out[11], unsigned mode)
{
	static const char types[] = "?pc?d?b?-?l?s???", bits[] = "rwxrwxrwx";

	out[0] = types[mode >> 12 & 15];
	for (int i = 0; i < 9; i++)
		out[i + 1] = mode & 0400u >> i ? bits[i] : '-';
	if (mode & S_ISUID)
		out[3] = out[3] == 'x' ? 's' : 'S';
	if (mode & S_ISGID)
		out[6] = out[6] == 'x' ? 's' : 'S';
	if (mode & S_ISVTX)
		out[9] = out[9] == 'x' ? 't' : 'T';
	out[10] = '\0';
	return out;
}

static const char *time_text(char out[TIME_TEXT_MAX], const struct ext2_inode_large *i)
{
	struct timespec t = {
		.tv_sec = (int32_t) i->i_mtime + ((time_t) (i->i_mtime_extra & 3) << 32),
		.tv_nsec = (i->i_mtime_extra >> 2) % 1000000000,
	};

	return time_format(out, t);
}

static int read_link(const struct ext4_reader *e, ext2_ino_t ino, struct ext2_inode_large *inode,
		     const char *path, char out[LINK_MAX_LENGTH], struct error *err)
{
	unsigned len = inode->i_size < LINK_MAX_LENGTH ? inode->i_size : LINK_MAX_LENGTH - 1, got = 0;
	ext2_file_t f = NULL;
	errcode_t code;

	memset(out, 0, LINK_MAX_LENGTH);
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

static int print_entry(const struct ext4_reader *e, const struct entry *entry, struct error *err)
{
	char mode[11], when[TIME_TEXT_MAX], link[LINK_MAX_LENGTH] = "";
	struct ext2_inode_large inode;
	auto_buf struct buf out = BUF_INIT;
	struct jsonw w = JSONW_INIT(&out, 0);
	int r = ext4_inode(e, entry->ino, entry->name, &inode, err);

	if (r == 0 && LINUX_S_ISLNK(inode.i_mode))
		r = read_link(e, entry->ino, &inode, entry->name, link, err);
	if (r < 0)
		return r;
	jsonw_object(&w, NULL);
	jsonw_str(&w, "Name", entry->name);
	jsonw_str(&w, "Mode", mode_text(mode, inode.i_mode));
	jsonw_uint(&w, "UID", inode_uid(inode));
	jsonw_uint(&w, "GID", inode_gid(inode));
	jsonw_uint(&w, "Size", EXT2_I_SIZE(&inode));
	jsonw_str(&w, "ModifiedAt", time_text(when, &inode));
	jsonw_str(&w, "Target", link);
	jsonw_end(&w);
	if (buf_failed(&out))
		return error_set(err, ENOMEM, "cannot write the result");
	printf("%s\n", buf_str(&out));
	return 0;
}

static int print_directory(const struct ext4_reader *e, ext2_ino_t ino, const char *path,
			   struct error *err)
{
	auto_clean(entries) struct entries l = { .n = 0 };
	errcode_t code = ext2fs_dir_iterate2(e->fs, ino, 0, NULL, collect, &l);
	int r = 0;

	if (l.failed)
		return error_set(err, ENOMEM, "cannot list '%s'", path);
	if (code)
		return ext4_fail(e, code, path, err);
	if (l.n > 0)
		qsort(l.v, l.n, sizeof(*l.v), by_name);
	for (size_t i = 0; r == 0 && i < l.n; i++)
		r = print_entry(e, &l.v[i], err);
	return r;
}

/* A path that is no directory, or a link that leads to none, is shown itself. */
int template_files(const struct template_call *c, struct error *err)
{
	auto_template_location struct template_location l = TEMPLATE_LOCATION_INIT;
	auto_ext4_reader struct ext4_reader e = EXT4_READER_INIT;
	struct entry self = { .name = c->argv[2] };
	struct ext2_inode_large inode;
	ext2_ino_t ino = 0;
	int r = open_build(c, &l, &e, err);

	if (r == 0 && ext4_find(&e, c->argv[2], true, &ino, NULL) == 0 &&
	    ext4_inode(&e, ino, c->argv[2], &inode, NULL) == 0 && LINUX_S_ISDIR(inode.i_mode))
		return print_directory(&e, ino, c->argv[2], err);
	if (r == 0)
		r = ext4_find(&e, c->argv[2], false, &self.ino, err);
	return r < 0 ? r : print_entry(&e, &self, err);
}

/* ---- cat ------------------------------------------------------------------------------------------------------- */

static int copy_out(const struct ext4_reader *e, ext2_file_t f, const char *path, struct error *err)
{
	auto_free char *chunk = malloc(CHUNK);
	unsigned n = 1;

	if (!chunk)
		return error_set(err, ENOMEM, "cannot read '%s'", path);
	while (n > 0) {
		errcode_t code = ext2fs_file_read(f, chunk, CHUNK, &n);
		int r;

		if (code)
			return ext4_fail(e, code, path, err);
		r = fd_write_all(STDOUT_FILENO, chunk, n);
		if (r < 0)
			return error_set(err, r, "cannot write '%s' to standard output", path);
	}
	return 0;
}

static int cat_file(const struct ext4_reader *e, const char *path, struct error *err)
{
	struct ext2_inode_large inode;
	ext2_file_t f = NULL;
	ext2_ino_t ino = 0;
	errcode_t code;
	int r = ext4_find(e, path, true, &ino, err);

	if (r == 0)
		r = ext4_inode(e, ino, path, &inode, err);
	if (r < 0)
		return r;
	if (LINUX_S_ISDIR(inode.i_mode))
		return ext4_fail(e, EISDIR, path, err);
	if (!LINUX_S_ISREG(inode.i_mode))
		return error_msg(err, EINVAL, "cannot read '%s' of build '%s': it is no regular file",
				 path, e->name);
	code = ext2fs_file_open2(e->fs, ino, EXT2_INODE(&inode), 0, &f);
	if (code)
		return ext4_fail(e, code, path, err);
	r = copy_out(e, f, path, err);
	(void) ext2fs_file_close(f);
	return r;
}

int template_cat(const struct template_call *c, struct error *err)
{
	auto_template_location struct template_location l = TEMPLATE_LOCATION_INIT;
	auto_ext4_reader struct ext4_reader e = EXT4_READER_INIT;
	int r = open_build(c, &l, &e, err);

	for (int i = 2; r == 0 && i < c->argc; i++)
		r = cat_file(&e, c->argv[i], err);
	return r;
}
