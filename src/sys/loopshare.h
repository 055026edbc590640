/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One loop device for one file, whoever asks: two devices on one file would each keep blocks of it that the
 * other has changed. Two callers must not do this for one file at once; they share a lock.
 */
#ifndef BERTH_SYS_LOOPSHARE_H
#define BERTH_SYS_LOOPSHARE_H

#include <stdbool.h>

#include "base/error.h"

#define LOOP_PATH_MAX 32

/**
 * loop_share() - the loop device of the regular file @backing_fd, open for writing: the one that has it, or a
 * new one, which clears itself with its last user (sys/loop.h).
 * @ret_path: "/dev/loopN"
 * Return: descriptor of the device, owned by the caller, which keeps it until a mount does; or -errno.
 */
int loop_share(int backing_fd, char ret_path[LOOP_PATH_MAX], struct error *err);

/** loop_is_shared() - whether the regular file @backing_fd is on a loop device. */
bool loop_is_shared(int backing_fd);

/** loop_grow() - the device is as long as its file is now. 0 or -errno. */
int loop_grow(int loop_fd);

#endif
