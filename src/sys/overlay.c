/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/overlay.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "sys/mountapi.h"

#define FD_NAME_MAX 32
#define MAX_FIXED   8 /* upperdir, workdir, the constant ones, volatile and the end of the list */

/*
 * Where the administrator of a host changed the module's defaults these still hold. "off" for
 * redirect_dir would mean "follow" on kernels built with OVERLAY_FS_REDIRECT_ALWAYS_FOLLOW.
 */
static const struct fs_option constant[] = {
	{ FS_STRING, "index", "off", 0 },
	{ FS_STRING, "metacopy", "off", 0 },
	{ FS_STRING, "redirect_dir", "nofollow", 0 },
	{ FS_STRING, "xino", "off", 0 },
};

/* Layers by number in /proc/self/fd, for kernels whose overlayfs takes no descriptors (before 6.13). */
struct layer_names {
	char (*v)[FD_NAME_MAX]; /* NULL: pass descriptors */
	size_t n;
};

static void add_layer(struct fs_option **end, struct layer_names *names, const char *key, int fd)
{
	struct fs_option o = { .kind = FS_FD, .key = key, .fd = fd };

	if (names->v) {
		char *text = names->v[names->n++];

		(void)snprintf(text, FD_NAME_MAX, "/proc/self/fd/%d", fd);
		o = (struct fs_option){ .kind = FS_STRING, .key = key, .value = text };
	}
	*(*end)++ = o;
}

static int mount_layers(const int *lower_fds, size_t n, const int rw_fds[2], unsigned flags,
			struct layer_names *names, struct error *err)
{
	auto_free struct fs_option *options = calloc(n + MAX_FIXED, sizeof(*options));
	struct fs_option *end = options;

	if (!options)
		return error_set(err, ENOMEM, "cannot list the layers");
	for (size_t i = 0; i < sizeof(constant) / sizeof(constant[0]); i++)
		*end++ = constant[i];
	for (size_t i = 0; i < n; i++)
		add_layer(&end, names, "lowerdir+", lower_fds[i]);
	if (rw_fds[0] >= 0) {
		add_layer(&end, names, "upperdir", rw_fds[0]);
		add_layer(&end, names, "workdir", rw_fds[1]);
		if (flags & OVERLAY_VOLATILE)
			*end++ = (struct fs_option){ .kind = FS_FLAG, .key = "volatile" };
	}
	return fs_mount("overlay", "overlay", options, rw_fds[0] >= 0 ? 0 : ATTR_RDONLY, err);
}

/* overlayfs wants two layers at least; one by itself is the same tree, read-only. */
static int mount_single(int fd, struct error *err)
{
	auto_close int tree = tree_clone(fd, "", false);
	int r = tree < 0 ? tree : mount_attr_change(tree, ATTR_RDONLY, 0, 0, false);

	return r < 0 ? error_set(err, r, "cannot clone the layer") : take_fd(&tree);
}

int overlay_mount(const int *lower_fds, size_t n, int upper_fd, int work_fd, unsigned flags,
		  struct error *err)
{
	auto_free char(*text)[FD_NAME_MAX] = NULL;
	const int rw_fds[2] = { upper_fd, work_fd };
	struct layer_names names = { 0 };
	int fd;

	if (n == 0)
		return error_msg(err, EINVAL, "cannot mount an image of no layers");
	if (n > OVERLAY_MAX_LOWER)
		return error_msg(err, EINVAL, "cannot mount %zu layers: the kernel takes %d at most", n,
				 OVERLAY_MAX_LOWER);
	if (n == 1 && upper_fd < 0)
		return mount_single(lower_fds[0], err);
	fd = mount_layers(lower_fds, n, rw_fds, flags, &names, err);
	if (fd != -EINVAL)
		return fd;
	text = calloc(n + 2, sizeof(*text));
	names.v = text;
	return text ? mount_layers(lower_fds, n, rw_fds, flags, &names, err)
		    : error_set(err, ENOMEM, "cannot name the layers");
}

int overlay_forget_volatile(int work_fd)
{
	auto_close int incompat = dir_open(work_fd, "work");

	if (incompat < 0)
		return incompat == -ENOENT ? 0 : incompat;
	return tree_remove(incompat, "incompat");
}
