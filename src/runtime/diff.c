/* SPDX-License-Identifier: Apache-2.0 */
/* What a container changed: its upper directory against its layers, as `docker diff` prints it. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/path.h"
#include "runtime/container.h"
#include "runtime/event.h"
#include "runtime/launch.h"
#include "runtime/record.h"
#include "store/archive.h"
#include "store/image.h"
#include "sys/overlay.h"
#include "sys/syscalls.h"

struct walk {
	int below; /* the layers without the container's, as one tree; FD_NONE if there are none */
	struct strv *out;
};

static bool exists_below(const struct walk *w, const char *path)
{
	auto_close int fd = FD_NONE;

	if (w->below < 0)
		return false;
	fd = sys_openat2(w->below, path + 1, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0,
			 SYS_RESOLVE_BENEATH | SYS_RESOLVE_NO_SYMLINKS);
	return fd >= 0;
}

static bool is_whiteout(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == 0;
}

static bool is_opaque(int dir)
{
	char value;

	return fgetxattr(dir, overlay_opaque_xattr(), &value, 1) == 1 && value == 'y';
}

static int note(struct walk *w, char kind, const char *path)
{
	return strv_take(w->out, str_format("%c %s", kind, path));
}

/* An opaque directory hides all that the layers have in it: each of those names that is not there again is gone. */
static int note_hidden(struct walk *w, int dir, const char *path)
{
	auto_close int below = FD_NONE;
	auto_strv struct strv names = STRV_INIT;
	int r = 0;

	if (w->below < 0 || !is_opaque(dir))
		return 0;
	below = sys_openat2(w->below, path + 1, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0,
			    SYS_RESOLVE_BENEATH | SYS_RESOLVE_NO_SYMLINKS);
	if (below < 0)
		return 0;
	r = dir_list(below, &names);
	for (size_t i = 0; r == 0 && i < names.n; i++) {
		auto_free char *full = path_join(path, names.v[i]);

		if (!full)
			return -ENOMEM;
		if (faccessat(dir, names.v[i], F_OK, AT_SYMLINK_NOFOLLOW) < 0)
			r = note(w, 'D', full);
	}
	return r;
}

static int walk_dir(struct walk *w, int dir, const char *path);

static int walk_entry(struct walk *w, int dir, const char *name, const char *path)
{
	auto_free char *full = path_join(path, name);
	auto_close int sub = FD_NONE;
	struct stat st;
	int r;

	if (!full)
		return -ENOMEM;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (is_whiteout(&st))
		return exists_below(w, full) ? note(w, 'D', full) : 0;
	r = note(w, exists_below(w, full) ? 'C' : 'A', full);
	if (r < 0 || !S_ISDIR(st.st_mode))
		return r;
	sub = dir_open(dir, name);
	return sub < 0 ? (sub == -ENOENT ? 0 : sub) : walk_dir(w, sub, full);
}

static int walk_dir(struct walk *w, int dir, const char *path)
{
	auto_strv struct strv names = STRV_INIT;
	int r = dir_list(dir, &names);

	if (r == 0)
		r = note_hidden(w, dir, path);
	for (size_t i = 0; r == 0 && i < names.n; i++)
		r = walk_entry(w, dir, names.v[i], path);
	return r;
}

/* The image without the container: what a path in the upper directory is compared with. */
static int layers_view(const struct store *s, const struct container *c, struct error *err)
{
	auto_image struct image img = IMAGE_INIT;
	int *fds = NULL, fd, r;
	size_t n = 0;

	if (c->config.layers.n == 0)
		return FD_NONE;
	r = strv_copy(&img.layers, c->config.layers.v);
	if (r < 0)
		return error_set(err, r, "cannot list the layers");
	if (c->config.image_id)
		memcpy(img.id, c->config.image_id, MIN(strlen(c->config.image_id) + 1, sizeof(img.id)));
	r = image_layer_fds(s, &img, &fds, &n, err);
	if (r < 0)
		return r;
	fd = overlay_mount(fds, n, FD_NONE, FD_NONE, 0, err);
	fds_free(fds, n);
	return fd;
}

int container_diff(const struct store *s, const char *what, struct strv *ret, struct error *err)
{
	auto_container struct container c = CONTAINER_INIT;
	auto_close int upper = FD_NONE, below = FD_NONE;
	auto_strv struct strv lines = STRV_INIT;
	struct walk w = { .out = &lines };
	int r = container_open(s, what, &c, err);

	if (r < 0)
		return r;
	if (c.config.rootfs)
		return error_msg(err, EINVAL, "container %s has no layers to compare: it was started "
				 "with --rootfs", what);
	upper = container_layer_open(s, c.id, "upper", err);
	if (upper < 0)
		return upper;
	below = layers_view(s, &c, err);
	if (below < 0 && below != FD_NONE)
		return below;
	w.below = below;
	r = walk_dir(&w, upper, "/");
	if (r < 0)
		return error_set(err, r, "cannot compare container '%s' with its image", what);
	strv_done(ret);
	*ret = lines;
	lines = STRV_INIT;
	return 0;
}

int container_export(const struct store *s, const char *what, int out_fd, struct error *err)
{
	auto_container struct container c = CONTAINER_INIT;
	auto_close int root = FD_NONE;
	int r = container_open(s, what, &c, err);

	if (r < 0)
		return r;
	root = container_root_view(s, &c, err);
	r = root < 0 ? root : archive_export(s, root, out_fd, err);
	if (r == 0)
		container_event(s, &c, "export", NULL);
	return r;
}
