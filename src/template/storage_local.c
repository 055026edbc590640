/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Builds in a directory: DIR/BUILD/FILE.
 *
 * A build is made as the directory DIR/.new-RANDOM and renamed when it is whole and on disk, so that nobody sees
 * half of one; renamed to .old-RANDOM before it is removed. Whoever works on such a directory holds a lock on it:
 * one without a lock was left by a killed process, and .sweep removes it.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/fs.h"
#include "base/id.h"
#include "template/storage.h"

struct local {
	struct storage base;
	int fd; /* owned; the directory, or FD_NONE: it is not there (yet) */
};

static struct local *local_of(struct storage *s)
{
	return (struct local *) (void *) s;
}

/* The directory may be a link, as any path that its owner chose. Nothing is made for somebody who only reads. */
static int open_dir(struct local *l, bool make)
{
	const char *path = l->base.location->place;
	int r = 0;

	if (l->fd >= 0)
		return 0;
	if (make)
		r = dir_make(path, 0700);
	l->fd = r < 0 ? FD_NONE : open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r == 0 && l->fd < 0)
		r = -errno;
	return r;
}

static int local_file(struct storage *s, const char *name, struct error *err)
{
	struct local *l = local_of(s);
	int fd = l->fd < 0 ? -1
			   : openat(l->fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;

	if (fd < 0)
		return storage_fail(s, l->fd < 0 || errno == ENOTDIR ? ENOENT : errno, name, err);
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		(void)close(fd);
		return storage_fail(s, EINVAL, name, err);
	}
	return fd;
}

static int local_stat(struct storage *s, const char *name, struct storage_object *ret,
		      struct error *err)
{
	auto_close int fd = local_file(s, name, err);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return storage_fail(s, errno, name, err);
	*ret = (struct storage_object){ .size = (uint64_t) st.st_size };
	(void)snprintf(ret->name, sizeof(ret->name), "%s", name);
	(void)snprintf(ret->version, sizeof(ret->version), "%" PRIu64 ".%lld.%ld",
			(uint64_t) st.st_ino, (long long) st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
	return 0;
}

static int local_get(struct storage *s, const char *name, struct buf *out, struct error *err)
{
	auto_close int fd = local_file(s, name, err);
	int r = fd;

	if (fd >= 0) {
		r = fd_read_all(fd, out);
		if (r < 0)
			r = storage_fail(s, r, name, err);
	}
	return r;
}

static int local_read(struct storage *s, const struct storage_object *o, void *to, size_t len,
		      uint64_t offset, struct error *err)
{
	struct storage_object now = { .size = 0 };
	auto_close int fd = FD_NONE;
	int r = local_stat(s, o->name, &now, err);

	if (r < 0)
		return r;
	if (!STREQ(now.version, o->version) || now.size != o->size)
		return storage_fail(s, ESTALE, o->name, err);
	fd = local_file(s, o->name, err);
	if (fd < 0)
		return fd;
	r = fd_read_at(fd, to, len, offset);
	return r < 0 ? storage_fail(s, r, o->name, err) : 0;
}

static int local_list(struct storage *s, struct strv *ret, struct error *err)
{
	struct local *l = local_of(s);
	auto_strv struct strv names = STRV_INIT;
	int r = l->fd < 0 ? 0 : dir_list(l->fd, &names);

	for (size_t i = 0; r == 0 && i < names.n; i++) {
		struct stat st;

		if (names.v[i][0] != '.' &&
		    fstatat(l->fd, names.v[i], &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISDIR(st.st_mode))
			r = strv_add(ret, names.v[i]);
	}
	return r < 0 ? error_set(err, r, "template storage '%s'", s->location->url) : 0;
}

/* A file without a name gets one; from another file system its bytes are copied. */
static int place_file(int dir, const struct storage_file *f)
{
	auto_close int to = FD_NONE;
	char path[32];
	off_t at = 0;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", f->fd);
	if (linkat(AT_FDCWD, path, dir, f->name, AT_SYMLINK_FOLLOW) == 0)
		return fsync(f->fd) < 0 ? -errno : 0;
	if (errno != EXDEV && errno != ENOENT)
		return -errno;
	to = openat(dir, f->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (to < 0)
		return -errno;
	while ((uint64_t) at < f->size) {
		ssize_t n =
			sendfile(to, f->fd, &at, MIN(f->size - (uint64_t) at, (uint64_t) 1 << 30));

		if (n == 0)
			return -EIO;
		if (n < 0 && errno != EINTR)
			return -errno;
	}
	return fsync(to) < 0 ? -errno : 0;
}

/* A directory DIR/.PREFIX-RANDOM of our own, locked. Return: its descriptor or -errno. */
static int make_own(struct local *l, const char *prefix, char ret_name[32])
{
	for (;;) {
		auto_close int fd = FD_NONE;
		struct stat st;
		char id[ID_SIZE];
		int r = id_random(id);

		if (r < 0)
			return r;
		(void)snprintf(ret_name, 32, ".%s-%.16s", prefix, id);
		fd = dir_make_open(l->fd, ret_name, 0755);
		if (fd < 0)
			return fd == -ENOENT ? -EAGAIN : fd;
		if (flock(fd, LOCK_EX) < 0 || fstat(fd, &st) < 0)
			return -errno;
		if (st.st_nlink > 0) /* else .sweep was here before the lock */
			return take_fd(&fd);
	}
}

/* Platforms want the size of what is compressed beside it; bucket storage has it as the object's metadata. */
static int place_size(int dir, const struct storage_file *f)
{
	char name[64], text[24];

	(void)snprintf(name, sizeof(name), "%s.uncompressed-size", f->name);
	(void)snprintf(text, sizeof(text), "%" PRIu64, f->data_size);
	return file_replace_at(dir, name, text, strlen(text), FILE_REPLACE_SYNC);
}

static int place_build(struct local *l, const char *build, const struct storage_file *files,
		       size_t n, int dir, const char *name)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		r = place_file(dir, &files[i]);
		if (r == 0 && files[i].data_size && files[i].data_size != files[i].size)
			r = place_size(dir, &files[i]);
	}
	if (r == 0 && fsync(dir) < 0)
		r = -errno;
	/* rename(2) takes the place of an empty directory, and of nothing else: a build is never overwritten. */
	if (r == 0 && renameat(l->fd, name, l->fd, build) < 0)
		r = errno == ENOTEMPTY || errno == ENOTDIR ? -EEXIST : -errno;
	if (r == 0 && fsync(l->fd) < 0)
		r = -errno;
	return r;
}

static int local_publish(struct storage *s, const char *build, const struct storage_file *files,
			 size_t n, struct error *err)
{
	struct local *l = local_of(s);
	auto_close int dir = FD_NONE;
	char name[32];
	int r = open_dir(l, true);

	dir = r < 0 ? r : make_own(l, "new", name);
	if (dir < 0)
		return error_set(err, dir, "template storage '%s': cannot make a build",
				 s->location->url);
	r = place_build(l, build, files, n, dir, name);
	if (r < 0)
		(void)tree_remove(l->fd, name);
	if (r == -EEXIST)
		return error_msg(err, EEXIST, "template storage '%s' has a build '%s' already",
				 s->location->url, build);
	return r < 0 ? storage_fail(s, r, build, err) : 0;
}

static int local_remove(struct storage *s, const char *build, struct error *err)
{
	struct local *l = local_of(s);
	auto_close int dir = FD_NONE;
	char name[32];
	int r;

	if (l->fd < 0 || faccessat(l->fd, build, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return storage_fail(s, ENOENT, build, err);
	dir = make_own(l, "old", name);
	if (dir < 0)
		return storage_fail(s, dir, build, err);
	/* Moved into a directory that is ours, rather than over it: the lock is on that. */
	r = renameat(l->fd, build, dir, "build") < 0 ? -errno : 0;
	if (r == 0 && fsync(l->fd) < 0)
		r = -errno;
	if (r == 0)
		r = tree_remove(l->fd, name);
	else
		(void)tree_remove(l->fd, name);
	return r < 0 ? storage_fail(s, r, build, err) : 0;
}

static bool is_ours(const char *name)
{
	return strncmp(name, ".new-", 5) == 0 || strncmp(name, ".old-", 5) == 0;
}

static int local_sweep(struct storage *s, unsigned *ret, struct error *err)
{
	struct local *l = local_of(s);
	auto_strv struct strv names = STRV_INIT;
	int r = l->fd < 0 ? 0 : dir_list(l->fd, &names);

	*ret = 0;
	for (size_t i = 0; r == 0 && i < names.n; i++) {
		auto_close int fd = is_ours(names.v[i]) ? dir_open(l->fd, names.v[i]) : FD_NONE;

		if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0)
			continue;
		r = tree_remove(l->fd, names.v[i]);
		*ret += r == 0;
	}
	return r < 0 ? error_set(err, r, "template storage '%s'", s->location->url) : 0;
}

static void local_free(struct storage *s)
{
	struct local *l = local_of(s);

	fd_close(&l->fd);
	free(l);
}

static const struct storage_ops local_ops = {
	.stat = local_stat,
	.get = local_get,
	.read = local_read,
	.open = local_file,
	.list = local_list,
	.publish = local_publish,
	.remove = local_remove,
	.sweep = local_sweep,
	.free = local_free,
};

int storage_local_open(const struct template_location *location, struct storage **ret,
		       struct error *err)
{
	struct local *l = calloc(1, sizeof(*l));
	int r;

	if (!l)
		return error_set(err, ENOMEM, "cannot open the template storage");
	l->base = (struct storage){ .ops = &local_ops,
				    .location = location,
				    .temp_dir = location->place };
	l->fd = FD_NONE;
	r = open_dir(l, false);
	if (r < 0 && r != -ENOENT) {
		free(l);
		return error_set(err, r, "template storage '%s'", location->url);
	}
	*ret = &l->base;
	return 0;
}
