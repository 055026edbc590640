/* SPDX-License-Identifier: Apache-2.0 */
/* Mounts in another process's mount namespace, its root and paths as that process sees them. */
#ifndef BERTH_SYS_NSMOUNT_H
#define BERTH_SYS_NSMOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/**
 * ns_clone_tree() - a detached clone of the mount that is on @path in the namespace of @pidfd.
 * Return: descriptor; -ENOENT if nothing is mounted there; -errno.
 */
int ns_clone_tree(int pidfd, const char *path, struct error *err);

/**
 * ns_attach() - attach the detached mount @tree_fd on @path in the namespace of @pidfd, making the target
 * (@is_dir: a directory) if it is missing. -EEXIST if something is mounted on exactly that path.
 */
int ns_attach(int pidfd, int tree_fd, const char *path, bool is_dir, struct error *err);

/** ns_open_mount() - the root of what is mounted on @path, O_PATH. Return: descriptor; -ENOENT; -errno. */
int ns_open_mount(int pidfd, const char *path, struct error *err);

/** ns_detach() - take away the mount @mount_id that is on @path; it lives on while somebody has it open. */
int ns_detach(int pidfd, const char *path, uint64_t mount_id, struct error *err);

#endif
