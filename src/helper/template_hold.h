/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The holder: a process that keeps the descriptors of a mount's FUSE file, so that they outlive the server that
 * answers on them, and starts another server when that dies. It is what a mount's record names as its owner.
 */
#ifndef BERTH_HELPER_TEMPLATE_HOLD_H
#define BERTH_HELPER_TEMPLATE_HOLD_H

#include "helper/template_server.h"

/**
 * holder_main() - start the first server of a new mount and stay until the mount is gone.
 * @control: to whoever mounts: its struct served_ready goes there; HOLDER_GO comes back when the file system is
 *   mounted. End of file before that undoes everything.
 *
 * Runs in: a process of its own, forked by whoever mounts. Never returns.
 */
__attribute__((noreturn)) void holder_main(struct served *v, int control);

#define HOLDER_GO 'g'

/**
 * holder_spawn() - start a new holder, of whatever berth-template is installed now, for descriptors that are served
 * already. Only system calls between fork(2) and exec(2). Return: 0 or -errno with @err.
 */
int holder_spawn(const struct served *v, pid_t *ret_pid, struct error *err);

#endif
