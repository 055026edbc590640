/* SPDX-License-Identifier: Apache-2.0 */
/* What a container must not see or write below /proc and /sys: moby's list (daemon/pkg/oci/defaults.go). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "mount/plan.h"
#include "sys/mountapi.h"
#include "sys/syscalls.h"

static const char *const masked[] = {
	"/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys",
	"/proc/latency_stats", "/proc/sched_debug", "/proc/scsi", "/proc/timer_list",
	"/proc/timer_stats", "/sys/devices/virtual/powercap", "/sys/firmware",
};

static const char *const read_only[] = {
	"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
};

/* One empty read-only tmpfs and one /dev/null, of which each mask is a clone. */
struct covers {
	int root_fd;
	int dir;  /* owned */
	bool dir_attached;
	int file; /* owned */
};

static void covers_done(struct covers *c)
{
	fd_close(&c->dir);
	fd_close(&c->file);
}
DEFINE_AUTO(covers, struct covers, covers_done)

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

/* In the container's /proc or /sys as it stands: no link is followed, so none can divert the mask. */
static int open_subject(int root_fd, const char *path)
{
	return sys_openat2(root_fd, path, O_PATH | O_CLOEXEC, 0,
			   SYS_RESOLVE_IN_ROOT | SYS_RESOLVE_NO_SYMLINKS);
}

/* Before 6.15 only an attached mount can be cloned: the first mask is the tmpfs itself. */
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

static int cover(struct covers *c, const char *path, struct error *err)
{
	auto_close int subject = open_subject(c->root_fd, path);
	struct stat st;
	int r;

	if (subject == -ENOENT)
		return 0;
	if (subject < 0)
		return error_set(err, subject, "cannot mask '%s'", path);
	if (fstat(subject, &st) < 0)
		return error_set(err, errno, "cannot mask '%s'", path);
	r = S_ISDIR(st.st_mode) ? cover_dir(c, subject) : cover_file(c, subject);
	return r < 0 ? error_set(err, r, "cannot mask '%s'", path) : 0;
}

static int make_read_only(int root_fd, const char *path, struct error *err)
{
	auto_close int subject = open_subject(root_fd, path), tree = FD_NONE;
	int r;

	if (subject == -ENOENT)
		return 0;
	tree = subject < 0 ? subject : tree_clone(subject, "", true);
	r = tree < 0 ? tree : mount_attr_change(tree, ATTR_RDONLY, 0, 0, true);
	if (r == 0)
		r = mount_attach(tree, subject);
	return r < 0 ? error_set(err, r, "cannot make '%s' read-only", path) : 0;
}

/* Power side channels, one directory a processor where the hardware has them: moby's GHSA-6fw5-f8r9-fgfm. */
static int cover_thermal(struct covers *c, struct error *err)
{
	for (int cpu = 0;; cpu++) {
		char path[80];
		auto_close int subject = FD_NONE;
		int r;

		(void)snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/thermal_throttle",
			       cpu);
		subject = open_subject(c->root_fd, path);
		if (subject < 0)
			return 0;
		r = cover(c, path, err);
		if (r < 0)
			return r;
	}
}

int mount_plan_mask(int root_fd, struct error *err)
{
	auto_clean(covers) struct covers c = {
		.root_fd = root_fd, .dir = FD_NONE, .file = FD_NONE
	};
	int r = 0;

	c.file = open_null(err);
	if (c.file < 0)
		return c.file;
	c.dir = fs_mount("tmpfs", "tmpfs", NULL, ATTR_RDONLY | ATTR_NOSUID | ATTR_NODEV | ATTR_NOEXEC,
			 err);
	if (c.dir < 0)
		return c.dir;
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(masked); i++)
		r = cover(&c, masked[i], err);
	if (r == 0)
		r = cover_thermal(&c, err);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(read_only); i++)
		r = make_read_only(root_fd, read_only[i], err);
	return r;
}
