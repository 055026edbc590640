/* SPDX-License-Identifier: Apache-2.0 */
#include "helper/tarwrite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/macros.h"
#include "helper/firstname.h"
#include "helper/meta.h"
#include "helper/ordinary.h"
#include "helper/tarhead.h"

#define MAX_DEPTH 1024

struct walk {
	struct tar_write *w;
	struct buf path; /* of the current item */
	struct buf head;
	struct first_names first_names;
	dev_t dev;
	int depth;
	struct ordinary_user user; /* of whoever copies it */
};

static void walk_done(struct walk *k)
{
	buf_done(&k->path);
	buf_done(&k->head);
	first_names_done(&k->first_names);
}
DEFINE_AUTO(walk, struct walk, walk_done)

static int walk_error(const struct walk *k, int r, struct error *err)
{
	return error_set(err, r, "cannot read '/%s'", buf_str(&k->path));
}

/* ---- output ---- */

static int emit(struct walk *k, const void *data, size_t len)
{
	const char *p = data;

	k->w->ret_size += len;
	while (len > 0 && !(k->w->flags & TAR_WRITE_COUNT)) {
		unsigned char *out = NULL;
		size_t room = 0;
		int r = k->w->sink.reserve(k->w->sink.ctx, &out, &room);

		if (r < 0)
			return r;
		room = MIN(room, len);
		memcpy(out, p, room);
		r = k->w->sink.commit(k->w->sink.ctx, room);
		if (r < 0)
			return r;
		p += room;
		len -= room;
	}
	return 0;
}

static int emit_zeros(struct walk *k, uint64_t len)
{
	static const char zeros[16 * TAR_BLOCK];

	while (len > 0) {
		size_t n = (size_t)MIN(len, (uint64_t)sizeof(zeros));
		int r = emit(k, zeros, n);

		if (r < 0)
			return r;
		len -= n;
	}
	return 0;
}

/* Exactly @size bytes: a file that shrinks meanwhile (export of a running container) is filled up. */
static int emit_file(struct walk *k, int fd, uint64_t size, struct error *err)
{
	uint64_t done = 0;

	k->w->ret_content += size;
	if (k->w->flags & TAR_WRITE_COUNT) {
		k->w->ret_size += size;
		done = size;
	}
	while (done < size) {
		unsigned char *out = NULL;
		size_t room = 0;
		ssize_t n;
		int r = k->w->sink.reserve(k->w->sink.ctx, &out, &room);

		if (r < 0)
			return r;
		n = pread(fd, out, (size_t)MIN((uint64_t)room, size - done), (off_t)done);
		if (n < 0 && errno != EINTR)
			return walk_error(k, -errno, err);
		if (n == 0)
			break;
		r = n > 0 ? k->w->sink.commit(k->w->sink.ctx, (size_t)n) : 0;
		if (r < 0)
			return r;
		done += n > 0 ? (uint64_t)n : 0;
		k->w->ret_size += n > 0 ? (uint64_t)n : 0;
	}
	return emit_zeros(k, size - done + (TAR_BLOCK - size % TAR_BLOCK) % TAR_BLOCK);
}

/* ---- items ---- */

/* The path that the inode had first; NULL (0 returned) if this is it. */
static int find_first(struct walk *k, const struct stat *st, const char **ret)
{
	const char *path = buf_str(&k->path);
	const char *first = first_name(&k->first_names, st, path);

	if (!first)
		return -ENOMEM;
	*ret = STREQ(first, path) ? NULL : first;
	return 0;
}

static char type_of(const struct tar_item *item)
{
	if (item->is_hard_link)
		return TAR_HARD_LINK;
	switch (item->st->st_mode & S_IFMT) {
	case S_IFDIR:
		return TAR_DIRECTORY;
	case S_IFLNK:
		return TAR_SYMLINK;
	case S_IFCHR:
		return TAR_CHAR;
	case S_IFBLK:
		return TAR_BLOCK_DEVICE;
	case S_IFIFO:
		return TAR_FIFO;
	default:
		return TAR_REGULAR;
	}
}

void tar_item_head(struct buf *out, const struct tar_item *item, const char *path)
{
	const struct stat *st = item->st;
	struct tar_head h = { .path = path,
			      .link = item->link,
			      .type = type_of(item),
			      .mode = st->st_mode,
			      .uid = st->st_uid,
			      .gid = st->st_gid,
			      .mtime = st->st_mtim,
			      .xattrs = item->is_hard_link ? NULL : item->xattrs };

	if (h.type == TAR_REGULAR)
		h.size = (uint64_t)st->st_size;
	if (S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode)) {
		h.dev_major = major(st->st_rdev);
		h.dev_minor = minor(st->st_rdev);
	}
	tar_head_add(out, &h);
}

static int emit_head_buf(struct walk *k)
{
	return buf_failed(&k->head) ? -ENOMEM : emit(k, k->head.data, k->head.len);
}

static int emit_item_head(struct walk *k, const struct tar_item *item, const char *path)
{
	buf_truncate(&k->head, 0);
	tar_item_head(&k->head, item, path);
	return emit_head_buf(k);
}

/* An empty file with OCI's name for "deleted" or "opaque"; its metadata mean nothing and are constant. */
static int emit_mark(struct walk *k, const char *dir, const char *prefix, const char *name)
{
	auto_free char *path = str_format("%s%s%s%s", dir, dir[0] ? "/" : "", prefix, name);
	struct tar_head h = { .path = path, .type = TAR_REGULAR };

	if (!path)
		return -ENOMEM;
	buf_truncate(&k->head, 0);
	tar_head_add(&k->head, &h);
	return emit_head_buf(k);
}

static int observe(struct walk *k, const struct tar_item *item, int *ret_fd, struct error *err)
{
	const struct tar_observer *o = &k->w->observer;

	return o->item ? o->item(o->ctx, item, ret_fd, err) : 0;
}

static int put_whiteout(struct walk *k, const struct tar_item *item, struct error *err)
{
	auto_free char *dir = NULL;
	size_t base = strlen(item->path) - strlen(item->name);
	int r;

	if (k->w->flags & TAR_WRITE_ROOT)
		return 0;
	dir = strndup(item->path, base > 0 ? base - 1 : 0);
	r = dir ? observe(k, item, NULL, err) : -ENOMEM;
	return r < 0 ? r : emit_mark(k, dir, WHITEOUT_PREFIX, item->name);
}

static int put_regular(struct walk *k, struct tar_item *item, struct error *err)
{
	auto_close int copy_fd = FD_NONE;
	int r = observe(k, item, &copy_fd, err);

	if (r == 0)
		r = emit_item_head(k, item, item->path);
	if (r < 0 || item->is_hard_link)
		return r;
	return emit_file(k, copy_fd >= 0 ? copy_fd : item->fd, (uint64_t)item->st->st_size, err);
}

static int put_link(struct walk *k, struct tar_item *item, struct error *err)
{
	char text[TAR_PATH_LIMIT + 1];
	ssize_t n = readlinkat(item->dir_fd, item->name, text, sizeof(text) - 1);
	int r;

	if (n < 0)
		return walk_error(k, -errno, err);
	text[n] = '\0';
	item->link = text;
	r = observe(k, item, NULL, err);
	if (r == 0)
		r = emit_item_head(k, item, item->path);
	item->link = NULL;
	return r;
}

static int walk_dir(struct walk *k, int fd, struct error *err);

static int put_directory(struct walk *k, struct tar_item *item, struct error *err)
{
	auto_free char *path = str_format("%s/", item->path[0] ? item->path : ".");
	bool other_fs = item->st->st_dev != k->dev;
	int r;

	if (!path)
		return -ENOMEM;
	item->is_opaque = !(k->w->flags & TAR_WRITE_ROOT) && xattr_is_opaque(item->fd);
	r = observe(k, item, NULL, err);
	if (r == 0 && (item->path[0] || !(k->w->flags & TAR_WRITE_BELOW)))
		r = emit_item_head(k, item, path);
	if (r == 0 && item->is_opaque)
		r = emit_mark(k, item->path, "", WHITEOUT_OPAQUE);
	if (r == 0 && !(other_fs && (k->w->flags & TAR_WRITE_ONE_FS)))
		r = walk_dir(k, item->fd, err);
	item->path = buf_str(&k->path); /* it grew meanwhile and may have moved */
	if (r == 0 && k->w->observer.leave)
		r = k->w->observer.leave(k->w->observer.ctx, item, err);
	return r;
}

static int put_item(struct walk *k, struct tar_item *item, struct error *err)
{
	const struct stat *st = item->st;
	int r = 0;

	if (stat_is_whiteout(st))
		return put_whiteout(k, item, err);
	if (!S_ISDIR(st->st_mode) && st->st_nlink > 1) {
		r = find_first(k, st, &item->link);
		item->is_hard_link = item->link != NULL;
	}
	if (r < 0 || item->is_hard_link)
		return r < 0 ? r : put_regular(k, item, err);
	if (S_ISDIR(st->st_mode))
		return put_directory(k, item, err);
	if (S_ISREG(st->st_mode))
		return put_regular(k, item, err);
	if (S_ISLNK(st->st_mode))
		return put_link(k, item, err);
	r = observe(k, item, NULL, err);
	return r < 0 ? r : emit_item_head(k, item, item->path);
}

static int open_item(int dir_fd, const char *name, mode_t mode)
{
	int flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NOATIME;
	int fd;

	if (!S_ISREG(mode) && !S_ISDIR(mode))
		return FD_NONE;
	flags |= S_ISDIR(mode) ? O_DIRECTORY : O_NONBLOCK;
	fd = openat(dir_fd, name, flags);
	if (fd < 0 && errno == EPERM) /* O_NOATIME is for the owner; so it is where root is mapped away */
		fd = openat(dir_fd, name, flags & ~O_NOATIME);
	return fd < 0 ? -errno : fd;
}

static int one_name(struct walk *k, int dir_fd, const char *name, struct error *err)
{
	auto_clean(xattrs) struct tar_xattrs xattrs = { 0 };
	auto_close int fd = FD_NONE;
	struct stat st;
	struct tar_item item = { .dir_fd = dir_fd, .name = name, .path = buf_str(&k->path),
				 .st = &st, .xattrs = &xattrs, .fd = FD_NONE };
	int r;

	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : walk_error(k, -errno, err);
	if (S_ISSOCK(st.st_mode))
		return 0;
	fd = open_item(dir_fd, name, st.st_mode);
	if (fd < 0 && fd != FD_NONE)
		return fd == -ENOENT ? 0 : walk_error(k, fd, err);
	/* What was opened is what counts, should the name have changed hands (export of a running container). */
	if (fd >= 0 && fstat(fd, &st) < 0)
		return walk_error(k, -errno, err);
	if (k->w->observer.item && !ordinary_file(&k->user, &st))
		return 0;
	r = xattrs_read(fd >= 0 ? fd : dir_fd, fd >= 0 ? NULL : name, &xattrs);
	if (r < 0)
		return r == -ENOENT ? 0 : walk_error(k, r, err);
	item.fd = fd;
	r = put_item(k, &item, err);
	return r < 0 && err && err->code == 0 ? walk_error(k, r, err) : r;
}

static int walk_dir(struct walk *k, int fd, struct error *err)
{
	auto_strv struct strv names = STRV_INIT;
	size_t len = k->path.len;
	int r = dir_list(fd, &names);

	if (r == 0 && k->depth == MAX_DEPTH)
		r = -ENAMETOOLONG;
	if (r < 0)
		return walk_error(k, r, err);
	k->depth++;
	strv_for_each(i, &names) {
		if ((k->w->flags & TAR_WRITE_ROOT) &&
		    strncmp(names.v[i], WHITEOUT_PREFIX, strlen(WHITEOUT_PREFIX)) == 0)
			continue;
		buf_addf(&k->path, "%s%s", len > 0 ? "/" : "", names.v[i]);
		r = buf_failed(&k->path) ? -ENOMEM : one_name(k, fd, names.v[i], err);
		buf_truncate(&k->path, len);
		if (r < 0)
			break;
	}
	k->depth--;
	return r;
}

int tar_write_tree(struct tar_write *w, struct error *err)
{
	auto_clean(walk) struct walk k = { .w = w, .path = BUF_INIT, .head = BUF_INIT, .user = ordinary_user() };
	struct stat st;
	int r;

	w->ret_size = w->ret_content = 0;
	if (fstat(w->root_fd, &st) < 0)
		return error_set(err, errno, "cannot read the tree");
	k.dev = st.st_dev;
	r = one_name(&k, w->root_fd, ".", err);
	return r < 0 ? r : emit_zeros(&k, 2 * (uint64_t)TAR_BLOCK);
}
