/* SPDX-License-Identifier: Apache-2.0 */
/* Where a template may be mounted on the host, and the directories made for it. */
#ifndef BERTH_TEMPLATE_MOUNTPATH_H
#define BERTH_TEMPLATE_MOUNTPATH_H

#include "base/error.h"

/**
 * mount_path_check() - whether @path may become a mount point, by its text alone: absolute, no "..", not "/" and
 * no directory that the system needs. Pure.
 * @ret: the clean path, to be freed by the caller
 *
 * Return: 0; -EINVAL with @err.
 */
int mount_path_check(const char *path, char **ret, struct error *err);

/**
 * mount_path_missing() - what would have to be made for @path, a checked one.
 * @ret: the topmost directory that is not there, to be freed; NULL when all are
 *
 * Return: 0; -ELOOP with @err if a symbolic link is on the way; -ENOTDIR; -errno.
 */
int mount_path_missing(const char *path, char **ret, struct error *err);

/** mount_path_open() - make what is missing of @path, 0755, and open it. Return: O_PATH fd or -errno with @err. */
int mount_path_open(const char *path, struct error *err);

/** mount_path_unmake() - remove @path and its parents up to @made, as long as they are empty. */
void mount_path_unmake(const char *path, const char *made);

#endif
