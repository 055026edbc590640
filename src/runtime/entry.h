/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Steps on the way to becoming a process of a container, which its first process (init.c) and those that enter it later
 * (join.c) have in common.
 */
#ifndef BERTH_RUNTIME_ENTRY_H
#define BERTH_RUNTIME_ENTRY_H

#include <signal.h>
#include <sys/types.h>

#include "base/error.h"
#include "runtime/user.h"

/**
 * entry_root() - the root of the process @pid, O_PATH, which @pidfd is as well: by number, which is that process's as
 * long as it lives. Return: fd, -ESRCH if it has ended.
 */
int entry_root(pid_t pid, int pidfd);

/** entry_reset() - signal actions, the mask @signals, umask 0 and an empty keyring, whatever berth's caller had. */
void entry_reset(const sigset_t *signals);

/**
 * entry_stdio() - make @stdio the descriptors 0-2. FD_NONE: for input /dev/null, else what is there already.
 * Rely on: the host's root, whose /dev/null it is.
 */
int entry_stdio(const int stdio[3], struct error *err);

/**
 * entry_give_stdio() - the program opens /dev/stdout by path; a pipe that root made has to be the user's for that. Only
 * anonymous pipes are given away: a file that berth's output goes to stays its owner's.
 */
int entry_give_stdio(const struct user *u, struct error *err);

/**
 * entry_workdir() - chdir(2) to @path (NULL: nothing to do). Rely on: the container's root.
 * Checked afterwards: a directory that is not below the root has no name (CVE-2024-21626).
 */
int entry_workdir(const char *path, struct error *err);

#endif
