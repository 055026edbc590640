/* SPDX-License-Identifier: Apache-2.0 */
#include "mount/mask.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>

#include "mount/internal.h"
#include "sys/mountapi.h"
#include "sys/syscalls.h"

/* moby's lists: daemon/pkg/oci/defaults.go */
static const char *const masked[] = {
	"/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys",
	"/proc/latency_stats", "/proc/sched_debug", "/proc/scsi", "/proc/timer_list",
	"/proc/timer_stats", "/sys/devices/virtual/powercap", "/sys/firmware",
};

static const char *const read_only[] = {
	"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
};

/* In the container's /proc or /sys as it stands: no link is followed, so none can divert the mask. */
static int open_subject(int root_fd, const char *path)
{
	return sys_openat2(root_fd, path, O_PATH | O_CLOEXEC, 0,
			   SYS_RESOLVE_IN_ROOT | SYS_RESOLVE_NO_SYMLINKS);
}

static int cover(struct covers *c, int root_fd, const char *path, struct error *err)
{
	auto_close int subject = open_subject(root_fd, path);
	int r;

	if (subject == -ENOENT)
		return 0;
	r = subject < 0 ? subject : covers_put(c, subject);
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

static bool is_wanted(const struct mount_masks *m, const char *path)
{
	if (m->none)
		return false;
	strv_for_each(i, &m->unmask) {
		if (STREQ(m->unmask.v[i], "ALL") || fnmatch(m->unmask.v[i], path, FNM_PATHNAME) == 0)
			return false;
	}
	return true;
}

/* Power side channels, one directory a processor where the hardware has them: moby's GHSA-6fw5-f8r9-fgfm. */
static int cover_thermal(const struct mount_masks *m, struct covers *c, int root_fd, struct error *err)
{
	for (int cpu = 0;; cpu++) {
		char path[80];
		auto_close int subject = FD_NONE;
		int r;

		(void)snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/thermal_throttle",
			       cpu);
		subject = open_subject(root_fd, path);
		if (subject < 0)
			return 0;
		r = is_wanted(m, path) ? cover(c, root_fd, path, err) : 0;
		if (r < 0)
			return r;
	}
}

static int cover_all(const struct mount_masks *m, struct covers *c, int root_fd, struct error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(masked); i++)
		r = is_wanted(m, masked[i]) ? cover(c, root_fd, masked[i], err) : 0;
	if (r == 0 && !m->none)
		r = cover_thermal(m, c, root_fd, err);
	for (size_t i = 0; r == 0 && i < m->mask.n; i++)
		r = cover(c, root_fd, m->mask.v[i], err);
	return r;
}

int mount_masks_apply(const struct mount_masks *m, int root_fd, struct error *err)
{
	auto_covers struct covers c = COVERS_INIT;
	int r;

	if (m->none && m->mask.n == 0)
		return 0;
	r = covers_open(&c, err);
	if (r == 0)
		r = cover_all(m, &c, root_fd, err);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(read_only); i++)
		r = is_wanted(m, read_only[i]) ? make_read_only(root_fd, read_only[i], err) : 0;
	return r;
}

void mount_masks_done(struct mount_masks *m)
{
	strv_done(&m->mask);
	strv_done(&m->unmask);
	m->none = false;
}

void mount_masks_json(const struct mount_masks *m, struct jsonw *w)
{
	jsonw_array(w, "MaskedPaths");
	for (size_t i = 0; i < ARRAY_SIZE(masked); i++) {
		if (is_wanted(m, masked[i]))
			jsonw_str(w, NULL, masked[i]);
	}
	strv_for_each(i, &m->mask)
		jsonw_str(w, NULL, m->mask.v[i]);
	jsonw_end(w);
	jsonw_array(w, "ReadonlyPaths");
	for (size_t i = 0; i < ARRAY_SIZE(read_only); i++) {
		if (is_wanted(m, read_only[i]))
			jsonw_str(w, NULL, read_only[i]);
	}
	jsonw_end(w);
}
