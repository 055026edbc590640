/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/pidns.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"

#define MAX_DEPTH 33	   /* of PID namespaces: the kernel allows 32 */
#define NS_PARENT 0xb702UL /* _IO(0xb7, 0x2): ioctl_nsfs(2), NS_GET_PARENT */

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev;
}

/* Whether the namespace at @path in @dir is @ns or lies below it. */
static bool is_inside(int dir, const char *path, const struct stat *ns)
{
	auto_close int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	for (int i = 0; fd >= 0 && i < MAX_DEPTH; i++) {
		int parent;

		if (fstat(fd, &st) < 0)
			return false;
		if (same_file(&st, ns))
			return true;
		/* EPERM at the top of what we see. */
		parent = ioctl(fd, NS_PARENT);
		fd_close(&fd);
		fd = parent;
	}
	return false;
}

static int namespace_of(pid_t pid, struct stat *ret)
{
	char link[64];
	struct stat own;

	(void)snprintf(link, sizeof(link), "/proc/%ld/ns/pid", (long)pid);
	if (stat(link, ret) < 0 || stat("/proc/self/ns/pid", &own) < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	return same_file(&own, ret) ? -EXDEV : 0;
}

int pidns_processes(pid_t pid, struct strv *ret)
{
	auto_close int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_strv struct strv names = STRV_INIT;
	struct stat ns = { 0 };
	int r = proc < 0 ? -errno : namespace_of(pid, &ns);

	if (r == 0)
		r = dir_list(proc, &names);
	for (size_t i = 0; r == 0 && i < names.n; i++) {
		auto_free char *link = str_format("%s/ns/pid", names.v[i]);

		if (!link)
			return -ENOMEM;
		if (names.v[i][0] >= '0' && names.v[i][0] <= '9' && is_inside(proc, link, &ns))
			r = strv_add(ret, names.v[i]);
	}
	return r;
}
