/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Volumes with a size: an ext4 in a sparse file of that length, on a loop device.
 *
 * It needs no support for quotas of the file system below, is full when it is full (ENOSPC, and nothing
 * else), and blocks that files in it give up go back to the host (discard). The file takes about half a
 * megabyte per gigabyte of size at first. The loop device clears itself with the last mount (sys/loop.h),
 * so that nothing is left of it however its users end.
 *
 * mke2fs(8) makes the file system; the kernel checks and grows it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/child.h"
#include "base/fs.h"
#include "base/path.h"
#include "sys/copy.h"
#include "sys/loopshare.h"
#include "sys/mountapi.h"
#include "sys/userns.h"
#include "volume/internal.h"

#define EXT4_IOC_RESIZE_FS _IOW('f', 16, uint64_t)
#define BLOCK_SIZE	   ((uint64_t)4096)

static int make_file(int dir_fd, uint64_t size, struct error *err)
{
	auto_close int fd = openat(dir_fd, VOLUME_IMAGE, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 || ftruncate(fd, (off_t)(size - size % BLOCK_SIZE)) < 0)
		return error_set(err, errno, "cannot make a file of %llu bytes", (unsigned long long)size);
	return take_fd(&fd);
}

/* A program of e2fsprogs; the image is its descriptor 4. */
static int run_program(const char *const *places, const struct strv *argv, int image, bool quiet,
		       struct error *err)
{
	auto_child struct child c = CHILD_INIT;
	auto_close int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	const char *name = path_base(*places);
	const int fds[] = { image, -1 };
	int r;

	c.stderr_fd = quiet ? null : FD_NONE; /* resize2fs introduces itself there */
	while (*places && access(*places, X_OK) < 0)
		places++;
	if (!*places)
		return error_hint(err, error_msg(err, ENOENT, "cannot find the program %s", name),
				  "apt-get install e2fsprogs");
	r = child_spawn(&c, *places, argv->v, -1, null, fds, err);
	if (r == 0)
		r = child_wait(&c, err);
	return r < 0 ? error_prefix(err, r, "%s", name) : 0;
}

/*
 * No blocks kept for root, and nothing written that a hole says as well: inode tables and journal are
 * zeros in a new sparse file. The image is descriptor 4 of mke2fs(8): its path is nobody's business.
 */
static int mke2fs_arguments(const struct volume_options *o, struct strv *ret)
{
	static const char *const fixed[] = { "mke2fs", "-q", "-F", "-t", "ext4", "-b", "4096", "-m", "0", "-E" };
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(fixed); i++)
		r = strv_add(ret, fixed[i]);
	if (r == 0)
		r = strv_take(ret, str_format("lazy_itable_init=1,lazy_journal_init=1,nodiscard,"
					      "root_owner=%u:%u", o->has_uid ? o->uid : 0,
					      o->has_gid ? o->gid : 0));
	if (r == 0 && o->inodes)
		r = strv_add(ret, "-N");
	if (r == 0 && o->inodes)
		r = strv_take(ret, str_format("%llu", (unsigned long long)o->inodes));
	return r == 0 ? strv_add(ret, "/proc/self/fd/4") : r;
}

static int make_file_system(int image, const struct volume_options *o, struct error *err)
{
	static const char *const places[] = { "/sbin/mke2fs", "/usr/sbin/mke2fs", NULL };
	auto_strv struct strv argv = STRV_INIT;

	return mke2fs_arguments(o, &argv) < 0 ? error_set(err, ENOMEM, "cannot start mke2fs")
					      : run_program(places, &argv, image, false, err);
}

int sized_create(const struct store *s, int dir_fd, const struct volume *v, struct error *err)
{
	auto_volume_options struct volume_options o = VOLUME_OPTIONS_INIT;
	auto_close int point = FD_NONE, image = FD_NONE;
	int r = userns_refuse("a volume with a size", err);

	(void)s;
	if (r == 0)
		r = volume_options_parse(&v->options, &o, err);
	if (r == 0)
		r = point = dir_make_open(dir_fd, VOLUME_MOUNT, 0755);
	if (r >= 0)
		r = image = make_file(dir_fd, o.size, err);
	if (r >= 0)
		r = make_file_system(image, &o, err);
	if (r == 0 && !v->anonymous && fsync(image) < 0)
		r = error_set(err, errno, "cannot write the file system");
	return r < 0 ? error_prefix(err, r, "cannot make volume '%s'", v->name) : 0;
}

/* The device and its mount; the device is let go of once the mount has it. */
static int mount_image(int dir_fd, const struct volume *v, int *ret_loop, struct error *err)
{
	static const struct fs_option options[] = {
		{ FS_FLAG, "discard", NULL, FD_NONE },
		{ FS_FLAG, "noinit_itable", NULL, FD_NONE },
		{ .key = NULL },
	};
	auto_close int image = openat(dir_fd, VOLUME_IMAGE, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	auto_close int loop = FD_NONE, tree = FD_NONE;
	char path[LOOP_PATH_MAX];

	if (image < 0)
		return error_set(err, errno, "cannot open the file system of volume '%s'", v->name);
	loop = loop_share(image, path, err);
	if (loop < 0)
		return error_prefix(err, loop, "volume '%s'", v->name);
	tree = fs_mount("ext4", path, options, 0, err);
	if (tree < 0)
		return error_prefix(err, tree, "volume '%s'", v->name);
	/* A volume is empty until somebody writes to it. */
	(void)unlinkat(tree, "lost+found", AT_REMOVEDIR);
	*ret_loop = take_fd(&loop);
	return take_fd(&tree);
}

int sized_mount(const struct store *s, int dir_fd, const struct volume *v, struct error *err)
{
	auto_close int loop = FD_NONE;

	(void)s;
	return mount_image(dir_fd, v, &loop, err);
}

/* The file first, then the device, then the file system: each is whole with what is larger below it. */
static int grow_mounted(int dir_fd, const struct volume *v, uint64_t size, struct error *err)
{
	auto_close int loop = FD_NONE, tree = mount_image(dir_fd, v, &loop, err), root = FD_NONE;
	uint64_t blocks = size / BLOCK_SIZE;
	auto_close int image = openat(dir_fd, VOLUME_IMAGE, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	int r;

	if (tree < 0)
		return tree;
	root = openat(tree, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0 || image < 0 || ftruncate(image, (off_t)(blocks * BLOCK_SIZE)) < 0)
		return error_set(err, errno, "cannot make volume '%s' larger", v->name);
	r = loop_grow(loop);
	if (r == 0 && ioctl(root, EXT4_IOC_RESIZE_FS, &blocks) < 0)
		r = -errno;
	if (r == 0 && syncfs(root) < 0)
		r = -errno;
	return r < 0 ? error_set(err, r, "cannot make volume '%s' larger", v->name) : 0;
}

/*
 * Without CAP_SYS_RESOURCE the kernel grows no mounted file system. resize2fs(8) then does it to a copy,
 * which takes the image's place when it is whole; nobody may have the volume meanwhile.
 */
static int grow_copy(const struct store *s, int dir_fd, const struct volume *v, uint64_t size,
		     struct error *err)
{
	static const char *const places[] = { "/sbin/resize2fs", "/usr/sbin/resize2fs", NULL };
	auto_close int image = openat(dir_fd, VOLUME_IMAGE, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	auto_scratch struct scratch d = SCRATCH_INIT;
	auto_strv struct strv argv = STRV_INIT;
	auto_close int copy = FD_NONE;
	int r = image < 0 ? error_set(err, errno, "cannot open volume '%s'", v->name)
			  : scratch_make(s, &d, err);

	if (r < 0)
		return r;
	if (loop_is_shared(image))
		return error_hint(err, error_msg(err, EBUSY, "cannot make volume '%s' larger while it is in use",
						 v->name),
				  "that needs the capability CAP_SYS_RESOURCE, which berth has not here");
	copy = openat(d.fd, VOLUME_IMAGE, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	r = copy < 0 ? -errno : file_copy(image, copy);
	if (r == 0 && ftruncate(copy, (off_t)(size - size % BLOCK_SIZE)) < 0)
		r = -errno;
	if (r == 0 && (strv_add(&argv, "resize2fs") < 0 || strv_add(&argv, "-f") < 0 ||
		       strv_add(&argv, "/proc/self/fd/4") < 0))
		r = -ENOMEM;
	if (r < 0)
		return error_set(err, r, "cannot copy volume '%s'", v->name);
	r = run_program(places, &argv, copy, true, err);
	if (r == 0 && (fsync(copy) < 0 || renameat(d.fd, VOLUME_IMAGE, dir_fd, VOLUME_IMAGE) < 0))
		r = error_set(err, errno, "cannot replace the file system of volume '%s'", v->name);
	return r;
}

int sized_grow(const struct store *s, int dir_fd, const struct volume *v, uint64_t size,
	       struct error *err)
{
	int r = grow_mounted(dir_fd, v, size, err);

	return r == -EPERM ? grow_copy(s, dir_fd, v, size, err) : r;
}

static int set_size(struct volume *v, uint64_t size)
{
	auto_free char *pair = str_format("size=%llu", (unsigned long long)size);
	struct strv kept = STRV_INIT;
	int r = pair ? strv_set_env(&v->options, pair) : -ENOMEM;

	/* podman's way to write it, o=size=…, would say otherwise now. */
	for (size_t i = 0; r == 0 && i < v->options.n; i++) {
		if (strncmp(v->options.v[i], "o=", 2) != 0)
			r = strv_add(&kept, v->options.v[i]);
	}
	if (r == 0) {
		strv_done(&v->options);
		v->options = kept;
		strv_sort(&v->options);
	}
	return r;
}

int volume_resize(const struct store *s, const char *name, uint64_t size, struct error *err)
{
	auto_close int dir = volume_dir_open(s, name, err), lock = FD_NONE;
	auto_volume_options struct volume_options o = VOLUME_OPTIONS_INIT;
	auto_volume struct volume v = VOLUME_INIT;
	int r;

	if (dir < 0)
		return dir;
	lock = volume_lock(dir, /* exclusive= */ true, /* wait= */ true);
	if (lock < 0)
		return error_set(err, lock, "cannot lock volume '%s'", name);
	r = volume_record_read(s, dir, name, &v, err);
	if (r == 0)
		r = volume_options_parse(&v.options, &o, err);
	if (r < 0)
		return r;
	if (o.size == 0)
		return error_hint(err, error_msg(err, EINVAL, "volume '%s' has no size", name),
				  "berth volume create -o size=10G NAME makes one that has");
	if (size < o.size)
		return error_msg(err, EINVAL, "volume '%s' has %llu bytes: it can't be made smaller", name,
				 (unsigned long long)o.size);
	r = sized_grow(s, dir, &v, size, err);
	if (r == 0 && set_size(&v, size) < 0)
		r = error_set(err, ENOMEM, "cannot write the record of volume '%s'", name);
	return r == 0 ? volume_record_write(dir, &v, true, err) : r;
}
