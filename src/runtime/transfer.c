/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/transfer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <search.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/fs.h"
#include "sys/overlay.h"
#include "sys/copy.h"
#include "sys/syscalls.h"

#define MAX_DEPTH 1000u
#define ATTEMPTS  16 /* at a name under which somebody else keeps making files */

#define ONE_NAME (SYS_RESOLVE_BENEATH | SYS_RESOLVE_NO_MAGICLINKS | SYS_RESOLVE_NO_SYMLINKS)

/* A file with several names, and its copy. */
struct linked {
	dev_t dev, copy_dev;
	ino_t ino, copy_ino;
	char *path; /* owned; of the copy, below the top */
};

static void free_linked(void *p)
{
	struct linked *l = p;

	free(l->path);
	free(l);
}

void transfer_done(struct transfer *t)
{
	tdestroy(t->links, free_linked);
	t->links = NULL;
	buf_done(&t->path);
}

static int fail(const struct transfer *t, int r, struct error *err)
{
	return error_set(err, r, "cannot copy '%s'", buf_str(&t->path));
}

/* Open for good what is known by an O_PATH descriptor: exactly that, whatever its name leads to by now. */
static int reopen(int fd, int flags)
{
	char path[48];
	int r;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	r = open(path, flags | O_CLOEXEC | O_NOCTTY);
	return r < 0 ? -errno : r;
}

/* ---- attributes ---- */

static mode_t mode_of(const struct transfer *t, const struct stat *st)
{
	return st->st_mode & ((t->flags & TRANSFER_MODEST) ? 01777 : 07777);
}

/* What tar(1) and docker keep: the user's attributes, and a program's capabilities. */
static int copy_xattrs(const struct transfer *t, int from, int to)
{
	char names[4096], value[4096];
	ssize_t n = flistxattr(from, names, sizeof(names)), used = 0;

	/* More than fits, or a file system that knows none. */
	for (; used < n; used += (ssize_t)strlen(names + used) + 1) {
		const char *name = names + used;
		bool capability = STREQ(name, "security.capability");
		ssize_t size;

		if (strncmp(name, "user.", 5) != 0 && (!capability || (t->flags & TRANSFER_MODEST)))
			continue;
		if (STREQ(name, TRANSFER_IMPLICIT) || overlay_owns_xattr(name))
			continue;
		size = fgetxattr(from, name, value, sizeof(value));
		if (size >= 0 && fsetxattr(to, name, value, (size_t)size, 0) < 0 && errno != ENOTSUP &&
		    errno != EPERM)
			return -errno;
	}
	return 0;
}

/* chown(2) takes set-id bits and capabilities away, and each of them changes the times: in this order. */
static int copy_attributes(const struct transfer *t, int from, int to, const struct stat *st)
{
	struct timespec times[2] = { st->st_atim, st->st_mtim };
	int r;

	if ((t->flags & TRANSFER_OWNER) && fchown(to, st->st_uid, st->st_gid) < 0)
		return -errno;
	if (fchmod(to, mode_of(t, st)) < 0)
		return -errno;
	r = copy_xattrs(t, from, to);
	return r == 0 && futimens(to, times) < 0 ? -errno : r;
}

/* ---- files ---- */

/* Make way for a file. Return: 0; -EBUSY if something is mounted on what is there; -EISDIR, -errno. */
static int clear_name(int dir, const char *name)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	return unlinkat(dir, name, 0) < 0 && errno != ENOENT ? -errno : 0;
}

/* A file that is a mount point, as /etc/hosts, can't be replaced: it gets the contents. */
static int open_mounted(int dir, const char *name)
{
	auto_close int found = sys_openat2(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0, ONE_NAME);
	struct stat st;

	if (found < 0)
		return found;
	if (fstat(found, &st) < 0 || !S_ISREG(st.st_mode))
		return -EBUSY;
	return reopen(found, O_WRONLY | O_TRUNC | O_NONBLOCK);
}

static int create(int dir, const char *name)
{
	int r = 0;

	for (int i = 0; r == 0 && i < ATTEMPTS; i++) {
		int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

		if (fd >= 0 || errno != EEXIST)
			return fd < 0 ? -errno : fd;
		r = clear_name(dir, name);
	}
	return r == -EBUSY ? open_mounted(dir, name) : r < 0 ? r : -EEXIST;
}

/* /proc and its like say 0 of every file's size. */
static int copy_stream(struct transfer *t, int from, int to)
{
	char chunk[65536];
	ssize_t n;

	while ((n = read(from, chunk, sizeof(chunk))) > 0) {
		int r = fd_write_all(to, chunk, (size_t)n);

		if (r < 0)
			return r;
		t->bytes += (uint64_t)n;
	}
	return n < 0 ? -errno : 0;
}

static int put_regular(struct transfer *t, int source, const struct stat *st, int dir,
		       const char *name)
{
	auto_close int from = reopen(source, O_RDONLY | O_NONBLOCK), to = FD_NONE;
	int r;

	if (from < 0)
		return from;
	to = create(dir, name);
	if (to < 0)
		return to;
	r = st->st_size == 0 ? copy_stream(t, from, to) : file_copy(from, to);
	t->bytes += (uint64_t)st->st_size;
	return r == 0 ? copy_attributes(t, from, to, st) : r;
}

/* What has just been made as @name, to be sure: somebody else may have put something of his own there. */
static int open_made(int dir, const char *name, mode_t type)
{
	auto_close int fd = sys_openat2(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0, ONE_NAME);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0 || (st.st_mode & S_IFMT) != type || st.st_uid != geteuid())
		return -ESTALE;
	return take_fd(&fd);
}

static int put_other(const struct transfer *t, int source, const struct stat *st, int dir,
		     const char *name)
{
	bool is_link = S_ISLNK(st->st_mode), is_device = S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode);
	auto_close int made = FD_NONE;
	char text[PATH_MAX];
	ssize_t n = is_link ? readlinkat(source, "", text, sizeof(text) - 1) : 0;
	int r;

	if (n < 0)
		return -errno;
	text[n] = '\0';
	r = clear_name(dir, name);
	if (r < 0)
		return r;
	/* A node of a disk that was made in a container would be good on the host. */
	if (is_device && (t->flags & TRANSFER_MODEST))
		return -EPERM;
	r = is_link ? symlinkat(text, dir, name)
		    : mknodat(dir, name, (st->st_mode & S_IFMT) | mode_of(t, st), st->st_rdev);
	if (r < 0)
		return -errno;
	made = open_made(dir, name, st->st_mode & S_IFMT);
	if (made < 0)
		return made;
	if ((t->flags & TRANSFER_OWNER) && fchownat(made, "", st->st_uid, st->st_gid, AT_EMPTY_PATH) < 0)
		return -errno;
	return 0;
}

/* ---- files with several names ---- */

static int compare_linked(const void *a, const void *b)
{
	const struct linked *x = a, *y = b;

	if (x->dev != y->dev)
		return x->dev < y->dev ? -1 : 1;
	return x->ino < y->ino ? -1 : x->ino > y->ino;
}

/* Return: whether @name is now one more name of the copy that was made of another one. */
static bool link_known(struct transfer *t, const struct stat *st, int dir, const char *name)
{
	struct linked key = { .dev = st->st_dev, .ino = st->st_ino };
	struct linked **found = tfind(&key, &t->links, compare_linked);
	auto_close int copy = FD_NONE;
	char path[48];
	struct stat now;

	if (!found)
		return false;
	copy = sys_openat2(t->top, (*found)->path, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0, ONE_NAME);
	if (copy < 0 || fstat(copy, &now) < 0 || now.st_dev != (*found)->copy_dev ||
	    now.st_ino != (*found)->copy_ino || clear_name(dir, name) < 0)
		return false;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", copy);
	return linkat(AT_FDCWD, path, dir, name, AT_SYMLINK_FOLLOW) == 0;
}

/* If it can't be remembered its other names become copies of their own. */
static void remember_link(struct transfer *t, const struct stat *st, int dir, const char *name)
{
	struct linked *l = calloc(1, sizeof(*l));
	struct linked **in;
	struct stat copy;

	if (!l)
		return;
	l->path = strdup(buf_str(&t->path));
	if (!l->path || fstatat(dir, name, &copy, AT_SYMLINK_NOFOLLOW) < 0)
		return free_linked(l);
	l->dev = st->st_dev;
	l->ino = st->st_ino;
	l->copy_dev = copy.st_dev;
	l->copy_ino = copy.st_ino;
	in = tsearch(l, &t->links, compare_linked);
	if (!in || *in != l)
		free_linked(l);
}

/* ---- trees ---- */

static int put(struct transfer *t, int source, int dir, const char *name, struct error *err);

/* What the kernel shows of itself is no content; each by its magic number, linux/magic.h. */
static bool is_kernels(int dir)
{
	static const unsigned magic[] = { 0x9fa0 /* proc */,	 0x62656572 /* sysfs */, 0x27e0eb /* cgroup */,
					  0x63677270 /* cgroup2 */, 0x1cd1 /* devpts */,
					  0x19800202 /* mqueue */,  0x64626720 /* debugfs */,
					  0x74726163 /* tracefs */, 0x73636673 /* securityfs */,
					  0xcafe4a11 /* bpf */ };
	struct statfs fs;

	if (fstatfs(dir, &fs) < 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(magic); i++) {
		if ((unsigned)fs.f_type == magic[i])
			return true;
	}
	return false;
}

static int put_child(struct transfer *t, int from, int to, const char *name, struct error *err)
{
	auto_close int child = sys_openat2(from, name, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0, ONE_NAME);
	size_t before = t->path.len;
	int r;

	buf_addf(&t->path, "%s%s", before ? "/" : "", name);
	if (child == -ENOENT)
		r = 0; /* gone since the directory was read */
	else
		r = child < 0 || buf_failed(&t->path) ? fail(t, child < 0 ? child : -ENOMEM, err)
						      : put(t, child, to, name, err);
	buf_truncate(&t->path, before);
	return r;
}

static int contents(struct transfer *t, int source, int to, struct error *err)
{
	auto_close int from = reopen(source, O_RDONLY | O_DIRECTORY);
	auto_strv struct strv names = STRV_INIT;
	int r = from < 0 ? from : dir_list(from, &names);

	if (r == 0 && t->depth == MAX_DEPTH)
		r = -ENAMETOOLONG;
	if (r < 0)
		return fail(t, r, err);
	t->depth++;
	for (size_t i = 0; r == 0 && i < names.n; i++)
		r = put_child(t, from, to, names.v[i], err);
	t->depth--;
	return r;
}

static int open_target(int dir, const char *name, bool *ret_made)
{
	*ret_made = mkdirat(dir, name, 0700) == 0;
	if (!*ret_made && errno != EEXIST)
		return -errno;
	return sys_openat2(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0, ONE_NAME);
}

static int put_directory(struct transfer *t, int source, const struct stat *st, int dir,
			 const char *name, struct error *err)
{
	bool made = false;
	auto_close int to = open_target(dir, name, &made), from = FD_NONE;
	int r;

	if (to == -ENOTDIR || to == -ELOOP)
		return error_msg(err, ENOTDIR, "cannot overwrite non-directory '%s' with directory",
				 buf_str(&t->path));
	if (to < 0)
		return fail(t, to, err);
	r = is_kernels(source) ? 0 : contents(t, source, to, err);
	if (r < 0)
		return r;
	from = reopen(source, O_RDONLY | O_DIRECTORY);
	if (from < 0)
		return fail(t, from, err);
	if (!made && fgetxattr(from, TRANSFER_IMPLICIT, NULL, 0) >= 0)
		return 0;
	/* Last: its times, and a mode that may forbid writing. */
	r = copy_attributes(t, from, to, st);
	return r < 0 ? fail(t, r, err) : 0;
}

static int put(struct transfer *t, int source, int dir, const char *name, struct error *err)
{
	struct stat st;
	int r;

	if (fstat(source, &st) < 0)
		return fail(t, errno, err);
	if (S_ISDIR(st.st_mode))
		return put_directory(t, source, &st, dir, name, err);
	if (S_ISSOCK(st.st_mode))
		return 0; /* nobody listens on a copy */
	if (st.st_nlink > 1 && link_known(t, &st, dir, name))
		return 0;
	r = S_ISREG(st.st_mode) ? put_regular(t, source, &st, dir, name)
				: put_other(t, source, &st, dir, name);
	if (r == -EISDIR)
		return error_msg(err, EISDIR, "cannot overwrite directory '%s' with non-directory",
				 buf_str(&t->path));
	if (r < 0)
		return fail(t, r, err);
	if (st.st_nlink > 1)
		remember_link(t, &st, dir, name);
	return 0;
}

int transfer_put(struct transfer *t, int source, const char *name, struct error *err)
{
	mode_t saved = umask(0);
	int r;

	buf_truncate(&t->path, 0);
	buf_adds(&t->path, name);
	r = put(t, source, t->top, name, err);
	(void)umask(saved);
	return r;
}

int transfer_contents(struct transfer *t, int source, struct error *err)
{
	mode_t saved = umask(0);
	int r;

	buf_truncate(&t->path, 0);
	r = contents(t, source, t->top, err);
	(void)umask(saved);
	return r;
}
