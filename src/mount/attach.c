/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Putting the plan's mounts in place. Runs in the container's new namespaces before pivot_root, as root,
 * with umask 0; every path goes through sys/root.h and is resolved once.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mount/makefs.h"
#include "mount/plan.h"
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

static int attach_step(struct mount_step *s, int root_fd, struct error *err)
{
	bool engine = s->kind != MOUNT_KIND_TREE && !s->by_user;
	auto_close int target = FD_NONE;
	int r;

	if (s->fd < 0) {
		r = s->fd = mount_step_make_fs(s, err);
		if (r < 0)
			return r;
	}
	target = engine ? engine_target(root_fd, s->target, err) : user_target(root_fd, s, err);
	if (target < 0)
		return target;
	if (s->kind == MOUNT_KIND_TMPFS && s->by_user) {
		r = inherit_mode(s, s->fd, target);
		if (r == 0 && (s->attr & ATTR_RDONLY))
			r = mount_attr_change(s->fd, ATTR_RDONLY, 0, 0, false);
		if (r < 0)
			return error_set(err, r, "cannot prepare the tmpfs on '%s'", s->target);
	}
	r = mount_attach(s->fd, target);
	if (r < 0)
		return error_set(err, r, "cannot mount '%s' on '%s'", s->source ? s->source : "tmpfs",
				 s->target);
	return 0;
}

int mount_plan_attach(struct mount_plan *p, int root_fd, struct error *err)
{
	for (size_t i = 0; i < p->n; i++) {
		int r = attach_step(&p->v[i], root_fd, err);

		if (r < 0)
			return r;
	}
	return 0;
}
