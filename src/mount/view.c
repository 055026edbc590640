/* SPDX-License-Identifier: Apache-2.0 */
/* :O - a copy-on-write view of a source: an overlay of it and a layer that takes what is written. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/path.h"
#include "mount/internal.h"
#include "sys/overlay.h"

/* One of the layer's two directories; the container's own begin empty at each start. */
static int open_layer_dir(const struct mount_step *s, const char *path, struct error *err)
{
	auto_free char *parent = strndup(path, (size_t)(path_base(path) - path));
	auto_close int dir = FD_NONE;
	int fd, r = 0;

	if (!parent)
		return error_set(err, ENOMEM, "cannot open '%s'", path);
	if (!s->view_is_kept)
		r = dir_make(parent, 0700);
	dir = r < 0 ? r : dir_open(AT_FDCWD, parent);
	r = dir < 0 ? dir : 0;
	if (r == 0 && !s->view_is_kept)
		r = tree_remove(dir, path_base(path));
	if (r == 0 && !s->view_is_kept && mkdirat(dir, path_base(path), 0700) < 0)
		r = -errno;
	fd = r < 0 ? r : dir_open(dir, path_base(path));
	return fd < 0 ? error_set(err, fd, "cannot open '%s' for what is written to the mount on '%s'",
				  path, s->target)
		      : fd;
}

/* The root of an overlay is its upper directory's: owner and mode have to be the source's. */
static int adopt_mode(int tree, int upper)
{
	struct stat st;

	if (fstat(tree, &st) < 0 || fchown(upper, st.st_uid, st.st_gid) < 0 ||
	    fchmod(upper, st.st_mode & 07777) < 0)
		return -errno;
	return 0;
}

int step_make_view(const struct mount_step *s, int tree_fd, struct error *err)
{
	auto_close int upper = FD_NONE, work = FD_NONE;
	int r;

	if (!s->is_dir)
		return error_msg(err, ENOTDIR, "cannot make a view of '%s': it is no directory",
				 s->source);
	upper = open_layer_dir(s, s->upper, err);
	if (upper < 0)
		return upper;
	work = open_layer_dir(s, s->work, err);
	if (work < 0)
		return work;
	r = dir_is_empty(upper);
	if (r == 1)
		r = adopt_mode(tree_fd, upper);
	if (r < 0)
		return error_set(err, r, "cannot prepare the view on '%s'", s->target);
	r = overlay_mount(&tree_fd, 1, upper, work, 0, err);
	return r < 0 ? error_prefix(err, r, "cannot make a view of '%s'", s->source) : r;
}
