/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "sys/overlay.h"
#include "sys/syscalls.h"

/* ioctl_ficlone(2); <linux/fs.h> is in nobody's reach but sys's. */
#ifndef FICLONE
# define FICLONE _IOW(0x94, 9, int)
#endif

#define CHUNK	   ((size_t)1 << 30)  /* per system call; the kernel's own limit is 2 GiB */
#define MAX_DEPTH  1000u	       /* each level takes stack and two descriptors */
#define XATTR_LIST ((size_t)64 << 10) /* XATTR_LIST_MAX, xattr(7) */
#define XATTR_SIZE ((size_t)64 << 10) /* XATTR_SIZE_MAX */

/* A file with several names that was copied under one of them. */
struct linked {
	dev_t dev;
	ino_t ino;
	char *path; /* owned; relative to the top of the copy */
};

struct copy {
	int top;	 /* the top of the copy, borrowed */
	void *links;	 /* struct linked, by tsearch(3) */
	unsigned depth;
	bool no_clone, no_range; /* the file systems can't: not asked again for every file */
	struct buf path; /* the directory being copied, from the top, a slash at its end */
	char *xattr_names, *xattr_value; /* XATTR_LIST and XATTR_SIZE bytes, owned */
	struct error *err;
};

static void free_linked(void *p)
{
	struct linked *l = p;

	free(l->path);
	free(l);
}

static void copy_done(struct copy *c)
{
	tdestroy(c->links, free_linked);
	buf_done(&c->path);
	free(c->xattr_names);
	free(c->xattr_value);
}
DEFINE_AUTO(copy, struct copy, copy_done)

static int copy_init(struct copy *c)
{
	c->path = BUF_INIT;
	c->xattr_names = malloc(XATTR_LIST);
	c->xattr_value = malloc(XATTR_SIZE);
	return c->xattr_names && c->xattr_value ? 0 : -ENOMEM;
}

static int fail(struct copy *c, int r, const char *what, const char *name)
{
	return error_set(c->err, r, "cannot %s '%s%s'", what, buf_str(&c->path), name);
}

/* ---- attributes ------------------------------------------------------------------------------ */

/*
 * By /proc/self/fd, which takes O_PATH descriptors and so every type of file, and which names
 * exactly the file that is open. A file system that knows no such attribute is no failure: cp(1)
 * and docker do so too.
 */
static int copy_xattrs(struct copy *c, int from, int to)
{
	char source[48], target[48];
	ssize_t n, used = 0;

	(void) snprintf(source, sizeof(source), "/proc/self/fd/%d", from);
	(void) snprintf(target, sizeof(target), "/proc/self/fd/%d", to);
	n = listxattr(source, c->xattr_names, XATTR_LIST);
	if (n < 0)
		return errno == ENOTSUP ? 0 : -errno;
	while (used < n) {
		const char *name = c->xattr_names + used;
		ssize_t size;

		used += (ssize_t)strlen(name) + 1;
		if (overlay_owns_xattr(name))
			continue;
		size = getxattr(source, name, c->xattr_value, XATTR_SIZE);
		if (size < 0 && errno == ENODATA)
			continue;
		if (size < 0)
			return -errno;
		if (setxattr(target, name, c->xattr_value, (size_t)size, 0) < 0 &&
		    errno != ENOTSUP)
			return -errno;
	}
	return 0;
}

static void times_of(const struct stat *st, struct timespec times[2])
{
	times[0] = st->st_atim;
	times[1] = st->st_mtim;
}

/*
 * In this order: chown(2) takes capabilities and set-id bits away, and each of them changes the
 * times.
 */
static int copy_attributes(struct copy *c, int from, int to, const struct stat *st)
{
	struct timespec times[2];
	int r;

	times_of(st, times);
	if (fchown(to, st->st_uid, st->st_gid) < 0 || fchmod(to, st->st_mode & 07777) < 0)
		return -errno;
	r = copy_xattrs(c, from, to);
	if (r == 0 && futimens(to, times) < 0)
		r = -errno;
	return r;
}

int tree_copy_attributes(int from, int to)
{
	auto_clean(copy) struct copy c = { .top = FD_NONE };
	struct stat st;
	int r = copy_init(&c);

	if (r == 0 && fstat(from, &st) < 0)
		r = -errno;
	return r == 0 ? copy_attributes(&c, from, to, &st) : r;
}

/*
 * The same for what can't be opened for writing: links and special files, made as @name in @to_dir.
 */
static int name_attributes(struct copy *c, int from, int to_dir, const char *name,
			   const struct stat *st)
{
	auto_close int to = openat(to_dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct timespec times[2];
	int r;

	times_of(st, times);
	if (to < 0)
		return -errno;
	if (fchownat(to_dir, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	/*
	 * @to_dir is ours alone, so the name still is no link: fchmodat(2) could not be told to see
	 * to it.
	 */
	if (!S_ISLNK(st->st_mode) && fchmodat(to_dir, name, st->st_mode & 07777, 0) < 0)
		return -errno;
	r = copy_xattrs(c, from, to);
	if (r == 0 && utimensat(to_dir, name, times, AT_SYMLINK_NOFOLLOW) < 0)
		r = -errno;
	return r;
}

/* ---- content --------------------------------------------------------------------------------- */

static bool can_not_do(int error)
{
	return error == EXDEV || error == EINVAL || error == EOPNOTSUPP || error == ENOSYS;
}

/*
 * Bytes @at to @end, wherever the kernel can move them; sendfile(2) where copy_file_range(2) can't.
 */
static int copy_range(struct copy *c, int from, int to, off_t at, off_t end)
{
	if (lseek(to, at, SEEK_SET) < 0)
		return -errno;
	while (at < end) {
		size_t want = (size_t)MIN(end - at, (off_t)CHUNK);
		ssize_t n;

		if (c->no_range)
			n = sendfile(to, from, &at, want);
		else
			n = copy_file_range(from, &at, to, NULL, want, 0);
		if (n < 0 && !c->no_range && can_not_do(errno))
			c->no_range = true;
		else if (n < 0 && errno != EINTR)
			return -errno;
		else if (n == 0)
			return 0; /* it has shrunk */
	}
	return 0;
}

/* Only what is data, so that holes stay holes. */
static int copy_sparse(struct copy *c, int from, int to, off_t size)
{
	off_t data = 0, hole;

	if (ftruncate(to, size) < 0)
		return -errno;
	for (;;) {
		int r;

		data = lseek(from, data, SEEK_DATA);
		if (data < 0)
			return errno == ENXIO ? 0 : -errno; /* only a hole is left */
		hole = lseek(from, data, SEEK_HOLE);
		if (hole < 0)
			return -errno;
		r = copy_range(c, from, to, data, MIN(hole, size));
		if (r < 0 || hole >= size)
			return r;
		data = hole;
	}
}

/* FICLONE shares the blocks; a file to which as many are allotted as it is long has no holes. */
static int copy_data(struct copy *c, int from, int to, const struct stat *st)
{
	if (st->st_size == 0)
		return 0;
	if (!c->no_clone) {
		if (ioctl(to, FICLONE, from) == 0)
			return 0;
		c->no_clone = errno == EXDEV || errno == EOPNOTSUPP || errno == ENOTTY;
	}
	if ((off_t)st->st_blocks * 512 >= st->st_size)
		return copy_range(c, from, to, 0, st->st_size);
	return copy_sparse(c, from, to, st->st_size);
}

int file_copy(int from, int to)
{
	struct copy c = { .top = FD_NONE };
	struct stat st;

	return fstat(from, &st) < 0 ? -errno : copy_data(&c, from, to, &st);
}

static int copy_regular(struct copy *c, int from_dir, int to_dir, const char *name)
{
	auto_close int from = sys_openat2(from_dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0,
					  SYS_RESOLVE_NO_XDEV | SYS_RESOLVE_NO_SYMLINKS);
	auto_close int to = FD_NONE;
	struct stat st;
	int r;

	if (from == -EXDEV)
		return 0; /* something is mounted on it: what is below is not ours to read */
	if (from < 0)
		return fail(c, from, "open", name);
	if (fstat(from, &st) < 0 || !S_ISREG(st.st_mode))
		return fail(c, EINVAL, "copy a file that changes:", name);
	to = openat(to_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to < 0)
		return fail(c, errno, "make", name);
	r = copy_data(c, from, to, &st);
	if (r == 0)
		r = copy_attributes(c, from, to, &st);
	return r < 0 ? fail(c, r, "copy", name) : 0;
}

static int make_symlink(int from, int to_dir, const char *name)
{
	char text[PATH_MAX];
	ssize_t n = readlinkat(from, "", text, sizeof(text) - 1);

	if (n < 0)
		return -errno;
	text[n] = '\0';
	return symlinkat(text, to_dir, name) < 0 ? -errno : 0;
}

static int copy_special(struct copy *c, int from_dir, int to_dir, const char *name)
{
	auto_close int from = openat(from_dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	int r = 0;

	if (from < 0 || fstat(from, &st) < 0)
		return fail(c, errno, "open", name);
	if (S_ISLNK(st.st_mode))
		r = make_symlink(from, to_dir, name);
	else if (mknodat(to_dir, name, st.st_mode & (S_IFMT | 0777), st.st_rdev) < 0)
		r = -errno;
	if (r == 0)
		r = name_attributes(c, from, to_dir, name, &st);
	return r < 0 ? fail(c, r, "copy", name) : 0;
}

/* ---- hard links ------------------------------------------------------------------------------ */

static int compare_linked(const void *a, const void *b)
{
	const struct linked *x = a, *y = b;

	if (x->dev != y->dev)
		return x->dev < y->dev ? -1 : 1;
	return x->ino < y->ino ? -1 : x->ino > y->ino;
}

/*
 * Another name of a file that is copied already? Return: 1 if it has been linked, 0 if not, -errno.
 */
static int link_known(struct copy *c, int to_dir, const char *name, const struct stat *st)
{
	struct linked key = { .dev = st->st_dev, .ino = st->st_ino };
	struct linked **found = tfind(&key, &c->links, compare_linked);

	if (!found)
		return 0;
	if (linkat(c->top, (*found)->path, to_dir, name, 0) == 0)
		return 1;
	/* Too many names for this file system, or too long a path: a copy of its own, then. */
	return errno == EMLINK || errno == ENAMETOOLONG ? 0 : -errno;
}

static int remember_link(struct copy *c, const char *name, const struct stat *st)
{
	struct linked *l = calloc(1, sizeof(*l));

	if (!l)
		return -ENOMEM;
	*l = (struct linked){ st->st_dev, st->st_ino, str_format("%s%s", buf_str(&c->path), name) };
	if (l->path) {
		struct linked **in = tsearch(l, &c->links, compare_linked);

		if (in && *in == l)
			return 0;
		free_linked(l);
		return in ? 0 : -ENOMEM;
	}
	free_linked(l);
	return -ENOMEM;
}

static int copy_file(struct copy *c, int from_dir, int to_dir, const char *name,
		     const struct stat *st)
{
	int r = 0;

	if (S_ISSOCK(st->st_mode))
		return 0; /* nobody listens on a copy */
	if (st->st_nlink > 1) {
		r = link_known(c, to_dir, name, st);
		if (r < 0)
			return fail(c, r, "link", name);
		if (r > 0)
			return 0;
	}
	r = S_ISREG(st->st_mode) ? copy_regular(c, from_dir, to_dir, name)
				 : copy_special(c, from_dir, to_dir, name);
	if (r == 0 && st->st_nlink > 1)
		r = remember_link(c, name, st);
	return r;
}

/* ---- directories ----------------------------------------------------------------------------- */

static int copy_below(struct copy *c, int from, int to);

static int copy_directory(struct copy *c, int from_dir, int to_dir, const char *name)
{
	auto_close int from = sys_openat2(from_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0,
					  SYS_RESOLVE_NO_XDEV | SYS_RESOLVE_NO_SYMLINKS);
	auto_close int to = FD_NONE;
	size_t before = c->path.len;
	struct stat st;
	int r;

	if (from < 0 && from != -EXDEV)
		return fail(c, from, "open", name);
	to = dir_make_open(to_dir, name, 0700);
	if (to < 0)
		return fail(c, to, "make", name);
	if (from == -EXDEV)
		return 0; /* a mount point, empty without its mount */
	if (fstat(from, &st) < 0)
		return fail(c, errno, "examine", name);
	if (c->depth == MAX_DEPTH)
		return error_msg(c->err, ELOOP, "directories are nested deeper than %u", MAX_DEPTH);
	c->depth++;
	buf_addf(&c->path, "%s/", name);
	r = buf_failed(&c->path) ? fail(c, ENOMEM, "copy", name) : copy_below(c, from, to);
	buf_truncate(&c->path, before);
	c->depth--;
	if (r < 0)
		return r;
	/* Last: its times, and a mode that may forbid writing. */
	r = copy_attributes(c, from, to, &st);
	return r < 0 ? fail(c, r, "copy", name) : 0;
}

static int copy_below(struct copy *c, int from, int to)
{
	auto_strv struct strv names = STRV_INIT;
	int r = dir_list(from, &names);

	if (r < 0)
		return fail(c, r, "read", "");
	strv_for_each(i, &names) {
		const char *name = names.v[i];
		struct stat st;

		if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			return fail(c, errno, "examine", name);
		r = S_ISDIR(st.st_mode) ? copy_directory(c, from, to, name)
					: copy_file(c, from, to, name, &st);
		if (r < 0)
			return r;
	}
	return 0;
}

int tree_copy(int from, int to, struct error *err)
{
	auto_clean(copy) struct copy c = { .top = to, .err = err };
	int r = copy_init(&c);

	return r < 0 ? error_set(err, r, "cannot copy a tree") : copy_below(&c, from, to);
}
