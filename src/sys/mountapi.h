/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mount API of Linux 5.2 and later: fsopen(2), fsmount(2), open_tree(2), mount_setattr(2) and
 * move_mount(2). A detached mount is a file descriptor; it is gone with its last descriptor, so nothing
 * made here can be left behind. All functions return -errno on failure.
 */
#ifndef BERTH_SYS_MOUNTAPI_H
#define BERTH_SYS_MOUNTAPI_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* mount_setattr(2) attributes, under our own names because not every libc has them. */
#define ATTR_RDONLY	 0x00000001ull
#define ATTR_NOSUID	 0x00000002ull
#define ATTR_NODEV	 0x00000004ull
#define ATTR_NOEXEC	 0x00000008ull
#define ATTR_ATIME	 0x00000070ull /* the field */
#define ATTR_NOATIME	 0x00000010ull
#define ATTR_STRICTATIME 0x00000020ull
#define ATTR_NODIRATIME	 0x00000080ull

enum fs_option_kind { FS_FLAG, FS_STRING, FS_FD };

/* One option of a file system. @key NULL ends a list. */
struct fs_option {
	enum fs_option_kind kind;
	const char *key;
	const char *value; /* FS_STRING, at most 255 bytes */
	int fd;		   /* FS_FD */
};

/**
 * fs_mount() - make a file system instance and a detached mount of it.
 * @type: "tmpfs", "proc", "overlay", …
 * @source: what the mount table shows as its source, or NULL
 * @options: list ended by a NULL key, or NULL
 * @attr: ATTR_ flags
 *
 * The kernel's own explanation, where it gives one, becomes part of the error.
 * Return: descriptor of the detached mount, owned by the caller, or -errno.
 */
int fs_mount(const char *type, const char *source, const struct fs_option *options, uint64_t attr,
	     struct error *err);

/** tree_clone() - detached copy of the mount at @path in @dirfd ("" for @dirfd itself); @recursive with submounts. */
int tree_clone(int dirfd, const char *path, bool recursive);

/** mount_attr_change() - set and clear attributes of a mount, and its propagation (MS_PRIVATE …, 0 = leave). */
int mount_attr_change(int mount_fd, uint64_t set, uint64_t clear, uint64_t propagation,
		      bool recursive);

/** mount_idmap() - MOUNT_ATTR_IDMAP: ids of the detached mount appear as the user namespace maps them. */
int mount_idmap(int mount_fd, int userns_fd, bool recursive);

/** is_mount_root() - whether the file @fd is what is mounted at its place: statx(2), STATX_ATTR_MOUNT_ROOT. */
bool is_mount_root(int fd);

/** mount_id() - the id, in mountinfo, of the mount that @fd lies on; 0 if it can't be had. */
uint64_t mount_id(int fd);

/** mount_attach() - attach the detached mount @mount_fd on what @target_fd (O_PATH) names. */
int mount_attach(int mount_fd, int target_fd);

#endif
