/* SPDX-License-Identifier: Apache-2.0 */
/* Directory trees by descriptor: make, remove, walk. No symbolic link is ever followed. */
#ifndef BERTH_BASE_FS_H
#define BERTH_BASE_FS_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/strv.h"

/** dir_open() - O_PATH-free directory descriptor for @path in @dirfd (AT_FDCWD allowed). Return: fd or -errno. */
int dir_open(int dirfd, const char *path);

/**
 * dir_make() - mkdir(2) of @path and its missing parents, each with @mode, umask or not. Existing ones are left.
 * Return: 0 or -errno.
 */
int dir_make(const char *path, mode_t mode);

/** dir_make_open() - mkdirat(2) @name unless it exists, then open it. Return: fd or -errno. */
int dir_make_open(int dirfd, const char *name, mode_t mode);

/** dir_list() - the names in a directory but "." and "..", sorted. @fd is borrowed. Return: 0 or -errno. */
int dir_list(int fd, struct strv *ret);

/** dir_is_empty() - 1 if the directory @fd holds nothing, 0 if it does, -errno. */
int dir_is_empty(int fd);

/**
 * tree_remove() - remove @name in @dirfd with all below it, whatever it is. Absence is success.
 * Never enters a mount (-EXDEV) and never follows a link; goes on after a failure and returns the first
 * one. Takes a bounded number of descriptors and of stack, however deep the tree is.
 */
int tree_remove(int dirfd, const char *name);

/** tree_usage() - bytes allocated (512 × st_blocks, each inode once per link) below directory @fd. */
int tree_usage(int fd, unsigned long long *ret);

#endif
