/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/mountapi.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"

/* One number on every architecture since 5.2: they entered the tables together. */
#ifndef SYS_open_tree
# define SYS_open_tree 428
#endif
#ifndef SYS_move_mount
# define SYS_move_mount 429
#endif
#ifndef SYS_fsopen
# define SYS_fsopen 430
#endif
#ifndef SYS_fsconfig
# define SYS_fsconfig 431
#endif
#ifndef SYS_fsmount
# define SYS_fsmount 432
#endif
#ifndef SYS_mount_setattr
# define SYS_mount_setattr 442
#endif

#define FSOPEN_CLOEXEC_FLAG	 1u
#define FSMOUNT_CLOEXEC_FLAG	 1u
#define OPEN_TREE_CLONE_FLAG	 1u
#define ATTR_IDMAP		 0x00100000ull
/* statx(2) */
#define MOUNT_ROOT_ATTRIBUTE	 0x2000u
#define MOUNT_ID_MASK		 0x1000u
#define TYPE_MASK		 0x0001u
#define RECURSIVE_FLAG		 0x8000u /* AT_RECURSIVE */
#define MOVE_F_EMPTY_PATH	 0x04u
#define MOVE_T_EMPTY_PATH	 0x40u

enum { CONFIG_FLAG = 0, CONFIG_STRING = 1, CONFIG_FD = 5, CONFIG_CREATE = 6 };

struct attr_change {
	uint64_t set, clear, propagation, userns_fd;
};

static int fsconfig_call(int fs, unsigned command, const char *key, const void *value, int aux)
{
	return syscall(SYS_fsconfig, fs, command, key, value, aux) < 0 ? -errno : 0;
}

/* Append the last "e …" line that the kernel left in the descriptor's log: fsopen(2), "message retrieval". */
static int with_kernel_text(int fs, int r, struct error *err, const char *type)
{
	char line[256], reason[256] = "";
	ssize_t n;

	while ((n = read(fs, line, sizeof(line) - 1)) > 0) {
		line[n] = '\0';
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == 'e' && line[1] == ' ')
			(void)memcpy(reason, line + 2, strlen(line + 2) + 1);
	}
	if (reason[0])
		return error_set(err, r, "cannot mount a file system of type '%s' (%s)", type, reason);
	return error_set(err, r, "cannot mount a file system of type '%s'", type);
}

static int configure(int fs, const char *source, const struct fs_option *o)
{
	static const unsigned commands[] = {
		[FS_FLAG] = CONFIG_FLAG, [FS_STRING] = CONFIG_STRING, [FS_FD] = CONFIG_FD
	};
	int r = source ? fsconfig_call(fs, CONFIG_STRING, "source", source, 0) : 0;

	for (; r == 0 && o && o->key; o++)
		r = fsconfig_call(fs, commands[o->kind], o->key,
				  o->kind == FS_STRING ? o->value : NULL,
				  o->kind == FS_FD ? o->fd : 0);
	if (r == 0)
		r = fsconfig_call(fs, CONFIG_CREATE, NULL, NULL, 0);
	return r;
}

int fs_mount(const char *type, const char *source, const struct fs_option *options, uint64_t attr,
	     struct error *err)
{
	auto_close int fs = (int)syscall(SYS_fsopen, type, FSOPEN_CLOEXEC_FLAG);
	long mnt;
	int r;

	if (fs < 0)
		return error_set(err, errno, "cannot use file system type '%s'", type);
	r = configure(fs, source, options);
	if (r < 0)
		return with_kernel_text(fs, r, err, type);
	mnt = syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC_FLAG, attr);
	if (mnt < 0)
		return with_kernel_text(fs, errno, err, type);
	return (int)mnt;
}

int tree_clone(int dirfd, const char *path, bool recursive)
{
	unsigned flags = OPEN_TREE_CLONE_FLAG | O_CLOEXEC | (*path ? 0 : AT_EMPTY_PATH) |
			 (recursive ? RECURSIVE_FLAG : 0);
	long fd = syscall(SYS_open_tree, dirfd, path, flags);

	return fd < 0 ? -errno : (int)fd;
}

int mount_attr_change(int mount_fd, uint64_t set, uint64_t clear, uint64_t propagation,
		      bool recursive)
{
	struct attr_change change = { .set = set, .clear = clear, .propagation = propagation };
	unsigned flags = AT_EMPTY_PATH | (recursive ? RECURSIVE_FLAG : 0);

	return syscall(SYS_mount_setattr, mount_fd, "", flags, &change, sizeof(change)) < 0 ? -errno
											     : 0;
}

int mount_idmap(int mount_fd, int userns_fd, bool recursive)
{
	struct attr_change change = { .set = ATTR_IDMAP, .userns_fd = (uint64_t)userns_fd };
	unsigned flags = AT_EMPTY_PATH | (recursive ? RECURSIVE_FLAG : 0);

	return syscall(SYS_mount_setattr, mount_fd, "", flags, &change, sizeof(change)) < 0 ? -errno
											     : 0;
}

/* statx(2)'s struct: musl 1.2.3 does not know it, nor glibc 2.36 its mount id. */
struct stat_extended {
	uint32_t mask, block_size;
	uint64_t attributes;
	uint64_t skipped[16];
	uint64_t mount_id;
	uint64_t rest[13];
};

_Static_assert(offsetof(struct stat_extended, mount_id) == 144, "as the kernel has it");
_Static_assert(sizeof(struct stat_extended) == 256, "as the kernel has it");

static int stat_extended(int fd, uint32_t mask, struct stat_extended *ret)
{
	return syscall(SYS_statx, fd, "", AT_EMPTY_PATH | AT_NO_AUTOMOUNT, mask, ret) < 0 ? -errno : 0;
}

bool is_mount_root(int fd)
{
	struct stat_extended st;

	return stat_extended(fd, TYPE_MASK, &st) == 0 && (st.attributes & MOUNT_ROOT_ATTRIBUTE);
}

uint64_t mount_id(int fd)
{
	struct stat_extended st;

	return stat_extended(fd, MOUNT_ID_MASK, &st) == 0 && (st.mask & MOUNT_ID_MASK) ? st.mount_id : 0;
}

int mount_attach(int mount_fd, int target_fd)
{
	return syscall(SYS_move_mount, mount_fd, "", target_fd, "",
		       MOVE_F_EMPTY_PATH | MOVE_T_EMPTY_PATH) < 0
		       ? -errno
		       : 0;
}
