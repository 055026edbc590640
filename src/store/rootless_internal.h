/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files rootless*.c alone. */
#ifndef BERTH_STORE_ROOTLESS_INTERNAL_H
#define BERTH_STORE_ROOTLESS_INTERNAL_H

#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

#define USERNS_RECORD "userns"
#define USERNS_LOCK   "userns.lock"
#define USERNS_USE    "userns.use"

struct keeper {
	pid_t pid;
	uint64_t start;
	ino_t inode; /* of the user namespace; 0: there is none */
};

/**
 * keeper_start() - a process that keeps a user namespace: a new one, or the one of @pidfd where that is >= 0.
 * @use_fd: the reading end of the FIFO
 * Return: 0 with @ret; -errno with @err.
 */
int keeper_start(int run_fd, int use_fd, int pidfd, struct keeper *ret, struct error *err);

/** keeper_find_member() - a pidfd of some process whose user namespace is @inode, or -ESRCH. */
int keeper_find_member(ino_t inode);

/** rootless_map() - give the user namespace of process @pid its ids. 0 or -errno with @err. */
int rootless_map(pid_t pid, struct error *err);

#endif
