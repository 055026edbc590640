/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The init layer of an image: made once, so that `berth run` makes no mount point in a container's own
 * layer that every container has, and `berth diff` and `berth commit` do not see them.
 *
 * It is written by overlayfs itself, as the upper layer over the image: parents are copied up with the
 * owner and mode that the image gives them, which by hand would have to be looked up layer by layer,
 * through whiteouts and opaque directories.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/macros.h"
#include "store/image.h"
#include "store/publish.h"
#include "sys/overlay.h"
#include "sys/root.h"

#define WORK ".init-work"

/* What docker's init layer has, less what berth's own /dev and /run provide. */
static const struct {
	const char *path;
	bool is_dir;
} places[] = {
	{ "/proc", true },	   { "/sys", true },	   { "/dev", true },
	{ "/etc/hostname", false }, { "/etc/hosts", false }, { "/etc/resolv.conf", false },
};

/* The merged root shows the attributes of the topmost layer's directory: they must be the image's. */
static int copy_attributes(int from, int to)
{
	struct stat st;

	if (fstat(from, &st) < 0)
		return -errno;
	if (fchown(to, st.st_uid, st.st_gid) < 0 || fchmod(to, st.st_mode & 07777) < 0)
		return -errno;
	return 0;
}

static int restore_times(int from, int to)
{
	struct stat st;

	if (fstat(from, &st) < 0)
		return -errno;
	return futimens(to, (struct timespec[]){ st.st_atim, st.st_mtim }) < 0 ? -errno : 0;
}

static int make_places(int root_fd, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		int fd = root_make_target(root_fd, places[i].path, places[i].is_dir);

		/* Of the other kind, or a link to itself: the image wants it so, and `run` will say what it thinks. */
		if (fd < 0 && fd != -ENOTDIR && fd != -EISDIR && fd != -ELOOP)
			return error_set(err, fd, "cannot make '%s' in the image", places[i].path);
		fd_close(&fd);
	}
	return 0;
}

static int make_over(const int *layer_fds, size_t n, int dir_fd, int upper_fd, struct error *err)
{
	auto_close int work_fd = dir_make_open(dir_fd, WORK, 0700);
	auto_close int root_fd = FD_NONE;

	if (work_fd < 0)
		return error_set(err, work_fd, "cannot make the image's init layer");
	root_fd = overlay_mount(layer_fds, n, upper_fd, work_fd, 0, err);
	return root_fd < 0 ? root_fd : make_places(root_fd, err);
}

static int fill(const int *layer_fds, size_t n, int dir_fd, int upper_fd, struct error *err)
{
	int r = n ? copy_attributes(layer_fds[0], upper_fd) : 0;

	if (r < 0)
		return error_set(err, r, "cannot make the image's init layer");
	r = n ? make_over(layer_fds, n, dir_fd, upper_fd, err) : make_places(upper_fd, err);
	if (r < 0)
		return r;
	r = n ? restore_times(layer_fds[0], upper_fd) : 0;
	return r < 0 ? error_set(err, r, "cannot make the image's init layer") : 0;
}

int image_make_init(const struct store *s, const struct strv *layers, int dir_fd, const char *name,
		    struct error *err)
{
	auto_close int upper_fd = FD_NONE;
	mode_t mask = umask(022); /* an image is for everybody, whoever made it */
	int *fds = NULL;
	size_t n = 0;
	int r;

	upper_fd = dir_make_open(dir_fd, name, 0755);
	r = upper_fd < 0 ? error_set(err, upper_fd, "cannot make the image's init layer")
			 : layers_open(s, layers, NULL, &fds, &n, err);
	if (r == 0) {
		r = fill(fds, n, dir_fd, upper_fd, err);
		fds_free(fds, n);
	}
	(void)umask(mask);
	(void)tree_remove(dir_fd, WORK);
	if (r == 0 && dir_is_empty(upper_fd) == 1 && unlinkat(dir_fd, name, AT_REMOVEDIR) < 0)
		r = error_set(err, errno, "cannot remove the empty init layer");
	return r;
}
