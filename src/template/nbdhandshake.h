/* SPDX-License-Identifier: Apache-2.0 */
/* What an NBD client that is no kernel says before its first request: the protocol's "fixed newstyle" handshake. */
#ifndef BERTH_TEMPLATE_NBDHANDSHAKE_H
#define BERTH_TEMPLATE_NBDHANDSHAKE_H

#include "template/device.h"

/**
 * nbd_handshake() - agree with the client on @fd, whatever export it names, on @d.
 * Return: 1 when requests follow (nbd_serve()); 0 when the client is done; -errno.
 */
int nbd_handshake(int fd, const struct block_device *d);

#endif
