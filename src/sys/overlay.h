/* SPDX-License-Identifier: Apache-2.0 */
/* overlayfs with the options that a container's root needs, its layers given by descriptor. */
#ifndef BERTH_SYS_OVERLAY_H
#define BERTH_SYS_OVERLAY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/**
 * overlay_opaque_xattr() - the attribute that makes a directory hide those below it. In a user namespace overlayfs
 * keeps its marks in attributes that ordinary users may set ("userxattr").
 */
const char *overlay_opaque_xattr(void);

/** overlay_owns_xattr() - whether overlayfs keeps something for itself in the attribute @name: it is no content. */
bool overlay_owns_xattr(const char *name);

/* The kernel's own limit on layers: OVL_MAX_STACK in fs/overlayfs/params.h */
#define OVERLAY_MAX_LOWER 500

enum overlay_flags {
	OVERLAY_VOLATILE = 1, /* never sync the upper layer: for what is thrown away afterwards */
	OVERLAY_BY_FD = 2,    /* only as kernels since 6.13 do it, which touches nothing of the process */
};

/**
 * overlay_mount() - a detached mount of @lower_fds below @upper_fd.
 * @lower_fds: O_PATH or better, topmost first, no directory twice (the kernel says ELOOP)
 * @upper_fd, @work_fd: the writable layer and its work directory on the same file system, or both
 *   negative: read-only, and then one lower layer is enough
 * @flags: enum overlay_flags
 *
 * Metadata-only copies and directory redirects are off, so that the upper directory is by itself the
 * difference to the layers (commit, diff), and so that nothing in an untrusted layer can redirect.
 * Return: descriptor of the mount, owned by the caller, or -errno.
 */
int overlay_mount(const int *lower_fds, size_t n, int upper_fd, int work_fd, unsigned flags,
		  struct error *err);

#endif
