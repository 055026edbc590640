/* SPDX-License-Identifier: Apache-2.0 */
/* The device that a mount's record asks for. */
#ifndef BERTH_HELPER_TEMPLATE_DEVICE_H
#define BERTH_HELPER_TEMPLATE_DEVICE_H

#include "template/control.h"
#include "template/device.h"
#include "template/fsprobe.h"
#include "template/location.h"
#include "template/record.h"

struct served_device {
	struct template_location location;
	struct block_device *device; /* owned; what is served */
	struct block_device *inner;  /* the template's own, in .device */
	struct fsprobe fs;
};

#define SERVED_DEVICE_INIT ((struct served_device){ .device = NULL })

/**
 * served_device_open() - @ret stays where it is as long as it is open.
 * Return: 0; -errno with @err: no such build, no file system that is known.
 */
int served_device_open(const struct store *s, const struct mount_record *r,
		       struct served_device *ret, struct error *err);
void served_device_done(struct served_device *d);

void served_device_counters(const struct served_device *d, struct control_counters *ret);

#endif
