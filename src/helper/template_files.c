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
#include "helper/ext4_list.h"
#include "helper/template_verbs.h"
#include "template/build.h"
#include "template/stream.h"

#define CHUNK ((unsigned) 1 << 20)

int template_files_open(const struct template_call *c, struct template_location *l,
			struct ext4_reader *ret, struct error *err)
{
	struct block_device *d = NULL;
	int r = build_name_check("template", c->argv[0], err);

	if (r == 0)
		r = template_call_stream(c, c->argv[1], NULL, l, &d, err);
	return r < 0 || !d ? r : ext4_open(ret, d, c->argv[1], err);
}

/* ---- files ----------------------------------------------------------------------------------------------------- */

static const char *mode_text(char out[11], unsigned mode)
{
	static const char types[] = "?pc?d?b?-?l?s???", bits[] = "rwxrwxrwx";

	out[0] = types[mode >> 12 & 15];
	for (int i = 0; i < 9; i++)
		out[i + 1] = (char) (mode & 0400u >> i ? bits[i] : '-');
	if (mode & S_ISUID)
		out[3] = out[3] == 'x' ? 's' : 'S';
	if (mode & S_ISGID)
		out[6] = out[6] == 'x' ? 's' : 'S';
	if (mode & S_ISVTX)
		out[9] = out[9] == 'x' ? 't' : 'T';
	out[10] = '\0';
	return out;
}

static int print_entry(const struct ext4_reader *e, const struct ext4_entry *entry, struct error *err)
{
	char mode[11], when[TIME_TEXT_MAX], link[EXT4_LINK_MAX] = "";
	struct ext2_inode_large inode;
	auto_buf struct buf out = BUF_INIT;
	struct jsonw w = JSONW_INIT(&out, 0);
	int r = ext4_inode(e, entry->ino, entry->name, &inode, err);

	if (r == 0 && LINUX_S_ISLNK(inode.i_mode))
		r = ext4_link(e, entry->ino, &inode, entry->name, link, err);
	if (r < 0)
		return r;
	jsonw_object(&w, NULL);
	jsonw_str(&w, "Name", entry->name);
	jsonw_str(&w, "Mode", mode_text(mode, inode.i_mode));
	jsonw_uint(&w, "UID", inode_uid(inode));
	jsonw_uint(&w, "GID", inode_gid(inode));
	jsonw_uint(&w, "Size", EXT2_I_SIZE(&inode));
	jsonw_str(&w, "ModifiedAt", time_format(when, ext4_mtime(&inode)));
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
	auto_ext4_entries struct ext4_entries l = { .n = 0 };
	int r = ext4_list(e, ino, path, &l, err);

	for (size_t i = 0; r == 0 && i < l.n; i++)
		r = print_entry(e, &l.v[i], err);
	return r;
}

/* A path that is no directory, or a link that leads to none, is shown itself. */
int template_files(const struct template_call *c, struct error *err)
{
	auto_template_location struct template_location l = TEMPLATE_LOCATION_INIT;
	auto_ext4_reader struct ext4_reader e = EXT4_READER_INIT;
	struct ext4_entry self = { .name = c->argv[2] };
	struct ext2_inode_large inode;
	ext2_ino_t ino = 0;
	int r = template_files_open(c, &l, &e, err);

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
	int r = template_files_open(c, &l, &e, err);

	for (int i = 2; r == 0 && i < c->argc; i++)
		r = cat_file(&e, c->argv[i], err);
	return r;
}
