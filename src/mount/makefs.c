/* SPDX-License-Identifier: Apache-2.0 */
#include "mount/makefs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "sys/mountapi.h"

#define MAX_OPTIONS 16
#define MAX_KEY	    32

struct options {
	char keys[MAX_OPTIONS][MAX_KEY];
	struct fs_option list[MAX_OPTIONS + 1];
};

/* KEY or KEY=VALUE texts as the list that fs_mount() takes; values stay in @from. */
static int convert_options(const struct strv *from, struct options *o, struct error *err)
{
	memset(o->list, 0, sizeof(o->list));
	strv_for_each(i, from) {
		size_t n = strcspn(from->v[i], "=");

		if (i >= MAX_OPTIONS || n >= MAX_KEY)
			return error_msg(err, E2BIG, "too many or too long mount options at '%s'",
					 from->v[i]);
		memcpy(o->keys[i], from->v[i], n);
		o->keys[i][n] = '\0';
		o->list[i].key = o->keys[i];
		o->list[i].kind = from->v[i][n] ? FS_STRING : FS_FLAG;
		o->list[i].value = from->v[i][n] ? from->v[i] + n + 1 : NULL;
	}
	return 0;
}

static const struct {
	const char *name;
	unsigned minor, major;
} nodes[] = {
	{ "null", 3, 1 }, { "zero", 5, 1 },    { "full", 7, 1 },
	{ "random", 8, 1 }, { "urandom", 9, 1 }, { "tty", 0, 5 },
};

static const struct {
	const char *name, *target;
} links[] = {
	{ "fd", "/proc/self/fd" },	 { "stdin", "/proc/self/fd/0" },
	{ "stdout", "/proc/self/fd/1" }, { "stderr", "/proc/self/fd/2" },
	{ "core", "/proc/kcore" },	 { "ptmx", "pts/ptmx" },
};

/* Into the file system that was just made, by its descriptor: nobody else can have put anything there. */
static int fill_dev(int dev, bool host_nodes, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(nodes); i++) {
		/* An empty file, for the host's to be mounted on. */
		if (mknodat(dev, nodes[i].name, (host_nodes ? S_IFREG : S_IFCHR) | 0666,
			    host_nodes ? 0 : makedev(nodes[i].major, nodes[i].minor)) < 0)
			return error_set(err, errno, "cannot make device '/dev/%s'", nodes[i].name);
	}
	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		if (symlinkat(links[i].target, dev, links[i].name) < 0)
			return error_set(err, errno, "cannot make '/dev/%s'", links[i].name);
	}
	return 0;
}

/* The host's own, checked: it is still in reach, by a path that nobody inside has a hand in. */
static int bind_node(int dev, size_t i, struct error *err)
{
	auto_free char *path = path_join("/dev", nodes[i].name);
	auto_close int source = path ? open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC) : FD_NONE;
	auto_close int target = openat(dev, nodes[i].name, O_PATH | O_NOFOLLOW | O_CLOEXEC), tree = FD_NONE;
	struct stat st;
	int r;

	if (source < 0 || target < 0 || fstat(source, &st) < 0)
		return error_set(err, errno, "cannot open '/dev/%s'", nodes[i].name);
	if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(nodes[i].major, nodes[i].minor))
		return error_msg(err, EINVAL, "'/dev/%s' of this host is not the usual device", nodes[i].name);
	tree = tree_clone(source, "", false);
	r = tree < 0 ? tree : mount_attr_change(tree, 0, 0, MS_PRIVATE, false);
	if (r == 0)
		r = mount_attach(tree, target);
	return r < 0 ? error_set(err, r, "cannot mount the host's '/dev/%s'", nodes[i].name) : 0;
}

int mount_step_bind_nodes(const struct mount_step *s, struct error *err)
{
	int r = 0;

	for (size_t i = 0; s->host_nodes && r == 0 && i < ARRAY_SIZE(nodes); i++)
		r = bind_node(s->fd, i, err);
	return r;
}

int mount_step_make_fs(const struct mount_step *s, struct error *err)
{
	static const char *const types[] = {
		[MOUNT_KIND_TMPFS] = "tmpfs",	[MOUNT_KIND_DEV] = "tmpfs",
		[MOUNT_KIND_RAMFS] = "ramfs",
		[MOUNT_KIND_PROC] = "proc",	[MOUNT_KIND_SYSFS] = "sysfs",
		[MOUNT_KIND_CGROUP] = "cgroup2", [MOUNT_KIND_MQUEUE] = "mqueue",
		[MOUNT_KIND_DEVPTS] = "devpts",
	};
	auto_close int fd = FD_NONE;
	struct options o;
	uint64_t attr;
	int r = convert_options(&s->options, &o, err);

	if (r < 0)
		return r;
	/* A user's tmpfs still takes over the mode of what it covers; attach.c makes it read-only then. */
	attr = (s->kind == MOUNT_KIND_TMPFS || s->kind == MOUNT_KIND_RAMFS) && s->by_user
		       ? s->attr & ~ATTR_RDONLY
		       : s->attr;
	fd = fs_mount(types[s->kind], types[s->kind], o.list, attr, err);
	if (fd < 0)
		return error_prefix(err, fd, "mount on '%s'", s->target);
	if (s->kind == MOUNT_KIND_DEV) {
		r = fill_dev(fd, s->host_nodes, err);
		if (r == 0)
			r = device_nodes_make(&s->nodes, fd, err);
		if (r < 0)
			return r;
	}
	return take_fd(&fd);
}
