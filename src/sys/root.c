/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/root.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"
#include "sys/syscalls.h"

#define MAX_LINKS 40 /* as the kernel's own limit: path_resolution(7) */

struct target {
	int root_fd;
	bool is_dir;
	mode_t mode;
	uid_t uid;
	gid_t gid;
	unsigned links;
};

int root_open(int root_fd, const char *path, int flags)
{
	return sys_openat2(root_fd, path, (uint64_t)(unsigned)(flags | O_CLOEXEC), 0,
			   SYS_RESOLVE_IN_ROOT | SYS_RESOLVE_NO_MAGICLINKS);
}

static int check_kind(int fd, bool is_dir)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (is_dir && !S_ISDIR(st.st_mode))
		return -ENOTDIR;
	if (!is_dir && S_ISDIR(st.st_mode))
		return -EISDIR;
	return 0;
}

static int make_path(struct target *t, const char *path, bool last_is_dir);

/*
 * @name in @parent could not be resolved though it may exist: when it is a dangling link, make what it
 * points to, seen from @parent_path inside the root.
 */
static int make_link_target(struct target *t, int parent, const char *parent_path, const char *name,
			    bool is_dir)
{
	auto_free char *joined = NULL;
	char link[PATH_MAX];
	ssize_t n = readlinkat(parent, name, link, sizeof(link) - 1);

	if (n < 0)
		return -errno;
	if (++t->links > MAX_LINKS)
		return -ELOOP;
	link[n] = '\0';
	joined = link[0] == '/' ? strdup(link) : path_join(parent_path, link);
	return joined ? make_path(t, joined, is_dir) : -ENOMEM;
}

/* Make @name in @parent unless it is there. mknodat(2) for a file: it opens nothing, whatever is there. */
static int make_one(struct target *t, int parent, const char *name, bool is_dir)
{
	/* The caller of berth may have any umask; the container's directories have the mode that we say. */
	mode_t saved = umask(0);
	int r = is_dir ? mkdirat(parent, name, t->mode) : mknodat(parent, name, S_IFREG | 0644, 0);
	int code = r < 0 ? -errno : 0;

	(void)umask(saved);
	if (code < 0)
		return code;
	if (t->uid != 0 || t->gid != 0) {
		if (fchownat(parent, name, t->uid, t->gid, AT_SYMLINK_NOFOLLOW) < 0)
			return -errno;
	}
	return 0;
}

/* Open @path in the root; its last component is made when it is missing. Parents exist. */
static int make_last(struct target *t, const char *path, bool is_dir)
{
	auto_free char *parent_path = strdup(path);
	auto_close int parent = FD_NONE;
	const char *name = path_base(path);
	int fd, r;

	if (!parent_path)
		return -ENOMEM;
	fd = root_open(t->root_fd, path, O_PATH);
	if (fd != -ENOENT)
		return fd;
	parent_path[name - path] = '\0';
	parent = root_open(t->root_fd, *parent_path ? parent_path : "/", O_PATH | O_DIRECTORY);
	if (parent < 0)
		return parent;
	r = make_one(t, parent, name, is_dir);
	if (r == -EEXIST) {
		r = make_link_target(t, parent, *parent_path ? parent_path : "/", name, is_dir);
		/* Not a link: somebody else who shares this directory made it between our two looks. */
		return r == -EINVAL ? root_open(t->root_fd, path, O_PATH) : r;
	}
	if (r < 0)
		return r;
	/* By descriptor and without following: what was just made, not what may have replaced it. */
	return sys_openat2(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0, SYS_RESOLVE_BENEATH);
}

/*
 * Walk from the root, making what is missing. A prefix that went through a link is not cleaned by text
 * ("a/link/.." is not "a"): each prefix is resolved by the kernel as it stands.
 */
static int make_path(struct target *t, const char *path, bool last_is_dir)
{
	auto_free char *copy = strdup(path);
	int fd = FD_NONE;

	if (!copy)
		return -ENOMEM;
	for (char *p = copy + strspn(copy, "/");;) {
		char *end = p + strcspn(p, "/");
		char *next = end + strspn(end, "/");
		bool last = *next == '\0';

		*end = '\0';
		fd_close(&fd);
		fd = *copy ? make_last(t, copy, last ? last_is_dir : true)
			   : root_open(t->root_fd, "/", O_PATH);
		if (fd < 0 || last)
			return fd;
		*end = '/';
		p = next;
	}
}

static int make_target(struct target *t, const char *path)
{
	auto_close int fd = root_open(t->root_fd, path, O_PATH);
	int r;

	if (fd == -ENOENT)
		fd = make_path(t, path, t->is_dir);
	if (fd < 0)
		return fd;
	r = check_kind(fd, t->is_dir);
	return r < 0 ? r : take_fd(&fd);
}

int root_make_target(int root_fd, const char *path, bool is_dir)
{
	struct target t = { .root_fd = root_fd, .is_dir = is_dir, .mode = 0755 };

	return make_target(&t, path);
}

int root_make_dir(int root_fd, const char *path, mode_t mode, uid_t uid, gid_t gid)
{
	struct target t = {
		.root_fd = root_fd, .is_dir = true, .mode = mode, .uid = uid, .gid = gid
	};

	return make_target(&t, path);
}

int root_read_file(int root_fd, const char *path, struct buf *out)
{
	auto_close int found = root_open(root_fd, path, O_PATH);
	auto_close int fd = FD_NONE;
	char name[64];
	struct stat st;

	if (found < 0)
		return found;
	if (fstat(found, &st) < 0)
		return -errno;
	/* Looked at before it is opened: opening a device can do something (a watchdog starts). */
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	(void)snprintf(name, sizeof(name), "/proc/self/fd/%d", found);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd_read_all(fd, out);
}
