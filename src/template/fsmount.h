/* SPDX-License-Identifier: Apache-2.0 */
/* From a block device to a mount of the file system on it. */
#ifndef BERTH_TEMPLATE_FSMOUNT_H
#define BERTH_TEMPLATE_FSMOUNT_H

#include <stdbool.h>

#include "base/error.h"
#include "template/record.h"

/**
 * record_set_device() - name /dev/@kind@slot as the device of @r.
 * @fd: its descriptor, closed on failure
 * Return: the descriptor, or -ENOMEM with @err.
 */
int record_set_device(struct mount_record *r, const char *kind, unsigned slot, enum mount_backend backend,
		      int *fd, struct error *err);

/**
 * record_mount() - a detached mount of the file system of @type on the device of @r, with its options.
 * @read_only: whether or not the record says so
 * Return: descriptor, owned by the caller, or -errno with @err.
 */
int record_mount(const struct mount_record *r, const char *type, bool read_only, struct error *err);

/** record_set_attributes() - give @mount_fd, another mount than that, the attributes that @r asks for. */
int record_set_attributes(const struct mount_record *r, int mount_fd, struct error *err);

/**
 * record_attach() - attach the mount @mount_fd on the directory @target_fd. It is written down as ours before it can
 * be seen, and as mounted afterwards. Return: 0 or -errno with @err.
 */
int record_attach(const struct store *s, struct mount_record *r, int mount_fd, int target_fd,
		  struct error *err);

/**
 * device_unmount() - unmount the file system @fs_device (st_dev, or from @device) from @path, if it is there.
 * @flags: of umount2(2)
 *
 * Return: 0 (also if it is not mounted there); -EBUSY; -errno.
 */
int device_unmount(const char *path, uint64_t fs_device, const char *device, int flags);

#endif
