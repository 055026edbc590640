/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Volumes that are file systems. They are mounted nowhere on the host, unless somebody says `volume mount`:
 * each user gets a detached mount, of the same file system.
 *
 * Of some a second mount would be another file system (tmpfs) or must not be made (an overlay's upper
 * directory can be in one mount only). Who uses such a volume first leaves in the file `instance` which
 * process has it and where; who comes next takes a clone of the mount out of that process's namespace.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/jsonw.h"
#include "base/lock.h"
#include "sys/mountapi.h"
#include "sys/nsmount.h"
#include "sys/process.h"
#include "volume/internal.h"

#define INSTANCE "instance"

int volume_lock(int dir_fd, bool exclusive, bool wait)
{
	auto_close int fd = dir_open(dir_fd, ".");

	if (fd < 0)
		return fd;
	while (flock(fd, (exclusive ? LOCK_EX : LOCK_SH) | (wait ? 0 : LOCK_NB)) < 0) {
		if (errno != EINTR)
			return errno == EWOULDBLOCK ? -EAGAIN : -errno;
	}
	return take_fd(&fd);
}

/* What `volume mount` has mounted on the host: the directory is the root of a mount. FD_NONE if it is not. */
static int clone_host_mount(int dir_fd)
{
	auto_close int point = openat(dir_fd, VOLUME_MOUNT, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (point < 0 || !is_mount_root(point))
		return FD_NONE;
	return tree_clone(point, "", false);
}

int volume_backing_mount(const struct store *s, int dir_fd, const struct volume *v,
			 struct error *err)
{
	const struct volume_driver *driver = volume_driver_find(v->driver, &v->options, err);
	auto_close int lock = volume_lock(dir_fd, /* exclusive= */ true, /* wait= */ true);
	int fd;

	if (!driver || !driver->mount)
		return error_msg(err, EINVAL, "volume '%s' is no file system", v->name);
	if (lock < 0)
		return error_set(err, lock, "cannot lock volume '%s'", v->name);
	fd = clone_host_mount(dir_fd);
	return fd >= 0 ? fd : driver->mount(s, dir_fd, v, err);
}

bool volume_has_mount(const struct store *s, const char *name)
{
	auto_free char *path = str_format("volumes/%s/%s", name, VOLUME_MOUNT);

	return path && faccessat(s->root_fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

bool volume_is_backed(const struct volume *v)
{
	const struct volume_driver *driver = volume_driver_find(v->driver, &v->options, NULL);

	return driver && driver->mount;
}

/* Whether two mounts of it would not be the same thing. */
static bool has_one_instance(const struct volume *v)
{
	const char *type = strv_get_env(&v->options, "type");

	return STREQ(v->driver, VOLUME_DRIVER_VIEW) || STREQ(v->driver, VOLUME_DRIVER_IMAGE) ||
	       (type && (STREQ(type, "tmpfs") || STREQ(type, "ramfs") || STREQ(type, "overlay")));
}

/* The instance's mount, out of the process that has it. FD_NONE if there is none any more. */
static int clone_instance(int lock_fd)
{
	auto_buf struct buf text = { .limit = 65536 };
	auto_json struct json *j = NULL;
	auto_close int process = FD_NONE, tree = FD_NONE;
	char boot[37];
	const char *target, *its_boot;

	if (lseek(lock_fd, 0, SEEK_SET) < 0 || fd_read_all(lock_fd, &text) < 0 ||
	    json_parse(buf_str(&text), text.len, &j, NULL) < 0)
		return FD_NONE;
	target = json_get_str(j, "Target");
	its_boot = json_get_str(j, "Boot");
	if (!target || !its_boot || process_boot_id(boot) < 0 || !STREQ(boot, its_boot))
		return FD_NONE;
	process = process_open((pid_t)json_int(json_get(j, "Pid"), 0),
			       (uint64_t)json_int(json_get(j, "Start"), 0));
	if (process < 0)
		return FD_NONE;
	tree = ns_clone_tree(process, target, NULL);
	if (tree < 0)
		return FD_NONE;
	/* What the other container's options were is its own business. */
	if (mount_attr_change(tree, 0, ATTR_RDONLY | ATTR_NOSUID | ATTR_NODEV | ATTR_NOEXEC, MS_PRIVATE,
			      false) < 0)
		return FD_NONE;
	return take_fd(&tree);
}

int volume_instance_take(const struct store *s, const struct volume *v, int *ret_lock, struct error *err)
{
	auto_close int dir = FD_NONE, lock = FD_NONE;
	int r;

	*ret_lock = FD_NONE;
	if (!has_one_instance(v))
		return FD_NONE;
	dir = volume_dir_open(s, v->name, err);
	if (dir < 0)
		return dir;
	lock = openat(dir, INSTANCE, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	r = lock < 0 ? -errno : lock_take(lock, true, true);
	if (r < 0)
		return error_set(err, r, "cannot lock the instance of volume '%s'", v->name);
	r = clone_instance(lock);
	*ret_lock = take_fd(&lock);
	return r;
}

int volume_instance_give(int lock_fd, pid_t pid, const char *target)
{
	auto_buf struct buf text = BUF_INIT;
	struct jsonw w = JSONW_INIT(&text, 0);
	char boot[37];
	uint64_t start;
	int r = process_start_time(pid, &start);

	if (r == 0)
		r = process_boot_id(boot);
	if (r < 0)
		return r;
	jsonw_object(&w, NULL);
	jsonw_int(&w, "Pid", pid);
	jsonw_uint(&w, "Start", start);
	jsonw_str(&w, "Boot", boot);
	jsonw_str(&w, "Target", target);
	jsonw_end(&w);
	if (buf_failed(&text) || ftruncate(lock_fd, 0) < 0 || lseek(lock_fd, 0, SEEK_SET) < 0)
		return -EIO;
	return fd_write_all(lock_fd, text.data, text.len);
}

int volume_tree(const struct store *s, const struct volume *v, struct error *err)
{
	auto_close int dir = volume_dir_open(s, v->name, err);

	return dir < 0 ? dir : volume_backing_mount(s, dir, v, err);
}

/* ---- volume mount and unmount ------------------------------------------------------------------ */

int volume_host_mount(const struct store *s, const char *name, char **ret_path, struct error *err)
{
	auto_volume struct volume v = VOLUME_INIT;
	auto_close int dir = FD_NONE, tree = FD_NONE, point = FD_NONE;
	int r = volume_open(s, name, &v, err);

	if (r < 0)
		return r;
	if (volume_is_backed(&v)) {
		dir = volume_dir_open(s, name, err);
		if (dir < 0)
			return dir;
		point = openat(dir, VOLUME_MOUNT, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (point < 0)
			return error_set(err, errno, "cannot open '%s'", v.mountpoint);
		if (!is_mount_root(point)) {
			tree = volume_backing_mount(s, dir, &v, err);
			r = tree < 0 ? tree : mount_attach(tree, point);
			if (tree >= 0 && r < 0)
				return error_set(err, r, "cannot mount volume '%s'", name);
		}
	}
	if (r < 0)
		return r;
	*ret_path = strdup(v.mountpoint);
	return *ret_path ? 0 : error_set(err, ENOMEM, "cannot mount volume '%s'", name);
}

int volume_host_unmount(const struct store *s, const char *name, struct error *err)
{
	auto_volume struct volume v = VOLUME_INIT;
	auto_close int dir = FD_NONE, point = FD_NONE;
	int r = volume_open(s, name, &v, err);

	if (r < 0 || !volume_is_backed(&v))
		return r;
	dir = volume_dir_open(s, name, err);
	if (dir < 0)
		return dir;
	point = openat(dir, VOLUME_MOUNT, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (point < 0 || !is_mount_root(point))
		return 0;
	fd_close(&point);
	if (umount2(v.mountpoint, MNT_DETACH | UMOUNT_NOFOLLOW) < 0 && errno != EINVAL)
		return error_set(err, errno, "cannot unmount '%s'", v.mountpoint);
	return 0;
}
