/* SPDX-License-Identifier: Apache-2.0 */
/* A block device served to the kernel's NBD driver, over sockets of our own with both ends on this machine. */
#ifndef BERTH_TEMPLATE_NBDFRONT_H
#define BERTH_TEMPLATE_NBDFRONT_H

#include "base/error.h"
#include "template/device.h"

struct nbd_front;

struct nbd_front_options {
	struct block_device *device; /* borrowed */
	const char *backend;	     /* what the device is known by: the id of the mount */
	bool resume;		     /* the device is there; its server died */
	int event_fd;		     /* borrowed eventfd(2): written to when the device was disconnected */
};

/**
 * nbd_front_start() - connect a device, or go on with the one that is there, and serve it by threads.
 * @ret_slot: N of /dev/nbdN
 * Return: 0; -ENOENT when there is no device to go on with; -errno with @err.
 */
int nbd_front_start(const struct nbd_front_options *o, struct nbd_front **ret, unsigned *ret_slot,
		    struct error *err);

/** nbd_front_stop() - take no more requests. The kernel waits for another server. NULL is none. */
void nbd_front_stop(struct nbd_front *f);

#endif
