/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Putting the plan's mounts in place. Runs in the container's new namespaces before pivot_root, as root,
 * with umask 0; every path goes through sys/root.h and is resolved once.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"
#include "mount/internal.h"
#include "mount/makefs.h"
#include "sys/copy.h"
#include "sys/mountapi.h"
#include "sys/root.h"
#include "sys/syscalls.h"

/*
 * Where the engine itself mounts something it must be a real directory: an image whose /proc or /dev is a
 * link could have the mount, and with it the masks, land elsewhere (CVE-2019-19921, CVE-2026-41579).
 */
static int engine_target(int root_fd, const char *target, struct error *err)
{
	int fd = sys_openat2(root_fd, target, O_PATH | O_DIRECTORY | O_CLOEXEC, 0,
			     SYS_RESOLVE_IN_ROOT | SYS_RESOLVE_NO_SYMLINKS);

	if (fd == -ENOENT)
		fd = root_make_target(root_fd, target, true);
	if (fd == -ELOOP || fd == -ENOTDIR)
		return error_msg(err, fd, "'%s' in the image must be an ordinary directory", target);
	return fd < 0 ? error_set(err, fd, "cannot make the mount point '%s'", target) : fd;
}

static int user_target(int root_fd, const struct mount_step *s, struct error *err)
{
	int fd = root_make_target(root_fd, s->target, s->is_dir);

	if (fd == -ENOTDIR || fd == -EISDIR) {
		(void)error_set(err, fd, "cannot mount '%s' on '%s'",
				s->source ? s->source : "tmpfs", s->target);
		(void)error_status(err, fd, 126);
		return error_hint(err, fd, "are you trying to mount a directory onto a file (or vice-versa)?");
	}
	return fd < 0 ? error_set(err, fd, "cannot make the mount point '%s'", s->target) : fd;
}

static bool has_option(const struct strv *options, const char *key)
{
	return strv_get_env(options, key) != NULL;
}

/* As runc: a tmpfs looks like the directory that it covers unless the user gave mode, uid or gid. */
static int inherit_mode(const struct mount_step *s, int mount_fd, int target)
{
	struct stat st;

	if (fstat(target, &st) < 0)
		return -errno;
	if (!has_option(&s->options, "uid") && !has_option(&s->options, "gid") &&
	    fchownat(mount_fd, "", st.st_uid, st.st_gid, AT_EMPTY_PATH) < 0)
		return -errno;
	if (!has_option(&s->options, "mode") && fchmodat(mount_fd, ".", st.st_mode & 07777, 0) < 0)
		return -errno;
	return 0;
}

/* The same link as on the host; a link that is there already and says the same is as good. */
static int make_link(const struct mount_step *s, int root_fd, struct error *err)
{
	auto_free char *dir = strndup(s->target, (size_t)(path_base(s->target) - s->target));
	const char *name = path_base(s->target);
	auto_close int parent = dir ? root_make_target(root_fd, *dir ? dir : "/", true) : -ENOMEM;
	char have[PATH_MAX];
	ssize_t n;

	if (parent < 0)
		return error_set(err, parent, "cannot make the directory of '%s'", s->target);
	if (symlinkat(s->link, parent, name) == 0)
		return 0;
	if (errno != EEXIST)
		return error_set(err, errno, "cannot make the link '%s'", s->target);
	n = readlinkat(parent, name, have, sizeof(have) - 1);
	have[MAX(n, 0)] = '\0';
	return n >= 0 && STREQ(have, s->link)
		       ? 0
		       : error_msg(err, EEXIST, "cannot make the link '%s': something else is there",
				   s->target);
}

/* tmpcopyup: the file system begins with what it covers. */
static int copy_up(const struct mount_step *s, int target, struct error *err)
{
	auto_close int from = openat(target, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_close int to = openat(s->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = from < 0 || to < 0 ? error_set(err, errno, "cannot open '%s'", s->target)
				   : tree_copy(from, to, err);

	return r < 0 ? error_prefix(err, r, "cannot copy the content of '%s' into its tmpfs", s->target)
		     : 0;
}

static int prepare_memory(const struct mount_step *s, int target, struct error *err)
{
	int r = inherit_mode(s, s->fd, target);

	if (r < 0)
		return error_set(err, r, "cannot prepare the %s on '%s'",
				 s->kind == MOUNT_KIND_TMPFS ? "tmpfs" : "ramfs", s->target);
	if (s->copy_up) {
		r = copy_up(s, target, err);
		if (r < 0)
			return r;
	}
	r = s->attr & ATTR_RDONLY ? mount_attr_change(s->fd, ATTR_RDONLY, 0, 0, false) : 0;
	return r < 0 ? error_set(err, r, "cannot make '%s' read-only", s->target) : 0;
}

/* What lies below the source, no link on the way followed: only there can it be covered. */
static int exclude_paths(const struct mount_step *s, struct covers *covers, struct error *err)
{
	strv_for_each(i, &s->exclude) {
		auto_close int subject =
			sys_openat2(s->fd, s->exclude.v[i], O_PATH | O_CLOEXEC, 0,
				    SYS_RESOLVE_BENEATH | SYS_RESOLVE_NO_SYMLINKS |
					    SYS_RESOLVE_NO_MAGICLINKS);
		int r = subject;

		if (subject == -ENOENT || subject == -ENOTDIR)
			continue;
		if (r >= 0)
			r = covers->dir < 0 ? covers_open(covers, err) : 0;
		if (r == 0)
			r = covers_put(covers, subject);
		if (r < 0)
			return error_set(err, r, "cannot exclude '%s' from the mount on '%s'",
					 s->exclude.v[i], s->target);
	}
	return 0;
}

static bool is_memory(const struct mount_step *s)
{
	return s->kind == MOUNT_KIND_TMPFS || s->kind == MOUNT_KIND_RAMFS;
}

static int attach_step(struct mount_step *s, int root_fd, struct covers *covers, struct error *err)
{
	bool engine = s->kind != MOUNT_KIND_TREE && !s->by_user;
	auto_close int target = FD_NONE;
	int r = 0;

	if (s->kind == MOUNT_KIND_LINK)
		return make_link(s, root_fd, err);
	if (s->fd < 0) {
		r = s->fd = mount_step_make_fs(s, err);
		if (r < 0)
			return r;
	}
	target = engine ? engine_target(root_fd, s->target, err) : user_target(root_fd, s, err);
	if (target < 0)
		return target;
	r = is_memory(s) && s->by_user ? prepare_memory(s, target, err) : 0;
	if (r < 0)
		return r;
	r = mount_attach(s->fd, target);
	if (r < 0)
		return error_set(err, r, "cannot mount '%s' on '%s'", s->source ? s->source : "tmpfs",
				 s->target);
	r = mount_step_bind_nodes(s, err);
	return r == 0 ? exclude_paths(s, covers, err) : r;
}

int mount_plan_attach(struct mount_plan *p, int root_fd, struct error *err)
{
	auto_covers struct covers covers = COVERS_INIT;

	for (size_t i = 0; i < p->n; i++) {
		int r = attach_step(&p->v[i], root_fd, &covers, err);

		if (r < 0)
			return r;
	}
	return 0;
}
