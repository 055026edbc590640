/* SPDX-License-Identifier: Apache-2.0 */
#include "helper/mirror.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/macros.h"
#include "helper/meta.h"
#include "helper/place.h"
#include "helper/treetar.h"

#ifndef FICLONE
# define FICLONE _IOW(0x94, 9, int) /* linux/fs.h */
#endif

#define COPY_MAX ((size_t)1 << 30)

struct mirror {
	struct place place;
	struct place link_place;
	int root_fd;
	bool no_clone; /* this file system can't: do not ask for each file */
};

/* One run of data, by the kernel where it can; else through a buffer. */
static int copy_range(int from, int to, off_t pos, off_t end)
{
	char buf[65536];

	while (pos < end) {
		off_t in = pos;
		off_t out = pos;
		ssize_t n = copy_file_range(from, &in, to, &out, MIN(COPY_MAX, (size_t)(end - pos)), 0);

		if (n < 0 && (errno == EXDEV || errno == EINVAL || errno == EOPNOTSUPP ||
			      errno == ENOSYS)) {
			n = pread(from, buf, MIN(sizeof(buf), (size_t)(end - pos)), pos);
			n = n > 0 ? pwrite(to, buf, (size_t)n, pos) : n;
		}
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0)
			return 0; /* it shrank */
		pos += MAX(n, 0);
	}
	return 0;
}

static int copy_contents(struct mirror *m, int from, int to, off_t size)
{
	off_t pos = 0;

	if (size == 0)
		return 0;
	if (!m->no_clone && ioctl(to, FICLONE, from) == 0)
		return ftruncate(to, size) < 0 ? -errno : 0;
	m->no_clone = true;
	while (pos < size) {
		off_t data = lseek(from, pos, SEEK_DATA);
		off_t hole;
		int r;

		if (data < 0 && errno == ENXIO)
			break; /* nothing but a hole to the end */
		if (data < 0)
			return -errno;
		hole = lseek(from, data, SEEK_HOLE);
		if (hole < 0)
			return -errno;
		r = data < size ? copy_range(from, to, data, MIN(hole, size)) : 0;
		if (r < 0)
			return r;
		pos = hole;
	}
	return ftruncate(to, size) < 0 ? -errno : 0;
}

static int copy_file(struct mirror *m, int dir_fd, const char *name, const struct tar_item *item,
		     int *ret_fd)
{
	const struct stat *st = item->st;
	struct timespec times[2] = { st->st_mtim, st->st_mtim };
	auto_close int fd = openat(dir_fd, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
				   0600);
	int r;

	if (fd < 0)
		return -errno;
	r = copy_contents(m, item->fd, fd, st->st_size);
	if (r < 0)
		return r;
	if (fchown(fd, st->st_uid, st->st_gid) < 0 || fchmod(fd, st->st_mode & 07777) < 0)
		return -errno;
	r = xattrs_apply(fd, NULL, item->xattrs);
	if (r < 0)
		return r;
	if (futimens(fd, times) < 0)
		return -errno;
	*ret_fd = take_fd(&fd);
	return 0;
}

static int copy_node(int dir_fd, const char *name, const struct tar_item *item)
{
	const struct stat *st = item->st;
	struct timespec times[2] = { st->st_mtim, st->st_mtim };
	bool is_link = S_ISLNK(st->st_mode);
	int r;

	r = is_link ? symlinkat(item->link, dir_fd, name) :
		      mknodat(dir_fd, name, (st->st_mode & S_IFMT) | 0600, st->st_rdev);
	if (r < 0 || fchownat(dir_fd, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (!is_link && fchmodat(dir_fd, name, st->st_mode & 07777, 0) < 0)
		return -errno;
	r = xattrs_apply(dir_fd, name, item->xattrs);
	if (r == 0 && utimensat(dir_fd, name, times, AT_SYMLINK_NOFOLLOW) < 0)
		r = -errno;
	return r;
}

static int copy_link(struct mirror *m, int dir_fd, const char *name, const char *first)
{
	const char *first_name = NULL;
	int fd = place_parent(&m->link_place, first, false, &first_name, NULL);

	if (fd < 0)
		return fd;
	return linkat(fd, first_name, dir_fd, name, 0) < 0 ? -errno : 0;
}

static int mirror_item(void *ctx, const struct tar_item *item, int *ret_fd, struct error *err)
{
	struct mirror *m = ctx;
	const char *name = NULL;
	int dir_fd;
	int r;

	if (!item->path[0])
		return 0; /* the root is there, and gets its attributes when it is left */
	dir_fd = place_parent(&m->place, item->path, false, &name, err);
	if (dir_fd < 0)
		return error_set(err, dir_fd, "cannot copy '/%s'", item->path);
	if (item->is_hard_link)
		r = copy_link(m, dir_fd, name, item->link);
	else if (S_ISDIR(item->st->st_mode))
		r = mkdirat(dir_fd, name, 0700) < 0 ? -errno : 0;
	else if (S_ISREG(item->st->st_mode))
		r = copy_file(m, dir_fd, name, item, ret_fd);
	else
		r = copy_node(dir_fd, name, item);
	return r < 0 ? error_set(err, r, "cannot copy '/%s'", item->path) : 0;
}

/* A directory's attributes come last: they would change what is made in it, and its time would change. */
static int mirror_leave(void *ctx, const struct tar_item *item, struct error *err)
{
	struct mirror *m = ctx;
	const struct stat *st = item->st;
	struct timespec times[2] = { st->st_mtim, st->st_mtim };
	const char *name = ".";
	int dir_fd = item->path[0] ? place_parent(&m->place, item->path, false, &name, err) :
				     m->root_fd;
	auto_close int fd = dir_fd < 0 ? dir_fd : dir_open(dir_fd, name);
	int r = fd < 0 ? fd : 0;

	if (r == 0 && (fchown(fd, st->st_uid, st->st_gid) < 0 ||
		       fchmod(fd, st->st_mode & 07777) < 0))
		r = -errno;
	if (r == 0)
		r = xattrs_apply(fd, NULL, item->xattrs);
	if (r == 0 && item->is_opaque)
		r = xattr_make_opaque(fd);
	if (r == 0 && futimens(fd, times) < 0)
		r = -errno;
	return r < 0 ? error_set(err, r, "cannot copy '/%s'", item->path) : 0;
}

int mirror_tree(int source_fd, int dest_fd, unsigned flags, char ret_diff_id[ID_SIZE],
		uint64_t *ret_size, struct error *err)
{
	struct mirror m = { .place = { .root_fd = dest_fd },
			    .link_place = { .root_fd = dest_fd },
			    .root_fd = dest_fd };
	struct tar_write w = { .root_fd = source_fd,
			       .flags = flags,
			       .observer = { mirror_item, mirror_leave, &m } };
	int r = treetar_run(&w, (struct stream_tap){ 0 }, ret_diff_id, err);

	place_done(&m.place);
	place_done(&m.link_place);
	if (r == 0)
		*ret_size = w.ret_content;
	return r;
}
