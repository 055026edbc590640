/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DOC: Theory of operation
 *
 * Entries are placed one after the other, as they come:
 *   1. The name is cleaned by text (".." is an error), its directory found by descriptor (place.h).
 *   2. What is there already under that name goes, but for a directory that stays one.
 *   3. The entry is made under that name in that directory with O_EXCL, mknodat, symlinkat, linkat: none
 *      of them follows a link in the last component.
 * So a link that the archive made earlier can only lead to another place inside of the root.
 *
 * Directories get their owner, mode, attributes and time at the very end: until then a set-group-ID bit
 * or a default ACL would change what is made in them, and their time would be overwritten.
 */
#include "helper/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "base/fd.h"
#include "base/fs.h"
#include "base/macros.h"
#include "helper/meta.h"
#include "helper/place.h"
#include "helper/tarread.h"
#include "helper/ordinary.h"
#include "sys/root.h"

/* What a directory gets at the end. */
struct late_dir {
	char *path; /* owned; "" is the root */
	size_t order;
	ino_t inode;
	uid_t uid;
	gid_t gid;
	mode_t mode;
	struct timespec mtime;
	bool opaque, implicit;
	struct tar_xattrs xattrs;
};

struct unpacker {
	struct tar_reader tar;
	struct place place;
	struct place link_place;
	struct late_dir *dirs; /* owned */
	size_t n_dirs, cap_dirs;
	int root_fd;
	unsigned flags;
	struct follow *follow; /* borrowed, or NULL */
	uint64_t size;
	struct ordinary_user user;
};

static void unpacker_done(struct unpacker *u)
{
	tar_reader_done(&u->tar);
	place_done(&u->place);
	place_done(&u->link_place);
	for (size_t i = 0; i < u->n_dirs; i++) {
		free(u->dirs[i].path);
		tar_xattrs_done(&u->dirs[i].xattrs);
	}
	free(u->dirs);
}
DEFINE_AUTO(unpacker, struct unpacker, unpacker_done)

static int entry_error(struct unpacker *u, int r, struct error *err)
{
	if (r == -EINVAL && ordinary_lacks_owner(&u->tar.entry))
		return ordinary_owner_error(&u->tar.entry, err);
	return error_set(err, r, "cannot unpack '%s'", u->tar.entry.path);
}

/* ---- directories ---- */

static struct late_dir *add_dir(struct unpacker *u, const char *path)
{
	struct late_dir *d;

	if (u->n_dirs == u->cap_dirs) {
		size_t cap = u->cap_dirs ? u->cap_dirs * 2 : 256;

		d = reallocarray(u->dirs, cap, sizeof(*d));
		if (!d)
			return NULL;
		u->dirs = d;
		u->cap_dirs = cap;
	}
	d = &u->dirs[u->n_dirs];
	*d = (struct late_dir){ .path = strdup(path), .order = u->n_dirs, .mode = 0755 };
	if (!d->path)
		return NULL;
	u->n_dirs++;
	return d;
}

/* A directory without an entry of its own: for everybody, and as old as what made it necessary. */
static int made_implicitly(void *ctx, const char *path, struct error *err)
{
	struct unpacker *u = ctx;
	struct late_dir *d = add_dir(u, path);

	if (!d)
		return error_set(err, ENOMEM, "cannot unpack '%s'", path);
	d->mtime = u->tar.entry.mtime;
	d->implicit = true;
	follow_lose(u->follow);
	return 0;
}

static int put_directory(struct unpacker *u, int dir_fd, const char *name, const char *path,
			 bool was_whiteout)
{
	struct tar_entry *e = &u->tar.entry;
	struct late_dir *d;

	if (name && mkdirat(dir_fd, name, 0755) < 0 && errno != EEXIST)
		return -errno;
	d = add_dir(u, path);
	if (!d)
		return -ENOMEM;
	d->uid = (uid_t)e->uid;
	d->gid = (gid_t)e->gid;
	d->mode = e->mode;
	d->mtime = e->mtime;
	d->opaque = was_whiteout;
	follow_directory(u->follow, path, e);
	d->xattrs = e->xattrs;
	e->xattrs = (struct tar_xattrs){ 0 };
	return 0;
}

static int finish_dir(struct unpacker *u, const struct late_dir *d, bool opaque)
{
	struct timespec times[2] = { d->mtime, d->mtime };
	struct stat want = { .st_uid = d->uid, .st_gid = d->gid, .st_mtim = d->mtime };
	auto_close int fd = d->path[0] ? root_open(u->root_fd, d->path, O_RDONLY | O_DIRECTORY |
									O_NOFOLLOW) :
					 dir_open(u->root_fd, ".");
	int r;

	/* A later entry replaced it. */
	if (fd == -ENOENT || fd == -ENOTDIR || fd == -ELOOP)
		return 0;
	if (fd < 0)
		return fd;
	if (fchown(fd, d->uid, d->gid) < 0 || fchmod(fd, d->mode) < 0)
		return -errno;
	r = xattrs_apply(fd, NULL, &d->xattrs);
	if (r < 0)
		return r;
	if (d->implicit && (u->flags & UNPACK_MARK) && fsetxattr(fd, UNPACK_IMPLICIT, "", 0, 0) < 0)
		return -errno;
	r = opaque ? xattr_make_opaque(fd) : 0;
	if (r < 0)
		return r;
	if (futimens(fd, times) < 0)
		return -errno;
	want.st_mode = S_IFDIR | (d->mode & 07777);
	follow_finished(u->follow, fd, &want, &d->xattrs);
	return 0;
}

static int compare_dirs(const void *a, const void *b)
{
	const struct late_dir *x = a;
	const struct late_dir *y = b;
	int r = strcmp(x->path, y->path);

	if (r != 0)
		return r;
	return x->order < y->order ? -1 : 1;
}

/* Of several entries for one directory the last one counts, but an opaque mark of any. */
static int finish_dirs(struct unpacker *u, struct error *err)
{
	bool opaque = false;

	qsort(u->dirs, u->n_dirs, sizeof(*u->dirs), compare_dirs);
	for (size_t i = 0; i < u->n_dirs; i++) {
		const struct late_dir *d = &u->dirs[i];
		int r;

		opaque |= d->opaque;
		if (i + 1 < u->n_dirs && STREQ(d->path, d[1].path))
			continue;
		r = finish_dir(u, d, opaque);
		if (r < 0)
			return error_set(err, r, "cannot unpack directory '%s'", d->path);
		opaque = false;
	}
	return 0;
}

/* ---- everything else ---- */

static int write_data(struct unpacker *u, int fd, struct error *err)
{
	struct tar_entry *e = &u->tar.entry;
	uint64_t end = 0;

	for (;;) {
		const unsigned char *p = NULL;
		uint64_t offset = 0;
		ssize_t n = tar_data(&u->tar, &p, &offset, err);
		ssize_t done;

		if (n < 0)
			return (int)n;
		if (n == 0)
			break;
		done = offset == end ? write(fd, p, (size_t)n) :
				       pwrite(fd, p, (size_t)n, (off_t)offset);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return entry_error(u, -errno, err);
		follow_data(u->follow, p, (size_t)done, offset);
		if (offset == end)
			end += (uint64_t)done;
		tar_consume(&u->tar, (size_t)done);
	}
	if (e->sparse && ftruncate(fd, (off_t)e->size) < 0)
		return entry_error(u, -errno, err);
	return 0;
}

static int clear_name(struct unpacker *u, int dir_fd, const char *name, bool *ret_whiteout);

/* Most names are new: only if this one is not, what is there is looked at and removed. */
static int create_file(struct unpacker *u, int dir_fd, const char *name)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	mode_t mode = u->tar.entry.mode & 0777;
	int fd = openat(dir_fd, name, flags, mode);
	int r;

	if (fd >= 0 || errno != EEXIST)
		return fd < 0 ? -errno : fd;
	r = clear_name(u, dir_fd, name, NULL);
	if (r < 0)
		return r;
	fd = openat(dir_fd, name, flags, mode);
	return fd < 0 ? -errno : fd;
}

static int put_file(struct unpacker *u, int dir_fd, const char *name, const char *path,
		    struct error *err)
{
	const struct tar_entry *e = &u->tar.entry;
	struct timespec times[2] = { e->mtime, e->mtime };
	auto_close int fd = create_file(u, dir_fd, name);
	int r;

	if (fd < 0)
		return entry_error(u, fd, err);
	follow_file(u->follow, path, e);
	r = write_data(u, fd, err);
	if (r < 0)
		return r;
	/* chown(2) takes set-user-ID bits and capabilities away, so it comes before them. */
	if ((e->uid || e->gid) && fchown(fd, (uid_t)e->uid, (gid_t)e->gid) < 0)
		return entry_error(u, -errno, err);
	if ((e->mode & 07000) && fchmod(fd, e->mode) < 0)
		return entry_error(u, -errno, err);
	r = xattrs_apply(fd, NULL, &e->xattrs);
	if (r == 0 && futimens(fd, times) < 0)
		r = -errno;
	follow_file_end(u->follow, fd, e);
	u->size += e->size;
	return r < 0 ? entry_error(u, r, err) : 0;
}

static int put_node(struct unpacker *u, int dir_fd, const char *name, const char *path)
{
	const struct tar_entry *e = &u->tar.entry;
	struct timespec times[2] = { e->mtime, e->mtime };
	mode_t type = e->type == TAR_FIFO ? S_IFIFO : e->type == TAR_CHAR ? S_IFCHR : S_IFBLK;
	dev_t dev = e->type == TAR_FIFO ? 0 : makedev(e->dev_major, e->dev_minor);
	int r;

	if (e->type == TAR_SYMLINK)
		r = symlinkat(e->link, dir_fd, name);
	else
		r = mknodat(dir_fd, name, type | (e->mode & 0777), dev);
	if (r < 0 || fchownat(dir_fd, name, (uid_t)e->uid, (gid_t)e->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	/* Just made by us and no link, so that following it (there is no other form) follows nothing. */
	if (e->type != TAR_SYMLINK && (e->mode & 07000) && fchmodat(dir_fd, name, e->mode, 0) < 0)
		return -errno;
	r = xattrs_apply(dir_fd, name, &e->xattrs);
	if (r == 0 && utimensat(dir_fd, name, times, AT_SYMLINK_NOFOLLOW) < 0)
		r = -errno;
	if (r == 0)
		follow_node(u->follow, path, dir_fd, name, e, NULL);
	return r;
}

static int put_hard_link(struct unpacker *u, int dir_fd, const char *name, const char *path,
			 struct error *err)
{
	const struct tar_entry *e = &u->tar.entry;
	auto_free char *target = NULL;
	const char *target_name = NULL;
	struct stat to;
	struct stat here;
	int fd;
	int r = place_clean(e->link, &target);

	if (r == 0 && !target[0])
		r = -EINVAL;
	if (r < 0)
		return error_msg(err, EINVAL, "cannot unpack '%s': it is a hard link to '%s', which "
					      "is not in the archive", e->path, e->link);
	fd = place_parent(&u->link_place, target, false, &target_name, err);
	if (fd < 0 || fstatat(fd, target_name, &to, AT_SYMLINK_NOFOLLOW) < 0 || S_ISDIR(to.st_mode))
		return error_msg(err, EINVAL, "cannot unpack '%s': it is a hard link to '%s', which "
					      "is not in the archive", e->path, e->link);
	/* A link to itself: done, and above all not to be removed first. */
	if (fstatat(dir_fd, name, &here, AT_SYMLINK_NOFOLLOW) == 0) {
		if (here.st_ino == to.st_ino)
			return 0;
		r = clear_name(u, dir_fd, name, NULL);
		if (r < 0)
			return entry_error(u, r, err);
	}
	if (linkat(fd, target_name, dir_fd, name, 0) < 0)
		return entry_error(u, -errno, err);
	/* Through a link the target's text is not the path by which the file is known. */
	if (u->link_place.followed)
		follow_lose(u->follow);
	follow_node(u->follow, path, dir_fd, name, e, target);
	return 0;
}

/* Remove what an earlier entry put under the name of this one. Descriptors to below it are stale then. */
static int clear_name(struct unpacker *u, int dir_fd, const char *name, bool *ret_whiteout)
{
	struct stat st;

	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (S_ISDIR(st.st_mode) && u->tar.entry.type == TAR_DIRECTORY)
		return 0;
	if (ret_whiteout)
		*ret_whiteout = stat_is_whiteout(&st);
	/* u->place has nothing open below this directory, u->link_place may have. */
	place_forget(&u->link_place);
	return tree_remove(dir_fd, name);
}

/* ".wh.NAME" and ".wh..wh..opq" of a layer. The file itself is never made. */
static int put_whiteout(struct unpacker *u, int dir_fd, const char *name)
{
	const char *victim = name + strlen(WHITEOUT_PREFIX);
	struct stat st;

	if (!(u->flags & UNPACK_WHITEOUTS))
		return 0;
	if (STREQ(name, WHITEOUT_OPAQUE))
		return xattr_make_opaque(dir_fd);
	if (strncmp(name, WHITEOUT_META, strlen(WHITEOUT_META)) == 0)
		return 0; /* AUFS's own bookkeeping */
	if (victim[0] == '\0' || STREQ(victim, ".") || STREQ(victim, ".."))
		return -EINVAL;
	if (fstatat(dir_fd, victim, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno != ENOENT)
			return -errno;
		return mknodat(dir_fd, victim, S_IFCHR, 0) < 0 ? -errno : 0;
	}
	/* This layer has that name too: it hides the lower one, a directory if it is opaque. */
	if (S_ISDIR(st.st_mode)) {
		auto_close int fd = dir_open(dir_fd, victim);

		return fd < 0 ? fd : xattr_make_opaque(fd);
	}
	return 0;
}

static int put_entry(struct unpacker *u, const char *path, struct error *err)
{
	const struct tar_entry *e = &u->tar.entry;
	const char *name = NULL;
	bool was_whiteout = false;
	int fd = place_parent(&u->place, path, true, &name, err);
	int r;

	if (fd < 0)
		return err && err->code ? fd : entry_error(u, fd, err);
	if (strncmp(name, WHITEOUT_PREFIX, strlen(WHITEOUT_PREFIX)) == 0) {
		r = put_whiteout(u, fd, name);
		return r < 0 ? entry_error(u, r, err) : 0;
	}
	if (e->type == TAR_HARD_LINK)
		return put_hard_link(u, fd, name, path, err);
	if (e->type == TAR_REGULAR)
		return put_file(u, fd, name, path, err);
	r = clear_name(u, fd, name, &was_whiteout);
	if (r < 0)
		return entry_error(u, r, err);
	if (e->type == TAR_DIRECTORY)
		r = put_directory(u, fd, name, path, was_whiteout);
	else if (e->type != TAR_CHAR || e->dev_major || e->dev_minor || (u->flags & UNPACK_WHITEOUTS))
		r = put_node(u, fd, name, path);
	return r < 0 ? entry_error(u, r, err) : 0;
}

static bool is_known(char type)
{
	return type == TAR_REGULAR || type == TAR_HARD_LINK || type == TAR_SYMLINK ||
	       type == TAR_CHAR || type == TAR_BLOCK_DEVICE || type == TAR_DIRECTORY ||
	       type == TAR_FIFO;
}

static int one_entry(struct unpacker *u, struct error *err)
{
	auto_free char *path = NULL;
	int r;

	if (!is_known(u->tar.entry.type))
		return 0; /* volume labels and the like */
	if (!ordinary_entry(&u->user, &u->tar.entry))
		return 0;
	r = place_clean(u->tar.entry.path, &path);
	if (r == -EINVAL)
		return error_msg(err, EINVAL, "cannot unpack '%s': the name leads out of the archive",
				 u->tar.entry.path);
	if (r < 0)
		return entry_error(u, r, err);
	if (path[0])
		return put_entry(u, path, err);
	if (u->tar.entry.type != TAR_DIRECTORY)
		return error_msg(err, EINVAL, "cannot unpack '%s': the root must be a directory",
				 u->tar.entry.path);
	r = put_directory(u, u->root_fd, NULL, path, false);
	return r < 0 ? entry_error(u, r, err) : 0;
}

int unpack_tar(struct stream *in, int root_fd, unsigned flags, struct follow *follow,
	       uint64_t *ret_size, struct error *err)
{
	auto_clean(unpacker) struct unpacker u = { .tar = TAR_READER_INIT(in),
						   .place = { .root_fd = root_fd },
						   .link_place = { .root_fd = root_fd },
						   .root_fd = root_fd,
						   .flags = flags,
						   .follow = follow,
						   .user = ordinary_user() };
	mode_t old = umask(0);
	int r;

	u.place.made = made_implicitly;
	u.place.ctx = &u;
	/* The root, should the archive have no entry for it: always the same, so that DiffIDs are. */
	if (!add_dir(&u, ""))
		return error_set(err, ENOMEM, "cannot unpack the archive");
	do {
		r = tar_next(&u.tar, err);
		if (r > 0) {
			int put = one_entry(&u, err);

			r = put < 0 ? put : r;
		}
	} while (r > 0);
	if (r == 0)
		r = finish_dirs(&u, err);
	if (r == 0)
		r = stream_drain(in, err);
	(void)umask(old);
	if (r == 0)
		*ret_size = u.size;
	return r;
}
