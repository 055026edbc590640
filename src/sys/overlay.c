/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/mountapi.h"
#include "sys/userns.h"

#define TRUSTED	    "trusted.overlay."
#define USER	    "user.overlay."
#define FD_DIR	    "/proc/self/fd"
#define FD_NAME_MAX 32
#define LIST_MAX    255 /* fsconfig(2): a string value */
#define MAX_FIXED   8 /* upperdir, workdir, the constant ones, volatile and the end of the list */

/*
 * Where the administrator of a host changed the module's defaults these still hold. "off" for
 * redirect_dir would mean "follow" on kernels built with OVERLAY_FS_REDIRECT_ALWAYS_FOLLOW.
 */
static const struct fs_option constant[] = {
	{ FS_STRING, "index", "off", 0 },
	{ FS_STRING, "metacopy", "off", 0 },
	{ FS_STRING, "xino", "off", 0 },
};
static const struct fs_option for_root = { FS_STRING, "redirect_dir", "nofollow", 0 };
/* Implies nofollow, and is refused together with it. */
static const struct fs_option for_users = { FS_FLAG, "userxattr", NULL, 0 };

const char *overlay_opaque_xattr(void)
{
	return userns_is_initial() ? TRUSTED "opaque" : USER "opaque";
}

bool overlay_owns_xattr(const char *name)
{
	return strncmp(name, TRUSTED, strlen(TRUSTED)) == 0 || strncmp(name, USER, strlen(USER)) == 0;
}

/*
 * How layers are named to the kernel: by descriptor (since 6.13); by "/proc/self/fd/N", one option a
 * layer (since 6.8); before that in one string of 255 bytes at most, in which "N" relative to
 * /proc/self/fd takes the least room.
 */
enum naming { BY_FD, BY_PATH, BY_LIST };

struct layers {
	const int *lower;
	size_t n;
	int upper, work;
	unsigned flags;
};

struct option_list {
	enum naming naming;
	struct fs_option *v;	  /* owned */
	char (*text)[FD_NAME_MAX]; /* owned; values of the options */
	size_t n;
	char joined[LIST_MAX + 1];
};

static void option_list_done(struct option_list *o)
{
	free(o->v);
	free(o->text);
}
DEFINE_AUTO(option_list, struct option_list, option_list_done)

static void add_layer(struct option_list *o, const char *key, int fd)
{
	struct fs_option *option = &o->v[o->n];
	char *text = o->text[o->n++];

	*option = (struct fs_option){ .kind = FS_FD, .key = key, .fd = fd };
	if (o->naming == BY_FD)
		return;
	(void)snprintf(text, FD_NAME_MAX, "%s%d", o->naming == BY_PATH ? FD_DIR "/" : "", fd);
	*option = (struct fs_option){ .kind = FS_STRING, .key = key, .value = text };
}

static int add_joined(struct option_list *o, const struct layers *l, struct error *err)
{
	size_t used = 0;

	for (size_t i = 0; i < l->n; i++) {
		int n = snprintf(o->joined + used, sizeof(o->joined) - used, "%s%d", i ? ":" : "",
				 l->lower[i]);

		used += (size_t)n;
		if (used > LIST_MAX)
			return error_msg(err, E2BIG, "cannot mount %zu layers: kernels before 6.8 take only "
					 "%zu of them", l->n, i);
	}
	o->v[o->n++] = (struct fs_option){ .kind = FS_STRING, .key = "lowerdir", .value = o->joined };
	return 0;
}

static int list_options(struct option_list *o, const struct layers *l, struct error *err)
{
	int r = 0;

	o->v = calloc(l->n + MAX_FIXED, sizeof(*o->v));
	o->text = calloc(l->n + MAX_FIXED, sizeof(*o->text));
	if (!o->v || !o->text)
		return error_set(err, ENOMEM, "cannot list the layers");
	for (size_t i = 0; i < sizeof(constant) / sizeof(constant[0]); i++)
		o->v[o->n++] = constant[i];
	o->v[o->n++] = userns_is_initial() ? for_root : for_users;
	if (o->naming == BY_LIST)
		r = add_joined(o, l, err);
	for (size_t i = 0; o->naming != BY_LIST && i < l->n; i++)
		add_layer(o, "lowerdir+", l->lower[i]);
	if (l->upper >= 0) {
		add_layer(o, "upperdir", l->upper);
		add_layer(o, "workdir", l->work);
		if (l->flags & OVERLAY_VOLATILE)
			o->v[o->n++] = (struct fs_option){ .kind = FS_FLAG, .key = "volatile" };
	}
	return r;
}

static int mount_layers(const struct layers *l, enum naming naming, struct error *err)
{
	auto_clean(option_list) struct option_list o = { .naming = naming };
	int r = list_options(&o, l, err);

	return r < 0 ? r : fs_mount("overlay", "overlay", o.v, l->upper >= 0 ? 0 : ATTR_RDONLY, err);
}

/* The working directory is the process's: it comes back before anybody else can see it gone. */
static int mount_listed(const struct layers *l, struct error *err)
{
	auto_close int cwd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (cwd < 0 || chdir(FD_DIR) < 0)
		return error_set(err, errno, "cannot enter '" FD_DIR "'");
	r = mount_layers(l, BY_LIST, err);
	if (fchdir(cwd) < 0)
		return error_set(err, errno, "cannot return to the working directory");
	return r;
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
	const struct layers l = { lower_fds, n, upper_fd, work_fd, flags };
	int fd;

	if (n == 0)
		return error_msg(err, EINVAL, "cannot mount an image of no layers");
	if (n > OVERLAY_MAX_LOWER)
		return error_msg(err, EINVAL, "cannot mount %zu layers: the kernel takes %d at most", n,
				 OVERLAY_MAX_LOWER);
	if (n == 1 && upper_fd < 0)
		return mount_single(lower_fds[0], err);
	fd = mount_layers(&l, BY_FD, err);
	if (flags & OVERLAY_BY_FD)
		return fd;
	if (fd == -EINVAL)
		fd = mount_layers(&l, BY_PATH, err);
	/* EOPNOTSUPP: an overlayfs from before the mount API takes nothing but strings. */
	if (fd == -EINVAL || fd == -EOPNOTSUPP)
		fd = mount_listed(&l, err);
	return fd;
}
