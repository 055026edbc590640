/* SPDX-License-Identifier: Apache-2.0 */
/* Hiding a directory under an empty one, and a file under /dev/null. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "mount/internal.h"
#include "sys/mountapi.h"

void covers_done(struct covers *c)
{
	fd_close(&c->dir);
	fd_close(&c->file);
}

/*
 * The host's own /dev/null, checked: a container's could have been replaced by a link, and the mask would
 * then be a writable bind of whatever it points to (CVE-2025-31133).
 */
static int open_null(struct error *err)
{
	auto_close int fd = open("/dev/null", O_PATH | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return error_set(err, errno, "cannot open '/dev/null'");
	if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))
		return error_msg(err, EINVAL, "'/dev/null' of this host is not the null device");
	return take_fd(&fd);
}

int covers_open(struct covers *c, struct error *err)
{
	c->file = open_null(err);
	if (c->file < 0)
		return c->file;
	c->dir = fs_mount("tmpfs", "tmpfs", NULL, ATTR_RDONLY | ATTR_NOSUID | ATTR_NODEV | ATTR_NOEXEC,
			  err);
	return c->dir < 0 ? c->dir : 0;
}

/* Before 6.15 only an attached mount can be cloned: the first cover is the tmpfs itself. */
static int cover_dir(struct covers *c, int subject)
{
	auto_close int tree = c->dir_attached ? tree_clone(c->dir, "", false) : FD_NONE;

	if (c->dir_attached)
		return tree < 0 ? tree : mount_attach(tree, subject);
	c->dir_attached = true;
	return mount_attach(c->dir, subject);
}

static int cover_file(const struct covers *c, int subject)
{
	auto_close int tree = tree_clone(c->file, "", false);

	return tree < 0 ? tree : mount_attach(tree, subject);
}

int covers_put(struct covers *c, int subject_fd)
{
	struct stat st;

	if (fstat(subject_fd, &st) < 0)
		return -errno;
	return S_ISDIR(st.st_mode) ? cover_dir(c, subject_fd) : cover_file(c, subject_fd);
}
