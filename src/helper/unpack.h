/* SPDX-License-Identifier: Apache-2.0 */
/* Unpacking an untrusted tar archive into a directory of the store. */
#ifndef BERTH_HELPER_UNPACK_H
#define BERTH_HELPER_UNPACK_H

#include <stdint.h>

#include "helper/follow.h"
#include "helper/stream.h"
#include "sys/userns.h"

/* An ordinary user may not set "trusted." ones. */
#define UNPACK_IMPLICIT (userns_is_initial() ? "trusted.berth.implicit" : "user.berth.implicit")

enum unpack_flags {
	UNPACK_MARK = 2,      /* directories without an entry get the attribute UNPACK_IMPLICIT */
	UNPACK_WHITEOUTS = 1, /* .wh. names are OCI's marks (a layer); else they are dropped (a root) */
};

/**
 * unpack_tar() - unpack all of @in below @root_fd, which is empty and private to the caller.
 * @flags: enum unpack_flags
 * @follow: begun, or NULL
 * @ret_size: bytes in the regular files
 *
 * Later entries replace earlier ones. Nothing outside @root_fd is touched, whatever the archive says.
 * Reads the stream to its end. Return: 0 or -errno with @err naming the entry at fault.
 */
int unpack_tar(struct stream *in, int root_fd, unsigned flags, struct follow *follow,
	       uint64_t *ret_size, struct error *err);

#endif
