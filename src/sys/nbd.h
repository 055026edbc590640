/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's network block devices, configured by generic netlink (Linux 4.12). Needs CAP_SYS_ADMIN.
 *
 * A device that is connected stays so until it is disconnected, whatever happens to who connected it. It is known by
 * the text that it was connected with, its backend, which any process can find in /sys (5.14).
 */
#ifndef BERTH_SYS_NBD_H
#define BERTH_SYS_NBD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct nbd_config {
	uint64_t size;
	uint32_t block_size;
	bool read_only;
	const char *backend;
	/* Unix stream sockets on whose other ends somebody serves; the kernel takes references of its own. */
	const int *sockets;
	size_t n;
};

/**
 * nbd_available() - whether the driver is there. Return: 0; -EOPNOTSUPP with @err and the modprobe line as its hint;
 * -errno.
 */
int nbd_available(struct error *err);

/** nbd_connect() - make a device of the kernel's choice. Return: N of /dev/nbdN, or -errno with @err. */
int nbd_connect(const struct nbd_config *c, struct error *err);

/** nbd_reconnect() - give device @index new sockets in place of dead ones. What it has under way is sent again. */
int nbd_reconnect(unsigned index, const struct nbd_config *c, struct error *err);

/** nbd_autoclear() - disconnect device @index when its last user closes it. */
int nbd_autoclear(unsigned index, const char *backend, struct error *err);

/** nbd_disconnect() - what it still has under way fails. -ENOENT: it is not there. */
int nbd_disconnect(unsigned index);

/** nbd_find() - the device that was connected with @backend. Return: its number, or -ENOENT. */
int nbd_find(const char *backend);

#endif
