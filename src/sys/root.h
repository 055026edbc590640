/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths inside a root that is not ours. Every one goes through openat2(2) with RESOLVE_IN_ROOT and
 * RESOLVE_NO_MAGICLINKS: links and ".." are followed as the container would, and never lead out.
 * A path is resolved once; what comes back is a descriptor.
 */
#ifndef BERTH_SYS_ROOT_H
#define BERTH_SYS_ROOT_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"

/** root_open() - open @path in @root_fd with open(2) @flags (O_CLOEXEC is added). Return: fd or -errno. */
int root_open(int root_fd, const char *path, int flags);

/**
 * root_make_target() - the directory or file @path in @root_fd for something to be mounted on.
 * @is_dir: which of the two the mount needs
 *
 * What is missing is made, directories 0755 and files 0644 owned by us, component by component and by
 * descriptor; links on the way are followed inside the root, a dangling link's target is made.
 * Return: an O_PATH descriptor, or -errno: -ENOTDIR or -EISDIR if the other kind is there, -ELOOP.
 */
int root_make_target(int root_fd, const char *path, bool is_dir);

/** root_make_dir() - as root_make_target() for a directory, with @mode and owner for those it makes. */
int root_make_dir(int root_fd, const char *path, mode_t mode, uid_t uid, gid_t gid);

/**
 * root_read_file() - append the regular file @path in @root_fd to @out, at most out->limit bytes; does
 * not block on FIFOs or devices. Return: 0, -ENOENT, -EINVAL if it is not a regular file, -errno.
 */
int root_read_file(int root_fd, const char *path, struct buf *out);

#endif
