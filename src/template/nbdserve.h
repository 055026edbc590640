/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The NBD front end: requests on a stream socket, answered from a block device. After the handshake it is the same
 * protocol for the kernel's client, which has none, and for any other.
 * https://github.com/NetworkBlockDevice/nbd/blob/master/doc/proto.md
 */
#ifndef BERTH_TEMPLATE_NBDSERVE_H
#define BERTH_TEMPLATE_NBDSERVE_H

#include "base/error.h"
#include "template/device.h"

#define NBD_MAX_REQUEST (32u << 20) /* what the protocol lets a client ask for at once */

/**
 * nbd_serve() - answer what comes on @fd until the client says that it is done, or the connection ends.
 * @buffer: of @size bytes, page-aligned; longer requests are done in pieces
 *
 * Return: 1 after NBD_CMD_DISC, 0 at end of file, -errno when the connection broke or what came is not NBD.
 */
int nbd_serve(int fd, struct block_device *d, void *buffer, size_t size);

#endif
