/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The FUSE front end: a block device as the only file of a file system, for a loop device to be put over it.
 *
 * The descriptors of /dev/fuse are all that ties the kernel's side to a server. Whoever holds all of them keeps
 * the file alive; a server that takes over asks for the requests that its predecessor had taken and not answered.
 */
#ifndef BERTH_TEMPLATE_FUSEFILE_H
#define BERTH_TEMPLATE_FUSEFILE_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/error.h"
#include "template/device.h"

#define FUSE_FILE_THREADS 4u	      /* one descriptor each */
#define FUSE_FILE_MAX_IO  (512u << 10) /* bytes of one request; each thread has a buffer for it, locked in memory */

/**
 * fuse_file_mount() - mount a FUSE file system whose root is a regular file. It is attached nowhere: it is there as
 * long as *@ret_mount_fd or a file opened from it.
 * @fds: filled with FUSE_FILE_THREADS descriptors, owned by the caller
 *
 * Nobody may open the file before a server runs. Return: 0, -errno with @err and nothing open.
 */
int fuse_file_mount(int fds[FUSE_FILE_THREADS], int *ret_mount_fd, struct error *err);

struct fuse_server;

struct fuse_server_options {
	const int *fds;		     /* borrowed; FUSE_FILE_THREADS of them */
	struct block_device *device; /* borrowed */
	bool resume;		     /* another server had them before */
	int event_fd;		     /* borrowed eventfd(2): written to when the file system is gone */
	/* Borrowed; set when this kernel gives a successor what its predecessor has not answered (6.9). */
	atomic_bool *can_resume;
};

/** fuse_server_start() - start the threads. Return: 0; -errno with @err. */
int fuse_server_start(const struct fuse_server_options *o, struct fuse_server **ret,
		      struct error *err);

/** fuse_server_stop() - answer what was taken, take nothing more; when it returns another server may. Frees @s. */
void fuse_server_stop(struct fuse_server *s);

#endif
