/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/userns.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"

#define INITIAL_INODE 0xEFFFFFFDu /* PROC_USER_INIT_INO of the kernel's <linux/proc_ns.h> */
#define MAP_LIMIT     ((size_t)64 << 10)

ino_t userns_inode(pid_t pid)
{
	char path[48];
	struct stat st;

	if (pid)
		(void)snprintf(path, sizeof(path), "/proc/%ld/ns/user", (long)pid);
	return stat(pid ? path : "/proc/self/ns/user", &st) < 0 ? 0 : st.st_ino;
}

bool userns_is_initial(void)
{
	ino_t inode = userns_inode(0);

	/* Without /proc, or in a kernel without user namespaces, there is no other. */
	return inode == 0 || inode == INITIAL_INODE;
}

int userns_refuse(const char *what, struct error *err)
{
	if (userns_is_initial())
		return 0;
	(void)error_msg(err, EPERM, "%s: only root can do that", what);
	return error_hint(err, -EPERM, "run berth as root for it: an ordinary user has no devices of his own");
}

static int read_map(const char *map, struct buf *out)
{
	auto_free char *path = str_format("/proc/self/%s", map);
	auto_close int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : FD_NONE;

	return fd < 0 ? -errno : fd_read_all(fd, out);
}

static bool read_range(const char **text, unsigned long v[3])
{
	for (int i = 0; i < 3; i++) {
		char *end;

		v[i] = strtoul(*text, &end, 10);
		if (end == *text)
			return false;
		*text = end;
	}
	return true;
}

bool userns_has_id(const char *map, unsigned id)
{
	auto_buf struct buf text = { .limit = MAP_LIMIT };
	const char *p;
	unsigned long v[3];

	if (read_map(map, &text) < 0)
		return true;
	for (p = buf_str(&text); read_range(&p, v);) {
		if (id >= v[0] && id - v[0] < v[2])
			return true;
	}
	return false;
}

bool userns_maps_one_id(void)
{
	return !userns_is_initial() && !userns_has_id("gid_map", 1) && !userns_has_id("uid_map", 1);
}

int userns_write_map(pid_t pid, const char *map, const struct id_ranges *ranges)
{
	auto_free char *path = str_format("/proc/%ld/%s", (long)pid, map);
	auto_buf struct buf text = BUF_INIT;
	auto_close int fd = path ? open(path, O_WRONLY | O_CLOEXEC) : FD_NONE;

	if (ranges->n == 0)
		buf_adds(&text, "0 0 4294967295\n");
	for (size_t i = 0; i < ranges->n; i++)
		buf_addf(&text, "%u %u %u\n", ranges->v[i].on_disk, ranges->v[i].seen,
			 ranges->v[i].count);
	if (fd < 0 || buf_failed(&text))
		return fd < 0 && path ? -errno : -ENOMEM;
	/* The kernel takes a map whole, in one write(2), or not at all: user_namespaces(7). */
	return write(fd, text.data, text.len) < 0 ? -errno : 0;
}
