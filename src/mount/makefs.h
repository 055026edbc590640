/* SPDX-License-Identifier: Apache-2.0 */
/* The file systems that a container gets of its own: tmpfs, proc, sysfs, mqueue, devpts, cgroup2, /dev. */
#ifndef BERTH_MOUNT_MAKEFS_H
#define BERTH_MOUNT_MAKEFS_H

#include "base/error.h"
#include "mount/plan.h"

/**
 * mount_step_make_fs() - a detached mount of a new file system instance for @s.
 * Runs in: the container's namespaces, umask 0. Return: descriptor owned by the caller, or -errno.
 */
int mount_step_make_fs(const struct mount_step *s, struct error *err);

/** mount_step_bind_nodes() - the host's device nodes in the attached /dev of @s, where they could not be made. */
int mount_step_bind_nodes(const struct mount_step *s, struct error *err);

#endif
