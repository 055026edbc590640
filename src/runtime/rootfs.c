/* SPDX-License-Identifier: Apache-2.0 */
/* The container's root file system as a detached mount: an overlay of its layers, or a user's directory. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/launch.h"
#include "store/image.h"
#include "sys/mountapi.h"
#include "sys/overlay.h"

struct fds {
	int *v; /* owned */
	size_t n;
};

static void fds_done(struct fds *f)
{
	fds_free(f->v, f->n);
}
DEFINE_AUTO(fds, struct fds, fds_done)

/* The layers that the record names, as image_layer_fds() takes them from an image. */
static int open_layers(const struct store *s, const struct container *c, struct fds *ret,
		       struct error *err)
{
	auto_image struct image img = IMAGE_INIT;
	int r = strv_copy(&img.layers, c->config.layers.v);

	if (r < 0)
		return error_set(err, r, "cannot list the layers");
	if (c->config.image_id)
		memcpy(img.id, c->config.image_id, MIN(strlen(c->config.image_id) + 1, sizeof(img.id)));
	return image_layer_fds(s, &img, &ret->v, &ret->n, err);
}

/* The root directory of the container is the image's: owner and mode come from its topmost layer. */
static int adopt_root_mode(int layer, int upper)
{
	struct stat from, to;

	if (fstat(layer, &from) < 0 || fstat(upper, &to) < 0)
		return -errno;
	if ((from.st_uid != to.st_uid || from.st_gid != to.st_gid) &&
	    fchown(upper, from.st_uid, from.st_gid) < 0)
		return -errno;
	return from.st_mode != to.st_mode && fchmod(upper, from.st_mode & 07777) < 0 ? -errno : 0;
}

/* A root is nodev, as its devices are those of /dev (docs/architecture.md, "Devices"), unless it may have any. */
static uint64_t root_attr(const struct container *c)
{
	return c->config.confinement.privileged ? 0 : ATTR_NODEV;
}

static int overlay_root(const struct store *s, const struct container *c, struct error *err)
{
	auto_clean(fds) struct fds layers = { 0 };
	auto_close int upper = container_layer_open(s, c->id, "upper", err);
	auto_close int work = FD_NONE, root = FD_NONE;
	int r;

	if (upper < 0)
		return upper;
	work = container_layer_open(s, c->id, "work", err);
	if (work < 0)
		return work;
	r = open_layers(s, c, &layers, err);
	if (r < 0)
		return r;
	if (c->state.status == CONTAINER_CREATED && layers.n > 0) {
		r = adopt_root_mode(layers.v[0], upper);
		if (r < 0)
			return error_set(err, r, "cannot set the mode of the container's root");
	}
	/*
	 * With --rm nobody will read the upper layer again: a sync of it at the unmount would be in vain.
	 * The mark that a volatile mount leaves only matters if one container is mounted twice.
	 */
	root = overlay_mount(layers.v, layers.n, upper, work,
			     c->config.remove ? OVERLAY_VOLATILE : 0, err);
	if (root < 0)
		return root;
	r = mount_attr_change(root, root_attr(c), 0, MS_PRIVATE, false);
	return r < 0 ? error_set(err, r, "cannot set the options of the root") : take_fd(&root);
}

int container_image_tree(const struct store *s, const struct strv *layers, struct error *err)
{
	auto_clean(fds) struct fds fds = { 0 };
	auto_image struct image img = IMAGE_INIT;
	int r = strv_copy(&img.layers, layers->v);

	if (r < 0)
		return error_set(err, r, "cannot list the layers");
	r = image_layer_fds(s, &img, &fds.v, &fds.n, err);
	return r < 0 ? r : overlay_mount(fds.v, fds.n, FD_NONE, FD_NONE, 0, err);
}

static int directory_root(const char *path, uint64_t attr, struct error *err)
{
	auto_close int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC), root = FD_NONE;
	int r;

	if (fd < 0)
		return error_set(err, errno, "cannot open the root file system '%s'", path);
	root = tree_clone(fd, "", true);
	r = root < 0 ? root : mount_attr_change(root, attr, 0, MS_PRIVATE, true);
	return r < 0 ? error_set(err, r, "cannot clone the mount of '%s'", path) : take_fd(&root);
}

int container_root(const struct store *s, const struct container *c, struct error *err)
{
	return c->config.rootfs ? directory_root(c->config.rootfs, root_attr(c), err) : overlay_root(s, c, err);
}

/*
 * A second, read-only overlay whose topmost lower layer is the container's upper directory. It sees what
 * was there when it was mounted; a container that writes meanwhile may or may not be seen writing, as
 * with docker's export of a running container.
 */
int container_root_view(const struct store *s, const struct container *c, struct error *err)
{
	auto_clean(fds) struct fds layers = { 0 };
	auto_close int upper = FD_NONE;
	auto_free int *all = NULL;
	int r;

	if (c->config.rootfs)
		return directory_root(c->config.rootfs, ATTR_NODEV, err);
	upper = container_layer_open(s, c->id, "upper", err);
	if (upper < 0)
		return upper;
	r = open_layers(s, c, &layers, err);
	if (r < 0 || !layers.v)
		return r;
	all = calloc(layers.n + 1, sizeof(*all));
	if (!all)
		return error_set(err, ENOMEM, "cannot list the layers");
	all[0] = upper;
	memcpy(all + 1, layers.v, layers.n * sizeof(*all));
	return overlay_mount(all, layers.n + 1, FD_NONE, FD_NONE, 0, err);
}
