/* SPDX-License-Identifier: Apache-2.0 */
/* The process that serves one mount's device to the kernel. */
#ifndef BERTH_HELPER_TEMPLATE_SERVER_H
#define BERTH_HELPER_TEMPLATE_SERVER_H

#include "template/fusefile.h"
#include "template/record.h"

/* What a holder keeps for its server. */
struct served {
	const struct store *store;
	const char *id;
	int dir_fd;		    /* of the record */
	enum mount_backend backend; /* FUSE or NBD */
	int fds[FUSE_FILE_THREADS]; /* of FUSE: /dev/fuse */
	struct mount_shared *shared;
};

/* The answer to whoever started the mount: what there is to be mounted, or why there is nothing. */
struct served_ready {
	struct error error; /* .code 0: it is ready */
	uint32_t block_size;
	uint32_t slot; /* of NBD: N of /dev/nbdN */
	char fs_type[16];
};

/**
 * server_main() - open the device and serve it until the file system is gone or SIGUSR1 says that another takes over.
 * @ready_fd: where struct served_ready is written, or FD_NONE for a server that goes on with another's work
 * Runs in: a process of its own, forked by the holder. Never returns.
 */
__attribute__((noreturn)) void server_main(const struct served *v, int ready_fd);

#endif
